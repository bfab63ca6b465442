"""The glossary in one sentence: what is kept, and which agreed terms it holds."""

from __future__ import annotations

from functools import lru_cache

import regex

from bot.domain.glossary import NO_GLOSSARY, Glossary
from bot.mt.manner import capital
from bot.mt.spans import Span

_BLANKLESS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}]")


class Agreed:
    """A glossary, ready to be looked for in sentences. With `later` for the hops after the first.

    After the first hop the agreed terms are in the sentence already, and are kept like names.
    """

    def __init__(self, glossary: Glossary, *, later: bool = False) -> None:
        own = [*glossary.keep, *(target for _, target in glossary.terms)] if later else glossary.keep
        self._keep = _pattern(tuple(own))
        terms = () if later else glossary.terms
        self._terms = _pattern(tuple(source for source, _ in terms))
        self._targets = {_folded(source): target for source, target in terms}

    @classmethod
    def nothing(cls) -> Agreed:
        """Nobody agreed on anything."""
        return _NOTHING

    def kept(self, text: str) -> list[Span]:
        """The words that are never translated."""
        return [] if self._keep is None else [Span(*one.span(), "keep") for one in self._keep.finditer(text)]

    def terms(self, text: str) -> list[Span]:
        """The agreed terms, each with what stands for it in the translation."""
        if self._terms is None:
            return []
        found = []
        for one in self._terms.finditer(text):
            target = self._targets[_folded(one.group())]
            if one.group()[:1].isupper() and not one.group().isupper():
                target = capital(target)
            found.append(Span(*one.span(), "term", shown=target))
        return found

    def missing(self, text: str, translation: str) -> bool:
        """Whether an agreed term of the text is not in its translation."""
        if self._terms is None:
            return False
        said = _folded(translation)
        return any(_folded(span.shown) not in said for span in self.terms(text))


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> regex.Pattern[str] | None:
    """Finds the words, the longest first, in any case; whole ones where the script has blanks."""
    forms = [_form(word) for word in sorted(set(words), key=len, reverse=True) if word.strip()]
    return regex.compile("|".join(forms), regex.IGNORECASE) if forms else None


def _form(word: str) -> str:
    form = r"\s+".join(regex.escape(part) for part in word.split())
    if _BLANKLESS.search(word):
        return form
    return rf"(?<![\p{{L}}\p{{M}}\p{{N}}_]){form}(?![\p{{L}}\p{{M}}\p{{N}}_])"


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


_NOTHING = Agreed(NO_GLOSSARY)
