"""`twinline identity show|backup|recover|new-device`: the bot's cryptographic identity, in the host's hands.

Exit codes: 0 done (for `show`: all is well), 1 with one sentence why not, and nothing lost.
"""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path

from bot import log
from bot.cli.password import password_of
from bot.cli.refusal import refusal
from bot.clock import SystemClock
from bot.config import Config
from bot.matrix.custody import Custody, Portrait
from bot.matrix.login import CannotStart
from bot.matrix.session import SessionSettings
from bot.pipeline.ports import LoggedOut, Unavailable

_CLOCK_OFF = timedelta(minutes=5)


def run(config: Config, action: str, *, replace: bool = False, key_file: Path | None = None) -> int:
    """Do what `action` says; returns the exit code."""
    log.set_up("warning")
    config.prepare()
    settings = SessionSettings(
        config.homeserver,
        config.account,
        lambda: password_of(config),
        config.storage,
        config.secret(),
        show=_page,
    )
    custody = Custody(settings, SystemClock())
    actions: dict[str, Callable[[], Coroutine[None, None, int]]] = {
        "show": lambda: _show(custody, config),
        "backup": lambda: _backup(custody, replace=replace),
        "recover": lambda: _recover(custody, key_file),
        "new-device": lambda: _new_device(custody),
    }
    try:
        return asyncio.run(actions[action]())
    except CannotStart as error:
        _, said = refusal(config, error)
        print(said, file=sys.stderr)
    except Unavailable as error:
        print(f"homeserver: {config.homeserver}: {error}; try again later.", file=sys.stderr)
    except LoggedOut:
        print(
            "The homeserver has logged the bot's device out; `twinline identity new-device` makes a new one.",
            file=sys.stderr,
        )
    return 1


async def _show(custody: Custody, config: Config) -> int:
    portrait = await custody.show()
    where = config.secret_file or config.storage / "pickle.key"
    for name, value in _lines(portrait, where):
        print(f"{name:<14}{value}")
    return 0 if portrait.well else 1


def _lines(portrait: Portrait, secret: Path) -> list[tuple[str, str]]:
    """What `show` prints: a name and what there is to say of it."""
    lines = [("account", portrait.user_id), ("device", portrait.device_id)]
    if portrait.store is not None:
        lines.append(("", f"NOT usable: {portrait.store}"))
    if portrait.device_key is not None:
        lines.append(("", f"fingerprint {groups(portrait.device_key)}"))
    lines.append(
        ("", "signed by the identity" if portrait.signed else "NOT signed by the identity: start the bot")
    )
    if portrait.master is None:
        lines.append(("identity", "none here: start the bot, or `twinline identity recover`"))
    else:
        lines.append(("identity", f"fingerprint {groups(portrait.master)}"))
        lines.append(("", f"encrypted with {secret}"))
    if portrait.server_master is None:
        lines.append(("", "NOT on the homeserver yet: start the bot"))
    elif portrait.server_master != portrait.master:
        shown = groups(portrait.server_master)
        lines.append(("", f"NOT the one that the homeserver shows, {shown}: `twinline identity recover`"))
    else:
        lines.append(("", "the homeserver shows the same"))
    kept = f"made; its id is {portrait.recovery_key}" if portrait.recovery_key else ""
    lines.append(("recovery key", kept or "none: `twinline identity backup` makes one"))
    if abs(portrait.clock_ahead) > _CLOCK_OFF:
        minutes = int(abs(portrait.clock_ahead).total_seconds() // 60)
        side = "ahead of" if portrait.clock_ahead > timedelta() else "behind"
        lines.append(("clock", f"{minutes} minutes {side} the homeserver's: set it right"))
    return lines


async def _backup(custody: Custody, *, replace: bool) -> int:
    key = await custody.backup(replace=replace)
    print(
        "The bot's identity is stored on its homeserver, encrypted with this recovery key:\n\n"
        f"    {key}\n\n"
        "It is shown this once and kept nowhere. Write it down, and keep it apart from this machine: with\n"
        "it and the account's password one can open the account in Element, and bring the identity back\n"
        "after a loss. Whoever has both can pass for the bot."
    )
    if replace:
        print("What other clients had stored under an older key is still opened by that one only.")
    return 0


async def _recover(custody: Custody, key_file: Path | None) -> int:
    def ask(passphrase: bool) -> str:
        if key_file is not None:
            return _first_line(key_file)
        if not sys.stdin.isatty():
            raise CannotStart("run it on a terminal, or name a file that holds the key with --key-file")
        return getpass.getpass("Recovery key or passphrase: " if passphrase else "Recovery key: ")

    aside = await custody.recover(ask)
    print("The identity is here, and the bot's device is signed by it. Start the bot.")
    if aside is not None:
        print(f"What was here before is in {aside}; delete it when you are sure that you do not need it.")
    return 0


async def _new_device(custody: Custody) -> int:
    ended = await custody.new_device()
    print("The bot has a new device, signed by its identity; nobody is warned of it. Start the bot.")
    if not ended:
        print("The old device could not be ended: end it in the account's list of devices, with any client.")
    return 0


def groups(key: str) -> str:
    """A public key in groups of four, to be compared by eye."""
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))


def _page(address: str) -> None:
    print(
        "The homeserver wants to be asked first. Open this page in a browser, sign in as the bot, and allow "
        "it:\n\n"
        f"    {address}\n\n"
        "Waiting until you did; Ctrl-C stops.",
        file=sys.stderr,
    )


def _first_line(file: Path) -> str:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise CannotStart(f"the file {file} cannot be read") from None
    return lines[0] if lines else ""
