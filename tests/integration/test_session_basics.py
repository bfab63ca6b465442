"""The session and real people: each reads the other, encrypted on the server, across restarts."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.demo.person import Person
from bot.demo.synapse import Synapse
from bot.domain.incoming import Invitation, Redaction, RoomLeft, RoomState
from bot.domain.post import Fold, Line, Post, Quote
from bot.matrix.identity import verify_device
from bot.matrix.login import StoreInUse
from bot.pipeline.ports import Refused
from tests.integration.conftest import Cast
from tests.integration.session_host import SessionHost, post


@pytest_asyncio.fixture(loop_scope="session")
async def host(cast: Cast, synapse: Synapse, tmp_path: Path) -> AsyncIterator[SessionHost]:
    session = SessionHost(synapse.url, await cast.account("bot"), tmp_path / "bot")
    await session.start()
    yield session
    await session.stop()


async def together(cast: Cast, host: SessionHost, name: str = "ana") -> tuple[Person, str]:
    """Somebody and the bot in an encrypted room."""
    person = await cast.person(name)
    room = await person.create_room("Home", invite=[host.user_id])
    await person.wait_joined(room, host.user_id)
    await host.wait_in(room)
    return person, room


async def test_the_bot_reads_and_is_read(cast: Cast, synapse: Synapse, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    event_id = await ana.say(room, "The plum trees are in bloom", mentions=[host.user_id])
    heard = await host.hear(room, "plum trees")
    assert (heard.event_id, heard.sender, heard.kind) == (event_id, ana.user_id, "m.text")
    assert heard.mentions == {host.user_id}
    assert abs(datetime.now(UTC) - heard.sent_at) < timedelta(minutes=1)
    sent = await host.say(room, "and the cherries too")
    shown = await ana.wait_for(room, "cherries")
    assert (shown.event_id, shown.sender, shown.encrypted) == (sent, host.user_id, True)
    assert synapse.plaintext_messages(room) == []
    assert host.bodies(room) == ["The plum trees are in bloom"]
    assert host.sessions


async def test_threads_replies_edits_and_deletions_go_both_ways(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    root = await ana.say(room, "root")
    first = await ana.say(room, "in the thread", thread=root)
    await ana.say(room, "to that one", thread=root, reply_to=first)
    await ana.say(room, "> <@x:y> root\n\nplain answer", reply_to=root)
    await ana.edit(room, root, "the root")
    edit = await host.hear(room, "the root")
    assert (edit.edits, edit.body) == (root, "the root")
    assert (await host.hear(room, "in the thread")).thread == root
    assert (await host.hear(room, "in the thread")).reply_to is None
    inside = await host.hear(room, "to that one")
    assert (inside.thread, inside.reply_to) == (root, first)
    answer = await host.hear(room, "plain answer")
    assert (answer.thread, answer.reply_to, answer.body) == (None, root, "plain answer")
    await ana.redact(room, first)
    gone = await host.until(lambda: host.of(Redaction, room))
    assert (gone[0].redacts, gone[0].sender) == (first, ana.user_id)

    sent = await host.transport.send(room, Post((Line("under it"),), thread=root), "t1", "m1")
    assert (await ana.wait_for(room, "under it")).thread == root
    await host.transport.send(room, Post((Line("answering"),), notice=False, reply_to=root), "t2", "m2")
    shown = await ana.wait_for(room, "answering")
    assert (shown.reply_to, shown.first.msgtype) == (root, "m.text")
    await host.transport.send(room, Post((Line("under it, corrected"),), replaces=sent.event_id), "t3", "m3")
    assert (await ana.wait_for(room, "corrected")).event_id == sent.event_id
    await host.transport.redact(room, sent.event_id, "t4")
    await host.transport.redact(room, sent.event_id, "t5")
    await ana.wait_until(lambda: sent.event_id in ana.rooms[room].redacted)


async def test_a_relay_arrives_as_text_and_html_and_mentions_nobody(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    relay = Post(
        (
            Line("manila-12", strong=True),
            Quote(f"@room {ana.user_id} <b>", "en"),
            Fold("Original", "hola", "es"),
        )
    )
    await host.transport.send(room, relay, "relay", "opaque")
    shown = await ana.wait_for(room, "manila-12")
    content = shown.first.content
    assert content["m.mentions"] == {}
    assert "<details><summary>Original</summary>" in content["formatted_body"]
    assert ana.user_id not in content["body"]
    assert ana.user_id not in content["formatted_body"]


async def test_the_device_is_signed_by_the_bots_identity(cast: Cast, host: SessionHost) -> None:
    ana = await cast.person("ana")
    answer = await ana.api.call("POST", "v3/keys/query", {"device_keys": {host.user_id: []}})
    assert verify_device(answer, host.user_id, host.transport.device_id)


async def test_a_restart_keeps_device_identity_and_place(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await host.say(room, "before")
    await ana.wait_for(room, "before")
    device = host.transport.device_id
    identity = (host.folder / "identity.json").read_bytes()
    await host.stop()
    await ana.say(room, "while you slept")
    await host.start()
    assert host.transport.device_id == device
    assert (host.folder / "identity.json").read_bytes() == identity
    await host.hear(room, "while you slept")
    await host.say(room, "good morning")
    await ana.wait_for(room, "good morning")
    devices = await ana.api.call("POST", "v3/keys/query", {"device_keys": {host.user_id: []}})
    assert list(devices["device_keys"][host.user_id]) == [device]


async def test_the_files_are_the_bots_alone(host: SessionHost) -> None:
    files: dict[Path, int] = {}
    for file in host.folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # a database's journal comes and goes
            if file.is_file():
                files[file] = file.stat().st_mode
    assert {"session.json", "identity.json", "pickle.key", "lock", "keys.db"} <= {file.name for file in files}
    for file, mode in files.items():
        if file.parent == host.folder:
            assert mode & 0o077 == 0, file
    assert (host.folder / "olm").stat().st_mode & 0o077 == 0


async def test_a_second_process_on_the_same_folder_is_refused(host: SessionHost, synapse: Synapse) -> None:
    second = SessionHost(synapse.url, host.account, host.folder)
    with pytest.raises(StoreInUse):
        await second.connect()


async def test_nothing_from_before_the_bots_coming_is_input(cast: Cast, host: SessionHost) -> None:
    ana = await cast.person("ana")
    room = await ana.create_room("Home")
    await ana.say(room, "!dispatch written before")
    await ana.invite(room, host.user_id)
    await ana.wait_joined(room, host.user_id)
    await ana.say(room, "written after")
    await host.hear(room, "written after")
    assert host.bodies(room) == ["written after"]
    assert host.events.index(host.of(RoomState, room)[0]) < host.events.index(await host.hear(room, "after"))


@pytest.mark.usefixtures("small_pages")
async def test_at_the_very_first_sync_what_lies_there_is_not_input(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await ana.say(room, "old news")
    for number in range(15):
        await ana.set_state(room, "m.room.topic", {"topic": str(number)})
    await host.hear(room, "old news")
    await host.stop()
    host.cursor, host.events = None, []
    await host.start()
    await ana.say(room, "fresh news")
    await host.hear(room, "fresh news")
    assert host.bodies(room) == ["fresh news"]


async def test_invitations_are_told_and_can_be_declined(cast: Cast, synapse: Synapse, tmp_path: Path) -> None:
    host = SessionHost(synapse.url, await cast.account("bot"), tmp_path / "bot", joins=False)
    await host.start()
    try:
        ana = await cast.person("ana")
        room = await ana.direct_chat(host.user_id)
        invited = (await host.until(lambda: host.of(Invitation, room)))[0]
        assert (invited.inviter, invited.direct, invited.encrypted) == (ana.user_id, True, True)
        await host.transport.leave(room, "no thanks")
        await ana.wait_until(lambda: ana.rooms[room].members.get(host.user_id) == "leave")
        await ana.invite(room, host.user_id)
        await host.until(lambda: len(host.of(Invitation, room)) == 2)
    finally:
        await host.stop()


async def test_being_removed_is_told(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await ana.kick(room, host.user_id)
    left = (await host.until(lambda: host.of(RoomLeft, room)))[0]
    assert (left.sender, left.banned) == (ana.user_id, False)
    with pytest.raises(Refused):
        await host.say(room, "is anybody there?")


async def test_an_unencrypted_room_never_gets_a_message(
    cast: Cast, synapse: Synapse, host: SessionHost
) -> None:
    ana = await cast.person("ana")
    room = await ana.create_room("Open", invite=[host.user_id], encrypted=False)
    await ana.wait_joined(room, host.user_id)
    await host.wait_in(room)
    await ana.send(room, {"msgtype": "m.text", "body": "!dispatch in the open"}, plain=True)
    with pytest.raises(Refused):
        await host.say(room, "not here")
    await host.transport.leave(room, "encrypted rooms only")
    await host.until(lambda: host.of(RoomLeft, room))
    assert host.bodies(room) == []
    own = [e for e in synapse.stored_events(room) if e["sender"] == host.user_id]
    assert {event["type"] for event in own} == {"m.room.member"}
    assert own[-1]["content"] == {"membership": "leave", "reason": "encrypted rooms only"}


async def test_a_message_in_clear_in_an_encrypted_room_is_no_input(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await ana.send(room, {"msgtype": "m.text", "body": "!dispatch forged"}, plain=True)
    await ana.say(room, "real")
    await host.hear(room, "real")
    assert host.bodies(room) == ["real"]


@pytest.mark.usefixtures("small_pages")
async def test_an_own_message_is_found_by_its_marker(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    start = datetime.now(UTC)
    sent = await host.say(room, "find me")
    await ana.send(
        room, {"msgtype": "m.text", "body": "x", "org.twinline.marker": "marker forged"}, plain=True
    )
    for number in range(25):
        await ana.set_state(room, "m.room.topic", {"topic": str(number)})
    assert await host.transport.find(room, "marker find me", start) == sent
    assert await host.transport.find(room, "marker forged", start) is None
    assert await host.transport.find(room, "marker find me", start + timedelta(hours=1)) is None


async def test_the_same_transaction_id_makes_one_event(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    first = await host.say(room, "once")
    assert await host.say(room, "once") == first
    await host.say(room, "last")
    await ana.wait_for(room, "last")
    assert [line.body for line in ana.screen(room) if line.readable] == ["once", "last"]


async def test_a_newcomer_and_a_new_device_can_read(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await host.say(room, "before")
    ben = await cast.person("ben")
    await ana.invite(room, ben.user_id)
    await ben.wait_invited(room)
    await ben.join(room)
    await host.wait_member(room, ben.user_id)
    await host.say(room, "welcome ben")
    await ben.wait_for(room, "welcome ben")
    tablet = await cast.person("ana's tablet", device_of=ana)
    await ana.say(room, "on my tablet, too")  # comes after the news of the device
    await host.hear(room, "on my tablet, too")
    await host.say(room, "to all devices")
    await tablet.wait_for(room, "to all devices")
    await ana.wait_for(room, "to all devices")


async def test_who_has_left_cannot_read_on(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    ben = await cast.person("ben")
    await ana.invite(room, ben.user_id)
    await ben.wait_invited(room)
    await ben.join(room)
    await host.wait_member(room, ben.user_id)
    first = await host.say(room, "with ben")
    await ben.wait_for(room, "with ben")
    await ben.leave(room)
    await host.wait_member(room, ben.user_id, "leave")
    second = await host.say(room, "without ben")
    await ana.wait_for(room, "without ben")
    used = {line.event_id: line.first.raw["content"]["session_id"] for line in ana.screen(room)}
    assert used[first] != used[second]


async def test_a_text_too_long_for_html_goes_without_it_and_too_long_altogether_is_refused(
    cast: Cast, host: SessionHost
) -> None:
    ana, room = await together(cast, host)
    await host.transport.send(room, Post((Quote("long " * 6000, "en"),)), "long", "long")
    shown = await ana.wait_for(room, "long long")
    assert "formatted_body" not in shown.first.content
    with pytest.raises(Refused):
        await host.transport.send(room, post("x" * 70_000), "longer", "longer")
