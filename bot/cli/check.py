"""`twinline check`: looks at the configuration, and at nothing outside this machine."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from bot.config import Config, ConfigError, load
from bot.i18n import Catalogs
from bot.matrix.login import has_account
from bot.mt.packages import PackageError, installed


def checked(path: Path) -> Config:
    """The configuration, its language included in what is looked at. Raises ConfigError."""
    config = load(path)
    available = Catalogs.load().available()
    if config.language not in available:
        raise ConfigError(f"language: the bot itself speaks {', '.join(available)} only.")
    return config


def run(path: Path) -> int:
    """Say that the configuration is sound, and what is worth a thought. Faults raise ConfigError."""
    config = checked(path)
    config.rehearse()
    try:
        found = hints(config)
    except PackageError as error:
        raise ConfigError(str(error)) from None
    print(f"{path} is sound.")
    for hint in found:
        print(hint)
    return 0


def hints(config: Config) -> list[str]:
    """Sentences about what works but is seldom meant."""
    found: list[str] = []
    address = urlsplit(config.homeserver)
    if address.scheme == "http" and not _loopback(address.hostname or ""):
        found.append("homeserver: over http:// the password and all that is not encrypted travel in clear.")
    if not config.hosts:
        found.append("hosts: nobody is named, so the bot joins direct chats with members of groups only.")
    if config.password_file is None and not has_account(config.storage):
        found.append("password_file: without it, the first start has to be on a terminal, and asks.")
    if config.secret_file is None:
        found.append(
            "secret_file: without it, a copy of the storage folder holds the keys together with their secret."
        )
    engines = config.translation.in_use
    if not engines:
        found.append("translation.engines: with none, every dispatch crosses untranslated.")
    if "argos" in engines and not installed(config.models_dir):
        found.append("There are no translation packages yet; twinline models install CODE… brings some.")
    if "apertium" in engines and not any(config.translation.apertium.glob("*.mode")):
        found.append(f"translation.apertium: there are no mode files in {config.translation.apertium}.")
    for server in config.translation.libretranslate:
        address = urlsplit(server)
        if address.scheme == "http" and not _loopback(address.hostname or ""):
            found.append("translation.libretranslate: over http:// words travel in clear.")
    return found


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
