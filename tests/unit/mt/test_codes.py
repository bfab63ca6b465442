from __future__ import annotations

from bot.mt import codes
from bot.mt.codes import Direction, Offers


def directions(source: str, target: str, installed: set[Direction]) -> list[list[list[Direction]]]:
    """The packages of all routes."""
    routes = Offers(("argos",), frozenset(installed)).routes(source, target)
    return [[[leg.direction for leg in legs] for legs in route] for route in routes]


def test_a_direct_package_goes_before_the_pivot() -> None:
    installed = {("es", "ca"), ("es", "en"), ("en", "ca")}
    assert directions("es", "ca", installed) == [[[("es", "ca")]], [[("es", "en")], [("en", "ca")]]]


def test_without_a_direct_package_the_way_leads_through_english() -> None:
    assert directions("es", "fr", {("es", "en"), ("en", "fr")}) == [[[("es", "en")], [("en", "fr")]]]


def test_there_is_no_way_without_packages_or_for_unknown_languages() -> None:
    assert directions("es", "fr", {("es", "en")}) == []
    assert directions("es", "xx", {("es", "en")}) == []
    assert directions("es", "es", {("es", "en")}) == []


def test_a_regional_language_uses_the_plain_package_where_its_own_is_missing() -> None:
    assert directions("en", "pt_BR", {("en", "pt")}) == [[[("en", "pt")]]]
    assert directions("en", "pt_BR", {("en", "pt"), ("en", "pb")}) == [[[("en", "pb"), ("en", "pt")]]]
    assert directions("en", "fil", {("en", "tl")}) == [[[("en", "tl")]]]


def test_pairs_are_catalog_languages_with_pivots() -> None:
    pairs = Offers(("argos",), frozenset({("es", "en"), ("en", "tl"), ("en", "pt")})).pairs()
    assert {("es", "en"), ("en", "fil"), ("es", "fil"), ("es", "pt"), ("es", "pt_BR")} <= pairs
    assert not {("fil", "es"), ("en", "es"), ("en", "en")} & pairs
    assert Offers(("argos",)).pairs() == frozenset()


def test_engines_are_taken_in_the_order_of_the_configuration() -> None:
    others = {"apertium": {("es", "en")}, "libretranslate": {("es", "en"), ("en", "fr")}}
    for order in (("apertium", "argos", "libretranslate"), ("libretranslate", "argos", "apertium")):
        [route] = Offers(order, frozenset({("es", "en")}), others).routes("es", "en")
        assert tuple(leg.engine for leg in route[0]) == order


def test_a_direct_way_of_a_later_engine_goes_before_a_pivot_of_an_earlier_one() -> None:
    installed = frozenset({("es", "en"), ("en", "ca")})
    routes = Offers(("argos", "apertium"), installed, {"apertium": {("es", "ca")}}).routes("es", "ca")
    assert [[leg.engine for legs in route for leg in legs] for route in routes] == [
        ["apertium"],
        ["argos", "argos"],
    ]


def test_a_pivot_may_change_engines() -> None:
    offers = Offers(("argos", "apertium"), frozenset({("en", "tl")}), {"apertium": {("ca", "en")}})
    [route] = offers.routes("ca", "fil")
    assert [legs[0].engine for legs in route] == ["apertium", "argos"]
    assert ("ca", "fil") in offers.pairs()


def test_an_engine_that_the_configuration_does_not_name_is_not_used() -> None:
    assert Offers(("argos",), frozenset(), {"apertium": {("es", "ca")}}).routes("es", "ca") == []


def test_engine_codes_without_a_catalog_language_are_not_served() -> None:
    assert codes.served("tl")
    assert codes.served("pb")
    assert not codes.served("fil")
    assert not codes.served("xx")
