"""`!twin accept`, `decline`, `pause`, `resume`, `end` and `renew`: who may, when, and who is told."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.twinning import State
from tests.unit.handlers.cast import (
    ANA,
    CARL,
    DORA,
    MANILA,
    MILWAUKEE,
    again,
    code_of,
    count,
    heard,
    only,
    propose,
    relays,
)
from tests.unit.stage import Stage

# accept, decline


async def test_acceptance_is_told_to_both_rooms(groups: Stage) -> None:
    await propose(groups)
    await groups.deliver(MANILA)
    answer = await groups.ask(MILWAUKEE, CARL, "!twin accept")
    assert "Manila Tenants (manila) is your twin now." in answer
    assert "!dispatch" in answer
    (told,) = await heard(groups, MANILA)
    assert not told.notice
    assert told.language == "es"
    assert "milwaukee" in "\n".join(await groups.deliver(MANILA))


async def test_who_proposed_cannot_accept(groups: Stage) -> None:
    await groups.ask(MILWAUKEE, CARL, f"!twin propose {await code_of(groups, MANILA, ANA)}")
    answer = await groups.ask(MILWAUKEE, CARL, "!twin accept manila")
    assert "not possible now" in answer
    assert "not answered yet" in answer
    assert (await only(groups)).state is State.PROPOSED


async def test_a_second_acceptance_says_how_things_stand(twins: Stage) -> None:
    answer = await twins.ask(MILWAUKEE, CARL, "!twin accept")
    assert "not possible now" in answer
    assert "active until" in answer


async def test_without_any_proposal_there_is_nothing_to_accept(groups: Stage) -> None:
    answer = await groups.ask(MILWAUKEE, CARL, "!twin accept")
    assert "no twinning" in answer
    assert "!twin" in answer


async def test_declining_is_told_and_is_for_good(groups: Stage) -> None:
    await propose(groups)
    await groups.deliver(MANILA)
    assert "Declined" in await groups.ask(MILWAUKEE, CARL, "!twin decline manila")
    assert len(await groups.deliver(MANILA)) == 1
    assert (await only(groups)).state is State.DECLINED
    assert "no twin “manila”" in await groups.ask(MILWAUKEE, CARL, "!twin accept manila")
    await propose(groups)
    assert await count(groups, "twinning") == 2


async def test_the_proposer_can_call_it_off(groups: Stage) -> None:
    await groups.ask(MILWAUKEE, CARL, f"!twin propose {await code_of(groups, MANILA, ANA)}")
    assert "is off" in await groups.ask(MILWAUKEE, CARL, "!twin end")
    assert (await only(groups)).state is State.ENDED


# pause, resume, end


async def test_a_pause_holds_at_once_is_told_and_cancels_what_waits(twins: Stage) -> None:
    await twins.say(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    await twins.deliver(MANILA)
    assert len(await relays(twins, MILWAUKEE)) == 1
    await twins.say(MILWAUKEE, CARL, "!twin pause")
    assert await relays(twins, MILWAUKEE) == []
    said = "\n".join(await twins.deliver(MANILA))
    assert "milwaukee" in said
    assert (await only(twins)).state is State.PAUSED
    async with twins.database.tx() as tx:
        rows = await tx.all("SELECT payload, reason FROM outbox WHERE kind = 'relay'")
    assert [(row["payload"], row["reason"]) for row in rows] == [(None, "twinning")]


async def test_the_author_is_told_which_twin_did_not_get_it(twins: Stage) -> None:
    await twins.say(MILWAUKEE, CARL, "!dispatch We won the hearing.")
    await twins.deliver(MILWAUKEE)
    await twins.say(MANILA, ANA, "!twin pause")
    said = "\n".join(await twins.deliver(MILWAUKEE))
    assert "Manila Tenants (manila) has paused your twinning" in said
    assert "not sent" in said


async def test_what_was_cancelled_by_a_pause_is_not_sent_after_it(twins: Stage) -> None:
    await twins.say(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    await twins.say(MILWAUKEE, CARL, "!twin pause")
    await twins.say(MILWAUKEE, CARL, "!twin resume")
    await twins.tick(seconds=30)
    assert (await only(twins)).state is State.ACTIVE
    assert await relays(twins, MILWAUKEE) == []


async def test_a_second_pause_says_that_it_is_paused(twins: Stage) -> None:
    await twins.ask(MILWAUKEE, CARL, "!twin pause")
    answer = await twins.ask(MILWAUKEE, CARL, "!twin pause")
    assert "paused by you" in answer


async def test_the_other_sides_pause_can_only_be_wished_away(twins: Stage) -> None:
    await twins.ask(MANILA, ANA, "!twin pause")
    await twins.deliver(MILWAUKEE)
    answer = await twins.ask(MILWAUKEE, CARL, "!twin resume")
    assert "for them to take back" in answer
    assert (await only(twins)).state is State.PAUSED
    assert "!twin resume milwaukee" in "\n".join(await twins.deliver(MANILA))
    await twins.ask(MANILA, ANA, "!twin resume")
    assert (await only(twins)).state is State.ACTIVE
    assert "resumed: you are twins again" in "\n".join(await twins.deliver(MILWAUKEE))


async def test_paused_by_both_needs_both(twins: Stage) -> None:
    await twins.ask(MANILA, ANA, "!twin pause")
    await twins.ask(MILWAUKEE, CARL, "!twin pause")
    assert "paused by both" in await twins.ask(MILWAUKEE, DORA, "!twin")
    await twins.ask(MANILA, ANA, "!twin resume")
    assert (await only(twins)).state is State.PAUSED
    await twins.ask(MILWAUKEE, CARL, "!twin resume")
    assert (await only(twins)).state is State.ACTIVE


async def test_resuming_what_is_not_paused_says_how_things_stand(twins: Stage) -> None:
    answer = await twins.ask(MILWAUKEE, CARL, "!twin resume")
    assert "not possible now" in answer
    assert "active until" in answer


async def test_either_side_ends_it_at_once_and_for_good(twins: Stage) -> None:
    await twins.say(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    await twins.say(MILWAUKEE, CARL, "!twin end manila")
    assert await relays(twins, MILWAUKEE) == []
    assert "has ended" in "\n".join(await twins.deliver(MILWAUKEE))
    assert (await only(twins)).state is State.ENDED
    assert "milwaukee" in "\n".join(await twins.deliver(MANILA))
    assert "no twin" in await twins.ask(MILWAUKEE, CARL, "!twin resume manila")


async def test_an_end_repeated_by_the_server_has_no_second_effect(twins: Stage) -> None:
    event = await twins.say(MILWAUKEE, CARL, "!twin end")
    await twins.deliver(MILWAUKEE)
    await twins.deliver(MANILA)
    await again(twins, event, MILWAUKEE, CARL, "!twin end")
    assert await twins.waiting(MILWAUKEE) == []
    assert await twins.waiting(MANILA) == []


# renew


async def test_a_renewal_holds_once_both_have_asked(twins: Stage) -> None:
    answer = await twins.ask(MILWAUKEE, CARL, "!twin renew until=2029-06-30")
    assert "once they agree" in answer
    assert (await only(twins)).ends_on == date(2028, 1, 4)
    told = "\n".join(await twins.deliver(MANILA))
    assert "!twin renew milwaukee" in told
    await twins.ask(MANILA, ANA, "!twin renew")
    assert (await only(twins)).ends_on == date(2029, 6, 30)
    assert "has agreed" in "\n".join(await twins.deliver(MILWAUKEE))


async def test_without_a_date_a_renewal_asks_for_a_year_more(twins: Stage) -> None:
    await twins.ask(MILWAUKEE, CARL, "!twin renew")
    assert (await only(twins)).renew_until == date(2029, 1, 4)
    assert "You asked to renew it" in await twins.ask(MILWAUKEE, DORA, "!twin")


async def test_another_date_is_a_new_wish(twins: Stage) -> None:
    await twins.ask(MILWAUKEE, CARL, "!twin renew until=2029-06-30")
    await twins.ask(MANILA, ANA, "!twin renew until=2029-01-31")
    found = await only(twins)
    assert found.ends_on == date(2028, 1, 4)
    assert found.renew_until == date(2029, 1, 31)
    assert "They ask to renew it" in await twins.ask(MILWAUKEE, DORA, "!twin")


async def test_asking_for_the_same_twice_says_so_and_rings_nobody(twins: Stage) -> None:
    await twins.ask(MILWAUKEE, CARL, "!twin renew until=2029-06-30")
    await twins.deliver(MANILA)
    answer = await twins.ask(MILWAUKEE, CARL, "!twin renew until=2029-06-30")
    assert "asked for" in answer
    assert await twins.waiting(MANILA) == []


async def test_renewing_to_the_present_end_date_says_so(twins: Stage) -> None:
    assert "already" in await twins.ask(MILWAUKEE, CARL, "!twin renew until=2028-01-04")


@pytest.mark.parametrize("typed", ["soon", "2027-01-04", "2033-01-01"])
async def test_a_renewal_takes_the_same_dates_as_a_proposal(twins: Stage, typed: str) -> None:
    await twins.ask(MILWAUKEE, CARL, f"!twin renew until={typed}")
    assert (await only(twins)).renew_until is None
