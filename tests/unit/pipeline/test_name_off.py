"""A name that is taken off a dispatch which people have corrected."""

from __future__ import annotations

from bot.storage import words
from tests.unit.handlers.cast import ANA, CARL, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre

CHAT = "!direct:here.example"


async def test_without_the_name_people_s_correction_stands_on(theatre: Theatre) -> None:
    theatre.translating._glossaries = words.glossary
    await theatre.room(CHAT, [CARL])
    await theatre.say(CHAT, CARL, "!name Rosa Luz")
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won. as=name")
    await theatre.play()
    [copy] = [event for event, text in theatre.transport.room(MANILA).shown.items() if "Ganamos." in text]
    await theatre.say(MANILA, ANA, "!fix ¡Triunfamos!", reply_to=copy)
    await theatre.play()
    before = len(theatre.transport.texts(MANILA))
    await theatre.say(CHAT, CARL, "!name off")
    await theatre.play()
    [last] = theatre.transport.texts(MANILA)[before:]
    assert last.startswith("milwaukee-1 · integrante de Milwaukee Tenants\n")
    assert "¡Triunfamos!" in last
    assert "Ganamos." not in last
