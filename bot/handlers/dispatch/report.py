"""What became of a dispatch: the author's one answer, the list, one dispatch."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import ceil

from bot.domain.dispatch import Dispatch, State
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing, RowRef, Say
from bot.domain.parts import is_part, parts
from bot.domain.text import Arg, Day, Listing, Text, Words, t, tn
from bot.domain.thread import ACK, COPY
from bot.handlers.context import Context, Given
from bot.handlers.dispatch import aloud
from bot.handlers.dispatch.names import find, name_of, unknown
from bot.handlers.paging import page_of, paged
from bot.handlers.refusal import refuse
from bot.storage import approvals, dispatches, groups, outbox, readings, twinnings
from bot.storage.approvals import Approval
from bot.storage.outbox import Entry

TELL_WAITING_AFTER = timedelta(seconds=20)
SHOWN = 30  # dispatches, on several pages
LONGEST_BEGINNING = 40  # characters of a dispatch in the list


async def told(ctx: Context, entry: Entry) -> list[Outgoing]:
    """A copy was settled: once all are, the author's answer says what became of each."""
    if not is_part(entry.what, COPY) or entry.dispatch is None:
        return []
    dispatch = await dispatches.load(ctx.tx, entry.dispatch)
    if dispatch is None or dispatch.state is State.WITHDRAWN:
        return []
    rows = await _copies(ctx, dispatch)
    if any(row.is_open for row in rows) or not await dispatches.tell_settled(ctx.tx, dispatch.id):
        return []
    return [*await _status(ctx, dispatch, rows, "ack:settled")]


async def waiting(ctx: Context) -> list[Outgoing]:
    """The clock: tell authors, once, that a copy has waited for longer than 20 s; forget old words."""
    await dispatches.forget_words(ctx.tx, ctx.now)
    found: list[Outgoing] = []
    for dispatch_id in await outbox.dispatches_waiting(ctx.tx, ctx.now - TELL_WAITING_AFTER):
        dispatch = await dispatches.load(ctx.tx, dispatch_id)
        if dispatch is None or dispatch.state is State.WITHDRAWN:
            continue
        if await dispatches.tell_waiting(ctx.tx, dispatch_id):
            rows = await _copies(ctx, dispatch)
            said = await _status(ctx, dispatch, rows, "ack:waiting")
            left = await _left(ctx, rows)
            found += [replace(one, lines=(*one.lines, *left), first=True) for one in said]
    return found


async def _left(ctx: Context, rows: list[Entry]) -> list[Text]:
    """About how long it will take, where copies wait for their turn and not for a room in trouble."""
    turns = [row.id for row in rows if row.state == "waiting" and row.tries <= 1]
    a_minute = await outbox.sent_since(ctx.tx, ctx.now - timedelta(minutes=1))
    if not turns or not a_minute:
        return []
    minutes = ceil(await outbox.waiting_up_to(ctx.tx, max(turns)) / a_minute)
    return [
        tn(
            "That takes about {count} minute more: my homeserver lets me send only so much at a time.",
            "That takes about {count} minutes more: my homeserver lets me send only so much at a time.",
            minutes,
        )
    ]


async def _copies(ctx: Context, dispatch: Dispatch) -> list[Entry]:
    """What became of the dispatch, one row per twin: of several parts the last that is worst off."""
    worst: dict[int | None, Entry] = {}
    for row in await outbox.copies(ctx.tx, dispatch.id):
        known = worst.get(row.twinning)
        if known is None or _trouble(row) >= _trouble(known):
            worst[row.twinning] = row
    return list(worst.values())


def _trouble(row: Entry) -> tuple[int, int]:
    """How badly off a part is; what an edit has taken back counts least, since the rest is the dispatch."""
    if row.state == "cancelled" and row.reason == "withdrawn":
        return 0, 0
    order = ("sent", "cancelled", "failed", "translating", "waiting")
    return order.index(row.state) + 1, row.unreadable


async def _status(ctx: Context, dispatch: Dispatch, rows: list[Entry], what: str) -> list[Say]:
    group = await groups.load(ctx.tx, dispatch.group)
    if group is None:
        return []
    name = name_of(group, dispatch)
    if all(row.state == "sent" and not row.unreadable for row in rows):
        readers = Listing(tuple([await _reader(ctx, group, row) for row in rows]))
        lines = [t("{name} was delivered to {twins}.", name=name, twins=readers)]
    else:
        lines = [t("{name}:", name=name), *[await _line(ctx, group, row) for row in rows]]
    return [answer(group, dispatch, tuple(lines), what)]


def answer(group: Group, dispatch: Dispatch, lines: tuple[Text, ...], what: str) -> Say:
    """The author's answer as it is now; a new message where the group has moved into another room since."""
    here = group.room_id == dispatch.room_id
    return Say(
        room_id=group.room_id,
        lines=lines,
        language=group.language,
        what=what,
        source=dispatch.source,
        replaces=RowRef(dispatch.source, dispatch.room_id, ACK) if here else None,
    )


async def _reader(ctx: Context, group: Group, row: Entry) -> str:
    twinning = await twinnings.load(ctx.tx, row.twinning) if row.twinning is not None else None
    return twinning.alias_for(group.id) if twinning else "?"


async def _line(ctx: Context, group: Group, row: Entry) -> Text:
    twin: Arg = await _reader(ctx, group, row)
    match row.state, row.reason:
        case "sent", _ if row.unreadable:
            return tn(
                "{twin}: delivered, but {count} device there cannot read it",
                "{twin}: delivered, but {count} devices there cannot read it",
                row.unreadable,
                twin=twin,
            )
        case "sent", _:
            return t("{twin}: delivered", twin=twin)
        case "cancelled", "withdrawn":
            return t("{twin}: not sent, it was taken back", twin=twin)
        case "cancelled", _:
            return t("{twin}: not sent, the twinning is paused or has ended", twin=twin)
        case "failed", reason:
            return _failure(twin, reason)
        case "translating", _:
            return t("{twin}: still being translated", twin=twin)
        case _:
            return t("{twin}: still waiting to be sent, I keep trying", twin=twin)


def _failure(twin: Arg, reason: str) -> Text:
    match reason:
        case "expired":
            return t("{twin}: not delivered, I could not reach their room for a week", twin=twin)
        case "held":
            return t("{twin}: not delivered, it had to wait for longer than a week", twin=twin)
        case "bug":
            return t("{twin}: not delivered, something is wrong with me; please tell my host", twin=twin)
        case _:
            return t("{twin}: not delivered, their room does not take my messages", twin=twin)


async def overview(ctx: Context, given: Given) -> list[Outgoing]:
    """`!dispatches [PAGE]`"""
    group = ctx.group
    if group is None:
        return []
    sent = await dispatches.latest(ctx.tx, group.id, SHOWN)
    waiting = await approvals.of_group(ctx.tx, group.id, SHOWN)
    both: list[Dispatch | Approval] = [*sent, *waiting]
    newest = sorted(both, key=lambda one: -one.number)[:SHOWN]
    lines = [await _listed(ctx, group, one) for one in newest]
    if not lines:
        return ctx.reply(t("Your group has sent no dispatch yet."))
    lines += await aloud.seasons(ctx, group)
    return ctx.reply(*paged(ctx, lines, page_of(given.get("PAGE")), "!dispatches"))


async def _listed(ctx: Context, group: Group, dispatch: Dispatch | Approval) -> Text:
    """One dispatch in the list, with what became of it."""
    name, day = name_of(group, dispatch), Day(dispatch.written_at.date())
    match dispatch.state:
        case State.WITHDRAWN:
            return t("{name} · {day} · withdrawn", name=name, day=day)
        case State.HELD:
            return t("{name} · {day} · held", name=name, day=day)
        case State.EXPIRED:
            return t("{name} · {day} · not approved, and forgotten", name=name, day=day)
    if isinstance(dispatch, Approval):
        return t("{name} · {day} · waits for approval", name=name, day=day)
    read = await readings.of_dispatch(ctx.tx, dispatch.id)
    answered = await readings.answered(ctx.tx, dispatch.id, dispatch.room_id)
    found: list[Text] = []
    for row in await _copies(ctx, dispatch):
        line = await _line(ctx, group, row)
        if row.twinning in read:
            line = tn("{line}, read aloud", "{line}, read aloud {count} times", read[row.twinning], line=line)
        found.append(t("{line}, answered", line=line) if row.twinning in answered else line)
    states = Listing(tuple(found))
    if dispatch.original is None:
        return t("{name} · {day} · {states}", name=name, day=day, states=states)
    words = Words(_beginning(dispatch.original), dispatch.language, group.name)
    return t("{name} · {day} · {words} · {states}", name=name, day=day, words=words, states=states)


def _beginning(text: str) -> str:
    """The first words of a text, in one line."""
    line = " ".join(text[: LONGEST_BEGINNING * 10].split())
    if len(line) <= LONGEST_BEGINNING:
        return line
    cut = line[:LONGEST_BEGINNING]
    return (cut.rpartition(" ")[0] or cut) + " …"


async def show(ctx: Context, given: Given) -> list[Outgoing]:
    """`!dispatch show N [PAGE]`; the pages are the parts in which it went"""
    group = ctx.group
    if group is None:
        return []
    if ctx.house.catalogs.answer(given.get("card") or "no", ctx.language) == "yes":
        return await aloud.show(ctx, group, given)
    dispatch = await find(ctx.tx, group, given["N"])
    if dispatch is None:
        return await refuse(ctx, unknown(given["N"]))
    name = name_of(group, dispatch)
    if dispatch.state is State.WITHDRAWN:
        return ctx.reply(t("{name} has been withdrawn.", name=name))
    rows = [await _line(ctx, group, row) for row in await _copies(ctx, dispatch)]
    if dispatch.original is None:
        return ctx.reply(t("I no longer have the words of {name}.", name=name), *rows)
    texts = parts(dispatch.original)
    page = max(1, min(page_of(given.get("PAGE")), len(texts)))
    words = Words(texts[page - 1], dispatch.language, group.name)
    title = t("{name}:", name=name if len(texts) == 1 else f"{name} ({page}/{len(texts)})")
    more = t("More: {command}", command=f"!dispatch show {dispatch.number} {page + 1}")
    shown = ctx.answer(title, *rows, *([more] if page < len(texts) else []))
    return [replace(shown, quote=words)]
