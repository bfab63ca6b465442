"""What is said about dates: what was understood, what it is for the twins, and what was not understood."""

from __future__ import annotations

from datetime import datetime

from bot.domain.group import Group
from bot.domain.moments import everywhere
from bot.domain.text import Day, Listing, Text, t
from bot.domain.twinning import State
from bot.handlers.context import Context
from bot.handlers.dates import Place, Trouble, readings
from bot.handlers.twins import twins_of
from bot.storage.db import Tx

EXAMPLE = "2027-05-01 10:00"
SHOWN = 40  # characters of what was typed, where it is repeated


def place_of(ctx: Context, zone: str) -> Place:
    """Where and when a date of this message is read."""
    return Place(ctx.house.catalogs, ctx.language, zone, ctx.now)


def examples() -> tuple[Text, ...]:
    """Three dates in words, in the reader's language."""
    return (t("first Saturday of May"), t("Friday at 18:00"), t("in three weeks"))


def no_date(typed: str, trouble: Trouble) -> tuple[Text, ...]:
    """Why what was typed is no date, and how one is written."""
    shown = typed[:SHOWN]
    match trouble:
        case Trouble.NUMERIC:
            found = [Day(day) for day in readings(typed)]
            how = t("Write year, month and day: {example}.", example=EXAMPLE)
            if not found:
                return t("I do not guess which day “{date}” is.", date=shown), how
            iso = Listing(tuple(day.on.isoformat() for day in found))
            return t("“{date}” may be: {days}.", date=shown, days=Listing(tuple(found))), t(
                "Write the one you mean like this: {dates}.", dates=iso
            )
        case Trouble.NO_SUCH_DAY:
            return (t("There is no such day: “{date}”.", date=shown),)
        case Trouble.NO_SUCH_HOUR:
            return (t("There is no such hour: “{date}”. Write hours from 00:00 to 23:59.", date=shown),)
        case Trouble.OTHER_WEEKDAY:
            return (t("That day is another weekday: “{date}”.", date=shown),)
        case Trouble.PAST:
            return (t("That is past: “{date}”.", date=shown),)
        case Trouble.FAR:
            return (t("That is more than five years away: “{date}”.", date=shown),)
        case Trouble.UNKNOWN:
            return (
                t("I do not understand the date “{date}”.", date=shown),
                t("Write it like {example}, or: {examples}.", example=EXAMPLE, examples=Listing(examples())),
            )


async def twin_zones(tx: Tx, group: Group) -> list[str]:
    """The time zones of a group's twins that are not its own."""
    found = [twin.group.zone for twin in await twins_of(tx, group) if twin.twinning.state is State.ACTIVE]
    return [zone for zone in dict.fromkeys(found) if zone != group.zone]


async def elsewhere(ctx: Context, at: datetime) -> tuple[Text, ...]:
    """What a moment is for the group's twins; nothing where there are none elsewhere."""
    zones = await twin_zones(ctx.tx, ctx.group) if ctx.group is not None else []
    return (t("For your twins that is: {moments}.", moments=everywhere(at, zones)),) if zones else ()
