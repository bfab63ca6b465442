"""The worker's walls: no network, and it dies rather than the bot when memory runs out.

An empty network namespace where the kernel allows one (Linux, directly or inside a user namespace of its
own), and always an audit hook that refuses every socket and every look-up of a name.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from pathlib import Path

log = logging.getLogger(__name__)

_NEW_USER = 0x10000000
_NEW_NET = 0x40000000


class NetworkRefused(PermissionError):
    """The translation worker tried to reach the network."""


def _refuse(event: str, _args: tuple[object, ...]) -> None:
    if event.startswith("socket."):
        raise NetworkRefused("the translation worker has no network")


def refuse_sockets() -> None:
    """From now on every use of the socket module in this process raises NetworkRefused. Cannot be undone."""
    sys.addaudithook(_refuse)


def leave_network() -> bool:
    """Move this process into an empty network namespace. False where the kernel does not allow it.

    Must run before the process has a second thread.
    """
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NET) == 0:
        return True
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(_NEW_USER | _NEW_NET) != 0:
        return False
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        _write(Path("/proc/self") / name, text)
    return True


def yield_to_the_bot() -> None:
    """Let the bot have the processor first, and be the one that goes when memory runs out."""
    os.nice(5)
    _write(Path("/proc/self/oom_score_adj"), "600")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:  # a kernel that does not let us; the worker runs all the same
        log.info("%s not set: errno %s", path, error.errno)
