"""The outbox: what goes next into a room, and what becomes of what waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain import twinning as rules
from bot.domain.outgoing import Leave, Outgoing, Redact, Relay, RowRef, Say
from bot.domain.rendering import Rendering
from bot.domain.text import Words, t
from bot.storage import groups, outbox, twinnings
from bot.storage.db import Database, Tx
from bot.storage.outbox import Entry

NOW = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
ROOM, OTHER, HOME = "!room:here.example", "!other:here.example", "!home:here.example"
SECOND = timedelta(seconds=1)


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Tx]:
    async with database.tx() as found:
        yield found


def say(what: str, **more: object) -> Say:
    return replace(Say(ROOM, (t("hello"),), "en", what=what), **more)  # type: ignore[arg-type]  # its fields


def relay(what: str = "copy", **more: object) -> Relay:
    """A relay that needs no translation, unless its languages differ."""
    made = Relay(ROOM, Words("hola", "es"), "es", "UTC", NOW, None, what=what)
    return replace(made, **more)  # type: ignore[arg-type]  # its fields


async def add(tx: Tx, *outgoing: Outgoing, source: str = "$source", now: datetime = NOW) -> None:
    for one in outgoing:
        await outbox.add(tx, one, source, now)


async def take(tx: Tx, now: datetime = NOW, room_id: str = ROOM) -> Entry | None:
    return (await outbox.take(tx, room_id, now, "DEVICE")).entry


async def order(tx: Tx, now: datetime = NOW) -> list[str]:
    """The names of what would go into the room now, in order, each sent before the next."""
    found = []
    while (entry := await take(tx, now)) is not None:
        found.append(entry.what)
        await outbox.settle_sent(tx, entry, f"$sent-{entry.id}", now)
    return found


async def state(tx: Tx, what: str) -> tuple[str, str]:
    row = await outbox.find(tx, RowRef("$source", ROOM, what))
    assert row is not None
    return row.state, row.reason


async def active(tx: Tx, ends_on: date = date(2028, 1, 4)) -> int:
    """A twinning that is active until the day."""
    a = await groups.create(tx, "home", "Home", HOME, "es", "UTC", NOW)
    b = await groups.create(tx, "room", "Room", ROOM, "es", "UTC", NOW)
    made = await twinnings.propose(
        tx, a=a.id, b=b.id, alias_a="home", alias_b="room", check_words="", ends_on=ends_on, now=NOW
    )
    await twinnings.save(tx, rules.accept(made, b.id), NOW)
    return made.id


async def test_the_oldest_goes_first(tx: Tx) -> None:
    await add(tx, *(relay(f"copy{number}") for number in range(5)))
    assert await order(tx) == [f"copy{number}" for number in range(5)]


async def test_each_room_has_its_own_order(tx: Tx) -> None:
    await add(tx, relay("one"), relay("two", room_id=OTHER), relay("three"))
    other = await take(tx, room_id=OTHER)
    assert other is not None
    assert other.what == "two"
    assert await order(tx) == ["one", "three"]


async def test_the_same_is_promised_once(tx: Tx) -> None:
    await add(tx, relay("copy"), relay("copy", words=Words("otra", "es")), source="$a")
    await add(tx, relay("copy"), source="$b")
    assert await order(tx) == ["copy", "copy"]


async def test_people_s_words_go_before_answers_and_those_before_late_translations(tx: Tx) -> None:
    late = relay("copy:late", rendering=Rendering("hello"))
    await add(tx, late, Leave(ROOM, None), say("answer"), relay("copy"), Redact(ROOM, "$old"))
    assert await order(tx) == ["copy", "redact", "leave", "answer", "copy:late"]


async def test_a_row_that_is_being_translated_holds_back_people_s_words_alone(tx: Tx) -> None:
    await add(tx, relay("first", target="en"), relay("second"), say("answer"))
    assert await order(tx) == ["answer"]
    (entry,) = await outbox.translating(tx, NOW, 10)
    assert isinstance(entry.payload, Relay)
    assert await outbox.set_rendering(tx, entry, replace(entry.payload, rendering=Rendering("hello")))
    assert await order(tx) == ["first", "second"]


async def test_a_delayed_row_waits_for_its_time_and_holds_back_nobody(tx: Tx) -> None:
    await add(tx, say("welcome", delay=3), say("answer"))
    assert await order(tx) == ["answer"]
    assert await outbox.next_due(tx, NOW) == NOW + 3 * SECOND
    assert await outbox.rooms_with_work(tx, NOW) == []
    assert await outbox.rooms_with_work(tx, NOW + 3 * SECOND) == [ROOM]
    assert await order(tx, NOW + 3 * SECOND) == ["welcome"]


async def test_rooms_with_work_come_in_the_order_of_their_oldest_row(tx: Tx) -> None:
    await add(tx, say("a", room_id=OTHER), relay("b"), say("c", room_id=OTHER))
    assert await outbox.rooms_with_work(tx, NOW) == [OTHER, ROOM]


async def test_nothing_is_due_where_nothing_waits(tx: Tx) -> None:
    await add(tx, relay("copy"))
    await order(tx)
    assert await outbox.rooms_with_work(tx, NOW) == []
    assert await outbox.next_due(tx, NOW) is None
    assert await outbox.oldest_waiting(tx, NOW) is None


async def test_what_hangs_under_a_message_follows_it(tx: Tx) -> None:
    """Though its rank would let it go first."""
    await add(tx, say("ack"), relay("voice", thread=RowRef("$source", ROOM, "ack")))
    assert await order(tx) == ["ack", "voice"]


async def test_what_hangs_under_a_message_learns_its_id(tx: Tx) -> None:
    ref = RowRef("$source", ROOM, "ack")
    await add(tx, say("ack"), relay("voice", thread=ref))
    assert await order(tx) == ["ack", "voice"]
    await add(tx, relay("another", thread=ref))
    taken = await outbox.take(tx, ROOM, NOW, "DEVICE")
    acknowledged = await outbox.find(tx, ref)
    assert acknowledged is not None
    assert dict(taken.targets) == {ref: f"$sent-{acknowledged.id}"}


async def test_what_hangs_under_a_message_that_is_being_translated_waits(tx: Tx) -> None:
    await add(tx, relay("copy", target="en"), say("intro", thread=RowRef("$source", ROOM, "copy")))
    assert await order(tx) == []


async def test_an_answer_that_hangs_under_a_message_does_not_draw_it_before_its_turn(tx: Tx) -> None:
    intro = say("intro", thread=RowRef("$source", ROOM, "second"))
    await add(tx, relay("first", target="en"), relay("second"), intro)
    assert await order(tx) == []
    (entry,) = await outbox.translating(tx, NOW, 10)
    assert isinstance(entry.payload, Relay)
    await outbox.set_rendering(tx, entry, replace(entry.payload, rendering=Rendering("hello")))
    assert await order(tx) == ["first", "second", "intro"]


@pytest.mark.parametrize("kind", ["cancelled", "failed"])
async def test_what_hangs_under_a_message_that_never_came_does_not_come(tx: Tx, kind: str) -> None:
    await add(tx, relay("copy"), say("intro", thread=RowRef("$source", ROOM, "copy")))
    entry = await take(tx)
    assert entry is not None
    if kind == "failed":
        await outbox.settle_failed(tx, entry, "refused", NOW)
    else:
        await outbox.cancel(tx, entry, "withdrawn", NOW)
    assert await order(tx) == []
    assert await state(tx, "intro") == ("cancelled", "gone")


async def test_what_hangs_under_nothing_known_does_not_come(tx: Tx) -> None:
    await add(tx, say("intro", thread=RowRef("$forgotten", ROOM, "copy")))
    assert await order(tx) == []
    assert await state(tx, "intro") == ("cancelled", "gone")


async def test_an_edit_of_what_was_not_tried_yet_changes_it(tx: Tx) -> None:
    ref = RowRef("$source", ROOM, "ack")
    await add(tx, say("ack"), say("ack:settled", replaces=ref, lines=(t("delivered"),)))
    entry = await take(tx)
    assert entry is not None
    assert isinstance(entry.payload, Say)
    assert (entry.what, entry.payload.lines, entry.payload.replaces) == ("ack", (t("delivered"),), None)
    await outbox.settle_sent(tx, entry, "$ack", NOW)
    assert await order(tx) == []


@pytest.mark.parametrize("sent", [True, False])
async def test_an_edit_of_what_was_tried_is_a_message_of_its_own(tx: Tx, sent: bool) -> None:
    ref = RowRef("$source", ROOM, "ack")
    await add(tx, say("ack"))
    entry = await take(tx)
    assert entry is not None
    if sent:
        await outbox.settle_sent(tx, entry, "$ack", NOW)
    await add(tx, say("ack:settled", replaces=ref, lines=(t("delivered"),)))
    assert await order(tx) == ([] if sent else ["ack"]) + ["ack:settled"]


async def test_taking_counts_the_try_and_remembers_the_first_and_its_device(tx: Tx) -> None:
    await add(tx, relay("copy"))
    await outbox.take(tx, ROOM, NOW, "OLD")
    taken = (await outbox.take(tx, ROOM, NOW + SECOND, "NEW")).entry
    assert taken is not None
    assert (taken.tries, taken.first_try, taken.device_id) == (2, NOW, "OLD")


async def test_a_row_of_an_active_twinning_is_taken(tx: Tx) -> None:
    await add(tx, relay("copy", twinning=await active(tx)))
    assert await order(tx) == ["copy"]


async def test_a_row_of_a_stopped_twinning_is_cancelled_and_named(tx: Tx) -> None:
    number = await active(tx)
    await add(tx, relay("copy", twinning=number), relay("next"))
    found = await twinnings.load(tx, number)
    assert found is not None
    await twinnings.save(tx, rules.pause(found, found.a), NOW)
    taken = await outbox.take(tx, ROOM, NOW, "DEVICE")
    assert taken.entry is not None
    assert taken.entry.what == "next"
    assert [(one.what, one.state, one.reason, one.payload) for one in taken.cancelled] == [
        ("copy", "cancelled", "twinning", None)
    ]


async def test_a_row_of_a_twinning_that_was_forgotten_is_cancelled(tx: Tx) -> None:
    await add(tx, relay("copy", twinning=4711))
    assert await order(tx) == []
    assert await state(tx, "copy") == ("cancelled", "twinning")


async def test_the_last_day_counts(tx: Tx) -> None:
    number = await active(tx, ends_on=NOW.date())
    await add(tx, relay("copy", twinning=number))
    late = NOW.replace(hour=23, minute=59, second=59)
    assert (await outbox.take(tx, ROOM, late, "DEVICE")).too_late is False
    assert (await outbox.take(tx, ROOM, late + SECOND, "DEVICE")).too_late is True


async def test_what_was_tried_before_its_twinning_stopped_is_only_looked_for(tx: Tx) -> None:
    number = await active(tx)
    await add(tx, relay("copy", twinning=number))
    await take(tx)
    assert await outbox.cancel_twinning(tx, number, NOW) == []
    taken = await outbox.take(tx, ROOM, NOW, "DEVICE")
    assert taken.entry is not None
    assert (taken.entry.what, taken.entry.reason, taken.too_late) == ("copy", "twinning", True)


async def test_cancelling_a_twinning_names_what_it_cancels_and_leaves_others(tx: Tx) -> None:
    number = await active(tx)
    await add(tx, relay("copy", twinning=number), relay("late", twinning=number, target="en"), relay("other"))
    cancelled = await outbox.cancel_twinning(tx, number, NOW)
    assert [(one.what, one.reason, one.payload) for one in cancelled] == [
        ("copy", "twinning", None),
        ("late", "twinning", None),
    ]
    assert await order(tx) == ["other"]


async def test_cancelling_a_message_s_relays_leaves_the_bot_s_own_words(tx: Tx) -> None:
    await add(tx, relay("copy"), relay("copy", room_id=OTHER, target="en"), say("ack"))
    await add(tx, relay("copy"), source="$another")
    cancelled = await outbox.cancel_source(tx, "$source", NOW)
    assert [(one.room_id, one.reason) for one in cancelled] == [(ROOM, "withdrawn"), (OTHER, "withdrawn")]
    assert await order(tx) == ["copy", "ack"]


async def test_a_translation_that_comes_after_the_cancellation_is_dropped(tx: Tx) -> None:
    await add(tx, relay("copy", target="en"))
    (entry,) = await outbox.translating(tx, NOW, 10)
    await outbox.cancel_source(tx, "$source", NOW)
    assert isinstance(entry.payload, Relay)
    assert not await outbox.set_rendering(tx, entry, replace(entry.payload, rendering=Rendering("hello")))
    row = await outbox.load(tx, entry.id)
    assert row is not None
    assert (row.state, row.payload) == ("cancelled", None)


async def test_what_is_to_be_removed_before_it_was_sent_is_not_sent(tx: Tx) -> None:
    await add(tx, say("intro"), Redact(ROOM, RowRef("$source", ROOM, "intro")))
    assert await order(tx) == []
    assert await state(tx, "intro") == ("cancelled", "withdrawn")
    assert await state(tx, "redact") == ("cancelled", "gone")


async def test_what_may_have_been_sent_is_settled_before_it_is_removed(tx: Tx) -> None:
    await add(tx, say("intro"))
    await take(tx)
    await add(tx, Redact(ROOM, RowRef("$source", ROOM, "intro")))
    assert await order(tx) == ["intro", "redact"]


async def test_sent_leaves_the_map_of_copies_and_no_words(tx: Tx) -> None:
    await add(tx, relay("copy", origin_room=HOME, dispatch=7))
    entry = await take(tx)
    assert entry is not None
    settled = await outbox.settle_sent(tx, entry, "$copy", NOW, unreadable=2)
    found = await outbox.by_event(tx, "$copy")
    for row in (settled, found):
        assert row is not None
        assert (row.id, row.state, row.payload, row.event_id, row.unreadable) == (
            entry.id,
            "sent",
            None,
            "$copy",
            2,
        )
    assert [one.id for one in await outbox.copies(tx, 7)] == [entry.id]
    assert [one.id for one in await outbox.relays_of(tx, "$source")] == [entry.id]


async def test_failed_rows_keep_their_words_for_the_host_for_a_while(tx: Tx) -> None:
    await add(tx, relay("copy"))
    entry = await take(tx)
    assert entry is not None
    await outbox.settle_failed(tx, entry, "refused", NOW)
    week = timedelta(days=7)
    await outbox.forget_before(tx, NOW + week - week, NOW - timedelta(days=365))
    kept = await outbox.load(tx, entry.id)
    assert kept is not None
    assert isinstance(kept.payload, Relay)
    await outbox.forget_before(tx, NOW + week + SECOND - week, NOW - timedelta(days=365))
    kept = await outbox.load(tx, entry.id)
    assert kept is not None
    assert (kept.state, kept.payload) == ("failed", None)


async def test_the_map_is_forgotten_after_its_time_and_what_waits_is_not(tx: Tx) -> None:
    await add(tx, relay("old"), relay("waiting"))
    entry = await take(tx)
    assert entry is not None
    await outbox.settle_sent(tx, entry, "$old", NOW)
    year = timedelta(days=365)
    await outbox.forget_before(tx, NOW, NOW)
    assert await outbox.by_event(tx, "$old") is not None
    await outbox.forget_before(tx, NOW + year + SECOND - timedelta(days=7), NOW + SECOND)
    assert await outbox.by_event(tx, "$old") is None
    assert await order(tx, NOW + year) == ["waiting"]


async def test_the_oldest_waiting_row_tells_since_when(tx: Tx) -> None:
    await add(tx, say("later", delay=60))
    await add(tx, relay("first", target="en"), now=NOW + SECOND)
    await add(tx, relay("second"), now=NOW + 2 * SECOND)
    assert await outbox.oldest_waiting(tx, NOW + 3 * SECOND) == NOW + SECOND


async def test_a_dispatch_that_waits_is_known_after_a_while(tx: Tx) -> None:
    await add(tx, relay("copy", dispatch=7), relay("voice", dispatch=8))
    assert await outbox.dispatches_waiting(tx, NOW - SECOND) == []
    assert await outbox.dispatches_waiting(tx, NOW) == [7]
    await order(tx)
    assert await outbox.dispatches_waiting(tx, NOW) == []


async def test_a_forgotten_room_leaves_no_row(tx: Tx) -> None:
    await add(tx, relay("copy"), relay("other", room_id=OTHER))
    await order(tx)
    await outbox.forget_room(tx, ROOM)
    assert await outbox.by_source(tx, "$source", ROOM) == []
    assert len(await outbox.by_source(tx, "$source", OTHER)) == 1


async def test_every_kind_of_outgoing_comes_back_as_it_was(tx: Tx) -> None:
    full = relay(
        "copy",
        target="en",
        header=t("{name} · {group}", name="manila-1", group="Manila"),
        reply_to="$reply",
        thread=RowRef("$root", ROOM, "ack"),
        rendering=Rendering("hello", via="en"),
        written_at=NOW.replace(microsecond=123_456),
    )
    leave = Leave(ROOM, t("I work in encrypted rooms only."), "es")
    await add(tx, replace(full, thread=None), leave)
    first, second = await take(tx), None
    assert first is not None
    await outbox.settle_sent(tx, first, None, NOW)
    second = await take(tx)
    assert second is not None
    assert first.payload == replace(full, thread=None)
    assert second.payload == leave
