"""What engines have said before: in this process's RAM only, never on a disk, gone with it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

MOST_CHARACTERS = 2_000_000
LONGEST = 1_000


class Memory:
    """Hypotheses by engine (and how many it was asked for) and text; the longest unused go first."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._held: OrderedDict[tuple[Hashable, str], list[str]] = OrderedDict()
        self._size = 0

    def find(self, engine: Hashable, text: str) -> list[str] | None:
        """What the engine said, if it is remembered."""
        found = self._held.get((engine, text))
        if found is not None:
            self._held.move_to_end((engine, text))
        return found

    def keep(self, engine: Hashable, text: str, hypotheses: list[str]) -> None:
        """Remember it, if it is of a usual length."""
        if len(text) > LONGEST or (engine, text) in self._held:
            return
        self._held[engine, text] = hypotheses
        self._size += _weight(text, hypotheses)
        while self._size > self._most:
            (_, old), gone = self._held.popitem(last=False)
            self._size -= _weight(old, gone)


def _weight(text: str, hypotheses: list[str]) -> int:
    return len(text) + sum(map(len, hypotheses)) + 50
