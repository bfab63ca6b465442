"""Translation needs no network: a test that asks for one here fails, also where somebody hid that it did."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

_REFUSED = frozenset(
    f"socket.{name}"
    for name in (
        "bind",
        "connect",
        "getaddrinfo",
        "gethostbyaddr",
        "gethostbyname",
        "getnameinfo",
        "sendmsg",
        "sendto",
    )
)
_TELEMETRY = "onnxruntime"
"""Looks up a host on plain import."""


class _Seal:
    """An audit hook of this process, which cannot be removed and so is only told when to look."""

    def __init__(self) -> None:
        self.closed = False
        self.tried: list[str] = []
        sys.addaudithook(self._see)

    def _see(self, event: str, _args: tuple[object, ...]) -> None:
        if self.closed and event in _REFUSED:
            self.tried.append(event)
            raise PermissionError(f"a test of translation asked for the network: {event}")


SEALS: list[_Seal] = []


@pytest.fixture
def no_network() -> Iterator[None]:
    """Every use of the network in this process fails the test, and so does what would use it by itself."""
    if not SEALS:
        SEALS.append(_Seal())
    [seal] = SEALS
    seal.tried.clear()
    seal.closed = True
    yield
    seal.closed = False
    assert seal.tried == []
    assert _TELEMETRY not in sys.modules
