"""What the rooms read in the end of a phase: the sheet of red lines, and the verdict with its reasons.

Rules:
- The sheet tells neither names nor times, and a group's name only where every group that wrote something had
  at least three people writing: else the one that is left would be known by that.
- The verdict goes to the room of the group that leads first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.domain import audit as rules
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing, Relay, RowRef
from bot.domain.text import Arg, Listing, Moment, Text, Words, t, tn
from bot.domain.verdict import Choice, Outcome, Tally, Verdict
from bot.handlers.audit.circle import Circle, way_in
from bot.handlers.audit.drafts import kind_text
from bot.handlers.context import Context
from bot.storage.seats import Line

LEAD_FIRST = 10  # seconds by which the other rooms hear the verdict later


def sheet(
    circle: Circle, reader: Group, lines: Sequence[Line], ctx: Context, *, late: bool
) -> list[Outgoing]:
    """The red lines in a group's room: a post, and in its thread each of them."""
    audit = circle.audit
    kinds = Counter(line.kind for line in lines if line.kind)
    worded = [line for line in lines if not line.kind]
    only = [
        t(
            "Told by their kind alone: {kinds}.",
            kinds=Listing(tuple(_counted(kind, many) for kind, many in sorted(kinds.items()))),
        )
    ]
    said = (
        t("Red lines of round {number}: {title}", number=circle.number, title=circle.title),
        *([t("This comes late: I was away when the collecting ended.")] if late else []),
        tn("{count} red line was named.", "{count} red lines were named.", len(lines))
        if lines
        else t("Nobody named a red line."),
        *(only if kinds else []),
        *([t("The words stand in the thread of this message, in no order.")] if worded else []),
        t(
            "Now each of you is asked for consent, in private, until {moment}.",
            moment=Moment(audit.until, reader.zone),
        ),
        way_in(ctx.house.me),
    )
    root = circle.tell(reader, *said, what="sheet")
    posts = [
        _post(
            circle, reader, line, _from(circle, lines, line, str(number)), f"line:{line.id}", "sheet", ctx.now
        )
        for number, line in enumerate(worded, 1)
    ]
    return [root, *posts]


def _counted(kind: str, many: int) -> Text:
    return kind_text(kind) if many == 1 else t("{kind} ({count} times)", kind=kind_text(kind), count=many)


def _from(circle: Circle, lines: Sequence[Line], line: Line, number: str) -> Text:
    """The header of a red line: whose group it is from, where that may be told."""
    writers: dict[int, set[str]] = {}
    for one in lines:
        if one.group is not None:
            writers.setdefault(one.group, set()).add(one.token)
    group = circle.group(line.group)
    if group is None or any(len(people) < rules.BY_GROUP_FROM for people in writers.values()):
        return t("Red line {number}, from one of the groups", number=number)
    return t("Red line {number}, from {name}", number=number, name=group.name)


def _post(
    circle: Circle, reader: Group, line: Line, header: Text, what: str, root: str, now: datetime
) -> Relay:
    """Somebody's words for a room, without their name or the time when they were written."""
    return Relay(
        room_id=reader.room_id,
        words=Words(line.text, line.language),
        target=reader.language,
        zone=reader.zone,
        written_at=now,
        header=header,
        what=what,
        source=circle.source,
        thread=RowRef(circle.source, reader.room_id, root),
        twinning=circle.links.get(reader.id),
        also=reader.settings.others,
        undated=True,
    )


def verdict_told(
    circle: Circle, reader: Group, verdict: Verdict, reasons: Sequence[Line], now: datetime, *, late: bool
) -> list[Outgoing]:
    """The verdict in a group's room: a post, and in its thread each of the reasons."""
    lines = [
        t("Round {number}: {title}", number=circle.number, title=circle.title),
        *_outcome(circle, verdict),
        *(
            [t("This comes late: I was away when the round ended. Ballots sent before its end count.")]
            if late
            else []
        ),
        *(_tally(circle, one) for one in verdict.tallies),
        *(
            [t("What people gave as reasons stands in the thread of this message.")]
            if _worded(reasons)
            else []
        ),
        *(_kinds_of(reasons)),
        *_after(circle, reader, verdict),
    ]
    delay = 0 if reader.id == circle.audit.lead else LEAD_FIRST
    root = circle.tell(reader, *lines, what="verdict", delay=delay)
    posts = [
        _post(circle, reader, line, _headed(line), f"reason:{line.id}", "verdict", now)
        for line in _worded(reasons)
    ]
    return [root, *posts]


def _worded(reasons: Sequence[Line]) -> list[Line]:
    return [line for line in reasons if not line.kind]


def _kinds_of(reasons: Sequence[Line]) -> list[Text]:
    kinds = Counter(line.kind for line in reasons if line.kind)
    if not kinds:
        return []
    told = Listing(tuple(_counted(kind, many) for kind, many in sorted(kinds.items())))
    return [t("Reasons told by their kind alone: {kinds}.", kinds=told)]


def _headed(line: Line) -> Text:
    if line.reason == Choice.CONCERN:
        return t("A concern")
    return t("A reason for an objection") if line.reason == Choice.OBJECT else t("A reason")


def _outcome(circle: Circle, verdict: Verdict) -> list[Text]:
    match verdict.outcome:
        case Outcome.HELD:
            return [
                t("Held: for somebody it crosses a red line. That holds, whatever the majority."),
                t("Nobody has to say whose it is; please do not ask."),
            ]
        case Outcome.NO_QUORUM:
            short = [one.name for one in circle.groups if one.id in verdict.missing]
            return [t("No quorum: too few have answered in {names}.", names=Listing(tuple(short)))]
        case Outcome.AGREED if verdict.weak:
            return [t("Weak consent: nobody objects, but in a group more than a third stand aside.")]
        case Outcome.AGREED:
            return [t("Consent: nobody objects.")]


def _tally(circle: Circle, tally: Tally) -> Text:
    group = circle.group(tally.group)
    counts: dict[str, Arg] = {choice.value: many for choice, many in tally.chosen}
    return t(
        "{name}: {consent} consent, {concern} with a concern, {aside} stand aside, {object} object.",
        name=group.name if group else "?",
        consent=counts[Choice.CONSENT],
        concern=counts[Choice.CONCERN],
        aside=counts[Choice.ASIDE],
        object=counts[Choice.OBJECT],
    )


def _after(circle: Circle, reader: Group, verdict: Verdict) -> list[Text]:
    audit = circle.audit
    if verdict.outcome is Outcome.AGREED:
        return [
            t(
                "I keep what you agreed on until {moment}: {command}",
                moment=Moment(audit.kept_until or audit.until, reader.zone),
                command=f"!audit {circle.number}",
            )
        ]
    return [
        ask_again(circle, reader),
        t(
            "I keep the record until {moment}: {command}",
            moment=Moment(audit.kept_until or audit.until, reader.zone),
            command=f"!audit {circle.number}",
        ),
    ]


def ask_again(circle: Circle, reader: Group) -> Text:
    """How a round that did not end in consent can be revised."""
    until = (circle.audit.decided or circle.audit.until) + rules.REVISED_WITHIN
    return t(
        "A steward can change the plan and ask again, until {moment}: {command}",
        moment=Moment(until, reader.zone),
        command=f'!audit revise {circle.number} "…"',
    )
