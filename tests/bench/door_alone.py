"""The checks of guard and trust alone, in one thread without a network: microseconds a message."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain.trust import Policy, Standing
from bot.matrix.guard import Guard
from bot.matrix.identity import CrossSigning
from bot.matrix.inbound import Reader
from bot.matrix.opening import Opened
from bot.matrix.pins import Pins
from bot.matrix.trust import Trust, identity_of
from tests.bench.common import median
from tests.unit.matrix.pair import ANA, BOT, ROOM, Pair

MESSAGES = 2000
ROUNDS = 9
BATCH = 20  # messages, after which the memory of ciphertexts is written as after a sync


class _NoGuard(Guard):
    """Remembers nothing and watches nothing."""

    def first(self, session_id: str, index: int, event_id: str) -> bool:
        return True

    @contextlib.contextmanager
    def reading(self, payload: str, what: object) -> Iterator[bool]:
        yield True


class _Opener:
    """As the session opens events, with or without looking at the device."""

    def __init__(self, pair: Pair, trust: Trust, *, checks: bool) -> None:
        self._pair = pair
        self._trust = trust
        self._checks = checks

    def open(self, room_id: str, event: Mapping[str, Any]) -> Opened:
        opened = self._pair.bot.open(room_id, event, self._pair.now)
        standing = self._trust.standing(opened.device, self._pair.now) if self._checks else Standing.SIGNED
        return replace(opened, standing=standing)

    def asked(self, room_id: str, event: Mapping[str, Any]) -> None:
        """Nobody asks."""


@dataclass(frozen=True, slots=True)
class Alone:
    """Microseconds: reading a message with and without the checks, and asking who may read the next one."""

    checked: float
    unchecked: float
    asked: float

    @property
    def per_message(self) -> float:
        """What the checks cost for one message in and one out."""
        return self.checked - self.unchecked + self.asked


def _trust(pair: Pair, folder: Path) -> Trust:
    trust = Trust(BOT, pair.bot.signed, Pins(folder / Pins.NAME, {}))
    identity = CrossSigning.create()
    body = identity.upload_body(ANA)
    shown = identity_of(ANA, body["master_key"], body["self_signing_key"])
    trust.learn(ANA, shown, {device.id: device for device in pair.bot.devices(ANA)}, datetime.now(UTC))
    return trust


def _read(reader: Reader, guard: Guard, events: list[dict[str, Any]]) -> float:
    began = time.thread_time()
    for number, event in enumerate(events):
        if reader.event(ROOM, event) is None:
            raise RuntimeError("a message was not read")
        if number % BATCH == 0:
            guard.save()
    return (time.thread_time() - began) / len(events) * 1e6


def _asked(trust: Trust, pair: Pair) -> float:
    (device,) = pair.bot.devices(ANA)
    began = time.thread_time()
    for _ in range(MESSAGES):
        trust.accepts(device, Policy.SIGNED, pair.now)
    return (time.thread_time() - began) / MESSAGES * 1e6


def measure() -> Alone:
    """Read fresh messages, with and without the checks in turns; the medians."""
    checked: list[float] = []
    unchecked: list[float] = []
    asked: list[float] = []
    with tempfile.TemporaryDirectory(prefix="twinline-alone-") as name:
        folder = Path(name)
        pair = Pair(folder)
        trust = _trust(pair, folder)
        bare = folder / "unchecked"
        bare.mkdir()
        guards: dict[bool, Guard] = {True: pair.bot.guard, False: _NoGuard(bare)}
        for number in range(ROUNDS * 2):
            checks = number % 2 == 0
            pair.ana.new_outbound(ROOM, {"rotation_period_msgs": 10_000})
            pair.share()
            events = [json.loads(json.dumps(pair.event())) for _ in range(MESSAGES)]
            pair.bot.guard = guards[checks]
            taken = _read(
                Reader(BOT, _Opener(pair, trust, checks=checks), guards[checks]), guards[checks], events
            )
            (checked if checks else unchecked).append(taken)
            asked.append(_asked(trust, pair))
        guards[False].close()
        pair.bot.guard = guards[True]
        pair.close()
    return Alone(median(checked), median(unchecked), median(asked))
