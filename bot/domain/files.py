"""Files that go from room to room: pictures, voice notes, plain text.

Values of this file rest in the outbox as JSON: fields are only ever added, with defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

LARGEST_MADE = 256 * 1024
"""Bytes of a file of the bot's own making: it rests in its row."""


@dataclass(frozen=True, slots=True)
class Cipher:
    """How bytes were encrypted, as Matrix encrypts files: AES-256 in counter mode.

    `key` is base64 for addresses, `iv` and `sha256` (of the encrypted bytes) are base64, all without padding.
    """

    key: str
    iv: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Remote:
    """An encrypted file on a media server. `size` is in bytes, 0 where only its sender knows."""

    url: str
    cipher: Cipher
    size: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted file of the storage folder. Its key is nowhere else: without it the file is noise."""

    name: str
    cipher: Cipher
    size: int
    kind: Literal["sealed"] = "sealed"


@dataclass(frozen=True, slots=True)
class Made:
    """A small text file of the bot's own making, a calendar for instance."""

    text: str
    kind: Literal["made"] = "made"

    @property
    def size(self) -> int:
        return len(self.text.encode())


Content: TypeAlias = Sealed | Made


@dataclass(frozen=True, slots=True)
class Picture:
    """What is said of a picture before it is loaded; the thumbnail is a JPEG or a PNG."""

    width: int
    height: int
    blurhash: str
    animated: bool = False
    thumbnail: Sealed | None = None
    thumbnail_width: int = 0
    thumbnail_height: int = 0
    thumbnail_mimetype: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """What is said of a recording before it is played: how long it is, and how loud over time (0 to 1024)."""

    milliseconds: int
    waveform: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """What kind of file people are shown: a picture, a recording, or neither."""

    name: str
    mimetype: str
    picture: Picture | None = None
    voice: Voice | None = None


class Refusal(StrEnum):
    """Why a file does not cross."""

    EMPTY = "empty"
    LARGE = "large"  # more bytes than the bot takes
    PIXELS = "pixels"  # more than can be worked on
    BROKEN = "broken"  # begins as something known, and is not
    KIND = "kind"  # nothing that the bot can clean
    LETTERS = "letters"  # text, but nothing says which letters its bytes stand for
    VIDEO = "video"
    DOCUMENT = "document"
    DRAWING = "drawing"  # SVG
    ARCHIVE = "archive"
    SOUND = "sound"  # a recording, but no voice message
    SPOILT = "spoilt"  # the bytes are not those that were sent
    GONE = "gone"  # not on the media server
    AWAY = "away"  # the media server did not give it for hours
    HEAVY = "heavy"  # it needs more memory or time than there is for one file, whatever it is


LARGEST = 20 * 1024 * 1024
"""Bytes of a file that the bot looks at."""

LONGEST_SIDE = 4096
"""Pixels of a side of a picture that crosses."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A cleaned file with what is said of it; `still`: of a moving picture only the beginning is left.

    `made_from` is the address of the file that its author sent.
    """

    content: Sealed
    form: Form
    still: bool = False
    made_from: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file as somebody's message describes it. Nothing of this is believed, but where it lies.

    `caption` is what they wrote with it.
    """

    file: Remote
    caption: str = ""
