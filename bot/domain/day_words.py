"""Words for parts of the day and for days beside today, in the languages in which a lost "not" is looked for.

Rules:
- A word may mean several things (Spanish "mañana": morning or tomorrow); it crosses if one of them is there.
- Of some words it is not sure that they mean this ("tarde": afternoon, or late): they are never missed, and
  answer for others.
- "am" and "pm" count behind a number, in every language in which they are no words of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Part(StrEnum):
    """What such a word may mean."""

    MORNING = "M"
    LATE = "L"  # afternoon, evening, night
    NOON = "N"
    MIDNIGHT = "X"
    TODAY = "D"
    TOMORROW = "T"
    YESTERDAY = "Y"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word that was found may mean; `sure` if it has to cross."""

    parts: frozenset[Part]
    sure: bool = True


_WORDS = {
    "ca": (
        "M matí matins matinada alba|L vespre vespres nit nits|L? tarda tardes tard mitjanit migdia anit"
        "|N migdia|X mitjanit mitja_nit|D avui|D? ara aquest aquesta|T demà|Y ahir|Y? anit"
    ),
    "da": (
        "MT morgen|M formiddag\\w*|L eftermiddag\\w* aften\\w* nat natten|N? middag\\w*|L? middag\\w* midnat"
        "|X midnat|D i_dag|D? i_aften i_nat nu|Y i_går|Y? aftes|M? tidlig\\w* morgen\\w*"
    ),
    "de": (
        "MT morgen|M vormittag\\w* morgens|L nachmittag\\w* abend\\w* nachts? nächte|N mittag mittags"
        "|L? mittag\\w* mitternacht\\w*|X mitternacht\\w*|D heute|D? heutige\\w* jetzt|T? übermorgen"
        "|Y gestern|Y? vorgestern|M? früh\\w* morgen\\w* vorabend"
    ),
    "en": (
        "M mornings? dawn|L afternoons? evenings? nights? tonight|L? late midnight noon overnight dusk"
        "|M? early sunrise small_hours overnight|N noon midday|X midnight|D today|D? tonight nowadays now"
        " this these|T tomorrow|Y yesterday|Y? last_night day_before other_day"
    ),
    "es": (
        "MT mañana|M mañanas madrugada amanecer|L noche noches anoche|L? tarde tardes velada atardecer"
        " merienda mediodía medianoche|M? temprano del_día matutin\\w*|N mediodía|N? medio_día 12_del_día"
        " doce_del_día|X medianoche|X? media_noche 12_de_la_noche doce_de_la_noche|D hoy"
        "|D? esta este actualmente ahora|Y ayer|Y? anoche anteayer antier víspera día_anterior"
    ),
    "fil": (
        "M umaga umagang|L hapon gabi gabing hapong|L? mamaya tanghali hatinggabi|N tanghali tanghaling"
        "|X hatinggabi|D? ngayon ngayong|T? bukas kinabukasan|Y kahapon|Y? kagabi"
    ),
    "fr": (
        "M matins? matinée|L soirs? soirée nuits? après-midi après_midi|L? minuit midi tard|M? aube tôt"
        "|N (?<!après.)midi|X minuit|D aujourd'hui|D? ce cette maintenant|T demain|T? après-demain lendemain"
        "|Y hier|Y? avant-hier veille"
    ),
    "gl": (
        "MT mañá|M madrugada|L noite noites|L? tarde tardes onte|N mediodía|X medianoite|D hoxe|D? este esta"
        "|Y onte|Y? antonte|L? medianoite mediodía"
    ),
    "id": (
        "M pagi|L sore malam|L? siang petang nanti|N tengah_hari|N? siang|X tengah_malam|D hari_ini"
        "|D? sekarang ini|T besok|T? esok lusa|Y kemarin|Y? semalam tadi"
    ),
    "it": (
        "M mattina mattine mattino mattinata stamattina|L pomeriggio pomeriggi sera sere serata notte notti"
        " stasera stanotte|L? mezzanotte mezzogiorno tardi|M? alba presto|N mezzogiorno|X mezzanotte|D oggi"
        "|D? stasera stanotte stamattina questa questo adesso|T domani|T? dopodomani|Y ieri"
    ),
    "ms": (
        "M pagi|L malam petang|L? tengah_hari nanti|N tengah_hari|X tengah_malam|D hari_ini|D? sekarang ini"
        "|T esok|T? besok lusa|Y? semalam kelmarin"
    ),
    "nb": (
        "MT morgen|M formiddag\\w*|L ettermiddag\\w* kveld\\w* natt natten|L? midnatt middag\\w*|X midnatt"
        "|N? middag\\w*|D i_dag|D? nå i_kveld i_natt|Y i_går|M? tidlig\\w* morgen\\w*"
    ),
    "nl": (
        "MT morgen|M ochtend\\w* voormiddag\\w*|L avonds? avonden namiddag\\w* nachts? vanavond vannacht"
        "|L? middag\\w* middernacht|N? middag\\w*|X middernacht|D vandaag|D? vanavond vannacht nu deze"
        "|T? overmorgen|Y gisteren|Y? eergisteren|M? vroeg morgens"
    ),
    "pl": (
        "M rano ranek ranem rankiem ranka|L wieczór wieczor\\w* noc nocy nocą popołudni\\w* po_południu"
        "|L? północ\\w* południe|M? świt\\w*|N? połud\\w*|X? północ\\w*|D dziś dzisiaj|D? teraz"
        "|T jutro|T? jutr\\w* pojutrze|Y wczoraj|Y? przedwczoraj"
    ),
    "pt": (
        "M manhã manhãs madrugada|L noite noites|L? tarde tardes meio-dia meia-noite serão"
        "|N meio-dia meio_dia|X meia-noite meia_noite|D hoje|D? esta este agora|T amanhã|Y ontem|Y? anteontem"
    ),
    "ro": (
        "M diminea\\w*|L seară seara serii noapte noaptea nopți\\w* după-amia\\w* după_amia\\w*"
        "|L? amia\\w* prânz\\w* miezul_nopții|N? amia\\w* prânz\\w*|X? miezul_nopții|D azi astăzi"
        "|D? acum această|T mâine|T? poimâine|Y ieri|Y? alaltăieri aseară"
    ),
    "ru": (
        "M утро утра утром утру|L вечер\\w* ночь ночи ночью|L? дня днём днем полночь полудня|N полдень"
        "|N? полудн\\w*|X полночь|X? полуночи|D сегодня|D? сейчас|T завтра|T? послезавтра"
        "|Y вчера|Y? позавчера"
    ),
    "sv": (
        "M morgon morgonen förmiddag\\w*|L eftermiddag\\w* kväll\\w* natt natten|L? midnatt middag\\w*"
        "|X midnatt|N? middag\\w*|D i_dag idag|D? nu ikväll inatt|T i_morgon imorgon|Y i_går igår"
    ),
    "uk": (
        "M ранок ранку ранком вранці|L вечір вечор\\w* ніч ночі|L? дня полудень опівночі північ"
        "|N? полудень опівдні|X? опівночі північ|D сьогодні|D? зараз|T завтра|T? післязавтра"
        "|Y вчора учора|Y? позавчора"
    ),
}
"""Language → rows of what words may mean, and the words; a question mark for words that are not sure."""
_GREETINGS = {
    "ca": "bon dia|bona tarda|bon vespre|bona nit|avui (?:en )?dia",
    "da": "god ?(?:morgen|formiddag|eftermiddag|aften|nat)",
    "de": "guten (?:morgen|abend|tag)|gute nacht|heutzutage",
    "en": "good (?:morning|afternoon|evening|night)",
    "es": "buenos días|buenas (?:tardes|noches)|hoy (?:en )?día",
    "fil": "magandang (?:umaga|tanghali|hapon|gabi)",
    "fr": "bonne (?:nuit|soirée|après-midi)",
    "gl": "bos días|boas (?:tardes|noites)",
    "id": "selamat (?:pagi|siang|sore|malam)",
    "it": "buona (?:sera|notte|serata)|buon pomeriggio",
    "ms": "selamat (?:pagi|petang|malam|tengah hari)",
    "nb": "god (?:morgen|formiddag|ettermiddag|kveld|natt)",
    "nl": "goede(?:n|)? ?(?:morgen|middag|avond|nacht)",
    "pt": "bom dia|boa (?:tarde|noite)|hoje em dia",
    "ro": "bună (?:dimineața|seara|ziua)|noapte bună",
    "ru": "доброе утро|добрый (?:день|вечер)|(?:спокойной|доброй) ночи",
    "sv": "god ?(?:morgon|kväll|natt|middag|eftermiddag)",
}
_HALF = re.compile(r"(?<!\d)(?P<hour>\d{1,2})(?:[:.]\d\d)?\s?(?P<half>[ap])(?P<dot>\.?)\s?m\b", re.IGNORECASE)
_OTHER_WORDS = frozenset({"de", "ro"})
"""Languages in which "am" is a word, and counts only as "a.m."."""

LANGUAGES = frozenset(_WORDS)


def meanings(text: str, language: str) -> list[Meaning]:
    """What the words of a text say about parts of the day, and about days beside today."""
    language = language.partition("_")[0]
    table = _table(language)
    plain = text.casefold().replace("’", "'")
    found = halves(text, language)
    if table is None or table.some.search(plain) is None:
        return found
    plain = plain if table.greeting is None else table.greeting.sub(" ", plain)
    return [*found, *(meaning for pattern, meaning in table.rows if pattern.search(plain))]


def halves(text: str, language: str) -> list[Meaning]:
    """Those of "a.m." and "p.m."; at 12 it depends on who counts."""
    out: list[Meaning] = []
    if not any(map(str.isdigit, text)):
        return out
    for found in _HALF.finditer(text):
        if language.partition("_")[0] in _OTHER_WORDS and not found["dot"]:
            continue
        parts = {Part.MORNING} if found["half"] in "aA" else {Part.LATE}
        if int(found["hour"]) == 12:
            parts = {Part.MORNING, Part.MIDNIGHT, Part.LATE} if found["half"] in "aA" else {*parts, Part.NOON}
        out.append(Meaning(frozenset(parts)))
    return out


def late(text: str, language: str) -> bool:
    """Whether a text names the afternoon, the evening, or the night."""
    return any(Part.LATE in one.parts for one in meanings(text, language))


@dataclass(frozen=True, slots=True)
class _Table:
    """The words of a language: `some` finds any of them, `rows` those of one meaning."""

    some: re.Pattern[str]
    greeting: re.Pattern[str] | None
    rows: tuple[tuple[re.Pattern[str], Meaning], ...]


@cache
def _table(language: str) -> _Table | None:
    if language not in _WORDS:
        return None
    greeting = _GREETINGS.get(language)
    rows, every = [], []
    for row in _WORDS[language].split("|"):
        kind, *words = row.split()
        forms = "|".join(word.replace("_", r"\s") for word in words)
        every.append(forms)
        sure = not kind.endswith("?")
        rows.append((_whole(forms), Meaning(frozenset(map(Part, kind.rstrip("?"))), sure=sure)))
    return _Table(
        _whole("|".join(every)), re.compile(rf"\b(?:{greeting})\b") if greeting else None, tuple(rows)
    )


def _whole(forms: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{forms})(?![\w-])")
