"""How much of an answer the bot takes, in bytes: a server that says more could fill the memory of the host.

JSON takes up to thirty times as much memory as bytes once it is read. Each figure is far above what an honest
server has to say to a bot of the size that the README names.
"""

from __future__ import annotations

_MB = 1 << 20

ERROR = _MB // 16
"""A refusal."""

ANSWER = _MB
"""Whatever is not named here: an event, an account, a page of ids."""

HISTORY = 8 * _MB
"""A page of a room's events: a hundred of the largest that are encrypted."""

STATE = 16 * _MB
"""The state of one room: some 20,000 members."""

KEYS = 16 * _MB
"""The devices of up to 200 people, or the one-time keys for them: some 10,000."""

NEWS = 24 * _MB
"""What is new, after the start with all members of all rooms: some 35,000."""

MISSED = 16 * _MB
"""What gaps hold, of all rooms together, until it is handed over; more than one page."""
