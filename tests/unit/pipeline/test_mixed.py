"""Where the language of a message changes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.pipeline.mixed import Stretch, main_language, stretches

EN, ES = "We won the hearing this morning.", "Ganamos la audiencia esta mañana."


async def _detect(text: str, among: Sequence[str]) -> str | None:
    """Sure where it has met only one of the two."""
    found = [language for language, words in (("en", "We won"), ("es", "Ganamos")) if words in text]
    return found[0] if len(found) == 1 else None


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        (EN, [(EN, "en")]),
        ("Zorgle", [("Zorgle", "es")]),
        (f"{EN}\n{ES}", [(EN, "en"), (ES, "es")]),
        (f"😀\n\n{EN}\n- ok\n\n{ES}\n", [(f"😀\n\n{EN}\n- ok\n", "en"), (f"{ES}\n", "es")]),
        (f"{EN}\n{EN}\n{ES}\n{EN}", [(f"{EN}\n{EN}", "en"), (ES, "es"), (EN, "en")]),
        (f"{EN}\nGanamos.", [(f"{EN}\nGanamos.", "es")]),  # one line alone is long enough; not clear
        (f"{EN}\n```\n{ES}\n```", [(f"{EN}\n```\n{ES}\n```", "es")]),
    ],
)
async def test_it_is_cut_between_lines_and_nothing_is_lost(text: str, cut: list[tuple[str, str]]) -> None:
    found = await stretches(text, ("es", "en"), _detect)
    assert [(one.text, one.language) for one in found] == cut
    assert "\n".join(one.text for one in found) == text


def test_the_main_language_has_most_of_the_words() -> None:
    assert main_language([Stretch("a", "en"), Stretch("bcd", "es"), Stretch("e", "en")]) == "es"
