"""`poe lock [--upgrade]`: pins every package of every group, and writes `requirements.lock` for hosts.

The pins are `constraint-dependencies` in `pyproject.toml`: names and versions without addresses, which uv
obeys wherever it resolves. `uv.lock` itself is not committed, since it names download hosts. What stands
in `requirements.lock` is the installation without development groups, with digests, for all platforms.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "pyproject.toml"
RESOLVED = ROOT / "uv.lock"
REQUIREMENTS = ROOT / "requirements.lock"

_BLOCK = re.compile(r"^constraint-dependencies = \[\n(?:  .*\n)*\]\n", re.MULTILINE)
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")

Pin = tuple[str, str]


def uv() -> str:
    """The uv that runs us, or one that is on the path or beside this Python. Raises FileNotFoundError."""
    beside = Path(sys.executable).with_name("uv")
    found = os.environ.get("UV") or shutil.which("uv") or (str(beside) if beside.exists() else None)
    if found is None:
        raise FileNotFoundError("uv is not installed: pip install uv")
    return found


def pins(lines: list[str]) -> set[Pin]:
    """Names and versions of lines such as `babel==2.18.0 ; python_version < '4'`."""
    return {(found[1].lower(), found[2]) for line in lines if (found := _PIN.match(line.strip()))}


def constraints() -> set[Pin]:
    """What `pyproject.toml` pins."""
    settings = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["tool"]["uv"]
    return pins(settings.get("constraint-dependencies", []))


def digests(text: str) -> dict[Pin, set[str]]:
    """The digests of each package in the text of a requirements file."""
    found: dict[Pin, set[str]] = {}
    for block in re.split(r"\n(?=\S)", text):
        for pin in pins([block]):
            found.setdefault(pin, set()).update(re.findall(r"--hash=(sha256:[0-9a-f]{64})", block))
    return found


class Resolution:
    """What uv resolved: the packages of `uv.lock`, this project left out."""

    def __init__(self) -> None:
        packages = tomllib.loads(RESOLVED.read_text(encoding="utf-8"))["package"]
        self.project: dict[str, Any] = next(p for p in packages if "editable" in p["source"])
        self.packages: list[dict[str, Any]] = [p for p in packages if p is not self.project]

    def everything(self) -> dict[Pin, set[str]]:
        """All packages of all groups, with their digests."""
        return {_pin(package): _digests(package) for package in self.packages}

    def base(self) -> dict[Pin, set[str]]:
        """What an installation without development groups needs."""
        waiting = list(self.project["dependencies"])
        found: dict[Pin, set[str]] = {}
        seen: set[tuple[str, frozenset[str]]] = set()
        while waiting:
            wanted = waiting.pop()
            extras = frozenset(wanted.get("extra", ()))
            if (wanted["name"], extras) in seen:
                continue
            seen.add((wanted["name"], extras))
            for package in (p for p in self.packages if p["name"] == wanted["name"]):
                found[_pin(package)] = _digests(package)
                waiting += package.get("dependencies", [])
                waiting += [
                    d for extra in extras for d in package.get("optional-dependencies", {}).get(extra, [])
                ]
        return found


def _pin(package: dict[str, Any]) -> Pin:
    return str(package["name"]), str(package["version"])


def _digests(package: dict[str, Any]) -> set[str]:
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    return {file["hash"] for file in files}


def _run(*words: str) -> str:
    command = [uv(), *words, "--quiet", "--project", str(ROOT)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _export(*words: str) -> str:
    return _run("export", "--frozen", "--no-emit-project", "--no-header", "--no-annotate", *words)


def main(*words: str) -> None:
    """Resolve, and write the pins. Without `--upgrade` versions change only where they have to."""
    before = PROJECT.read_text(encoding="utf-8")
    PROJECT.write_text(_BLOCK.sub("", before), encoding="utf-8")
    try:
        _run("lock", *words)
        twice = {name for name, _ in _multiple(pins(_export("--all-groups", "--no-hashes").splitlines()))}
        lines: list[str] = []
        for line in _export("--all-groups", "--no-hashes").splitlines():
            requirement, _, marker = (part.strip() for part in line.partition(";"))
            keep = requirement.partition("==")[0] in twice
            lines.append(f"{requirement} ; {marker}" if keep else requirement)
    except BaseException:
        PROJECT.write_text(before, encoding="utf-8")
        raise
    block = "".join(f'  "{line}",\n' for line in sorted(set(lines)))
    written = _BLOCK.sub("", before).replace(
        "[tool.uv]\n", f"[tool.uv]\nconstraint-dependencies = [\n{block}]\n", 1
    )
    PROJECT.write_text(written, encoding="utf-8")
    _run("lock")
    REQUIREMENTS.write_text(_export("--no-default-groups"), encoding="utf-8")


def _multiple(found: set[Pin]) -> set[Pin]:
    names = [name for name, _ in found]
    return {pin for pin in found if names.count(pin[0]) > 1}


if __name__ == "__main__":
    main(*sys.argv[1:])
