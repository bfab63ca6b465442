"""What the session knows of rooms."""

from __future__ import annotations

from typing import Any

from bot.matrix.rooms import Rooms
from bot.matrix.wire import starts_stay

ROOM = "!a:example.org"


def state(kind: str, content: Any, key: Any = "") -> dict[str, Any]:
    return {"type": kind, "state_key": key, "content": content}


def member(user: str, membership: object) -> dict[str, Any]:
    return state("m.room.member", {"membership": membership}, user)


def test_a_room_once_encrypted_stays_so() -> None:
    rooms = Rooms(["!pinned:example.org"])
    assert rooms.encrypted("!pinned:example.org")
    assert not rooms.encrypted(ROOM)
    rooms.replace(ROOM, [state("m.room.encryption", {"rotation_period_msgs": 7})])
    rooms.replace(ROOM, [])
    assert rooms.encrypted(ROOM)
    room = rooms.get(ROOM)
    assert room is not None
    assert room.encryption == {"rotation_period_msgs": 7}
    rooms.forget(ROOM)
    assert rooms.encrypted(ROOM)
    assert rooms.get(ROOM) is None


def test_an_encryption_event_with_a_key_of_its_own_encrypts_nothing() -> None:
    rooms = Rooms()
    rooms.update(ROOM, [state("m.room.encryption", {}, "x")])
    assert not rooms.encrypted(ROOM)


def test_the_invited_read_unless_the_room_says_otherwise() -> None:
    rooms = Rooms()
    people = [
        member("@c:x", "join"),
        member("@a:x", "invite"),
        member("@b:x", "leave"),
        member("@d:x", "ban"),
    ]
    rooms.replace(ROOM, people)
    room = rooms.get(ROOM)
    assert room is not None
    assert room.readers() == ["@a:x", "@c:x"]
    rooms.update(ROOM, [state("m.room.history_visibility", {"history_visibility": "joined"})])
    assert room.readers() == ["@c:x"]


def test_a_whole_state_forgets_who_is_not_in_it() -> None:
    rooms = Rooms()
    rooms.replace(ROOM, [member("@a:x", "join")])
    room = rooms.get(ROOM)
    rooms.replace(ROOM, [member("@b:x", "join")])
    assert rooms.get(ROOM) is room
    assert room is not None
    assert room.readers() == ["@b:x"]


def test_malformed_state_changes_nothing() -> None:
    rooms = Rooms()
    rooms.replace(ROOM, [member("@a:x", "join")])
    rooms.update(
        ROOM, [member("@a:x", 7), state("m.room.member", [], "@a:x"), state("m.room.member", {}, 3), {}]
    )
    room = rooms.get(ROOM)
    assert room is not None
    assert room.readers() == ["@a:x"]


def test_a_stay_starts_with_joining_and_not_with_a_new_name() -> None:
    join = member("@bot:x", "join")
    assert starts_stay(join, "@bot:x")
    assert starts_stay({**join, "unsigned": {"prev_content": {"membership": "invite"}}}, "@bot:x")
    assert not starts_stay({**join, "unsigned": {"prev_content": {"membership": "join"}}}, "@bot:x")
    assert not starts_stay(join, "@other:x")
    assert not starts_stay(member("@bot:x", "invite"), "@bot:x")
