"""The measuring instrument itself: people's clients see what arrives, and say so when they do not."""

from __future__ import annotations

import pytest

from bot.demo.api import ApiError, Json
from bot.demo.person import Person
from bot.demo.synapse import Synapse
from bot.demo.timeline import bodies
from bot.matrix.identity import verify_device
from tests.integration.conftest import Cast


async def two_in_a_room(cast: Cast, *, limit: int = 100) -> tuple[Person, Person, str]:
    ana, ben = await cast.person("ana"), await cast.person("ben", limit=limit)
    room = await ana.create_room("Home", invite=[ben.user_id], levels={ben.user_id: 50})
    assert await ben.wait_invited(room) == room
    assert ben.invitations[room] == ana.user_id
    await ben.join(room)
    await ana.wait_joined(room, ben.user_id)
    return ana, ben, room


async def test_a_message_is_read_by_the_other_and_lies_encrypted_on_the_server(
    cast: Cast, synapse: Synapse
) -> None:
    ana, ben, room = await two_in_a_room(cast)
    event_id = await ana.say(room, "The plum trees are in bloom")
    shown = await ben.wait_for(room, "plum trees")
    assert (shown.event_id, shown.sender, shown.encrypted) == (event_id, ana.user_id, True)
    assert shown.first.device == ana.device_id
    assert 0 <= shown.seen_at - shown.sent_at < 10
    assert synapse.plaintext_messages(room) == []
    assert synapse.files_with("plum trees") == []


async def test_a_plain_message_is_found_on_the_server(cast: Cast, synapse: Synapse) -> None:
    ana, ben, room = await two_in_a_room(cast)
    event_id = await ana.send(room, {"msgtype": "m.text", "body": "an open postcard"}, plain=True)
    shown = await ben.wait_for(room, "an open postcard")
    assert not shown.encrypted
    assert ben.rooms[room].messages() == []
    assert synapse.plaintext_messages(room) == [event_id]
    assert synapse.files_with("an open postcard") != []


async def test_threads_replies_edits_and_deletions_show_as_on_a_screen(cast: Cast) -> None:
    ana, ben, room = await two_in_a_room(cast)
    root = await ana.say(room, "root")
    await ben.wait_for(room, "root")
    inside = await ben.say(room, "inside", thread=root)
    seen = await ana.wait_for(room, "inside")
    assert (seen.thread, seen.reply_to) == (root, None)
    await ana.say(room, "pointed", thread=root, reply_to=inside)
    pointed = await ben.wait_for(room, "pointed")
    assert (pointed.thread, pointed.reply_to) == (root, inside)
    assert bodies(ben.thread(room, root)) == ["inside", "pointed"]
    await ana.edit(room, root, "root, corrected")
    assert (await ben.wait_for(room, "corrected")).edited
    await ben.edit(room, root, "not mine to edit")
    await ben.redact(room, inside)
    await ana.wait_until(lambda: inside in ana.rooms[room].redacted)
    assert bodies(ana.screen(room)) == ["root, corrected", "pointed"]


async def test_a_phone_that_was_offline_reads_everything_in_order(cast: Cast) -> None:
    ana, ben, room = await two_in_a_room(cast, limit=3)
    await ben.pause()
    wanted = [f"message {number}" for number in range(112)]
    for text in wanted:
        await ana.say(room, text)
    ben.resume()
    await ben.wait_for(room, wanted[-1])
    assert bodies(ben.screen(room)) == wanted
    assert ben.rooms[room].unreadable() == []


async def test_a_second_device_reads_what_is_written_after_it_came(cast: Cast) -> None:
    ana, ben, room = await two_in_a_room(cast)
    await ana.say(room, "before")
    await ben.wait_for(room, "before")
    other = await cast.person("ben", device_of=ben)
    await other.wait_joined(room)
    await ana.wait_until(
        lambda: ben.user_id not in ana.machine.olm.tracked_users, what="the news of a device"
    )
    await ana.say(room, "after")
    await other.wait_for(room, "after")
    assert "before" not in bodies(other.screen(room))
    assert len(other.rooms[room].unreadable()) == 1


async def test_people_have_devices_signed_by_themselves(cast: Cast) -> None:
    ana = await cast.person("ana")
    old = await cast.person("old", cross_sign=False)
    query: Json = {"device_keys": {ana.user_id: [], old.user_id: []}}
    answer = await ana.api.call("POST", "v3/keys/query", query)
    assert verify_device(answer, ana.user_id, ana.device_id)
    assert not verify_device(answer, old.user_id, old.device_id)


async def test_waiting_in_vain_says_what_the_screen_shows(cast: Cast) -> None:
    ana, _, room = await two_in_a_room(cast)
    await ana.say(room, "something else")
    await ana.wait_for(room, "something else")
    with pytest.raises(TimeoutError, match="something else"):
        await ana.wait_for(room, "what never comes", within=0.3)


async def test_the_server_refuses_aloud(cast: Cast) -> None:
    ana, ben = await cast.person("ana"), await cast.person("ben")
    room = await ana.create_room("Mine")
    with pytest.raises(ApiError, match="M_FORBIDDEN"):
        await ben.join(room)
