"""The closed union of what goes out."""

from __future__ import annotations

import dataclasses
import typing

import pytest

from bot.domain import outgoing
from bot.domain.outgoing import Outgoing, RowRef

KINDS: tuple[type, ...] = typing.get_args(Outgoing)


def _default(kind: type, name: str) -> object:
    return next(field.default for field in dataclasses.fields(kind) if field.name == name)


def test_everything_in_the_module_that_has_a_room_and_a_kind_belongs_to_the_union() -> None:
    found = {
        one
        for one in vars(outgoing).values()
        if isinstance(one, type) and dataclasses.is_dataclass(one) and "kind" in one.__annotations__
    }
    assert {one for one in found if one.__module__ == outgoing.__name__} == set(KINDS)


def test_each_is_told_apart_by_its_kind() -> None:
    kinds = [_default(kind, "kind") for kind in KINDS]
    assert kinds == [kind.__name__.lower() for kind in KINDS]
    assert len(set(kinds)) == len(kinds)


def test_each_has_a_name_of_its_own_among_the_consequences_of_an_event() -> None:
    names = [_default(kind, "what") for kind in KINDS]
    assert all(isinstance(name, str) and name for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", KINDS)
def test_each_belongs_to_the_event_being_handled_unless_it_says_otherwise(kind: type) -> None:
    assert _default(kind, "source") == ""


@pytest.mark.parametrize("kind", [*KINDS, RowRef])
def test_each_is_a_value(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]  # a dataclass
    assert not hasattr(kind, "__dict__") or "__slots__" in vars(kind)
