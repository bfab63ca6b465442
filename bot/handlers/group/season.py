"""The settings by which reminders come: hour, week-end, holidays, working days, the begin of the year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from bot.domain import group as rules
from bot.domain.group import Group
from bot.domain.moments import Fault, Local, read_hour, read_iso
from bot.domain.text import CalendarName, Day, Listing, Text, t
from bot.handlers.context import Context
from bot.handlers.free_days import is_known
from bot.handlers.group.values import SHOWN, Setting, choice_of, having, is_off
from bot.handlers.refusal import No
from bot.i18n import fold

EXAMPLE_DAY = "2027-12-24"
_SHOWN_DAYS = 10


def _hour_is(group: Group) -> Text:
    return t("Reminders come at {hour}, outside quiet hours.", hour=group.settings.hour)


def _shift_is(group: Group) -> Text:
    if group.settings.shift:
        return t("Reminders before a date come on the working day before, where theirs is a free day.")
    return t("Reminders come on free days, too.")


def _weekend_is(group: Group) -> Text:
    if not group.settings.weekend:
        return t("Week-end: none.")
    days = tuple(CalendarName("days", number) for number in group.settings.weekend)
    return t("Week-end: {days}.", days=Listing(days))


def _holidays_is(group: Group) -> Text:
    where, own = group.settings.holidays, group.settings.days
    days: list[Day | str] = [Day(date.fromisoformat(one)) for one in own[:_SHOWN_DAYS]]
    if len(own) > _SHOWN_DAYS:
        days.append("…")
    if where and own:
        return t(
            "Public holidays: {country}; free days of your own: {days}.",
            country=where,
            days=Listing(tuple(days)),
        )
    if own:
        return t("Public holidays: none; free days of your own: {days}.", days=Listing(tuple(days)))
    return t("Public holidays: {country}.", country=where) if where else t("Public holidays: none.")


def _yearstart_is(group: Group) -> Text:
    return t(
        "The first quarter of your year begins in {month}.",
        month=CalendarName("months", group.settings.yearstart),
    )


async def _set_hour(ctx: Context, group: Group, typed: str) -> Group:
    at = read_hour(typed)
    if isinstance(at, Fault):
        raise No(_not_possible(typed, "09:00"))
    return having(group, replace(group.settings, hour=f"{at:%H:%M}"))


async def _set_shift(ctx: Context, group: Group, typed: str) -> Group:
    said = ctx.house.catalogs.answer(typed, ctx.language)
    choice = {"yes": "on", "no": "off"}[said] if said else None
    choice = choice or choice_of(ctx, typed, {"on": t("on"), "off": t("off")})
    return having(group, replace(group.settings, shift=choice == "on"))


async def _set_weekend(ctx: Context, group: Group, typed: str) -> Group:
    if is_off(ctx, typed):
        return having(group, replace(group.settings, weekend=()))
    known = ctx.house.catalogs.weekdays(ctx.language)
    found = [known.get(fold(name)) for name in typed.replace(",", " ").replace("–", " ").split()]
    days = tuple(sorted({day for day in found if day is not None}))
    if None in found or len(days) > 6:
        raise No(_not_possible(typed, "friday,saturday"))
    return having(group, replace(group.settings, weekend=days))


async def _set_holidays(ctx: Context, group: Group, typed: str) -> Group:
    if is_off(ctx, typed):
        return having(group, replace(group.settings, holidays=""))
    word, _, rest = typed.partition(" ")
    action = ctx.house.catalogs.command_aliases(ctx.language, ["add", "remove"]).get(fold(word), fold(word))
    if action in ("add", "remove"):
        return _own_days(group, rest, remove=action == "remove")
    country, _, region = typed.strip().replace(" ", "-").upper().partition("-")
    if not is_known(country, region):
        raise No(
            t("I know no public holidays of “{country}”.", country=typed[:SHOWN]),
            t(
                "Write the two letters of a country, with a region where it has its own: {examples}. Free "
                "days of your own: {command}",
                examples=Listing(("PH", "US-WI")),
                command=f"!group set holidays add {EXAMPLE_DAY}",
            ),
        )
    return having(group, replace(group.settings, holidays=f"{country}-{region}" if region else country))


def _own_days(group: Group, typed: str, *, remove: bool) -> Group:
    days = set(group.settings.days)
    for word in typed.replace(",", " ").split():
        local = read_iso(word)
        if not isinstance(local, Local) or local.at is not None:
            raise No(_not_possible(word, EXAMPLE_DAY))
        (days.discard if remove else days.add)(local.day.isoformat())
    if not typed.strip():
        raise No(_not_possible(typed, EXAMPLE_DAY))
    if len(days) > rules.MOST_DAYS:
        raise No(t("A group can have up to {most} free days of its own.", most=rules.MOST_DAYS))
    return having(group, replace(group.settings, days=tuple(sorted(days))))


async def _set_yearstart(ctx: Context, group: Group, typed: str) -> Group:
    known = ctx.house.catalogs.months(ctx.language)
    month = int(typed) if typed.isdecimal() and len(typed) <= 2 else known.get(fold(typed), 0)
    if not 1 <= month <= 12:
        raise No(_not_possible(typed, "1 … 12"))
    return having(group, replace(group.settings, yearstart=month))


def _not_possible(typed: str, example: str) -> Text:
    return t("“{value}” is not possible here; write it like {example}.", value=typed[:SHOWN], example=example)


SETTINGS: Mapping[str, Setting] = {
    "hour": Setting(_set_hour, _hour_is, "09:00"),
    "shift": Setting(_set_shift, _shift_is, "on | off"),
    "weekend": Setting(_set_weekend, _weekend_is, "friday,saturday | off"),
    "holidays": Setting(_set_holidays, _holidays_is, f"PH | US-WI | add {EXAMPLE_DAY} | off"),
    "yearstart": Setting(_set_yearstart, _yearstart_is, "1 … 12"),
}
