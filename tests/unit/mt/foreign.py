"""Stand-ins for programs and servers of other people: a chain as Apertium's, a server as LibreTranslate."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

_STAGE = """#!{python}
import os, sys, time
how = sys.argv[-1]
buffer, count = b"", 0
while chunk := os.read(0, 65536):
    buffer += chunk
    while b"\\0" in buffer:
        text, _, buffer = buffer.partition(b"\\0")
        count += 1
        text = text.decode()
        if how == "upper":
            text = text.upper()
        elif how == "spanish":
            text = text.replace("We won the hearing", "Ganamos la audiencia")
        elif how == "die" or (how == "die2" and count > 1):
            sys.exit(0)
        elif how == "close":
            os.close(1)
            time.sleep(60)
        elif how == "hang":
            time.sleep(60)
        elif how == "swallow":
            text = ""
        os.write(1, text.encode() + b"\\0")
"""


def modes(folder: Path, **named: tuple[str, ...]) -> Path:
    """A folder of mode files; each mode is a chain of stages such as "same", "upper", "die", "hang"."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "stage"
    program.write_text(_STAGE.replace("{python}", sys.executable))
    program.chmod(0o755)
    for name, stages in named.items():
        line = " | ".join(f"{program} $1 $2 '{stage}'" for stage in stages)
        (folder / f"{name.replace('_', '-')}.mode").write_text(line + "\n")
    return folder


LANGUAGES = [
    {"code": "en", "name": "English", "targets": ["en", "es", "zh-Hans"]},
    {"code": "es", "name": "Spanish", "targets": ["en"]},
    {"code": "xx", "name": "Klingon", "targets": ["en"]},
]
Answer = Callable[[dict[str, Any]], Any]


def spanish(asked: dict[str, Any]) -> dict[str, Any]:
    """What a server answers that knows one sentence."""
    said = [text.replace("We won the hearing", "Ganamos la audiencia") for text in asked["q"]]
    return {"translatedText": said, "alternatives": [[f"{one}!", f"{one}?"] for one in said]}


class Server:
    """A server on loopback. `answer` makes the answer to a request; `asked` keeps the requests."""

    def __init__(self) -> None:
        self.answer: Answer = spanish
        self.languages: Any = LANGUAGES
        self.asked: list[dict[str, Any]] = []
        self.called = asyncio.Event()
        self.looked = 0
        self.wait = 0.0
        self.url = ""

    async def _languages(self, request: web.Request) -> web.StreamResponse:
        self.looked += 1
        return _response(self.languages)

    async def _translate(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        self.asked.append(asked)
        self.called.set()
        await asyncio.sleep(self.wait)
        return _response(self.answer(asked))


def _response(value: Any) -> web.StreamResponse:
    if isinstance(value, web.StreamResponse):
        return value
    if isinstance(value, str):
        return web.Response(text=value, content_type="application/json")
    return web.json_response(value)


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    """A running server."""
    server = Server()
    app = web.Application(client_max_size=10_000_000)
    app.router.add_get("/languages", server._languages)
    app.router.add_post("/translate", server._translate)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
