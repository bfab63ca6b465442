"""The bot's account on this machine: one login, one device, one token, kept for life in the storage folder.

Files, all of mode 0600: `session.json` (user, device, token), `pickle.key` (32 random bytes: the secret that
the key store and the seeds are encrypted with, unless the host gives a secret file), `identity.json` (see
`seeds`), `device.json` (see `epoch`), `lock`. The functions on files block: call them from a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from bot.matrix.http import Denied, Http
from bot.pipeline.ports import LoggedOut, Refused, Unavailable


class CannotStart(Exception):
    """The session cannot be started; the text is one sentence for the host."""


class StoreInUse(CannotStart):
    """Another process holds the storage folder."""


class LoginFailed(CannotStart):
    """The homeserver did not accept the login."""


class WrongPassword(LoginFailed):
    """The homeserver does not accept the account's password. To try again would lock the account."""


class DamagedStore(CannotStart):
    """A file of the storage folder cannot be used."""


class Unwritable(CannotStart):
    """The storage folder cannot be written; nothing in it was changed."""


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """A logged-in device."""

    user_id: str
    device_id: str
    token: str


def write_secret(file: Path, data: bytes) -> None:
    """Write a file of mode 0600 so that after a crash there is the old one or the new one.

    Raises Unwritable; then the old one is there.
    """
    new = file.with_name(file.name + ".new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            os.fchmod(out.fileno(), 0o600)
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise Unwritable(f"{file} cannot be written ({error.strerror}); nothing was changed") from None
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_json(file: Path) -> dict[str, Any] | None:
    """The object in a file, None if there is no such file. Raises DamagedStore."""
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DamagedStore(f"{file} cannot be read ({error.strerror})") from None
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise DamagedStore(f"{file} is damaged: it does not hold what the bot has written there")
    return data


def lock_folder(folder: Path) -> int:
    """Hold the folder for this process; returns the descriptor to close. Raises StoreInUse, Unwritable."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Unwritable(f"{folder} cannot be written ({error.strerror}); nothing was changed") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise StoreInUse(f"another process already runs the bot on the storage folder {folder}") from None
    return descriptor


def pickle_key(folder: Path, *, anew: bool = False) -> str:
    """The secret of an installation whose host gives none, made at the first start.

    With `anew` also where a key store is that it does not open. Raises DamagedStore, Unwritable.
    """
    file = folder / "pickle.key"
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        if not anew and any(folder.glob("olm/*.db")):
            raise DamagedStore(
                f"{file} is missing, and without it nothing in {folder} can be read: put it back, or begin "
                "with `twinline identity recover`, which asks for the recovery key"
            ) from None
        key = os.urandom(32)
        write_secret(file, key)
    except OSError as error:
        raise DamagedStore(f"{file} cannot be read ({error.strerror})") from None
    if len(key) != 32:
        raise DamagedStore(f"{file} is damaged: it should hold 32 bytes")
    return key.hex()


def has_account(folder: Path) -> bool:
    """Whether the password was used here already, so that it is not needed for the start."""
    return (folder / "session.json").exists()


def _load(folder: Path) -> Account | None:
    data = read_json(folder / "session.json")
    if data is None:
        return None
    values = [data.get(name) for name in ("user_id", "device_id", "access_token")]
    if not all(isinstance(value, str) and value for value in values):
        raise DamagedStore(f"{folder / 'session.json'} is damaged: user, device or token is missing")
    return Account(*map(str, values))


def keep_account(folder: Path, account: Account) -> None:
    """Write `session.json`. Raises Unwritable."""
    data = {"user_id": account.user_id, "device_id": account.device_id, "access_token": account.token}
    write_secret(folder / "session.json", json.dumps(data).encode())


async def stored_account(folder: Path, user: str) -> Account | None:
    """The account of an earlier login, None before the first. Raises DamagedStore, LoginFailed."""
    account = await asyncio.to_thread(_load, folder)
    if account is not None and user.startswith("@") and account.user_id != user:
        raise LoginFailed(f"the storage folder {folder} belongs to {account.user_id}, not to {user}")
    return account


async def log_in(http: Http, user: str, password: Callable[[], str], device_name: str) -> Account:
    """Make a new device with the password. Raises WrongPassword, LoginFailed, Unavailable."""
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": await asyncio.to_thread(password),
        "initial_device_display_name": device_name,
    }
    try:
        answer = await http.call("POST", "/login", body)
    except Denied as error:
        if error.errcode == "M_FORBIDDEN":
            raise WrongPassword(f"the homeserver does not accept the password of {user}") from None
        raise LoginFailed(
            f"the homeserver does not log {user} in with a password ({error.errcode}): look at "
            "its page for sign-in, an account that logs in with a password is needed"
        ) from None
    values = [answer.get(name) for name in ("user_id", "device_id", "access_token")]
    if not all(isinstance(value, str) and value for value in values):
        raise LoginFailed("the homeserver's answer to the login names no user, device or token")
    return Account(*map(str, values))


async def first_login(
    http: Http, folder: Path, user: str, password: Callable[[], str], device_name: str
) -> Account:
    """Log in with the password, once in the life of the storage folder.

    Raises LoginFailed, Unavailable, Unwritable; after the last one no device is left behind.
    """
    account = await log_in(http, user, password, device_name)
    try:
        await asyncio.to_thread(keep_account, folder, account)
    except Unwritable:
        await log_out(http, account)
        raise
    return account


async def log_out(http: Http, account: Account) -> bool:
    """End a device that is not used any more; False if the server could not be told."""
    before, http.token = http.token, account.token
    try:
        await http.call("POST", "/logout", {})
    except LoggedOut:
        return True  # it was ended before
    except (Unavailable, Refused):
        return False
    finally:
        http.token = before
    return True


def clock_ahead(http: Http, now: datetime) -> timedelta:
    """How far `now` is ahead of the server's clock, as its last answer showed it; 0 if it showed none."""
    try:
        server = parsedate_to_datetime(http.date or "")
    except ValueError:
        return timedelta()
    return now - (server if server.tzinfo else server.replace(tzinfo=UTC))


async def check_account(http: Http, account: Account) -> None:
    """Ask the homeserver whose token this is. Raises LoggedOut, Unavailable, LoginFailed."""
    try:
        answer = await http.call("GET", "/account/whoami")
    except Denied as error:
        raise LoggedOut(f"the homeserver does not know the account any more ({error.errcode})") from None
    owner = (answer.get("user_id"), answer.get("device_id", account.device_id))
    if owner != (account.user_id, account.device_id):
        raise LoginFailed(f"the stored token does not belong to {account.user_id} any more")
