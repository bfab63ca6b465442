"""How much is carried for one person and one group.

Rules:
- Within ten minutes a person has so many messages carried, and a group so many; 0 is no limit.
- A long text counts as its parts, but goes if one more message may go.
- What is over that stays where it was written, and its writer is told until when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Rates:
    """Messages in ten minutes; 0: as many as they like."""

    person: int = 0
    group: int = 0


UNLIMITED = Rates()


def free_at(carried: Sequence[datetime], most: int) -> datetime | None:
    """When the next message is carried, if not now; `carried` are the times within ten minutes."""
    if not most or len(carried) < most:
        return None
    return sorted(carried)[-most] + WITHIN
