"""Opening direct chats, polls in them, and the answers to those."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.incoming import Batch, Opened, PollAnswer
from bot.domain.outgoing import DIRECT_CHATS, ClosePoll, Erase, OpenDirect, Outgoing, Poll, RowRef, Say
from bot.domain.post import Asked, Closed
from bot.domain.text import t
from bot.domain.trust import Standing
from bot.handlers.context import Context, Noun, Place
from bot.pipeline.ports import Refused
from bot.storage import inlet, outbox
from bot.storage.outbox.rows import PAYLOAD
from tests.fakes import ME, away
from tests.unit.handlers.cast import BEN, DORA, MANILA
from tests.unit.pipeline.theatre import Theatre
from tests.unit.stage import Stage

OPEN = OpenDirect(BEN, "test", "for ben", source="$asked")
DIRECT = "!direct1:here.example"
NOW = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
ANSWERS = (("aaaa", t("yes")), ("bbbb", t("no")))


class Heard:
    """A noun that opens direct chats and asks in them."""

    def __init__(self) -> None:
        self.opened: list[tuple[Context, Opened]] = []
        self.answers: list[PollAnswer] = []
        self.noun = Noun(opened={"test": self._opened}, polls=(self._poll,))

    async def _opened(self, ctx: Context, outcome: Opened) -> list[Outgoing]:
        self.opened.append((ctx, outcome))
        return ctx.reply(t("hello")) if ctx.place is Place.DIRECT else []

    async def _poll(self, ctx: Context, answer: PollAnswer) -> list[Outgoing] | None:
        if answer.poll != "$poll":
            return None
        self.answers.append(answer)
        return ctx.reply(t("yes"))


@pytest.fixture
def heard(theatre: Theatre) -> Heard:
    found = Heard()
    theatre.router.nouns = [*theatre.router.nouns, found.noun]
    return found


async def promise(theatre: Theatre, *outgoing: Outgoing) -> None:
    async with theatre.database.tx() as tx:
        for one in outgoing:
            await outbox.add(tx, one, "$asked", theatre.clock.now())


async def forget_memory(theatre: Theatre) -> None:
    """The process begins anew, with a while gone by."""
    theatre.start()
    theatre.clock.forward(minutes=30)


async def test_a_direct_chat_is_opened_and_words_go_into_it_before_any_sync(
    theatre: Theatre, heard: Heard
) -> None:
    await promise(theatre, OPEN)
    await theatre.play()
    [(ctx, outcome)] = heard.opened
    assert (outcome.room_id, outcome.user_id, outcome.topic, outcome.payload) == (
        DIRECT,
        BEN,
        "test",
        "for ben",
    )
    assert (ctx.place, ctx.sender, ctx.language) == (Place.DIRECT, BEN, "es")
    assert theatre.transport.texts(DIRECT) == [theatre.catalogs.say(t("hello"), "es")]
    assert [user for _, user, _ in theatre.transport.direct] == [BEN]


async def test_a_direct_chat_that_is_there_is_taken(theatre: Theatre, heard: Heard) -> None:
    await theatre.room("!chat:here.example", [BEN])
    await theatre.play()
    await promise(theatre, OPEN)
    await theatre.play()
    assert [outcome.room_id for _, outcome in heard.opened] == ["!chat:here.example"]
    assert theatre.transport.direct == []


async def test_several_are_opened_each_once(theatre: Theatre, heard: Heard) -> None:
    await promise(theatre, OPEN, replace(OPEN, user_id=DORA, what="open dora"))
    await promise(theatre, replace(OPEN, source="$again"))
    await theatre.play()
    assert [user for _, user, _ in theatre.transport.direct] == [BEN, DORA]
    assert [outcome.room_id for _, outcome in heard.opened] == [DIRECT, "!direct2:here.example", DIRECT]


async def test_when_the_answer_is_lost_the_room_is_looked_for(theatre: Theatre, heard: Heard) -> None:
    theatre.transport.lost[DIRECT_CHATS] = away()
    await promise(theatre, OPEN)
    await theatre.play()
    assert heard.opened == []
    await forget_memory(theatre)
    await theatre.play()
    assert [outcome.room_id for _, outcome in heard.opened] == [DIRECT]
    assert len(theatre.transport.direct) == 1


async def test_an_outcome_that_was_stored_before_a_crash_is_not_told_twice(
    theatre: Theatre, heard: Heard
) -> None:
    await promise(theatre, OPEN)
    [entry] = await theatre.rows(DIRECT_CHATS)
    assert isinstance(entry.payload, OpenDirect)
    await theatre.sender._deeds.do(entry, entry.payload)  # and the process dies before the row is settled
    await forget_memory(theatre)
    await theatre.play()
    assert len(heard.opened) == 1
    assert len(theatre.transport.direct) == 1


async def test_what_the_server_refuses_is_told_to_whoever_asked(theatre: Theatre, heard: Heard) -> None:
    theatre.transport.trouble[DIRECT_CHATS] = [Refused("nobody of that name")]
    await promise(theatre, OPEN)
    await theatre.play()
    [(ctx, outcome)] = heard.opened
    assert (outcome.room_id, ctx.place) == (None, Place.OTHER)


async def test_a_server_that_limits_new_rooms_holds_nothing_else_back(theatre: Theatre, heard: Heard) -> None:
    theatre.transport.trouble[DIRECT_CHATS] = away(1, retry_after=3600)
    await promise(theatre, OPEN, Say(MANILA, (t("hello"),), "es"))
    await theatre.play()
    assert theatre.reads(MANILA, t("hello"))
    theatre.clock.forward(seconds=3601)
    await theatre.play()
    assert len(heard.opened) == 1


async def test_a_person_who_declined_is_asked_anew_when_that_is_wanted(
    theatre: Theatre, heard: Heard
) -> None:
    await promise(theatre, OPEN)
    await theatre.play()
    await theatre.member(DIRECT, BEN, "leave")
    await promise(theatre, replace(OPEN, source="$later"))
    await theatre.play()
    assert [user for _, user, _ in theatre.transport.direct] == [BEN, BEN]


def poll_in(room_id: str, person: str = BEN) -> Poll:
    return Poll(room_id, person, t("hello"), ANSWERS, "en", hint=t("no"))


async def test_a_poll_is_asked_and_ended_by_its_promise_alone(theatre: Theatre, heard: Heard) -> None:
    await promise(theatre, OPEN)
    await theatre.play()
    await promise(theatre, poll_in(DIRECT))
    await theatre.play()
    await promise(
        theatre,
        ClosePoll(
            DIRECT, BEN, RowRef("$asked", DIRECT, "poll"), theatre.clock.now() - timedelta(1), t("no"), "en"
        ),
    )
    await theatre.play()
    [(event_id, asked), (_, closed)] = theatre.transport.room(DIRECT).polls.items()
    assert asked == Asked("hello", (("aaaa", "yes"), ("bbbb", "no")), "no")
    assert closed == Closed(event_id, "no")


async def test_a_poll_that_was_never_asked_has_no_end(theatre: Theatre, heard: Heard) -> None:
    await promise(theatre, OPEN)
    await theatre.play()
    await promise(
        theatre,
        ClosePoll(DIRECT, BEN, RowRef("$asked", DIRECT, "poll"), theatre.clock.now(), t("no"), "en"),
    )
    await theatre.play()
    assert theatre.transport.room(DIRECT).polls == {}
    assert not await theatre.waiting(DIRECT)


async def test_nobody_is_asked_in_a_room_with_others(theatre: Theatre) -> None:
    await promise(theatre, poll_in(MANILA))
    await theatre.play()
    assert theatre.transport.room(MANILA).polls == {}


async def test_nothing_stays_of_what_was_sealed(theatre: Theatre, heard: Heard) -> None:
    heard.noun.opened["test"] = _quiet  # type: ignore[index]  # a dictionary
    await promise(theatre, OPEN)
    await theatre.play()
    secret = Say(DIRECT, (t("hello"),), "en", private_with=BEN, sealed=True)
    await promise(theatre, secret, poll_in(DIRECT))
    await theatre.play()
    assert theatre.transport.texts(DIRECT) == ["hello", "hello\nyes\nno\nno"]
    theatre.transport.trouble[DIRECT] = [Refused("no"), Refused("no")]
    await promise(theatre, secret, poll_in(DIRECT))
    await theatre.play()
    assert len(theatre.transport.texts(DIRECT)) == 2
    assert await theatre.rows(DIRECT) == await theatre.rows(DIRECT_CHATS) == []


async def _quiet(_ctx: Context, _outcome: Opened) -> list[Outgoing]:
    return []


@pytest.mark.parametrize("remove", [True, False])
async def test_a_chat_is_erased_after_what_is_still_to_be_said_in_it(
    theatre: Theatre, heard: Heard, remove: bool
) -> None:
    await promise(theatre, OPEN)
    await theatre.play()
    now = theatre.clock.now()
    raw = '{"event_id": "$late"}'
    async with theatre.database.tx() as tx:
        await inlet.keep_undecrypted(tx, "$late", DIRECT, "session", raw, now)
        await inlet.keep_undecrypted(tx, "$other", MANILA, "session", raw, now)
    erase = Erase(DIRECT, now - timedelta(days=14), now + timedelta(1), remove)
    await promise(theatre, erase, Say(DIRECT, (t("yes"),), "en", private_with=BEN))
    theatre.transport.trouble[DIRECT] = away()
    await theatre.play()
    theatre.clock.forward(minutes=5)
    await theatre.play()
    calls = [kind for kind, room_id, _ in theatre.transport.calls if room_id == DIRECT]
    assert calls[-2:] == ["send", "erase"]
    assert (theatre.transport.texts(DIRECT) == []) is remove
    async with theatre.database.reading() as tx:
        assert len(await inlet.undecrypted(tx, None)) == 1


async def test_a_chat_that_is_being_made_is_not_left_because_it_is_not_encrypted_yet(
    theatre: Theatre,
) -> None:
    await theatre.room("!made:here.example", [ME], encrypted=False)
    await theatre.room("!open:here.example", [DORA], encrypted=False)
    await theatre.play()
    assert [room_id for room_id, _ in theatre.transport.left] == ["!open:here.example"]


async def chosen(stage: Stage, room_id: str, sender: str, poll: str = "$poll", **more: object) -> None:
    answer = PollAnswer(stage._id("a"), room_id, sender, stage.clock.now(), poll, ("aaaa",))
    await stage.receiver.batch(Batch("c", (replace(answer, **more),)))  # type: ignore[arg-type]  # its fields


@pytest.fixture
async def chat(theatre: Theatre, heard: Heard) -> Theatre:
    await promise(theatre, OPEN)
    await theatre.play()
    await theatre.member(DIRECT, BEN, "join")
    theatre.transport.room(DIRECT).shown.clear()
    return theatre


async def test_an_answer_reaches_the_noun_whose_poll_it_is(chat: Theatre, heard: Heard) -> None:
    await chosen(chat, DIRECT, BEN)
    await chosen(chat, DIRECT, BEN, "$another")
    await chat.play()
    assert [(one.poll, one.answers) for one in heard.answers] == [("$poll", ("aaaa",))]
    ended = t("That counts for nothing: this poll has ended, or is not one of mine.")
    assert chat.transport.texts(DIRECT) == [chat.catalogs.say(said, "es") for said in (t("yes"), ended)]


async def test_an_answer_counts_in_a_direct_chat_from_its_person_alone(chat: Theatre, heard: Heard) -> None:
    await chosen(chat, MANILA, BEN)
    await chosen(chat, DIRECT, DORA)
    await chosen(chat, DIRECT, ME)
    await chat.member(DIRECT, DORA, "invite")
    await chosen(chat, DIRECT, BEN)
    assert heard.answers == []


@pytest.mark.parametrize("standing", [Standing.UNSIGNED, Standing.CHANGED])
async def test_an_answer_from_a_device_that_does_not_count_is_refused_each_time(
    chat: Theatre, heard: Heard, standing: Standing
) -> None:
    for _ in range(2):
        await chosen(chat, DIRECT, BEN, standing=standing)
    await chat.play()
    assert heard.answers == []
    assert len(chat.transport.texts(DIRECT)) == 2


@pytest.mark.parametrize(
    "outgoing",
    [
        OPEN,
        poll_in(DIRECT),
        ClosePoll(DIRECT, BEN, RowRef("$a", DIRECT, "poll"), NOW, t("no"), "en"),
    ],
)
def test_they_come_out_of_the_outbox_as_they_went_in(outgoing: Outgoing) -> None:
    assert PAYLOAD.validate_json(PAYLOAD.dump_json(outgoing)) == outgoing
