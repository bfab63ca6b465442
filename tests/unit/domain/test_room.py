"""Who is a steward, and what counts as a direct chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.domain.room import Room

ME, ANA, BEN = "@bot:x", "@ana:x", "@ben:x"


def make(levels: Mapping[str, object], *, version: str = "11", creators: tuple[str, ...] = (ANA,)) -> Room:
    members = {ME: "join", ANA: "join", BEN: "join"}
    return Room(
        "!r:x",
        joined=True,
        encrypted=True,
        version=version,
        creators=creators,
        power_levels=levels,
        members=members,
    )


@pytest.mark.parametrize(
    ("levels", "power"),
    [
        ({}, 0),
        ({"users": {BEN: 50}}, 50),
        ({"users": {BEN: 100}, "users_default": 0}, 100),
        ({"users": {}, "users_default": 50}, 50),
        ({"users_default": 20}, 20),
        ({"users": {BEN: "60"}}, 60),
        ({"users": {BEN: "-10"}}, -10),
        ({"users": {BEN: "lots"}}, 0),
        ({"users": {BEN: True}}, 0),
        ({"users": {BEN: None}, "users_default": 50}, 50),
        ({"users": [BEN]}, 0),
        ({"users": {BEN: 50.5}}, 0),
    ],
)
def test_power_is_what_the_servers_state_says(levels: Mapping[str, object], power: int) -> None:
    assert make(levels).power(BEN) == power


@pytest.mark.parametrize("level", ["9" * 5000, "--5", "-", "5-", " ", "1e9", "٣x", None, [], 10**30])
def test_a_level_that_is_none_gives_no_power_and_breaks_nothing(level: object) -> None:
    found = make({"users": {BEN: level}}).power(BEN)
    assert found == (10**30 if level == 10**30 else 0)
    assert make({}, version="9" * 5000).power(ANA) == 100


def test_without_power_levels_the_creator_has_a_hundred() -> None:
    assert make({}).power(ANA) == 100
    assert make({"users": {BEN: 100}}).power(ANA) == 0


@pytest.mark.parametrize(
    ("version", "steward"), [("11", False), ("12", True), ("13", True), ("org.other", False)]
)
def test_since_version_12_creators_stand_above_all_levels(version: str, *, steward: bool) -> None:
    levels = {"users": {BEN: 100}, "users_default": 0}
    assert make(levels, version=version).is_steward(ANA) is steward


@pytest.mark.parametrize(("level", "steward"), [(49, False), (50, True), (100, True)])
def test_a_steward_has_power_50_or_more(level: int, *, steward: bool) -> None:
    assert make({"users": {BEN: level}}).is_steward(BEN) is steward


@pytest.mark.parametrize("membership", ["invite", "leave", "ban", "knock"])
def test_who_is_not_joined_is_no_steward(membership: str) -> None:
    room = make({"users": {BEN: 100}})
    away = replace(room, members={**room.members, BEN: membership})
    assert not away.is_steward(BEN)
    assert not away.has(BEN)


@pytest.mark.parametrize(
    ("members", "with_"),
    [
        ({ME: "join", ANA: "join"}, ANA),
        ({ME: "join", ANA: "invite"}, ANA),
        ({ME: "join", ANA: "join", BEN: "leave"}, ANA),
        ({ME: "join", ANA: "join", BEN: "invite"}, None),
        ({ME: "join", ANA: "join", BEN: "join"}, None),
        ({ME: "join"}, None),
    ],
)
def test_a_direct_chat_has_one_other_person_joined_or_invited(
    members: Mapping[str, str], with_: str | None
) -> None:
    assert replace(make({}), members=members).direct_with(ME) == with_


def test_a_room_without_encryption_or_without_the_bot_is_no_direct_chat() -> None:
    room = replace(make({}), members={ME: "join", ANA: "join"})
    assert replace(room, encrypted=False).direct_with(ME) is None
    assert replace(room, joined=False).direct_with(ME) is None
