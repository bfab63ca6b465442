"""Text + language → words. The only importer of gettext and babel.

The catalogs are `translations/XX.po`, English being the source text. They are compiled in memory at start, so
that the plural rule of each file's own header decides. A language without a catalog is answered in English.

Beside sentences a catalog holds words under a context: "command" for the words of commands, "option" for
the names of their options, "answer" for what counts as a yes or a no (several, with commas), "form" for how
quotations and times are put.
"""

from __future__ import annotations

import gettext
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_time, get_timezone_location
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.domain.languages import TONGUES, find
from bot.domain.text import Arg, CalendarName, Day, Language, Listing, Moment, Text, Words

SOURCE: Final = "en"

QUOTATION: Final = "“{words}”"
MOMENT: Final = "{date}, {time} ({place})"
FORMS: Final = (QUOTATION, MOMENT)
ANSWERS: Final = {
    "yes": "yes, y, yeah, yep, yup, sure, yes please, yes thanks, yes thank you, yes sure, yes of course, "
    "yes go ahead, yes send it, sure go ahead, of course",
    "no": "no, n, nope, nah, no thanks, no thank you, no please",
}
DATE_WORDS: Final = {
    "first": "first, 1st",
    "second": "second, 2nd",
    "third": "third, 3rd",
    "fourth": "fourth, 4th",
    "last": "last",
    "next": "next, this, coming, upcoming",
    "every": "every, each",
    "of": "of, the, on, in, a",
    "at": "at",
    "day": "day, daily, days, d",
    "week": "week, weekly, weeks, w",
    "fortnight": "fortnight, fortnightly, biweekly",
    "month": "month, monthly, months",
    "quarter": "quarter, quarterly, quarters",
    "year": "year, yearly, annually, years",
    "hour": "hour, hours, h, hr",
    "minute": "minute, minutes, min, m",
    "2": "two",
    "3": "three",
    "4": "four",
    "5": "five",
    "6": "six",
    "7": "seven",
    "8": "eight",
    "9": "nine",
    "10": "ten",
    "day after tomorrow": "day after tomorrow, the day after tomorrow",
}

# What each language calls itself; from Babel it would cost 40 MB of memory.
OWN_NAMES: Final = {
    "ar": "العربية", "az": "azərbaycan", "bg": "български", "bn": "বাংলা", "ca": "català", "cs": "čeština",
    "da": "dansk", "de": "Deutsch", "el": "Ελληνικά", "en": "English", "eo": "Esperanto", "es": "español",
    "et": "eesti", "eu": "euskara", "fa": "فارسی", "fi": "suomi", "fil": "Filipino", "fr": "français",
    "ga": "Gaeilge", "gl": "galego", "he": "עברית", "hi": "हिन्दी", "hu": "magyar", "id": "Indonesia",
    "it": "italiano", "ja": "日本語", "ko": "한국어", "ky": "кыргызча", "lt": "lietuvių", "lv": "latviešu",
    "ms": "Melayu", "nb": "norsk bokmål", "nl": "Nederlands", "pl": "polski", "pt": "português",
    "pt_BR": "português (Brasil)", "ro": "română", "ru": "русский", "sk": "slovenčina", "sl": "slovenščina",
    "sq": "shqip", "sv": "svenska", "th": "ไทย", "tr": "Türkçe", "uk": "українська", "ur": "اردو",
    "zh": "中文", "zh_Hant": "中文 (繁體)",
}  # fmt: skip

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_HERE = Path(__file__).parent


def folder() -> Path:
    """Where the catalogs are: beside this file when installed, at the top of the repository otherwise."""
    installed = _HERE / "translations"
    return installed if installed.is_dir() else _HERE.parent / "translations"


def fold(typed: str) -> str:
    """Typed words made comparable: case, accents, outer punctuation and extra blanks do not matter."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", typed.casefold()) if not unicodedata.combining(c))
    words = " ".join(bare.split())
    begin = next((at for at, c in enumerate(words) if c.isalnum()), len(words))
    end = next((at for at in range(len(words), begin, -1) if words[at - 1].isalnum()), begin)
    return words[begin:end]


def territory_of(zone: str) -> str | None:
    """The country ("PH") of an IANA time zone, if it has one."""
    found = get_global("zone_territories").get(zone)
    return str(found) if found is not None and found != "001" else None


def compiled(path: Path) -> gettext.GNUTranslations:
    """Read one catalog. Raises OSError, PoFileError."""
    with path.open("rb") as po:
        messages = read_po(po, locale=path.stem, abort_invalid=True)
    machine = io.BytesIO()
    write_mo(machine, messages)
    machine.seek(0)
    return gettext.GNUTranslations(machine)


class Catalogs:
    """All catalogs there are. Immutable after `load`, and safe to share."""

    def __init__(self, catalogs: Mapping[str, gettext.NullTranslations]) -> None:
        self._catalogs = {SOURCE: gettext.NullTranslations(), **catalogs}

    @classmethod
    def load(cls, where: Path | None = None) -> Catalogs:
        """Read every `XX.po` of the folder. Raises OSError, PoFileError."""
        catalogs = cls({path.stem: compiled(path) for path in sorted((where or folder()).glob("*.po"))})
        catalogs._warm_up()
        return catalogs

    def _warm_up(self) -> None:
        """Read from disk now what Babel would read at first use, when the event loop must not wait."""
        start = datetime(2000, 1, 1, tzinfo=UTC)
        for language in self.available():
            for arg in (Moment(start, "UTC"), Day(start.date()), 0, Listing(("", ""))):
                self._word(arg, language)
        self.match("")

    def available(self) -> list[str]:
        """The languages that the bot itself speaks."""
        return sorted(self._catalogs)

    def say(self, text: Text, language: str) -> str:
        """The sentence in a language, its arguments worded in that language too.

        Whole numbers are quantities and get the language's digits and separators; a number that is a
        name, such as a dispatch's, is passed as text.
        """
        catalog = self._catalog(language)
        if text.plural is not None and text.count is not None:
            sentence = catalog.ngettext(text.source, text.plural, text.count)
        else:
            sentence = catalog.gettext(text.source)
        return self._fill(sentence, text.args, language)

    def command_aliases(self, language: str, words: Iterable[str]) -> dict[str, str]:
        """What may be typed for these English command words beside themselves, with and without accents."""
        return self._aliases("command", language, words)

    def option_aliases(self, language: str, names: Iterable[str]) -> dict[str, str]:
        """What may be typed for these English names of options and settings beside themselves."""
        return self._aliases("option", language, names)

    def _aliases(self, context: str, language: str, words: Iterable[str]) -> dict[str, str]:
        catalog = self._catalog(language)
        aliases: dict[str, str] = {}
        for word in words:
            for alias in catalog.pgettext(context, word).split(","):
                aliases.setdefault(unicodedata.normalize("NFC", alias.strip().casefold()), word)
                aliases.setdefault(fold(alias), word)
        return {alias: word for alias, word in aliases.items() if alias != word}

    def answers(self, language: str) -> dict[str, str]:
        """Folded words that mean "yes" or "no" in this language or English; whole words in any."""
        known: dict[str, str] = {}
        for one in dict.fromkeys((language, SOURCE, *self.available())):
            for meaning, english in ANSWERS.items():
                local = english if one == SOURCE else self._catalog(one).pgettext("answer", meaning)
                for word in map(fold, local.split(",")):
                    if len(word) > 1 or one in (language, SOURCE):
                        known.setdefault(word, meaning)
        return known

    def answer(self, typed: str, language: str) -> str | None:
        """ "yes", "no", or None when it is neither."""
        return self.answers(language).get(fold(typed).replace(",", ""))

    def match(self, typed: str) -> str | None:
        """The language that a person means by "es", "es-MX", "Español" or "Spanish"."""
        known = find(typed)
        return known.code if known else self._names.get(fold(typed))

    def name(self, code: str, language: str) -> str:
        """The name of a language in another; its code where that has no name for it."""
        return _locale(code).get_display_name(_locale(language)) or code

    def own_name(self, code: str) -> str:
        """What a language calls itself, as it stands at the beginning of a line."""
        name = OWN_NAMES.get(code, code)
        return name[:1].upper() + name[1:]

    @cached_property
    def _names(self) -> dict[str, str]:
        """What the languages are called in those that the bot speaks, and by themselves."""
        names = {fold(name): code for code, name in OWN_NAMES.items()}
        for tongue in TONGUES:
            for reader in self.available():
                for code in (tongue.code, *tongue.aliases):
                    name = _locale(reader).languages.get(code)
                    if name:
                        names.setdefault(fold(name), tongue.code)
                names.setdefault(fold(self.name(tongue.code, reader)), tongue.code)
        return names

    def date_words(self, language: str) -> dict[str, str]:
        """Folded words of dates in a language or English, and which of `DATE_WORDS` each is."""
        known: dict[str, str] = {}
        for one in dict.fromkeys((language, SOURCE)):
            for meaning, english in DATE_WORDS.items():
                local = english if one == SOURCE else self._catalog(one).pgettext("date", meaning)
                for word in map(fold, local.split(",")):
                    known.setdefault(word, meaning)
        return known

    def units(self, language: str) -> dict[str, str]:
        """What minutes, hours, days and weeks may be called in a language or English, folded."""
        known = self.date_words(language)
        return {word: of for word, of in known.items() if of in ("minute", "hour", "day", "week")}

    def phrases(self, meaning: str, language: str) -> set[str]:
        """What one of `DATE_WORDS` may be called in a language or English, folded."""
        return {word for word, found in self.date_words(language).items() if found == meaning}

    def weekdays(self, language: str) -> dict[str, int]:
        """What the weekdays may be called in a language or English, folded: 1 (Monday) to 7."""
        return {name: number for number, name in _calendar_names(language, "days") if name}

    def months(self, language: str) -> dict[str, int]:
        """What the months may be called in a language or English, folded."""
        return {name: number for number, name in _calendar_names(language, "months") if name}

    def _catalog(self, language: str) -> gettext.NullTranslations:
        known = self._catalogs.get(language) or self._catalogs.get(language.partition("_")[0])
        return known or self._catalogs[SOURCE]

    def _spoken(self, language: str) -> Locale:
        """The locale of the language that `say` really uses, so that dates match their sentence."""
        base = language.partition("_")[0]
        return _locale(language if {language, base} & self._catalogs.keys() else SOURCE)

    def _fill(self, sentence: str, args: Mapping[str, Arg], language: str) -> str:
        return _PLACEHOLDER.sub(lambda found: self._word(args[found[1]], language), sentence)

    def _form(self, form: str, language: str, **args: Arg) -> str:
        return self._fill(self._catalog(language).pgettext("form", form), args, language)

    def _word(self, arg: Arg, language: str) -> str:
        locale = self._spoken(language)
        if isinstance(arg, Day | Moment | CalendarName):
            return self._dated(arg, language, locale)
        match arg:
            case str():
                return arg
            case int():
                return format_decimal(arg, locale=locale)
            case Text():
                return self.say(arg, language)
            case Words(text=text):
                return self._form(QUOTATION, language, words=text)
            case Language(code=code):
                return self.name(code, str(locale))
            case Listing(items=items):
                return format_list([self._word(item, language) for item in items], locale=locale)

    def _dated(self, arg: Day | Moment | CalendarName, language: str, locale: Locale) -> str:
        match arg:
            case Day(on=on):
                return format_date(on, "full", locale=locale)
            case Moment(at=at, zone=zone):
                local = at.astimezone(ZoneInfo(zone))
                return self._form(
                    MOMENT,
                    language,
                    date=format_date(local, "full", locale=locale),
                    time=format_time(local, "short", locale=locale),
                    place=get_timezone_location(local.tzinfo, locale=locale, return_city=True),
                )
            case CalendarName(of=of, number=number):
                names: Mapping[int, str] = getattr(locale, of)["stand-alone"]["wide"]
                return names[number - 1 if of == "days" else number]


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code, sep="_")


@cache
def _calendar_names(language: str, what: str) -> tuple[tuple[int, str], ...]:
    """Names of days or months with their numbers; a later one of the same name wins."""
    found: list[tuple[int, str]] = []
    for code in (SOURCE, language):
        table = getattr(_locale(code), what)
        for form in ("format", "stand-alone"):
            for width in ("short", "abbreviated", "wide"):
                for number, name in table[form].get(width, {}).items():
                    found.append((number + 1 if what == "days" else number, fold(name)))
    return tuple(found)
