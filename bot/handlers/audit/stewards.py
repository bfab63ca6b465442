"""`!audit`, `close`, `cancel` and `revise`: how a round stands, and what stewards do with it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import audit as rules
from bot.domain import moments
from bot.domain.audit import REVISABLE, Audit, Fault, State
from bot.domain.dispatch import is_blank
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing
from bot.domain.text import Listing, Moment, Text, Words, t
from bot.domain.verdict import Choice
from bot.handlers.audit.circle import Circle, circle_of, state_text, way_in
from bot.handlers.audit.drafts import kind_text
from bot.handlers.audit.opening import not_a_date, shifted, wrong_dates
from bot.handlers.audit.phases import call_off, circulate, conclude, revise, sides
from bot.handlers.audit.pick import number_of, pick
from bot.handlers.audit.private import LIVE
from bot.handlers.audit.sheets import ask_again
from bot.handlers.command import is_number, plain
from bot.handlers.context import Argument, Command, Context, Given, Option, Shape, Theme, Who
from bot.handlers.paging import paged
from bot.handlers.refusal import refuse
from bot.storage import audits, seats
from bot.storage.seats import Line

LONGEST_CHANGE = 1000
_N = Argument("N", Shape.NUMBER, optional=True)
SHOWN = 40


async def _show(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    known = await audits.of_group(ctx.tx, group.id)
    typed = given.get("N")
    if typed is None and len(known) != 1:
        return await _list(ctx, group, known)
    wanted = number_of(typed) if typed is not None else known[0].number
    found = next((one for one in known if one.number == wanted), None)
    if found is None:
        return await refuse(ctx, t("Your group has no round {number}.", number=str(wanted)))
    circle = await circle_of(ctx.tx, found)
    lines = await _lines(ctx, group, circle)
    page = int(given.get("PAGE") or 1) if (given.get("PAGE") or "1").isdecimal() else 1
    shown = ctx.answer(*paged(ctx, lines, page, f"!audit {circle.number}"))
    return [replace(shown, agreed=circle.links.get(group.id))]


async def _list(ctx: Context, group: Group, known: list[Audit]) -> list[Outgoing]:
    if not known:
        return ctx.reply(
            t("Your group has no round of red lines."),
            t("A steward opens one with: {command}", command=OPEN_USAGE),
        )
    circles = [await circle_of(ctx.tx, audit) for audit in known[:8]]
    lines = [
        t(
            "{number}. {title}: {state}",
            number=circle.number,
            title=circle.title,
            state=state_text(circle.audit, group.zone),
        )
        for circle in circles
    ]
    return [replace(ctx.answer(*lines), agreed=circles[0].links.get(group.id))]


OPEN_USAGE = '!audit open "TITLE"'


async def _lines(ctx: Context, group: Group, circle: Circle) -> list[Text]:
    audit, me = circle.audit, ctx.house.me
    said = [
        t(
            "{number}. {title}: {state}",
            number=circle.number,
            title=circle.title,
            state=state_text(audit, group.zone),
        ),
    ]
    if circle.members[group.id].place == "asked":
        opener = circle.opener
        answer = t(
            "A steward types {accept} or {decline}.",
            accept=f"!audit accept {circle.number}",
            decline=f"!audit decline {circle.number}",
        )
        return [*said, *([t("With: {names}.", names=opener.name)] if opener else []), answer]
    said.append(t("With: {names}.", names=circle.names))
    if audit.changed:
        said.append(t("What has changed: {words}", words=Words(audit.changed, audit.changed_in)))
    if audit.state in LIVE:
        said.append(way_in(me))
    if audit.state in (State.OPENED, State.COLLECTING):
        return said
    lines = await seats.lines(ctx.tx, audit.id)
    if lines:
        agreed = audit.state is State.AGREED
        said.append(t("What the twins will not do:") if agreed else t("The red lines:"))
        said += [_line(one) for one in lines]
    if audit.state in REVISABLE:
        said.append(ask_again(circle, group))
    if audit.decided is not None:
        said += [
            t("A concern: {words}", words=kind_text(one.kind) if one.kind else Words(one.text, one.language))
            for one in await seats.reasons(ctx.tx, audit.id)
            if one.reason == Choice.CONCERN
        ]
        said += [
            t(
                "Decided {moment}; I keep this until {until}.",
                moment=Moment(audit.decided, group.zone),
                until=Moment(audit.kept_until or audit.decided, group.zone),
            )
        ]
    return said


def _line(line: Line) -> Text:
    if line.kind:
        return t("– {kind}, told by its kind alone", kind=kind_text(line.kind))
    return t("– {words}", words=Words(line.text, line.language))


async def _close(ctx: Context, given: Given) -> list[Outgoing]:
    found = await pick(ctx, given, fits=lambda one: one.state in (State.COLLECTING, State.CONSENT))
    if not isinstance(found, tuple):
        return found
    group, circle = found
    audit = circle.audit
    phase = f"{audit.state}:{audit.round}"
    if audit.state is State.CONSENT and any(
        len([one for one in side.ballots if one.present]) < side.electors for side in await sides(ctx, circle)
    ):
        return await refuse(
            ctx, t("Consent can end early only once everybody who may take part has chosen; that is not so.")
        )
    await audits.join(ctx.tx, audit.id, replace(circle.members[group.id], closes=phase))
    circle = await circle_of(ctx.tx, audit)
    open_ = [one for one in circle.groups if circle.members[one.id].closes != phase]
    if not open_:
        done = circulate(ctx, circle) if audit.state is State.COLLECTING else conclude(ctx, circle)
        return [*ctx.reply(t("All groups have said so: the phase ends now.")), *await done]
    names = Listing(tuple(one.name for one in open_))
    told = [
        circle.tell(
            reader,
            t(
                "{name} would like to end this phase of round {number} now.",
                name=group.name,
                number=circle.number,
            ),
            t(
                "It ends early only if a steward of every group types {command}",
                command=f"!audit close {circle.number}",
            ),
            what=f"close:{phase}:{group.id}",
        )
        for reader in open_
    ]
    return [*ctx.reply(t("Noted. It ends now only if these say so, too: {names}.", names=names)), *told]


async def _cancel(ctx: Context, given: Given) -> list[Outgoing]:
    found = await pick(ctx, given)
    if not isinstance(found, tuple):
        return found
    group, circle = found
    why = t("{name} cancelled it.", name=group.name)
    return await call_off(ctx, circle, why, inner=group.id != circle.audit.opener)


async def _revise(ctx: Context, given: Given) -> list[Outgoing]:
    head, rest = plain(given["N"]).strip(), given.get("TEXT") or ""
    if not is_number(head):
        return await refuse(ctx, t("Usage: {usage}", usage=REVISE.usage))
    found = await pick(ctx, Given({"N": head}), fits=lambda one: one.state in REVISABLE)
    if not isinstance(found, tuple):
        return found
    group, circle = found
    changed = " ".join(rest.strip(' "“”«»').split())
    if is_blank(changed) or len(changed) > LONGEST_CHANGE:
        return await refuse(
            ctx, t("Say what has changed, in at most {most} characters.", most=LONGEST_CHANGE)
        )
    if not rules.may_revise(circle.audit, ctx.now):
        return await refuse(ctx, t("It is too late to revise round {number}.", number=circle.number))
    typed = given.get("until")
    until = moments.deadline(typed, group.zone) if typed is not None else None
    if isinstance(until, moments.Fault):
        return await refuse(ctx, not_a_date("until", typed or "", until))
    fault = rules.revision_fault(circle.audit, ctx.now, until)
    if fault is Fault.TOO_SOON:
        return await refuse(ctx, t("Leave at least a day to answer, or as long as the first time."))
    if fault is not None:
        return await refuse(ctx, wrong_dates(fault))
    moved = shifted(given, group.zone)
    said = ctx.reply(*moved) if moved else []
    return said + await revise(ctx, circle, Words(changed, group.language, "", group.among), until)


SHOW = Command(
    words=("audit",),
    summary=t("rounds of red lines: where one stands, its red lines, the verdict"),
    theme=Theme.AUDIT,
    run=_show,
    who=frozenset({Who.STEWARD, Who.MEMBER}),
    arguments=(_N, Argument("PAGE", Shape.NUMBER, optional=True)),
)
CLOSE = Command(
    words=("audit", "close"),
    summary=t("ends a phase early, once a steward of every group has typed it"),
    theme=Theme.AUDIT,
    run=_close,
    arguments=(_N,),
)
CANCEL = Command(
    words=("audit", "cancel"),
    summary=t("cancels a round; all groups are told which one did, and everything is deleted"),
    theme=Theme.AUDIT,
    run=_cancel,
    arguments=(_N,),
)
REVISE = Command(
    words=("audit", "revise"),
    summary=t("asks for consent again after a change, within 14 days"),
    theme=Theme.AUDIT,
    run=_revise,
    arguments=(Argument("N"), Argument("TEXT", Shape.REST)),
    options=(Option("until", "2027-03-20"),),
)
