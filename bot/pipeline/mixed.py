"""Messages in several of a room's languages at once: stretches of whole lines, each with its language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

FEWEST_LETTERS = 20
"""Letters from which a line is looked at by itself."""
_CODE = "```"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines of a message that are in one language."""

    text: str
    language: str


async def stretches(
    text: str, among: Sequence[str], detect: Callable[[str, Sequence[str]], Awaitable[str | None]]
) -> list[Stretch]:
    """The message cut between lines where its language changes; joined by line ends they give it again.

    What is not clear goes with what stands before it, at the beginning with what follows; if nothing is
    clear, all of it is in the first language. A message with a block of code stays whole.
    """
    whole = await detect(text, among) or among[0]
    lines = text.split("\n")
    long = [sum(map(str.isalpha, line)) >= FEWEST_LETTERS for line in lines]
    if sum(long) < 2 or _CODE in text:
        return [Stretch(text, whole)]
    found: list[tuple[list[str], str | None]] = []
    for line, looked_at in zip(lines, long, strict=True):
        language = await detect(line, among) if looked_at else None
        if found and (language is None or found[-1][1] in (None, language)):
            kept, before = found[-1]
            found[-1] = [*kept, line], before or language
        else:
            found.append(([line], language))
    return [Stretch("\n".join(kept), language or whole) for kept, language in found]


def main_language(found: Sequence[Stretch]) -> str:
    """The language that most of the message is in."""
    letters: dict[str, int] = {}
    for one in found:
        letters[one.language] = letters.get(one.language, 0) + len(one.text)
    return max(letters, key=lambda language: letters[language])
