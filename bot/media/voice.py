"""Voice messages: Opus in Ogg, put together anew of the head and the packets of sound alone.

Tags, cover pictures, other streams and whatever stands behind are not copied.
"""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass

from mutagen.ogg import OggPage, error

from bot.media.picture import Broken

_HEAD = 19  # bytes of a head with one or two channels
_RATE = 48  # of the positions, per millisecond
_TAGS = b"OpusTags" + bytes(8)  # no vendor, no tags
LONGEST = 60 * 60 * 1000
"""Milliseconds of a recording."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The bytes anew, and how long they sound."""

    data: bytes
    milliseconds: int


def clean(data: bytes) -> Recording:
    """The recording anew. Raises Broken."""
    pages = _pages(data)
    head = pages[0].packets[0] if pages and pages[0].packets else b""
    if not head.startswith(b"OpusHead") or len(head) < _HEAD or head[9] not in (1, 2) or head[18] != 0:
        raise Broken("no head of a voice message")
    sound = _after_tags([page for page in pages[1:] if page.serial == pages[0].serial])
    if not sound:
        raise Broken("no sound")
    serial, skip = secrets.randbits(32), int.from_bytes(head[10:12], "little")
    out = io.BytesIO()
    written = [_page([head[:_HEAD]], 0), _page([_TAGS], 0), *map(_copy, sound)]
    for number, page in enumerate(written):
        page.serial, page.sequence = serial, number
        page.first, page.last = number == 0, number == len(written) - 1
        out.write(page.write())
    last = max((page.position for page in sound if page.position > 0), default=0)
    milliseconds = max(0, last - skip) // _RATE
    if milliseconds > LONGEST:
        raise Broken("longer than an hour")
    return Recording(out.getvalue(), milliseconds)


def _pages(data: bytes) -> list[OggPage]:
    file, found = io.BytesIO(data), list[OggPage]()
    while True:
        try:
            found.append(OggPage(file))
        except (EOFError, error, ValueError):  # the end, or what stands behind it
            return found


def _after_tags(pages: list[OggPage]) -> list[OggPage]:
    """The pages of sound; the tags end with a page."""
    if not pages or not pages[0].packets or not pages[0].packets[0].startswith(b"OpusTags"):
        raise Broken("no tags where they belong")
    for number, page in enumerate(pages):
        if page.complete:
            if len(page.packets) != 1:
                raise Broken("something stands beside the tags")
            return pages[number + 1 :]
    return []


def _page(packets: list[bytes], position: int) -> OggPage:
    page = OggPage()
    page.packets, page.position = packets, position
    return page


def _copy(page: OggPage) -> OggPage:
    """The page with nothing but its packets."""
    copy = _page(page.packets, page.position)
    copy.complete, copy.continued = page.complete, page.continued
    return copy
