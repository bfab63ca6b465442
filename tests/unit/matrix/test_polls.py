"""Native polls between the bot and Element."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.incoming import PollAnswer, Undecryptable
from bot.domain.post import Asked, Closed
from bot.matrix import polls
from bot.matrix.inbound import Reader
from bot.matrix.opening import Drop
from bot.matrix.outbound import _relation
from tests.unit.matrix.pair import ANA, BOT, ROOM, Pair

RESPONSE = "org.matrix.msc3381.poll.response"
RELATION = {"m.relates_to": {"rel_type": "m.reference", "event_id": "$poll"}}
POLL = Asked("Do you\u202e agree?", (("aaaa", "Yes\nand more"), ("bbbb", "No")), "Or type: !vote 1")


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    both = Pair(tmp_path)
    both.share()
    yield both
    both.close()


@pytest.fixture
def reader(pair: Pair) -> Reader:
    return Reader(BOT, pair, pair.bot.guard)


def test_a_poll_is_undisclosed_with_one_choice_and_a_text_for_clients_without_polls() -> None:
    kind, content = polls.start(POLL)
    assert kind == "org.matrix.msc3381.poll.start"
    inner = content[kind]
    assert inner["kind"] == "org.matrix.msc3381.poll.undisclosed"
    assert inner["max_selections"] == 1
    assert inner["question"]["org.matrix.msc1767.text"] == "Do you agree?"
    assert [(one["id"], one["org.matrix.msc1767.text"]) for one in inner["answers"]] == [
        ("aaaa", "Yes and more"),
        ("bbbb", "No"),
    ]
    assert content["org.matrix.msc1767.text"] == ("Do you agree?\n1. Yes and more\n2. No\nOr type: !vote 1")


def test_the_end_of_a_poll_relates_to_it_and_says_nothing_of_its_result() -> None:
    closed = Closed("$poll", "The round has ended.")
    assert polls.end(closed) == (
        "org.matrix.msc3381.poll.end",
        {"org.matrix.msc1767.text": "The round has ended.", "org.matrix.msc3381.poll.end": {}},
    )
    assert _relation(closed) == RELATION["m.relates_to"]
    assert _relation(POLL) == {}


@pytest.mark.parametrize(
    ("kind", "content"),
    [(RESPONSE, {RESPONSE: {"answers": ["aaaa"]}}), ("m.poll.response", {"m.selections": ["aaaa"]})],
)
def test_an_answer_is_read_under_both_names(
    pair: Pair, reader: Reader, kind: str, content: dict[str, Any]
) -> None:
    event = pair.event(content, kind=kind, outer=RELATION)
    assert reader.event(ROOM, event) == PollAnswer(
        event_id=event["event_id"],
        room_id=ROOM,
        sender=ANA,
        sent_at=datetime(2027, 1, 15, 8, 0, tzinfo=UTC),
        poll="$poll",
        answers=("aaaa",),
    )


def test_an_answer_whose_key_comes_late_counts_all_the_same(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    key = pair.room_key()
    event = pair.event({RESPONSE: {"answers": ["aaaa"]}}, kind=RESPONSE, outer=RELATION)
    reader = Reader(BOT, pair, pair.bot.guard)
    waiting = reader.event(ROOM, event)
    assert isinstance(waiting, Undecryptable)
    pair.receive([key])
    found = reader.retry(waiting.raw)
    assert isinstance(found, PollAnswer)
    assert found.answers == ("aaaa",)
    pair.close()


@pytest.mark.parametrize(
    "content",
    [
        {},
        {RESPONSE: {}},
        {RESPONSE: "aaaa"},
        {RESPONSE: {"answers": "aaaa"}},
        {RESPONSE: {"answers": [1]}},
        {RESPONSE: {"answers": ["a"] * 21}},
    ],
)
def test_a_malformed_answer_is_dropped_and_counted(
    pair: Pair, reader: Reader, content: dict[str, Any]
) -> None:
    assert reader.event(ROOM, pair.event(content, kind=RESPONSE, outer=RELATION)) is None
    assert pair.bot.guard.dropped[Drop.MALFORMED] == 1


def test_an_answer_that_names_no_poll_is_dropped(pair: Pair, reader: Reader) -> None:
    event = pair.event({RESPONSE: {"answers": ["aaaa"]}}, kind=RESPONSE)
    assert reader.event(ROOM, event) is None
    assert pair.bot.guard.dropped[Drop.MALFORMED] == 1


def test_an_answer_in_clear_counts_for_nothing(pair: Pair, reader: Reader) -> None:
    event = pair.event({}, outer=RELATION) | {"type": RESPONSE, "content": {RESPONSE: {"answers": ["aaaa"]}}}
    assert reader.event(ROOM, event) is None
    assert pair.bot.guard.dropped[Drop.PLAINTEXT] == 1


@pytest.mark.parametrize("kind", ["org.matrix.msc3381.poll.start", "org.matrix.msc3381.poll.end"])
def test_other_people_s_polls_are_nothing_to_the_bot(pair: Pair, reader: Reader, kind: str) -> None:
    assert reader.event(ROOM, pair.event({kind: {}}, kind=kind, outer=RELATION)) is None
