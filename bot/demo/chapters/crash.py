"""The bot is killed between acceptance and delivery."""

from __future__ import annotations

import asyncio
import signal

from bot.demo.stage import Stage

# Right after the first message that it sends: the acknowledgement, while the translation has just begun.
_POINT = "send:after-request"


async def play(stage: Stage) -> None:
    """The bot dies by SIGKILL with a dispatch in its outbox; what is written meanwhile is not missed."""
    bot, manila, oaxaca = stage.bot, stage.manila, stage.oaxaca
    await bot.quiet()
    await bot.stop()
    await bot.start({"TWINLINE_DIE_AT": _POINT})
    held = await stage.dispatch(manila, "The eviction was stopped.", "Se detuvo el desalojo.")
    code = await bot.died(within=30)
    if code != -signal.SIGKILL:
        stage.ledger.failures.append(f"the bot should have been killed but ended with {code}")
    stage.ledger.kills += 1
    await stage.answered(manila.steward, manila.room, held.origin)
    stage.board.say("the bot was killed (−9): the dispatch is acknowledged and not delivered")
    meanwhile = await stage.dispatch(
        oaxaca,
        "El concejo votó a favor del tope de renta.",
        "The city council voted for the rent cap.",
    )
    if held.arrivals():
        stage.ledger.failures.append("the dispatch was delivered before the bot was killed")
    await asyncio.sleep(stage.board.pace)
    took = await bot.start()
    stage.board.say(f"the bot runs again, ready after {took:.1f} s")
    await stage.arrived(held)
    await stage.arrived(meanwhile)
    after = await stage.dispatch(manila, "The court is on our side.", "El tribunal está de nuestro lado.")
    await stage.arrived(after)
