"""Installing packages from an index on loopback, with the phrasebook packages as they are."""

from __future__ import annotations

import asyncio
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.cli.models import Models
from bot.mt.packages import installed, intact, read_lock
from tests.phrasebook import copymodel, fixtures

NAME = "translate-en_es-0_1"


class Index:
    """A web server: `files` by path; `asked` keeps the paths asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.moved: dict[str, str] = {}
        self.asked: list[str] = []
        self.cut: set[str] = set()
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer(body=False)

            def do_GET(self) -> None:
                self._answer(body=True)

            def _answer(self, *, body: bool) -> None:
                index.asked.append(f"{self.command} {self.path}")
                content = index.files.get(self.path)
                if self.path in index.moved:
                    self.send_response(302)
                    self.send_header("Location", index.moved[self.path])
                else:
                    self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                if body and content is not None:
                    self.wfile.write(content[: len(content) // 2] if self.path in index.cut else content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def lists(self, *rows: dict[str, object]) -> None:
        """The index says this."""
        self.files["/index.json"] = json.dumps(rows).encode()

    def row(self, source: str, target: str, *links: str, version: str = "0.1") -> dict[str, object]:
        """A line of the index."""
        return {
            "from_code": source,
            "to_code": target,
            "package_version": version,
            "links": [link if ":" in link else f"{self.url}/{link}" for link in links],
        }

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def index() -> Iterator[Index]:
    found = Index()
    for number, file in enumerate(fixtures.PHRASEBOOK):
        found.files[f"/{number}"] = file.read_bytes()
    found.lists(found.row("en", "es", "0"), found.row("es", "en", "ipfs:abc", "nowhere", "1"))
    yield found
    found.close()


@pytest.fixture
def models(index: Index, tmp_path: Path) -> Models:
    return Models(tmp_path / "models", f"{index.url}/index.json")


def test_a_language_is_installed_both_ways_and_tested(
    models: Models, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models.install(["es"]) == 0
    told = capsys.readouterr()
    assert [intact(models.folder, package) for package in installed(models.folder)] == [True, True]
    lines = told.out.splitlines()
    assert lines[0] == "en → es  version 0.1  0.3 MB"
    assert lines[2].startswith("On disk about 1 MB while unpacking, of ")
    assert "Self-test: “Thank you very much.” → “Muchas gracias.”" in lines
    assert "Self-test: “Muchas gracias.” → “Thank you very much.”" in lines
    assert index.asked.index("GET /nowhere") < index.asked.index("GET /1")
    assert not [path for path in models.folder.iterdir() if path.name.startswith(".download")]
    lock = read_lock(models.folder)
    assert all(lock[name]["file"] in told.out for name in lock)


def test_what_is_installed_is_not_downloaded_again(
    models: Models, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models.install(["en-es"]) == 0
    index.asked.clear()
    assert models.install(["en_es"]) == 0
    assert "Installed already" in capsys.readouterr().out
    assert index.asked == ["GET /index.json"]
    assert models.show(online=True) == 0
    told = capsys.readouterr().out
    assert "in the index  en → es  version 0.1  0.3 MB  installed: 0.1\n" in told
    assert "in the index  es → en  version 0.1  0.3 MB  not installed\n" in told


def test_a_list_tells_the_sizes_that_servers_tell(
    models: Models, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [index.row(code, "en", "nowhere") for code in ("fr", "de", "it")]
    index.lists(index.row("en", "es", "nowhere", "http://127.0.0.1:9/gone", "0"), *rows)
    assert models.show(online=True) == 0
    told = capsys.readouterr().out
    assert "en → es  version 0.1  0.3 MB  not installed" in told
    assert told.count("of unknown size, most have 100 MB  not installed") == 3


def test_progress_is_shown_on_a_terminal_only(models: Models, capsys: pytest.CaptureFixture[str]) -> None:
    assert models.install(["en-es"]) == 0
    assert capsys.readouterr().err == ""


def test_the_newest_version_is_taken_and_a_redirect_of_the_index_followed(
    models: Models, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    index.lists(index.row("en", "es", "old", version="0.9"), index.row("en", "es", "moved", version="0.10"))
    index.moved["/moved"] = f"{index.url}/0"
    assert models.install(["en-es"]) == 0
    assert "GET /old" not in index.asked
    assert "version 0.10" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("fr", "There is no package for 'fr'"),
        ("es-fr", "There is no package for 'es-fr'"),
        ("klingon", "There is no package for 'klingon'"),
        ("../..", "There is no package for '../..'"),
    ],
)
def test_a_code_without_a_package_is_one_sentence(
    code: str, sentence: str, models: Models, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models.install([code]) == 2
    told = capsys.readouterr()
    assert told.err.startswith(sentence)
    assert len(told.err.splitlines()) == 1
    assert not models.folder.exists()


def _bomb(file: Path) -> bytes:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{NAME}/metadata.json", b" " * 2_000_000)
        archive.writestr(f"{NAME}/model/model.bin", b"x")
        archive.writestr(f"{NAME}/sentencepiece.model", b"x")
    return file.read_bytes()


def test_what_is_no_sound_package_is_refused_and_leaves_nothing(
    models: Models, index: Index, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = copymodel.build(tmp_path)
    ways_out = fixtures.rewritten(good, tmp_path / "out", {f"{NAME}/../../evil": b"x"}).read_bytes()
    two = fixtures.rewritten(good, tmp_path / "two", {"stray/metadata.json": b"{}"}).read_bytes()
    bad = {
        "no zip": b"<html>",
        "empty": b"",
        "bomb": _bomb(tmp_path / "bomb"),
        "a way out": ways_out,
        "a stray folder": two,
        "another language": fixtures.PHRASEBOOK[1].read_bytes(),
    }
    for name, content in bad.items():
        index.files["/0"] = content
        assert models.install(["en-es"]) == 2, name
        assert len(capsys.readouterr().err.splitlines()) == 1, name
        assert installed(models.folder) == []
        assert not list(tmp_path.rglob("evil"))
    assert {path.name for path in models.folder.iterdir()} <= {"models.lock", ".engine"}


def test_a_download_that_breaks_off_is_tried_elsewhere(models: Models, index: Index) -> None:
    index.lists(index.row("en", "es", "cut", "0"))
    index.files["/cut"] = index.files["/0"]
    index.cut.add("/cut")
    assert models.install(["en-es"]) == 0
    index.lists(index.row("es", "en", "cut"))
    assert models.install(["es-en"]) == 2


def test_another_content_under_the_name_of_the_first_is_refused(
    models: Models, index: Index, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models.install(["en-es"]) == 0
    assert models.remove(["en-es"]) == 0
    changed = fixtures.rewritten(fixtures.PHRASEBOOK[0], tmp_path / "x", {f"{NAME}/README.md": b"other"})
    index.files["/0"] = changed.read_bytes()
    assert models.install(["en-es"]) == 2
    assert "first installed with another content" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[",
        b"[1, null, {}]",
        b'[{"from_code": "en", "to_code": "es", "links": "x"}]',
        b"[" * 99_999,
    ],
)
def test_an_index_that_is_none_is_one_sentence(
    content: bytes, models: Models, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    index.files["/index.json"] = content
    assert models.install(["es"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_disk_without_room_is_told_before_the_download(
    models: Models, index: Index, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1000})())
    assert models.install(["es"]) == 2
    assert "not enough room on this disk" in capsys.readouterr().err
    assert "GET /0" not in index.asked


async def test_the_bot_itself_never_asks_the_index(index: Index, models: Models) -> None:
    from bot.mt.client import WorkerTranslator

    await asyncio.to_thread(fixtures.phrasebook, models.folder)
    translator = WorkerTranslator(models.folder, 500)
    assert (await translator.translate(["We won the hearing."], "en", "es"))[
        0
    ].text == "Ganamos la audiencia."
    await translator.close()
    assert index.asked == []
