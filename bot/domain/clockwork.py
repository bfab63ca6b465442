"""Whether the clock can be believed, beside what the machine itself counts since it was switched on.

Rules:
- A clock that is more than a day ahead of that count is not believed: nothing is done at a tick until a host
  says that it is right, or it is put right.
- A clock that goes back is believed: nothing happens twice all the same.
- After the machine was off there is no count to compare with; a clock that was not believed before stays so
  until it shows an earlier time than it did then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

MOST_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Running:
    """How many seconds the machine has been on; `boot` names the time since it was switched on."""

    boot: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Account:
    """What the clock and the machine's own count showed when they were last believed.

    `held_at`: what the clock showed when it was first not believed; None while it is.
    """

    running: Running
    at: datetime
    held_at: datetime | None = None


def believed(account: Account | None, now: datetime, running: Running) -> Account:
    """The account after a tick; the clock is believed if nothing is held."""
    if account is None:
        return Account(running, now)
    if account.running.boot != running.boot or running.seconds < account.running.seconds:
        if account.held_at is not None and now >= account.held_at:
            return account
        return Account(running, now)
    passed = timedelta(seconds=running.seconds - account.running.seconds)
    if now - account.at - passed > MOST_AHEAD:
        return account if account.held_at is not None else replace(account, held_at=now)
    return Account(running, now)
