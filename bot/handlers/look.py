"""What in a text could endanger somebody once it has crossed: a look before that, by rules and a library.

Rules:
- It is pure: text in, findings out; nothing is looked up anywhere.
- Each piece of the text is reported once, as the first of the kinds in `_LOOKS` that finds it.
- It asks rather than forbids, so a finding has to be likely: numbers count where their form, their check
  digits or a word beside them tell what they are; a time counts with a place in the same sentence.
- It misses things. The help says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import phonenumbers
import regex

from bot.domain.text import Listing, Text, t
from bot.handlers import papers, whereabouts

_TRIES = 400  # numbers that are not valid after which the library gives up
_SHOWN, _LONGEST = 3, 60  # findings of a kind in one sentence, characters of each


class Kind(StrEnum):
    """What was found."""

    COORDINATES = "coordinates"
    EMAIL = "email"
    ACCOUNT = "account"
    IDENTITY = "identity"
    PHONE = "phone"
    ADDRESS = "address"
    MEETING = "meeting"


@dataclass(frozen=True, slots=True)
class Found:
    """One finding, and where it stands in the text."""

    kind: Kind
    text: str
    begin: int
    end: int


Spans: TypeAlias = Iterator[tuple[int, int]]

_LINK = regex.compile(r"(?i)\bhttps?://\S+")
_EMAIL = regex.compile(
    r"(?i)(?<![\w@.])[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,5}"
    r"|\b[\p{L}\p{N}._-]{2,64}\s?[\[(](?:at|arroba)[\])]\s?[\p{L}\p{N}-]{2,63}"
)
_ACCOUNT = regex.compile(
    r"(?i)(?<![\w@.])@[\w.=/+-]{1,64}:[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63})+"
    r"|(?<![\w@./])@(?!(?:room|all|everyone|here|channel)\b)\p{L}[\w.]{2,30}\b"
    r"|(?:https?://)?(?:www\.|m\.)?(?<![\w.])(?:facebook\.com|fb\.com|instagram\.com|twitter\.com|x\.com"
    r"|tiktok\.com|t\.me|telegram\.me|wa\.me|signal\.me|vk\.com|linkedin\.com/in|matrix\.to/#)"
    r"/[@\w.+%#-]{2,60}"
)
_COORDINATES = regex.compile(
    r"(?<![\w.])[-+]?(?P<lat>\d{1,2}\.\d{3,9})°?\s?[NS]?\s?[,;/ ]\s?[-+]?(?P<lon>\d{1,3}\.\d{3,9})(?![\w.])"
    r"|\d{1,3}\s?°\s?\d{1,2}(?:[.,]\d{1,5})?\s?['′’](?:\s?\d{1,2}(?:[.,]\d{1,4})?\s?(?:[\"″”]|''))?\s?[NSEWO]\b"
    r"|\bgeo:-?\d[\d.,-]{3,40}"
    r"|(?<!\w)[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3}(?!\w)"
    r"|(?<![\w.])(?i:(?:https?://)?(?:\w{1,20}\.)?(?:maps\.google\.\w+|google\.[\w.]{2,6}/maps|goo\.gl/maps"
    r"|maps\.app\.goo\.gl|openstreetmap\.org|osm\.org|osmand\.net|waze\.com|maps\.apple\.com|what3words\.com|w3w\.co)/\S{2,200})"
    r"|(?<![\w/])///\p{L}{2,20}\.\p{L}{2,20}\.\p{L}{2,20}"
)


def look(text: str, regions: Sequence[str]) -> list[Found]:
    """What is found in the text, in its order. `regions`: the countries of whoever writes and reads it."""
    found: list[Found] = []
    rest = text
    for kind, finds in _LOOKS:
        for begin, end in finds(rest, regions):
            if any(one.begin < end and begin < one.end for one in found):
                continue
            found.append(Found(kind, text[begin:end].strip(), begin, end))
        if kind is Kind.ACCOUNT:  # what stands in other links is not read as a number
            rest = _LINK.sub(lambda link: " " * len(link[0]), rest)
    return sorted(found, key=lambda one: one.begin)


def _coordinates(text: str, regions: Sequence[str]) -> Spans:
    for one in _COORDINATES.finditer(text):
        if one["lat"] is None or (float(one["lat"]) <= 90 and float(one["lon"]) <= 180):
            yield one.span()


def _all(pattern: regex.Pattern[str]) -> Callable[[str, Sequence[str]], Spans]:
    return lambda text, regions: (one.span() for one in pattern.finditer(text))


def _phones(text: str, regions: Sequence[str]) -> Spans:
    for region in regions or (None,):
        matcher = phonenumbers.PhoneNumberMatcher(
            text, region, leniency=phonenumbers.Leniency.VALID, max_tries=_TRIES
        )
        for one in matcher:
            yield one.start, one.end


_LOOKS: tuple[tuple[Kind, Callable[[str, Sequence[str]], Spans]], ...] = (
    (Kind.COORDINATES, _coordinates),
    (Kind.EMAIL, _all(_EMAIL)),
    (Kind.ACCOUNT, _all(_ACCOUNT)),
    (Kind.IDENTITY, lambda text, regions: papers.find(text)),
    (Kind.PHONE, _phones),
    (Kind.ADDRESS, lambda text, regions: whereabouts.addresses(text)),
    (Kind.MEETING, lambda text, regions: whereabouts.meetings(text)),
)


def sentences(found: Iterable[Found]) -> list[Text]:
    """What its author is told, one sentence for each kind."""
    by_kind: dict[Kind, list[str]] = {}
    for one in found:
        known = by_kind.setdefault(one.kind, [])
        if one.text not in known:
            known.append(one.text)
    return [_sentence(kind, [_short(text) for text in texts[:_SHOWN]]) for kind, texts in by_kind.items()]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[:_LONGEST].rstrip() + " …"


def _sentence(kind: Kind, texts: list[str]) -> Text:
    shown = Listing(tuple(texts))
    match kind:
        case Kind.COORDINATES:
            return t("There is an exact position in it: {found}", found=shown)
        case Kind.EMAIL:
            return t("There is an e-mail address in it: {found}", found=shown)
        case Kind.ACCOUNT:
            return t("There is the name of an account in it: {found}", found=shown)
        case Kind.IDENTITY:
            return t("There is what looks like the number of a paper or a card in it: {found}", found=shown)
        case Kind.PHONE:
            return t("There is a telephone number in it: {found}", found=shown)
        case Kind.ADDRESS:
            return t("There is a street address in it: {found}", found=shown)
        case Kind.MEETING:
            return t("It tells an exact time and a place: {found}", found=shown)


def looked_for() -> Text:
    """What the look is for, for the help."""
    return t(
        "Before it crosses I look for telephone numbers, e-mail and street addresses, names of accounts, "
        "numbers of papers and cards, positions, exact times with places, and words that a twin asks to "
        "avoid. What holds some goes once you say “yes”. I do not find everything."
    )
