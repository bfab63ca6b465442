"""Rooms with several languages: one post, the first language open, the others folded."""

from __future__ import annotations

from bot.domain.incoming import Message
from bot.domain.post import Fold, Quote
from bot.domain.rendering import Flag
from bot.domain.text import t
from bot.storage import words
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, EVA, MADRID, MANILA, MILWAUKEE, code_of
from tests.unit.pipeline.theatre import Theatre

JOINT = "!joint:here.example"
PHRASES = {
    ("es", "en"): {"Ganamos.": "We won.", "Gracias.": "Thank you."},
    ("es", "fr"): {"Ganamos.": "Nous avons gagné.", "Gracias.": "Merci."},
    ("en", "es"): {"We won.": "Ganamos.", "Thank you.": "Gracias."},
    ("en", "fr"): {"We won.": "Nous avons gagné.", "Thank you.": "Merci."},
    ("fr", "es"): {"Nous avons gagné.": "Ganamos."},
    ("fr", "en"): {"Nous avons gagné.": "We won."},
}
FRENCH = "Français · machine-translated from Spanish: Nous avons gagné."
ORIGINAL = "machine-translated from Spanish · original: Ganamos."


async def _set(theatre: Theatre, languages: str = "en,fr", room_id: str = MILWAUKEE, who: str = CARL) -> None:
    theatre.translator.phrases = PHRASES
    await theatre.say(room_id, who, f"!group set languages {languages}")
    await theatre.play()


async def _dispatch(theatre: Theatre, text: str = "Ganamos.") -> str:
    event = await theatre.say(MANILA, ANA, f"!dispatch {text}")
    await theatre.play()
    return event


def _copies(theatre: Theatre, room_id: str = MILWAUKEE) -> list[str]:
    return [text for text in theatre.transport.texts(room_id) if text.startswith("manila-1 ·")]


async def _event(theatre: Theatre, what: str = "copy") -> str:
    return (await theatre.row(MILWAUKEE, what)).event_id or ""


def _edit(theatre: Theatre) -> list[str]:
    """What the newest edit in Milwaukee shows."""
    room = theatre.transport.room(MILWAUKEE)
    post = [one for one in room.posts.values() if one.replaces is not None][-1]
    return [f"{b.summary}: {b.text}" if isinstance(b, Fold) else b.text for b in post.blocks]


async def test_one_post_shows_the_first_language_and_folds_the_others(theatre: Theatre) -> None:
    await _set(theatre)
    await _dispatch(theatre)
    [copy] = _copies(theatre)
    assert copy.split("\n") == ["manila-1 · Manila Tenants", "We won.", FRENCH, ORIGINAL]
    [post] = [one for one in theatre.transport.room(MILWAUKEE).posts.values() if len(one.blocks) == 4]
    assert [type(block) for block in post.blocks[1:]] == [Quote, Fold, Fold]


async def test_a_fold_speaks_to_its_own_readers(theatre: Theatre) -> None:
    await _set(theatre, "es,fr", MANILA, ANA)
    await _set(theatre, "en,es")
    theatre.translator.flags["Nous avons gagné."] = (Flag.NEGATION,)
    await _dispatch(theatre, "Nous avons gagné.")
    [copy] = _copies(theatre)
    assert "⚠ Español · traducción automática del francés: Ganamos." in copy
    assert theatre.catalogs.say(t("a “not” may be lost or added"), "es") in copy


async def test_the_original_is_not_repeated_where_the_room_reads_its_language(theatre: Theatre) -> None:
    await _set(theatre, "en,es,fr")
    await _dispatch(theatre)
    [copy] = _copies(theatre)
    assert copy.count("Ganamos.") == 1
    assert copy.split("\n")[2:] == [FRENCH, f"Español · {ORIGINAL}"]


async def test_words_in_the_rooms_first_language_stand_open_with_the_others_folded(theatre: Theatre) -> None:
    await _set(theatre, "es,fr")
    await _dispatch(theatre)
    [copy] = _copies(theatre)
    lines = copy.split("\n")
    assert lines[1] == "Ganamos."
    assert lines[2].startswith("Français · ")
    assert lines[2].endswith(": Nous avons gagné.")
    assert copy.count("Ganamos.") == 1


async def test_where_the_original_runs_the_other_way_it_alone_is_a_message_of_its_own(
    theatre: Theatre,
) -> None:
    theatre.translator.phrases = {("es", "ar"): {"Ganamos.": "فزنا."}, ("es", "en"): {"Ganamos.": "We won."}}
    async with theatre.database.tx() as tx:  # the bot itself speaks no Arabic yet
        await tx.run(
            "UPDATE grp SET language = 'ar',"
            " settings = json_set(settings, '$.others', json_array('en', 'es')) WHERE room_id = ?",
            MILWAUKEE,
        )
    await _dispatch(theatre)
    [copy] = _copies(theatre)
    assert copy.split("\n")[1:] == [
        "فزنا.",
        "English · machine-translated from Spanish: We won.",
        "machine-translated from Spanish",
    ]
    room = theatre.transport.room(MILWAUKEE)
    assert room.shown[await _event(theatre, "copy:original")] == "Ganamos."


async def test_every_language_is_translated_into_once_for_all_rooms(theatre: Theatre) -> None:
    await _set(theatre)
    code = await code_of(theatre, MADRID, EVA)
    await theatre.say(MANILA, ANA, f"!twin propose {code}")
    await theatre.say(MADRID, EVA, "!twin accept manila")
    await _set(theatre, "en,ca", MADRID, EVA)
    theatre.translator.calls.clear()
    await _dispatch(theatre)
    assert sorted(call[2] for call in theatre.translator.calls) == ["ca", "en", "fr"]
    assert FRENCH in _copies(theatre)[0]
    assert "Català · ⚠ not translated" in _copies(theatre, MADRID)[0]


async def test_the_language_of_what_a_room_writes_is_found_among_its_own(theatre: Theatre) -> None:
    await _set(theatre, "es,fr", MANILA, ANA)
    await _dispatch(theatre, "Nous avons gagné.")
    assert "machine-translated from French · original: Nous avons gagné." in _copies(theatre)[0]
    await theatre.say(MANILA, ANA, "!dispatch Zorgle")
    await theatre.play()
    assert theatre.translator.calls[-1] == (("Zorgle",), "es", "en")  # not clear: the first one


async def test_the_thread_has_all_languages_too(theatre: Theatre) -> None:
    await _set(theatre)
    await _set(theatre, "es,fr", MANILA, ANA)
    await _dispatch(theatre)
    root = (await theatre.row(MANILA, "ack")).event_id
    await theatre.say(MANILA, BEN, "Nous avons gagné.", thread=root)
    await theatre.say(MANILA, BEN, "yes", thread=root)
    await theatre.play()
    voice = theatre.transport.texts(MILWAUKEE)[-1].split("\n")
    assert voice[1:] == ["We won.", "Français · machine-translated from French · original: Nous avons gagné."]


async def test_a_correction_in_the_thread_names_its_language_too(theatre: Theatre) -> None:
    await _set(theatre)
    await _dispatch(theatre)
    root = (await theatre.row(MANILA, "ack")).event_id
    said = await theatre.say(MANILA, BEN, "Gracias.", thread=root)
    theatre.transport.room(MANILA).people[said] = Message(
        said, MANILA, BEN, theatre.clock.now(), "m.text", "Gracias."
    )
    await theatre.say(MANILA, BEN, "yes", thread=root)
    await theatre.play()
    await theatre.say(MILWAUKEE, DORA, "!fix fr Grand merci.", reply_to=await _event(theatre, "voice"))
    await theatre.play()
    await theatre.play()
    assert _edit(theatre)[1:3] == [
        "Thank you.",
        "Français · translated from Spanish, corrected by dora: Grand merci.",
    ]


async def test_a_language_that_comes_late_is_added_to_the_post(theatre: Theatre) -> None:
    await _set(theatre)
    theatre.translator.down = True
    await _dispatch(theatre)
    [copy] = _copies(theatre)
    assert copy.split("\n")[1] == "Ganamos."
    assert "Français · ⚠ not translated yet" in copy
    theatre.translator.down = False
    theatre.clock.forward(seconds=31)
    await theatre.play()
    assert _edit(theatre)[1:] == ["We won.", FRENCH, ORIGINAL]


async def test_an_edit_changes_every_language(theatre: Theatre) -> None:
    await _set(theatre)
    event = await _dispatch(theatre)
    await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=event)
    await theatre.play()
    shown = "\n".join(_edit(theatre))
    assert "Thank you." in shown
    assert "Merci." in shown
    assert "Ganamos." not in shown


async def test_a_correction_is_of_the_first_language_or_of_the_one_that_is_named(theatre: Theatre) -> None:
    await _set(theatre)
    await _dispatch(theatre)
    await theatre.say(MILWAUKEE, DORA, "!fix We have won!", reply_to=await _event(theatre))
    await theatre.play()
    assert _edit(theatre)[1:3] == ["We have won!", FRENCH]
    await theatre.say(MILWAUKEE, DORA, "!fix fr On a gagné !", reply_to=await _event(theatre))
    await theatre.play()
    assert _edit(theatre)[2] == "Français · translated from Spanish, corrected by dora: On a gagné !"


async def test_a_correction_of_one_language_leaves_that_of_another_to_people(theatre: Theatre) -> None:
    theatre.translating._glossaries = words.glossary
    await _set(theatre)
    await _dispatch(theatre)
    await theatre.say(MILWAUKEE, DORA, "!fix fr On a gagné !", reply_to=await _event(theatre))
    await theatre.say(MILWAUKEE, DORA, "!fix We have won!", reply_to=await _event(theatre))
    await theatre.play()
    assert _edit(theatre)[1:] == [
        "We have won!",
        "Français · translated from Spanish as people corrected it before: On a gagné !",
        "translated from Spanish, corrected by dora · original: Ganamos.",
    ]


async def test_a_steward_takes_back_the_correction_of_one_language(theatre: Theatre) -> None:
    await _set(theatre)
    await _dispatch(theatre)
    await theatre.say(MILWAUKEE, DORA, "!fix fr On a gagné !", reply_to=await _event(theatre))
    await theatre.say(MILWAUKEE, CARL, "!fix undo fr", reply_to=await _event(theatre))
    await theatre.play()
    assert _edit(theatre)[2] == FRENCH
    await theatre.say(MILWAUKEE, CARL, "!fix undo", reply_to=await _event(theatre))
    await theatre.play()
    assert "Nobody has corrected this translation." in theatre.read(MILWAUKEE)


async def test_what_is_the_original_in_its_language_is_not_corrected(theatre: Theatre) -> None:
    await _set(theatre, "en,es")
    await _dispatch(theatre)
    await theatre.say(MILWAUKEE, DORA, "!fix es Perdimos.", reply_to=await _event(theatre))
    await theatre.play()
    assert "That was written in Spanish; there is no translation." in theatre.read(MILWAUKEE)
    await theatre.say(MILWAUKEE, DORA, "!fix en We have won!")
    await theatre.play()
    assert "Reply to a translation of mine with !fix [LANGUAGE] TEXT" in theatre.read(MILWAUKEE)


async def test_a_correction_belongs_to_the_language_that_was_found(theatre: Theatre) -> None:
    await _set(theatre, "es,fr", MANILA, ANA)
    await _dispatch(theatre, "Nous avons gagné.")
    await theatre.say(MILWAUKEE, DORA, "!fix We have won!", reply_to=await _event(theatre))
    async with theatre.database.tx() as tx:
        row = await tx.one("SELECT language, other_language FROM correction")
    assert row is not None
    assert tuple(row) == ("fr", "en")


async def test_nobodys_words_stay_in_any_language_once_they_have_arrived(theatre: Theatre) -> None:
    await _set(theatre)
    await _dispatch(theatre)
    async with theatre.database.tx() as tx:
        rows = await tx.all("SELECT * FROM outbox")
    assert not any("gagné" in str(tuple(row)) for row in rows)


async def test_a_joint_room_reads_every_language_of_its_groups(theatre: Theatre) -> None:
    await _set(theatre, "en,fr")
    await theatre.room(JOINT, [ANA, CARL])
    await theatre.say(JOINT, ANA, "!joint milwaukee")
    await theatre.say(JOINT, CARL, "!joint manila")
    await theatre.play()
    for who, said, read in (
        (ANA, "Ganamos.", ["We won.", FRENCH]),
        (CARL, "We won.", ["Ganamos.", "Français · machine-translated from English: Nous avons gagné."]),
        (CARL, "Nous avons gagné.", ["Ganamos.", "English · machine-translated from French: We won."]),
    ):
        await theatre.say(JOINT, who, said)
        await theatre.play()
        lines = theatre.transport.texts(JOINT)[-1].split("\n")
        assert lines[:2] == read
        assert len(lines) == 3


MIXED = {
    ("es", "en"): {"Ganamos la audiencia de hoy.": "We won today's hearing."},
    ("fr", "en"): {"Nous avons gagné ce matin.": "We won this morning."},
    ("es", "de"): {"Ganamos la audiencia de hoy.": "Wir haben gewonnen."},
}


async def _mixed(theatre: Theatre, text: str, languages: str = "en") -> list[str]:
    await _set(theatre, "es,fr", MANILA, ANA)
    await _set(theatre, languages)
    theatre.translator.phrases = MIXED
    await _dispatch(theatre, text)
    return _copies(theatre)[0].split("\n")


async def test_every_part_of_a_mixed_message_is_translated_from_its_own_language(theatre: Theatre) -> None:
    lines = await _mixed(
        theatre, "Ganamos la audiencia de hoy.\nNous avons gagné ce matin.\nGanamos la audiencia de hoy."
    )
    assert lines[1:4] == ["We won today's hearing.", "We won this morning.", "We won today's hearing."]
    assert lines[4].startswith("machine-translated from Spanish · original: ")


async def test_without_a_model_for_one_part_that_part_stands(theatre: Theatre) -> None:
    lines = await _mixed(theatre, "Ganamos la audiencia de hoy.\nNous avons gagné ce matin.", "en,de")
    german = next(number for number, line in enumerate(lines) if "Deutsch" in line)
    assert lines[german].startswith("⚠ Deutsch · ")
    assert lines[german].endswith(": Wir haben gewonnen.")
    assert lines[german + 1] == "Nous avons gagné ce matin."


async def test_a_correction_of_a_whole_mixed_message_is_remembered(theatre: Theatre) -> None:
    theatre.translating._glossaries = words.glossary
    text = "Ganamos la audiencia de hoy.\nNous avons gagné ce matin."
    await _mixed(theatre, text)
    await theatre.say(MILWAUKEE, DORA, "!fix We won twice.", reply_to=await _event(theatre))
    await theatre.say(MANILA, ANA, f"!dispatch {text}")
    await theatre.play()
    [again] = [shown for shown in theatre.transport.texts(MILWAUKEE) if shown.startswith("manila-2 ·")]
    assert again.split("\n")[1] == "We won twice."
