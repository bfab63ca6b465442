"""`!twin` as a list, and twinnings that end by themselves."""

from __future__ import annotations

from datetime import date

from bot.domain.twinning import State
from bot.storage import groups as store
from bot.storage import outbox, twinnings
from tests.unit.handlers.cast import (
    ANA,
    CARL,
    DORA,
    EVA,
    MADRID,
    MANILA,
    MILWAUKEE,
    code_of,
    count,
    heard,
    only,
    propose,
    relays,
)
from tests.unit.stage import Stage

# list


async def test_without_a_twin_the_list_says_how_to_find_one(groups: Stage) -> None:
    answer = await groups.ask(MILWAUKEE, DORA, "!twin")
    assert "!group code" in answer
    assert "!twin propose CODE" in answer


async def test_one_twin_in_full_shows_the_check_words(twins: Stage) -> None:
    assert (await only(twins)).check_words in await twins.ask(MILWAUKEE, DORA, "!twin manila")


async def test_a_proposal_in_the_list_says_what_to_type(groups: Stage) -> None:
    await propose(groups)
    answer = await groups.ask(MILWAUKEE, DORA, "!twin")
    assert "!twin accept manila" in answer
    assert "!twin decline manila" in answer


async def test_a_long_list_fits_a_phone_and_names_the_rest(groups: Stage) -> None:
    async with groups.database.tx() as tx:
        home = await store.of_room(tx, MILWAUKEE)
        assert home is not None
        for number in range(14):
            other = await store.create(
                tx, f"town{number}", f"Town {number}", f"!t{number}:x", "en", "UTC", groups.clock.now()
            )
            await twinnings.propose(
                tx,
                a=home.id,
                b=other.id,
                alias_a="milwaukee",
                alias_b=other.handle,
                check_words="a b c d",
                ends_on=date(2028, 1, 4),
                now=groups.clock.now(),
            )
    answer = await groups.ask(MILWAUKEE, DORA, "!twin")
    assert len(answer.splitlines()) <= 12
    assert "town13" in answer


# the clock


async def test_a_twinning_ends_after_its_end_date_both_rooms_are_told_and_what_waits_is_cancelled(
    groups: Stage,
) -> None:
    await groups.ask(MANILA, ANA, f"!twin propose {await code_of(groups, MILWAUKEE, CARL)} until=2027-01-10")
    await groups.ask(MILWAUKEE, CARL, "!twin accept")
    await groups.deliver(MANILA)
    await groups.tick(days=6)
    assert (await only(groups)).state is State.ACTIVE
    await groups.say(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    await groups.deliver(MANILA)
    await groups.tick(hours=12)
    assert (await only(groups)).state is State.ENDED
    assert await relays(groups, MILWAUKEE) == []
    for room_id, language in ((MANILA, "es"), (MILWAUKEE, "en")):
        loud = [say for say in await heard(groups, room_id) if not say.notice]
        assert [say.language for say in loud if say.what == "twin-ended"] == [language]
    assert "Manila Tenants (manila) has reached its end date" in "\n".join(await groups.deliver(MILWAUKEE))


async def test_two_twinnings_that_end_on_one_day_are_both_told(twins: Stage) -> None:
    await twins.ask(MADRID, EVA, f"!twin propose {await code_of(twins, MILWAUKEE, CARL)}")
    await twins.ask(MILWAUKEE, CARL, "!twin accept madrid")
    await twins.deliver(MILWAUKEE)
    await twins.tick(days=366)
    said = "\n".join(await twins.deliver(MILWAUKEE))
    assert "Manila Tenants (manila) has reached its end date" in said
    assert "Vecinas de Madrid (madrid) has reached its end date" in said
    await twins.tick(seconds=30)
    assert await twins.waiting(MILWAUKEE) == []


async def test_a_proposal_that_nobody_accepted_ends_on_its_date(groups: Stage) -> None:
    await propose(groups)
    await groups.tick(days=366)
    assert "was not accepted" in "\n".join(await groups.deliver(MILWAUKEE))
    assert (await only(groups)).state is State.ENDED


async def test_ended_twinnings_are_forgotten_after_a_month(twins: Stage) -> None:
    await twins.ask(MILWAUKEE, CARL, "!twin end")
    await twins.tick(days=30)
    assert await count(twins, "twinning") == 1
    await twins.tick(minutes=1)
    assert await count(twins, "twinning") == 0


async def test_what_waits_for_another_twin_is_not_cancelled(twins: Stage) -> None:
    await twins.ask(MADRID, EVA, f"!twin propose {await code_of(twins, MILWAUKEE, CARL)}")
    await twins.ask(MILWAUKEE, CARL, "!twin accept madrid")
    await twins.say(MILWAUKEE, CARL, "!dispatch We won the hearing.")
    await twins.say(MILWAUKEE, CARL, "!twin pause madrid")
    assert len(await relays(twins, MANILA)) == 1
    assert await relays(twins, MADRID) == []


async def test_a_relay_of_a_twinning_that_ended_is_cancelled_when_it_is_taken(twins: Stage) -> None:
    await twins.say(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    async with twins.database.tx() as tx:
        await tx.run("UPDATE outbox SET state = 'waiting' WHERE kind = 'relay'")
        await tx.run("UPDATE twinning SET ends_on = '2027-01-03'")
        await tx.run("DELETE FROM outbox WHERE kind = 'say'")
        taken = await outbox.take(tx, MILWAUKEE, twins.clock.now(), "DEVICE")
    assert taken.entry is None
    assert [entry.reason for entry in taken.cancelled] == ["twinning"]
