"""What authors are told of what could not be sent, and what is sent to one person only."""

from __future__ import annotations

import pytest

from bot.domain.outgoing import Say
from bot.domain.text import t, tn
from bot.pipeline.ports import Refused
from bot.storage import outbox
from tests.fakes import away
from tests.unit.handlers.cast import ANA, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre

OTHER = "!other:here.example"


async def _dispatch(theatre: Theatre, text: str = "Ganamos.") -> str:
    return await theatre.say(MANILA, ANA, f"!dispatch {text}")


def _news(theatre: Theatre) -> list[str]:
    """The dispatches that Milwaukee reads."""
    return [text for text in theatre.transport.texts(MILWAUKEE) if "manila-" in text]


async def test_a_clear_no_is_told_to_the_author_and_the_next_goes_on(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = [Refused("M_FORBIDDEN")]
    await _dispatch(theatre, "uno")
    await _dispatch(theatre, "dos")
    await theatre.play()
    assert theatre.reads(
        MANILA, t("{twin}: not delivered, their room does not take my messages", twin="milwaukee")
    )
    assert len(_news(theatre)) == 1


async def test_after_a_week_of_trouble_the_author_is_told(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = away(100)
    await _dispatch(theatre)
    await theatre.play()
    theatre.clock.forward(days=7, minutes=-1)
    await theatre.play()
    assert (await theatre.row(MILWAUKEE, "copy")).state == "waiting"
    theatre.clock.forward(minutes=10)
    await theatre.play()
    copy = await theatre.row(MILWAUKEE, "copy")
    assert (copy.state, copy.reason) == ("failed", "expired")
    assert theatre.reads(
        MANILA, t("{twin}: not delivered, I could not reach their room for a week", twin="milwaukee")
    )


async def test_a_week_of_downtime_alone_loses_nothing(theatre: Theatre) -> None:
    await _dispatch(theatre)
    theatre.clock.forward(days=8)
    await theatre.play()
    assert len(_news(theatre)) == 1


async def test_a_message_that_cannot_be_made_is_given_up_after_three_tries(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    say = theatre.catalogs.say

    def broken(text: object, language: str) -> str:
        if "manila-1" in str(text) and language == "en":
            raise KeyError("name")
        return say(text, language)  # type: ignore[arg-type]  # the stage's texts

    monkeypatch.setattr(theatre.catalogs, "say", broken)
    await _dispatch(theatre, "uno")
    await _dispatch(theatre, "dos")
    for _ in range(4):
        await theatre.play()
        theatre.clock.forward(minutes=6)
    assert theatre.reads(
        MANILA, t("{twin}: not delivered, something is wrong with me; please tell my host", twin="milwaukee")
    )
    assert len(_news(theatre)) == 1


async def test_devices_that_cannot_read_it_are_counted_for_the_author(theatre: Theatre) -> None:
    theatre.transport.unreadable = ("@dora:here.example/A", "@dora:here.example/B")
    await _dispatch(theatre)
    await theatre.play()
    assert theatre.reads(
        MANILA,
        tn(
            "{twin}: delivered, but {count} device there cannot read it",
            "{twin}: delivered, but {count} devices there cannot read it",
            2,
            twin="milwaukee",
        ),
    )


async def test_the_author_s_answer_is_one_message_that_changes_twice_at_most(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = away(3)
    await _dispatch(theatre)
    await theatre.play()
    for _ in range(4):
        await theatre.tick(minutes=6)
        await theatre.play()
    answers = [p for p in theatre.transport.room(MANILA).posts.values() if "manila-1" in p.blocks[0].text]
    ack = await theatre.row(MANILA, "ack")
    assert [post.replaces for post in answers] == [None, ack.event_id, ack.event_id]
    assert theatre.reads(MANILA, t("{name} was delivered to {twins}.", name="manila-1", twins="milwaukee"))


async def test_a_private_answer_goes_into_the_direct_chat_only(theatre: Theatre) -> None:
    await theatre.room(OTHER, [DORA])
    await theatre.play()
    line = (t("Your name: {name}", name="hushhush"),)
    async with theatre.database.tx() as tx:
        for number, person in enumerate((DORA, CARL)):
            say = Say(OTHER, line, "en", what=f"private{number}", private_with=person)
            await outbox.add(tx, say, "$test", theatre.clock.now())
    await theatre.play()
    assert theatre.read(OTHER).count("hushhush") == 1
    assert (await theatre.row(OTHER, "private1")).state == "cancelled"


async def test_once_a_third_person_is_invited_private_answers_are_not_sent(theatre: Theatre) -> None:
    await theatre.room(OTHER, [DORA])
    await theatre.play()
    await theatre.say(OTHER, DORA, "!language es")
    await theatre.member(OTHER, CARL, "invite", sender=DORA)
    await theatre.play()
    answer = await theatre.row(OTHER, "answer")
    assert (answer.state, answer.reason, answer.payload) == ("cancelled", "private", None)
    assert theatre.reads(
        OTHER, t("Somebody else is in this room or invited to it: I say nothing private here any more.")
    )
