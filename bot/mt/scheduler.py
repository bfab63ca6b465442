"""Runs many messages through the pipeline at once, and puts what they need into common batches.

Everything happens in one thread, which takes events in their order: a job, what a model said, what an engine
outside said. Models run in threads of their own. What somebody waits for goes before backlog; sentences of
about the same length go together; the same sentence is asked for once.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.domain.glossary import Glossary
from bot.mt.codes import ARGOS, Leg, Offers
from bot.mt.engine import EngineFailed
from bot.mt.language import detect
from bot.mt.memory import Memory
from bot.mt.message import translate
from bot.mt.ways import Decoder, Hop, Hypotheses, Need, NoWay, Plan, Steps, Way
from bot.pipeline.ports import Translation

if TYPE_CHECKING:
    from bot.mt.argos import Local, Models

BATCH = 32
"""Sentences that a model takes at a time."""
LOOKED_AT = 128
"""Sentences among which those of about the same length are looked for."""
BEAT = 1.0
"""Seconds after which a sign of life is sent while nothing is finished."""

log = logging.getLogger(__name__)

Emit = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Outside:
    """The decoder of an engine outside of this process."""

    engine: str
    source: str
    target: str


@dataclass(slots=True)
class _Job:
    """A request, its texts and what came of each."""

    id: int
    backlog: bool
    results: list[Any]
    left: int
    traces: list[list[dict[str, Any]]] | None = None


@dataclass(slots=True, eq=False)
class _Run:
    """One text of a job in the pipeline; it waits for the texts of `need` that are not in `found` yet."""

    job: _Job
    number: int
    steps: Steps[Any]
    need: Need | None = None
    found: dict[str, list[str]] = field(default_factory=dict)


_Asked: TypeAlias = tuple[Decoder, int]
"""A decoder, and how many hypotheses it is asked for."""


@dataclass(slots=True)
class _Wish:
    """A text that a decoder has to translate, and who waits for it."""

    asked: _Asked
    text: str
    order: tuple[bool, int]
    runs: list[_Run]
    sent: bool = False


class Scheduler:
    """Takes requests and events, emits answers. `models` is None where Argos is not in use."""

    def __init__(
        self,
        order: Sequence[str],
        models: Models | None,
        threads: int,
        emit: Emit,
        decoded: Callable[[Callable[[], None]], None],
    ) -> None:
        """`decoded` hands a function over to the thread that calls everything else here."""
        self._order = tuple(order)
        self._models = models
        self._threads = threads
        self._emit = emit
        self._decoded = decoded
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="model")
        self._memory = Memory()
        self._forms: dict[Decoder, Any] = {}
        self._wishes: dict[_Asked, dict[str, _Wish]] = defaultdict(dict)
        self._asked: dict[int, list[_Wish]] = {}
        self._running = 0
        self._count = 0
        self._emitted = time.monotonic()

    def request(self, request: dict[str, Any]) -> None:
        """A job, or the answer to a question."""
        if "answer" in request:
            self._outside_said(request["answer"], request.get("found"))
        elif "among" in request:
            found = [detect(text, request["among"]) for text in request["texts"]]
            self._say({"id": request["id"], "languages": found})
        else:
            self._start(request)
        self._submit()

    def _start(self, request: dict[str, Any]) -> None:
        texts: list[str] = request["texts"]
        job = _Job(request["id"], bool(request.get("backlog")), [None] * len(texts), len(texts))
        if request.get("trace"):
            job.traces = [[] for _ in texts]
        plan = self._plan(request)
        given = request.get("glossary") or {}
        glossary = Glossary(
            given.get("corrections", {}),
            tuple((source, target) for source, target in given.get("terms", ())),
            tuple(given.get("keep", ())),
        )
        for number, text in enumerate(texts):
            if request.get("raw"):
                steps: Steps[Any] = _raw(text, plan, request["raw"])
            else:
                steps = translate(text, plan, glossary, job.traces[number] if job.traces else None)
            self._advance(_Run(job, number, steps), partial(next, steps))
        if not texts:
            self._say({"id": job.id, "translations": [], "hypotheses": [], "traces": []})

    def _plan(self, request: dict[str, Any]) -> Plan:
        source, target = request["source"], request["target"]
        others = {
            name: frozenset((a, b) for a, b in pairs) for name, pairs in request.get("outside", {}).items()
        }
        installed = frozenset(self._models.usable()) if self._models is not None else frozenset()
        order = tuple(request.get("only") or self._order)
        routes = Offers(order, installed, others).routes(source, target)
        hops = [
            [
                Hop(legs[0].source, legs[0].target, tuple(partial(self._open, leg, request) for leg in legs))
                for legs in route
            ]
            for route in routes
        ]
        return Plan(source, target, hops, self._forms)

    def _open(self, leg: Leg, request: dict[str, Any]) -> Way:
        if leg.engine != ARGOS:
            decoder = Outside(leg.engine, leg.source, leg.target)
            most = request.get("most", {}).get(leg.engine, 1)
            return Way(leg.source, leg.target, decoder, engine=leg.engine, hypotheses=most)
        if self._models is None:
            raise NoWay(ARGOS)
        return self._models.way(leg.source, leg.target, leg.direction)

    def _advance(self, run: _Run, step: Callable[[], Need]) -> None:
        """Let a pipeline go on until it needs what nobody knows yet, or is done."""
        while True:
            try:
                need = step()
            except StopIteration as end:
                self._finished(run, end.value)
                return
            except (NoWay, EngineFailed) as error:
                self._finished(run, "no-model" if isinstance(error, NoWay) else "failed")
                return
            except Exception:  # what breaks on one text must not take the others with it
                log.exception("translation failed")
                self._finished(run, "failed")
                return
            run.need = need
            asked = (need.decoder, need.hypotheses)
            run.found = {
                text: said for text in need.texts if (said := self._memory.find(asked, text)) is not None
            }
            missing = [text for text in need.texts if text not in run.found]
            if missing:
                self._wish(run, asked, missing)
                return
            step = partial(run.steps.send, [run.found[text] for text in need.texts])

    def _wish(self, run: _Run, asked: _Asked, texts: list[str]) -> None:
        known = self._wishes[asked]
        fresh = []
        for text in texts:
            wish = known.get(text)
            if wish is None:
                self._count += 1
                wish = known[text] = _Wish(asked, text, (run.job.backlog, self._count), [])
                fresh.append(wish)
            elif wish.order[0] and not run.job.backlog:
                wish.order = (False, wish.order[1])
            wish.runs.append(run)
        decoder, hypotheses = asked
        if fresh and isinstance(decoder, Outside):
            self._count += 1
            self._asked[self._count] = fresh
            self._say(
                {
                    "ask": self._count,
                    "engine": decoder.engine,
                    "source": decoder.source,
                    "target": decoder.target,
                    "texts": [wish.text for wish in fresh],
                    "hypotheses": hypotheses,
                }
            )

    def _submit(self) -> None:
        """Give work to models that are idle: the oldest sentence that somebody waits for, and its like."""
        while self._running < self._threads:
            waiting = [
                wish
                for asked, wishes in self._wishes.items()
                if not isinstance(asked[0], Outside)
                for wish in wishes.values()
                if not wish.sent
            ]
            if not waiting:
                return
            first = min(waiting, key=lambda wish: wish.order)
            alike = [wish for wish in waiting if wish.asked == first.asked]
            chunk = _chunk(first, alike, self._threads - self._running)
            for wish in chunk:
                wish.sent = True
            self._running += 1
            decoding = self._pool.submit(self._decode, *first.asked, [wish.text for wish in chunk])
            decoding.add_done_callback(partial(self._hand_over, chunk))

    def _decode(self, decoder: Any, hypotheses: int, texts: list[str]) -> Hypotheses:
        if self._models is None:
            raise NoWay(ARGOS)
        local: Local = decoder
        return self._models.of(local).decode(texts, hypotheses)

    def _hand_over(self, chunk: list[_Wish], done: Future[Hypotheses]) -> None:
        self._decoded(partial(self._model_said, chunk, done))

    def _model_said(self, chunk: list[_Wish], done: Future[Hypotheses]) -> None:
        self._running -= 1
        error = done.exception()
        if error is not None:
            log.warning("a model failed: %s", type(error))
            self._said(chunk, None)
        else:
            self._said(chunk, done.result())
        self._submit()
        if time.monotonic() - self._emitted > BEAT:
            self._say({"alive": True})

    def _outside_said(self, number: int, found: Hypotheses | None) -> None:
        wishes = self._asked.pop(number)
        fits = found is not None and len(found) == len(wishes)
        self._said(wishes, found if fits else None)

    def _said(self, wishes: list[_Wish], found: Hypotheses | None) -> None:
        """Hand on what was said, or that nothing came, to those who wait for it."""
        ready: dict[_Run, None] = {}
        for number, wish in enumerate(wishes):
            del self._wishes[wish.asked][wish.text]
            if found is not None:
                self._memory.keep(wish.asked, wish.text, found[number])
            for run in wish.runs:
                if run.need is None or (run.need.decoder, run.need.hypotheses) != wish.asked:
                    continue  # it failed on another text of the same need
                if found is None:
                    run.need = None
                    self._advance(run, partial(run.steps.throw, EngineFailed("an engine failed")))
                    continue
                run.found[wish.text] = found[number]
                ready[run] = None
        for run in ready:
            need = run.need
            if need is not None and all(text in run.found for text in need.texts):
                self._advance(run, partial(run.steps.send, [run.found[text] for text in need.texts]))

    def _finished(self, run: _Run, result: Translation | Hypotheses | str) -> None:
        job = run.job
        run.need = None
        job.results[run.number] = result
        job.left -= 1
        if job.left:
            return
        errors = [one for one in job.results if isinstance(one, str)]
        if errors:
            answer: dict[str, Any] = {"id": job.id, "error": errors[0]}
        elif isinstance(result, Translation):
            answer = {"id": job.id, "translations": [_written(one) for one in job.results]}
        else:
            answer = {"id": job.id, "hypotheses": job.results}
        if job.traces is not None:
            answer["traces"] = job.traces
        self._say(answer)

    def _say(self, message: dict[str, Any]) -> None:
        self._emitted = time.monotonic()
        self._emit(message)


def _raw(text: str, plan: Plan, hypotheses: int) -> Steps[list[str]]:
    """One sentence through the first engine, and nothing around it."""
    failure: Exception = NoWay(f"{plan.source} → {plan.target}")
    for opened in plan.routes[0][0].ways if plan.routes and len(plan.routes[0]) == 1 else ():
        try:
            said = yield Need(opened().decoder, (text,), hypotheses)
        except NoWay as error:
            failure = error
            continue
        return said[0]
    raise failure


def _chunk(first: _Wish, alike: list[_Wish], idle: int) -> list[_Wish]:
    """`first` and what goes well with it, leaving something for the other models that are idle."""
    alike = sorted(alike, key=lambda wish: wish.order)[:LOOKED_AT]
    size = max(1, min(BATCH, -(-len(alike) // idle)))
    alike.sort(key=lambda wish: len(wish.text))
    at = alike.index(first) // size * size
    return alike[at : at + size]


def _written(one: Translation) -> dict[str, Any]:
    return {
        "text": one.text,
        "via": one.via,
        "language": one.language,
        "segments": [[s.source, s.target, s.flags, s.corrected] for s in one.segments],
    }
