"""Which language a text is in, among few; rather no answer than a wrong one."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cache, lru_cache

import regex
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier
from py3langid.modelio import load_model

from bot.domain.languages import TONGUES, tongue
from bot.mt.spans import without_spans

SURE = 0.9
"""The least probability of an answer, among the languages in question."""
FEWEST_LETTERS = 4

_LETTERS = regex.compile(r"\p{L}")
_CODES = {"fil": "tl", "nb": "no", "zh_Hant": "zh", "pt_BR": "pt"}


def detect(text: str, among: Sequence[str]) -> str | None:
    """The catalog language of `among` that the text is written in, or None if that is not clear.

    Two that the library cannot tell apart (pt and pt_BR) are never told apart. Links, mentions, numbers
    and the like do not count.
    """
    words = without_spans(text)
    if len(_LETTERS.findall(words)) < FEWEST_LETTERS:
        return None
    found, probability = likeliest(words, among)
    return found if probability >= SURE else None


def likeliest(text: str, among: Sequence[str]) -> tuple[str | None, float]:
    """The likeliest of the languages, and how sure that is (0 to 1)."""
    identifier, codes = _among(tuple(among))
    if identifier is None:
        return None, 0.0
    name, probability = identifier.classify(text)
    return codes[name], float(probability)


@lru_cache(maxsize=200)
def _among(codes: tuple[str, ...]) -> tuple[LanguageIdentifier | None, dict[str, str]]:
    """What tells these languages apart, and which name of its own stands for which; None if nothing can."""
    known = {name: code for code in codes if (name := _name(code)) is not None}
    if len(known) < 2 or len(known) != len(set(codes)):
        return None, {}
    limited = copy.copy(_whole())
    limited.set_languages(frozenset(known))
    return limited, known


def _name(code: str) -> str | None:
    """The library's code for a catalog language, if it knows the language."""
    try:
        name = _CODES.get(code, tongue(code).tag)
    except KeyError:
        return None
    return name if name in _whole().labels else None


def load() -> None:
    """Load what tells languages apart now. It takes most memory while it is being loaded."""
    _whole()


@cache
def _whole() -> LanguageIdentifier:
    """The library's model, of which only our languages are kept: the others would cost 20 MB."""
    weights, bias, classes, moves, rows, outputs = load_model(MODEL_DIR / MODEL_FILE)
    ours = {_CODES.get(one.code, one.tag) for one in TONGUES}
    kept = [number for number, name in enumerate(classes) if name in ours]
    return LanguageIdentifier(
        weights[:, kept],
        bias[kept],
        [classes[number] for number in kept],
        moves,
        outputs,
        norm_probs=True,
        tk_row=rows,
    )


_OFTEN = ("en", "es", "fr", "pt", "de", "it", "ca", "nl", "id", "fil", "tr", "pl", "ru", "ar", "zh", "hi")
"""What a translation that went astray most often is in."""
_LONG_ENOUGH = 24


def foreign(text: str, languages: tuple[str, str]) -> bool:
    """True if a translation surely is in another language than the second of these, or in another script."""
    source, target = languages
    words = without_spans(text).strip()
    if not source or not target:
        return False
    letters = len(_LETTERS.findall(words))
    scripts = _SCRIPTS.get(target, _LATIN)
    if letters >= FEWEST_LETTERS and len(scripts.findall(words)) < 0.5 * letters:
        return True
    if letters < _LONG_ENOUGH:
        return False
    found, probability = likeliest(words, _candidates(source, target))
    return found not in (None, target) and probability >= SURE


@lru_cache(maxsize=200)
def _candidates(source: str, target: str) -> tuple[str, ...]:
    own = {code.partition("_")[0] for code in (source, target)}
    return (target, source, *(code for code in _OFTEN if code not in own))


_LATIN = regex.compile(r"\p{Latin}")
_SCRIPTS = {
    **dict.fromkeys(("ru", "uk", "bg", "ky"), regex.compile(r"\p{Cyrillic}")),
    **dict.fromkeys(("ar", "fa", "ur"), regex.compile(r"\p{Arabic}")),
    **dict.fromkeys(("zh", "zh_Hant"), regex.compile(r"\p{Han}")),
    "ja": regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]"),
    "ko": regex.compile(r"[\p{Hangul}\p{Han}]"),
    "el": regex.compile(r"\p{Greek}"),
    "he": regex.compile(r"\p{Hebrew}"),
    "hi": regex.compile(r"\p{Devanagari}"),
    "bn": regex.compile(r"\p{Bengali}"),
    "th": regex.compile(r"\p{Thai}"),
}
