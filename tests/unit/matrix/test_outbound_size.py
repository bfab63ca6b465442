"""However long the words are and in however many languages, a message fits one event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.dispatch import LONGEST_PART
from bot.domain.parts import parts
from bot.domain.post import Block, Fold, Line, Post, Quote
from bot.matrix.outbound import _LARGEST, MatrixTransport
from tests.unit.matrix.pair import ROOM, Pair

LANGUAGES = ("es", "fr", "de")


class _Crypto:
    """The real machine, without the sharing of keys before."""

    def __init__(self, pair: Pair) -> None:
        self.encrypt = pair.ana.encrypt
        self.user_id = pair.ana.user_id


def _post(size: int, others: int, replaces: str | None = None) -> Post:
    blocks: list[Block] = [Line("manila-1 · Manila Tenants", strong=True), Quote("m" * size, "en")]
    blocks += [Fold(one, one[0] * size, one, instead=f"{one}: too long") for one in LANGUAGES[:others]]
    blocks.append(Fold("original", "o" * size, "tl"))
    return Post(tuple(blocks), replaces=replaces)


def _sent(folder: Path, post: Post) -> dict[str, Any]:
    """What the other side reads of the message; that it fits is looked at before."""
    pair = Pair(folder)
    pair.share()
    transport = MatrixTransport(*[_Crypto(pair)] * 6)  # type: ignore[arg-type]  # only encrypts
    content = transport._fitting(ROOM, post, "marker")
    assert len(json.dumps(content)) <= _LARGEST
    opened = pair.open(
        ROOM,
        {
            "event_id": "$1",
            "sender": pair.ana.user_id,
            "origin_server_ts": int(pair.now.timestamp() * 1000),
            "content": content,
        },
    )
    return dict(opened.content)


@pytest.mark.parametrize("replaces", [None, "$before"])
def test_the_longest_words_in_the_most_languages_fit(tmp_path: Path, replaces: str | None) -> None:
    shown = _sent(tmp_path, _post(LONGEST_PART, 3, replaces))
    body = shown.get("m.new_content", shown)["body"]
    assert "m" * LONGEST_PART in body
    assert "o" * LONGEST_PART in body
    assert "e" * LONGEST_PART in body
    assert body.endswith("o")


@pytest.mark.parametrize("replaces", [None, "$before"])
def test_what_there_is_no_room_for_is_named_the_last_language_first(
    tmp_path: Path, replaces: str | None
) -> None:
    shown = _sent(tmp_path, _post(LONGEST_PART * 5 // 4, 3, replaces))
    body = shown.get("m.new_content", shown)["body"]
    assert "de: too long" in body
    assert "fr: too long" not in body
    assert "o" * LONGEST_PART in body


def test_an_edit_that_fits_without_its_fallback_stays_folded(tmp_path: Path) -> None:
    shown = _sent(tmp_path, _post(LONGEST_PART, 0, "$before"))
    assert "<details>" in shown["m.new_content"]["formatted_body"]
    assert len(shown["body"]) < LONGEST_PART


def test_a_short_edit_is_whole_for_clients_that_know_none(tmp_path: Path) -> None:
    shown = _sent(tmp_path, _post(100, 3, "$before"))
    assert shown["body"] == "* " + shown["m.new_content"]["body"]


@pytest.mark.parametrize("replaces", [None, "$before"])
@pytest.mark.parametrize(
    "text",
    [
        "".join(f"line {n}\n" for n in range(3_000)),
        "!\n" * 10_000,
        "\"<&>'" * 8_000,
        "@a:b " * 8_000,
        "https://a.example/b " * 2_000,
        "👩‍👩‍👧‍👦" * 5_700,
        "日" * 40_000,
        "```\n" + "x < 1\n" * 5_000,
    ],
)
def test_every_part_of_a_long_text_fits_with_its_translation(
    tmp_path: Path, text: str, replaces: str | None
) -> None:
    for number, part in enumerate(parts(text)[:2]):
        folder = tmp_path / str(number)
        folder.mkdir()
        header = Line("manila-1 (1/9) · Manila Tenants", strong=True)
        blocks = (header, Quote(part, "en"), Fold("original", part, "es"))
        shown = _sent(folder, Post(blocks, replaces=replaces))
        assert "original" in shown.get("m.new_content", shown)["body"]
