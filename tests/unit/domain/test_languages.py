from __future__ import annotations

import pytest

from bot.domain import languages
from bot.domain.languages import TONGUES, find, rtl, tag, tongue


def test_every_name_of_a_language_is_claimed_once() -> None:
    names = [n.lower().replace("-", "_") for each in TONGUES for n in {each.code, each.tag, *each.aliases}]
    own = {each.code.lower() for each in TONGUES}
    doubled = {name for name in names if names.count(name) > 1 and name not in own}
    assert not doubled
    assert len({each.code for each in TONGUES}) == len(TONGUES)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("es", "es"),
        (" ES ", "es"),
        ("es-MX", "es"),
        ("pt-br", "pt_BR"),
        ("pt_BR", "pt_BR"),
        ("pt", "pt"),
        ("tl", "fil"),
        ("fil", "fil"),
        ("zh-TW", "zh_Hant"),
        ("zh-CN", "zh"),
        ("zh-Hant", "zh_Hant"),
    ],
)
def test_what_people_type_finds_the_language(typed: str, code: str) -> None:
    found = find(typed)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("typed", ["", "xx", "english", "!", "-", "_pt"])
def test_what_is_no_language_finds_none(typed: str) -> None:
    assert find(typed) is None


def test_tags_are_those_of_matrix() -> None:
    assert tag("pt_BR") == "pt-BR"
    assert tag("fil") == "fil"
    assert tag("xx_YY") == "xx-YY"


def test_scripts_from_right_to_left_are_known() -> None:
    assert {each.code for each in TONGUES if each.rtl} == {"ar", "fa", "he", "ur"}
    assert rtl("ar")
    assert not rtl("es")
    assert not rtl("xx")


def test_the_engine_codes_of_the_regional_forms_fall_back() -> None:
    assert tongue("pt_BR").engines == ("pb", "pt")
    assert tongue("fil").engines == ("tl",)
    assert languages.tongue("zh").engines == ("zh",)


def test_all_languages_that_were_asked_for_are_there() -> None:
    asked = "en es fr de it pt pt_BR pl ru tr uk ar hi bn ur zh fil ca"
    assert set(asked.split()) <= {each.code for each in TONGUES}
