"""Messages that cannot be read are told to their sender, kindly and not at once."""

from __future__ import annotations

import json

import pytest

from bot.domain.incoming import VERIFY, Batch, Message, Undecryptable
from bot.domain.trust import Standing
from tests.fakes import ME
from tests.unit.handlers.cast import ANA, BEN, MANILA
from tests.unit.stage import Stage

CANNOT = "No puedo leer este mensaje"


async def unreadable(stage: Stage, event_id: str, sender: str = ANA, room_id: str = MANILA) -> None:
    raw = json.dumps({"event_id": event_id, "sender": sender})
    event = Undecryptable(event_id, room_id, sender, stage.clock.now(), "session", raw)
    await stage.receiver.batch(Batch("c", (event,)))


async def told(stage: Stage, room_id: str = MANILA) -> list[str | None]:
    """The messages that the bot says it cannot read."""
    waiting = [entry for entry in await stage.waiting(room_id) if entry.what == "unread"]
    found = [getattr(entry.payload, "reply_to", None) for entry in waiting]
    await stage.deliver(room_id)
    return found


async def test_the_sender_hears_of_it_after_a_minute_in_the_rooms_language(groups: Stage) -> None:
    await groups.deliver(MANILA)
    await unreadable(groups, "$one")
    await groups.tick(seconds=30)
    await groups.tick(seconds=29)
    assert await told(groups) == []
    await groups.tick(seconds=1)
    (entry,) = await groups.waiting(MANILA)
    assert entry.payload is not None
    assert groups.word(entry.payload).startswith(("I cannot read this message", CANNOT))
    assert await told(groups) == ["$one"]
    await groups.tick(seconds=30)
    assert await told(groups) == []


async def test_a_key_that_comes_in_time_leaves_nothing_to_say(groups: Stage) -> None:
    await unreadable(groups, "$one")
    await groups.tick(seconds=30)
    await groups.receiver.single(Message("$one", MANILA, ANA, groups.clock.now(), "m.text", "hello"))
    await groups.tick(minutes=2)
    assert await told(groups) == []


async def test_after_a_restart_a_key_has_its_chance_first(groups: Stage) -> None:
    await unreadable(groups, "$one")
    await groups.tick(hours=5)
    assert await told(groups) == []
    await groups.tick(seconds=30)
    assert await told(groups) == ["$one"]


async def test_each_person_hears_of_it_once_an_hour(groups: Stage) -> None:
    for number in range(5):
        await unreadable(groups, f"$ana{number}")
    await unreadable(groups, "$ben", BEN)
    await groups.tick(seconds=30)
    await groups.tick(minutes=1)
    assert await told(groups) == ["$ana0", "$ben"]
    await unreadable(groups, "$later")
    await groups.tick(seconds=30)
    await groups.tick(minutes=1)
    assert await told(groups) == []
    await groups.tick(hours=1)
    await unreadable(groups, "$next hour")
    await groups.tick(seconds=30)
    await groups.tick(minutes=1)
    assert await told(groups) == ["$next hour"]


@pytest.mark.parametrize("sender", ["@gone:here.example", ME, ""])
async def test_nobody_is_told_who_is_not_there(groups: Stage, sender: str) -> None:
    await unreadable(groups, "$one", sender)
    await groups.tick(seconds=30)
    await groups.tick(minutes=1)
    assert await told(groups) == []


async def test_a_room_that_is_nothing_to_the_bot_hears_nothing(stage: Stage) -> None:
    await stage.deliver(MANILA)
    await unreadable(stage, "$one")
    await stage.tick(seconds=30)
    await stage.tick(minutes=1)
    assert await told(stage) == []


async def test_a_request_to_compare_emoji_meets_one_sentence_an_hour_from_any_device(
    groups: Stage,
) -> None:
    await groups.deliver(MANILA)
    await groups.say(MANILA, ANA, "wants to verify", kind=VERIFY)
    (said,) = await groups.deliver(MANILA)
    assert "emoji" in said
    assert "Rosa" in said
    await groups.say(MANILA, ANA, "", kind=VERIFY, standing=Standing.UNSIGNED)
    assert await groups.deliver(MANILA) == []
    await groups.tick(hours=1)
    await groups.say(MANILA, ANA, "", kind=VERIFY, standing=Standing.UNSIGNED)
    assert "emoji" in "".join(await groups.deliver(MANILA))
    await groups.say("!other:here.example", ANA, "x", kind=VERIFY)
    assert await groups.deliver("!other:here.example") == []
