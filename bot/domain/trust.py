"""Whose words count, and who may read: the standing of a device, and a group's choice.

Rules:
- A person's identity (their cross-signing master key) is pinned when it is first seen.
- A device stands SIGNED when its owner's identity has signed it and is the pinned one, UNSIGNED when the
  owner has not signed it, CHANGED when the owner's identity is another than the pinned one.
- Under Policy.SIGNED, signed devices alone are read and get keys; under Policy.ALL unsigned ones too.
- In a home room keys go only to people of whom the room has been told.
- CHANGED is never read and gets no keys, until a steward trusts the new identity, or for 7 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

CHANGE_ACCEPTED_AFTER = timedelta(days=7)


class Standing(StrEnum):
    """What the bot knows of the device that wrote."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    CHANGED = "changed"


class Policy(StrEnum):
    """Which devices of its members a group works with."""

    SIGNED = "signed"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is given a room's keys: devices as the policy says, of `known` people alone if it is not None."""

    policy: Policy = Policy.SIGNED
    known: frozenset[str] | None = None


def counts(standing: Standing, policy: Policy) -> bool:
    """Whether words from such a device count, and whether it gets keys."""
    return standing is Standing.SIGNED or (standing is Standing.UNSIGNED and policy is Policy.ALL)
