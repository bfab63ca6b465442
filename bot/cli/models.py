"""`twinline models list|import FILE [--sha256 HASH]`: the translation packages of this installation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from bot.mt.packages import Package, PackageError, import_file, installed, intact


def run(
    models_dir: Path, action: Literal["list", "import"], file: Path | None = None, sha256: str | None = None
) -> int:
    """List the installed packages, or import a package file. Returns the exit code (2: refused)."""
    try:
        if action == "import":
            if file is None:
                raise PackageError("Which file? Usage: twinline models import FILE [--sha256 HASH]")
            package = import_file(models_dir, file, sha256)
            print(f"Imported {_line(package)}")
            print(f"sha256 {package.file_hash}")
            return 0
        packages = installed(models_dir)
        if not packages:
            print("No translation packages are installed: dispatches cross untranslated, and marked so.")
        for package in packages:
            state = "" if intact(models_dir, package) else "  DAMAGED: import its file again"
            print(f"{_line(package)}{state}")
    except PackageError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or models_dir}: {error.strerror}.", file=sys.stderr)
        return 2
    return 0


def _line(package: Package) -> str:
    kind = "  phrasebook" if package.phrasebook else ""
    return f"{package.name}  {package.source} → {package.target}  version {package.version or '?'}{kind}"
