"""Asking an engine outside of the worker, within its limits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from bot.mt.engine import Engine, EngineFailed, Limits

_turns: WeakKeyDictionary[Engine, asyncio.Semaphore] = WeakKeyDictionary()


async def ask(
    engine: Engine, texts: Sequence[str], source: str, target: str, hypotheses: int
) -> list[list[str]]:
    """Translate any number of texts by an engine, in as many calls as its limits demand.

    A text that is too long for it gets no hypotheses. Raises EngineFailed.
    """
    turns = _turns.setdefault(engine, asyncio.Semaphore(engine.limits.calls))

    async def call(numbers: list[int]) -> list[list[str]]:
        async with turns:
            said = await engine.translate([texts[n] for n in numbers], source, target, hypotheses)
        if len(said) != len(numbers):
            raise EngineFailed("the engine lost a text")
        return said

    calls = _calls(texts, engine.limits)
    done = await asyncio.gather(*map(call, calls), return_exceptions=True)
    found: list[list[str]] = [[] for _ in texts]
    for numbers, said in zip(calls, done, strict=True):
        if isinstance(said, BaseException):
            raise said
        for n, one in zip(numbers, said, strict=True):
            found[n] = one
    return found


def _calls(texts: Sequence[str], limits: Limits) -> list[list[int]]:
    """The numbers of the texts for each call."""
    calls: list[list[int]] = []
    room, left = 0, 0
    for n, text in enumerate(texts):
        if len(text) > limits.characters:
            continue
        if not left or len(text) > room:
            calls.append([])
            room, left = limits.characters, limits.texts
        calls[-1].append(n)
        room, left = room - len(text), left - 1
    return calls
