"""The ledger: each schedule and local date once, late rather than never, whatever the clocks do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.clockwork import Running
from bot.domain.outgoing import Outgoing, Say
from bot.domain.recurring import Every, on_day, once
from bot.domain.schedule import Due, Schedule
from bot.domain.text import t
from bot.handlers import group as group_noun
from bot.handlers import ledger, room
from bot.handlers.context import Context, Mention, Noun, Occasion
from bot.handlers.timetable import change, corrections, line_at, plan
from bot.storage import groups, schedules
from tests.unit.handlers.cast import ANA, BEN, MANILA, count
from tests.unit.stage import HOST, ME, Stage

HOST_CHAT = "!host:here.example"


class Probe:
    """A noun that says what is due; it stumbles where `broken` says so."""

    def __init__(self) -> None:
        self.broken: set[int] = set()

    async def due(self, ctx: Context, found: Due) -> list[Outgoing]:
        if found.schedule.owner in self.broken:
            await ctx.tx.run("INSERT INTO warned VALUES ('!x', '@x', 1)")
            raise RuntimeError("probe")
        late = " late" if found.late else ""
        line = t("{what}", what=f"{found.schedule.owner}/{found.occurrence.on}{late}")
        return [Say(MANILA, (line,), "en", what="reminder", notice=False)]

    async def mention(self, ctx: Context, found: Due) -> Mention | None:
        return Mention(MANILA, "en", line_at(t("{what}", what=str(found.schedule.owner)), found))

    @property
    def noun(self) -> Noun:
        return Noun(occasions={"probe": Occasion(self.due, self.mention)})


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
async def stage(tmp_path: Path, probe: Probe) -> AsyncIterator[Stage]:
    nouns = (room.NOUN, group_noun.NOUN, probe.noun)
    stage = await Stage.open(tmp_path, (*nouns, ledger.NOUN, ledger.noun(lambda: nouns)))
    await stage.room(MANILA, [ANA], [BEN])
    await stage.ask(MANILA, ANA, '!group create manila "Manila Tenants" zone=Asia/Manila')
    await stage.room(HOST_CHAT, [HOST])
    await stage.deliver(HOST_CHAT)
    stage.clock.at = datetime(2027, 4, 1, tzinfo=UTC)
    yield stage
    await stage.close()


def restart(stage: Stage, probe: Probe) -> None:
    """Another process on the same database."""
    nouns = (room.NOUN, group_noun.NOUN, probe.noun)
    again = Stage(stage.database, (*nouns, ledger.NOUN, ledger.noun(lambda: nouns)), stage.catalogs)
    stage.router, stage.receiver = again.router, again.receiver
    stage.receiver._clock = stage.clock


async def planned(stage: Stage, owner: int, *offsets: int, daily: bool = False) -> Schedule:
    day = date(2027, 4, 20)
    rule = on_day(day, Every.DAY) if daily else once(day)
    async with stage.database.tx() as tx:
        home = await groups.of_room(tx, MANILA)
        assert home is not None
        new = Schedule(0, "probe", owner, rule, home.id, offsets=offsets or (0,))
        return await plan(tx, new, stage.clock.now())


async def test_it_is_said_once_at_its_local_hour(stage: Stage) -> None:
    await planned(stage, 7, -1, 0)
    stage.clock.at = datetime(2027, 4, 19, 0, 59, 40, tzinfo=UTC)
    await stage.tick()
    assert await stage.deliver(MANILA) == []
    for _ in range(4):
        await stage.tick(seconds=30)
    assert await stage.deliver(MANILA) == ["7/2027-04-19"]
    await stage.tick(days=1)
    assert await stage.deliver(MANILA) == ["7/2027-04-20"]
    await stage.tick(days=400)
    assert await stage.deliver(MANILA) == []


async def test_what_was_missed_comes_late_for_a_week_and_is_mentioned_after_that(
    stage: Stage, probe: Probe
) -> None:
    await planned(stage, 1, 0)
    await planned(stage, 2, -9)
    await planned(stage, 3, -10)
    restart(stage, probe)
    stage.clock.at = datetime(2027, 4, 21, tzinfo=UTC)
    await stage.tick()
    said = await stage.deliver(MANILA)
    assert said[0] == "1/2027-04-20 late"
    lines = said[1].splitlines()
    assert lines[0].startswith("I was away for more than a week.")
    assert [line.partition(":")[0] for line in lines[1:]] == ["3", "2"]
    restart(stage, probe)
    await stage.tick(seconds=30)
    assert await stage.deliver(MANILA) == []


async def test_while_the_homeserver_is_away_nothing_is_said_and_then_it_is_late(stage: Stage) -> None:
    await planned(stage, 1, 0)
    await planned(stage, 2, -9)
    stage.clock.at = datetime(2027, 4, 10, tzinfo=UTC)
    await stage.tick()
    for _ in range(11):
        await stage.tick_unheard(days=1)
    assert await stage.waiting(MANILA) == []
    late, mentioned = await heard_again(stage)
    assert late == "1/2027-04-20 late"
    assert "2: Sunday, April 11, 2027" in mentioned
    assert await heard_again(stage) == []


async def heard_again(stage: Stage) -> list[str]:
    await stage.tick(seconds=30)
    return await stage.deliver(MANILA)


async def test_an_answer_that_the_homeserver_holds_back_is_no_silence(stage: Stage) -> None:
    await planned(stage, 1, 0)
    stage.clock.at = datetime(2027, 4, 20, 0, 59, tzinfo=UTC)
    await stage.tick()
    await stage.tick_unheard(seconds=61)
    assert await stage.deliver(MANILA) == ["1/2027-04-20"]


async def test_the_clock_goes_back_and_nothing_comes_twice(stage: Stage) -> None:
    await planned(stage, 1, daily=True)
    stage.clock.at = datetime(2027, 4, 21, 1, 0, tzinfo=UTC)
    await stage.tick()
    assert len(await stage.deliver(MANILA)) == 2
    await stage.tick(hours=-1, minutes=-5)
    await stage.tick(hours=1)
    await stage.tick(minutes=10)
    assert await stage.deliver(MANILA) == []
    await stage.tick(days=1)
    assert await stage.deliver(MANILA) == ["1/2027-04-22"]


async def test_one_that_cannot_be_made_does_not_hold_up_the_others(
    stage: Stage, probe: Probe, caplog: pytest.LogCaptureFixture
) -> None:
    probe.broken = {1}
    stage.clock.at = datetime(2027, 4, 19, tzinfo=UTC)
    for owner in (1, 2):
        await planned(stage, owner)
    await stage.tick(days=1, hours=1)
    assert await stage.deliver(MANILA) == ["2/2027-04-20"]
    [told] = await stage.deliver(HOST_CHAT)
    assert told.startswith("A reminder could not be made")
    assert told.rsplit(" ", 1)[1].strip(".") in caplog.text
    assert await count(stage, "warned") == 0
    await stage.tick(seconds=30)
    assert await stage.deliver(HOST_CHAT) == []


async def test_moving_changes_what_is_due_and_corrects_what_was_said(stage: Stage) -> None:
    one = await planned(stage, 1, -7, 0)
    stage.clock.at = datetime(2027, 4, 13, 1, tzinfo=UTC)
    await stage.tick()
    assert await stage.deliver(MANILA) == ["1/2027-04-13"]
    async with stage.database.tx() as tx:
        kept = await schedules.load(tx, one.id)
        assert kept is not None
        moved = await change(tx, replace(kept, rule=once(date(2027, 4, 27))), stage.clock.now())
        ctx = await stage.router.context_of(tx, stage.clock.now(), "$moved", ME, MANILA)
        edits = await corrections(ctx, moved, [t("{what}", what="moved")])
    [edit] = edits
    assert isinstance(edit, Say)
    assert (edit.room_id, edit.source, edit.language) == (MANILA, "occurrence:1:2027-04-13", "en")
    assert edit.replaces is not None
    await stage.tick(days=7)
    assert await stage.deliver(MANILA) == ["1/2027-04-20"]
    await stage.tick(days=7)
    assert await stage.deliver(MANILA) == ["1/2027-04-27"]


async def test_another_zone_or_hour_of_the_group_holds_from_then_on(stage: Stage) -> None:
    await planned(stage, 1)
    await stage.ask(MANILA, ANA, "!group set zone America/Chicago")
    await stage.ask(MANILA, ANA, "!group set hour 18:30")
    stage.clock.at = datetime(2027, 4, 20, 23, 29, tzinfo=UTC)
    await stage.tick()
    assert await stage.deliver(MANILA) == []
    await stage.tick(minutes=1)
    assert await stage.deliver(MANILA) == ["1/2027-04-20"]


async def test_other_rules_for_clocks_are_followed_and_announced(stage: Stage, probe: Probe) -> None:
    """As if the next occurrence had been reckoned by older rules, by which it came an hour later."""
    one = await planned(stage, 1)
    assert one.next_at is not None
    async with stage.database.tx() as tx:
        await schedules.set_next(tx, [replace(one, next_at=one.next_at + timedelta(hours=1))])
    await stage.tick()
    assert [line.splitlines()[0] for line in await stage.deliver(MANILA)] == [
        "The rules for clocks have changed: these reminders come at another moment than planned."
    ]
    await stage.tick(seconds=30)
    restart(stage, probe)
    await stage.tick(seconds=30)
    assert await stage.deliver(MANILA) == []
    stage.clock.at = datetime(2027, 4, 20, 1, tzinfo=UTC)
    await stage.tick()
    assert await stage.deliver(MANILA) == ["1/2027-04-20"]


async def test_a_clock_far_ahead_is_not_believed_until_a_host_says_so(stage: Stage, probe: Probe) -> None:
    await planned(stage, 1)
    stage.clock.count = Running("boot", 1000.0)
    await stage.tick()
    stage.clock.count = Running("boot", 1030.0)
    await stage.tick(days=400)
    assert await stage.deliver(MANILA) == []
    [asked] = await stage.deliver(HOST_CHAT)
    assert "!host resume" in asked
    restart(stage, probe)
    stage.clock.count = Running("boot", 1060.0)
    await stage.tick(seconds=30)
    assert await stage.deliver(HOST_CHAT) == []
    assert "host" in await stage.ask(MANILA, ANA, "!host resume")
    assert "I go on" in await stage.ask(HOST_CHAT, HOST, "!host resume")
    assert "believed" in await stage.ask(HOST_CHAT, HOST, "!host resume")
    await stage.tick(seconds=30)
    [mentioned] = await stage.deliver(MANILA)
    assert mentioned.startswith("I was away for more than a week.")


async def test_a_clock_that_is_put_right_is_believed_again(stage: Stage) -> None:
    await planned(stage, 1)
    stage.clock.count = Running("boot", 1000.0)
    await stage.tick()
    stage.clock.count = Running("boot", 1030.0)
    await stage.tick(days=400)
    stage.clock.count = Running("boot", 1060.0)
    await stage.tick(days=-400, seconds=30)
    stage.clock.at = datetime(2027, 4, 20, 1, tzinfo=UTC)
    stage.clock.count = Running("boot", 1060.0 + 19 * 86400)
    await stage.tick()
    assert await stage.deliver(MANILA) == ["1/2027-04-20"]


async def test_a_machine_that_slept_for_weeks_is_believed(stage: Stage) -> None:
    await planned(stage, 1)
    stage.clock.count = Running("boot", 0.0)
    await stage.tick()
    stage.clock.count = Running("boot", 20 * 86400.0)
    await stage.tick(days=20)
    assert await stage.deliver(MANILA) == ["1/2027-04-20 late"]


async def test_a_doubted_clock_stays_doubted_when_the_machine_is_switched_off_and_on(stage: Stage) -> None:
    await planned(stage, 1)
    stage.clock.count = Running("boot", 1000.0)
    await stage.tick()
    stage.clock.count = Running("boot", 1030.0)
    await stage.tick(days=400)
    stage.clock.count = Running("another", 10.0)
    await stage.tick(minutes=5)
    assert await stage.deliver(MANILA) == []
    stage.clock.count = Running("another", 40.0)
    await stage.tick(days=-399)
    assert await stage.deliver(MANILA) == []
    stage.clock.count = Running("another", 40.0 + 19 * 86400)
    await stage.tick(days=19)
    assert len(await stage.deliver(MANILA)) == 1


async def test_a_reminder_before_a_date_comes_on_the_working_day_before(stage: Stage) -> None:
    """12 April 2027 is a Monday, a free day of their own; 9 April is a public holiday in the Philippines."""
    for typed in ("shift on", "weekend saturday,sunday", "holidays PH", "holidays add 2027-04-12"):
        await stage.ask(MANILA, ANA, f"!group set {typed}")
    await planned(stage, 1, -8, 0)
    stage.clock.at = datetime(2027, 4, 8, 1, tzinfo=UTC)
    await stage.tick()
    assert await stage.deliver(MANILA) == ["1/2027-04-12"]
    await stage.ask(MANILA, ANA, "!group set shift off")
    stage.clock.at = datetime(2027, 4, 12, 1, tzinfo=UTC)
    await stage.tick()
    assert await stage.deliver(MANILA) == []
    stage.clock.at = datetime(2027, 4, 20, 1, tzinfo=UTC)
    await stage.tick()
    assert await stage.deliver(MANILA) == ["1/2027-04-20"]


async def test_what_nobody_plans_any_more_is_forgotten_with_its_group(stage: Stage) -> None:
    await planned(stage, 1)
    async with stage.database.tx() as tx:
        await tx.run("DELETE FROM grp")
    await stage.tick(days=30)
    for table in ("schedule", "occurrence"):
        assert await count(stage, table) == 0
