"""Handles, names, zones and aliases of groups."""

from __future__ import annotations

import unicodedata
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import group


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("manila", "manila"),
        ("MANILA", "manila"),
        ("ＭＡＮＩＬＡ", "manila"),
        ("Straße", "strasse"),
        ("a1", "a1"),
        ("x" * 16, "x" * 16),
        ("北京", "北京"),
        ("मनीला", "मनीला"),
        ("مانيلا", "مانيلا"),
    ],
)
def test_a_handle_is_two_to_sixteen_letters_or_digits_of_any_script(typed: str, kept: str) -> None:
    assert group.clean_handle(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a",
        "x" * 17,
        "12",
        "٣٤",
        "🌻🌻",
        "ma nila",
        "ma-nila",
        "ma_nila",
        "@room",
        "\u202ema",
        "\u0301ma",
        "a\u200bb",
    ],
)
def test_what_is_no_handle(typed: str) -> None:
    assert group.clean_handle(typed) is None


@given(st.text())
def test_a_kept_handle_stays_as_it_is(typed: str) -> None:
    kept = group.clean_handle(typed)
    if kept is not None:
        assert group.clean_handle(kept) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Manila   Tenants ", "Manila Tenants"),
        ("Ma\nni\tla", "Ma ni la"),
        ("\u202eabc\u2066", "abc"),
        ("Ti\U000e0041\U000e007fna", "Tina"),
        ("U.S. Tenants, Inc. & Friends", "U.S. Tenants, Inc. & Friends"),
        ("Col·lectiu d'Inquilins", "Col·lectiu d'Inquilins"),
        ("Llogateres de l’Eixample-Est", "Llogateres de l’Eixample-Est"),
        ("किराएदार संघ", "किराएदार संघ"),
        ("क्\u200dष", "क्\u200dष"),
        ("اتحاد المستأجرين", "اتحاد المستأجرين"),
        ("借家人・大阪", "借家人・大阪"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("7", "7"),
        ("x" * 60, "x" * 60),
    ],
)
def test_a_name_is_one_readable_line(typed: str, kept: str) -> None:
    assert group.clean_name(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "…",
        "🌻",
        "\u202e",
        "x" * 61,
        "@room",
        "Hi @ana:here.example",
        "＠room",
        "!dispatch",
        "！help",
        "/me",
        "-Tina",
        "https://x.example",
        "Tina x.example",
        "matrix.to",
        "Tina.ORG",
        "#tina:here.example",
        "Tina · a member of Lima",
        "· Tina",
        "Tina (lima)",
        "Tina: yes",
        "“Tina”",
        '"Tina"',
        "<b>Tina</b>",
        "**Tina**",
        "`Tina`",
        "Tina | Lima",
        "▸ Tina",
        "[Tina]",
        "Tina\u3164",
    ],
)
def test_what_is_no_name(typed: str) -> None:
    assert group.clean_name(typed) is None


@given(st.text())
def test_a_kept_name_can_neither_ping_nor_turn_the_line_around(typed: str) -> None:
    kept = group.clean_name(typed)
    if kept is not None:
        assert not set(kept) & set('@!/:#<>*`[]()“”"▸')
        assert "\n" not in kept
        assert not any(
            unicodedata.bidirectional(c) in ("RLO", "LRO", "RLE", "LRE", "RLI", "LRI") for c in kept
        )
        assert len(kept) <= group.LONGEST_NAME
        assert group.clean_name(kept) == kept
        assert group.shown_name(kept) == kept


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("＠room", "room"),
        ("!dispatch Lima", "dispatch Lima"),
        ("https://x.example/?a", "https x. example a"),
        ("Tina · a member of Lima", "Tina a member of Lima"),
        ("Tina (lima)", "Tina lima"),
        ("🌻", "?"),
    ],
)
def test_a_name_kept_by_earlier_rules_is_shown_without_what_a_name_cannot_have(kept: str, shown: str) -> None:
    assert group.shown_name(kept) == shown


@given(st.text())
def test_what_is_shown_of_a_name_stays_as_it_is(kept: str) -> None:
    assert group.shown_name(group.shown_name(kept)) == group.shown_name(kept)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Asia/Manila", "Asia/Manila"),
        ("asia/MANILA", "Asia/Manila"),
        ("America/Mexico City", "America/Mexico_City"),
        ("mexico  city", "America/Mexico_City"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_is_found_by_its_name_or_its_city(typed: str, zone: str) -> None:
    assert group.find_zone(typed) == zone
    assert str(ZoneInfo(zone)) == zone


@pytest.mark.parametrize(
    "typed", ["", "Nowhere", "Asia/Nowhere", "../../etc/passwd", "localtime", "Louisville"]
)
def test_a_zone_that_is_none_or_not_the_only_one_is_not_found(typed: str) -> None:
    assert group.find_zone(typed) is None


def test_zones_written_nearly_so_are_offered() -> None:
    assert "Asia/Manila" in group.close_zones("Asia/Manilla")
    assert "Europe/Berlin" in group.close_zones("Berln")
    assert group.close_zones("qqqq") == []
    assert len(group.close_zones("America/Indiana", most=2)) <= 2


@pytest.mark.parametrize(
    ("taken", "shown"),
    [
        ((), "manila"),
        (("milwaukee",), "manila"),
        (("manila",), "manila-2"),
        (("manila", "manila-2"), "manila-3"),
        (("manila", "manila-3"), "manila-2"),
    ],
)
def test_a_handle_that_is_taken_gets_the_next_number(taken: tuple[str, ...], shown: str) -> None:
    assert group.alias("manila", taken) == shown
