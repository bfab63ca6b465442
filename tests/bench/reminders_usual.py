"""A minimal reminder bot of the usual pattern, for comparison: APScheduler decides what is due.

Reminders are rows of a table; at start each becomes a job, a date or a cron expression, in memory, with the
library's own defaults. A job sends at once, and a reminder that comes once is deleted after that. An error of
a job is logged, as the library does.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, time, tzinfo
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import apscheduler.executors.base as executors
import apscheduler.schedulers.base as schedulers
from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from bot.domain.moments import moment
from tests.bench.reminders_world import Wish, World

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Row(NamedTuple):
    """A reminder as it is stored."""

    room: str
    text: str
    zone: str
    day: str
    rule: str
    at: str


class _Inline(BaseExecutor):  # type: ignore[misc]  # the library has no types
    """Runs a job where it stands, so that simulated time decides when."""

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        events = run_job(job, job._jobstore_alias, run_times, "usual")
        self._run_job_success(job.id, events)


class _Driven(schedulers.BaseScheduler):  # type: ignore[misc]  # the library has no types
    """A scheduler that is woken by hand."""

    def wakeup(self) -> None:
        """Somebody else wakes it."""

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)


@contextmanager
def simulated_time(world: World) -> Iterator[None]:
    """The library reads the world's clock."""

    class Shown(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # aware or not, as there
            return world.shown.astimezone(tz) if tz is not None else world.shown.replace(tzinfo=None)

    before = schedulers.datetime, executors.datetime
    schedulers.datetime = executors.datetime = Shown
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    logging.getLogger("usual").setLevel(logging.CRITICAL)
    yield
    schedulers.datetime, executors.datetime = before


class Usual:
    """The usual bot."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.path: Path = world.folder / "usual.db"
        self.scheduler: _Driven | None = None
        self.due: list[tuple[int, str, str, bool]] = []
        self.before = world.true, world.shown

    async def start(self) -> None:
        self.due = []
        self.scheduler = _Driven(timezone=ZoneInfo("UTC"))
        self.scheduler.add_executor(_Inline(), "default")
        self.scheduler.start()
        self._sql(
            "CREATE TABLE IF NOT EXISTS reminder (id INTEGER PRIMARY KEY, room, text, zone, day, rule, at)"
        )
        self.before = self.world.true, self.world.shown
        for number, *row in self._sql("SELECT * FROM reminder"):
            self._add(number, _Row(*row))

    def _sql(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as database, database:
            return database.execute(sql, values).fetchall()

    async def wish(self, wishes: list[Wish]) -> None:
        for one in wishes:
            row = _Row(
                one.room_id, one.text, one.zone, one.rule.first.isoformat(), one.rule.text, one.at.isoformat()
            )
            [(number,)] = self._sql(
                "INSERT INTO reminder (room, text, zone, day, rule, at) VALUES (?, ?, ?, ?, ?, ?)"
                " RETURNING id",
                *row,
            )
            self._add(number, row)

    def _add(self, number: int, row: _Row) -> None:
        assert self.scheduler is not None
        hour, minute = int(row.at[:2]), int(row.at[3:5])
        fields: dict[str, Any] = {"hour": hour, "minute": minute, "timezone": ZoneInfo(row.zone)}
        first = datetime.fromisoformat(row.day)
        if not row.rule:
            trigger: Any = DateTrigger(moment(first.date(), time(hour, minute), row.zone))
        elif row.rule.startswith("FREQ=WEEKLY"):
            trigger = CronTrigger(day_of_week=_WEEKDAYS[first.weekday()], **fields)
        elif row.rule.startswith("FREQ=MONTHLY"):
            trigger = CronTrigger(day=first.day, **fields)
        else:
            trigger = CronTrigger(**fields)
        arguments = [number, row.room, row.text, not row.rule]
        self.scheduler.add_job(self._ring, trigger, args=arguments, id=str(number))

    def _ring(self, number: int, room: str, text: str, once: bool) -> None:
        self.due.append((number, room, text, once))

    async def live(self) -> None:
        """Ring at the very moment, as its timer does, unless the clock has jumped meanwhile."""
        assert self.scheduler is not None
        (true, shown), world = self.before, self.world
        self.before = world.true, world.shown
        if world.shown - shown == world.true - true:
            for at in sorted({job.next_run_time for job in self.scheduler.get_jobs()}):
                if shown < at <= world.shown:
                    world.exactly = at.astimezone(UTC)
                    try:
                        self._wake()
                    finally:
                        world.exactly = None
        self._wake()

    def _wake(self) -> None:
        assert self.scheduler is not None
        self.world.pass_by("receive:before-commit")
        self.scheduler._process_jobs()
        self.world.pass_by("receive:after-commit")
        ringing, self.due = self.due, []
        for number, room, text, once in ringing:
            self.world.pass_by("send:taken")
            self.world.pass_by("send:before-request")
            if not self.world.away:  # else the library logs an error
                at = self.world.shown - self.world.offset
                self.world.sent.append((room, f"Reminder: “{text}”", at))
            self.world.pass_by("send:after-request")
            if once:
                self._sql("DELETE FROM reminder WHERE id = ?", number)
            self.world.pass_by("send:settled")

    async def stop(self) -> None:
        if self.scheduler is not None:
            self.scheduler.shutdown(wait=False)
            self.scheduler = None
