"""News crosses the border, both ways."""

from __future__ import annotations

from bot.demo.stage import Stage


async def play(stage: Stage) -> None:
    """Each steward sends dispatches; the twin reads them in its own language."""
    manila, oaxaca = stage.manila, stage.oaxaca
    first = await stage.dispatch(
        manila, "We won the hearing. 40 families stay.", "Ganamos la audiencia. 40 familias se quedan."
    )
    await stage.arrived(first)
    stage.board.say(f"read in Oaxaca {first.seconds():.1f} s after it was sent")
    back = await stage.dispatch(
        oaxaca,
        "La empresa tiene que responder. Vino la prensa.",
        "The company has to answer. The press came.",
    )
    await stage.arrived(back)
    stage.board.say(f"read in Manila {back.seconds():.1f} s after it was sent")
    burst = [
        await stage.dispatch(manila, text, expected)
        for text, expected in (
            ("The judge postponed the hearing.", "La jueza aplazó la audiencia."),
            ("The strike goes on.", "La huelga sigue."),
            ("The mayor listened to us.", "La alcaldesa nos escuchó."),
        )
    ]
    for crossing in burst:
        await stage.arrived(crossing)
