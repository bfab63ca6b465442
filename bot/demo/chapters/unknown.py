"""A sentence that the phrasebook does not know."""

from __future__ import annotations

from bot.demo.stage import Stage


async def play(stage: Stage) -> None:
    """It crosses all the same: untranslated, and marked so."""
    crossing = await stage.dispatch(
        stage.manila, "Somebody painted an enormous purple octopus over the billboard.", None
    )
    await stage.arrived(crossing)
