"""Answers that are longer than what a phone shows at a glance, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.domain.text import Text, t
from bot.handlers.context import Context

MOST_LINES, MOST_CHARACTERS = 12, 600
_TO_GO_ON = 40  # characters of the line that leads to the next page


def paged(ctx: Context, lines: Sequence[Text], page: int, command: str) -> list[Text]:
    """One page of the lines, with the way to the next; beyond the last page there is the last."""
    pages = list(_pages(ctx, lines))
    page = max(1, min(page, len(pages)))
    shown = list(pages[page - 1])
    if page < len(pages):
        shown.append(t("More: {command}", command=f"{command} {page + 1}"))
    return shown


def page_of(typed: str | None) -> int:
    """The page that was asked for; the first one where that is none."""
    return int(typed[:3]) if typed and typed.isdecimal() else 1


def _pages(ctx: Context, lines: Iterable[Text]) -> Iterator[list[Text]]:
    """Lines by pages; a line to go on with fits in, too."""
    say = ctx.house.catalogs.say
    page: list[Text] = []
    size = 0
    for line in lines:
        length = len(say(line, ctx.language)) + 1
        if page and (len(page) + 1 >= MOST_LINES or size + length > MOST_CHARACTERS - _TO_GO_ON):
            yield page
            page, size = [], 0
        page.append(line)
        size += length
    yield page
