"""Does a "not" cross? By lists of words, for the languages that have one here.

A sentence denies when it holds a word of the first list. It may deny when it holds one of the second, or of
the first: a negation counts as lost only if the translation holds neither; or, of several ("do not come and
do not call"), fewer than in a language that denies each thing once.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*['’]?")


@dataclass(frozen=True, slots=True)
class _Words:
    sure: frozenset[str]
    perhaps: frozenset[str]
    harmless: regex.Pattern[str] | None = None


def _words(sure: str, perhaps: str = "", harmless: str = "") -> _Words:
    return _Words(
        frozenset(sure.split()),
        frozenset(f"{sure} {perhaps}".split()),
        regex.compile(harmless, regex.IGNORECASE) if harmless else None,
    )


_LISTS = {
    "ca": _words("no ningú tampoc sense ni", "mai res cap gens impossible manca"),
    "da": _words("ikke aldrig ingen intet ingenting uden hverken", "næppe umuligt mangler nej"),
    "de": _words(
        "nicht kein keine keinen keinem keiner keines nie niemals niemand niemanden niemandem nichts ohne"
        " weder nirgends nirgendwo",
        "kaum unmöglich nein fehlt",
    ),
    "en": _words(
        "not no never nobody nothing none neither nor nowhere cannot without dont cant wont",
        "hardly scarcely unless unable impossible refuse refuses refused fail fails failed lack lacks denied"
        " stop stopped avoid except instead",
        r"\bno\.?\s*\d|\bno (?:doubt|matter|problem)\b|\bwhether or not\b|\bcan['’]t wait\b"
        r"|\bnot to mention\b",
    ),
    "es": _words(
        "no nunca jamás nadie nada ningún ninguno ninguna ningunos ningunas tampoco ni sin",
        "apenas imposible falta faltan dejar dejó dejaron excepto salvo evitar negó",
        r"\bsin (?:embargo|duda)\b|,\s*¿no\?|\bno obstante\b|\bde nada\b|\bnada más\b|\bni que\b",
    ),
    "fil": _words("hindi di wala walang huwag ayaw hinding hindî", "bawal imposible kundi"),
    "fr": _words(
        "ne pas jamais rien aucun aucune sans ni nulle",
        "non personne plus guère impossible sauf manque",
        r"\bsans doute\b|\bpas à pas\b|\bn['’]est-ce pas\b",
    ),
    "gl": _words("non nunca xamais ninguén nada ningún ningunha tampouco nin sen", "apenas imposible falta"),
    "id": _words("tidak tak bukan jangan belum tanpa tiada", "mustahil gagal kecuali"),
    "it": _words(
        "non nessuno nessuna nessun niente nulla né neanche nemmeno senza",
        "no mai impossibile tranne manca",
        r"\bnon (?:solo|vedo l['’]ora)\b",
    ),
    "ms": _words("tidak tak bukan jangan belum tanpa tiada", "mustahil gagal kecuali"),
    "nb": _words("ikke ikkje aldri ingen intet ingenting uten verken", "neppe umulig mangler nei"),
    "nl": _words("niet geen nooit niemand niets zonder noch nergens", "nauwelijks onmogelijk nee behalve"),
    "pl": _words("nie nigdy nikt nikogo nic niczego żaden żadna żadne żadnych bez ani", "brak niemożliwe"),
    "pt": _words(
        "não nunca ninguém nenhum nenhuma nem sem tampouco",
        "nada jamais mal impossível falta exceto",
        r",\s*não(?: é)?\?|\bsem dúvida\b|\bde nada\b",
    ),
    "ro": _words("nu niciodată nimeni nimic fără nici niciun nicio", "imposibil lipsește decât"),
    "ru": _words("не нет никогда никто никого ничего ничто без ни нельзя", "невозможно кроме едва"),
    "sv": _words("inte ej aldrig ingen inget inga ingenting icke varken", "utan knappast omöjligt nej"),
    "uk": _words("не ні немає ніколи ніхто нікого нічого без жоден жодна жодного", "неможливо крім"),
}
_LISTS["pt_BR"] = _LISTS["pt"]

_ONCE = frozenset({"en", "de", "nl", "da", "nb", "sv", "id", "ms"})
"""Languages in which two such words deny two things; in others "no … nadie" is one."""

LANGUAGES = tuple(sorted(_LISTS))
"""The languages in which a lost "not" is looked for."""


def differs(source: str, target: str, languages: tuple[str, str]) -> bool:
    """True if one of the two denies and the other does not even look like it."""
    ours, theirs = (_LISTS.get(language) for language in languages)
    if ours is None or theirs is None:
        return False
    said, shown = _forms(source, ours), _forms(target, theirs)
    if (_count(said, ours.sure) and not _count(shown, theirs.perhaps)) or (
        _count(shown, theirs.sure) and not _count(said, ours.perhaps)
    ):
        return True
    return (languages[0] in _ONCE and 1 < _count(said, ours.sure) > _count(shown, theirs.perhaps)) or (
        languages[1] in _ONCE and 1 < _count(shown, theirs.sure) > _count(said, ours.perhaps)
    )


def _count(said: list[set[str]], wanted: frozenset[str]) -> int:
    """How many of the words are wanted."""
    return sum(not wanted.isdisjoint(forms) for forms in said)


def _forms(text: str, words: _Words) -> list[set[str]]:
    """The words of a text, each with all that it may be looked for as."""
    if words.harmless is not None:
        text = words.harmless.sub(" ", text)
    out = []
    for word in _WORD.findall(text.casefold().replace("’", "'")):
        forms = {word, *word.split("'")}
        if word.endswith("n't"):
            forms.add("not")
        if "n" in forms:  # French and Catalan before a vowel
            forms.add("ne")
        out.append(forms)
    return out
