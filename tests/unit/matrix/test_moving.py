"""Keys moved on: what was said is closed for good, what comes later is read as before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.matrix.opening import Forged, NoKey
from bot.pipeline.ports import Unavailable
from tests.unit.matrix.pair import ROOM, Pair


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    both = Pair(tmp_path)
    both.share()
    yield both
    both.close()


def read(pair: Pair, event: dict[str, object]) -> str:
    return str(pair.open(ROOM, event).content["body"])


def handled(pair: Pair) -> None:
    pair.bot.guard.save()
    pair.bot.guard.handled()


def test_what_was_said_opens_no_more_and_what_comes_later_does(pair: Pair) -> None:
    events = [pair.event() for _ in range(3)]
    for event in events:
        read(pair, event)
    handled(pair)
    pair.bot.forget_said(ROOM)
    for event in events:
        with pytest.raises(NoKey):
            read(pair, event)
    assert read(pair, pair.event()) == "hello"


def test_so_it_is_after_a_restart(pair: Pair) -> None:
    before = pair.event()
    read(pair, before)
    handled(pair)
    pair.bot.forget_said(ROOM)
    unread = pair.event()
    pair.restart_bot()
    with pytest.raises(NoKey):
        read(pair, before)
    assert read(pair, unread) == "hello"


def test_the_old_key_is_in_no_file(pair: Pair, tmp_path: Path) -> None:
    read(pair, pair.event())
    handled(pair)
    [(before,)] = pair.bot._store.database.execute_sql("SELECT session FROM megolminboundsessions").fetchall()
    pair.bot.forget_said(ROOM)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if bytes(before) in file.read_bytes()]


def test_a_key_that_comes_again_opens_nothing_old(pair: Pair) -> None:
    key, second, before = pair.room_key(), pair.room_key(), pair.event()
    read(pair, before)
    handled(pair)
    pair.bot.forget_said(ROOM)
    later = pair.event()
    assert read(pair, later) == "hello"
    pair.receive([key])  # a better key than the one at hand: the client itself has sent it
    assert read(pair, later) == "hello"
    with pytest.raises(NoKey):
        read(pair, before)
    pair.restart_bot()
    pair.receive([second])
    with pytest.raises(NoKey):
        read(pair, before)


def test_the_bot_s_own_next_message_begins_with_a_new_key(pair: Pair) -> None:
    first = pair.bot.new_outbound(ROOM, {}).id
    handled(pair)
    pair.bot.forget_said(ROOM)
    assert pair.bot.outbound(ROOM) is None
    assert pair.bot.new_outbound(ROOM, {}).id != first


def test_a_message_that_is_being_handled_may_have_to_be_read_again(pair: Pair) -> None:
    handled(pair)
    event = pair.event()
    read(pair, event)
    with pytest.raises(Unavailable):
        pair.bot.forget_said(ROOM)
    assert read(pair, event) == "hello"
    handled(pair)
    pair.bot.forget_said(ROOM)
    with pytest.raises(NoKey):
        read(pair, event)


def test_before_the_first_batch_nothing_is_moved_on(pair: Pair) -> None:
    event = pair.event()
    read(pair, event)
    pair.bot.guard.save()
    pair.restart_bot()
    with pytest.raises(Unavailable):
        pair.bot.forget_said(ROOM)
    assert read(pair, event) == "hello"


def test_a_key_of_which_nothing_was_read_stays(pair: Pair) -> None:
    handled(pair)
    pair.bot.forget_said(ROOM)
    assert read(pair, pair.event()) == "hello"


def test_the_keys_of_other_rooms_stay(pair: Pair) -> None:
    event = pair.event()
    read(pair, event)
    handled(pair)
    pair.bot.forget_said("!other:example.org")
    assert read(pair, event) == "hello"


def test_the_same_ciphertext_still_counts_once(pair: Pair) -> None:
    handled(pair)
    pair.bot.forget_said(ROOM)
    event = pair.event()
    read(pair, event)
    with pytest.raises(Forged):
        read(pair, {**event, "event_id": "$another:example.org"})
