"""Words: sentences, dates, numbers, names and typed words in the language of whoever reads or types."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
from babel import Locale

from bot.domain.languages import TONGUES
from bot.domain.text import Arg, Day, Language, Listing, Moment, Text, Words, t, tn
from bot.i18n import OWN_NAMES, Catalogs, fold

PO = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: {rule}\n"

msgid "{{who}} wrote {{what}}."
msgstr "{hello}"

msgid "{{count}} group"
msgid_plural "{{count}} groups"
{plurals}

msgctxt "form"
msgid "“{{words}}”"
msgstr "«{{words}}»"

msgctxt "command"
msgid "dispatch"
msgstr "envío, enviar"

msgctxt "command"
msgid "help"
msgstr ""

msgctxt "answer"
msgid "yes"
msgstr "sí, s"
"""

SPANISH = PO.format(
    rule="nplurals=2; plural=(n != 1);",
    hello="{what} lo escribió {who}.",
    plurals='msgstr[0] "{count} grupo"\nmsgstr[1] "{count} grupos"',
)
POLISH = PO.format(
    rule="nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    hello="{who}: {what}",
    plurals='msgstr[0] "{count} grupa"\nmsgstr[1] "{count} grupy"\nmsgstr[2] "{count} grup"',
)


@pytest.fixture(scope="module")
def catalogs(tmp_path_factory: pytest.TempPathFactory) -> Catalogs:
    folder = tmp_path_factory.mktemp("translations")
    (folder / "es.po").write_text(SPANISH, encoding="utf-8")
    (folder / "pl.po").write_text(POLISH, encoding="utf-8")
    return Catalogs.load(folder)


def wrote(what: Arg) -> Text:
    return t("{who} wrote {what}.", who="Ana", what=what)


def test_a_sentence_is_said_in_the_language_asked_for(catalogs: Catalogs) -> None:
    assert catalogs.say(wrote("hola"), "en") == "Ana wrote hola."
    assert catalogs.say(wrote("hola"), "es") == "hola lo escribió Ana."


@pytest.mark.parametrize("language", ["sw", "xx", "", "../es"])
def test_an_unknown_language_is_answered_in_english_throughout(catalogs: Catalogs, language: str) -> None:
    assert catalogs.say(wrote(Day(date(2027, 5, 1))), language) == "Ana wrote Saturday, May 1, 2027."


def test_a_region_uses_the_catalog_of_its_language(catalogs: Catalogs) -> None:
    assert catalogs.say(wrote("hola"), "es_MX") == "hola lo escribió Ana."


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 1, "1 group"),
        ("en", 0, "0 groups"),
        ("en", 1234567, "1,234,567 groups"),
        ("es", 1, "1 grupo"),
        ("es", 2, "2 grupos"),
        ("pl", 1, "1 grupa"),
        ("pl", 3, "3 grupy"),
        ("pl", 12, "12 grup"),
        ("pl", 22, "22 grupy"),
        ("pl", 1000, "1\xa0000 grup"),
    ],
)
def test_the_plural_rule_is_the_one_of_the_catalog(
    catalogs: Catalogs, language: str, count: int, said: str
) -> None:
    assert catalogs.say(tn("{count} group", "{count} groups", count), language) == said


def test_values_are_worded_in_the_reader_s_language(catalogs: Catalogs) -> None:
    moment = Moment(datetime(2026, 11, 20, 21, 46, tzinfo=UTC), "America/Mexico_City")
    cases: list[tuple[Arg, str, str]] = [
        (7, "7", "7"),
        (12345, "12,345", "12.345"),
        ("manila-12", "manila-12", "manila-12"),
        (
            moment,
            "Friday, November 20, 2026, 3:46 PM (Mexico City)",
            "viernes, 20 de noviembre de 2026, 15:46 (Ciudad de México)",
        ),
        (Day(date(2027, 5, 1)), "Saturday, May 1, 2027", "sábado, 1 de mayo de 2027"),
        (Language("pt_BR"), "Portuguese (Brazil)", "portugués (Brasil)"),
        (Words("We won", "en"), "“We won”", "«We won»"),
        (Listing(("a", Language("de"), 2)), "a, German, and 2", "a, alemán y 2"),
        (tn("{count} group", "{count} groups", 2), "2 groups", "2 grupos"),
        (wrote(wrote("x")), "Ana wrote Ana wrote x..", "x lo escribió Ana. lo escribió Ana."),
    ]
    for arg, english, spanish in cases:
        assert catalogs.say(t("{what}", what=arg), "en") == english.replace("3:46 PM", "3:46\u202fPM")
        assert catalogs.say(t("{what}", what=arg), "es") == spanish


def test_what_people_write_is_never_read_as_a_placeholder(catalogs: Catalogs) -> None:
    assert catalogs.say(wrote("{who} {0} {what.text} %s"), "en") == "Ana wrote {who} {0} {what.text} %s."


def test_command_words_have_aliases_where_the_catalog_offers_them(catalogs: Catalogs) -> None:
    aliases = catalogs.command_aliases("es", ["dispatch", "help"])
    assert aliases == {"envío": "dispatch", "envio": "dispatch", "enviar": "dispatch"}
    assert catalogs.command_aliases("es", ["help"]) == {}
    assert catalogs.command_aliases("en", ["dispatch", "help"]) == {}


@pytest.mark.parametrize(
    ("typed", "language", "meaning"),
    [
        ("yes", "en", "yes"),
        ("  YES!! ", "es", "yes"),
        ("¡Sí!", "es", "yes"),
        ("si.", "es", "yes"),
        ("s", "en", None),
        ("¡Sí!", "en", "yes"),
        ("Yes, go ahead!", "en", "yes"),
        ("yes please 🙏", "es", "yes"),
        ("No, thanks!", "es", "no"),
        ("No", "en", "no"),
        ("n", "es", "no"),
        ("yes but", "en", None),
        ("", "es", None),
        ("👍", "es", None),
    ],
)
def test_a_yes_is_understood_in_english_and_in_the_room_s_language(
    catalogs: Catalogs, typed: str, language: str, meaning: str | None
) -> None:
    assert catalogs.answer(typed, language) == meaning


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("es", "es"),
        ("ES-mx", "es"),
        ("Español", "es"),
        ("espanol", "es"),
        ("spanish", "es"),
        ("hiszpański", "es"),
        ("pt-br", "pt_BR"),
        ("Português (Brasil)", "pt_BR"),
        ("Tagalog", "fil"),
        ("filipino", "fil"),
        ("العربية", "ar"),
        ("中文", "zh"),
        ("हिन्दी", "hi"),
        ("klingon", None),
        ("", None),
    ],
)
def test_languages_are_understood_as_people_type_them(
    catalogs: Catalogs, typed: str, code: str | None
) -> None:
    assert catalogs.match(typed) == code


@pytest.mark.parametrize("code", [tongue.code for tongue in TONGUES])
def test_every_language_of_the_table_has_a_name(catalogs: Catalogs, code: str) -> None:
    locale = Locale.parse(code, sep="_")
    assert OWN_NAMES[code] == locale.get_display_name(locale)
    assert catalogs.match(OWN_NAMES[code]) == code
    name = catalogs.name(code, "en")
    assert name[0].isupper()
    assert catalogs.match(name) == code


FRESH = """
import asyncio
from datetime import UTC, datetime
from blockbuster import BlockBuster
from bot.domain.text import Day, Language, Listing, Moment, t
from bot.i18n import Catalogs

catalogs = Catalogs.load()

async def say():
    when = datetime.now(UTC)
    values = (Moment(when, "UTC"), Day(when.date()), Language("zh_Hant"), Listing(("a", "b")), 12345)
    for language in (*catalogs.available(), "xx"):
        for value in values:
            catalogs.say(t("{what}", what=value), language)
    catalogs.match("Klingon")

BlockBuster().activate()
asyncio.run(say())
"""


def test_nothing_is_read_from_disk_once_it_is_loaded() -> None:
    """In a process of its own, since Babel remembers what other tests read."""
    done = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_folding_keeps_words_apart_that_differ() -> None:
    assert fold("  ¿Qué   tal? ") == "que tal"
    assert fold("是") != fold("否")
