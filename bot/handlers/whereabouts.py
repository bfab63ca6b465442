"""Street addresses, and sentences that tell an exact time with a place, in the languages known best here.

Words of a place stand with a preposition: "outside the court", "en el Zócalo". A town alone is no place.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex


def _any(words: str) -> str:
    """One of these words; "_" is a blank in one of them."""
    return f"(?i:{'|'.join(words.split()).replace('_', ' ')})"


_PARTICLE = _any("de del la las los el da do das dos du des y san santa")
_NAME = rf"(?:\d{{1,2}}\s+de\s+)?(?:{_PARTICLE}\s+){{0,3}}\p{{Lu}}[\p{{L}}'’.-]{{0,30}}"
_ORDINAL = r"\d{1,3}(?:st|nd|rd|th)"
_AFTER = _any("int depto piso col apto fracc")
_HOUSE = (
    rf",?\s{{0,2}}(?:#\s?|{_any('n[º°o] núm num número numero')}\.?\s?)?\d{{1,5}}[A-Za-z]?\b"
    rf"(?!\s+(?!{_AFTER})\p{{Ll}}{{3,}})"  # "in the Calle Ancha, 40 families" is none
)
_STREETS_EN = (
    "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Square|Sq|Terrace|Highway|Hwy"
    "|Way|Alley"
)
_STREETS = _any(
    r"calle c/ avenida av\. av avda\. bulevar blvd\. paseo calzada calz\. carretera callejón privada cerrada "
    r"jirón jr\. pasaje kalye rua travessa viale via plaza praça"
)
_STREETS_FR = _any("rue avenue boulevard place chemin impasse allée quai")
_ADDRESS = regex.compile(
    rf"(?<![\w.,])\d{{1,5}}[A-Za-z]?,?\s+(?:[NSEW]\.?\s+)?(?:(?:\p{{Lu}}[\p{{L}}'’.-]{{0,30}}|{_ORDINAL})\s+){{1,4}}"
    rf"(?:{_STREETS_EN})\b\.?"
    rf"|(?<!\w){_STREETS}\s{{0,2}}(?:{_NAME}\s+){{0,4}}{_NAME}{_HOUSE}"
    rf"|(?<![\w.,])\d{{1,4}}(?:\s?(?:bis|ter))?,?\s+{_STREETS_FR}"
    rf"\s+(?:{_any('de du des la le les')}\s|[LldD]['’]){{0,3}}\p{{Lu}}\p{{L}}+"
    r"|\b\p{Lu}[\p{L}-]{1,30}(?:straße|strasse|str\.|gasse|weg|platz|allee)\s+\d{1,4}\s?[a-z]?\b"
    rf"|\b{_any('blk block')}\.?\s?\d{{1,4}},?\s{{1,2}}(?i:lot)\.?\s?\d{{1,4}}\b"
)

_SENTENCE = regex.compile(r"(?:[^.!?\n]|\.(?=\S)|(?<=\b[ap])\.|(?<=\b[ap]\.\s?m)\.)+")
_HOUR = r"(?<![\d:.,/-])(?:[01]?\d|2[0-3])"
_THEN = r"(?=\s*(?:[,;!?.]|$|sharp|tomorrow|tonight|today|on |in |at |near |outside ))"
_TIME = regex.compile(
    rf"(?i){_HOUR}[:h][0-5]\d(?![\d:])"
    rf"|{_HOUR}(?:\.[0-5]\d)?\s?(?:a\.?\s?m\b|p\.?\s?m\b|hrs?\b|horas\b|uhr\b|o['’]clock\b)"
    rf"|{_HOUR}h\b"
    r"|\b(?:a las?|alas|às)\s?-?(?:[01]?\d|2[0-3])\b(?!\s?(?:%|familias|personas))"
    r"|\ba las? (?:una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce)\b"
    rf"|\bat (?:1[0-2]|[1-9]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve){_THEN}"
    r"|\b(?:noon|midnight|mediodía|medianoche|minuit|midi|tanghali)\b"
)
_BETWEEN = r"(?:[\p{L}'’-]+\s+){0,3}?"
_PLACES = (
    (
        "at in on outside inside near behind opposite in_front_of next_to by",
        "the our their a",
        (
            "square park plaza church cathedral mosque temple station offices? hall market bridge school "
            "university factory plant hospital court courthouse corner gates? embassy consulate mall "
            "building house clinic café cafe bar stadium monument terminal stop street avenue hotel "
            "headquarters library cent(?:re|er) ministry bank port airport"
        ),
    ),
    (
        (
            "en frente_a frente_al afuera_de afuera_del fuera_de delante_de delante_del detrás_de "
            "detrás_del junto_a junto_al cerca_de cerca_del"
        ),
        "el la los las nuestra nuestro su",
        (
            "plaza parque iglesia catedral estación oficinas? ayuntamiento alcaldía municipio palacio "
            "mercado puente escuela universidad fábrica hospital juzgado tribunal esquina embajada "
            "consulado casa edificio clínica café estadio monumento terminal parada metro calle avenida "
            "hotel sede biblioteca centro zócalo alameda kiosco secretaría ministerio local banco puerto "
            "aeropuerto"
        ),
    ),
    (
        "na no em_frente_à em_frente_ao perto_da perto_do",
        "nossa nosso",
        (
            "praça parque igreja estação escritório mercado ponte escola universidade fábrica hospital "
            "esquina rua avenida sede prefeitura"
        ),
    ),
    (
        "sur à au devant dans près_de près_du",
        "la le notre",
        (
            "place parc église gare mairie bureau marché pont école université usine hôpital tribunal rue "
            "siège préfecture"
        ),
    ),
    (
        "sa sa_harap_ng sa_tapat_ng sa_labas_ng",
        "ating aming",
        ("plasa parke simbahan istasyon opisina munisipyo palengke tulay paaralan kanto plaza park mall"),
    ),
)
_UPPER = r"\p{Lu}[\p{L}'’-]+"
_AT = _any("at outside near in_front_of frente_a frente_al afuera_de afuera_del")
_PLACE = regex.compile(
    "|".join(rf"\b{_any(at)}\s+(?:{_any(the)}\s+)?{_BETWEEN}{_any(place)}\b" for at, the, place in _PLACES)
    + rf"|\b{_AT}\s+(?:{_any('the la el')}\s+)?{_UPPER}"
    + rf"|\b(?i:en)\s+(?:{_any('el la los las')}\s+{_UPPER}|{_UPPER}\s+{_UPPER})"
)


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where street addresses stand."""
    return (one.span() for one in _ADDRESS.finditer(text))


def meetings(text: str) -> Iterator[tuple[int, int]]:
    """Where sentences stand that tell an exact time and a place."""
    for sentence in _SENTENCE.finditer(text):
        if _TIME.search(sentence[0]) and _PLACE.search(sentence[0]):
            yield sentence.span()
