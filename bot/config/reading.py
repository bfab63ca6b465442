"""What is read from files and tried on them; every failure is one sentence for the host."""

from __future__ import annotations

import errno
import stat
import tempfile
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Literal

import yaml

_SHOWN = 80
_FULL = (errno.ENOSPC, errno.EDQUOT)


class ConfigError(Exception):
    """The configuration cannot be used. The text is one sentence for the host."""


class NoRoom(ConfigError):
    """The disk is full: the same may work later."""


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, which YAML forbids and PyYAML lets pass."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{one_line(name)} stands twice", problem_mark=key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError:  # a date that is none, a number of thousands of digits
            raise yaml.MarkedYAMLError(
                problem="this is neither a date nor a number that fits; put it in quotes",
                problem_mark=node.start_mark,
            ) from None


def parse(path: Path) -> dict[str, object]:
    """The settings of a file by their keys, as they stand there. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"The configuration {path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ConfigError(f"The configuration {path} is not text in UTF-8.") from None
    try:
        data = yaml.load(text, _Loader)  # noqa: S506 - _Loader is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        hint = "; put such a value in quotes" if "cannot start any token" in (error.problem or "") else ""
        raise ConfigError(f"{path} is not valid YAML{where}: {error.problem}{hint}.") from None
    except yaml.YAMLError:
        raise ConfigError(
            f"{path} is not valid YAML: it holds a character that YAML does not allow."
        ) from None
    except RecursionError:
        raise ConfigError(f"{path} is not a configuration: its brackets go too deep.") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{path} holds no settings; `twinline example-config` shows what belongs there.")
    return {str(key): value for key, value in data.items()}


def one_line(text: str) -> str:
    """What somebody has written, fit to stand in a sentence."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"


def secret(key: str, path: Path | None) -> str | None:
    """The first line of a secret file, None where none is named. Raises ConfigError."""
    if path is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{key}: {path} cannot be read as text.") from None
    if not lines or not lines[0].strip():
        raise ConfigError(f"{key}: the first line of {path} is empty.")
    return lines[0].strip()


def checked_secret(key: str, path: Path) -> None:
    """A secret is for its owner's eyes, and there is one. Raises ConfigError."""
    if path.stat().st_mode & stat.S_IROTH:
        raise ConfigError(f"{key}: everybody on this machine can read {path}; chmod 600 would close it.")
    secret(key, path)


def kind(key: str, path: Path) -> Literal["file", "folder", "other"] | None:
    """What there is at a path. Raises ConfigError where that cannot be seen."""
    try:
        if path.is_dir():
            return "folder"
        if path.is_file():
            return "file"
        return "other" if path.exists() else None
    except OSError as error:
        raise ConfigError(f"{key}: {path} cannot be looked at ({error.strerror}).") from None


def try_writing(key: str, path: Path) -> None:
    """Whether a folder, or the place where it or a file will be made, can be written.

    Raises ConfigError, NoRoom.
    """
    try:
        if path.is_file():
            with path.open("ab"):
                return
        place = next(one for one in (path, *path.parents) if one.exists())
        with tempfile.TemporaryDirectory(prefix=".twinline-", dir=place):
            return
    except OSError as error:
        fault = NoRoom if error.errno in _FULL else ConfigError
        raise fault(f"{key}: {path} cannot be written ({error.strerror}).") from None
