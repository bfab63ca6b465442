"""What the pipeline relies on in a Transport."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.post import Asked, Closed, Line, Post
from bot.pipeline.ports import Refused, Sent
from tests.contract.conftest import World


async def _send(world: World, room_id: str, text: str, txn: str = "") -> Sent:
    name = txn or text.replace(" ", "-")
    return await world.transport.send(room_id, Post((Line(text),)), f"txn-{name}", f"marker-{name}")


def _hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


async def test_it_has_a_name_and_a_device(world: World) -> None:
    assert world.transport.user_id.startswith("@")
    assert world.transport.device_id


async def test_messages_arrive_in_their_order(world: World) -> None:
    room = await world.room()
    sent = [await _send(world, room, f"number {number}") for number in range(5)]
    read = await world.read(room, "number 4")
    assert [text for text in read if text.startswith("number")] == [f"number {n}" for n in range(5)]
    assert len({one.event_id for one in sent}) == 5
    assert all(one.event_id.startswith("$") and one.unreadable == () for one in sent)


async def test_the_same_transaction_is_one_message_and_the_first_words_hold(world: World) -> None:
    room = await world.room()
    first = await _send(world, room, "the first words", txn="once")
    again = await _send(world, room, "other words", txn="once")
    await _send(world, room, "the end")
    assert again.event_id == first.event_id
    read = await world.read(room, "the end")
    assert (read.count("the first words"), read.count("other words")) == (1, 0)


async def test_the_same_transaction_in_another_room_is_another_message(world: World) -> None:
    one, other = await world.room(), await world.room()
    first = await _send(world, one, "news", txn="same")
    second = await _send(world, other, "news", txn="same")
    assert first.event_id != second.event_id


async def test_its_own_message_is_found_by_its_marker_in_its_room_alone(world: World) -> None:
    room, other = await world.room(), await world.room()
    wanted = await _send(world, room, "wanted")
    for number in range(3):
        await _send(world, room, f"later {number}")
    assert await world.transport.find(room, "marker-wanted", _hour_ago()) == wanted.event_id
    assert await world.transport.find(room, "marker-unknown", _hour_ago()) is None
    assert await world.transport.find(other, "marker-wanted", _hour_ago()) is None


async def test_a_removed_message_is_seen_no_more(world: World) -> None:
    room = await world.room()
    sent = await _send(world, room, "taken back")
    await world.read(room, "taken back")
    await world.transport.redact(room, sent.event_id, "txn-redact")
    assert await world.gone(room, sent.event_id)


async def test_removing_twice_is_no_error(world: World) -> None:
    room = await world.room()
    sent = await _send(world, room, "taken back")
    await world.transport.redact(room, sent.event_id, "txn-redact")
    await world.transport.redact(room, sent.event_id, "txn-redact")
    await world.transport.redact(room, sent.event_id, "txn-another")
    assert await world.gone(room, sent.event_id)


async def test_removing_what_is_not_there_is_no_error(world: World) -> None:
    room = await world.room()
    await world.transport.redact(room, "$nothing-with-this-name-was-ever-sent-here0000", "txn-redact")
    await _send(world, room, "it goes on")
    assert "it goes on" in await world.read(room, "it goes on")


async def test_a_message_is_read_anew(world: World) -> None:
    room = await world.room()
    event_id = await world.say(room, "The plum trees are in bloom")
    found = await world.transport.fetch(room, event_id)
    assert found is not None
    assert (found.event_id, found.room_id, found.body) == (event_id, room, "The plum trees are in bloom")
    assert found.kind == "m.text"


async def test_a_message_is_read_with_its_newest_edit(world: World) -> None:
    room = await world.room()
    event_id = await world.say(room, "The plum trees are in blom")
    await world.edit(room, event_id, "The plum trees are in blossom")
    await world.edit(room, event_id, "The plum trees are in bloom")
    found = await world.transport.fetch(room, event_id)
    assert found is not None
    assert (found.event_id, found.body, found.edits) == (event_id, "The plum trees are in bloom", None)


async def test_a_deleted_message_cannot_be_read_anew(world: World) -> None:
    room = await world.room()
    event_id = await world.say(room, "I take it back")
    await world.delete(room, event_id)
    assert await world.transport.fetch(room, event_id) is None


async def test_a_message_that_is_not_there_cannot_be_read(world: World) -> None:
    room, other = await world.room(), await world.room()
    event_id = await world.say(room, "only here")
    assert await world.transport.fetch(room, "$nothing-with-this-name-was-ever-sent-here0000") is None
    assert await world.transport.fetch(other, event_id) is None


async def test_nothing_is_sent_into_a_room_that_is_not_encrypted(world: World) -> None:
    room = await world.room(encrypted=False)
    with pytest.raises(Refused):
        await _send(world, room, "in clear")


async def test_nothing_is_sent_into_a_room_it_is_not_in(world: World) -> None:
    with pytest.raises(Refused):
        await _send(world, "!nowhere:here.example", "hello")


async def test_it_joins_where_it_is_invited(world: World) -> None:
    room = await world.invite()
    await world.transport.join(room)
    await world.transport.join(room)
    await _send(world, room, "here I am")
    assert "here I am" in await world.read(room, "here I am")


async def test_it_cannot_join_where_it_is_not_invited(world: World) -> None:
    with pytest.raises(Refused):
        await world.transport.join("!nowhere:here.example")


async def test_after_leaving_nothing_is_sent_any_more(world: World) -> None:
    room = await world.room()
    await world.transport.leave(room, "I work in encrypted rooms only.")
    with pytest.raises(Refused):
        await _send(world, room, "one more thing")


async def test_an_invitation_is_declined_by_leaving(world: World) -> None:
    room = await world.invite()
    await world.transport.leave(room, "")
    with pytest.raises(Refused):
        await world.transport.join(room)


async def test_leaving_twice_is_no_error(world: World) -> None:
    room = await world.room()
    await world.transport.leave(room, "")
    await world.transport.leave(room, "")
    with pytest.raises(Refused):
        await _send(world, room, "one more thing")


async def test_it_opens_a_direct_chat_in_which_both_can_read(world: World) -> None:
    room = await world.transport.open_direct(world.person_id, "marker-direct")
    await world.enter(room)
    await _send(world, room, "between us")
    assert "between us" in await world.read(room, "between us")


async def test_words_written_before_the_person_came_are_read(world: World) -> None:
    room = await world.transport.open_direct(world.person_id, "marker-early")
    await _send(world, room, "welcome")
    await world.enter(room)
    assert "welcome" in await world.read(room, "welcome")


async def test_a_direct_chat_is_found_by_its_marker_and_its_person(world: World) -> None:
    room = await world.transport.open_direct(world.person_id, "marker-direct")
    assert await world.transport.opened(world.person_id, "marker-direct") == room
    assert await world.transport.opened(world.person_id, "marker-other") is None
    await world.transport.leave(room, "")
    assert await world.transport.opened(world.person_id, "marker-direct") is None


async def test_a_poll_is_shown_with_its_answers_and_its_end(world: World) -> None:
    room = await world.room()
    poll = Asked("Do you agree?", (("aaaa", "Yes"), ("bbbb", "No")), "or type !vote 1")
    sent = await world.transport.send(room, poll, "txn-poll", "marker-poll")
    assert await world.transport.find(room, "marker-poll", _hour_ago()) == sent.event_id
    await world.transport.send(room, Closed(sent.event_id, "It has ended."), "txn-end", "marker-end")
    assert await world.polls(room) == [("Do you agree?", ["Yes", "No"], True)]


async def test_what_was_said_is_removed_and_the_conversation_goes_on(world: World) -> None:
    room = await world.transport.open_direct(world.person_id, "marker-erase")
    await world.enter(room)
    sent = await _send(world, room, "a secret")
    said = await world.say(room, "another secret")
    await world.transport.erase(room, _hour_ago(), datetime.now(UTC), remove=True)
    assert await world.gone(room, sent.event_id)
    assert await world.gone(room, said)
    await world.say(room, "something else")
    await _send(world, room, "indeed")
    assert "indeed" in await world.read(room, "indeed")


async def test_keys_are_destroyed_without_removing_anything(world: World) -> None:
    room = await world.room()
    said = await world.say(room, "still to be read by people")
    await _send(world, room, "and this as well")
    await world.transport.erase(room, _hour_ago(), datetime.now(UTC), remove=False)
    assert "and this as well" in await world.read(room, "and this as well")
    await world.say(room, "and later words by the bot")
    assert said
