"""An action is planned, and reminded of in fast motion: restarts set the bot's clock forward."""

from __future__ import annotations

import time as clock
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.demo import talk
from bot.demo.stage import Group, Stage

_TITLE = {"en": "We will march together.", "es": "Marcharemos juntos."}
_AHEAD = timedelta(days=60)  # of the action
_BEFORE, _AFTER = 7, 3  # days from it, for a reminder and for looking back
_NINE = timedelta(hours=9, seconds=20)  # of the morning, when groups are reminded


async def play(stage: Stage) -> None:
    """Both sides agree; each is reminded at nine of its own clocks, also right after a restart, once."""
    manila, oaxaca = stage.manila, stage.oaxaca
    said = await stage.dispatch(manila, "Bring your neighbours.", "Traigan a sus vecinos.")
    await stage.arrived(said)
    day = (datetime.now(UTC) + _AHEAD).date()
    number = await _plan(stage, f"{day.isoformat()} at=18:00")
    stage.board.say("fast motion: only the bot’s clock is set forward, each time by a restart")
    for group in (manila, oaxaca):
        await _set_clock(stage, group, -_BEFORE)
        await _read(stage, group, f"{_BEFORE} ")
        stage.board.say(f"a week before, at nine in {group.zone}: {group.name} is reminded")
    await _set_clock(stage, oaxaca, _AFTER + 1)
    for group in (manila, oaxaca):
        await _read(stage, group, f"!action debrief {number} worked")
    stage.board.say("days after it each side is asked how it was")
    for group in (manila, oaxaca):
        _once(stage, group)
    await stage.bot.stop()
    await stage.bot.start()
    stage.board.say("the bot’s clock shows the real time again")


async def _plan(stage: Stage, when: str) -> str:
    """Manila proposes, Oaxaca agrees, both confirm; the action's number."""
    manila, oaxaca = stage.manila, stage.oaxaca
    await stage.command(manila.steward, manila.room, f'!action propose "{_TITLE["en"]}" on={when}')
    asked = await _told(stage, oaxaca, "!action agree ")
    number = asked.partition("!action agree ")[2].split(",")[0].split()[0]
    for group in (oaxaca, manila):
        if group is oaxaca:
            await stage.command(group.steward, group.room, f"!action agree {number}")
        await stage.command(group.steward, group.room, f"!action confirm {number}")
        await stage.command(group.steward, group.room, f"!action remind {number} {_BEFORE}")
    stage.board.say("agreed and confirmed by both sides")
    return number


async def _told(stage: Stage, group: Group, text: str) -> str:
    """What the bot says about the action in a group's room, in its language, with that text in it."""
    title = _TITLE[group.language]
    shown = await talk.told(
        group.member,
        stage.bot.user_id,
        group.room,
        lambda one: title in one.body and text in one.body,
        within=45,
    )
    return shown.body


async def _read(stage: Stage, group: Group, text: str) -> None:
    await _told(stage, group, text)


async def _set_clock(stage: Stage, group: Group, days: int) -> None:
    """The bot ends, and begins again at nine of the group's clocks, so many days from the action."""
    here = ZoneInfo(group.zone)
    planned = (datetime.now(UTC) + _AHEAD).date()
    moment = datetime.combine(planned + timedelta(days=days), datetime.min.time(), here) + _NINE
    await stage.bot.quiet()
    await stage.bot.stop()
    await stage.bot.start({"TWINLINE_CLOCK_AHEAD": str(moment.timestamp() - clock.time())})
    for person in stage.people:  # so much later the bot has no more keys of old, and clients use new ones
        for room in (stage.manila.room, stage.oaxaca.room, stage.joint_room):
            person.machine.room_changed(room)


def _once(stage: Stage, group: Group) -> None:
    """Nothing came twice: of what reminds a week before there is one message."""
    week = {"en": f"In {_BEFORE} days:", "es": f"Dentro de {_BEFORE} días:"}[group.language]
    found = [one for one in group.member.screen(group.room) if week in one.body]
    if len(found) != 1:
        stage.ledger.failures.append(f"{group.name} was reminded {len(found)} times a week before")
