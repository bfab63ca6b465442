"""Upgrades of rooms: a home or joint room is followed into its successor once a steward has confirmed it.

Rules:
- Real only if the old room's tombstone names the new room and the new room's create event the old one.
- Relays into the old room wait for a week from the tombstone on, then they are tried there.
- In the new room a steward of the old one answers "yes" or types `!group move`; only then the group, or
  the joint room, moves, with what waits. What was sent stays in the old room, where it can be removed.
- A shared thread cannot reach into another room: it goes on under a new post when somebody writes in it.
"""

from __future__ import annotations

from bot.domain.text import t
from bot.handlers.context import Command, Noun, Place, Theme
from bot.handlers.upgrade import ask, follow

NOUN = Noun(
    commands=(
        Command(
            words=("group", "move"),
            summary=t("after a room upgrade, in the new room: the group moves there"),
            theme=Theme.GROUP,
            run=follow.command,
            places=frozenset({Place.OTHER, Place.HOME, Place.JOINT}),
        ),
    ),
    answers={ask.TOPIC: follow.answered},
    rooms=(ask.look,),
)
