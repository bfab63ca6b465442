"""A second pair of eyes: what waits, who lets it go, and that it goes once."""

from __future__ import annotations

import pytest

from bot.domain.dispatch import TRANSITIONS, Move, NotPossible, State, moved
from bot.domain.incoming import Message
from tests.unit.handlers.cast import ANA, CARL, DORA, MANILA, MILWAUKEE, again
from tests.unit.pipeline.theatre import Theatre

EVE = "@eve:here.example"


@pytest.fixture(autouse=True)
async def careful(theatre: Theatre) -> None:
    """Milwaukee wants a second pair of eyes; Dora is one."""
    await theatre.member(MILWAUKEE, EVE, "join")
    await theatre.say(MILWAUKEE, CARL, "!group set approval one")
    await theatre.say(MILWAUKEE, CARL, "!group set approvers @dora")
    await theatre.play()
    theatre.transport.room(MILWAUKEE).shown.clear()


async def _says(theatre: Theatre, who: str, text: str, **more: str | None) -> str:
    """Somebody writes; what the bot says to it."""
    before = len(_shown(theatre))
    await theatre.say(MILWAUKEE, who, text, **more)  # type: ignore[arg-type]  # passed through
    await theatre.play()
    return "\n".join(_shown(theatre)[before:])


async def _later(theatre: Theatre, **time: float) -> str:
    before = len(_shown(theatre))
    await theatre.tick(**time)
    await theatre.play()
    return "\n".join(_shown(theatre)[before:])


def _shown(theatre: Theatre) -> list[str]:
    return theatre.transport.texts(MILWAUKEE)


def _crossed(theatre: Theatre) -> list[str]:
    return [text for text in theatre.transport.texts(MANILA) if text.startswith("milwaukee-")]


def _post(theatre: Theatre, part: str) -> str:
    """The bot's newest post that says something."""
    shown = theatre.transport.room(MILWAUKEE).shown
    return [event for event, text in shown.items() if part in text][-1]


async def _words(theatre: Theatre) -> list[str]:
    async with theatre.database.tx() as tx:
        found = [
            (table, row)
            for table in ("outbox", "question", "approval", "dispatch")
            for row in await tx.all(f"SELECT * FROM {table}")  # noqa: S608 (tables of this test)
        ]
    return sorted({table for table, row in found if "We won." in str(tuple(row))})


async def test_it_waits_and_the_room_is_asked_aloud(theatre: Theatre) -> None:
    asked = await _says(theatre, CARL, "!dispatch We won.")
    assert "milwaukee-1 waits for approval before it goes to manila." in asked
    assert "!approve 1" in asked
    assert not theatre.transport.room(MILWAUKEE).posts[_post(theatre, "waits for approval")].notice
    assert _crossed(theatre) == []
    assert await _words(theatre) == ["approval"]


async def test_approved_it_goes_once(theatre: Theatre) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    assert "milwaukee-1 is stored" in await _says(theatre, DORA, "!approve milwaukee-1")
    assert "sent already" in await _says(theatre, DORA, "!approve 1")
    (copy,) = _crossed(theatre)
    assert copy.startswith("milwaukee-1 · Milwaukee Tenants\nGanamos.")
    assert await _words(theatre) == ["dispatch"]


@pytest.mark.parametrize("place", ["reply_to", "thread"])
async def test_a_yes_to_the_question_approves(theatre: Theatre, place: str) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    await _says(theatre, DORA, "Yes!", **{place: _post(theatre, "waits for approval")})
    assert len(_crossed(theatre)) == 1


async def test_a_yes_that_answers_nothing_approves_nothing(theatre: Theatre) -> None:
    event = await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await theatre.play()
    await _says(theatre, DORA, "yes")
    await _says(theatre, DORA, "yes", reply_to=event)
    await _says(theatre, DORA, "no", reply_to=_post(theatre, "waits for approval"))
    assert _crossed(theatre) == []


@pytest.mark.parametrize("how", ["!approve 1", "yes"])
async def test_nobody_approves_their_own(theatre: Theatre, how: str) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    post = _post(theatre, "waits for approval") if how == "yes" else None
    assert "written themselves" in await _says(theatre, CARL, how, reply_to=post)
    assert _crossed(theatre) == []


@pytest.mark.parametrize("how", ["!approve 1", "yes"])
async def test_who_has_no_right_to_it_approves_nothing(theatre: Theatre, how: str) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    post = _post(theatre, "waits for approval") if how == "yes" else None
    assert "for stewards" in await _says(theatre, EVE, how, reply_to=post)
    assert _crossed(theatre) == []


async def test_who_lost_the_right_since_approves_nothing(theatre: Theatre) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    await _says(theatre, CARL, "!group set approvers off")
    assert "for stewards" in await _says(theatre, DORA, "!approve 1")
    await _says(theatre, CARL, "!group set approvers @dora")
    await theatre.member(MILWAUKEE, DORA, "leave")
    await _says(theatre, DORA, "!approve 1")
    assert _crossed(theatre) == []


async def test_another_group_s_steward_approves_nothing(theatre: Theatre) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    await theatre.say(MANILA, ANA, "!approve milwaukee-1")
    await theatre.say(MANILA, ANA, "!approve 1")
    await theatre.play()
    assert _crossed(theatre) == []


async def test_held_it_waits_for_an_approval_in_so_many_words(theatre: Theatre) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    held = await _says(theatre, DORA, '!hold 1 "it names people"')
    assert "milwaukee-1 is held: “it names people”" in held
    post = _post(theatre, "waits for approval")
    assert "!approve 1" in await _says(theatre, DORA, "yes", reply_to=post)
    assert _crossed(theatre) == []
    assert "held" in await _says(theatre, EVE, "!dispatches")
    await _says(theatre, DORA, "!approve 1")
    assert len(_crossed(theatre)) == 1


@pytest.mark.parametrize(
    "typed", ["!hold 1", "!hold 1 \u200b", f"!hold 1 {'x' * 301}", "!hold 7 y", "!hold x y"]
)
async def test_a_hold_needs_a_dispatch_and_a_reason(theatre: Theatre, typed: str) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    await _says(theatre, DORA, typed)
    assert "waits for approval" in await _says(theatre, EVE, "!dispatches")


async def test_the_room_is_reminded_once_after_four_hours(theatre: Theatre) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    assert await _later(theatre, hours=3, minutes=59) == ""
    assert "still waits for approval" in await _later(theatre, minutes=1)
    assert await _later(theatre, hours=10) == ""
    await _says(theatre, DORA, "yes", reply_to=_post(theatre, "still waits"))
    assert len(_crossed(theatre)) == 1


async def test_the_status_says_what_is_not_approved(theatre: Theatre) -> None:
    for _ in range(7):
        await _says(theatre, CARL, "!dispatch We won.")
    await _says(theatre, DORA, "!hold 2 why")
    await _says(theatre, DORA, "!approve 1")
    status = await _says(theatre, EVE, "!status")
    assert "Not approved yet: milwaukee-2, milwaukee-3, " in status
    assert "milwaukee-6, and 1 more" in status
    assert "Nothing waits" not in status
    await theatre.tick(hours=72)
    assert "Not approved" not in await _says(theatre, EVE, "!status")


async def test_after_three_days_it_is_forgotten_and_said_so(theatre: Theatre) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    await _later(theatre, hours=71, minutes=59)
    assert await _words(theatre) == ["approval"]
    post = _post(theatre, "still waits")
    said = await _later(theatre, minutes=1)
    assert "Nobody approved milwaukee-1 within 72 hours" in said
    assert not theatre.transport.room(MILWAUKEE).posts[_post(theatre, "Nobody approved")].notice
    assert await _words(theatre) == []
    assert "forgotten" in await _says(theatre, DORA, "!approve 1")
    assert "forgotten" in await _says(theatre, DORA, "yes", reply_to=post)
    assert "forgotten" in await _says(theatre, EVE, "!dispatches")
    assert _crossed(theatre) == []


async def test_after_a_long_sleep_it_expires_without_a_reminder(theatre: Theatre) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    said = await _later(theatre, days=9)
    assert "Nobody approved" in said
    assert "still waits" not in said


@pytest.mark.parametrize("deleted", [True, False])
async def test_taken_back_it_cannot_be_approved(theatre: Theatre, deleted: bool) -> None:
    event = await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await theatre.play()
    if deleted:
        await theatre.remove(MILWAUKEE, CARL, event)
    else:
        assert "by its author or by a steward" in await _says(theatre, EVE, "!dispatch withdraw 1")
        await _says(theatre, CARL, "!dispatch withdraw 1")
    await theatre.play()
    assert "has been withdrawn" in await _says(theatre, DORA, "!approve 1")
    assert _crossed(theatre) == []
    assert await _words(theatre) == []


async def test_changed_words_are_put_before_the_room_anew(theatre: Theatre) -> None:
    event = await theatre.say(MILWAUKEE, CARL, "!dispatch Thank you.")
    await theatre.play()
    post = _post(theatre, "waits for approval")
    await _says(theatre, DORA, "!hold 1 no")
    await _says(theatre, CARL, "!dispatch We won.", edits=event)
    assert "changed since" in await _says(theatre, DORA, "yes", reply_to=post)
    assert "a moment ago" in await _says(theatre, DORA, "!approve 1")
    theatre.clock.forward(seconds=11)
    await _says(theatre, DORA, "!approve 1")
    (copy,) = _crossed(theatre)
    assert "Ganamos." in copy


async def test_what_its_author_makes_a_command_of_is_forgotten(theatre: Theatre) -> None:
    event = await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await _says(theatre, CARL, "!help", edits=event)
    await _says(theatre, DORA, "!approve 1")
    assert _crossed(theatre) == []
    assert await _words(theatre) == []


async def test_nothing_that_only_its_author_has_seen_crosses_by_an_edit(theatre: Theatre) -> None:
    event = await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await _says(theatre, DORA, "!approve 1")
    assert "a second person approves" in await _says(theatre, CARL, "!dispatch Thank you.", edits=event)
    assert "Gracias" not in theatre.read(MANILA)


async def test_what_is_doubtful_is_asked_first_and_shown_to_who_approves(theatre: Theatre) -> None:
    asked = await _says(theatre, CARL, "!dispatch Call 414-286-2150")
    assert "Send it anyway?" in asked
    assert "waits for approval" not in asked
    assert "There is a telephone number in it: 414-286-2150" in await _says(theatre, CARL, "yes")


async def test_neither_who_wrote_it_nor_who_asked_for_it_approves(theatre: Theatre) -> None:
    await _says(theatre, CARL, "!group set approvers @dora @eve")
    event = await theatre.say(MILWAUKEE, DORA, "We won.")
    theatre.transport.room(MILWAUKEE).people[event] = Message(
        event, MILWAUKEE, DORA, theatre.clock.now(), "m.text", "We won."
    )
    await _says(theatre, CARL, "!dispatch", reply_to=event)
    assert "waits for approval" in await _says(theatre, DORA, "yes", thread=event)
    for who in (CARL, DORA):
        assert "written themselves" in await _says(theatre, who, "!approve 1")
    await _says(theatre, EVE, "!approve 1")
    assert len(_crossed(theatre)) == 1


async def test_urgent_by_those_who_were_named_goes_at_once_and_is_marked(theatre: Theatre) -> None:
    await _says(theatre, CARL, "!group set urgent @carl")
    said = await _says(theatre, CARL, "!dispatch We won. urgent=yes")
    assert "without a second person's approval" in said
    assert _crossed(theatre)[0].startswith("milwaukee-1 · Milwaukee Tenants · urgente\n")


async def test_urgent_by_a_steward_who_was_not_named_waits(theatre: Theatre) -> None:
    assert "waits for approval" in await _says(theatre, CARL, "!dispatch We won. urgent=yes")
    assert _crossed(theatre) == []


async def test_where_nobody_could_approve_it_is_said(theatre: Theatre) -> None:
    await _says(theatre, CARL, "!group set approvers off")
    assert "Nobody here can do that now." in await _says(theatre, CARL, "!dispatch We won.")


async def test_in_a_pause_an_approval_sends_nothing_and_it_waits_on(
    theatre: Theatre,
) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    await _says(theatre, CARL, "!twin pause")
    assert "the twinning is paused" in await _says(theatre, DORA, "!approve 1")
    await _says(theatre, CARL, "!twin resume")
    await _says(theatre, DORA, "!approve 1")
    assert len(_crossed(theatre)) == 1


async def test_with_the_group_everything_is_forgotten(theatre: Theatre) -> None:
    await _says(theatre, CARL, "!dispatch We won.")
    await _says(theatre, CARL, "!group forget")
    await _says(theatre, CARL, "yes")
    assert await _words(theatre) == []


@pytest.mark.parametrize("step", ["wait", "hold", "approve", "expire"])
async def test_what_is_handled_twice_happens_once(theatre: Theatre, step: str) -> None:
    """The process dies after a step was stored: the server shows the message again."""
    event = await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    body, who = "!dispatch We won.", CARL
    if step in ("hold", "approve"):
        body, who = ("!hold 1 why", DORA) if step == "hold" else ("!approve 1", DORA)
        event = await theatre.say(MILWAUKEE, who, body)
    if step == "expire":
        await theatre.tick(hours=72)
    theatre.start()
    await again(theatre, event, MILWAUKEE, who, body)
    await theatre.tick()
    await theatre.play()
    said = "\n".join(_shown(theatre))
    assert said.count("waits for approval before") == 1
    assert said.count("is held") == (step == "hold")
    assert said.count("Nobody approved") == (step == "expire")
    assert len(_crossed(theatre)) == (step == "approve")


# The table


def test_every_state_but_the_last_ones_leads_somewhere() -> None:
    final = {State.WITHDRAWN, State.EXPIRED, State.FORGOTTEN}
    assert {state for state, _ in TRANSITIONS} == set(State) - final


@pytest.mark.parametrize("state", [State.ASKED, State.OPEN, State.WITHDRAWN, State.EXPIRED, State.FORGOTTEN])
def test_only_what_waits_is_approved(state: State) -> None:
    with pytest.raises(NotPossible):
        moved(state, Move.APPROVE)
