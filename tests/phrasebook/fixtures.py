"""Models folders for tests: the committed phrasebook packages, and hand-written copying models."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import bot.demo
from bot.mt.packages import import_file
from tests.phrasebook import copymodel

PHRASEBOOK = tuple(sorted((Path(bot.demo.__file__).parent / "phrasebook").glob("*.argosmodel")))


def phrasebook(models_dir: Path) -> Path:
    """Both phrasebook packages, imported."""
    for file in PHRASEBOOK:
        import_file(models_dir, file)
    return models_dir


def copying(models_dir: Path, *directions: tuple[str, str], phrases: Mapping[str, str] | None = None) -> Path:
    """Copying models for these directions, imported."""
    files = models_dir.parent / f"{models_dir.name}-files"
    files.mkdir(exist_ok=True)
    for source, target in directions:
        import_file(models_dir, copymodel.build(files, source, target, phrases))
    return models_dir


def rewritten(file: Path, to: Path, change: Mapping[str, bytes | None]) -> Path:
    """A copy of a package file with some entries replaced, added, or (None) left out."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(to, "w") as new:
        for entry in old.infolist():
            if entry.filename not in change:
                new.writestr(entry, old.read(entry))
        for name, content in change.items():
            if content is not None:
                new.writestr(name, content)
    return to
