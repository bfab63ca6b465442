"""Corrections of translations and agreed terms."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.outgoing import Relay, RowRef
from bot.domain.rendering import Rendering
from bot.storage import outbox, words
from bot.storage.outbox import Entry
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE, open_groups, twin
from tests.unit.stage import Stage


async def _copy(stage: Stage, text: str = "Ganamos la audiencia.") -> str:
    """A dispatch of Manila has been translated and delivered in Milwaukee; the event id of its copy."""
    await stage.deliver(MILWAUKEE)
    await stage.say(MANILA, ANA, f"!dispatch {text}")
    await stage.deliver(MILWAUKEE)
    async with stage.database.tx() as tx:
        return str(await tx.value("SELECT event_id FROM outbox WHERE what = 'copy' ORDER BY id DESC"))


async def _edits(stage: Stage, room_id: str) -> list[Entry]:
    return [row for row in await stage.waiting(room_id) if row.kind == "relay"]


async def test_a_correction_edits_the_post_and_the_room_sees_who_made_it(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    copy = await _copy(stage)
    await stage.say(MILWAUKEE, DORA, "!fix We won the hearing!", reply_to=copy)
    [row] = await _edits(stage, MILWAUKEE)
    assert isinstance(row.payload, Relay)
    assert row.payload.rendering == Rendering("We won the hearing!", corrected_by="dora")
    assert row.payload.words.text == "Ganamos la audiencia."
    assert row.payload.replaces is not None
    assert row.state == "waiting"
    assert "dora has corrected" in "\n".join(await stage.deliver(MILWAUKEE))


async def test_a_correction_is_remembered_for_both_twins_and_the_last_one_wins(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    copy = await _copy(stage)
    await stage.ask(MILWAUKEE, DORA, "!fix We have won.", reply_to=copy)
    await stage.ask(MILWAUKEE, CARL, "!fix We won the hearing.", reply_to=copy)
    async with stage.database.tx() as tx:
        known = await words.glossary(tx, 1, "es", "en")
        other_way = await words.glossary(tx, 1, "en", "es")
    assert known.corrections == {"ganamos la audiencia.": "We won the hearing."}
    assert not other_way


async def test_a_steward_takes_corrections_back_one_by_one(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    copy = await _copy(stage)
    await stage.ask(MILWAUKEE, DORA, "!fix First.", reply_to=copy)
    await stage.ask(MILWAUKEE, DORA, "!fix Second.", reply_to=copy)
    assert "stewards" in await stage.ask(MILWAUKEE, DORA, "!fix undo", reply_to=copy)
    await stage.say(MILWAUKEE, CARL, "!fix undo", reply_to=copy)
    [row] = await _edits(stage, MILWAUKEE)
    assert isinstance(row.payload, Relay)
    assert row.payload.rendering is not None
    assert row.payload.rendering.text == "First."
    await stage.deliver(MILWAUKEE)
    await stage.say(MILWAUKEE, CARL, "!fix undo", reply_to=copy)
    [row] = await _edits(stage, MILWAUKEE)
    assert row.state == "translating"  # nothing is left of people's words: the machine has its turn again
    await stage.deliver(MILWAUKEE)
    assert "Nobody has corrected" in await stage.ask(MILWAUKEE, CARL, "!fix undo", reply_to=copy)


async def test_a_correction_needs_a_translation_to_correct(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    own = await stage.say(MILWAUKEE, DORA, "hello")
    assert "!fix TEXT" in await stage.ask(MILWAUKEE, DORA, "!fix Better.")
    assert "!fix TEXT" in await stage.ask(MILWAUKEE, DORA, "!fix Better.", reply_to=own)


async def test_a_text_that_begins_with_undo_is_a_correction(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    copy = await _copy(stage)
    assert "dora has corrected" in await stage.ask(MILWAUKEE, DORA, "!fix undo the lock", reply_to=copy)


async def test_words_that_are_not_kept_cannot_be_corrected(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    await stage.ask(MANILA, ANA, "!group set keep 0")
    copy = await _copy(stage)
    assert "no longer have the words" in await stage.ask(MILWAUKEE, DORA, "!fix Better.", reply_to=copy)


async def test_a_sent_relay_leaves_nobodys_words_behind(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    await _copy(stage, "Palabra secreta.")
    async with stage.database.tx() as tx:
        rows = await tx.all("SELECT payload, frame FROM outbox WHERE what = 'copy'")
    assert [(row["payload"], "secreta" in row["frame"]) for row in rows] == [(None, False)]


async def test_a_correction_while_the_copy_still_waits_changes_what_will_be_sent(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    await stage.deliver(MILWAUKEE)
    source = await stage.say(MANILA, ANA, "!dispatch Ganamos.")
    async with stage.database.tx() as tx:
        [row] = [one for one in await outbox.relays_of(tx, source) if one.what == "copy"]
        assert isinstance(row.payload, Relay)
        edit = replace(row.payload, words=replace(row.payload.words, text="Perdimos."), what="copy:edit:x")
        copy = RowRef(row.source, row.room_id, row.what)
        await outbox.add(tx, replace(edit, replaces=copy), source, stage.clock.now())
        relays = await outbox.relays_of(tx, source)
    assert [one.payload.words.text for one in relays if isinstance(one.payload, Relay)] == ["Perdimos."]


async def test_terms_hold_in_both_directions(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    said = await stage.ask(MANILA, ANA, "!term add huelga de alquileres = rent strike")
    assert "huelga de alquileres" in said
    await stage.ask(MANILA, ANA, "!term keep Bayanihan")
    async with stage.database.tx() as tx:
        there = await words.glossary(tx, 1, "es", "en")
        back = await words.glossary(tx, 1, "en", "es")
    assert there.terms == (("huelga de alquileres", "rent strike"),)
    assert back.terms == (("rent strike", "huelga de alquileres"),)
    assert there.keep == back.keep == ("Bayanihan",)


async def test_a_word_has_a_translation_for_each_language_of_a_room(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    await stage.ask(MILWAUKEE, CARL, "!group set languages en,fr,ca")
    await stage.ask(MANILA, ANA, "!term add huelga = strike")
    await stage.ask(MANILA, ANA, "!term add huelga = grève in=fr")
    await stage.ask(MILWAUKEE, CARL, "!term add vaga = huelga in=ca")
    assert "“huelga” = “grève”" in await stage.ask(MILWAUKEE, DORA, "!term list")
    async with stage.database.tx() as tx:
        found = {code: (await words.glossary(tx, 1, "es", code)).terms for code in ("en", "fr", "ca")}
    assert found == {"en": (("huelga", "strike"),), "fr": (("huelga", "grève"),), "ca": (("huelga", "vaga"),)}
    assert "En ninguno de los dos" in await stage.ask(MANILA, ANA, "!term add huelga = Streik in=de")


async def test_the_list_shows_what_both_sides_agreed_and_words_come_off_it(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    await stage.ask(MANILA, ANA, "!term add desalojo = eviction")
    await stage.ask(MILWAUKEE, CARL, '!term avoid "scab" "hurts here"')
    listed = await stage.ask(MILWAUKEE, DORA, "!term list")
    assert "1. “desalojo” = “eviction”" in listed
    assert "“scab” is better avoided: “hurts here”" in listed
    assert "off the list" in await stage.ask(MILWAUKEE, CARL, "!term remove 1")
    assert "no number 1" in await stage.ask(MILWAUKEE, CARL, "!term remove 1")


async def test_terms_are_for_stewards_and_short(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    assert "responsables" in await stage.ask(MANILA, BEN, "!term keep casa")
    assert "60" in await stage.ask(MILWAUKEE, CARL, f"!term keep {'x' * 61}")
    assert "rent strike =" in await stage.ask(MILWAUKEE, CARL, "!term add nothing to equal")


async def test_the_writer_is_warned_before_a_word_crosses_that_the_twin_avoids(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    await stage.ask(MILWAUKEE, CARL, '!term avoid "esquirol" "it hurts people here"')
    warning = await stage.ask(MANILA, ANA, "!dispatch El Esquirol se fue.")
    assert "it hurts people here" in warning
    assert not await _edits(stage, MILWAUKEE)
    await stage.ask(MANILA, ANA, "sí")
    assert [row.what for row in await _edits(stage, MILWAUKEE)] == ["copy"]


async def test_a_warned_dispatch_is_not_sent_after_a_no_or_silence(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    await stage.ask(MILWAUKEE, CARL, "!term avoid esquirol")
    await stage.ask(MANILA, ANA, "!dispatch El esquirol se fue.")
    await stage.ask(MANILA, ANA, "no")
    await stage.ask(MANILA, ANA, "!dispatch Otra vez el esquirol.")
    await stage.tick(hours=25)
    assert not await _edits(stage, MILWAUKEE)
    await stage.ask(MANILA, ANA, "sí")
    assert not await _edits(stage, MILWAUKEE)


async def test_a_word_inside_another_word_warns_nobody(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    await stage.ask(MILWAUKEE, CARL, "!term avoid casa")
    await stage.ask(MANILA, ANA, "!dispatch Nos casamos.")
    assert [row.what for row in await _edits(stage, MILWAUKEE)] == ["copy"]


async def test_the_warning_holds_in_the_shared_thread_too(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    copy = await _copy(stage)
    await stage.ask(MILWAUKEE, DORA, "We are glad.", thread=copy)
    await stage.ask(MILWAUKEE, DORA, "yes", thread=copy)
    await stage.deliver(MANILA)
    await stage.ask(MANILA, ANA, "!term avoid scab")
    assert "avoid “scab”" in await stage.ask(MILWAUKEE, DORA, "The scab left.", thread=copy)
    assert not await _edits(stage, MANILA)
    await stage.ask(MILWAUKEE, DORA, "yes", thread=copy)
    assert [row.what for row in await _edits(stage, MANILA)] == ["voice"]


async def test_what_people_wrote_for_a_sentence_stays_when_another_one_changes(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    copy = await _copy(stage, "Ganamos. Traigan agua.")
    await stage.ask(MILWAUKEE, DORA, "!fix We won! Bring water along.", reply_to=copy)
    async with stage.database.tx() as tx:
        known = (await words.glossary(tx, 1, "es", "en")).corrections
    assert known["ganamos."] == "We won!"
    assert known["traigan agua."] == "Bring water along."
    await stage.ask(MILWAUKEE, DORA, "!fix We won! Bring a lot of water.", reply_to=copy)
    await stage.ask(MILWAUKEE, CARL, "!fix undo", reply_to=copy)
    async with stage.database.tx() as tx:
        known = (await words.glossary(tx, 1, "es", "en")).corrections
    assert known["traigan agua."] == "Bring water along."
    await stage.ask(MILWAUKEE, CARL, "!fix undo", reply_to=copy)
    async with stage.database.tx() as tx:
        assert not (await words.glossary(tx, 1, "es", "en")).corrections
