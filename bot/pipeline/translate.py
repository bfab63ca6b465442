"""The translation of relays: the only caller of machine translation.

Rules:
- Words that go to several rooms in one language are translated once.
- Without a model, or when the translator is down, the relay crosses at once, untranslated and marked.
- If the translator was down, it is tried again for an hour; a translation that comes then edits the post.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.domain.outgoing import Mark, Relay, Rendering, RowRef
from bot.pipeline.points import point
from bot.pipeline.ports import Clock, NoModel, Translation, Translator, TranslatorDown
from bot.pipeline.receive import waits
from bot.storage import outbox
from bot.storage.db import Database
from bot.storage.outbox import Entry

log = logging.getLogger(__name__)

SLOW = 30.0  # seconds
RETRY_AFTER = timedelta(seconds=30)
RETRY_FOR = timedelta(hours=1)
LOOK_AGAIN = 5.0  # seconds, after trouble with the database
AT_ONCE = 64  # rows looked at together

Key = tuple[str, str, str]


class Translating:
    """Takes relays that wait for their translation, and makes them ready to be sent."""

    def __init__(
        self, database: Database, translator: Translator, clock: Clock, ready: Callable[[], None]
    ) -> None:
        self._database = database
        self._translator = translator
        self._clock = clock
        self._ready = ready
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
                    pending = {}
                for key, entries in pending.items():
                    self._busy |= {entry.id for entry in entries}
                    tasks.create_task(self._work(key, entries))
                try:
                    await asyncio.wait_for(self._wake.wait(), RETRY_AFTER.total_seconds())
                except TimeoutError:
                    continue

    async def _pending(self) -> dict[Key, list[Entry]]:
        async with self._database.tx() as tx:
            rows = await outbox.translating(tx, self._clock.now(), AT_ONCE + len(self._busy))
        groups: dict[Key, list[Entry]] = {}
        for entry in rows:
            if entry.id not in self._busy and isinstance(entry.payload, Relay):
                words = entry.payload.words
                groups.setdefault((words.text, words.language, entry.payload.target), []).append(entry)
        return groups

    async def _work(self, key: Key, entries: list[Entry]) -> None:
        """One step; what it leaves undone, since the database is in trouble, is found again."""
        try:
            await self.step(key, entries)
        except Exception as error:
            if not waits(error):
                raise
            log.warning("a translation cannot be stored: %s", error)
            await self._clock.sleep(LOOK_AGAIN)
        finally:
            self._busy -= {entry.id for entry in entries}
            self._wake.set()

    async def step(self, key: Key, entries: list[Entry]) -> None:
        """Translate one text for all rows that need it in this language."""
        text, source, target = key
        try:
            translations = await asyncio.wait_for(self._translator.translate([text], source, target), SLOW)
            rendering, late = _rendering(text, translations[0]), False
        except NoModel:
            rendering, late = Rendering(None, (Mark.NO_MODEL,)), False
        except (TranslatorDown, TimeoutError):
            log.warning("the translator is down or slow; %s relays cross untranslated", len(entries))
            rendering, late = Rendering(None, (Mark.DOWN,)), True
        except Exception:
            log.exception("translating failed")
            rendering, late = Rendering(None, (Mark.DOWN,)), True
        await self._store(entries, rendering, late=late)

    async def _store(self, entries: list[Entry], rendering: Rendering, *, late: bool) -> None:
        async with self._database.tx() as tx:
            now = self._clock.now()
            for entry in entries:
                relay = entry.payload
                if not isinstance(relay, Relay):
                    continue
                if relay.in_place and rendering == Rendering(None):
                    await outbox.cancel(tx, entry, "nothing to translate", now)
                elif not entry.what.endswith(outbox.LATE):
                    stored = await outbox.set_rendering(tx, entry, replace(relay, rendering=rendering))
                    if stored and late:
                        again = replace(
                            relay,
                            what=entry.what + outbox.LATE,
                            source=entry.source,
                            replaces=RowRef(entry.source, entry.room_id, entry.what),
                        )
                        await outbox.add(tx, again, entry.source, now, RETRY_FOR, delay=RETRY_AFTER)
                elif not late:
                    await outbox.set_rendering(tx, entry, replace(relay, rendering=rendering))
                elif now + RETRY_AFTER < entry.deadline:
                    await outbox.postpone(tx, entry, now + RETRY_AFTER)
                else:
                    await outbox.cancel(tx, entry, "untranslated", now)
            point("translate:before-commit")
        point("translate:after-commit")
        self._ready()


def _rendering(text: str, translation: Translation) -> Rendering:
    if translation.nothing:
        return Rendering(None, (Mark.UNKNOWN,))
    if translation.text == text and not translation.partial:
        return Rendering(None)  # a link, a name, an emoji: the same in every language
    marks = (Mark.PARTLY,) if translation.partial else ()
    return Rendering(translation.text, marks, translation.via)
