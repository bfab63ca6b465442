"""The translation of relays: the only caller of machine translation.

Rules:
- Words that go to several rooms in one language are translated once.
- Without a model, or when the translator is down, the relay crosses at once, untranslated and marked.
- If the translator was down, it is tried again for an hour; a translation that comes then edits the post.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.domain.glossary import NO_GLOSSARY, Glossary
from bot.domain.outgoing import Redact, Relay, RowRef
from bot.domain.rendering import Mark, Rendering
from bot.pipeline.points import point
from bot.pipeline.ports import Clock, NoModel, Translator, TranslatorDown
from bot.pipeline.receive import waits
from bot.pipeline.render import apart, original_of, rendering_of, timed, turned
from bot.storage import groups, outbox
from bot.storage.db import Database, Reading, Tx
from bot.storage.outbox import Entry

log = logging.getLogger(__name__)

SLOW = 30.0  # seconds
RETRY_AFTER = timedelta(seconds=30)
RETRY_FOR = timedelta(hours=1)
BACKLOG = timedelta(minutes=2)  # nobody waits for what is older
LOOK_AGAIN = 5.0  # seconds, after trouble with the database
AT_ONCE = 64  # rows looked at together

Glossaries: TypeAlias = Callable[[Reading, int, str, str], Awaitable[Glossary]]
"""(transaction, twinning, source language, target language) → what its people agreed on."""


@dataclass(slots=True)
class Work:
    """One text for all rows that need it in one language, with one glossary.

    In a joint room (`in_place`) it may turn out to be in the target language, and needs the `reverse` then.
    """

    text: str
    source: str
    target: str
    glossary: Glossary
    entries: list[Entry]
    in_place: bool = False
    reverse: Glossary = NO_GLOSSARY


async def no_glossaries(tx: Reading, twinning: int, source: str, target: str) -> Glossary:
    """Nobody agreed on anything."""
    return NO_GLOSSARY


class Translating:
    """Takes relays that wait for their translation, and makes them ready to be sent."""

    def __init__(
        self,
        database: Database,
        translator: Translator,
        clock: Clock,
        ready: Callable[[], None],
        glossaries: Glossaries = no_glossaries,
    ) -> None:
        self._database = database
        self._translator = translator
        self._clock = clock
        self._ready = ready
        self._glossaries = glossaries
        self._wake = asyncio.Event()
        self._busy: set[int] = set()

    def wake(self) -> None:
        """There may be something to translate."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._wake.clear()
                try:
                    pending = await self._pending()
                except Exception as error:
                    if not waits(error):
                        raise
                    log.warning("the database cannot be read: %s", error)
                    await self._clock.sleep(LOOK_AGAIN)
                    self._wake.set()
                    pending = []
                for work in pending:
                    self._busy |= {entry.id for entry in work.entries}
                    tasks.create_task(self._work(work))
                with contextlib.suppress(TimeoutError):
                    # wait_for can lose a cancellation (until Python 3.12)
                    async with asyncio.timeout(RETRY_AFTER.total_seconds()):
                        await self._wake.wait()

    async def _pending(self) -> list[Work]:
        found: list[Work] = []
        async with self._database.reading() as tx:
            rows = await outbox.translating(tx, self._clock.now(), AT_ONCE + len(self._busy))
            for entry in rows:
                if entry.id in self._busy or not isinstance(entry.payload, Relay):
                    continue
                words, target = entry.payload.words, entry.payload.target
                glossary = reverse = NO_GLOSSARY
                twinning, in_place = entry.payload.twinning, entry.payload.in_place
                if twinning is not None:
                    glossary = await self._glossaries(tx, twinning, words.language, target)
                if twinning is not None and in_place:
                    reverse = await self._glossaries(tx, twinning, target, words.language)
                work = Work(words.text, words.language, target, glossary, [entry], in_place, reverse)
                same = next((one for one in found if _alike(one, work)), None)
                if same is None:
                    found.append(work)
                else:
                    same.entries.append(entry)
        return found

    async def _work(self, work: Work) -> None:
        """One step; what it leaves undone, since the database is in trouble, is found again."""
        try:
            await self.step(work)
        except Exception as error:
            if not waits(error):
                raise
            log.warning("a translation cannot be stored: %s", error)
            await self._clock.sleep(LOOK_AGAIN)
        finally:
            self._busy -= {entry.id for entry in work.entries}
            self._wake.set()

    async def step(self, work: Work) -> None:
        """Translate one text for all rows that need it in this language."""
        entries = work.entries
        try:
            async with asyncio.timeout(SLOW):
                rendering, late = await self._translated(work), False
        except NoModel:
            rendering, late = Rendering(None, (Mark.NO_MODEL,)), False
        except (TranslatorDown, TimeoutError):
            log.warning("the translator is down or slow; %s relays cross untranslated", len(entries))
            rendering, late = Rendering(None, (Mark.DOWN,)), True
        except Exception:
            log.exception("translating failed")
            rendering, late = Rendering(None, (Mark.DOWN,)), True
        await self._store(entries, rendering, late=late)

    async def _translated(self, work: Work) -> Rendering:
        """The translation; in a joint room into the other language, if it turns out to be in the reader's."""
        text = work.text
        late = all(self._clock.now() - entry.created_at > BACKLOG for entry in work.entries)
        [found] = await self._translator.translate(
            [text], work.source, work.target, work.glossary, backlog=late
        )
        if work.in_place and found.language == work.target:
            [found] = await self._translator.translate(
                [text], work.target, work.source, work.reverse, backlog=late
            )
            return replace(rendering_of(text, found), language=work.target)
        return rendering_of(text, found)

    async def _store(self, entries: list[Entry], rendering: Rendering, *, late: bool) -> None:
        async with self._database.tx() as tx:
            now = self._clock.now()
            for entry in entries:
                if not isinstance(entry.payload, Relay):
                    continue
                relay = entry.payload
                if relay.in_place and rendering.text is None and not rendering.marks:
                    await outbox.cancel(tx, entry, "nothing to translate", now)
                    if relay.replaces is not None:  # what stands there translates other words
                        gone = Redact(entry.room_id, relay.replaces, f"redact:{entry.what}", entry.source)
                        await outbox.add(tx, gone, entry.source, now)
                elif not entry.what.endswith(outbox.LATE):
                    stored = await self._show(tx, entry, relay, rendering, now)
                    if stored and late:
                        again = replace(
                            relay,
                            what=entry.what + outbox.LATE,
                            source=entry.source,
                            replaces=relay.replaces or RowRef(entry.source, entry.room_id, entry.what),
                        )
                        await outbox.add(tx, again, entry.source, now, RETRY_FOR, delay=RETRY_AFTER)
                elif not late:
                    await self._show(tx, entry, relay, rendering, now)
                elif now + RETRY_AFTER < entry.deadline:
                    await outbox.postpone(tx, entry, now + RETRY_AFTER)
                else:
                    await outbox.cancel(tx, entry, "untranslated", now)
            point("translate:before-commit")
        point("translate:after-commit")
        self._ready()

    async def _show(self, tx: Tx, entry: Entry, relay: Relay, rendering: Rendering, now: datetime) -> bool:
        """Store what is to be shown of a row. False if it has been cancelled meanwhile."""
        relay = turned(relay, rendering) if relay.in_place else relay
        home = await groups.of_room(tx, relay.origin_room) if relay.origin_room is not None else None
        shown = timed(rendering, relay, home.zone if home is not None else None)
        stored = await outbox.set_rendering(tx, entry, replace(relay, rendering=shown))
        if stored and apart(relay, shown):
            what, first = entry.what.removesuffix(outbox.LATE), relay
            if what != entry.what and relay.replaces == RowRef(entry.source, entry.room_id, what):
                first = replace(
                    relay, replaces=None
                )  # the post had no translation, and so no original beside it
            await outbox.add(tx, original_of(first, shown, entry.source, what), entry.source, now)
        return stored


def _alike(one: Work, other: Work) -> bool:
    return replace(one, entries=[]) == replace(other, entries=[])
