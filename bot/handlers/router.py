"""Which handler an event reaches, and whether its sender may.

Rules:
- A room is the home of a group, a joint room, a direct chat, or neither; in the last the bot says only
  what would make it one.
- Only joined members of an encrypted room are heard. Rights are those of the moment of handling.
- Notices and messages with the bot's own marker are never answered.
- Words from a device that the room's policy does not accept do nothing, whatever they are.
- A refused or misunderstood message may be edited into shape and runs then, once, within 10 minutes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.domain.clockwork import Running
from bot.domain.incoming import (
    VERIFY,
    IdentityChanged,
    Invitation,
    Message,
    Outage,
    Redaction,
    RoomLeft,
)
from bot.domain.outgoing import Outgoing
from bot.domain.room import Room
from bot.domain.text import Text, t
from bot.handlers import answering, command, hints
from bot.handlers.context import Command, Context, Given, House, Noun, Place, Who
from bot.handlers.refusal import let_edit, refuse
from bot.handlers.registry import commands_of
from bot.handlers.standing import distrusted, trusted
from bot.handlers.succession import succession_of
from bot.handlers.timekeeping import doubts
from bot.handlers.twins import named_by
from bot.i18n import fold
from bot.storage import groups, inlet, people, questions, refused, rooms, twinnings
from bot.storage.db import Tx
from bot.storage.outbox import Entry

LONGEST_BODY = 60_000


def storable(message: Message) -> Message:
    """The message without halves of characters, which JSON can hold and nothing else."""
    return replace(message, body=message.body.encode(errors="replace").decode())


def _not_known() -> Text:
    return t("I do not know that. {command} shows what I can do.", command="!help")


def _did_you_mean(meant: str, *, text: bool = False) -> Text:
    if text:
        return t("Did you mean {command}? Nothing was sent.", command=meant)
    return t("I do not know that. Did you mean {command}?", command=meant)


class Router:
    """Finds the handler of an event. Holds no state but the declarations."""

    def __init__(self, house: House, nouns: Sequence[Noun]) -> None:
        self.house = house
        self.nouns = nouns
        self.commands: Mapping[tuple[str, ...], Command] = commands_of(nouns)
        catalogs = house.catalogs
        known = {word for one in catalogs.available() for word in catalogs.command_aliases(one, [hints.HELP])}
        self.help_words = known | {hints.HELP}

    async def context(
        self, tx: Tx, now: datetime, source: str, sender: str, room: Room, message: Message | None = None
    ) -> Context:
        """The context of an event in a room: what the room is, in which language it is answered."""
        group = await groups.of_room(tx, room.room_id)
        language = self.house.language
        place = Place.OTHER
        if group is not None:
            place, language = Place.HOME, group.language
        elif await twinnings.joints_at(tx, room.room_id):
            place = Place.JOINT
        elif room.direct_with(self.house.me) and await succession_of(tx, room) is None:
            place = Place.DIRECT
        if place is not Place.HOME:
            reader = sender
            if sender == self.house.me:
                reader = room.direct_with(sender) or room.was_direct_with or room.inviter or sender
            language = await self._personal_language(tx, reader) or language
        return Context(
            tx=tx,
            now=now,
            house=self.house,
            source=source,
            origin=(message.edits or message.event_id) if message else source,
            sender=sender,
            room=room,
            place=place,
            language=language,
            group=group,
            thread=message.thread if message else None,
            reply_to=message.reply_to if message else None,
            sent_at=message.sent_at if message else None,
            mentions=message.mentions if message else frozenset(),
            file=message.file if message else None,
        )

    async def _personal_language(self, tx: Tx, person: str) -> str | None:
        if person == self.house.me:
            return None
        chosen = await people.language(tx, person)
        if chosen:
            return chosen
        homes = await groups.of_member(tx, person)
        return homes[0].language if homes else None

    async def _language_typed(self, ctx: Context, body: str) -> str:
        """Where nobody has said in which language to answer, the one whose word for a command was typed."""
        if ctx.place is Place.HOME or await self._personal_language(ctx.tx, ctx.sender):
            return ctx.language
        typed = [fold(word) for word in body[:LONGEST_BODY].split(maxsplit=2)[:2]]
        words = sorted({word for words in self.commands for word in words})
        for language in (ctx.language, *self.house.catalogs.available()):
            if self.house.catalogs.command_aliases(language, words).keys() & set(typed):
                return language
        return ctx.language

    async def message(self, tx: Tx, message: Message, now: datetime) -> list[Outgoing]:
        """A decrypted message of a room that the bot is in."""
        house = self.house
        if message.sender == house.me or message.kind == "m.notice" or message.marker is not None:
            return []
        room = await rooms.load(tx, message.room_id)
        if room is None or not room.joined or not room.encrypted:
            return []
        message = storable(message)
        ctx = await self.context(tx, now, message.event_id, message.sender, room, message)
        written = None
        if message.file is not None:
            message = replace(message, body=message.file.caption)
        if message.kind in ("m.text", "m.emote") or (message.file is not None and message.body):
            calling = command.call_for_help(message.body, self._own_names(), self.help_words)
            written = calling or command.typed(message.body[:LONGEST_BODY], self._names(message))
            ctx.typed = written.text if written is not None else None
            if written is not None:
                ctx.language = await self._language_typed(ctx, message.body)
        if message.kind == VERIFY or await trusted(ctx, message.standing):
            found = await self._heard(ctx, message, written)
        else:
            known = written is not None and self._match(ctx, written) is not None
            found = await distrusted(ctx, message, command=known)
        return found + await self._cancelled(ctx)

    async def _heard(self, ctx: Context, message: Message, written: command.Typed | None) -> list[Outgoing]:
        room = ctx.room
        if message.edits is not None:
            return await self._edit(ctx, message, written)
        if not room.has(message.sender):
            if written is None or self._match(ctx, written) is None:
                return []
            return ctx.reply(
                t("That was written by somebody who is not in this room any more. Nothing was done.")
            )
        if written is not None:
            await answering.passed(ctx)
            return await self._command(ctx, written)
        return [] if self._silenced(ctx) else await self._text(ctx, message)

    def _names(self, message: Message) -> list[str]:
        me = self.house.me
        if me not in message.mentions and not message.body.lstrip().startswith((me, "@")):
            return []
        return self._own_names()

    def _own_names(self) -> list[str]:
        me = self.house.me
        local = me[1:].partition(":")[0]
        return [me, f"@{local}", local, "Twinline"]

    def _silenced(self, ctx: Context) -> bool:
        """Whether this was a direct chat until a third person came; then commands alone are heard there."""
        return ctx.place is Place.OTHER and ctx.room.was_direct_with is not None

    async def _edit(self, ctx: Context, message: Message, written: command.Typed | None) -> list[Outgoing]:
        if not ctx.room.has(message.sender):
            return []
        if written is not None and await refused.take(ctx.tx, ctx.origin, ctx.sender, ctx.now):
            return await self._command(ctx, written)
        return [] if self._silenced(ctx) else await self._text(ctx, message)

    def _match(self, ctx: Context, written: command.Typed) -> tuple[Command, str] | None:
        return command.match(written.text, self.commands, self._aliases(ctx))

    def _aliases(self, ctx: Context) -> Mapping[str, str]:
        words = sorted({word for words in self.commands for word in words})
        known = self.house.catalogs.command_aliases(ctx.language, words)
        return dict.fromkeys(self.help_words - {hints.HELP}, hints.HELP) | known

    async def _command(self, ctx: Context, written: command.Typed) -> list[Outgoing]:
        found = self._match(ctx, written)
        if found is None:
            return await self._unknown(ctx, written)
        declared, rest = self._prose(ctx, *found, written)
        if not self._may(ctx, declared):
            return await refuse(ctx, *self._why_not(ctx, declared))
        options = [option.name for option in declared.options]
        try:
            given = command.parse(declared, rest, self.house.catalogs.option_aliases(ctx.language, options))
        except command.WrongUsage as wrong:
            meant = hints.slip(declared, rest, self.commands, self._aliases(ctx))
            if meant is None:
                return await refuse(ctx, wrong.reason, t("Usage: {usage}", usage=declared.usage))
        else:
            meant = await self._meant(ctx, declared, rest, given)
            if meant is None:
                return await declared.run(ctx, given)
        return await refuse(ctx, _did_you_mean(meant, text=command.takes_text(declared)))

    async def _meant(self, ctx: Context, declared: Command, rest: str, given: Given) -> str | None:
        """The command of which this is a slip of the pen, though it could be read as another one."""
        text = command.text_of(declared, given)
        meant = hints.slip(declared, rest if text is None else text, self.commands, self._aliases(ctx))
        group = given.get("GROUP")
        if meant is None or group is None:
            return meant
        known = ctx.group is None or await named_by(ctx.tx, ctx.group, group) is not None
        return None if known else meant

    def _prose(
        self, ctx: Context, declared: Command, rest: str, written: command.Typed
    ) -> tuple[Command, str]:
        """`!dispatch show up at ten` is the news "show up at ten", not `!dispatch show`."""
        if not command.may_be_prose(declared, rest):
            return declared, rest
        shorter = self.commands.get(declared.words[:-1])
        if shorter is None or not command.takes_text(shorter):
            return declared, rest
        found = command.match(written.text, {shorter.words: shorter}, self._aliases(ctx))
        return found or (declared, rest)

    def _may(self, ctx: Context, declared: Command) -> bool:
        if ctx.place is Place.DIRECT:
            host = Who.HOST in declared.who and ctx.sender in self.house.hosts
            return host or Who.PERSON in declared.who
        if ctx.place not in declared.places:
            return False
        if Who.MEMBER in declared.who:
            return True
        # In a joint or other room a steward is a steward of a home room: the handler looks.
        return Who.STEWARD in declared.who and (ctx.is_steward or ctx.place is not Place.HOME)

    def _why_not(self, ctx: Context, declared: Command) -> list[Text]:
        places = declared.places
        if ctx.place is Place.OTHER and Place.HOME in places and not {ctx.place, Place.DIRECT} & places:
            return [
                t("This room is not the home of a group yet."),
                t("A steward makes it one with: {usage}", usage='!group create HANDLE "NAME"'),
            ]
        if ctx.place is Place.DIRECT or ctx.place not in places:
            return [hints.where(declared)]
        return [
            t(
                "{command} is for stewards: members with power level 50 or more in this room.",
                command=f"!{declared.name}",
            )
        ]

    async def _unknown(self, ctx: Context, written: command.Typed) -> list[Outgoing]:
        aliases = self._aliases(ctx)
        known = {words[0] for words in self.commands}
        first = aliases.get(written.first, written.first)
        if first in known:
            rest = written.text.split(maxsplit=2)[1:]
            meant = hints.sub_command(rest[0], (first,), self.commands, aliases) if rest else None
            if meant is not None:
                return await refuse(ctx, _did_you_mean(f"!{first} {meant}"))
            usages = [declared.usage for words, declared in self.commands.items() if words[0] == first]
            return await refuse(ctx, *(t("Usage: {usage}", usage=usage) for usage in usages[:8]))
        here = {words: one for words, one in self.commands.items() if ctx.place in one.places}
        close = hints.misplaced(first, here) or hints.misplaced(first, self.commands)
        if not close and (one := hints.closest(written.first, known | set(aliases))):
            close = [f"!{one}"]
        if close:
            return await refuse(ctx, _did_you_mean(close[0]))
        if ctx.place is Place.DIRECT or written.addressed:
            return await refuse(ctx, _not_known())
        await let_edit(ctx)
        return []

    async def _text(self, ctx: Context, message: Message) -> list[Outgoing]:
        answered = None if message.edits else await answering.answered(ctx, message, self.nouns)
        if answered is not None:
            return answered
        for noun in self.nouns:
            for handler in noun.texts:
                done = await handler(ctx, message)
                if done is not None:
                    return done
        if message.kind != "m.text" or message.edits:
            return []
        if ctx.place is Place.DIRECT and fold(message.body[:LONGEST_BODY]) in self.help_words:
            return await self._command(ctx, command.Typed(hints.HELP))
        spoken_to = self.house.me in ctx.mentions and ctx.reply_to is None and ctx.thread is None
        return await refuse(ctx, _not_known()) if ctx.place is Place.DIRECT or spoken_to else []

    async def redaction(self, tx: Tx, redaction: Redaction, now: datetime) -> list[Outgoing]:
        """A message was removed by its author or a moderator: every noun is told."""
        await inlet.drop_undecrypted(tx, redaction.redacts)
        if redaction.sender == self.house.me:
            return []
        ctx = await self.context_of(tx, now, redaction.event_id, redaction.sender, redaction.room_id)
        return await self.each(ctx, [partial(h, ctx, redaction) for n in self.nouns for h in n.redactions])

    async def room_changed(self, tx: Tx, room_id: str, source: str, now: datetime) -> list[Outgoing]:
        """A room's state changed and has been taken over."""
        ctx = await self.context_of(tx, now, source, self.house.me, room_id)
        return await self.each(ctx, [partial(h, ctx) for n in self.nouns for h in n.rooms])

    async def invitation(self, tx: Tx, invitation: Invitation, now: datetime) -> list[Outgoing]:
        """The bot is invited into a room."""
        ctx = await self.context_of(tx, now, invitation.event_id, invitation.inviter, invitation.room_id)
        return await self.each(ctx, [partial(h, ctx, invitation) for n in self.nouns for h in n.invitations])

    async def left(self, tx: Tx, left: RoomLeft, now: datetime) -> list[Outgoing]:
        """The bot is not in the room any more."""
        ctx = await self.context_of(tx, now, left.event_id, left.sender, left.room_id)
        return await self.each(ctx, [partial(h, ctx, left) for n in self.nouns for h in n.left])

    async def identity_changed(self, tx: Tx, change: IdentityChanged, now: datetime) -> list[Outgoing]:
        """A person's identity is not the pinned one any more."""
        ctx = await self.context_of(tx, now, change.event_id, change.user_id, "")
        return await self.each(ctx, [partial(h, ctx, change) for n in self.nouns for h in n.identities])

    async def outage(self, tx: Tx, outage: Outage, now: datetime) -> list[Outgoing]:
        """The homeserver is not heard, or is heard again."""
        ctx = await self.context_of(tx, now, outage.event_id, self.house.me, "")
        return await self.each(ctx, [partial(h, ctx, outage) for n in self.nouns for h in n.outages])

    async def settled(self, tx: Tx, entry: Entry, now: datetime) -> list[Outgoing]:
        """A row of the outbox was sent, failed or cancelled.

        This happens for each message that is sent, so the context describes no room: a handler that has
        something to say looks up to whom and in which language.
        """
        ctx = Context(
            tx=tx,
            now=now,
            house=self.house,
            source=entry.source,
            origin=entry.source,
            sender=self.house.me,
            room=Room.unknown(entry.room_id),
            place=Place.OTHER,
            language=self.house.language,
        )
        return await self.each(ctx, [partial(h, ctx, entry) for n in self.nouns for h in n.settled])

    async def tick(self, tx: Tx, now: datetime, running: Running | None = None) -> list[Outgoing]:
        """The clock's event: expired questions, then every noun's own; nothing where the clock is doubted."""
        ctx = await self.context_of(tx, now, f"tick:{now.isoformat()}", self.house.me, "")
        if (found := await doubts(ctx, running)) is not None:
            return found
        found = []
        for asked in await questions.drop_expired(tx, now):
            ctx = await self.context_of(tx, now, f"expired:{asked.source}", asked.user_id, asked.room_id)
            ctx.origin, ctx.thread = asked.source, asked.thread
            handlers = [n.expired[asked.topic] for n in self.nouns if asked.topic in n.expired]
            said = await self.each(ctx, [partial(h, ctx, asked.payload, yes=False) for h in handlers])
            found += [replace(one, source=one.source or ctx.source) for one in said]
        await refused.forget(tx, now)
        ctx = await self.context_of(tx, now, f"tick:{now.isoformat()}", self.house.me, "")
        return found + await self.each(ctx, [partial(h, ctx) for n in self.nouns for h in n.ticks])

    async def context_of(self, tx: Tx, now: datetime, source: str, sender: str, room_id: str) -> Context:
        """The context of what happens in a room, of which nothing may be known."""
        room = await rooms.load(tx, room_id) or Room.unknown(room_id)
        return await self.context(tx, now, source, sender, room)

    async def each(
        self, ctx: Context, handlers: Sequence[Callable[[], Awaitable[list[Outgoing]]]]
    ) -> list[Outgoing]:
        """What all of these handlers of one event have to say."""
        found: list[Outgoing] = []
        for handler in handlers:
            found += await handler()
        return found + await self._cancelled(ctx)

    async def _cancelled(self, ctx: Context) -> list[Outgoing]:
        """What the nouns have to say of the rows that handlers have cancelled; and new zones are followed."""
        found: list[Outgoing] = []
        for entry in ctx.settled:
            found += await self.settled(ctx.tx, entry, ctx.now)
        ctx.settled.clear()
        for group in ctx.rezoned:
            for handler in [h for n in self.nouns for h in n.rezoned]:
                await handler(ctx, group)
        ctx.rezoned.clear()
        return found
