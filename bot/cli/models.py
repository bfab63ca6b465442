"""`twinline models list|install|import|remove`: the translation packages of this installation.

Only `install` and `list --index` use the network, and only the index of the configuration and its links.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from bot.mt import index
from bot.mt.index import Listed
from bot.mt.packages import Package, PackageError, import_file, installed, intact, remove, weight
from bot.mt.selftest import selftest

MB = 1_000_000
USUAL_SIZE = 100 * MB
"""What most packages of the public index weigh, where their server does not say."""
WHILE_UNPACKING = 2.5
"""Times the download that the disk has to hold for a moment."""


@dataclass(frozen=True, slots=True)
class Models:
    """The commands, for the models folder and the index of a configuration. Each returns the exit code."""

    folder: Path
    index: str

    def show(self, *, online: bool = False) -> int:
        """What is installed; with `online` what the index has too."""
        return self._told(lambda: self._show(online=online))

    def import_(self, file: Path, sha256: str | None = None) -> int:
        """A package from its file."""
        return self._told(lambda: self._import(file, sha256))

    def install(self, codes: Sequence[str]) -> int:
        """Packages from the index, for languages or directions."""
        return self._told(lambda: self._install(codes))

    def remove(self, codes: Sequence[str]) -> int:
        """Installed packages, by language, direction or name."""
        return self._told(lambda: self._remove(codes))

    def _told(self, command: Callable[[], None]) -> int:
        try:
            command()
        except PackageError as error:
            print(error, file=sys.stderr)
            return 2
        except OSError as error:
            print(f"{error.filename or self.folder}: {error.strerror}.", file=sys.stderr)
            return 2
        return 0

    def _show(self, *, online: bool) -> None:
        packages = installed(self.folder)
        if not packages:
            print("No translation packages are installed: dispatches cross untranslated, and marked so.")
        for package in packages:
            state = "" if intact(self.folder, package) else "  DAMAGED: import its file again"
            print(f"{_line(package)}{state}")
        if online:
            here = {(one.source, one.target): one.version for one in packages}
            known = asyncio.run(index.listed(self.index))
            for one, size in zip(known, asyncio.run(index.sizes(known)), strict=True):
                version = here.get((one.source, one.target))
                state = "not installed" if version is None else f"installed: {version or '?'}"
                print(f"in the index  {_offer(one, size)}  {state}")

    def _import(self, file: Path, sha256: str | None) -> None:
        package = import_file(self.folder, file, sha256)
        print(f"Imported {_line(package)}")
        print(f"sha256 {package.file_hash}")
        self._test(package)

    def _install(self, codes: Sequence[str]) -> None:
        known = asyncio.run(index.listed(self.index))
        directions = [(one.source, one.target) for one in known]
        asked = dict.fromkeys(one for code in codes for one in index.wanted(code, directions))
        here = {(one.source, one.target): one for one in installed(self.folder) if intact(self.folder, one)}
        packages = []
        for one in (one for one in known if (one.source, one.target) in asked):
            old = here.get((one.source, one.target))
            if old is not None and old.version == one.version:
                print(f"Installed already: {_line(old)}")
            else:
                packages.append(one)
        sizes = asyncio.run(index.sizes(packages))
        self._weigh(packages, sizes)
        for one, size in zip(packages, sizes, strict=True):
            self._fetch(one, size)

    def _weigh(self, packages: Sequence[Listed], sizes: Sequence[int | None]) -> None:
        """Say what it will take, and refuse what does not fit on the disk."""
        for one, size in zip(packages, sizes, strict=True):
            print(_offer(one, size))
        if not packages:
            return
        whole = sum(size or USUAL_SIZE for size in sizes)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = shutil.disk_usage(self.folder).free
        needed = whole + (WHILE_UNPACKING - 1) * max(size or USUAL_SIZE for size in sizes)
        print(
            f"On disk about {needed / MB:.0f} MB while unpacking, of {free / MB:.0f} MB free; in memory "
            f"about {1.1 * whole / MB:.0f} MB with all of them in use, besides 130 MB for the worker."
        )
        if needed > free:
            raise PackageError(f"{self.folder}: there is not enough room on this disk.")

    def _fetch(self, one: Listed, size: int | None) -> None:
        with tempfile.TemporaryDirectory(prefix=".download-", dir=self.folder) as scratch:
            file = Path(scratch) / f"{one.source}-{one.target}.argosmodel"
            with tqdm(
                total=size, unit="B", unit_scale=True, desc=f"{one.source} → {one.target}", disable=None
            ) as bar:
                asyncio.run(index.download(one, file, bar.update))
            package = import_file(self.folder, file)
            if (package.source, package.target) != (one.source, one.target):
                remove(self.folder, package)
                raise PackageError(
                    f"The index promised {one.source} → {one.target}, what came is {package.source} → "
                    f"{package.target}; it is removed."
                )
        print(f"Installed {_line(package)}")
        print(f"sha256 {package.file_hash}")
        self._test(package)

    def _test(self, package: Package) -> None:
        sentence, translated = asyncio.run(selftest(self.folder, package))
        print(f"Self-test: “{sentence}” → “{translated}”")

    def _remove(self, codes: Sequence[str]) -> None:
        packages = installed(self.folder)
        known = [(one.source, one.target) for one in packages]
        for code in codes:
            named = [one for one in packages if one.name == code]
            if not named:
                asked = index.wanted(code, known)
                named = [one for one in packages if (one.source, one.target) in asked]
            for one in named:
                remove(self.folder, one)
                print(f"Removed {_line(one)}")


def _offer(one: Listed, size: int | None) -> str:
    weight = "of unknown size, most have 100 MB" if size is None else f"{size / MB:.1f} MB"
    return f"{one.source} → {one.target}  version {one.version or '?'}  {weight}"


def _line(package: Package) -> str:
    kind = "  phrasebook" if package.phrasebook else ""
    version, size = package.version or "?", weight(package) / MB if package.folder.exists() else 0.0
    return f"{package.name}  {package.source} → {package.target}  version {version}  {size:.1f} MB{kind}"
