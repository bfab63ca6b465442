"""`!group forget`: asked first, then nothing of the group is left, and everybody concerned is told."""

from __future__ import annotations

from bot.domain.outgoing import Leave, Relay
from tests.unit.handlers.cast import (
    ANA,
    BEN,
    CARL,
    DORA,
    MADRID,
    MANILA,
    MILWAUKEE,
    again,
    count,
    group,
    heard,
)
from tests.unit.stage import Stage

CREATE = '!group create manila "Manila Tenants"'


async def forget(stage: Stage, answer: str = "yes") -> str:
    await stage.ask(MANILA, ANA, "!group forget")
    return await stage.ask(MANILA, ANA, answer)


async def test_forgetting_is_asked_first_and_no_changes_nothing(twins: Stage) -> None:
    question = await twins.ask(MILWAUKEE, CARL, "!group forget")
    assert "cannot be undone" in question
    assert "“yes”" in question
    assert "Nothing was changed" in await twins.ask(MILWAUKEE, CARL, "no")
    assert await count(twins, "grp") == 3


async def test_somebody_elses_yes_forgets_nothing(twins: Stage) -> None:
    await twins.ask(MANILA, ANA, "!group forget")
    await twins.ask(MANILA, BEN, "yes")
    assert await count(twins, "grp") == 3


async def test_a_yes_that_comes_too_late_forgets_nothing(twins: Stage) -> None:
    await twins.ask(MANILA, ANA, "!group forget")
    await twins.tick(minutes=16)
    await twins.ask(MANILA, ANA, "yes")
    assert await count(twins, "grp") == 3


async def test_a_yes_that_may_mean_something_else_forgets_nothing(twins: Stage) -> None:
    event = await twins.say(MILWAUKEE, CARL, "!dispatch We won the hearing.")
    await twins.deliver(MILWAUKEE)
    async with twins.database.tx() as tx:
        root = await tx.value("SELECT event_id FROM outbox WHERE source = ? AND what = 'ack'", event)
    await twins.ask(MILWAUKEE, CARL, "!group forget")
    assert "yes" in await twins.ask(MILWAUKEE, CARL, "How many families?", thread=root)
    await twins.ask(MILWAUKEE, CARL, "yes")
    await twins.ask(MILWAUKEE, CARL, "yes")
    assert await count(twins, "grp") == 3


async def test_a_yes_of_somebody_who_is_no_steward_any_more_forgets_nothing(twins: Stage) -> None:
    await twins.ask(MILWAUKEE, CARL, "!group forget")
    await twins.room(MILWAUKEE, [DORA], [CARL])
    assert "for stewards" in await twins.ask(MILWAUKEE, CARL, "yes")
    assert await count(twins, "grp") == 3


async def test_forgetting_ends_twinnings_and_tells_the_twins_aloud_in_their_language(twins: Stage) -> None:
    await forget(twins)
    (told,) = await heard(twins, MILWAUKEE)
    assert told.language == "en"
    assert not told.notice
    (words,) = await twins.deliver(MILWAUKEE)
    assert "Manila Tenants (manila) has left me, so your twinning has ended." in words
    assert await count(twins, "twinning") == 0


async def test_forgetting_says_goodbye_and_leaves_although_the_group_is_gone(twins: Stage) -> None:
    await twins.deliver(MANILA)
    await twins.say(MANILA, ANA, "!group forget")
    await twins.deliver(MANILA)
    await twins.say(MANILA, ANA, "sí")
    goodbye, leave = [row.payload for row in await twins.waiting(MANILA)]
    assert goodbye is not None
    assert goodbye.kind == "say"
    assert isinstance(leave, Leave)
    assert leave.reason is not None
    assert leave.language == "es"


async def test_forgetting_leaves_nothing_of_the_group(twins: Stage) -> None:
    await twins.say(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    await twins.deliver(MANILA)
    await twins.deliver(MILWAUKEE)
    await twins.ask(MANILA, ANA, "!group code")
    await twins.ask(MANILA, ANA, "!twin propose AAA-AAA-AAA-AAA")
    await forget(twins)
    await twins.deliver(MANILA)
    async with twins.database.tx() as tx:
        for table in ("wrong_code", "dispatch", "question", "joint", "twinning"):
            assert await tx.all(f"SELECT * FROM {table}") == [], table  # noqa: S608 (tables of this list)
        assert await tx.all("SELECT * FROM grp WHERE handle = 'manila'") == []
        assert await tx.all("SELECT * FROM code WHERE used = 0") == []  # Milwaukee's, used, is not Manila's
        assert await tx.all("SELECT * FROM outbox WHERE kind = 'relay'") == []
        left = await tx.all("SELECT what FROM outbox WHERE room_id = ?", MANILA)
    assert {row["what"] for row in left} <= {"answer", "leave"}


async def test_forgetting_cancels_what_waits_and_tells_the_twins_whose_words_did_not_arrive(
    twins: Stage,
) -> None:
    await twins.say(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    await twins.say(MILWAUKEE, CARL, "!dispatch We won the hearing.")
    await forget(twins)
    rows = [*await twins.waiting(MANILA), *await twins.waiting(MILWAUKEE)]
    assert not any(isinstance(row.payload, Relay) for row in rows)
    said = "\n".join(await twins.deliver(MILWAUKEE))
    assert "manila" in said
    assert "not sent" in said


async def test_forgetting_keeps_the_removal_of_a_withdrawn_dispatch(twins: Stage) -> None:
    await twins.say(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    await twins.deliver(MILWAUKEE)
    await twins.say(MANILA, ANA, "!dispatch withdraw 1")
    await forget(twins)
    async with twins.database.tx() as tx:
        row = await tx.one("SELECT * FROM outbox WHERE room_id = ? AND what = 'copy'", MILWAUKEE)
    assert row is not None
    assert row["event_id"] is not None


async def test_forgetting_leaves_the_joint_rooms_too(twins: Stage) -> None:
    await twins.room("!joint:here.example", [ANA, CARL])
    await twins.ask("!joint:here.example", ANA, "!joint milwaukee")
    await twins.ask("!joint:here.example", CARL, "!joint manila")
    await forget(twins)
    rows = [row.payload for row in await twins.waiting("!joint:here.example")]
    assert [type(row) for row in rows] == [Leave]


async def test_a_repeated_yes_has_no_second_effect(twins: Stage) -> None:
    await twins.ask(MANILA, ANA, "!group forget")
    event = await twins.say(MANILA, ANA, "yes")
    await twins.deliver(MANILA)
    await twins.deliver(MILWAUKEE)
    await again(twins, event, MANILA, ANA, "yes")
    assert await twins.waiting(MANILA) == []
    assert await twins.waiting(MILWAUKEE) == []


async def test_a_forgotten_room_can_become_a_home_again(twins: Stage) -> None:
    await forget(twins)
    await twins.room(MANILA, [ANA], [BEN])
    assert "home of Manila Tenants" in await twins.ask(MANILA, ANA, CREATE)


async def test_other_groups_stay_untouched(twins: Stage) -> None:
    await forget(twins)
    assert (await group(twins, MADRID)).handle == "madrid"
    assert (await group(twins, MILWAUKEE)).handle == "milwaukee"
