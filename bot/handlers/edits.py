"""The author's edits of what was relayed: every copy changes with them, translated anew.

Rules:
- Only the author's edits count, by whichever device; everybody else's meet silence.
- What was written as a command stays one: its edit is read as the same command, and only its text counts.
- What was written plainly never becomes a command by an edit, and is not relayed as one.
- An edit that is deleted is deleted in every copy too, which show what was there before it.
- The author hears nothing, unless the change does not go everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.domain import dispatch as rules
from bot.domain.ids import mark_of, pseudonym
from bot.domain.incoming import Redaction
from bot.domain.outgoing import Outgoing, Redact, RowRef, Say
from bot.domain.parts import is_added, is_part
from bot.domain.text import Text, t
from bot.handlers import command, hints, parting
from bot.handlers.context import Command, Context, Given
from bot.handlers.homes import home_of
from bot.handlers.reissue import relay_of
from bot.storage import dispatches, outbox
from bot.storage.outbox import Entry

_OWN = "own:"  # begins the cause of an author's edit, unlike that of a correction


def author(ctx: Context, source: str) -> str:
    """The mark of a message's author, in each of its relays."""
    return pseudonym(ctx.house.key, f"author:{source}", ctx.sender)


async def own_relays(ctx: Context, source: str, *names: str) -> list[Entry]:
    """The relays of a message under these names, in all their parts, if the sender is its author."""
    mark = author(ctx, source)
    relays = await outbox.relays_of(ctx.tx, source)
    rows = [row for row in relays if any(is_part(row.what, name) for name in names)]
    return [row for row in rows if (relay := relay_of(row)) is not None and relay.by == mark]


def typed_after(rows: Iterable[Entry]) -> str:
    """The command after which the relayed words were typed, "" if they were written plainly."""
    return next((relay.command for row in rows if (relay := relay_of(row)) is not None), "")


def retyped(ctx: Context, declared: Iterable[Command], name: str) -> str | None:
    """The text of the message as the command `name`, None if it is not this command."""
    given = regiven(ctx, declared, name)
    return (given.get("TEXT") or "") if given is not None else None


def regiven(ctx: Context, declared: Iterable[Command], name: str) -> Given | None:
    """What the message gives the command `name`, None if it is not this command."""
    known, catalogs = {one.words: one for one in declared}, ctx.house.catalogs
    aliases = catalogs.command_aliases(ctx.language, sorted({w for words in known for w in words}))
    found = command.match(ctx.typed or "", known, aliases)
    if found is not None and command.may_be_prose(*found):
        found = command.match(ctx.typed or "", {(name,): known[name,]}, aliases)
    if found is None or found[0].words != (name,):
        return None
    options = catalogs.option_aliases(ctx.language, [option.name for option in found[0].options])
    try:
        given = command.parse(*found, options)
    except command.WrongUsage:
        return None if found[1].strip() else Given({})
    return None if hints.slip(found[0], given.get("TEXT") or "", known, aliases) else given


async def change(ctx: Context, rows: Sequence[Entry], text: str) -> list[Outgoing]:
    """The edits of the relays, and what comes with them where the text has more or fewer parts now."""
    return await parting.change(ctx, rows, text, _OWN + ctx.source)


async def taken_back(ctx: Context, redaction: Redaction) -> list[Outgoing]:
    """An edit was deleted, by its author or a moderator: so are those that it caused."""
    cause = _OWN + redaction.redacts
    source = await outbox.source_of_edit(ctx.tx, cause, redaction.room_id)
    if source is None:
        return []
    relays = await outbox.relays_of(ctx.tx, source)
    edits = [row for row in relays if outbox.EDIT + _OWN in row.what]
    caused = [row for row in relays if _caused(row, cause, redaction.redacts)]
    if max(edits, key=lambda row: row.id) in caused:
        await dispatches.forget_original(ctx.tx, source)  # they are the words of the deleted edit
    out: list[Outgoing] = []
    undone = {row.id for row in relays if await outbox.undo_edit(ctx.tx, row, cause)}
    for row in caused:
        if row.id in undone:
            continue
        ctx.settled += await outbox.cancel_post(ctx.tx, row, ctx.now)
        if row.is_open or row.state == "sent":
            target = RowRef(source, row.room_id, row.what)
            out.append(Redact(row.room_id, target, outbox.REMOVED + row.what, source))
    if any(_has_words_of(row, cause) for row in relays if row.id not in undone):
        out += ctx.reply(
            t("What you deleted now had crossed already, as the first words of this message."),
            t("To take back what was relayed, delete your message; then write it anew."),
        )
    return out


def _has_words_of(row: Entry, cause: str) -> bool:
    """Whether a post, or one that may have arrived, began with the words of this edit."""
    relay = relay_of(row)
    return relay is not None and outbox.EDIT not in row.what and relay.cause == cause and _stands(row)


def _stands(row: Entry) -> bool:
    return row.is_open or row.state == "sent"


def _caused(row: Entry, cause: str, edit: str) -> bool:
    """Whether an edit has caused this change of a part, or this part."""
    changed = f"{row.what}:".partition(outbox.EDIT)[2].startswith(f"{cause}:")
    return changed or (is_added(row.what) and row.what.rpartition("+")[2].partition(":")[0] == mark_of(edit))


def problem(text: str | None, *, with_file: bool = False) -> list[Text]:
    """Why an edit cannot be relayed; `text` is None if it is a command now, or is the same one no more.
    There need be none under a file.
    """
    if text is None:
        return [
            t("Your change was not relayed, since it begins or began like a command."),
            t("To take back what was relayed, delete your message; then write it anew."),
        ]
    if rules.is_blank(text) and not with_file:
        return [t("There is no text in it any more. What was relayed stays as it was.")]
    size = len(text)
    if size > rules.LONGEST_TEXT:
        return [
            t(
                "This text has {size} characters; a message can have {limit}.",
                size=size,
                limit=rules.LONGEST_TEXT,
            ),
            t("What was relayed stays as it was."),
        ]
    return []


async def not_changed(ctx: Context, entry: Entry) -> list[Outgoing]:
    """An author's edit did not arrive: they are told where."""
    added = is_added(entry.what)
    if not (added or outbox.EDIT + _OWN in entry.what) or entry.origin_room in (None, entry.room_id):
        return []
    lost = entry.state == "failed" or (entry.state == "cancelled" and entry.reason == "twinning")
    target, origin = await home_of(ctx.tx, entry.room_id), await home_of(ctx.tx, entry.origin_room)
    if not lost or target is None or origin is None:
        return []
    line = t("Your change of this message did not reach {group}.", group=target.name)
    mark = entry.what.rpartition("+")[2] if added else mark_of(entry.what.rpartition(_OWN)[2])
    what = f"unchanged:{target.id}:{mark}"
    replied = entry.source if origin.room_id == entry.origin_room else None
    return [Say(origin.room_id, (line,), origin.language, what, entry.source, reply_to=replied)]
