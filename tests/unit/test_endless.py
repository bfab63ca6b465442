"""No text of a person can make the bot think for ever: four times as long takes about four times as long.

Every parser that people's words go through is given long texts, made of one piece again and again. Which
pieces are good at that nobody knows beforehand: these are of all kinds that the parsers know.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.domain import alignment, card, day_words, group, languages, lines, moments, parts, stamps
from bot.domain.glossary import normalised
from bot.handlers import command, dates, look
from bot.handlers.nouns import all_nouns
from bot.i18n import Catalogs, fold
from bot.matrix import addresses, inbound, markdown, neutral
from bot.mt import blocks, marks, segment, spans, verify

SHORT, LONG = 4_000, 16_000
QUICK = 0.01  # seconds for a short text, with which 64 KB take less than three where the square is taken
GROWTH = 11.0  # for four times the length; the square would be 16
NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
PIECES = (
    "a", "A ", "1 ", "1-", ".", ". ", " ", "\u0301", "\u200b", "[", "*", "_a_", "**a", "|", "|a\n", "> ",
    "- ", "[a](", "](", "https://a ", "mailto:", "@a:b", "a=b ", "\"a\" ", "10:00 ", "Calle 1 ", "+12 345 ",
    "1 jan ", "a, ", "Ab de la ", "<span data-mx-spoiler>", "```\n", "a\n",
)  # fmt: skip


def _dispatch(text: str) -> object:
    declared = next(one for noun in all_nouns() for one in noun.commands if one.words == ("dispatch",))
    try:
        return command.parse(declared, text)
    except command.WrongUsage as refusal:
        return refusal


def _judged(text: str) -> list[object]:
    """What is asked of a sentence and its translation, for the first sentences."""
    found = [part.text for part in segment.sentences(text, "en") if part.sentence]
    return [verify.judge(verify.Case.of(one, one, ("en", "es"))) for one in found[:2]]


COMMANDS = {one.words: one for noun in all_nouns() for one in noun.commands}
PLACE = dates.Place(Catalogs.load(), "en", "America/Chicago", NOW)
READERS: dict[str, Callable[[str], object]] = {
    "folded": fold,
    "command": lambda text: command.typed("!" + text, ("bot",)),
    "which command": lambda text: command.match(text, COMMANDS, {}),
    "arguments": _dispatch,
    "an ISO date": moments.read_iso,
    "a name": group.clean_name,
    "a handle": group.clean_handle,
    "a zone": group.find_zone,
    "hours": group.clean_hours,
    "a language": languages.find,
    "a line": lambda text: lines.clean(text, 100),
    "what may betray somebody": lambda text: look.look(text, ("US",)),
    "times": lambda text: stamps.stamps(text, "en", "America/Chicago", NOW),
    "parts of the day": lambda text: day_words.meanings(text, "en"),
    "parts": parts.slices,
    "a card": lambda text: card.lines(card.plain(text)),
    "glossary": normalised,
    "correction": lambda text: alignment.pairs(text, text),
    "a reply": inbound.without_fallback,
    "a spoiler": lambda text: inbound.hidden({"formatted_body": "<span data-mx-spoiler>" + text}, "a"),
    "addresses": lambda text: [addresses.ADDRESS.findall(text)],
    "made harmless": neutral.clean,
    "without lines": neutral.compact,
    "Markdown": lambda text: [markdown.formatted(part, "ltr", "ltr") for part in parts.slices(text)],
    "blocks": lambda text: [blocks.blocks(part) for part in parts.slices(text)],
    "what is kept": spans.spans,
    "emphasis": marks.unmarked,
    "a translation": lambda text: [_judged(part) for part in parts.slices(text)],
}


def long_text(piece: str, length: int) -> str:
    """The piece again and again, with ends that fit nothing."""
    return f"a{(piece * (length // len(piece) + 1))[:length]}a\n!"


def test_of_a_date_no_more_than_a_line_is_read() -> None:
    assert all(
        dates.read("on " + "1 may " * times, PLACE) == dates.read("on " + "1 may " * 14, PLACE)
        for times in (100, 10_000)
    )


def took(read: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    read(text)
    return time.process_time() - began


@pytest.mark.parametrize("reader", READERS)
def test_four_times_as_long_a_text_takes_no_more_than_a_few_times_as_long(reader: str) -> None:
    read = READERS[reader]
    read("These are many words that we have. " * 20)  # what is loaded at first use
    for piece in PIECES:
        short, long = long_text(piece, SHORT), long_text(piece, LONG)
        quick = took(read, short)
        if quick > QUICK and (quick := took(read, short)) > QUICK:  # the second time all is loaded
            growth = min(took(read, long) / took(read, short) for _ in range(3))
            assert growth < GROWTH, f"{piece!r}: {quick:.2f} s for a short one, then {growth:.0f} times"
