"""A member's identity changes: who is told, what a steward types, and what 7 days bring."""

from __future__ import annotations

import pytest

from bot.domain.incoming import Batch, IdentityChanged
from bot.domain.outgoing import Acknowledge
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, EVA, MADRID, MANILA, MILWAUKEE, count, heard
from tests.unit.stage import Stage


async def _changes(stage: Stage, person: str = DORA, key: str = "new") -> None:
    await stage.receiver.batch(Batch("c", (IdentityChanged(f"identity:{person}:{key}", person),)))


async def _acknowledged(stage: Stage) -> list[str]:
    async with stage.database.tx() as tx:
        rooms = [
            row[0] for row in await tx.all("SELECT DISTINCT room_id FROM outbox WHERE state = 'waiting'")
        ]
    payloads = [row.payload for room in rooms for row in await stage.waiting(room)]
    return [one.user_id for one in payloads if isinstance(one, Acknowledge)]


async def test_every_home_room_of_the_member_is_told_aloud_in_its_language(groups: Stage) -> None:
    await groups.member(MANILA, DORA, "join")
    await groups.deliver(MANILA)
    await _changes(groups)
    for room_id, language in ((MILWAUKEE, "en"), (MANILA, "es")):
        (said,) = await heard(groups, room_id)
        assert (said.language, said.notice) == (language, False)
    (words,) = await groups.deliver(MILWAUKEE)
    for part in (DORA, f"!trust {DORA}", "7 days"):
        assert part in words
    assert await groups.deliver(MADRID) == []


async def test_a_change_is_told_once_and_the_next_one_again(groups: Stage) -> None:
    await _changes(groups)
    await groups.deliver(MILWAUKEE)
    await _changes(groups)
    assert await groups.deliver(MILWAUKEE) == []
    await _changes(groups, key="newer")
    assert len(await groups.deliver(MILWAUKEE)) == 1


async def test_a_change_back_and_forth_is_told_each_time(groups: Stage) -> None:
    for key in ("b", "a", "b", "a"):
        await _changes(groups, key=key)
        assert len(await groups.deliver(MILWAUKEE)) == 1
        await groups.ask(MILWAUKEE, CARL, f"!trust {DORA}")
        await groups.tick(seconds=30)


async def test_a_stranger_is_nobodys_business(groups: Stage) -> None:
    await _changes(groups, "@zoe:there.example")
    for room_id in (MANILA, MILWAUKEE, MADRID):
        assert await groups.deliver(room_id) == []
    await groups.tick(days=7)
    assert await _acknowledged(groups) == ["@zoe:there.example"]


@pytest.mark.parametrize("typed", [DORA, "dora", "@dora", "Dora", '"dora"', f"https://matrix.to/#/{DORA}"])
async def test_a_steward_confirms_by_any_form_of_the_name(groups: Stage, typed: str) -> None:
    await _changes(groups)
    await groups.deliver(MILWAUKEE)
    await groups.say(MILWAUKEE, CARL, f"!trust {typed}")
    assert await _acknowledged(groups) == [DORA]
    [confirmed] = [one.payload for one in await groups.waiting(MILWAUKEE) if one.kind == "acknowledge"]
    assert isinstance(confirmed, Acknowledge)
    assert confirmed.change == f"identity:{DORA}:new", "the one that was told, and no newer one"
    assert f"The new identity of {DORA} is confirmed" in "\n".join(await groups.deliver(MILWAUKEE))


async def test_a_mention_names_the_member_whatever_they_are_shown_as(groups: Stage) -> None:
    await _changes(groups)
    await groups.deliver(MILWAUKEE)
    await groups.say(MILWAUKEE, CARL, "!trust The Great Dora", mentions=[DORA])
    assert await _acknowledged(groups) == [DORA]


async def test_a_name_that_two_share_is_asked_back(groups: Stage) -> None:
    twin = "@dora:there.example"
    await groups.member(MILWAUKEE, twin, "join")
    await _changes(groups)
    answer = await groups.ask(MILWAUKEE, CARL, "!trust dora")
    assert DORA in answer
    assert twin in answer
    assert await _acknowledged(groups) == []
    await groups.say(MILWAUKEE, CARL, f"!trust {DORA}")
    assert await _acknowledged(groups) == [DORA]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "NAME is missing"),
        ("nobody", f"Nobody here is called “nobody”.\nTo be confirmed here: {DORA}"),
        (ANA, f"Nobody here is called “{ANA}”"),
        ("x" * 60_000, "Nobody here is called"),
        ("@room", "Nobody here is called"),
        ("carl", f"There is nothing to confirm about {CARL}.\nTo be confirmed here: {DORA}"),
        ("@twinline", "Nobody here is called"),
    ],
)
async def test_who_cannot_be_confirmed_is_answered_with_who_can(groups: Stage, typed: str, says: str) -> None:
    await _changes(groups)
    answer = await groups.ask(MILWAUKEE, CARL, f"!trust {typed}")
    assert says in answer
    assert len(answer) < 600
    assert await _acknowledged(groups) == []


async def test_a_member_who_is_no_steward_confirms_nobody(groups: Stage) -> None:
    await _changes(groups, CARL)
    assert "for stewards" in await groups.ask(MILWAUKEE, DORA, f"!trust {CARL}")
    assert await _acknowledged(groups) == []


async def test_a_steward_of_another_room_confirms_nobody_here(groups: Stage) -> None:
    await _changes(groups)
    assert "nadie se llama" in await groups.ask(MANILA, ANA, f"!trust {DORA}")
    assert await _acknowledged(groups) == []


async def test_what_nobody_confirmed_is_accepted_after_7_days_and_that_is_said(groups: Stage) -> None:
    await _changes(groups)
    await groups.deliver(MILWAUKEE)
    await groups.tick(days=6, hours=23)
    assert await _acknowledged(groups) == []
    await groups.tick(hours=1)
    assert await _acknowledged(groups) == [DORA]
    said = "\n".join(await groups.deliver(MILWAUKEE))
    assert f"Nobody has confirmed the new identity of {DORA} for 7 days" in said
    await groups.tick(seconds=30)
    assert await groups.deliver(MILWAUKEE) == []
    assert "There is nothing to confirm" in await groups.ask(MILWAUKEE, CARL, f"!trust {DORA}")


async def test_what_a_steward_confirmed_is_not_accepted_again(groups: Stage) -> None:
    await _changes(groups)
    await groups.ask(MILWAUKEE, CARL, f"!trust {DORA}")
    await groups.tick(days=8)
    assert await groups.deliver(MILWAUKEE) == []


async def test_the_status_names_who_is_to_be_confirmed_until_it_is_done(groups: Stage) -> None:
    assert DORA not in await groups.ask(MILWAUKEE, CARL, "!status")
    await _changes(groups)
    status = await groups.ask(MILWAUKEE, CARL, "!status")
    assert f"I neither write to them nor heed them: {DORA}" in status
    assert "!trust NAME" in status
    assert EVA not in status
    await groups.ask(MILWAUKEE, CARL, "!trust dora")
    assert DORA not in await groups.ask(MILWAUKEE, CARL, "!status")


async def test_an_accepted_change_is_forgotten_in_the_end(groups: Stage) -> None:
    await _changes(groups, BEN)
    await groups.tick(days=7)
    await groups.tick(days=30)
    assert await count(groups, "identity") == 1
    await groups.tick(days=2)
    assert await count(groups, "identity") == 0
