"""Dispatches: news from a group to its twins, as a table.

Rules:
- Before anything crosses the author is asked, where there is a doubt, or where somebody else wants to
  send their words; "no", or silence, and it is forgotten.
- Where the group wants a second pair of eyes, it then waits for 72 hours at most; meanwhile it can be held.
  Whoever wrote it, or wanted it sent, does not approve it. What its author changes is looked at anew.
- A dispatch is open until its author, or the deletion of the author's message, withdraws it; that is
  for good.
- It bears the name of its author only if they chose one, and as long as they want.
- Each copy is on its way until it was sent, failed, or was cancelled; then it is settled.
- In a thread people are told apart by letters: the first of a group to write is A, then B … Z, AA.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_TEXT = 40_000  # characters
LONGEST_PART = 8_000  # bytes of UTF-8: original, translation and HTML have to fit one event


CONSENT_FOR = timedelta(hours=24)  # silence for so long is a "no"
REMIND_AFTER = timedelta(hours=4)
APPROVAL_FOR = timedelta(hours=72)


class State(StrEnum):
    """ASKED rests as a question, WAITING, HELD and EXPIRED as an approval, the others as a dispatch."""

    ASKED = "asked"
    WAITING = "waiting"
    HELD = "held"
    OPEN = "open"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    FORGOTTEN = "forgotten"


class Move(StrEnum):
    SEND = "send"
    REFUSE = "refuse"
    PROPOSE = "propose"
    APPROVE = "approve"
    HOLD = "hold"
    CHANGE = "change"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


TRANSITIONS: dict[tuple[State, Move], State] = {
    (State.ASKED, Move.SEND): State.OPEN,
    (State.ASKED, Move.PROPOSE): State.WAITING,
    (State.ASKED, Move.REFUSE): State.FORGOTTEN,
    (State.ASKED, Move.EXPIRE): State.FORGOTTEN,
    (State.ASKED, Move.WITHDRAW): State.FORGOTTEN,
    (State.WAITING, Move.APPROVE): State.OPEN,
    (State.WAITING, Move.HOLD): State.HELD,
    (State.WAITING, Move.CHANGE): State.WAITING,
    (State.WAITING, Move.EXPIRE): State.EXPIRED,
    (State.WAITING, Move.WITHDRAW): State.WITHDRAWN,
    (State.HELD, Move.APPROVE): State.OPEN,
    (State.HELD, Move.HOLD): State.HELD,
    (State.HELD, Move.CHANGE): State.WAITING,
    (State.HELD, Move.EXPIRE): State.EXPIRED,
    (State.HELD, Move.WITHDRAW): State.WITHDRAWN,
    (State.OPEN, Move.CHANGE): State.OPEN,
    (State.OPEN, Move.WITHDRAW): State.WITHDRAWN,
}


class NotPossible(Exception):
    """The table has no such move from the present state."""


def moved(state: State, move: Move) -> State:
    """The state after a move. Raises NotPossible."""
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        raise NotPossible from None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """`source` is the event id of the author's message; `original` is None once the words are not kept.

    `signed`: it bears its author's name.
    """

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
    signed: bool = False


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
