"""A joint room, translated in place."""

from __future__ import annotations

from bot.demo import talk
from bot.demo.stage import JOINT_NAME, Stage, Way


async def play(stage: Stage) -> None:
    """Members of both groups sit in one room; below every message hangs its translation."""
    manila, oaxaca = stage.manila, stage.oaxaca
    others = [manila.member, oaxaca.steward, oaxaca.member]
    room = await talk.open_room(manila.steward, stage.bot.user_id, JOINT_NAME, others)
    stage.joint_room = room
    stage.watch([(JOINT_NAME, room), (JOINT_NAME, room)])
    await stage.command(manila.steward, room, f"!joint {oaxaca.handle}")
    await stage.command(oaxaca.steward, room, f"!joint {manila.handle}")
    for group, text, expected in (
        (oaxaca, "Estamos planeando una acción conjunta.", "We are planning a joint action."),
        (manila, "Shall we do it on the same day?", "¿Lo hacemos el mismo día?"),
        (oaxaca, "Estamos de acuerdo.", "We agree."),
    ):
        name = f"{group.member.name}’s words in the joint room"
        crossing = await stage.cross(name, group.member, text, expected, Way(room=room))
        await stage.arrived(crossing)
