"""They answer each other in the shared thread."""

from __future__ import annotations

from bot.demo.ledger import Crossing
from bot.demo.stage import Group, Stage, Way
from bot.demo.timeline import Shown


async def play(stage: Stage) -> None:
    """A member of the twin answers below the dispatch, and is answered below the acknowledgement."""
    manila, oaxaca = stage.manila, stage.oaxaca
    dispatch = await stage.dispatch(
        manila, "The landlord withdrew the eviction notice.", "El propietario retiró el aviso de desalojo."
    )
    post = await stage.arrived(dispatch)
    ack = await stage.answered(manila.steward, manila.room, dispatch.origin)
    first = await _write(
        stage, oaxaca, post, "¡Felicidades! ¿Cómo lo hicieron?", "Congratulations! How did you do it?"
    )
    await stage.arrived(first)
    reply = await _write(
        stage, manila, ack, "The people united will never be defeated.", "El pueblo unido jamás será vencido."
    )
    await stage.arrived(reply)
    last = await _write(stage, oaxaca, post, "Cuenten con nosotros.", "Count on us.", confirmed=True)
    await stage.arrived(last)


async def _write(
    stage: Stage, group: Group, root: Shown, text: str, expected: str, *, confirmed: bool = False
) -> Crossing:
    """A member writes in the thread; the first time ever the bot asks, and they say yes."""
    member = group.member
    await member.wait_for(group.room, lambda shown: shown.event_id == root.event_id)
    crossing = await stage.cross(f"{member.name}’s answer", member, text, expected, Way(thread=root.event_id))
    if not confirmed:
        question = await stage.answered(member, group.room, crossing.origin)
        stage.board.say(f"{member.name} writes in a shared thread for the first time, and is asked first")
        await member.say(group.room, group.yes, thread=root.event_id, reply_to=question.event_id)
    return crossing
