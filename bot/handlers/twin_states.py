"""How the state of a twinning is worded, for every noun that shows it."""

from __future__ import annotations

from datetime import date

from bot.domain.group import Group
from bot.domain.text import Day, Text, t
from bot.domain.twinning import State
from bot.handlers.twins import Twin


def named(twin: Twin, group: Group) -> Text:
    """A twin as `group` knows it: the name people read, and the handle to type."""
    return t("{name} ({alias})", name=twin.group.name, alias=twin.alias_for(group))


def state(twin: Twin, group: Group) -> Text:
    """Where the twinning stands, for `group`, and what can be typed next."""
    twinning, alias = twin.twinning, twin.alias_for(group)
    until = Day(twinning.ends_on)
    mine, theirs = twinning.paused_by(group.id), twinning.paused_by(twin.group.id)
    match twinning.state:
        case State.PROPOSED if twinning.a == group.id:
            return t("you proposed it, until {day}; they have not answered yet", day=until)
        case State.PROPOSED:
            return t(
                "they propose it, until {day}; answer with {accept} or {decline}",
                day=until,
                accept=f"!twin accept {alias}",
                decline=f"!twin decline {alias}",
            )
        case State.PAUSED if mine and theirs:
            return t("paused by both; for your side: {command}", command=f"!twin resume {alias}")
        case State.PAUSED if mine:
            return t("paused by you; {command} takes it back", command=f"!twin resume {alias}")
        case State.PAUSED:
            return t("paused by them; it lasts until {day}", day=until)
        case State.ACTIVE:
            return t("active until {day}", day=until)
        case State.ENDED | State.DECLINED:
            return t("ended")


def renewal(twin: Twin, group: Group, today: date) -> Text | None:
    """What there is to say of renewing the twinning: who asked, or that it ends soon."""
    twinning = twin.twinning
    if twinning.state not in (State.ACTIVE, State.PAUSED):
        return None
    command = f"!twin renew {twin.alias_for(group)}"
    if twinning.renew_by == group.id and twinning.renew_until is not None:
        return t(
            "You asked to renew it until {day}; they have not agreed yet.", day=Day(twinning.renew_until)
        )
    if twinning.renew_until is not None:
        return t(
            "They ask to renew it until {day}; agree with {command}",
            day=Day(twinning.renew_until),
            command=command,
        )
    if twinning.ends_soon(today):
        return t("It ends soon; ask to renew it with {command}", command=command)
    return None
