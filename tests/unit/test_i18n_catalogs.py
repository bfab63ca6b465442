"""The catalogs: fresh, complete, with the placeholders of the source and a fixed plural rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot.i18n import FORMS, Catalogs, folder
from tests.tools import words

FILES = sorted(folder().glob("*.po"))
PLURALS = {"es": "nplurals=2; plural=(n != 1);"}
COMPLETE = ["es"]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def catalog(request: pytest.FixtureRequest) -> Catalog:
    path: Path = request.param
    with path.open("rb") as po:
        return read_po(po, locale=path.stem, abort_invalid=True)


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def sentences(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def test_the_template_is_fresh() -> None:
    assert words.TEMPLATE.read_text(encoding="utf-8") == words.template(), "run: poe words"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_catalog_is_fresh(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == words.updated(path), "run: poe words"


def test_the_languages_promised_are_there() -> None:
    assert set(COMPLETE) <= set(Catalogs.load().available())


def test_nothing_is_missing_or_doubtful(catalog: Catalog) -> None:
    missing = [ids(m)[0] for m in sentences(catalog) if not all(strings(m)) and m.context != "command"]
    assert missing == []
    assert [ids(m)[0] for m in sentences(catalog) if m.fuzzy] == []


def test_placeholders_are_those_of_the_source(catalog: Catalog) -> None:
    for message in sentences(catalog):
        expected = set(re.findall(r"\{\w+\}", " ".join(ids(message))))
        for string in strings(message):
            found = set(re.findall(r"\{\w+\}", string))
            optional = {"{count}"} if len(ids(message)) > 1 else set()  # "one group" needs no digit
            assert expected - optional <= found <= expected, string


def test_the_plural_rule_is_fixed(catalog: Catalog) -> None:
    assert catalog.plural_forms == PLURALS[str(catalog.locale)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_header_of_the_file_states_that_rule(path: Path) -> None:
    assert f'"Plural-Forms: {PLURALS[path.stem]}\\n"' in path.read_text(encoding="utf-8")


def test_command_words_are_single_words_that_mean_one_thing(catalog: Catalog) -> None:
    english = {ids(m)[0] for m in sentences(catalog) if m.context == "command"}
    meaning: dict[str, str] = {}
    for message in sentences(catalog):
        if message.context == "command" and message.string:
            for alias in strings(message)[0].split(","):
                word = alias.strip()
                assert re.fullmatch(r"[^\W_]+", word), word
                assert meaning.setdefault(word.casefold(), ids(message)[0]) == ids(message)[0], word
                assert word not in english - {ids(message)[0]}, word


def test_every_form_is_in_the_template() -> None:
    known = {(m.context, ids(m)[0]) for m in words.extracted()}
    assert {("form", form) for form in FORMS} <= known


@pytest.mark.parametrize("typed", ["Sí, claro", "si dale", "¡Sí, mándalo!", "sí, adelante"])
def test_a_warm_yes_is_one(typed: str) -> None:
    assert Catalogs.load().answer(typed, "es") == "yes"
