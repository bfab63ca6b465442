"""What the guard drops, and what it remembers when the process is gone."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from peewee import OperationalError  # type: ignore[import-untyped]  # ships no types

from bot.matrix.ages import Ages
from bot.matrix.guard import MOST_TRIES, Guard
from bot.matrix.opening import Drop, Forged, NoKey
from bot.matrix.store import Unsaved
from bot.pipeline.ports import Unavailable
from tests.unit.matrix.pair import ROOM, Pair


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    both = Pair(tmp_path)
    yield both
    both.close()


def test_the_same_ciphertext_counts_once_also_after_a_restart(pair: Pair) -> None:
    pair.share()
    event = pair.event()
    other = {**event, "event_id": "$another:example.org"}
    pair.open(ROOM, event)
    pair.open(ROOM, event)
    with pytest.raises(Forged) as forged:
        pair.open(ROOM, other)
    assert forged.value.why is Drop.REPEATED
    pair.bot.guard.save()
    pair.restart_bot()
    with pytest.raises(Forged):
        pair.open(ROOM, other)
    assert pair.open(ROOM, event).content["body"] == "hello"


def test_the_memory_of_ciphertexts_goes_with_their_key(pair: Pair) -> None:
    pair.share()
    event = pair.event()
    pair.open(ROOM, event)
    pair.bot.guard.save()
    later = pair.now + timedelta(days=31)
    assert pair.bot.tidy(later) == 1
    assert pair.bot.guard.first(event["content"]["session_id"], 0, "$another:example.org")
    with pytest.raises(NoKey):
        pair.open(ROOM, event)


def test_a_crowded_memory_lets_the_oldest_keys_go_with_it(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.matrix.guard._LARGEST", 1)
    events = []
    for _ in range(4):
        pair.ana.new_outbound(ROOM, {})
        pair.share()
        events.append(pair.event())
        pair.now += timedelta(days=1)
        pair.open(ROOM, events[-1])
    pair.bot.guard.save()
    assert pair.bot.tidy(pair.now) == 2
    for event in events[:2]:
        with pytest.raises(NoKey):
            pair.open(ROOM, event)
    for event in events[2:]:
        pair.open(ROOM, event)


def test_which_keys_go_when_there_are_too_many(pair: Pair) -> None:
    ages = Ages(pair.bot.signed._database)
    for day, name in enumerate("abc"):
        ages.used(name, day)
    assert ages.oldest({"a": 1, "b": 1, "c": 4}, set()) == ["a", "b", "c"]
    assert ages.oldest({"a": 4, "b": 1, "c": 1}, set()) == ["a"]
    assert ages.oldest({"a": 4, "b": 1, "c": 1}, {"a"}) == ["b"]
    assert ages.oldest({}, set()) == []


def broken(guard: Guard, payload: str) -> bool:
    """Whether a payload that breaks its reading is looked at."""
    looked = False
    with guard.reading(payload, "$event") as worth:
        looked = worth
        if worth:
            raise KeyError(payload)
    return looked


def test_what_breaks_its_reading_three_times_is_not_looked_at_again(tmp_path: Path) -> None:
    guard = Guard(tmp_path)
    assert [broken(guard, "bad") for _ in range(2)] == [True, True]
    guard.close()
    guard = Guard(tmp_path)
    assert [broken(guard, "bad") for _ in range(3)] == [True, False, False]
    assert broken(guard, "another")
    assert guard.dropped == {Drop.BROKE: 4}
    guard.close()


DIE = """
import os, sys
from pathlib import Path
from bot.matrix.guard import Guard
guard = Guard(Path(sys.argv[1]))
with guard.reading("deadly", "$event") as worth:
    if worth:
        os._exit(9)
sys.exit(0)
"""


def test_what_kills_the_process_three_times_is_not_looked_at_again(tmp_path: Path) -> None:
    codes = [
        subprocess.run([sys.executable, "-c", DIE, str(tmp_path)], check=False).returncode
        for _ in range(MOST_TRIES + 1)
    ]
    assert codes == [9, 9, 9, 0]
    guard = Guard(tmp_path)
    with guard.reading("harmless", "$event") as worth:
        assert worth
    guard.close()


@pytest.mark.parametrize(
    "error", [Forged("x"), NoKey("s"), Unavailable("x"), OperationalError("disk"), KeyboardInterrupt()]
)
def test_what_is_no_fault_of_the_payload_is_raised(tmp_path: Path, error: BaseException) -> None:
    guard = Guard(tmp_path)
    for _ in range(5):
        with pytest.raises(type(error)), guard.reading("good", "$event"):
            raise error
    assert guard.dropped == {}
    guard.close()


class PanicException(BaseException):
    """As raised by a panic of the library of keys."""


def test_a_panic_of_the_library_is_the_payloads_fault(tmp_path: Path) -> None:
    guard = Guard(tmp_path)
    with guard.reading("bad", "$event"):
        raise PanicException
    assert guard.dropped == {Drop.BROKE: 1}
    guard.close()


def test_the_list_of_broken_payloads_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.matrix.guard._KEPT_TRIES", 10)
    guard = Guard(tmp_path)
    for number in range(50):
        broken(guard, f"bad {number}")
    guard.close()
    guard = Guard(tmp_path)
    assert len(guard._tries) == 10
    guard.close()


def test_a_flood_does_not_fill_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    guard = Guard(tmp_path)
    with caplog.at_level(logging.WARNING, "bot.matrix.guard"):
        for number in range(1000):
            guard.drop(Drop.PLAINTEXT, f"$event{number}:example.org")
    assert guard.dropped == {Drop.PLAINTEXT: 1000}
    assert len(caplog.records) == 12
    assert "(512 so far)" in caplog.messages[-1]
    guard.close()


def limit_disk(pair: Pair, *, full: bool) -> None:
    """Let the key store grow no further, or as far as it likes."""
    run = pair.bot.signed._database.execute_sql
    ((pages,),) = run("PRAGMA page_count").fetchall()
    run(f"PRAGMA max_page_count = {pages if full else 2**30}")


def test_a_full_disk_loses_no_key(pair: Pair) -> None:
    limit_disk(pair, full=True)
    taken: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def until_full() -> None:
        for _ in range(100):
            pair.ana.new_outbound(ROOM, {})
            taken.append((pair.room_key(), pair.event()))
            pair.receive([taken[-1][0]])

    with pytest.raises(Unsaved):
        until_full()
    with pytest.raises(Unsaved):
        pair.receive([taken[-1][0]])
    for _, event in taken[:-1]:
        pair.open(ROOM, event)
    with pytest.raises(NoKey):
        pair.open(ROOM, taken[-1][1])
    limit_disk(pair, full=False)
    pair.receive([taken[-1][0]])
    assert pair.open(ROOM, taken[-1][1]).content["body"] == "hello"
    assert pair.bot.guard.dropped == {}


def test_nothing_on_the_disk_names_a_session_that_was_forgotten(tmp_path: Path) -> None:
    guard = Guard(tmp_path)
    for session in ("gone" * 10, "kept" * 10):
        assert all(guard.first(session, number, f"${number}") for number in range(300))
    guard.save()
    guard.forget(["gone" * 10])
    disk = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    guard.close()
    assert b"kept" * 10 in disk
    assert b"gone" * 2 not in disk
