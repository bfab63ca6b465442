"""The kinds of values that a configuration holds, each refused with half a sentence for the host."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Strict

SERVER = r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
USER_ID = rf"@[!-9;-~]+:{SERVER}"
LOCALPART = r"[a-z0-9._=/+-]+"


def _plain_address(value: str) -> bool:
    """Whether this is an address of the web without name, password, query or fragment."""
    try:
        parts = urlsplit(value)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    clean = not (parts.username or parts.query or parts.fragment)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port_fits and clean


def _homeserver(value: str) -> str:
    if not _plain_address(value):
        raise ValueError("must be the address of the homeserver, such as https://matrix.example.org")
    return value.rstrip("/")


def _http_url(value: str) -> str:
    if not _plain_address(value):
        raise ValueError("must be an address, such as https://translate.example.org")
    return value.rstrip("/")


def _user_id(value: str) -> str:
    if not re.fullmatch(USER_ID, value):
        raise ValueError("must be a user id, such as @ana:example.org")
    return value


def _account(value: str) -> str:
    if not re.fullmatch(f"{USER_ID}|{LOCALPART}", value):
        raise ValueError("must be a user id, such as @twinline:example.org, or the part before the colon")
    return value


def _inviter(value: str) -> str:
    if not re.fullmatch(f"{USER_ID}|{SERVER}", value):
        raise ValueError("must be a user id, such as @ana:example.org, or a server name, such as example.org")
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Z][A-Za-z]{1,3})?", value):
        raise ValueError("must be a language code, such as en, es or pt_BR")
    return value


def _one_line(value: str) -> str:
    if not value.strip() or "\n" in value:
        raise ValueError("must be one line of text")
    return value.strip()


HomeserverUrl: TypeAlias = Annotated[str, AfterValidator(_homeserver)]
HttpUrl: TypeAlias = Annotated[str, AfterValidator(_http_url)]
UserId: TypeAlias = Annotated[str, AfterValidator(_user_id)]
Account: TypeAlias = Annotated[str, AfterValidator(_account)]
Inviter: TypeAlias = Annotated[str, AfterValidator(_inviter)]
LanguageCode: TypeAlias = Annotated[str, AfterValidator(_language)]
OneLine: TypeAlias = Annotated[str, AfterValidator(_one_line)]
LoosePath: TypeAlias = Annotated[Path, Strict(strict=False)]  # YAML has no paths, only text
