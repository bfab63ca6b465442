"""Groups that were asked and did not accept: what they are not told, and what they are."""

from __future__ import annotations

from tests.unit.handlers.cast import ANA, CARL, DORA, EVA, MADRID, MANILA, MILWAUKEE, code_in
from tests.unit.pipeline.audit.rounds import PEOPLE, hush, line, meet, opened, to_consent, typed
from tests.unit.pipeline.theatre import Theatre


async def three(theatre: Theatre) -> None:
    """Madrid is Manila's twin, too; Milwaukee, which has accepted, and Madrid do not know of each other."""
    code = code_in(await typed(theatre, MADRID, EVA, "!group code"))
    await typed(theatre, MANILA, ANA, f"!twin propose {code}")
    await typed(theatre, MADRID, EVA, "!twin accept manila")
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await hush(theatre)


async def test_who_did_not_accept_reads_no_red_line(theatre: Theatre) -> None:
    await three(theatre)
    await line(theatre, DORA, "No arrests.")
    await to_consent(theatre)
    assert "Sin detenciones." in theatre.read(MANILA)
    assert theatre.read(MADRID) == "La ronda 1 sigue sin tu grupo: no la había aceptado."
    assert "detenciones" not in await typed(theatre, MADRID, EVA, "!audit 1")
    assert "no tiene ninguna ronda" in await typed(theatre, MADRID, EVA, "!audit")
    await hush(theatre)
    await typed(theatre, MILWAUKEE, CARL, "!audit cancel 1")
    assert "La canceló Milwaukee Tenants." in theatre.read(MANILA)
    assert theatre.read(MADRID) == ""


async def test_who_has_not_accepted_yet_does_not_learn_who_has(theatre: Theatre) -> None:
    await three(theatre)
    said = await typed(theatre, MADRID, EVA, "!audit")
    assert "Con: Manila Tenants." in said
    assert "!audit accept 1" in said
    await typed(theatre, MILWAUKEE, CARL, "!audit cancel 1")
    assert "La ronda 1 se cancela" in theatre.read(MADRID)
    assert "Milwaukee" not in theatre.read(MADRID)


async def test_who_has_not_accepted_yet_is_told_that_the_opener_cancelled(theatre: Theatre) -> None:
    await three(theatre)
    await typed(theatre, MANILA, ANA, "!audit cancel 1")
    assert "La canceló Manila Tenants." in theatre.read(MADRID)
