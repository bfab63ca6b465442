"""The kinds of values that a configuration holds, each refused with half a sentence for the host."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Strict

SERVER = r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
USER_ID = rf"@[!-9;-~]+:{SERVER}"
LOCALPART = r"[a-z0-9._=/+-]+"
LONGEST_ID = 255  # the specification's limit for user ids and server names
LONGEST_HOST = 253  # a name in the DNS; 63 for each part of it
LONGEST_NAME = 80
LONGEST_PATH = 4000
LONGEST_PART = 250  # of a path, with room for what the program adds
_JOINERS = dict.fromkeys((0x200C, 0x200D))  # letters of some scripts stand beside them


def _plain_address(value: str) -> bool:
    """Whether this is an address of the web without name, password, query or fragment."""
    try:
        parts = urlsplit(value)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    clean = value.isprintable() and not (parts.username or parts.query or parts.fragment)
    host = parts.hostname or ""
    fits = len(host) <= LONGEST_HOST and all(0 < len(part) <= 63 for part in host.rstrip(".").split("."))
    return parts.scheme in ("http", "https") and fits and port_fits and clean and " " not in value


def _homeserver(value: str) -> str:
    if not _plain_address(value):
        raise ValueError("must be the address of the homeserver, such as https://matrix.example.org")
    return value.rstrip("/")


def _http_url(value: str) -> str:
    if not _plain_address(value):
        raise ValueError("must be an address, such as https://translate.example.org")
    return value.rstrip("/")


def _user_id(value: str) -> str:
    if len(value) > LONGEST_ID or not re.fullmatch(USER_ID, value):
        raise ValueError("must be a user id, such as @ana:example.org")
    return value


def _account(value: str) -> str:
    if len(value) > LONGEST_ID or not re.fullmatch(f"{USER_ID}|{LOCALPART}", value):
        raise ValueError("must be a user id, such as @twinline:example.org, or the part before the colon")
    return value


def _inviter(value: str) -> str:
    if len(value) > LONGEST_ID or not re.fullmatch(f"{USER_ID}|{SERVER}", value):
        raise ValueError("must be a user id, such as @ana:example.org, or a server name, such as example.org")
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Z][A-Za-z]{1,3})?", value):
        raise ValueError("must be a language code, such as en, es or pt_BR")
    return value


def _one_line(value: str) -> str:
    name = value.strip()
    if not name or len(name) > LONGEST_NAME or not name.translate(_JOINERS).isprintable():
        raise ValueError(f"must be one line of text, of at most {LONGEST_NAME} characters")
    return name


def _path(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.strip() or not value.isprintable() or len(value.encode()) > LONGEST_PATH:
        raise ValueError("must be the path of a file or folder")
    if any(len(part.encode()) > LONGEST_PART for part in Path(value).parts):
        raise ValueError("must be the path of a file or folder")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError("must be the path of a file or folder, and nobody of that name has one") from None


HomeserverUrl: TypeAlias = Annotated[str, AfterValidator(_homeserver)]
HttpUrl: TypeAlias = Annotated[str, AfterValidator(_http_url)]
UserId: TypeAlias = Annotated[str, AfterValidator(_user_id)]
Account: TypeAlias = Annotated[str, AfterValidator(_account)]
Inviter: TypeAlias = Annotated[str, AfterValidator(_inviter)]
LanguageCode: TypeAlias = Annotated[str, AfterValidator(_language)]
OneLine: TypeAlias = Annotated[str, AfterValidator(_one_line)]
# YAML has no paths, only text
LoosePath: TypeAlias = Annotated[Path, Strict(strict=False), BeforeValidator(_path)]
