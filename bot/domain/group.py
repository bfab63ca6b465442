"""Groups: a local organisation with its home room, language, time zone and rules.

A handle is 2 to 16 letters or digits of any script, kept in lower case; it is unique among a
group's twins: where two twins would show the same, the later gets `-2`, `-3` and so on.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

SHORTEST_HANDLE, LONGEST_HANDLE = 2, 16
LONGEST_NAME = 60
LONGEST_KEEP = 365


class Speakers(StrEnum):
    """Who may send a dispatch."""

    STEWARDS = "stewards"
    MEMBERS = "members"


class Attribution(StrEnum):
    """In whose name a dispatch goes when its author does not say."""

    GROUP = "group"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Settings:
    """A group's own rules. `keep` is the number of days that the words of its dispatches are kept."""

    dispatch: Speakers = Speakers.STEWARDS
    attribution: Attribution = Attribution.GROUP
    threadconfirm: bool = True
    keep: int = 90


@dataclass(frozen=True, slots=True)
class Group:
    """`language` is a catalog code, `zone` an IANA name."""

    id: int
    handle: str
    name: str
    room_id: str
    language: str
    zone: str
    settings: Settings = field(default_factory=Settings)


def clean_handle(typed: str) -> str | None:
    """The handle in its kept form, or None if it cannot be one."""
    handle = unicodedata.normalize("NFKC", typed).casefold()
    if not SHORTEST_HANDLE <= len(handle) <= LONGEST_HANDLE:
        return None
    if not all(unicodedata.category(c)[0] in "LMN" for c in handle) or handle.isdecimal():
        return None
    return handle if unicodedata.category(handle[0])[0] != "M" else None


def alias(handle: str, taken: Collection[str]) -> str:
    """How a twin is called among those that a group knows already."""
    if handle not in taken:
        return handle
    number = 2
    while f"{handle}-{number}" in taken:
        number += 1
    return f"{handle}-{number}"
