"""The day of an action as people type it: ISO is certain, else it is read back and waits for a "yes"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from bot.domain import season
from bot.domain.group import Group
from bot.domain.moments import read_hour
from bot.domain.outgoing import Outgoing
from bot.domain.recurring import Rule
from bot.domain.season import When
from bot.domain.text import t, tn
from bot.handlers.action.names import SHOWN, on_clocks, when_in
from bot.handlers.context import Context
from bot.handlers.date_talk import no_date, place_of
from bot.handlers.dates import Trouble, read
from bot.handlers.refusal import No
from bot.storage import questions

TOPIC = "action-date"
WITHIN = timedelta(hours=24)
EXAMPLE_DAY, EXAMPLE_HOUR = "2027-05-01", "10:00"


@dataclass(frozen=True, slots=True)
class Dated:
    """A date that was typed, with the rule of an ordinal weekday. `certain`: nobody has to be asked."""

    when: When
    rule: Rule
    certain: bool = True


def read_when(ctx: Context, typed: str, hour: str | None, zone: str) -> Dated:
    """The day and hour that were typed, as a date in a zone. Raises No."""
    found = read(typed, place_of(ctx, zone))
    if isinstance(found, Trouble):
        raise No(*no_date(typed, found))
    at = found.at
    if hour is not None:
        given = read_hour(hour)
        if not isinstance(given, time):
            raise No(
                t(
                    "There is no hour “{hour}”; write it like {example}.",
                    hour=hour[:SHOWN],
                    example=EXAMPLE_HOUR,
                )
            )
        if at is not None and at != given:
            raise No(t("{option} stands there twice.", option="at="))
        at = given
    return Dated(When(found.rule.first, at, zone), found.rule, found.certain)


def check(ctx: Context, when: When) -> None:
    """Raises No if there can be no action then."""
    match season.problem(when, ctx.now):
        case season.Fault.PAST:
            raise No(t("That is past already. Nothing was changed."))
        case season.Fault.TOO_LATE:
            raise No(
                tn(
                    "An action can be at most {count} year ahead.",
                    "An action can be at most {count} years ahead.",
                    season.MOST_YEARS,
                )
            )
        case None:
            return


async def read_back(
    ctx: Context, when: When, groups: list[Group], payload: Mapping[str, str | None], reader: Group
) -> list[Outgoing]:
    """What was understood, in full, with everybody's clocks; it waits for the person's answer."""
    asked = {**payload, "day": when.day.isoformat(), "at": when.at and when.at.isoformat(), "zone": when.zone}
    await questions.ask(
        ctx.tx,
        ctx.room.room_id,
        ctx.sender,
        TOPIC,
        ctx.source,
        json.dumps(asked),
        ctx.now + WITHIN,
        thread=ctx.thread,
    )
    understood = t("I understand: {when}.", when=when_in(when, reader))
    return ctx.reply(understood, *on_clocks(when, groups), t("Is that right? Answer “yes” or “no”."))


def asked_when(asked: Mapping[str, str | None]) -> When:
    """The date that was read back."""
    at = asked["at"]
    return When(
        date.fromisoformat(asked["day"] or ""), time.fromisoformat(at) if at else None, asked["zone"] or ""
    )
