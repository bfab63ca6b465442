"""A model of the size that Argos ships: 6 + 6 layers of 512, 32,000 pieces, int8, 61 MB.

Its weights are random, but for a few that are written by hand: it exchanges some words for others, so that
what comes out passes for a translation and ends where a translation ends. It takes the time and the memory
that a real one takes, since neither depends on the values of the weights.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.phrasebook import copymodel
from tests.phrasebook.copymodel import Shape

ARGOS = Shape(bits=16, waves=120, layers=6, inner=2048)
PIECES = 32_000

_ENGLISH = """
    the court council landlord tenants rent strike hearing vigil families lawyers signatures petition
    banner candles street school market bridge station evening morning later together people workers
    nurses teachers drivers neighbours community meeting letter answer question decision protest action
    housing right water power bread work home city country world solidarity support thanks please bring
    come stay speak write read share send help stand walk sing wait begin end open close won lost signed
    called asked said told
"""
_SPANISH = """
    los juzgado concejo propietario inquilinos renta huelga audiencia vigilia familias abogadas firmas
    petición pancarta velas calle escuela mercado puente estación tarde mañana después juntos gente
    trabajadores enfermeras maestros choferes vecinas comunidad asamblea carta respuesta pregunta
    decisión protesta acción vivienda derecho agua fuerza pan trabajo hogar ciudad país mundo
    solidaridad apoyo gracias favor traigan vengan quédense hablen escriban lean compartan manden ayuden
    párense caminen canten esperen empiecen terminen abran cierren ganaron perdieron firmaron llamaron
    pidieron dijeron contaron
"""
_PAIRS = list(zip(_ENGLISH.split(), _SPANISH.split(), strict=True))
WORDS = {f" {english}": f" {spanish}" for english, spanish in _PAIRS}


def sentences(count: int, seed: int, words: int = 16) -> list[str]:
    """Sentences of about 20 pieces in small letters, no two alike, without anything that is protected."""
    random = Random(seed)  # noqa: S311 - repeatable, no secret
    found: dict[str, None] = {}
    while len(found) < count:
        said = "".join(f" {random.choice(_PAIRS)[0]}" for _ in range(random.randint(words - 2, words + 2)))
        found[f"{said.strip()}."] = None
    return list(found)


def build(folder: Path, source: str = "en", target: str = "es") -> Path:
    """Write the package file of one direction into `folder`."""
    own = {"placeholder": "⟦{}⟧"}
    return copymodel.build(folder, source, target, WORDS, own, shape=ARGOS, vocabulary=PIECES)
