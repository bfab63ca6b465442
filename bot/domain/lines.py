"""One line of what somebody typed, as it is kept: without what cannot be seen."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"  # parts of words, and of emoji


def clean(typed: str, longest: int) -> str | None:
    """One line of somebody's words without what cannot be seen; None if nothing is left or it is too long."""
    readable = "".join(
        c if c in _JOINERS or unicodedata.category(c)[0] != "C" else " " if c.isspace() else ""
        for c in unicodedata.normalize("NFC", typed)
    )
    line = " ".join(readable.split())
    seen = any(unicodedata.category(c)[0] in "LNSP" for c in line)
    return line if seen and len(line) <= longest else None
