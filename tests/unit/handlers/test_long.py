"""Texts that are too long for one message: they cross in parts, and what happens to them happens to each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.dispatch import LONGEST_TEXT
from bot.domain.outgoing import Redact, Relay, RowRef
from bot.domain.parts import parts
from bot.domain.rates import Rates
from bot.handlers.nouns import all_nouns
from bot.storage import outbox
from tests.unit.handlers.cast import (
    ANA,
    BEN,
    CARL,
    DORA,
    MANILA,
    MILWAUKEE,
    begin_thread,
    crossed,
    heard,
    known,
    open_groups,
    relays,
    root,
    twin,
    write,
)
from tests.unit.stage import Stage

JOINT = "!joint:here.example"


def paragraphs(*names: str) -> str:
    """A text with one part for each name."""
    return "\n\n".join(f"{name} " * (7_000 // (len(name) + 1)) for name in names)


NEWS = paragraphs("uno", "dos", "tres")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    found = await Stage.open(tmp_path, all_nouns())
    await open_groups(found)
    await twin(found)
    for room_id in (MANILA, MILWAUKEE):
        await found.deliver(room_id)
    yield found
    await found.close()


async def dispatched(stage: Stage, text: str = NEWS) -> str:
    """Manila's dispatch has arrived in Milwaukee."""
    source = await stage.say(MANILA, ANA, f"!dispatch {text}")
    for room_id in (MANILA, MILWAUKEE, MANILA):
        await stage.deliver(room_id)
    return source


async def begun(stage: Stage) -> None:
    """There is a thread in which everybody may write."""
    await known(stage, BEN, DORA)
    await begin_thread(stage)


def titles(stage: Stage, found: list[Relay]) -> list[str]:
    return [stage.catalogs.say(one.title, one.target) if one.title else "" for one in found]


async def event_of(stage: Stage, what: str) -> str:
    async with stage.database.tx() as tx:
        return str(await tx.value("SELECT event_id FROM outbox WHERE what = ?", what))


async def test_a_long_dispatch_goes_in_numbered_parts(stage: Stage) -> None:
    await stage.say(MANILA, ANA, f"!dispatch {NEWS}")
    found = await relays(stage, MILWAUKEE)
    assert titles(stage, found) == [f"manila-1 ({n}/3) · Manila Tenants" for n in (1, 2, 3)]
    assert [one.words.text for one in found] == list(parts(NEWS))
    assert [one.what for one in found] == ["copy", "copy#2", "copy#3"]


async def test_its_author_is_told_in_how_many_parts_it_goes(stage: Stage) -> None:
    await stage.say(MILWAUKEE, CARL, f"!dispatch {NEWS}")
    assert "It is long: it goes in 3 parts." in "\n".join(await stage.deliver(MILWAUKEE))


async def test_the_shared_thread_hangs_under_the_first_part(stage: Stage) -> None:
    source = await stage.say(MANILA, ANA, f"!dispatch {NEWS}")
    [intro] = [one for one in await heard(stage, MILWAUKEE) if one.what == "intro"]
    assert intro.thread == RowRef(source, MILWAUKEE, "copy")


async def test_under_another_part_people_are_told_once_where_the_thread_is(stage: Stage) -> None:
    await dispatched(stage)
    await known(stage, DORA)
    thread = await event_of(stage, "copy#2")
    await stage.say(MILWAUKEE, DORA, "Thank you.", thread=thread)
    assert await crossed(stage, MANILA) == []
    assert "the shared thread is the one under this post" in "\n".join(await stage.deliver(MILWAUKEE))
    await stage.say(MILWAUKEE, DORA, "Thank you.", thread=thread)
    assert await stage.deliver(MILWAUKEE) == []


async def test_it_is_delivered_once_all_parts_are(stage: Stage) -> None:
    await stage.say(MILWAUKEE, CARL, f"!dispatch {NEWS}")
    await stage.deliver(MILWAUKEE)
    waiting = await stage.waiting(MANILA)
    for entry in waiting[:2]:
        async with stage.database.tx() as tx:
            settled = await outbox.settle_sent(tx, entry, f"$x{entry.id}", stage.clock.now())
            assert await stage.router.settled(tx, settled, stage.clock.now()) == []
    assert "still being translated" in await stage.ask(MILWAUKEE, CARL, "!dispatches")
    await stage.deliver(MANILA)
    assert "milwaukee-1 was delivered to manila." in "\n".join(await stage.deliver(MILWAUKEE))
    listed = await stage.ask(MILWAUKEE, CARL, "!dispatches")
    assert listed.count("manila: delivered") == 1


@pytest.mark.parametrize("arrived", [False, True])
async def test_a_withdrawal_takes_every_part_back(stage: Stage, arrived: bool) -> None:
    source = await stage.say(MANILA, ANA, f"!dispatch {NEWS}")
    if arrived:
        await stage.deliver(MILWAUKEE)
    await stage.remove(MANILA, ANA, source)
    assert await crossed(stage, MILWAUKEE) == []
    targets = [
        row.payload.target for row in await stage.waiting(MILWAUKEE) if isinstance(row.payload, Redact)
    ]
    removed = [one.what for one in targets if isinstance(one, RowRef) and one.what != "intro"]
    assert removed == (["copy", "copy#2", "copy#3"] if arrived else [])


async def test_the_end_of_the_twinning_cancels_every_part(stage: Stage) -> None:
    await stage.say(MANILA, ANA, f"!dispatch {NEWS}")
    await stage.say(MILWAUKEE, CARL, "!twin end")
    assert await crossed(stage, MILWAUKEE) == []


async def test_an_edit_changes_only_the_parts_whose_text_it_changes(stage: Stage) -> None:
    source = await dispatched(stage)
    await stage.say(MANILA, ANA, f"!dispatch {paragraphs('uno', 'deux', 'tres')}", edits=source)
    [edit] = await relays(stage, MILWAUKEE)
    assert edit.replaces == RowRef(source, MILWAUKEE, "copy#2")
    assert edit.words.text.startswith("deux")
    assert edit.rendering is None


async def test_an_edit_back_is_an_edit_too(stage: Stage) -> None:
    source = await dispatched(stage)
    changed = paragraphs("uno", "deux", "tres")
    await stage.say(MANILA, ANA, f"!dispatch {changed}", edits=source)
    await stage.deliver(MILWAUKEE)
    await stage.say(MANILA, ANA, f"!dispatch {changed}", edits=source)
    assert await relays(stage, MILWAUKEE) == []
    await stage.say(MANILA, ANA, f"!dispatch {NEWS}", edits=source)
    [edit] = await relays(stage, MILWAUKEE)
    assert edit.words.text.startswith("dos")


async def test_an_edit_that_shortens_removes_the_parts_that_are_over(stage: Stage) -> None:
    source = await dispatched(stage)
    await stage.say(MANILA, ANA, f"!dispatch {paragraphs('uno', 'dos')}", edits=source)
    waiting = await stage.waiting(MILWAUKEE)
    assert [row.payload.target for row in waiting if isinstance(row.payload, Redact)] == [
        RowRef(source, MILWAUKEE, "copy#3")
    ]
    edits = await relays(stage, MILWAUKEE)
    assert titles(stage, edits) == [f"manila-1 ({n}/2) · Manila Tenants" for n in (1, 2)]


async def test_what_an_edit_adds_changes_the_number_on_every_part(stage: Stage) -> None:
    source = await dispatched(stage, paragraphs("uno", "dos"))
    await stage.say(MANILA, ANA, f"!dispatch {NEWS}", edits=source)
    found = await relays(stage, MILWAUKEE)
    assert titles(stage, found) == [f"manila-1 ({n}/3) · Manila Tenants" for n in (1, 2, 3)]
    assert [one.replaces is not None for one in found] == [True, True, False]
    await stage.deliver(MILWAUKEE)
    await stage.say(MANILA, ANA, f"!dispatch {NEWS}", edits=source)
    assert await relays(stage, MILWAUKEE) == []


async def test_a_correction_after_that_keeps_the_new_number(stage: Stage) -> None:
    source = await dispatched(stage, paragraphs("uno", "dos"))
    await stage.say(MANILA, ANA, f"!dispatch {NEWS}", edits=source)
    await stage.deliver(MILWAUKEE)
    await stage.say(MILWAUKEE, DORA, "!fix Two.", reply_to=await event_of(stage, "copy#2"))
    [corrected] = await relays(stage, MILWAUKEE)
    assert titles(stage, [corrected]) == ["manila-1 (2/3) · Manila Tenants"]
    await stage.deliver(MILWAUKEE)
    await stage.say(MANILA, ANA, f"!dispatch {NEWS}", edits=source)
    assert await relays(stage, MILWAUKEE) == []


async def test_an_edit_to_a_short_text_leaves_one_post_without_a_number(stage: Stage) -> None:
    source = await dispatched(stage)
    await stage.say(MANILA, ANA, "!dispatch Ganamos.", edits=source)
    [edit] = await relays(stage, MILWAUKEE)
    assert titles(stage, [edit]) == ["manila-1 · Manila Tenants"]
    removed = [row.what for row in await stage.waiting(MILWAUKEE) if row.kind == "redact"]
    assert removed == ["redact:copy#2", "redact:copy#3"]


async def test_an_edit_that_is_ten_times_longer_adds_what_is_missing_at_the_end(stage: Stage) -> None:
    source = await dispatched(stage, "uno " * 800)
    longer = "uno " * 8_000
    await stage.say(MANILA, ANA, f"!dispatch {longer}", edits=source)
    found = await relays(stage, MILWAUKEE)
    assert [one.words.text for one in found] == list(parts(longer))
    assert [one.added for one in found] == [False, True, True, True, True]
    assert titles(stage, found)[-1] == "manila-1 (5/5) · Manila Tenants"
    assert found[0].replaces == RowRef(source, MILWAUKEE, "copy")
    assert not any(one.replaces or one.reply_to or one.thread for one in found[1:])


async def test_a_part_that_went_and_comes_back_is_a_post_of_its_own(stage: Stage) -> None:
    source = await dispatched(stage)
    await stage.say(MANILA, ANA, f"!dispatch {paragraphs('uno', 'dos')}", edits=source)
    await stage.deliver(MILWAUKEE)
    await stage.say(MANILA, ANA, f"!dispatch {NEWS}", edits=source)
    found = await relays(stage, MILWAUKEE)
    assert [one.replaces is None for one in found] == [False, False, True]
    assert found[2].words.text.startswith("tres")
    await stage.deliver(MILWAUKEE)
    await stage.say(MANILA, ANA, f"!dispatch {paragraphs('uno', 'dos', 'three')}", edits=source)
    [edit] = await relays(stage, MILWAUKEE)
    assert isinstance(edit.replaces, RowRef)
    assert edit.replaces.what.startswith("copy#3+")


async def test_what_waits_takes_an_edit_up_and_has_no_part_too_many(stage: Stage) -> None:
    source = await stage.say(MANILA, ANA, f"!dispatch {NEWS}")
    await stage.say(MANILA, ANA, f"!dispatch {paragraphs('one', 'dos')}", edits=source)
    found = await relays(stage, MILWAUKEE)
    assert [one.words.text[:3] for one in found] == ["one", "dos"]
    await stage.deliver(MILWAUKEE)
    assert "manila-1 llegó a milwaukee." in "\n".join(await stage.deliver(MANILA))


async def test_an_edit_that_is_too_long_changes_nothing(stage: Stage) -> None:
    source = await dispatched(stage)
    await stage.say(MANILA, ANA, f"!dispatch {'x' * (LONGEST_TEXT + 1)}", edits=source)
    assert await relays(stage, MILWAUKEE) == []
    assert "tiene 40.001 caracteres" in "\n".join(await stage.deliver(MANILA)).replace("\u00a0", " ")


async def test_show_gives_a_part_a_page(stage: Stage) -> None:
    await stage.say(MILWAUKEE, CARL, f"!dispatch {NEWS}")
    first = await stage.ask(MILWAUKEE, CARL, "!dispatch show 1")
    assert "uno" in first
    assert "dos" not in first
    assert "(1/3)" in first
    assert "!dispatch show 1 2" in first
    last = await stage.ask(MILWAUKEE, CARL, "!dispatch show 1 3")
    assert "tres" in last
    assert "!dispatch show 1 4" not in last
    assert await stage.ask(MILWAUKEE, CARL, "!dispatch show 1 9") == last


async def test_a_correction_is_one_of_its_part(stage: Stage) -> None:
    await dispatched(stage)
    await stage.say(MILWAUKEE, DORA, "!fix Two.", reply_to=await event_of(stage, "copy#2"))
    [edit] = await relays(stage, MILWAUKEE)
    assert edit.words.text == parts(NEWS)[1]
    assert edit.rendering is not None
    assert edit.rendering.text == "Two."
    assert edit.part == 2


async def test_a_long_message_of_a_thread_crosses_in_parts(stage: Stage) -> None:
    await begun(stage)
    thread = await root(stage, MILWAUKEE)
    await stage.say(MILWAUKEE, DORA, NEWS, thread=thread, reply_to=thread)
    found = await relays(stage, MANILA)
    assert titles(stage, found) == [f"Milwaukee A ({n}/3)" for n in (1, 2, 3)]
    assert len({one.thread for one in found}) == 1
    assert [one.reply_to is not None for one in found] == [True, False, False]


async def test_a_reply_to_a_part_is_a_reply_to_the_message_and_its_copy(stage: Stage) -> None:
    await begun(stage)
    source = await write(stage, MILWAUKEE, DORA, NEWS)
    await stage.deliver(MANILA)
    async with stage.database.tx() as tx:
        part = await tx.value("SELECT event_id FROM outbox WHERE what = 'voice#2'")
    await stage.say(MANILA, BEN, "Gracias.", thread=await root(stage, MANILA), reply_to=str(part))
    [answer] = await relays(stage, MILWAUKEE)
    assert answer.reply_to == source


async def test_a_long_answer_crosses_in_parts(stage: Stage) -> None:
    await begun(stage)
    await stage.say(MILWAUKEE, DORA, f"!answer {NEWS}")
    assert await crossed(stage, MANILA) == list(parts(NEWS))


async def test_an_edit_of_a_thread_s_message_adds_parts_in_the_thread(stage: Stage) -> None:
    await begun(stage)
    source = await write(stage, MILWAUKEE, DORA, "Good morning")
    await stage.deliver(MANILA)
    await stage.say(MILWAUKEE, DORA, NEWS, edits=source)
    found = await relays(stage, MANILA)
    assert [one.added for one in found] == [False, True, True]
    assert all(one.thread == found[0].thread is not None for one in found)


async def test_a_deleted_message_of_a_thread_takes_its_parts_along(stage: Stage) -> None:
    await begun(stage)
    source = await write(stage, MILWAUKEE, DORA, NEWS)
    await stage.deliver(MANILA)
    await stage.remove(MILWAUKEE, DORA, source)
    assert [row.what for row in await stage.waiting(MANILA)] == [
        "redact:voice",
        "redact:voice#2",
        "redact:voice#3",
    ]


async def test_parts_that_do_not_arrive_are_told_once(stage: Stage) -> None:
    await begun(stage)
    await write(stage, MILWAUKEE, DORA, NEWS)
    await stage.say(MANILA, ANA, "!twin pause")
    lost = [one for one in await heard(stage, MILWAUKEE) if one.what.startswith("lost:")]
    assert [stage.word(one) for one in lost] == ["Not all parts of this message reached Manila Tenants."]


async def test_a_joint_room_reads_a_long_message_in_parts(stage: Stage) -> None:
    await stage.room(JOINT, [ANA], [BEN, CARL, DORA])
    await stage.say(JOINT, ANA, "!joint milwaukee")
    await stage.say(JOINT, CARL, "!joint manila")
    await stage.deliver(JOINT)
    source = await stage.say(JOINT, BEN, NEWS)
    found = await relays(stage, JOINT)
    assert [one.words.text for one in found] == list(parts(NEWS))
    assert all(one.thread == source for one in found)
    await stage.deliver(JOINT)
    await stage.say(JOINT, BEN, paragraphs("uno", "dos"), edits=source)
    assert [row.kind for row in await stage.waiting(JOINT)] == ["relay", "relay", "redact"]
    assert [(one.part, one.parts) for one in await relays(stage, JOINT)] == [(1, 2), (2, 2)]
    await stage.deliver(JOINT)
    await stage.say(JOINT, BEN, NEWS, edits=source)
    [*_, added] = await relays(stage, JOINT)
    assert added.thread == source
    assert added.added
    await stage.remove(JOINT, BEN, source)
    assert await relays(stage, JOINT) == []


async def test_a_long_text_counts_as_its_parts(stage: Stage) -> None:
    stage.router.house = replace(stage.router.house, rates=Rates(person=4))
    await stage.say(MILWAUKEE, CARL, f"!dispatch {NEWS}")
    assert "on its way" in await stage.ask(MILWAUKEE, CARL, "!dispatch Good morning")
    assert "That was a lot at once" in await stage.ask(MILWAUKEE, CARL, "!dispatch Thank you.")


async def test_no_word_stays_of_what_was_sent(stage: Stage) -> None:
    await dispatched(stage)
    async with stage.database.tx() as tx:
        rows = await tx.all("SELECT payload, frame FROM outbox WHERE what LIKE 'copy%'")
    assert len(rows) == 3
    assert not any(row["payload"] for row in rows)
    assert not any("dos" in row["frame"] for row in rows)
