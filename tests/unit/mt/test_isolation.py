"""The tests of translation are cut off from the network themselves; the worker's walls are tested with it."""

from __future__ import annotations

import socket

import pytest

from tests.sealed import SEALS


def test_a_test_of_translation_gets_no_network_and_is_told_on() -> None:
    [seal] = SEALS
    with pytest.raises(PermissionError):
        socket.create_connection(("127.0.0.1", 9))
    with pytest.raises(PermissionError), socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(b"", ("127.0.0.1", 9))
    with pytest.raises(PermissionError):
        socket.gethostbyname("example.org")
    assert seal.tried == ["socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"]
    seal.tried.clear()
