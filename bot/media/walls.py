"""An empty network for this process, where the kernel allows one."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

_NEW_USER = 0x10000000
_NEW_NET = 0x40000000


def leave_network() -> bool:
    """Move into an empty network namespace. False where the kernel does not allow it.

    Must run before the process has a second thread.
    """
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.unshare(_NEW_NET) == 0 or libc.unshare(_NEW_USER | _NEW_NET) == 0
    return bool(done) and Path("/proc/self").exists()
