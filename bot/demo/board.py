"""What the audience sees: two live columns in a terminal, else plain lines. The only importer of rich."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console, Group
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from bot.demo.client import Client
from bot.demo.timeline import Seen, Shown

NOTICE = (
    "The translations come from a phrasebook of some hundred sentences, made for this demonstration;"
    " real models: twinline models install CODE (see the README)."
)
LIMITS = "The homeserver is a private Synapse on this machine, its rate limits lifted."


@dataclass(frozen=True, slots=True)
class Column:
    """One room as one person's client shows it."""

    title: str
    viewer: Client
    room_id: str
    names: dict[str, str]

    def name(self, user_id: str) -> str:
        return self.names.get(user_id, user_id)


Seconds = Callable[["Shown | Seen"], "float | None"]


class Board(Protocol):
    """Where the demonstration shows itself. `pace`: seconds that the audience gets to read a message."""

    pace: float

    def say(self, text: str) -> None:
        """Tell the audience what happens now."""

    def watch(self, columns: list[Column], seconds: Seconds) -> None:
        """Show these rooms from now on. `seconds` knows how long a relayed message took."""

    def show(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Be on screen."""


class PlainBoard:
    """One line per event, for logs and pipes."""

    pace = 0.0

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._rooms: set[str] = set()
        self._seconds: Seconds = lambda _: None

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:6.1f}  {text}", flush=True)

    def watch(self, columns: list[Column], seconds: Seconds) -> None:
        self._seconds = seconds
        for column in columns:
            if column.room_id not in self._rooms:
                self._rooms.add(column.room_id)
                column.viewer.on_seen(functools.partial(self._line, column))

    def _line(self, column: Column, seen: Seen) -> None:
        if seen.room_id != column.room_id:
            return
        if seen.type == "m.room.redaction":
            self.say(f"[{column.title}] a message was deleted")
        elif seen.is_message and seen.readable:
            took = self._seconds(seen)
            stamp = f" ({took:.1f} s)" if took is not None else ""
            indent = "↳ " if seen.thread else ""
            text = " / ".join(line for line in seen.body.splitlines() if line.strip())
            self.say(f"[{column.title}] {indent}{column.name(seen.sender)}{stamp}: {_short(text, 400)}")

    @contextlib.asynccontextmanager
    async def show(self) -> AsyncIterator[None]:
        self.say(LIMITS)
        self.say(NOTICE)
        yield


class LiveBoard:
    """Two columns that follow the rooms."""

    pace = 1.5

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._columns: list[Column] = []
        self._seconds: Seconds = lambda _: None
        self._said: list[str] = []

    def say(self, text: str) -> None:
        self._said.append(f"{time.monotonic() - self._began:5.1f} s  {text}")

    def watch(self, columns: list[Column], seconds: Seconds) -> None:
        self._columns, self._seconds = columns, seconds

    @contextlib.asynccontextmanager
    async def show(self) -> AsyncIterator[None]:
        with Live(self._draw(), console=self._console, auto_refresh=False) as live:
            drawing = asyncio.create_task(self._redraw(live), name="screen")
            try:
                yield
            finally:
                drawing.cancel()
                live.update(self._draw(), refresh=True)

    async def _redraw(self, live: Live) -> None:
        drawn = None
        while True:
            views = [column.viewer.rooms.get(column.room_id) for column in self._columns]
            state = (len(self._said), [len(view.events) if view else 0 for view in views], self._console.size)
            if state != drawn:
                live.update(self._draw(), refresh=True)
                drawn = state
            await asyncio.sleep(0.25)

    def _draw(self) -> Layout:
        layout = Layout()
        layout.split_column(Layout(name="rooms"), Layout(name="below", size=9))
        height = max(5, self._console.height - 11)
        width = max(20, self._console.width // 2 - 4)
        if self._columns:
            layout["rooms"].split_row(*(Layout(self._column(c, width, height)) for c in self._columns))
        else:
            layout["rooms"].update(Panel(Text("Setting the stage …"), title="Twinline"))
        said = Text("\n".join(self._said[-5:]))
        small = Text(f"{LIMITS} {NOTICE}", style="dim")
        layout["below"].update(Panel(Group(said, small), title="What happens"))
        return layout

    def _column(self, column: Column, width: int, height: int) -> Panel:
        lines = Text()
        for number, line in enumerate(self._lines(column, width)[-height:]):
            lines.append("\n" if number else "")
            lines.append_text(line)
        return Panel(lines, title=f"{column.title} — as {column.viewer.name}’s client decrypts it")

    def _lines(self, column: Column, width: int) -> list[Text]:
        found: list[Text] = []
        for shown in column.viewer.screen(column.room_id):
            took = self._seconds(shown)
            head = Text("  ↳ " if shown.thread else "", style="dim")
            head.append(column.name(shown.sender), style="bold cyan" if took is not None else "bold")
            head.append(f"  {took:.1f} s" if took is not None else "", style="green")
            found.append(head)
            body = shown.body if shown.readable else "(not readable)"
            for paragraph in body.splitlines():
                margin = "    " if shown.thread else "  "
                style = "dim" if shown.msgtype == "m.notice" else ""
                found += [Text(margin + part, style=style) for part in _wrap(paragraph, width - len(margin))]
        return found


def _wrap(paragraph: str, width: int) -> list[str]:
    lines, line = [], ""
    for word in paragraph.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line] if line else lines


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def choose() -> Board:
    """Live columns in a terminal that is wide enough, plain lines elsewhere."""
    console = Console()
    if console.is_terminal and not console.is_dumb_terminal and console.width >= 80 and console.height >= 20:
        return LiveBoard(console)
    return PlainBoard()
