"""Translation packages on disk: what is installed, and how a file becomes a package.

A package is a zip in the format of Argos: one folder with `metadata.json`, `model/` and a tokenizer. It is
unpacked into the models folder, and only what translation needs. `models.lock` beside the packages holds
two hashes of each, written at its first import: of the file, which another import of the same name must
match, and of the unpacked files, which must match whenever the worker loads the package. A folder that the
lock does not name is not a package.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from bot.mt.codes import served

LOCK = "models.lock"
PACKED_LIMIT = 1_000_000_000
UNPACKED_LIMIT = 3_000_000_000
METADATA_LIMIT = 1_000_000
ENTRY_LIMIT = 5_000
TOKENIZERS = ("sentencepiece.model", "bpe.model")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_CHUNK = 1 << 20


class PackageError(Exception):
    """The file is refused. The text is one sentence for the host."""


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package. `source` and `target` are engine codes, `file_hash` the sha256 of its file.

    A `phrasebook` knows a limited set of sentences and counts as knowing one only if translating back
    gives it again. `placeholder` is the form in which protected spans pass through it ("⟦{}⟧"), if the
    package says so; else it is found by a probe.
    """

    name: str
    folder: Path
    source: str
    target: str
    version: str
    phrasebook: bool
    placeholder: str | None
    file_hash: str

    @property
    def order(self) -> tuple[int, ...]:
        """For comparing versions of the same direction."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version))


def read_lock(models_dir: Path) -> dict[str, dict[str, str]]:
    """The recorded hashes by package name. PackageError if the file cannot be understood."""
    try:
        lock = json.loads((models_dir / LOCK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, OSError) as error:
        raise PackageError(f"{models_dir / LOCK} cannot be read: {type(error).__name__}.") from error
    if not isinstance(lock, dict) or not all(isinstance(row, dict) for row in lock.values()):
        raise PackageError(f"{models_dir / LOCK} is damaged.")
    return lock


def installed(models_dir: Path) -> list[Package]:
    """The packages of the lock whose folder is there, by name. Their files are not looked into."""
    found = []
    for name, row in sorted(read_lock(models_dir).items()):
        folder = models_dir / name
        if not _NAME.fullmatch(name) or folder.is_symlink():
            continue
        try:
            text = (folder / "metadata.json").read_text(encoding="utf-8")
            found.append(_package(folder, text, row.get("file", "")))
        except (OSError, ValueError, PackageError):
            continue  # `intact` tells the host; a broken package must not hide the others
    return found


def changed(models_dir: Path) -> int:
    """A number that changes with every import; 0 before the first."""
    try:
        return (models_dir / LOCK).stat().st_mtime_ns
    except OSError:
        return 0


def best(packages: list[Package]) -> dict[tuple[str, str], Package]:
    """One package per direction, the newest version."""
    return {(p.source, p.target): p for p in sorted(packages, key=lambda p: p.order)}


def intact(models_dir: Path, package: Package) -> bool:
    """True if the package's files are the ones that were imported."""
    row = read_lock(models_dir).get(package.name)
    return row is not None and row.get("files") == _tree_hash(package.folder)


def import_file(models_dir: Path, file: Path, sha256: str | None = None) -> Package:
    """Check a package file, unpack it and record its hashes. PackageError says what is wrong with it.

    With `sha256` the file must have this hash. Importing the same file again repairs the package.
    """
    if not file.is_file():
        raise PackageError(f"{file} is not a file.")
    if file.stat().st_size > PACKED_LIMIT:
        raise PackageError(f"{file} is larger than {PACKED_LIMIT // 1_000_000} MB.")
    file_hash = _file_hash(file)
    if sha256 is not None and sha256.strip().lower() != file_hash:
        raise PackageError(f"{file} has the sha256 {file_hash}, which is not the one demanded.")
    models_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = read_lock(models_dir)
    with tempfile.TemporaryDirectory(prefix=".import-", dir=models_dir) as scratch:
        try:
            folder = _unpack(file, Path(scratch))
            metadata = (folder / "metadata.json").read_text(encoding="utf-8")
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise PackageError(f"{file} is not a package: it is damaged or no zip file.") from error
        package = _package(folder, metadata, file_hash)
        known = lock.get(package.name)
        if known is not None and known.get("file") != file_hash:
            raise PackageError(
                f"{package.name} was first installed with another content (sha256 {known.get('file')}); "
                f"if the change is wanted, remove its line from {models_dir / LOCK}."
            )
        lock[package.name] = {"file": file_hash, "files": _tree_hash(folder)}
        final = models_dir / package.name
        if final.exists():
            shutil.rmtree(final)
        folder.rename(final)
    _write_lock(models_dir, lock)
    return _package(final, metadata, file_hash)


def remove(models_dir: Path, package: Package) -> None:
    """Delete an installed package. Its hash stays in the lock, so that no other file takes its name."""
    gone = models_dir / f".removed-{package.name}"
    package.folder.rename(gone)
    _write_lock(models_dir, read_lock(models_dir))  # who watches the lock notices
    shutil.rmtree(gone)


def weight(package: Package) -> int:
    """How many bytes the files of an installed package have; about what it takes in memory."""
    return sum(file.stat().st_size for file in package.folder.rglob("*") if file.is_file())


def _package(folder: Path, text: str, file_hash: str) -> Package:
    metadata: Any = json.loads(text)
    if not isinstance(metadata, dict):
        raise PackageError("The package's metadata.json is no object.")
    source, target = metadata.get("from_code"), metadata.get("to_code")
    if not isinstance(source, str) or not isinstance(target, str) or source == target:
        raise PackageError("The package's metadata.json names no two languages.")
    for code in (source, target):
        if not served(code):
            raise PackageError(f"The package is for {code[:20]!r}, a language that Twinline does not know.")
    own = metadata.get("twinline")
    own = own if isinstance(own, dict) else {}
    placeholder = own.get("placeholder")
    return Package(
        name=folder.name,
        folder=folder,
        source=source,
        target=target,
        version=str(metadata.get("package_version", ""))[:40],
        phrasebook=own.get("phrasebook") is True,
        placeholder=placeholder if isinstance(placeholder, str) and placeholder.count("{}") == 1 else None,
        file_hash=file_hash,
    )


def _needed(path: PurePosixPath) -> bool:
    """Whether translation needs this file of a package (its own sentence splitters it does not)."""
    inside = path.parts[1:]
    return inside in (("metadata.json",), ("README.md",), *((name,) for name in TOKENIZERS)) or (
        len(inside) == 2 and inside[0] == "model"
    )


def _unpack(file: Path, scratch: Path) -> Path:
    """Unpack what is needed into `scratch`; all names are judged before the first byte is written."""
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > ENTRY_LIMIT:
            raise PackageError(f"{file} holds more than {ENTRY_LIMIT} files.")
        paths = {_path(file, entry): entry for entry in entries if not entry.is_dir()}
        tops = {path.parts[0] for path in paths}
        if len(tops) != 1 or len(paths) != sum(not entry.is_dir() for entry in entries):
            raise PackageError(f"{file} must hold one folder, and each file once.")
        top = tops.pop()
        names = {"/".join(path.parts[1:]) for path in paths}
        if not _NAME.fullmatch(top) or not {"metadata.json", "model/model.bin"} <= names:
            raise PackageError(f"{file} is no package: metadata.json or model/model.bin is missing.")
        if not names.intersection(TOKENIZERS):
            raise PackageError(f"{file} holds no tokenizer ({' or '.join(TOKENIZERS)}).")
        left = UNPACKED_LIMIT
        for path, entry in paths.items():
            if _needed(path):
                limit = METADATA_LIMIT if path.name == "metadata.json" else left
                left -= _extract(archive, entry, scratch / Path(*path.parts), min(limit, left))
    return scratch / top


def _path(file: Path, entry: zipfile.ZipInfo) -> PurePosixPath:
    name, mode = entry.filename, entry.external_attr >> 16
    path = PurePosixPath(name)
    bad_name = "\\" in name or ":" in name or path.is_absolute() or ".." in path.parts or not path.parts
    if bad_name or any(ord(character) < 32 for character in name):
        raise PackageError(f"{file} holds a path that leads out of its folder.")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise PackageError(f"{file} holds a link or a special file.")
    if entry.flag_bits & 1:
        raise PackageError(f"{file} is encrypted.")
    return path


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, to: Path, limit: int) -> int:
    """Write one file, counting what really comes out of the archive; returns its size."""
    to.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(entry) as source, to.open("xb") as target:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise PackageError("The package unpacks to more than is allowed.")
            target.write(chunk)
    return size


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def _file_hash(file: Path) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(file):
        digest.update(chunk)
    return digest.hexdigest()


def _tree_hash(folder: Path) -> str:
    """One hash over names and contents of all files below a folder; a link makes it "link", never a match."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            return "link"
        if path.is_file():
            digest.update(f"{path.relative_to(folder).as_posix()}\0{_file_hash(path)}\n".encode())
    return digest.hexdigest()


def _write_lock(models_dir: Path, lock: dict[str, dict[str, str]]) -> None:
    scratch = models_dir / f".{LOCK}.new"
    with scratch.open("w", encoding="utf-8") as out:
        json.dump(lock, out, indent=2, sort_keys=True)
        out.flush()
        os.fsync(out.fileno())
    scratch.replace(models_dir / LOCK)
