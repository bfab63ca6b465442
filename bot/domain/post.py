"""A message ready to be shown: structure without markup. `matrix/markup` turns it into text and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.files import Form, Remote


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bot's own, already in the reader's language. `strong` marks a header."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """People's words, shown openly. May hold several lines."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Fold:
    """People's words behind a summary line: folded where the client folds, readable where not.

    `notes` are lines of the bot's own that stand with them. The words may be empty where there are notes.
    `instead` is the bot's line that stands here where the message would be too large; empty for what has to
    stay.
    """

    summary: str
    text: str
    language: str
    notes: tuple[str, ...] = ()
    instead: str = ""


Block: TypeAlias = Line | Quote | Fold


@dataclass(frozen=True, slots=True)
class Post:
    """One message for one room.

    `notice` chooses `m.notice` over `m.text`. `thread` is the event id of a thread's root,
    `reply_to` of the message answered, `replaces` of the own message that this one edits.
    """

    blocks: tuple[Block, ...]
    notice: bool = True
    thread: str | None = None
    reply_to: str | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A poll in which one answer can be chosen, and which shows nobody what others chose.

    `answers` are pairs of an id and words; `hint` stands below them in the text for clients without polls.
    """

    question: str
    answers: tuple[tuple[str, str], ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """The end of a poll, which is the event `poll`; `text` is for clients without polls."""

    poll: str
    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A message that is an uploaded file. `thread` and `reply_to` as in a Post."""

    file: Remote
    form: Form
    thumbnail: Remote | None = None
    thread: str | None = None
    reply_to: str | None = None


Letter: TypeAlias = Post | Asked | Closed | Attachment
