"""Words that turn out to be in another language, languages of opposite directions, times in two zones."""

from __future__ import annotations

from bot.domain.glossary import NO_GLOSSARY, Glossary, normalised
from bot.domain.rendering import Flag
from bot.storage.db import Reading
from tests.unit.handlers.cast import ANA, CARL, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import PHRASES, Theatre

JOINT = "!joint:here.example"


async def _arabic(theatre: Theatre) -> None:
    """Milwaukee reads Arabic, for which the bot has no catalog yet."""
    async with theatre.database.tx() as tx:
        await tx.run("UPDATE grp SET language = 'ar' WHERE room_id = ?", MILWAUKEE)


async def test_a_dispatch_in_the_readers_language_crosses_as_it_is(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, "!dispatch We won.")
    await theatre.play()
    assert "manila-1 · Manila Tenants\nWe won." in theatre.transport.texts(MILWAUKEE)


async def test_a_doubt_is_shown_with_the_original(theatre: Theatre) -> None:
    theatre.translator.flags["Ganamos."] = (Flag.NEGATION,)
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    [copy] = [text for text in theatre.transport.texts(MILWAUKEE) if "manila-1" in text]
    assert "⚠ machine-translated from Spanish · original: Ganamos." in copy
    assert copy.endswith("“Ganamos.”: a “not” may be lost or added")


async def _joint(theatre: Theatre) -> None:
    await theatre.room(JOINT, [ANA, CARL])
    await theatre.say(JOINT, ANA, "!joint milwaukee")
    await theatre.say(JOINT, CARL, "!joint manila")
    await theatre.play()


async def test_in_a_joint_room_whoever_writes_in_the_others_language_is_translated_into_their_own(
    theatre: Theatre,
) -> None:
    await _joint(theatre)
    await theatre.say(JOINT, ANA, "We won.")
    await theatre.say(JOINT, CARL, "We won.")
    await theatre.say(JOINT, CARL, "Ganamos.")
    await theatre.play()
    said = [text.split("\n") for text in theatre.transport.texts(JOINT)[-3:]]
    assert [lines[0] for lines in said] == ["Ganamos.", "Ganamos.", "We won."]
    assert said[0] == said[1]


async def test_between_opposite_directions_the_original_is_a_reply_and_goes_with_the_copy(
    theatre: Theatre,
) -> None:
    theatre.translator.phrases = {**PHRASES, ("es", "ar"): {"Ganamos.": "فزنا."}}
    await _arabic(theatre)
    event = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    copy, original = await theatre.row(MILWAUKEE, "copy"), await theatre.row(MILWAUKEE, "copy:original")
    room = theatre.transport.room(MILWAUKEE)
    assert copy.event_id is not None
    assert original.event_id is not None
    assert "Ganamos." not in room.shown[copy.event_id]
    assert room.shown[original.event_id] == "Ganamos."
    assert room.posts[original.event_id].reply_to == copy.event_id
    await theatre.remove(MANILA, ANA, event)
    await theatre.play()
    assert original.event_id not in room.shown


async def test_an_edit_changes_the_original_beside_it_too(theatre: Theatre) -> None:
    theatre.translator.phrases = {**PHRASES, ("es", "ar"): {"Ganamos.": "فزنا.", "Gracias.": "شكرا."}}
    await _arabic(theatre)
    event = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    first = (await theatre.row(MILWAUKEE, "copy:original")).event_id
    await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=event)
    await theatre.play()
    edits = [post for post in theatre.transport.room(MILWAUKEE).posts.values() if post.replaces == first]
    assert [post.blocks[0].text for post in edits if not hasattr(post.blocks[0], "summary")] == ["Gracias."]


async def test_a_translation_that_comes_late_brings_its_original_too(theatre: Theatre) -> None:
    theatre.translator.phrases = {**PHRASES, ("es", "ar"): {"Ganamos.": "فزنا."}}
    await _arabic(theatre)
    theatre.translator.down = True
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    theatre.translator.down = False
    theatre.clock.forward(seconds=31)
    await theatre.play()
    original = await theatre.row(MILWAUKEE, "copy:original")
    assert original.event_id is not None
    assert theatre.transport.room(MILWAUKEE).shown[original.event_id] == "Ganamos."


async def test_times_are_repeated_for_the_reader(theatre: Theatre) -> None:
    text = "El 1 de mayo a las 10:00 marchamos."
    theatre.translator.phrases = {("es", "en"): {text: "On May 1 at 10:00 we march."}}
    await theatre.say(MANILA, ANA, f"!dispatch {text}")
    await theatre.play()
    [copy] = [one for one in theatre.transport.texts(MILWAUKEE) if "manila-1" in one]
    assert "10:00\u202fAM (Manila) = " in copy
    assert "9:00\u202fPM (Chicago)" in copy


async def test_what_turns_round_in_a_joint_room_has_the_glossary_of_its_direction(theatre: Theatre) -> None:
    await _joint(theatre)

    async def glossary(tx: Reading, twinning: int, source: str, target: str) -> Glossary:
        return (
            Glossary({normalised("We won."): "¡Vencimos!"})
            if (source, target) == ("en", "es")
            else NO_GLOSSARY
        )

    theatre.translating._glossaries = glossary
    await theatre.say(JOINT, ANA, "We won.")
    await theatre.play()
    assert theatre.transport.texts(JOINT)[-1].startswith("¡Vencimos!")
