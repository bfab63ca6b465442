"""What people change after they wrote it: every copy follows its author."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.incoming import Batch, Message
from bot.domain.outgoing import Redact, Relay, RowRef
from bot.storage import outbox
from bot.storage.outbox import Entry
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE, only, relays
from tests.unit.stage import Stage

TEXT = "!dispatch Ganamos la audiencia."


async def _sent(stage: Stage, body: str = TEXT) -> str:
    """Manila's dispatch, delivered; its event id."""
    await stage.deliver(MILWAUKEE)
    source = await stage.say(MANILA, ANA, body)
    await stage.deliver(MILWAUKEE)
    await stage.deliver(MANILA)
    return source


async def _post(stage: Stage, room_id: str, what: str) -> str:
    """The event id of the bot's newest post of a kind in a room."""
    async with stage.database.tx() as tx:
        return str(
            await tx.value(
                "SELECT event_id FROM outbox WHERE room_id = ? AND what = ? ORDER BY id DESC", room_id, what
            )
        )


async def _voice(stage: Stage, body: str = "Congratulations!") -> str:
    """Dora writes in the thread, and it has crossed; her message's event id."""
    await stage.ask(MILWAUKEE, CARL, "!group set threadconfirm off")
    source = await stage.say(MILWAUKEE, DORA, body, thread=await _post(stage, MILWAUKEE, "copy"))
    await stage.deliver(MANILA)
    return source


async def _edits(stage: Stage, room_id: str) -> list[str]:
    """The words of the edits that wait for a room."""
    return [one.words.text for one in await relays(stage, room_id) if one.replaces is not None]


async def _original(stage: Stage) -> str | None:
    async with stage.database.tx() as tx:
        return await tx.value("SELECT original FROM dispatch")  # type: ignore[return-value]  # a text or NULL


async def test_an_edit_by_the_author_changes_every_copy_and_what_is_kept(twins: Stage) -> None:
    source = await _sent(twins)
    await twins.say(MANILA, ANA, "!dispatch Perdimos la audiencia.", edits=source)
    [edit] = await relays(twins, MILWAUKEE)
    assert (edit.words.text, edit.rendering) == ("Perdimos la audiencia.", None)
    assert edit.replaces == RowRef(source, MILWAUKEE, "copy")
    [row] = await twins.waiting(MILWAUKEE)
    assert row.state == "translating"
    assert await _original(twins) == "Perdimos la audiencia."
    assert await twins.waiting(MANILA) == []  # the author needs no answer


async def test_an_edit_before_the_copy_is_sent_changes_the_copy(twins: Stage) -> None:
    await twins.deliver(MILWAUKEE)
    source = await twins.say(MANILA, ANA, TEXT)
    await twins.say(MANILA, ANA, "!dispatch Perdimos.", edits=source)
    found = await relays(twins, MILWAUKEE)
    assert [(one.what, one.words.text) for one in found] == [("copy", "Perdimos.")]


async def test_of_edits_that_wait_the_last_one_stays(twins: Stage) -> None:
    source = await _sent(twins)
    for text in ("uno", "dos", "tres"):
        await twins.say(MANILA, ANA, f"!dispatch {text}", edits=source)
    assert await _edits(twins, MILWAUKEE) == ["tres"]
    await twins.deliver(MILWAUKEE)
    await twins.say(MANILA, ANA, "!dispatch cuatro", edits=source)
    [edit] = await relays(twins, MILWAUKEE)
    assert edit.replaces == RowRef(source, MILWAUKEE, "copy")  # the post itself, never an edit of it


async def test_a_late_translation_of_the_earlier_words_does_not_undo_an_edit(twins: Stage) -> None:
    source = await _sent(twins)
    async with twins.database.tx() as tx:
        [copy] = [row for row in await outbox.relays_of(tx, source) if row.what == "copy"]
        assert copy.frame is not None
        late = _late(copy)
        await outbox.add(tx, late, source, twins.clock.now())
    await twins.say(MANILA, ANA, "!dispatch Perdimos.", edits=source)
    assert [row.what.rpartition(":")[2] for row in await twins.waiting(MILWAUKEE)] != ["late"]
    assert await _edits(twins, MILWAUKEE) == ["Perdimos."]


def _late(copy: Entry) -> Relay:
    assert copy.frame is not None
    words = replace(copy.frame.words, text="Ganamos la audiencia.")
    ref = RowRef(copy.source, copy.room_id, copy.what)
    return replace(copy.frame, words=words, what="copy:late", source=copy.source, replaces=ref)


@pytest.mark.parametrize("who", [BEN, "@stranger:here.example"])
async def test_an_edit_by_somebody_else_counts_for_nothing(twins: Stage, who: str) -> None:
    source = await _sent(twins)
    await twins.say(MANILA, who, "!dispatch Mentira.", edits=source)
    assert await twins.waiting(MILWAUKEE) == await twins.waiting(MANILA) == []
    voice = await _voice(twins)
    await twins.deliver(MILWAUKEE)
    await twins.say(MILWAUKEE, CARL, "A lie.", edits=voice)
    assert await twins.waiting(MANILA) == await twins.waiting(MILWAUKEE) == []


async def test_an_edit_from_another_room_counts_for_nothing(twins: Stage) -> None:
    source = await _sent(twins)
    await twins.member(MILWAUKEE, ANA, "join")
    await twins.deliver(MILWAUKEE)
    await twins.say(MILWAUKEE, ANA, "!dispatch Mentira.", edits=source)
    assert await _edits(twins, MILWAUKEE) == []


async def test_a_message_of_the_thread_follows_its_author(twins: Stage) -> None:
    await _sent(twins)
    voice = await _voice(twins)
    await twins.say(MILWAUKEE, DORA, "Congratulations to all!", edits=voice)
    assert await _edits(twins, MANILA) == ["Congratulations to all!"]


async def test_an_answer_follows_the_edit_of_its_command(twins: Stage) -> None:
    await _sent(twins)
    await twins.ask(MILWAUKEE, CARL, "!group set threadconfirm off")
    source = await twins.say(MILWAUKEE, DORA, "!answer manila-1 Well done.")
    await twins.deliver(MANILA)
    await twins.say(MILWAUKEE, DORA, "!answer manila-1 Very well done.", edits=source)
    assert await _edits(twins, MANILA) == ["Very well done."]


async def test_an_edit_of_an_edit_and_one_that_points_to_itself_are_harmless(twins: Stage) -> None:
    source = await _sent(twins)
    edit = await twins.say(MANILA, ANA, "!dispatch uno", edits=source)
    await twins.deliver(MILWAUKEE)
    await twins.say(MANILA, ANA, "!dispatch dos", edits=edit)
    own = Message("$own", MANILA, ANA, twins.clock.now(), "m.text", "!dispatch tres", edits="$own")
    await twins.receiver.batch(Batch("c", (own,)))
    assert await twins.waiting(MILWAUKEE) == []
    assert await _original(twins) == "uno"


async def test_an_edit_after_withdrawal_changes_nothing(twins: Stage) -> None:
    source = await _sent(twins)
    await twins.ask(MANILA, ANA, "!dispatch withdraw 1")
    await twins.deliver(MILWAUKEE)
    await twins.say(MANILA, ANA, "!dispatch Perdimos.", edits=source)
    assert await relays(twins, MILWAUKEE) == []
    assert await _original(twins) is None


async def test_a_withdrawal_takes_the_edits_away_too(twins: Stage) -> None:
    source = await _sent(twins)
    await twins.say(MANILA, ANA, "!dispatch Perdimos.", edits=source)
    await twins.deliver(MILWAUKEE)
    await twins.say(MANILA, ANA, "!dispatch Ganamos.", edits=source)
    await twins.remove(MANILA, ANA, source)
    waiting = [row.payload for row in await twins.waiting(MILWAUKEE)]
    removed = [one.what for one in waiting if isinstance(one, Redact)]
    assert len([what for what in removed if what.startswith("redact:copy")]) == 2
    assert not [one for one in waiting if isinstance(one, Relay)]


@pytest.mark.parametrize("text", ["Ya no es noticia.", "!dispatch withdraw 1", "!answer Hola"])
async def test_an_edit_that_is_not_the_same_command_any_more_changes_nothing(twins: Stage, text: str) -> None:
    source = await _sent(twins)
    await twins.say(MANILA, ANA, text, edits=source)
    assert await twins.waiting(MILWAUKEE) == []
    assert "no se transmitió" in "\n".join(await twins.deliver(MANILA))
    assert await _original(twins) == "Ganamos la audiencia."


async def test_a_message_edited_into_a_command_neither_runs_nor_crosses(twins: Stage) -> None:
    await _sent(twins)
    voice = await _voice(twins)
    await twins.deliver(MILWAUKEE)
    await twins.say(MILWAUKEE, DORA, "!dispatch secret", edits=voice)
    assert await twins.waiting(MANILA) == []
    assert "was not relayed" in "\n".join(await twins.deliver(MILWAUKEE))


async def test_options_of_an_edited_dispatch_change_nothing_but_the_text(twins: Stage) -> None:
    source = await _sent(twins)
    await twins.say(MANILA, ANA, "!dispatch Perdimos. as=member", edits=source)
    [edit] = await relays(twins, MILWAUKEE)
    assert edit.words.text == "Perdimos."
    assert edit.header is not None
    assert "member" not in edit.header.source


@pytest.mark.parametrize("text", ["x" * 40_001, "\u200b \u2066"])
async def test_an_edit_that_cannot_cross_is_told_and_changes_nothing(twins: Stage, text: str) -> None:
    await _sent(twins)
    voice = await _voice(twins)
    await twins.deliver(MILWAUKEE)
    await twins.say(MILWAUKEE, DORA, text, edits=voice)
    assert await twins.waiting(MANILA) == []
    assert "stays as it was" in "\n".join(await twins.deliver(MILWAUKEE))


async def test_an_edit_while_the_twinning_is_paused_is_told_to_its_author(twins: Stage) -> None:
    source = await _sent(twins)
    await twins.ask(MILWAUKEE, CARL, "!twin pause")
    await twins.deliver(MANILA)
    await twins.say(MANILA, ANA, "!dispatch Perdimos.", edits=source)
    async with twins.database.tx() as tx:
        await tx.run("UPDATE outbox SET state = 'waiting' WHERE state = 'translating'")
        taken = await outbox.take(tx, MILWAUKEE, twins.clock.now(), "DEVICE")
        assert taken.entry is None
        [cancelled] = taken.cancelled
        for one in await twins.router.settled(tx, cancelled, twins.clock.now()):
            await outbox.add(tx, one, cancelled.source, twins.clock.now())
    assert "Milwaukee Tenants" in "\n".join(await twins.deliver(MANILA))
    assert (await only(twins)).state == "paused"
