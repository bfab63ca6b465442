"""Rooms of several languages, and previews, as people's clients show them: a real server, bot and models."""

from __future__ import annotations

import pytest_asyncio

from bot.demo import talk
from bot.demo.timeline import Shown
from tests.integration.conftest import Cast, Home

LONG = "We won the hearing. " * 399  # 7,980 bytes, and as an edit almost twice that


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def homes(lasting_cast: Cast) -> tuple[str, Home, Home]:
    """The bot, Manila with English, Oaxaca with Spanish and English."""
    process = await lasting_cast.bot(phrasebook=True)
    await process.start()
    manila, oaxaca = await lasting_cast.twins(process)
    answer = await talk.ask(oaxaca.steward, process.user_id, oaxaca.room, "!group set languages es,en,fr")
    assert "español" in answer.body
    return process.user_id, manila, oaxaca


async def _copy(bot: str, home: Home, text: str) -> Shown:
    return await talk.told(
        home.member, bot, home.room, lambda shown: text in shown.body and "│" in shown.body
    )


async def _dispatch(bot: str, home: Home, text: str) -> tuple[str, str]:
    """Send a dispatch: the event that made it, and its name."""
    source = await home.steward.say(home.room, f"!dispatch {text}")
    return source, (await talk.answered(home.steward, bot, home.room, source)).body.split()[0]


async def test_one_post_in_all_languages_whatever_its_length(homes: tuple[str, Home, Home]) -> None:
    bot, manila, oaxaca = homes
    _, name = await _dispatch(bot, manila, "We won the hearing.")
    copy = await _copy(bot, oaxaca, f"{name} ·")
    rich = copy.first.formatted_body
    assert "<blockquote>Ganamos la audiencia.</blockquote>" in rich
    assert "<details><summary>English · " in rich
    assert rich.count("We won the hearing.") == 1
    assert "Français · ⚠" in copy.body
    long, name = await _dispatch(bot, manila, LONG)
    copy = await _copy(bot, oaxaca, f"{name} ·")
    for sentence in ("Ganamos la audiencia.", "We won the hearing."):
        assert copy.body.count(sentence) == 399
    await manila.steward.edit(manila.room, long, f"!dispatch {LONG}Thank you very much.")
    shown = await talk.told(oaxaca.member, bot, oaxaca.room, "Muchas gracias.")
    assert shown.event_id == copy.event_id
    assert shown.body.count("Ganamos la audiencia.") == 399


async def test_what_the_room_writes_crosses_from_the_language_it_is_in(
    homes: tuple[str, Home, Home],
) -> None:
    bot, manila, oaxaca = homes
    _, name = await _dispatch(bot, oaxaca, "We will read your letter aloud.")
    copy = await _copy(bot, manila, f"{name} ·")
    assert copy.first.formatted_body.endswith("<blockquote>We will read your letter aloud.</blockquote>")
    _, name = await _dispatch(bot, oaxaca, "Leeremos su carta en voz alta.")
    copy = await _copy(bot, manila, f"{name} ·")
    assert (
        "<details><summary>machine-translated from Spanish · original</summary>" in copy.first.formatted_body
    )


async def test_a_preview_is_shown_and_waits(homes: tuple[str, Home, Home]) -> None:
    bot, manila, oaxaca = homes
    await manila.steward.say(manila.room, "!dispatch We won the hearing. preview=yes")
    shown = await _copy(bot, manila, "oaxaca will read this, in Spanish")
    assert "<blockquote>Ganamos la audiencia.</blockquote>" in shown.first.formatted_body
    assert "<details><summary>translated back into English</summary>" in shown.first.formatted_body
    question = await talk.told(manila.steward, bot, manila.room, "Send it? Answer")
    await manila.steward.say(manila.room, "yes")
    stored = await manila.steward.wait_for(manila.room, "oaxaca", after=question.event_id)
    assert "Ganamos la audiencia." in (await _copy(bot, oaxaca, f"{stored.body.split()[0]} ·")).body
