"""What goes out: the closed union of everything a handler may ask for.

Handlers return these; the pipeline stores them in the outbox with the event that caused them and
works on them after commit. `source` is that event's id (empty: the event being handled), `what` says
which of its consequences in the room this is; (source, room, what) happens once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from bot.domain.files import Content, Form, Remote, Sealed
from bot.domain.rendering import Proof, Rendering
from bot.domain.text import Text, Words, words_in


@dataclass(frozen=True, slots=True)
class RowRef:
    """A message of the outbox whose event id is known only once it was sent."""

    source: str
    room_id: str
    what: str


Ref: TypeAlias = str | RowRef


@dataclass(frozen=True, slots=True)
class Found:
    """What the translation of people's words, which stand in something that the bot says, brought."""

    words: Words
    target: str
    rendering: Rendering


@dataclass(frozen=True, slots=True)
class Say:
    """The bot speaking, in the language of the reader.

    `also` are more languages in which the same is said below. `private_with`: only while the room is a direct
    chat with this person, else it is not sent. `delay` in seconds. `dispatch` is the id of the dispatch that
    it reports on. `first`: before everything else that waits for the room. `proof` stands below the lines,
    and so does `quote`: what somebody of this room's own wrote, untranslated. People's words in the lines are
    translated before it goes, by what the twinning `agreed` on; `found` is what that brought. Of a
    `sealed` one nothing stays when it has gone, not even that it was sent.
    """

    room_id: str
    lines: tuple[Text, ...]
    language: str
    what: str = "answer"
    source: str = ""
    reply_to: Ref | None = None
    thread: Ref | None = None
    replaces: Ref | None = None
    notice: bool = True
    private_with: str | None = None
    delay: int = 0
    dispatch: int | None = None
    first: bool = False
    also: tuple[str, ...] = ()
    proof: Proof | None = None
    quote: Words | None = None
    agreed: int | None = None
    found: tuple[Found, ...] = ()
    sealed: bool = False
    kind: Literal["say"] = "say"

    @property
    def languages(self) -> tuple[str, ...]:
        """All the languages in which it is said, each once."""
        return tuple(dict.fromkeys((self.language, *self.also)))

    @property
    def foreign(self) -> tuple[tuple[Words, str], ...]:
        """People's words in the lines, each with a language into which it has still to be translated."""
        known = {(one.words, one.target) for one in self.found}
        words = dict.fromkeys(words for line in self.lines for words in words_in(line))
        pairs = [(one, language) for language in self.languages for one in words]
        return tuple(
            (one, language)
            for one, language in pairs
            if (one.language != language or one.among) and (one, language) not in known
        )

    def rendering_of(self, words: Words, language: str) -> Rendering | None:
        """The translation of people's words in the lines, where there is one."""
        return next(
            (one.rendering for one in self.found if (one.words, one.target) == (words, language)), None
        )


@dataclass(frozen=True, slots=True)
class Earlier:
    """Words that a relay had before an edit changed them while it waited; `cause` is the edit that brought
    them, "" if they came first."""

    text: str
    cause: str
    parts: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Relay:
    """People speaking to another room: translated, attributed, marked.

    `header` attributes the words; `target` is the reader's language, `also` more languages of the room,
    `zone` the reader's time zone, `written_at` when the author sent it. `rendering` is the translation into
    `target`, `renderings` are those into `also`, in its order; None where it has still to come. With
    `in_place` the original stands already in this room.
    Words that are too long for one message cross in `parts` messages, of which this is `part`; `added` by an
    edit. `fingerprint` tells, once the words are gone, whether an edit has changed this part.
    `dispatch` and `twinning` name what it belongs to; a relay of a twinning that is not active is
    cancelled instead of sent. `origin_room` is where its author is told if it does not arrive. `by` is the
    author's pseudonym, by which an edit is known to be theirs; `command` what the words were typed after, if
    they were; `file` the mark of the file that goes with them, if one does. What is `urgent` goes first, and
    rings in quiet hours. When something `undated` was written is told to nobody, however late it arrives.
    While it waits, the words may be those of an edit, its `cause`; what they were before is kept as
    `earlier`, the oldest first, in case that the edit is deleted.
    """

    room_id: str
    words: Words
    target: str
    zone: str
    written_at: datetime
    header: Text | None
    what: str = "copy"
    source: str = ""
    reply_to: Ref | None = None
    thread: Ref | None = None
    replaces: Ref | None = None
    in_place: bool = False
    origin_room: str | None = None
    dispatch: int | None = None
    twinning: int | None = None
    rendering: Rendering | None = None
    urgent: bool = False
    by: str = ""
    command: str = ""
    also: tuple[str, ...] = ()
    renderings: tuple[Rendering | None, ...] = ()
    part: int = 1
    parts: int = 1
    added: bool = False
    fingerprint: str = ""
    undated: bool = False
    file: str = ""
    cause: str = ""
    earlier: tuple[Earlier, ...] = ()
    kind: Literal["relay"] = "relay"

    @property
    def title(self) -> Text | None:
        """The header, with the number of the part where there are several."""
        if self.parts == 1 or self.header is None:
            return self.header
        name = "name" if "name" in self.header.args else "letter"
        numbered = f"{self.header.args[name]} ({self.part}/{self.parts})"
        return replace(self.header, args={**self.header.args, name: numbered})

    @property
    def translations(self) -> dict[str, Rendering | None]:
        """The languages in which it is shown, each with its translation; None where it has still to come."""
        more = self.renderings or (None,) * len(self.also)
        return {self.target: self.rendering, **dict(zip(self.also, more, strict=True))}

    def translated(self, found: Mapping[str, Rendering]) -> Relay:
        """With these translations, by their languages, where there is none yet."""
        known = {language: one or found.get(language) for language, one in self.translations.items()}
        return replace(
            self, rendering=known[self.target], renderings=tuple(known[language] for language in self.also)
        )


@dataclass(frozen=True, slots=True)
class File:
    """A file for people to open: uploaded encrypted, under no name, and then posted.

    `content` rests encrypted in the storage folder, or in this row if it is a small one of the bot's own
    making. `origin_room`, `dispatch`, `twinning` and `by` are those of a Relay, for what somebody sent;
    it does not go unless the message that it is a `reply_to` has gone. What is not `urgent` waits for the
    end of quiet hours, since a file cannot be a notice.
    """

    room_id: str
    content: Content
    form: Form
    what: str = "file"
    source: str = ""
    reply_to: Ref | None = None
    thread: Ref | None = None
    origin_room: str | None = None
    dispatch: int | None = None
    twinning: int | None = None
    by: str = ""
    urgent: bool = False
    kind: Literal["file"] = "file"


@dataclass(frozen=True, slots=True)
class Clean:
    """Fetch somebody's file and rid it of all that cannot be seen or heard; it comes in again as a `Cleaned`.

    It is for the handler of `topic`. `blur`: of a picture, so that nobody can be recognised.
    """

    room_id: str
    file: Remote | Sealed
    topic: str
    by: str
    payload: str = ""
    blur: bool = False
    what: str = "clean"
    source: str = ""
    kind: Literal["clean"] = "clean"


@dataclass(frozen=True, slots=True)
class Redact:
    """Remove one of the bot's own messages."""

    room_id: str
    target: Ref
    what: str = "redact"
    source: str = ""
    kind: Literal["redact"] = "redact"


@dataclass(frozen=True, slots=True)
class Fetch:
    """Read a message anew; it comes in again as a `Fetched` for the handler of `topic`.

    `at` is the message's room, if that is not the room which asks.
    """

    room_id: str
    event_id: str
    topic: str
    by: str
    payload: str = ""
    at: str = ""
    what: str = "fetch"
    source: str = ""
    kind: Literal["fetch"] = "fetch"


@dataclass(frozen=True, slots=True)
class Preview:
    """Translate words for their author, and back; it comes in again as a `Previewed` for `topic`'s handler.

    `targets` are the languages, each with the twinning whose agreed words hold.
    """

    room_id: str
    words: Words
    targets: tuple[tuple[str, int], ...]
    topic: str
    by: str
    what: str = "preview"
    source: str = ""
    kind: Literal["preview"] = "preview"


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Pin the new identity of a person; `room_id` is the room whose steward said so.

    `change` is the event that told of it: a newer identity, of which nobody knows yet, is not pinned.
    """

    room_id: str
    user_id: str
    what: str = "acknowledge"
    source: str = ""
    change: str = ""
    kind: Literal["acknowledge"] = "acknowledge"


@dataclass(frozen=True, slots=True)
class Join:
    """Accept an invitation."""

    room_id: str
    what: str = "join"
    source: str = ""
    kind: Literal["join"] = "join"


DIRECT_CHATS = "direct chats"
"""The queue of its own in which OpenDirects wait: servers limit them, and no room shall wait behind one."""


@dataclass(frozen=True, slots=True)
class OpenDirect:
    """Open an encrypted direct chat with a person, unless there is one; it comes in again as an `Opened` for
    the handler of `topic`, with `payload`."""

    user_id: str
    topic: str
    payload: str = ""
    room_id: str = DIRECT_CHATS
    what: str = "open"
    source: str = ""
    kind: Literal["opendirect"] = "opendirect"


@dataclass(frozen=True, slots=True)
class Poll:
    """A question with answers of which one can be chosen, in the direct chat with `private_with` alone. It is
    sealed, as its end is.

    `answers` are pairs of an id, of which all should have the same length and none may tell anything, and
    words. What is chosen comes in as a `PollAnswer`. `hint` is shown to clients that know no polls, below the
    numbered answers.
    """

    room_id: str
    private_with: str
    question: Text
    answers: tuple[tuple[str, Text], ...]
    language: str
    hint: Text | None = None
    what: str = "poll"
    source: str = ""
    kind: Literal["poll"] = "poll"


@dataclass(frozen=True, slots=True)
class ClosePoll:
    """End a poll of the bot's: clients take no answers any more and show which one was chosen.

    `poll` was promised at `since` or later; `text` is for clients that know no polls.
    """

    room_id: str
    private_with: str
    poll: RowRef
    since: datetime
    text: Text
    language: str
    what: str = "close"
    source: str = ""
    kind: Literal["closepoll"] = "closepoll"


@dataclass(frozen=True, slots=True)
class Erase:
    """Make what was said in a direct chat between two times unreadable: the keys that open it are destroyed.

    `remove`: the messages of the bot and the person are removed as well, as far as the bot may.
    """

    room_id: str
    since: datetime
    until: datetime
    remove: bool = False
    what: str = "erase"
    source: str = ""
    kind: Literal["erase"] = "erase"


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave a room or decline an invitation; `reason` is shown by the server as the reason."""

    room_id: str
    reason: Text | None
    language: str = "en"
    what: str = "leave"
    source: str = ""
    kind: Literal["leave"] = "leave"


Outgoing: TypeAlias = (
    Say
    | Relay
    | File
    | Clean
    | Redact
    | Fetch
    | Preview
    | Acknowledge
    | Join
    | OpenDirect
    | Poll
    | ClosePoll
    | Erase
    | Leave
)
