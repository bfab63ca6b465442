"""Do amounts cross with their currency, their unit, "million" and their sign?

A number is looked at with what stands beside it in both texts. A word that is in no list here says nothing:
a unit counts as changed only if another known one stands there instead, or if a sign ("%", "$") was lost.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

import regex

_SIGNS = {
    "%": "percent",
    "$": "dollar peso",
    "€": "euro",
    "£": "pound",
    "¥": "yen yuan",
    "₱": "peso",
    "₹": "rupee",
    "₽": "ruble",
    "₺": "lira",
    "₴": "hryvnia",
    "₩": "won",
    "R$": "real",
}
_CODES = {
    "USD": "dollar", "CAD": "dollar", "AUD": "dollar", "EUR": "euro", "GBP": "pound", "PHP": "peso",
    "MXN": "peso", "ARS": "peso", "COP": "peso", "CLP": "peso", "INR": "rupee", "PKR": "rupee",
    "RUB": "ruble", "TRY": "lira", "UAH": "hryvnia", "PLN": "zloty", "BRL": "real", "CNY": "yuan",
    "JPY": "yen", "KRW": "won", "Rp": "rupiah", "IDR": "rupiah", "MYR": "ringgit", "RM": "ringgit",
}  # fmt: skip
_UNITS = {
    "percent": r"percent|per\s?cent|por\s?ciento|por\s?cento|per\s?cento|pour\s?cent|prozent|procent\w*"
    r"|prosent|porsyento|la\s?sută|процент\w*|відсот\w*|persen|peratus",
    "dollar": r"dollar\w*|d[óoò]lar\w*|dólares|dolyar|доллар\w*|долар\w*|dollari",
    "euro": r"euros?|євро|евро",
    "pound": r"pounds?|libras?|livres?|pfund|sterlin\w*|фунт\w*|funt\w*|lliur\w*|pond",
    "peso": r"pesos?|piso|песо",
    "rupee": r"rupees?|rupias?|roupies?|rupie\w*|rupi",
    "ruble": r"rubles?|rublos?|roubles?|rubel\w*|рубл\w*",
    "zloty": r"z[łl]ot\w*",
    "hryvnia": r"hryvnias?|гривень|гривн\w*",
    "km": r"km|kilom\w*|kilòm\w*|kilóm\w*|quilóm\w*|chilom\w*|километр\w*|кілометр\w*",
    "mile": r"miles?|millas?|milhas?|milles?|meilen?|mijl\w*|миль|мил[иь]",
    "kg": r"kg|kilos?|kilogram\w*|quilos?|chil[oi]|килограмм\w*|кілограм\w*",
    "second": r"seconds?|segundos?|segons?|secondes?|sekund\w*|second[oi]|seconden|секунд\w*",
    "minute": r"min|minut\w*|минут\w*|хвилин\w*|menit|minit",
    "hour": r"hours?|hrs?|hor[ae]s?|heures?|or[ae]|stunden?|uur|uren|oras|godzin\w*|timer?|timm\w*|час\w*"
    r"|годин\w*|jam",
    "day": r"days?|d[íi]a[s]?|dies|jours?|tage?n?|giorn[oi]|dag|dager?|dagen|dagar|araw|dni|dzień|zile|zi"
    r"|день|дня|дней|дні|днів|hari",
    "week": r"weeks?|semanas?|setman\w*|semaines?|wochen?|settiman[ae]|weken|week|uker?|uger?|veck\w*|linggo"
    r"|tygod\w*|săptămân\w*|недел\w*|тиж\w*|minggu",
    "month": r"months?|mes|meses|mesos|mois|monate?n?|mes[ei]|maand\w*|måned\w*|månad\w*|buwan|miesi\w*"
    r"|lun[iă]|месяц\w*|місяц\w*|bulan",
    "year": r"years?|años?|anys?|ans?|années?|jahre?n?|ann[oi]|jaar|jaren|år|taon|lata?|rok\w*|ani|anos?"
    r"|год\w*|лет|рок\w*|рік|tahun",
}  # fmt: skip
_MULTIPLIERS = {
    "thousand": r"thousand|mil|mila|mille|tausend|duizend|tusen|tusind|libo|libong|tysi\w*|mii|ribu"
    r"|тысяч\w*|тисяч\w*",
    "million": r"million\w*|millón|millones|milió|milions?|milion\w*|milhão|milhões|milioane|miljoen\w*"
    r"|miljon\w*|milyon\w*|juta|миллион\w*|мільйон\w*",
    "milliard": r"mil(?:e|a)?\s+(?:millones|milions|milhões)|milliard\w*|miliard\w*|miljard\w*|bilhões|bilhão"
    r"|bilyon\w*|миллиард\w*|мільярд\w*",
    "billion": r"billón|billones|bilió|bilions?|billion\w*|bilione?|bilioni|biljoen|biljon\w*|bilião|biliões"
    r"|trillion\w*|triliun|триллион\w*|трильйон\w*",
}
_ENGLISH = {**_MULTIPLIERS, "milliard": r"billion\w*|thousand million", "billion": r"trillion\w*"}
"""A billion has nine zeros in English alone."""
LANGUAGES = frozenset(
    "ca da de en es fil fr gl id it ms nb nl pl pt ro ru sv uk".split()  # noqa: SIM905 - a list of codes
)


_DIGIT = regex.compile(r"\p{Nd}")


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number, and what stands beside it."""

    digits: str
    minus: bool
    times: str
    units: frozenset[str]
    signed: bool  # by "%", "$" or a code, not by a word


def differ(source: str, target: str, languages: tuple[str, str]) -> bool:
    """True if a number has another unit, another currency, another "million" or another sign."""
    if _DIGIT.search(source) is None or _DIGIT.search(target) is None:
        return False
    known = LANGUAGES.issuperset(language.partition("_")[0] for language in languages)
    theirs = _amounts(target, languages[1])
    for one in _amounts(source, languages[0]):
        same = [other for other in theirs if other.digits == one.digits]
        if same and not any(_agree(one, other, known=known) for other in same):
            return True
    return False


def _agree(one: _Amount, other: _Amount, *, known: bool) -> bool:
    if one.minus != other.minus or (known and one.times != other.times):
        return False
    if one.units and other.units:
        return bool(one.units & other.units)
    return not (known and ((one.signed and not other.units) or (other.signed and not one.units)))


def _amounts(text: str, language: str) -> list[_Amount]:
    out = []
    for found in _pattern(language.partition("_")[0] == "en").finditer(text):
        digits = "".join(str(unicodedata.digit(c)) for c in found["digits"] if c.isdigit())
        sign = found["sign"] or found["behind"] or ""
        units = (
            _SIGNS.get(sign) or _SIGNS.get(sign[-1:]) or _CODES.get(sign) or _CODES.get(sign.upper()) or ""
        )
        word = next((kind for kind in _UNITS if found[kind]), "") if not units else ""
        times = next((kind for kind in _MULTIPLIERS if found[kind]), "")
        minus = bool(found["minus"] or found["less"])
        out.append(_Amount(digits, minus, times, frozenset((units or word).split()), signed=bool(units)))
    return out


@cache
def _pattern(english: bool) -> regex.Pattern[str]:
    codes = "|".join(_CODES)
    kinds = _ENGLISH if english else _MULTIPLIERS
    order = ("milliard", "billion", "million", "thousand")
    times = "|".join(rf"(?P<{kind}>{kinds[kind]})" for kind in order)
    units = "|".join(rf"(?P<{kind}>{forms})" for kind, forms in _UNITS.items())
    return regex.compile(
        rf"(?<![\p{{L}}\p{{Nd}}_:/.,])(?:(?P<less>minus|menos|menys|moins|meno|мінус|минус)\s)?"
        rf"(?P<minus>[-−])?(?:(?P<sign>(?:R|US|MX|A|C)?\p{{Sc}}|(?-i:{codes}))\s?)?(?P<minus>[-−])?"
        r"(?P<digits>\p{Nd}++(?:[.,'’\u00A0\u202F]\p{Nd}++){0,12}+)(?![\p{Nd}:/])"
        rf"(?:[\s\u00A0-]?(?:{times})\b)?"
        rf"(?:[\s\u00A0]?(?P<behind>%|\p{{Sc}}|(?-i:{codes})\b)"
        rf"|[\s\u00A0-]?(?:(?:de|d['’]|of|na|di)\s?)?(?:{units})\b)?",
        regex.IGNORECASE,
    )
