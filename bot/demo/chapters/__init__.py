"""The chapters of the demonstration, in the order in which they are played.

A chapter is a module with `NAME` (for `--chapter`), `TITLE` (for the audience) and `play(stage)`. It acts
through the stage, notes in the ledger what has to arrive, and raises TimeoutError if it did not. The two
groups are twinned before the first chapter; a chapter does not rely on another one having been played.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.demo.chapters import crash, dispatches, joint, quarter, redlines, thread, unknown, withdrawal
from bot.demo.stage import Stage


@dataclass(frozen=True, slots=True)
class Chapter:
    """One entry of the table."""

    name: str
    title: str
    play: Callable[[Stage], Awaitable[None]]


CHAPTERS: tuple[Chapter, ...] = (
    Chapter("dispatch", "News crosses the border, both ways", dispatches.play),
    Chapter("thread", "They answer each other in the shared thread", thread.play),
    Chapter("unknown", "A sentence that the phrasebook does not know", unknown.play),
    Chapter("crash", "The bot is killed between acceptance and delivery", crash.play),
    Chapter("withdraw", "A dispatch is taken back", withdrawal.play),
    Chapter("joint", "A joint room, translated in place", joint.play),
    Chapter("redlines", "A round of red lines: an objection holds until the plan changes", redlines.play),
    Chapter("quarter", "A joint action is planned and reminded of, in fast motion", quarter.play),
)


def chosen(names: list[str] | None) -> list[Chapter]:
    """The chapters of these names in their own order, all by default. Raises ValueError with one sentence."""
    known = {chapter.name for chapter in CHAPTERS}
    for name in names or []:
        if name not in known:
            raise ValueError(f"There is no chapter {name}; there are {', '.join(c.name for c in CHAPTERS)}.")
    return [chapter for chapter in CHAPTERS if not names or chapter.name in names]
