"""The ledger of occurrences: at each tick what is due is entered and said, each schedule and local date once.

Rules:
- What is entered and what is said of it are one transaction; what is sent has the occurrence's id as its
  source.
- Late by up to a week, it is said late; what is older is mentioned, all of a room in one message.
- While the homeserver is not heard, nothing is entered: what is due meanwhile is late, and people may have
  changed it.
- A noun that stumbles over one occurrence does not hold up the others: that one is entered as failed, and the
  hosts are told.
- Once after each start all that is to come is reckoned anew: other rules for clocks are followed and
  announced.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.outgoing import Outgoing, Say
from bot.domain.schedule import AT_ONCE, Customs, Due, Occurrence, Schedule, due, when
from bot.domain.text import Text, t, tn
from bot.handlers import timekeeping
from bot.handlers.context import Command, Context, Given, Mention, Noun, Occasion, Place, Theme, Who
from bot.handlers.hosts import tell_hosts
from bot.handlers.refusal import refuse
from bot.handlers.timetable import customs_for, reckoned
from bot.log import Plain
from bot.storage import inlet, schedules

log = logging.getLogger(__name__)

MOST = 1000
"""Schedules that are seen to at one tick; the others follow at the next."""
MOST_MENTIONED = 8
"""Lines of one message."""

SILENT = timedelta(seconds=90)
"""So long without news, and the homeserver is away: an idle one answers every 30 s."""

Occasions = Mapping[str, Occasion]


def noun(nouns: Callable[[], Sequence[Noun]]) -> Noun:
    """The ledger of all nouns there are; they are asked for at the first tick."""
    ledger = _Ledger(nouns)
    return Noun(ticks=(ledger.tick,))


class _Ledger:
    """Keeps in mind only whether this process has reckoned everything anew."""

    def __init__(self, nouns: Callable[[], Sequence[Noun]]) -> None:
        self._nouns = nouns
        self._occasions: Occasions | None = None
        self._reckoned = False

    async def tick(self, ctx: Context) -> list[Outgoing]:
        """See to what is due now."""
        if self._occasions is None:
            self._occasions = {kind: one for noun in self._nouns() for kind, one in noun.occasions.items()}
        work = _Work(ctx, self._occasions)
        if not self._reckoned:
            changed = await work.reckon_anew()
            self._reckoned = not changed  # if it changed something, the next tick sees whether that was kept
        if not await _is_away(ctx):
            for schedule in await schedules.due(ctx.tx, ctx.now, MOST):
                await work.see_to(schedule)
        return [*work.said, *work.mentioned("missed", _missed())]


async def _is_away(ctx: Context) -> bool:
    """Whether the homeserver has not been heard for a while."""
    heard = await inlet.heard_at(ctx.tx)
    return heard is not None and ctx.now - heard > SILENT


class _Work:
    """One tick's work."""

    def __init__(self, ctx: Context, occasions: Occasions) -> None:
        self._ctx = ctx
        self._occasions = occasions
        self._customs: dict[int, Customs] = {}
        self._mentions: dict[tuple[str, str, str | None], list[tuple[Text, str]]] = {}
        self.said: list[Outgoing] = []

    async def see_to(self, schedule: Schedule) -> None:
        """Say what is due of one schedule, and reckon when it is due next."""
        ctx, customs = self._ctx, await self._customs_for(schedule)
        happened = await schedules.happened(ctx.tx, schedule.id)
        for one in due(schedule, customs, ctx.now):
            if one.on not in happened:
                await self._occur(schedule, one, schedule.zone or customs.zone)
        now_kept = await schedules.load(ctx.tx, schedule.id)
        if now_kept is not None and now_kept.since is not None:  # its noun may have changed or dropped it
            after = max(now_kept.since, ctx.now)
            await schedules.set_next(ctx.tx, [reckoned(now_kept, customs, after)])

    async def _occur(self, schedule: Schedule, one: Occurrence, zone: str) -> None:
        ctx, occasion = self._ctx, self._occasions.get(schedule.kind)
        if occasion is None:
            return
        found = Due(schedule, one, zone, late=one.is_late(ctx.now))
        await ctx.tx.run("SAVEPOINT occurrence")
        try:
            if one.is_old(ctx.now):
                self._keep(await occasion.mention(ctx, found), found.id)
                outcome = "mentioned"
            else:
                said = await occasion.due(ctx, found)
                self.said += [replace(out, source=out.source or found.id) for out in said]
                outcome = "said"
        except sqlite3.Error:
            raise
        except Exception:
            reference = Plain(hashlib.sha256(found.id.encode()).hexdigest()[:8])
            log.exception("an occurrence is set aside, reference %s", reference)
            await ctx.tx.run("ROLLBACK TO occurrence")
            outcome = "failed"
            self.said += await self._failed(found, reference)
        await schedules.record(ctx.tx, one, outcome, ctx.now)
        await ctx.tx.run("RELEASE occurrence")

    async def _failed(self, found: Due, reference: str) -> list[Outgoing]:
        def line(_: str) -> Text:
            return t(
                "A reminder could not be made; my log explains it under {reference}.", reference=reference
            )

        return await tell_hosts(self._ctx, line, "failed", f"{found.id}:failed")

    async def reckon_anew(self) -> bool:
        """Follow other rules for clocks, and say so; whether there was anything to follow."""
        changed: list[Schedule] = []
        for schedule in await schedules.planned(self._ctx.tx):
            customs = await self._customs_for(schedule)
            if schedule.next_day is None or schedule.next_at is None or schedule.next_on is None:
                continue
            at = when(schedule, customs, schedule.next_day)
            if at == schedule.next_at or schedule.next_at <= self._ctx.now or _at_once(schedule):
                continue
            changed.append(replace(schedule, next_at=at))
            zone = schedule.zone or customs.zone
            occasion = self._occasions.get(schedule.kind)
            if occasion is not None:
                one = Occurrence(schedule.id, schedule.next_on, schedule.next_on, schedule.next_day, at)
                mention = await occasion.mention(self._ctx, Due(schedule, one, zone))
                self._keep(mention, f"clocks:{schedule.id}:{at.isoformat()}")
        await schedules.set_next(self._ctx.tx, changed)
        self.said += self.mentioned("clocks", _clocks())
        return bool(changed)

    async def _customs_for(self, schedule: Schedule) -> Customs:
        if schedule.group is None:
            return await customs_for(self._ctx.tx, schedule)
        if schedule.group not in self._customs:
            self._customs[schedule.group] = await customs_for(self._ctx.tx, schedule)
        return self._customs[schedule.group]

    def _keep(self, mention: Mention | None, source: str) -> None:
        if mention is not None:
            place = (mention.room_id, mention.language, mention.private_with)
            self._mentions.setdefault(place, []).append((mention.line, source))

    def mentioned(self, what: str, heading: Text) -> list[Outgoing]:
        """What has been mentioned so far, one message for each room."""
        found: list[Outgoing] = []
        for (room_id, language, private_with), lines in self._mentions.items():
            shown = [line for line, _ in lines[:MOST_MENTIONED]]
            more = len(lines) - len(shown)
            if more:
                shown.append(tn("and {count} more", "and {count} more", more))
            found.append(
                Say(
                    room_id,
                    (heading, *shown),
                    language,
                    what=what,
                    source=lines[0][1],
                    notice=False,
                    private_with=private_with,
                )
            )
        self._mentions.clear()
        return found


def _at_once(schedule: Schedule) -> bool:
    """Whether it comes at once, since it should have come before it was planned."""
    return schedule.begun is not None and schedule.next_at == schedule.begun + AT_ONCE


def _missed() -> Text:
    return t("I was away for more than a week. This was due meanwhile:")


def _clocks() -> Text:
    return t("The rules for clocks have changed: these reminders come at another moment than planned.")


async def _resume(ctx: Context, given: Given) -> list[Outgoing]:
    if not await timekeeping.resume(ctx):
        return await refuse(ctx, t("Nothing is paused: my clock is believed."))
    return ctx.reply(t("Good: the clock is right. I go on; what was due meanwhile comes now."))


_RESUME = Command(
    words=("host", "resume"),
    summary=t("confirms the clock of my machine after it jumped, so that I go on"),
    theme=Theme.HOST,
    run=_resume,
    who=frozenset({Who.HOST}),
    places=frozenset({Place.DIRECT}),
)

NOUN = Noun(commands=(_RESUME,))
"""What people type; what the clock does is in `noun`."""
