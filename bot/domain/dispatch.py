"""Dispatches: news from a group to its twins, as a table.

Rules:
- A dispatch is open until its author, or the deletion of the author's message, withdraws it; that is
  for good.
- Each copy is on its way until it was sent, failed, or was cancelled; then it is settled.
- In a thread people are told apart by letters: the first of a group to write is A, then B … Z, AA.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LONGEST_TEXT = 40_000  # characters
LONGEST_PART = 8_000  # bytes of UTF-8: original, translation and HTML have to fit one event


class State(StrEnum):
    OPEN = "open"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    WITHDRAW = "withdraw"


TRANSITIONS: dict[tuple[State, Move], State] = {(State.OPEN, Move.WITHDRAW): State.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Dispatch:
    """`source` is the event id of the author's message; `original` is None once the words are not kept."""

    id: int
    group: int
    number: int
    author: str
    source: str
    room_id: str
    state: State
    original: str | None
    language: str
    written_at: datetime


def letter(index: int) -> str:
    """The letter of the index-th voice of a group, counted from 0."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def is_blank(text: str) -> bool:
    """Whether there is nothing to see in it: blanks, control and direction characters at most."""
    return all(unicodedata.category(c)[0] in "CZ" for c in text)


def size(text: str) -> int:
    """Bytes of UTF-8; what cannot be encoded counts as its replacement."""
    return len(text.encode(errors="replace"))
