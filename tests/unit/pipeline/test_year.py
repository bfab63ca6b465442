"""A year of four actions of three groups on three continents, with twenty restarts: exactly these reminders.

The expected list is made here by hand from the dates and from nothing of the bot's own but the words.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.i18n import Catalogs
from tests.fakes import FakeTransport
from tests.unit import ready
from tests.unit.handlers.cast import code_in
from tests.unit.pipeline.theatre import Theatre

RESTARTS = 20
BEGIN, END = datetime(2027, 1, 1, 12, tzinfo=UTC), datetime(2027, 12, 31, 12, tzinfo=UTC)
ROOMS = {
    "!manila:here.example": ("@ana:here.example", "manila", "Asia/Manila"),
    "!milwaukee:here.example": ("@carl:here.example", "milwaukee", "America/Chicago"),
    "!lisbon:here.example": ("@lia:here.example", "lisbon", "Europe/Lisbon"),
}
MANILA, MILWAUKEE, LISBON = ROOMS
MEMBER = "@ben:here.example"
_LABEL = re.compile(
    r"In (\d+) days?:|(Today):|(How was)|(A quarter begins)|(Half of the quarter)|"
    r"(?:Your twinning with (\w+) \(\w+\) ends in)"
)

Reminder = tuple[datetime, str, str]


class Year:
    """One bot after the other on one database, and what people read of it."""

    def __init__(self, folder: Path, catalogs: Catalogs, transport: FakeTransport) -> None:
        self.folder, self.catalogs, self.transport = folder, catalogs, transport
        self.bot: Theatre
        self.read: list[Reminder] = []

    async def start(self) -> None:
        database = await ready.database(self.folder / "twinline.db")
        self.bot = Theatre(database, self.catalogs, self.transport)
        self.bot.clock.at = BEGIN

    async def restart(self) -> None:
        """The process ends, and another one begins on what is on the disk."""
        before = self.bot
        await before.close()
        await self.start()
        self.bot.clock.at, self.bot._ids = before.clock.at, before._ids

    async def say(self, room_id: str, body: str) -> None:
        """A steward types something; nobody counts what is answered."""
        self.bot.clock.forward(minutes=1)
        await self.bot.say(room_id, ROOMS[room_id][0], body)
        await self.bot.play()
        self.forget()

    async def open(self) -> None:
        for room_id, (steward, handle, zone) in ROOMS.items():
            await self.bot.room(room_id, [steward], [MEMBER])
            await self.say(room_id, f'!group create {handle} "{handle.title()}" zone={zone}')
        for room_id in (MILWAUKEE, LISBON):
            code = code_in(await self.bot.ask(room_id, ROOMS[room_id][0], "!group code"))
            await self.say(MANILA, f"!twin propose {code} until=2027-12-20")
            await self.say(room_id, "!twin accept")

    def forget(self) -> None:
        for room_id in ROOMS:
            self.transport.room(room_id).shown.clear()

    def look(self) -> None:
        """What has come since; corrections of what was said before are edits, and no reminders."""
        for room_id in ROOMS:
            room = self.transport.room(room_id)
            for event_id, text in room.shown.items():
                found = _LABEL.match(text)
                if found is not None and room.posts[event_id].replaces is None:
                    label = next(one for one in found.groups() if one)
                    self.read.append((self.bot.clock.now(), room_id, label))
        self.forget()


def at_nine(room_id: str, day: date) -> datetime:
    return datetime.combine(day, time(9), ZoneInfo(ROOMS[room_id][2])).astimezone(UTC)


def of_action(days: dict[str, date], *before: int, back: bool = True) -> list[Reminder]:
    """An action's reminders, at nine of each group's clock; `days` is its day in each room."""
    found = []
    for room_id, day in days.items():
        for days_before in before:
            label = str(days_before) if days_before else "Today"
            found.append((at_nine(room_id, day - timedelta(days=days_before)), room_id, label))
        if back:
            found.append((at_nine(room_id, day + timedelta(days=3)), room_id, "How was"))
    return found


def everywhere(day: date) -> dict[str, date]:
    return dict.fromkeys(ROOMS, day)


def expected() -> list[Reminder]:
    """The year's list."""
    february = everywhere(date(2027, 2, 20))
    # ten in the morning of 1 May in Manila is the evening before in Milwaukee
    may = {**everywhere(date(2027, 5, 1)), MILWAUKEE: date(2027, 4, 30)}
    later = {room_id: day + timedelta(days=14) for room_id, day in may.items()}
    found = of_action(february, 28, 14, 7, 1, 0)
    found += of_action(may, 28, 14, back=False)  # then it is moved by two weeks
    found += of_action(later, 14, 7, 1, 0)
    august = everywhere(date(2027, 8, 7))
    del august[MILWAUKEE]
    found += of_action(august, 28, 14, 7, 1, 0)
    found += of_action({MILWAUKEE: date(2027, 8, 7)}, 21, 3, 0)  # as Milwaukee chose
    found += of_action(everywhere(date(2027, 10, 15)), 28, back=False)  # cancelled after that
    for room_id in ROOMS:
        found.append((at_nine(room_id, date(2027, 10, 1)), room_id, "A quarter begins"))
        found.append((at_nine(room_id, date(2027, 11, 15)), room_id, "Half of the quarter"))
    for days in (30, 7, 1):
        for room_id, twin in (
            (MANILA, "Milwaukee"),
            (MANILA, "Lisbon"),
            (MILWAUKEE, "Manila"),
            (LISBON, "Manila"),
        ):
            found.append((at_nine(room_id, date(2027, 12, 20) - timedelta(days=days)), room_id, twin))
    return sorted(found)


def commands() -> list[tuple[datetime, str, str]]:
    """What people type in the year, by its time."""

    def on(month: int, day: int) -> datetime:
        return datetime(2027, month, day, 12, 5, tzinfo=UTC)

    typed = [
        (on(1, 2), MANILA, '!action propose "Winter" on=2027-02-20'),
        (on(1, 2), MANILA, '!action propose "May Day" on=2027-05-01 at=10:00'),
        (on(1, 2), MANILA, '!action propose "Summer" on=2027-08-07'),
        (on(1, 2), MANILA, '!action propose "Autumn" on=2027-10-15'),
    ]
    typed += [(on(1, 3), room, f"!action agree {n}") for n in range(1, 5) for room in (MILWAUKEE, LISBON)]
    typed += [(on(1, 4), room, "!action confirm 1") for room in ROOMS]
    typed += [(on(1, 4), MILWAUKEE, "!action remind 3 21,3,0")]
    typed += [(on(2, 21), MILWAUKEE, "!action done 1")]
    typed += [(on(4, 20), LISBON, "!action move 2 2027-05-15")]
    typed += [(on(4, 21), room, "!action agree 2") for room in (MANILA, MILWAUKEE)]
    typed += [(on(9, 20), MANILA, "!action cancel 4")]
    return sorted(typed, key=lambda one: one[0])


@pytest.fixture
async def year(tmp_path: Path) -> AsyncIterator[Year]:
    found = Year(tmp_path, await ready.catalogs(), FakeTransport())
    await found.start()
    try:
        await found.open()
        yield found
    finally:
        await found.bot.close()


async def test_exactly_the_expected_reminders_come_each_in_its_time(year: Year) -> None:
    wanted, typed = expected(), commands()
    ticks = {BEGIN + timedelta(hours=12 * n) for n in range(1, 2 * 364)}
    for moment, _, _ in wanted:
        ticks |= {moment - timedelta(minutes=1), moment + timedelta(seconds=30)}
    moments = sorted(one for one in ticks if one < END)
    restarts = {moments[len(moments) * (n + 1) // (RESTARTS + 1)] for n in range(RESTARTS)}
    for moment in moments:
        while typed and typed[0][0] <= moment:
            at, room_id, body = typed.pop(0)
            year.bot.clock.at = max(at, year.bot.clock.at)
            await year.say(room_id, body)
        year.bot.clock.at = max(moment, year.bot.clock.at)
        await year.bot.tick()
        if moment in restarts:
            await year.restart()
        await year.bot.play()
        year.look()
    late = timedelta(seconds=30)
    assert [(moment - late, room_id, label) for moment, room_id, label in sorted(year.read)] == wanted
    assert len(wanted) == len(set(wanted)) == 76
    assert len(restarts) == RESTARTS
