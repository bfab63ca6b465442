"""In whose name a dispatch stands: the group's, a member's without a name, or the one its author chose.

Rules:
- A person's name is the one they chose with `!name`, never that of their account.
- It goes from everything that bears it when they want, as long as the words are kept: each copy is
  edited, and translated anew. In what has not been sent yet it is changed in any case.
- What went without a second pair of eyes, where the group wants one, says that it was urgent.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.dispatch import Dispatch, State
from bot.domain.group import Attribution
from bot.domain.outgoing import Outgoing
from bot.domain.parts import parts
from bot.domain.text import Arg, Text, t
from bot.handlers.context import Context
from bot.handlers.reissue import reissue, relay_of
from bot.i18n import fold
from bot.storage import dispatches, groups, outbox, people
from bot.storage.outbox import Entry


def header(name: str, group: str, attribution: Attribution, person: str, *, marked: bool = False) -> Text:
    """What stands above a copy. `name` is the dispatch's, `person` its author's, if they sign it."""
    if not marked:
        match attribution:
            case Attribution.NAME:
                return t("{name} · {person}, {group}", name=name, person=person, group=group)
            case Attribution.MEMBER:
                return t("{name} · a member of {group}", name=name, group=group)
            case _:
                return t("{name} · {group}", name=name, group=group)
    who: Arg = group
    if attribution is Attribution.NAME:
        who = t("{person}, {group}", person=person, group=group)
    elif attribution is Attribution.MEMBER:
        who = t("a member of {group}", group=group)
    return t("{name} · {group} · urgent", name=name, group=who)


_MARKED = header("", "", Attribution.GROUP, "", marked=True).source


async def taken(ctx: Context, person: str, chosen: str) -> bool:
    """Whether a name means somebody else, or a group, to those who read it."""
    known = {"twinline", fold(ctx.house.me[1:].partition(":")[0])}
    for other, name in await people.beside(ctx.tx, person):
        known |= {fold(name or ""), fold(other[1:].partition(":")[0])}
    for group in await groups.of_member_and_twins(ctx.tx, person):
        known |= {fold(group.name), fold(group.handle)}
    return fold(chosen) in known


async def rename(ctx: Context, person: str, chosen: str | None) -> tuple[list[Outgoing], list[Dispatch]]:
    """Change the name in all dispatches that bear it, or take it off; and those of which the words are gone,
    so that the copies that were sent stay as they are.
    """
    out: list[Outgoing] = []
    stay: list[Dispatch] = []
    for dispatch in await dispatches.signed_by(ctx.tx, person):
        if dispatch.state is not State.OPEN:
            continue
        changed, gone = await _resign(ctx, dispatch, chosen)
        out += changed
        if gone:
            stay.append(dispatch)
        elif chosen is None:
            await dispatches.unsign(ctx.tx, dispatch.id)
    return out, stay


async def _resign(ctx: Context, dispatch: Dispatch, chosen: str | None) -> tuple[list[Outgoing], bool]:
    group = await groups.load(ctx.tx, dispatch.group)
    texts = parts(dispatch.original) if dispatch.original is not None else []
    out: list[Outgoing] = []
    gone = False
    for row in await outbox.copies(ctx.tx, dispatch.id):
        relay = relay_of(row)
        if relay is None or relay.header is None or group is None:
            continue
        attribution = Attribution.NAME if chosen is not None else Attribution.MEMBER
        marked = relay.header.source == _MARKED
        name = str(relay.header.args["name"])
        new = header(name, group.name, attribution, chosen or "", marked=marked)
        await outbox.rehead(ctx.tx, row, new)
        if not _may_be_there(row):
            continue
        text = texts[relay.part - 1] if relay.part <= len(texts) else None
        edit = reissue(row, text, f"name:{ctx.source}") if text is not None else None
        if edit is None:
            gone = True
        else:
            out.append(replace(edit, header=new, urgent=False))
    return out, gone


def _may_be_there(row: Entry) -> bool:
    """Whether its message stands in the room, or may."""
    return row.state == "sent" or (row.is_open and row.tries > 0)
