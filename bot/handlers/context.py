"""What a handler is given, and the shapes in which a noun declares what it handles.

A noun is a module that exports `NOUN`; `registry` lists them. Commands, answers to questions, plain
texts, redactions, state changes, ticks and settled messages all reach it through that one value.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.files import Attached
from bot.domain.group import Group
from bot.domain.incoming import (
    Cleaned,
    Fetched,
    IdentityChanged,
    Invitation,
    Message,
    Opened,
    Outage,
    PollAnswer,
    Previewed,
    Redaction,
    RoomLeft,
)
from bot.domain.outgoing import Outgoing, Ref, Say
from bot.domain.rates import UNLIMITED, Rates
from bot.domain.room import Room
from bot.domain.schedule import Due
from bot.domain.text import Text
from bot.domain.vault import Vault
from bot.i18n import Catalogs
from bot.storage.db import Tx
from bot.storage.outbox import Entry


class Who(StrEnum):
    """Who may use a command. STEWARD and MEMBER in a room, PERSON and HOST in a direct chat with the bot."""

    STEWARD = "steward"
    MEMBER = "member"
    PERSON = "person"
    HOST = "host"


class Place(StrEnum):
    """What a room is to the bot."""

    HOME = "home"
    JOINT = "joint"
    DIRECT = "direct"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class House:
    """What does not change while the bot runs.

    `key` is the installation's key; for people, `engines` names what translates on the host's machine,
    `servers` where else words to be translated go. `vault` holds the secrets of audits.
    """

    me: str
    key: bytes
    host_name: str
    hosts: frozenset[str]
    inviters: frozenset[str]
    language: str
    engines: tuple[str, ...]
    catalogs: Catalogs
    vault: Vault
    servers: tuple[str, ...] = ()
    rates: Rates = UNLIMITED


@dataclass(slots=True)
class Context:
    """One event being handled, in one transaction.

    `source` is the id of the event; `origin` is the message that people see for it (the edited one
    where the event is an edit). `group` is the group of this room (its home, or None); `typed` is the
    message without its prefix, if it is written like a command; `settled`
    collects rows that a handler cancelled, so that their nouns hear of it in the same transaction;
    `rezoned` does so for groups that have another time zone now. `moved`: the message is in the room that
    this one has succeeded, so that nothing here can hang under it.
    """

    tx: Tx
    now: datetime
    house: House
    source: str
    origin: str
    sender: str
    room: Room
    place: Place
    language: str
    group: Group | None = None
    thread: str | None = None
    reply_to: str | None = None
    sent_at: datetime | None = None
    mentions: frozenset[str] = frozenset()
    file: Attached | None = None
    typed: str | None = None
    settled: list[Entry] = field(default_factory=list)
    rezoned: list[Group] = field(default_factory=list)
    moved: bool = False

    @property
    def is_steward(self) -> bool:
        """Whether the sender may speak for the group whose home this is."""
        return self.room.is_steward(self.sender)

    def reply(self, *lines: Text, what: str = "answer", thread: Ref | None = None) -> list[Outgoing]:
        """An answer to the message being handled: a notice, as a reply to it, in its thread if it has one."""
        return [self.answer(*lines, what=what, thread=thread)]

    def answer(self, *lines: Text, what: str = "answer", thread: Ref | None = None) -> Say:
        """The one answer of `reply`, to be varied with `dataclasses.replace`."""
        return Say(
            room_id=self.room.room_id,
            lines=lines,
            language=self.language,
            what=what,
            reply_to=None if self.moved else self.origin,
            thread=thread or self.thread,
            private_with=self.sender if self.place is Place.DIRECT else None,
        )


class Shape(StrEnum):
    """How a positional argument is written.

    One word; the number or name of a dispatch ("12", "manila-12"); in quotation marks or one word;
    all that is left; or all that is left, with an "=" of its own in it.
    """

    WORD = "word"
    NUMBER = "number"
    QUOTED = "quoted"
    REST = "rest"
    PAIR = "pair"


@dataclass(frozen=True, slots=True)
class Argument:
    """A positional argument; `name` stands in the usage line."""

    name: str
    shape: Shape = Shape.WORD
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A `key=value`; `example` stands in the usage line."""

    name: str
    example: str


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments as typed, by the names of the declaration."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def get(self, name: str) -> str | None:
        return self.values.get(name)


Run = Callable[[Context, Given], Awaitable[list[Outgoing]]]


class Theme(StrEnum):
    """The headings of `!help`."""

    START = "start"
    GROUP = "group"
    TWIN = "twin"
    DISPATCH = "dispatch"
    ACTION = "action"
    WORDS = "words"
    CALENDAR = "calendar"
    AUDIT = "audit"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Command:
    """A command, declared once: usage, help, permission check and README are read from it."""

    words: tuple[str, ...]
    summary: Text
    theme: Theme
    run: Run
    who: frozenset[Who] = frozenset({Who.STEWARD})
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    places: frozenset[Place] = frozenset({Place.HOME})
    notes: tuple[Text, ...] = ()  # what the help says beside the summary

    @property
    def name(self) -> str:
        return " ".join(self.words)

    @property
    def usage(self) -> str:
        parts = [f"!{self.name}"]
        for argument in self.arguments:
            written = f'"{argument.name}"' if argument.shape is Shape.QUOTED else argument.name
            parts.append(f"[{written}]" if argument.optional else written)
        parts += [f"[{option.name}={option.example}]" for option in self.options]
        return " ".join(parts)


OnText = Callable[[Context, Message], Awaitable["list[Outgoing] | None"]]


class OnAnswer(Protocol):
    """Handles the answer to a question (or, with `yes` False, that none came)."""

    async def __call__(self, ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]: ...


OnRedaction = Callable[[Context, Redaction], Awaitable[list[Outgoing]]]
OnRoom = Callable[[Context], Awaitable[list[Outgoing]]]
OnInvitation = Callable[[Context, Invitation], Awaitable[list[Outgoing]]]
OnIdentity = Callable[[Context, IdentityChanged], Awaitable[list[Outgoing]]]
OnOutage = Callable[[Context, Outage], Awaitable[list[Outgoing]]]
OnLeft = Callable[[Context, RoomLeft], Awaitable[list[Outgoing]]]
OnOutcome = Callable[[Context, Fetched], Awaitable[list[Outgoing]]]
OnCleaned = Callable[[Context, Cleaned], Awaitable[list[Outgoing]]]
OnBlur = Callable[[Context, str], Awaitable[list[Outgoing]]]
OnPreview = Callable[[Context, Previewed], Awaitable[list[Outgoing]]]
OnOpened = Callable[[Context, Opened], Awaitable[list[Outgoing]]]
OnPoll = Callable[[Context, PollAnswer], Awaitable["list[Outgoing] | None"]]
OnTick = Callable[[Context], Awaitable[list[Outgoing]]]
OnDue = Callable[[Context, Due], Awaitable[list[Outgoing]]]
OnMention = Callable[[Context, Due], Awaitable["Mention | None"]]
OnRezoned = Callable[[Context, Group], Awaitable[None]]
OnSettled = Callable[[Context, Entry], Awaitable[list[Outgoing]]]


@dataclass(frozen=True, slots=True)
class Mention:
    """One line on something that was due long ago, and where it is said. `private_with` as in a Say."""

    room_id: str
    language: str
    line: Text
    private_with: str | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a noun says when its schedules are due, and in one line when that was long ago.

    Everything that `due` returns has `source=due.id`, so that it is sent once, and can be corrected later.
    """

    due: OnDue
    mention: OnMention


@dataclass(frozen=True, slots=True)
class Noun:
    """Everything a noun handles.

    `texts` are asked in order until one does not return None; a text handler that is not concerned
    returns None; so are `polls` for each answer to a poll. `answers` maps a question's topic to the handler
    of (payload, yes), `outcomes` a Fetch's topic, `previews` a Preview's, `opened` an OpenDirect's, `cleaned`
    a Clean's; `blurs` are questions that can be answered with "blur" as well; a question of a `grave` topic
    is void once the person has answered another one. `settled` hears of every outbox row of a dispatch, or
    with an author to tell, that was sent, failed or cancelled. `occasions` are by the kind of schedule;
    `rezoned` hears of a group that has another time zone now.
    `rooms` is called after the state of a room changed or was read anew (several times for the same state,
    so it has to look).
    """

    commands: tuple[Command, ...] = ()
    texts: tuple[OnText, ...] = ()
    answers: Mapping[str, OnAnswer] = field(default_factory=dict)
    expired: Mapping[str, OnAnswer] = field(default_factory=dict)
    grave: frozenset[str] = frozenset()
    redactions: tuple[OnRedaction, ...] = ()
    outcomes: Mapping[str, OnOutcome] = field(default_factory=dict)
    previews: Mapping[str, OnPreview] = field(default_factory=dict)
    opened: Mapping[str, OnOpened] = field(default_factory=dict)
    cleaned: Mapping[str, OnCleaned] = field(default_factory=dict)
    blurs: Mapping[str, OnBlur] = field(default_factory=dict)
    polls: tuple[OnPoll, ...] = ()
    rooms: tuple[OnRoom, ...] = ()
    invitations: tuple[OnInvitation, ...] = ()
    left: tuple[OnLeft, ...] = ()
    identities: tuple[OnIdentity, ...] = ()
    outages: tuple[OnOutage, ...] = ()
    ticks: tuple[OnTick, ...] = ()
    settled: tuple[OnSettled, ...] = ()
    rezoned: tuple[OnRezoned, ...] = ()
    occasions: Mapping[str, Occasion] = field(default_factory=dict)
