"""Each side's part in an action: the menu and its picks, audits, debriefs, the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import vobject

from bot.domain.action import State
from bot.domain.audit import Audit
from bot.domain.audit import State as Verdict
from bot.domain.files import Made
from bot.domain.outgoing import File
from bot.domain.text import Words, words_in
from bot.storage import audits
from bot.storage.audits import Member
from tests.unit.handlers.cast import (
    ANA,
    CARL,
    DORA,
    EVA,
    MADRID,
    MANILA,
    MILWAUKEE,
    count,
    group,
    heard,
    relays,
)
from tests.unit.handlers.test_action import PROPOSE, agreed, all_three, ask, confirmed, read, state
from tests.unit.stage import Stage

# options


async def test_the_menu_has_five_ways_in_the_room_s_language(twins: Stage) -> None:
    await agreed(twins)
    menu = await ask(twins, MANILA, ANA, "!action option 1")
    assert "1. reunión pública" in menu
    assert "5. apoyo mutuo" in menu
    assert "1. public gathering" in await ask(twins, MILWAUKEE, CARL, "!action option 1")


async def test_an_option_in_one_s_own_words_crosses_as_words(twins: Stage) -> None:
    await agreed(twins)
    await ask(twins, MANILA, ANA, '!action option 1 add "Olla común, en la plaza"')
    (said,) = await heard(twins, MILWAUKEE)
    words = [one for line in said.lines for one in words_in(line)]
    assert Words("Olla común, en la plaza", "es", "Manila Tenants") in words
    assert "number 6" in twins.word(said)


async def test_each_side_picks_and_both_see_it(twins: Stage) -> None:
    await agreed(twins)
    await ask(twins, MANILA, ANA, '!action option 1 add "Olla común"')
    await ask(twins, MANILA, ANA, "!action option 1 pick 6, 1")
    assert "“Olla común” and public gathering" in await read(twins, MILWAUKEE)
    await ask(twins, MILWAUKEE, CARL, "!action option 1 pick 3")
    assert "carta o petición" in await read(twins, MANILA)
    shown = await ask(twins, MANILA, ANA, "!action 1")
    assert "ustedes: “Olla común” y reunión pública" in shown
    assert "carta o petición" in shown


@pytest.mark.parametrize(
    "typed", ["pick 7", "pick", "pick x", "pick 0", "add", 'add ""', "add \u200b", "sing"]
)
async def test_what_is_neither_picked_nor_added(twins: Stage, typed: str) -> None:
    await agreed(twins)
    await ask(twins, MILWAUKEE, CARL, f"!action option 1 {typed}")
    assert await twins.waiting(MANILA) == []
    assert await count(twins, "action_option") == 0


async def test_what_is_on_the_menu_is_not_added_again(twins: Stage) -> None:
    await agreed(twins)
    answer = await ask(twins, MILWAUKEE, CARL, "!action option 1 add Mutual aid")
    assert "number 5 of the menu" in answer
    assert await count(twins, "action_option") == 0


async def test_the_menu_is_full_some_day(twins: Stage) -> None:
    await agreed(twins)
    for number in range(21):
        await twins.ask(MILWAUKEE, CARL, f"!action option 1 add way {number}")
    assert await count(twins, "action_option") == 20


async def test_words_do_not_cross_between_groups_that_are_no_twins(twins: Stage) -> None:
    await all_three(twins)
    await ask(twins, MILWAUKEE, CARL, PROPOSE)
    await ask(twins, MANILA, ANA, '!action option 1 add "Olla común"')
    assert await twins.waiting(MADRID) == []
    await ask(twins, MANILA, ANA, "!action option 1 pick 6")
    assert "Olla" in await read(twins, MILWAUKEE)
    shown = await ask(twins, MADRID, EVA, "!action option 1") + await ask(twins, MADRID, EVA, "!action 1")
    assert "Olla" not in shown


# audits


async def _audit(stage: Stage, verdict: Verdict, *, with_both: bool = True) -> Audit:
    manila, milwaukee = await group(stage, MANILA), await group(stage, MILWAUKEE)
    now = stage.clock.now()
    audit = Audit(
        0,
        1,
        manila.id,
        manila.id,
        manila.id,
        "¿Huelga?",
        "es",
        Verdict.OPENED,
        now,
        now,
        now,
        now,
        timedelta(days=14),
    )
    async with stage.database.tx() as tx:
        audit = await audits.add(tx, audit, [manila.id, milwaukee.id])
        for one in (manila, milwaukee):
            place = "in" if with_both or one == manila else "out"
            await audits.join(tx, audit.id, Member(one.id, place, 50, 5))
        audit = replace(audit, state=verdict, decided=now, kept_until=now + timedelta(days=30))
        await audits.save(tx, audit)
    return audit


async def _kept_until(stage: Stage, audit: Audit) -> datetime | None:
    async with stage.database.tx() as tx:
        found = await audits.load(tx, audit.id)
    assert found is not None
    return found.kept_until


async def test_confirmed_with_an_audit_whose_record_stays_with_the_action(twins: Stage) -> None:
    await agreed(twins)
    audit = await _audit(twins, Verdict.AGREED)
    await ask(twins, MANILA, ANA, "!action confirm 1 audit=1")
    await ask(twins, MILWAUKEE, CARL, "!action confirm 1 audit=1")
    assert await state(twins) is State.CONFIRMED
    kept = await _kept_until(twins, audit)
    assert kept is not None
    assert kept.date().isoformat() == "2027-05-31"


@pytest.mark.parametrize("verdict", [Verdict.HELD, Verdict.NO_QUORUM])
async def test_an_audit_without_consent_holds_it_in_every_room(twins: Stage, verdict: Verdict) -> None:
    await confirmed(twins)
    await _audit(twins, verdict)
    await ask(twins, MANILA, ANA, "!action move 1 2027-05-08")
    await ask(twins, MILWAUKEE, CARL, "!action agree 1")
    await ask(twins, MANILA, ANA, "!action confirm 1 audit=1")
    assert await state(twins) is State.HELD
    assert "has not ended in consent" in await read(twins, MILWAUKEE)
    assert "audit=N" in await ask(twins, MILWAUKEE, CARL, "!action confirm 1")
    assert await state(twins) is State.HELD


async def test_only_a_verdict_counts_and_only_of_all_who_take_part(twins: Stage) -> None:
    await agreed(twins)
    assert "no verdict of an audit 1" in await ask(twins, MILWAUKEE, CARL, "!action confirm 1 audit=1")
    await _audit(twins, Verdict.AGREED, with_both=False)
    await ask(twins, MANILA, ANA, "!action confirm 1 audit=1")
    assert await state(twins) is State.AGREED


# debriefs


async def _done(stage: Stage) -> None:
    await confirmed(stage)
    stage.clock.forward(days=118)
    await ask(stage, MANILA, ANA, "!action done 1")


async def test_what_was_said_afterwards_crosses_in_people_s_words_and_stays(twins: Stage) -> None:
    await _done(twins)
    await ask(twins, MILWAUKEE, CARL, "!action debrief 1 worked Many came.\nAll stayed.")
    (relay,) = await relays(twins, MANILA)
    assert relay.words.text == "Many came.\nAll stayed."
    assert (relay.words.language, relay.target) == ("en", "es")
    assert "lo que funcionó" in twins.word(relay)
    assert await state(twins) is State.DONE
    await ask(twins, MANILA, ANA, "!action debrief 1 aprendido Avisar antes.")
    assert await state(twins) is State.DEBRIEFED
    shown = await ask(twins, MILWAUKEE, DORA, "!action 1")
    assert "Many came." in shown
    assert "Avisar antes." in shown


@pytest.mark.parametrize("typed", ["", "worked", "worked ...", "sung la la", "worked " + "x" * 4001])
async def test_what_is_no_debrief(twins: Stage, typed: str) -> None:
    await _done(twins)
    await ask(twins, MILWAUKEE, CARL, f"!action debrief 1 {typed}")
    assert await count(twins, "debrief") == 0
    assert await relays(twins, MANILA) == []


async def test_before_it_is_done_there_is_nothing_to_look_back_on(twins: Stage) -> None:
    await confirmed(twins)
    assert "!action done 1" in await ask(twins, MILWAUKEE, CARL, "!action debrief 1 worked All.")
    assert await count(twins, "debrief") == 0


async def test_in_a_pause_it_is_kept_and_goes_nowhere(twins: Stage) -> None:
    await _done(twins)
    await ask(twins, MANILA, ANA, "!twin pause")
    answer = await ask(twins, MILWAUKEE, CARL, "!action debrief 1 worked All.")
    assert "no twinning is active" in answer
    assert await relays(twins, MANILA) == []
    assert await count(twins, "debrief") == 1


# the calendar


async def _file(stage: Stage, room_id: str) -> File:
    return next(row.payload for row in await stage.waiting(room_id) if isinstance(row.payload, File))


async def test_the_calendar_comes_as_text_and_as_a_file_in_the_room_s_zone(twins: Stage) -> None:
    await ask(twins, MANILA, ANA, '!action propose "Día, de cuidado" on=2027-05-01 at=10:00')
    await ask(twins, MANILA, ANA, '!action propose "Más tarde" on=2027-07-01')
    await read(twins, MILWAUKEE)
    await twins.say(MILWAUKEE, DORA, "!calendar")
    file = await _file(twins, MILWAUKEE)
    text = await read(twins, MILWAUKEE)
    assert "Friday, April 30, 2027" in text
    assert "Más tarde" not in text
    assert isinstance(file.content, Made)
    (event,) = vobject.readOne(file.content.text).vevent_list
    assert event.summary.value == "Día, de cuidado"
    assert event.dtstart.value.isoformat() == "2027-04-30T21:00:00-05:00"
    assert event.status.value == "TENTATIVE"


async def test_importing_it_again_updates_what_is_there(twins: Stage) -> None:
    found = []
    await agreed(twins)
    for command in ("", "!action confirm 1", "!action move 1 2027-05-08", "!action cancel 1"):
        if command:
            await ask(twins, MANILA, ANA, command)
        await read(twins, MANILA)
        await twins.say(MANILA, ANA, "!calendar")
        file = await _file(twins, MANILA)
        assert isinstance(file.content, Made)
        found.append(vobject.readOne(file.content.text).vevent)
    assert len({event.uid.value for event in found}) == 1
    versions = [int(event.sequence.value) for event in found]
    assert versions == sorted(versions)
    assert versions[2] < versions[3]
    assert found[-1].status.value == "CANCELLED"


async def test_the_quarters_are_the_group_s_own(twins: Stage) -> None:
    await ask(twins, MILWAUKEE, CARL, '!action propose "Day" on=2027-07-15')
    assert "Day" not in await ask(twins, MILWAUKEE, DORA, "!calendar")
    await ask(twins, MILWAUKEE, CARL, "!group set yearstart 2")
    twins.clock.forward(days=30)
    assert "“Day”" in await ask(twins, MILWAUKEE, DORA, "!calendar")


async def test_a_series_shows_the_dates_to_come(twins: Stage) -> None:
    await ask(twins, MANILA, ANA, '!action propose "Día" on=2027-03-06 every=quarter')
    await ask(twins, MILWAUKEE, CARL, "!action agree 1")
    shown = await ask(twins, MILWAUKEE, DORA, "!calendar")
    assert "Sunday, June 6, 2027, to be confirmed when it is nearer" in shown


async def test_an_empty_calendar_says_so(twins: Stage) -> None:
    assert "No action is planned." in await ask(twins, MILWAUKEE, DORA, "!calendar")
