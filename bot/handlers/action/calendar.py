"""`!calendar`: this quarter and the next, in the room's zone, as text and as a file for calendars."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.action import Action, State, dates_to_come
from bot.domain.files import Form, Made
from bot.domain.group import Group
from bot.domain.ids import pseudonym
from bot.domain.moments import today
from bot.domain.outgoing import File, Outgoing
from bot.domain.season import quarter
from bot.domain.text import Day, Text, t
from bot.handlers.action.names import agreed_between, line, state, title
from bot.handlers.action.propose import PROPOSE
from bot.handlers.context import Argument, Command, Context, Given, Shape, Theme, Who
from bot.handlers.paging import page_of, paged
from bot.ics import MIMETYPE, Entry, Status, calendar
from bot.storage import actions, groups

_CERTAIN = (State.CONFIRMED, State.DONE, State.DEBRIEFED)


async def _calendar(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    begin, following = quarter(today(ctx.now, group.zone), group.settings.yearstart)
    _, end = quarter(following, group.settings.yearstart)
    mine = await actions.of_group(ctx.tx, group.id)
    shown = [one for one in mine if begin <= one.when.day_in(group.zone) < end]
    lines: list[Text] = []
    for first, last in ((begin, following), (following, end)):
        listed = [
            await line(ctx.tx, one, group)
            for one in shown
            if first <= one.when.day_in(group.zone) < last and one.state is not State.CANCELLED
        ]
        coming = [
            t("{title}: {day}, to be confirmed when it is nearer", title=title(one), day=Day(day))
            for one in mine
            if one.open and one.rhythm
            for day in dates_to_come(one, last)
            if first <= day < last
        ]
        heading = t("From {day}:", day=Day(first))
        lines += [heading, *(listed + coming or [t("No action is planned.")])]
    page = page_of(given.get("PAGE"))
    agreed = await agreed_between(ctx.tx, group, shown[0].proposer) if shown else None
    answer = ctx.answer(*paged(ctx, lines, page, "!calendar"))
    if not shown:
        return ctx.reply(*lines, t("Propose one to your twins: {usage}", usage=PROPOSE.usage))
    file = await _file(ctx, group, shown) if page == 1 else []
    return [replace(answer, agreed=agreed), *file]


async def _file(ctx: Context, group: Group, shown: list[Action]) -> list[Outgoing]:
    say, language = ctx.house.catalogs.say, ctx.language
    names = await groups.load_all(ctx.tx, [one.proposer for one in shown])
    entries = [
        Entry(
            uid=f"{pseudonym(ctx.house.key, 'calendar', str(one.id))}@twinline",
            title=one.title,
            notes=say(await state(ctx.tx, one, group), language),
            begins=one.when.begins or one.when.day,
            status=_status(one),
            version=one.version,
            changed=one.changed_at,
        )
        for one in shown
        if one.proposer in names
    ]
    text = calendar(group.name, group.zone, entries, ctx.now)
    return [
        File(
            group.room_id,
            Made(text),
            Form(f"{group.handle}.ics", MIMETYPE),
            what="calendar",
            thread=ctx.thread,
            urgent=True,
        )
    ]


def _status(action: Action) -> Status:
    if action.state is State.CANCELLED:
        return Status.CANCELLED
    return Status.CONFIRMED if action.state in _CERTAIN else Status.TENTATIVE


CALENDAR = Command(
    words=("calendar",),
    summary=t("this quarter and the next, also as a file for your calendar"),
    theme=Theme.ACTION,
    run=_calendar,
    who=frozenset({Who.STEWARD, Who.MEMBER}),
    arguments=(Argument("PAGE", Shape.NUMBER, optional=True),),
)
