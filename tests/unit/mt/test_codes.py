from __future__ import annotations

from bot.mt import codes


def test_a_direct_package_wins_over_the_pivot() -> None:
    installed = {("es", "ca"), ("es", "en"), ("en", "ca")}
    assert codes.route("es", "ca", installed) == (("es", "ca"),)


def test_without_a_direct_package_the_way_leads_through_english() -> None:
    assert codes.route("es", "fr", {("es", "en"), ("en", "fr")}) == (("es", "en"), ("en", "fr"))


def test_there_is_no_way_without_packages_or_for_unknown_languages() -> None:
    assert codes.route("es", "fr", {("es", "en")}) == ()
    assert codes.route("es", "xx", {("es", "en")}) == ()
    assert codes.route("es", "es", {("es", "en")}) == ()


def test_a_regional_language_uses_the_plain_package_where_its_own_is_missing() -> None:
    assert codes.route("en", "pt_BR", {("en", "pt")}) == (("en", "pt"),)
    assert codes.route("en", "pt_BR", {("en", "pt"), ("en", "pb")}) == (("en", "pb"),)
    assert codes.route("en", "fil", {("en", "tl")}) == (("en", "tl"),)


def test_pairs_are_catalog_languages_with_pivots() -> None:
    pairs = codes.pairs({("es", "en"), ("en", "tl"), ("en", "pt")})
    assert {("es", "en"), ("en", "fil"), ("es", "fil"), ("es", "pt"), ("es", "pt_BR")} <= pairs
    assert not {("fil", "es"), ("en", "es"), ("en", "en")} & pairs
    assert codes.pairs(set()) == frozenset()


def test_engine_codes_without_a_catalog_language_are_not_served() -> None:
    assert codes.served("tl")
    assert codes.served("pb")
    assert not codes.served("fil")
    assert not codes.served("xx")
