"""The three ports. Fakes of these, and of nothing else, are allowed in tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.clockwork import Running
from bot.domain.files import Enclosed, Refusal, Remote, Sealed
from bot.domain.glossary import NO_GLOSSARY, Glossary
from bot.domain.incoming import Batch, Message
from bot.domain.post import Letter
from bot.domain.rendering import Flag


class Unavailable(Exception):
    """The server cannot be reached or asks to wait; the same call may work later.

    `retry_after` is the server's wish in seconds, if it has one.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Refused(Exception):
    """The server has said no for good (not in the room, too large, …). The text is for the log."""


class TooLarge(Refused):
    """The file has more bytes than were to be taken."""


class LoggedOut(Exception):
    """The access token is not valid any more; the bot has to stop with a clear sentence."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the homeserver has accepted; `unreadable` names devices ("@user/DEVICE") without key."""

    event_id: str
    unreadable: tuple[str, ...] = ()


class Transport(Protocol):
    """The way out to the rooms. Every message it sends is encrypted; there is no other way."""

    @property
    def user_id(self) -> str: ...

    @property
    def device_id(self) -> str: ...

    async def send(self, room_id: str, post: Letter, txn_id: str, marker: str) -> Sent:
        """Send one message. `marker` goes into the unencrypted part of the encrypted event.

        Raises Unavailable, Refused, LoggedOut.
        """
        ...

    async def upload(self, pieces: AsyncIterator[bytes], size: int) -> Remote:
        """Put a file of that many bytes on the media server, encrypted with a key of its own, under no name.

        Every call is a file of its own. Raises Unavailable, Refused, LoggedOut.
        """
        ...

    def download(self, url: str, limit: int) -> AsyncIterator[bytes]:
        """The bytes of a file of a media server, as they lie there, in pieces.

        Raises Unavailable, TooLarge as soon as there are more than `limit`, Refused, LoggedOut.
        """
        ...

    async def redact(self, room_id: str, event_id: str, txn_id: str) -> None:
        """Remove a message. An event that is gone already is no error."""
        ...

    async def find(self, room_id: str, marker: str, since: datetime) -> str | None:
        """The id of our own message that carries the marker, looked for back to `since`, or None."""
        ...

    async def fetch(self, room_id: str, event_id: str) -> Message | None:
        """A message of the room, read anew with its newest edit; None if it is gone, no message, or cannot be
        decrypted."""
        ...

    async def join(self, room_id: str) -> None: ...

    async def open_direct(self, user_id: str, marker: str) -> str:
        """Make an encrypted room for the bot and one person, who is invited, and return its id.

        A call makes a room each time; by `marker`, which the server sees, `opened` finds it again.
        """
        ...

    async def opened(self, user_id: str, marker: str) -> str | None:
        """The room of an earlier `open_direct` with this marker, in which the bot still is, or None."""
        ...

    async def acknowledge(self, user_id: str, change: str) -> None:
        """Pin the new identity of a person that the event `change` told of, if they still have that one.

        Until then their devices get no keys.
        """
        ...

    async def erase(self, room_id: str, since: datetime, until: datetime, *, remove: bool) -> None:
        """Destroy the keys that open what was said in the room, and with `remove` the bot's own messages of
        that time and those of others that it may remove. What comes later can be read as before."""
        ...

    async def leave(self, room_id: str, reason: str) -> None:
        """Leave a room or decline an invitation, with a reason for people (may be empty), and forget it."""
        ...


class Inbound(Protocol):
    """The way in. Runs until cancelled; every batch is handled before the next one is asked for."""

    @property
    def reading_back(self) -> bool:
        """Whether much was missed and is being read, so that the next batch may take a while."""
        ...

    async def run(self, cursor: str | None, handle: Callable[[Batch], Awaitable[None]]) -> None: ...


@dataclass(frozen=True, slots=True)
class Segment:
    """One sentence: `target` is None where the original stands.

    `flags` say why it stands, or what may be wrong with the translation. `corrected`: people's own words.
    """

    source: str
    target: str | None
    flags: tuple[Flag, ...] = ()
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated message. `text` holds the original where a segment could not be translated.

    `via` names the pivot language ("en") or is None. `language` is the one that the message turned out to
    be written in, None if it is the one that was given; a message in the target language comes back as it is.
    """

    text: str
    segments: tuple[Segment, ...]
    via: str | None = None
    language: str | None = None

    @property
    def nothing(self) -> bool:
        """True when there are sentences and not one was translated."""
        return bool(self.segments) and all(s.target is None for s in self.segments)

    @property
    def partial(self) -> bool:
        """True when some sentence stands untranslated."""
        return any(s.target is None for s in self.segments)


class NoModel(Exception):
    """There is no way from one language to the other with the models installed."""


class TranslatorDown(Exception):
    """The worker died or answers too slowly; the same call may work later."""


class Translator(Protocol):
    async def translate(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        glossary: Glossary = NO_GLOSSARY,
        *,
        backlog: bool = False,
    ) -> list[Translation]:
        """Translate whole messages between catalog languages. Raises NoModel, TranslatorDown.

        `backlog`: nobody waits for it right now; what is written now goes first.
        """
        ...

    async def detect(self, text: str, among: Sequence[str]) -> str | None:
        """Which of these languages the text is written in; None if that is not clear."""
        ...

    async def pairs(self) -> frozenset[tuple[str, str]]:
        """The (source, target) pairs of catalog languages that can be translated, pivots included."""
        ...


class Cleaner(Protocol):
    async def clean(self, sealed: Sealed, *, blur: bool) -> Enclosed | str | Refusal:
        """Somebody's file, rid of all that cannot be seen or heard; the text that it is; or why not.

        What it makes are new files beside the old one.
        """
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The current time, aware, UTC."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class MachineClock(Clock, Protocol):
    def running(self) -> Running | None:
        """For how long the machine has been on; None where nothing counts that."""
        ...
