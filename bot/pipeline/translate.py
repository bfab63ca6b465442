"""The translation of relays: the only caller of machine translation.

Rules:
- Words that go to several rooms in one language are translated once. A room may have several languages: its
  message goes once the words are translated into all of them.
- Words that may be in several languages are translated from the one that they look like, else the first;
  where it changes from line to line, each part from its own.
- The parts of a long text are translated one after the other.
- Without a model, or when the translator is down, the relay crosses at once, untranslated and marked.
- People's words in what the bot says are translated like a relay, but once: without a translation they stand
  as they were written, and that is said.
- What somebody wants to see before it goes is translated, and back, and comes in again.
- If the translator was down, it is tried again for an hour; a translation that comes then edits the post.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.domain.glossary import NO_GLOSSARY, Glossary, normalised
from bot.domain.incoming import Previewed
from bot.domain.outgoing import Found, Preview, Redact, Relay, RowRef, Say
from bot.domain.rendering import Flag, Mark, Proof, Rendering
from bot.domain.text import Words
from bot.pipeline.loop import Loop
from bot.pipeline.mixed import Stretch, main_language, stretches
from bot.pipeline.points import point
from bot.pipeline.ports import Clock, NoModel, Segment, Translation, Translator, TranslatorDown
from bot.pipeline.render import apart, joined, original_of, placed, rendering_of, timed, turned
from bot.storage import groups, outbox
from bot.storage.db import Database, Reading, Tx
from bot.storage.outbox import Entry

log = logging.getLogger(__name__)

SLOW = 30.0  # seconds
RETRY_AFTER = timedelta(seconds=30)
RETRY_FOR = timedelta(hours=1)
BACKLOG = timedelta(minutes=2)  # nobody waits for what is older
AT_ONCE = 64  # rows looked at together

Glossaries: TypeAlias = Callable[[Reading, int, str, str], Awaitable[Glossary]]
"""(transaction, twinning, source language, target language) → what its people agreed on."""


@dataclass(slots=True)
class Ask:
    """One text that is needed in one language, for however many rooms.

    It may be in one of `sources`, the first unless it looks like another. `glossaries` are those from a
    source into a target. In a joint room (`in_place`) it may turn out to be in the target language, and is
    translated into the first source then. `newest` is when the last who needs it came.
    """

    text: str
    sources: tuple[str, ...]
    target: str
    glossaries: Mapping[tuple[str, str], Glossary]
    in_place: bool
    newest: datetime = field(compare=False)
    answer: Rendering | None = field(default=None, compare=False)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock, compare=False)

    def glossary(self, source: str, target: str) -> Glossary:
        """What is agreed on for this direction."""
        return self.glossaries.get((source, target), NO_GLOSSARY)


@dataclass(slots=True)
class Work:
    """Rows that need the same text in the same languages."""

    asks: tuple[Ask, ...]
    entries: list[Entry]


async def no_glossaries(tx: Reading, twinning: int, source: str, target: str) -> Glossary:
    """Nobody agreed on anything."""
    return NO_GLOSSARY


class Translating(Loop[Work]):
    """Takes relays that wait for their translation, and makes them ready to be sent."""

    def __init__(
        self,
        database: Database,
        translator: Translator,
        clock: Clock,
        ready: Callable[[], None],
        previewed: Callable[[Previewed], Awaitable[None]],
        glossaries: Glossaries = no_glossaries,
    ) -> None:
        super().__init__(database, clock)
        self._translator = translator
        self._ready = ready
        self._previewed = previewed
        self._glossaries = glossaries

    def rows(self, work: Work) -> set[int]:
        return {entry.id for entry in work.entries}

    async def pending(self) -> list[Work]:
        """The texts that are to be translated next."""
        found: list[Work] = []
        known: list[Ask] = []
        turns: dict[str, int] = {}
        async with self._database.reading() as tx:
            rows = await outbox.translating(tx, self._clock.now(), AT_ONCE + len(self._busy))
            for entry in rows:
                if not isinstance(entry.payload, Relay | Preview | Say) or not _in_turn(entry, turns):
                    continue
                if entry.id in self._busy:
                    continue
                asks = tuple([_once(ask, known) for ask in await self._asks(tx, entry, entry.payload)])
                same = next((one for one in found if one.asks == asks), None)
                if same is None or isinstance(entry.payload, Preview | Say):
                    found.append(Work(asks, [entry]))
                else:
                    same.entries.append(entry)
        return found

    async def _asks(self, tx: Reading, entry: Entry, wanted: Relay | Preview | Say) -> list[Ask]:
        """What is needed for a row."""
        if isinstance(wanted, Say):
            return [
                await self._ask_said(tx, wanted, words, target, entry.created_at)
                for words, target in wanted.foreign
            ]
        words, found = wanted.words, []
        sources = words.among or (words.language,)
        if isinstance(wanted, Preview):
            targets: dict[str, int | None] = dict(wanted.targets)
        else:
            missing = [language for language, given in wanted.translations.items() if given is None]
            targets = dict.fromkeys(missing, wanted.twinning)
        for target, twinning in targets.items():
            in_place = isinstance(wanted, Relay) and wanted.in_place and target == wanted.target
            ways = [(source, target) for source in sources]
            if in_place or isinstance(wanted, Preview):
                ways += [(target, source) for source in sources]
            glossaries = {}
            if twinning is not None:
                glossaries = {way: await self._glossaries(tx, twinning, *way) for way in ways}
            found.append(Ask(words.text, sources, target, glossaries, in_place, entry.created_at))
        return found

    async def _ask_said(self, tx: Reading, say: Say, words: Words, target: str, newest: datetime) -> Ask:
        """What is needed for people's words in what the bot says."""
        sources, glossaries = words.among or (words.language,), {}
        if say.agreed is not None:
            glossaries = {
                (source, target): await self._glossaries(tx, say.agreed, source, target) for source in sources
            }
        return Ask(words.text, sources, target, glossaries, in_place=False, newest=newest)

    async def step(self, work: Work) -> None:
        """Translate one text for rows that need it in the same languages."""
        found = await asyncio.gather(*(self._answer(ask) for ask in work.asks))
        answers = list(zip(work.asks, found, strict=True))
        payload = work.entries[0].payload
        if isinstance(payload, Preview):
            await self._prove(work.entries[0], payload, answers)
        elif isinstance(payload, Say):
            await self._put_in(work.entries[0], payload, found)
        else:
            await self._store(work.entries, {ask.target: one for ask, one in answers})

    async def _prove(self, entry: Entry, wanted: Preview, found: list[tuple[Ask, Rendering]]) -> None:
        """Translate back, and hand what came of it to the inlet; the words are erased here then."""
        proofs = await asyncio.gather(*(self._back(ask, rendering) for ask, rendering in found))
        await self._previewed(
            Previewed(
                event_id=f"previewed:{entry.source}:{entry.what}",
                room_id=entry.room_id,
                asked_in=entry.source,
                topic=wanted.topic,
                by=wanted.by,
                text=wanted.words.text,
                proofs=tuple(proofs),
            )
        )
        async with self._database.tx() as tx:
            await outbox.settle_sent(tx, entry, None, self._clock.now())

    async def _put_in(self, entry: Entry, say: Say, renderings: list[Rendering]) -> None:
        """The bot says it now, with what came of translating people's words in it."""
        found = [
            Found(words, target, rendering)
            for (words, target), rendering in zip(say.foreign, renderings, strict=True)
        ]
        async with self._database.tx() as tx:
            await outbox.set_rendering(tx, entry, replace(say, found=(*say.found, *found)))
            point("translate:before-commit")
        point("translate:after-commit")
        self._ready()

    async def _back(self, ask: Ask, rendering: Rendering) -> Proof:
        source, target = rendering.language or ask.sources[0], ask.target
        if rendering.text is None or source == target:
            return Proof(source, target, rendering)
        again = Ask(rendering.text, (target,), source, ask.glossaries, in_place=False, newest=ask.newest)
        back = await self._answer(again)
        same = rendering.text if not back.marks else None  # names and the like
        return Proof(source, target, rendering, back.text or same)

    async def _answer(self, ask: Ask) -> Rendering:
        """What came of it; whoever needs the same meanwhile waits for it."""
        async with ask.lock:
            if ask.answer is None:
                ask.answer = await self._tried(ask)
        return ask.answer

    async def _tried(self, ask: Ask) -> Rendering:
        try:
            async with asyncio.timeout(SLOW):
                return await self._translated(ask)
        except NoModel:
            return Rendering(None, (Mark.NO_MODEL,))
        except (TranslatorDown, TimeoutError):
            log.warning("the translator is down or slow; relays cross untranslated")
        except Exception:
            log.exception("translating failed")
        return Rendering(None, (Mark.DOWN,))

    async def _translated(self, ask: Ask) -> Rendering:
        """The translation; in a joint room into the other language, if it turns out to be in the reader's."""
        text, target, first = ask.text, ask.target, ask.sources[0]
        source, there = first, None
        if len(ask.sources) > 1:
            found = await stretches(text, ask.sources, self._translator.detect)
            source = there = main_language(found)
            whole = normalised(text) in ask.glossary(source, target).corrections
            if len({one.language for one in found}) > 1 and not whole:
                return replace(rendering_of(text, await self._mixed(ask, found)), language=there)
        [one] = await self._said(ask, [text], source, target)
        if ask.in_place and target in (one.language, source):
            [one] = await self._said(ask, [text], target, first)
            return replace(rendering_of(text, one), language=target)
        rendering = rendering_of(text, one)
        return replace(rendering, language=rendering.language or there)

    async def _said(self, ask: Ask, texts: list[str], source: str, target: str) -> list[Translation]:
        backlog = self._clock.now() - ask.newest > BACKLOG
        glossary = ask.glossary(source, target)
        return await self._translator.translate(texts, source, target, glossary, backlog=backlog)

    async def _mixed(self, ask: Ask, found: list[Stretch]) -> Translation:
        """Each stretch from its own language; without a model for one of them, that one stands."""
        done: dict[Stretch, Translation] = {}
        failure: NoModel | None = None
        for language in dict.fromkeys(one.language for one in found):
            own = [one for one in found if one.language == language]
            try:
                said = await self._said(ask, [one.text for one in own], language, ask.target)
            except NoModel as error:
                failure = error
                said = [Translation(one.text, (Segment(one.text, None, (Flag.UNKNOWN,)),)) for one in own]
            done |= dict(zip(own, said, strict=True))
        parts = [done[one] for one in found]
        if failure is not None and all(part.nothing or not part.segments for part in parts):
            raise failure
        return joined(parts)

    async def _store(self, entries: list[Entry], found: Mapping[str, Rendering]) -> None:
        async with self._database.tx() as tx:
            now = self._clock.now()
            for entry in entries:
                if isinstance(entry.payload, Relay):
                    await self._keep(tx, entry, entry.payload.translated(found), now)
            point("translate:before-commit")
        point("translate:after-commit")
        self._ready()

    async def _keep(self, tx: Tx, entry: Entry, relay: Relay, now: datetime) -> None:
        """Store what came of a row, if it is to be shown now."""
        renderings = [one for one in relay.translations.values() if one is not None]
        late = any(Mark.DOWN in one.marks for one in renderings)
        nothing = all(one.text is None and not one.marks for one in renderings)
        again = now + RETRY_AFTER
        if relay.in_place and nothing:
            await outbox.cancel(tx, entry, outbox.NOTHING, now)
            if isinstance(relay.replaces, RowRef):  # what stands there translates other words
                what = outbox.EMPTIED + relay.replaces.what
                gone = Redact(entry.room_id, relay.replaces, what, entry.source)
                await outbox.add(tx, gone, entry.source, now)
        elif not entry.what.endswith(outbox.LATE):
            if await self._show(tx, entry, relay, now) and late and isinstance(entry.payload, Relay):
                better = replace(
                    entry.payload,
                    what=entry.what + outbox.LATE,
                    source=entry.source,
                    replaces=relay.replaces or RowRef(entry.source, entry.room_id, entry.what),
                )
                await outbox.add(tx, better, entry.source, now, RETRY_FOR, delay=RETRY_AFTER)
        elif late and again < entry.deadline:
            await outbox.postpone(tx, entry, again)
        elif late and all(one.text is None for one in renderings):
            await outbox.cancel(tx, entry, "untranslated", now)
        else:
            await self._show(tx, entry, relay, now)

    async def _show(self, tx: Tx, entry: Entry, relay: Relay, now: datetime) -> bool:
        """Store what is to be shown of a row. False if it has been cancelled meanwhile."""
        relay = placed(relay)
        rendering = relay.rendering or Rendering(None)
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


def _in_turn(entry: Entry, turns: dict[str, int]) -> bool:
    """Whether no earlier part of a long text waits for its translation: one takes all the time there is."""
    relay = entry.payload
    return (
        not isinstance(relay, Relay)
        or relay.parts == 1
        or turns.setdefault(entry.source, relay.part) == relay.part
    )


def _once(ask: Ask, known: list[Ask]) -> Ask:
    """The same request, if there is one already."""
    same = next((one for one in known if one == ask), None)
    if same is None:
        known.append(ask)
        return ask
    same.newest = max(same.newest, ask.newest)
    return same
