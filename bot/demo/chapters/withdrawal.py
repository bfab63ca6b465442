"""A dispatch is taken back."""

from __future__ import annotations

from bot.demo.stage import Stage


async def play(stage: Stage) -> None:
    """The author deletes their message; every copy goes."""
    crossing = await stage.dispatch(stage.oaxaca, "Nos reunimos esta noche.", "We meet tonight.")
    await stage.arrived(crossing)
    crossing.withdrawn = True
    await stage.oaxaca.steward.redact(stage.oaxaca.room, crossing.origin)
    await crossing.reader.wait_until(lambda: not crossing.arrivals(), 45, "the deletion of the copy")
    stage.board.say("the author deleted the message, and the copy in Manila is gone")
