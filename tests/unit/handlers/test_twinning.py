"""`!twin`: proposing, accepting, pausing, ending and renewing, with what people mistype."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.outgoing import Relay
from bot.domain.twinning import State, Twinning
from bot.storage import groups as store
from bot.storage import outbox, twinnings
from tests.unit.handlers.cast import (
    ANA,
    CARL,
    DORA,
    EVA,
    FINN,
    MADRID,
    MANILA,
    MILWAUKEE,
    again,
    code_of,
    count,
    heard,
    propose,
)
from tests.unit.stage import Stage


async def only(stage: Stage) -> Twinning:
    """The one twinning there is."""
    async with stage.database.tx() as tx:
        value = await tx.value("SELECT id FROM twinning")
        assert isinstance(value, int)
        found = await twinnings.load(tx, value)
    assert found is not None
    return found


async def relays(stage: Stage, room_id: str) -> list[Relay]:
    return [row.payload for row in await stage.waiting(room_id) if isinstance(row.payload, Relay)]


# propose


async def test_both_rooms_see_who_proposes_who_hosts_until_when_and_the_same_check_words(
    groups: Stage,
) -> None:
    code = await code_of(groups, MILWAUKEE, CARL)
    await groups.deliver(MILWAUKEE)
    await groups.say(MANILA, ANA, f"!twin propose {code}")
    (answer,), (told,) = await heard(groups, MANILA), await heard(groups, MILWAUKEE)
    assert answer.notice
    assert answer.language == "es"
    assert not told.notice
    assert told.language == "en"
    theirs = "\n".join(await groups.deliver(MILWAUKEE))
    mine = "\n".join(await groups.deliver(MANILA))
    words = (await only(groups)).check_words
    assert len(words.split()) == 4
    assert "Manila Tenants (manila)" in theirs
    assert "Milwaukee Tenants (milwaukee)" in mine
    assert "January 4, 2028" in theirs
    assert "!twin accept manila" in theirs
    for seen in (mine, theirs):
        assert words in seen
        assert "Rosa" in seen


async def test_nothing_crosses_before_acceptance(groups: Stage) -> None:
    await propose(groups)
    await groups.ask(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    assert await relays(groups, MILWAUKEE) == []
    assert (await only(groups)).state is State.PROPOSED


@pytest.mark.parametrize("dressed", ["{lower}", "“{code}”", "{en_dash}", "{bare}", " {code} "])
async def test_a_code_is_understood_as_phones_write_it(groups: Stage, dressed: str) -> None:
    code = await code_of(groups, MILWAUKEE, CARL)
    forms = {
        "code": code,
        "lower": code.lower(),
        "en_dash": code.replace("-", "–"),
        "bare": code.replace("-", ""),
    }
    await groups.ask(MANILA, ANA, f"!twin propose {dressed.format(**forms)}")
    assert await count(groups, "twinning") == 1


async def test_a_wrong_code_is_one_clear_sentence(groups: Stage) -> None:
    answer = await groups.ask(MILWAUKEE, CARL, "!twin propose AAA-AAA-AAA-AAA")
    assert "do not know this code" in answer
    assert await count(groups, "twinning") == 0


async def test_a_used_code_does_not_work_again(groups: Stage) -> None:
    code = await code_of(groups, MANILA, ANA)
    await groups.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    await groups.say(MADRID, EVA, "!group set language en")
    answer = await groups.ask(MADRID, EVA, f"!twin propose {code}")
    assert "used already" in answer
    assert await count(groups, "twinning") == 1


async def test_an_expired_code_says_so(groups: Stage) -> None:
    code = await code_of(groups, MANILA, ANA)
    await groups.tick(days=7)
    answer = await groups.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    assert "expired" in answer
    assert await count(groups, "twinning") == 0


async def test_a_code_works_up_to_its_last_minute(groups: Stage) -> None:
    code = await code_of(groups, MANILA, ANA)
    await groups.tick(days=6, hours=23, minutes=59)
    await groups.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    assert await count(groups, "twinning") == 1


async def test_a_fresh_code_makes_the_earlier_void(groups: Stage) -> None:
    first = await code_of(groups, MANILA, ANA)
    await code_of(groups, MANILA, ANA)
    answer = await groups.ask(MILWAUKEE, CARL, f"!twin propose {first}")
    assert "fresh one since" in answer
    assert await count(groups, "twinning") == 0


async def test_ones_own_code_says_whom_it_is_for_and_stays_good(groups: Stage) -> None:
    code = await code_of(groups, MILWAUKEE, CARL)
    answer = await groups.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    assert "own group's code" in answer
    await groups.ask(MANILA, ANA, f"!twin propose {code}")
    assert await count(groups, "twinning") == 1


async def test_a_twins_code_says_that_they_are_twins_already(twins: Stage) -> None:
    code = await code_of(twins, MANILA, ANA)
    answer = await twins.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    assert "Manila Tenants (manila) is your twin already." in answer
    assert await count(twins, "twinning") == 1


async def test_proposing_across_a_proposal_says_to_accept_it(groups: Stage) -> None:
    await propose(groups)
    answer = await groups.ask(MILWAUKEE, CARL, f"!twin propose {await code_of(groups, MANILA, ANA)}")
    assert "proposed to you already" in answer
    assert "!twin accept manila" in answer


async def test_proposing_twice_says_that_they_have_not_answered(groups: Stage) -> None:
    await groups.ask(MILWAUKEE, CARL, f"!twin propose {await code_of(groups, MANILA, ANA)}")
    answer = await groups.ask(MILWAUKEE, CARL, f"!twin propose {await code_of(groups, MANILA, ANA)}")
    assert "not answered yet" in answer
    assert await count(groups, "twinning") == 1


async def test_wrong_codes_are_slowed_down_per_room_and_the_answer_says_how_long(groups: Stage) -> None:
    code = await code_of(groups, MANILA, ANA)
    for _ in range(3):
        assert "do not know" in await groups.ask(MILWAUKEE, CARL, "!twin propose AAA-AAA-AAA-AAA")
    answer = await groups.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    assert "1 minute." in answer
    await groups.tick(minutes=1)
    assert "do not know" in await groups.ask(MILWAUKEE, CARL, "!twin propose AAA-AAA-AAA-AAA")
    assert "2 minutes." in await groups.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    await groups.tick(minutes=2)
    await groups.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    assert await count(groups, "twinning") == 1


async def test_one_rooms_wrong_codes_do_not_slow_another_down(groups: Stage) -> None:
    code = await code_of(groups, MANILA, ANA)
    for _ in range(4):
        await groups.ask(MADRID, EVA, "!twin propose AAA-AAA-AAA-AAA")
    await groups.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    assert await count(groups, "twinning") == 1


async def test_wrong_tries_are_forgotten_after_a_day(groups: Stage) -> None:
    for _ in range(3):
        await groups.ask(MILWAUKEE, CARL, "!twin propose AAA-AAA-AAA-AAA")
    await groups.tick(hours=24)
    assert await count(groups, "wrong_code") == 0


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("tomorrow", "like 2027-11-20"),
        ("20.11.2027", "like 2027-11-20"),
        ("20271120", "like 2027-11-20"),
        ("2027-02-30", "like 2027-11-20"),
        ("2027-W10-1", "like 2027-11-20"),
        ("2027-01-04", "tomorrow or later"),
        ("1999-01-01", "tomorrow or later"),
        ("2032-01-05", "at most 5 years"),
    ],
)
async def test_an_end_date_that_cannot_be_is_refused_and_the_code_stays_good(
    groups: Stage, typed: str, says: str
) -> None:
    code = await code_of(groups, MANILA, ANA)
    answer = await groups.ask(MILWAUKEE, CARL, f"!twin propose {code} until={typed}")
    assert says in answer
    await groups.ask(MILWAUKEE, CARL, f"!twin propose until=2027-01-05 {code}")
    assert (await only(groups)).ends_on == date(2027, 1, 5)


async def test_the_longest_end_date_is_five_years_away(groups: Stage) -> None:
    code = await code_of(groups, MANILA, ANA)
    await groups.ask(MILWAUKEE, CARL, f"!twin propose {code} until=2032-01-04")
    assert (await only(groups)).ends_on == date(2032, 1, 4)


async def test_members_propose_accept_and_end_nothing(twins: Stage) -> None:
    for typed in ("!twin propose AAA", "!twin accept", "!twin pause", "!twin end", "!twin renew"):
        assert "for stewards" in await twins.ask(MILWAUKEE, DORA, typed)
    assert (await only(twins)).state is State.ACTIVE


async def test_a_steward_who_has_left_ends_nothing(twins: Stage) -> None:
    await twins.member(MANILA, ANA, "leave")
    await twins.ask(MANILA, ANA, "!twin end")
    assert (await only(twins)).state is State.ACTIVE


async def test_the_same_proposal_twice_has_no_second_effect(groups: Stage) -> None:
    code = await code_of(groups, MILWAUKEE, CARL)
    event = await groups.say(MANILA, ANA, f"!twin propose {code}")
    await again(groups, event, MANILA, ANA, f"!twin propose {code}")
    assert await count(groups, "twinning") == 1
    assert len(await groups.deliver(MILWAUKEE)) == 1


# names


async def test_twins_with_the_same_handle_get_a_number_and_it_is_shown(twins: Stage) -> None:
    await twins.room("!other:here.example", [FINN], [EVA])
    await twins.ask("!other:here.example", FINN, '!group create manila "Manila Harbour"')
    code = await code_of(twins, MILWAUKEE, CARL)
    answer = await twins.ask("!other:here.example", FINN, f"!twin propose {code}")
    assert "Milwaukee Tenants (milwaukee)" in answer
    told = "\n".join(await twins.deliver(MILWAUKEE))
    assert "Manila Harbour (manila-2)" in told
    assert "know a group manila already" in told
    answer = await twins.ask(MILWAUKEE, CARL, "!twin accept manila-2")
    assert "Manila Harbour (manila-2) is your twin now." in answer


async def test_a_twin_with_ones_own_handle_gets_a_number_too(groups: Stage) -> None:
    await groups.room("!other:here.example", [FINN], [EVA])
    await groups.ask("!other:here.example", FINN, '!group create milwaukee "Milwaukee, the other"')
    code = await code_of(groups, MILWAUKEE, CARL)
    answer = await groups.ask("!other:here.example", FINN, f"!twin propose {code}")
    assert "Milwaukee Tenants (milwaukee-2)" in answer


@pytest.mark.parametrize("typed", ["manila", "MANILA", "“Manila”", "1", "#1", "1."])
async def test_a_twin_is_named_by_handle_or_number(groups: Stage, typed: str) -> None:
    await propose(groups)
    await groups.ask(MILWAUKEE, CARL, f"!twin accept {typed}")
    assert (await only(groups)).state is State.ACTIVE


async def test_a_twin_that_is_not_known_is_answered_with_the_list(twins: Stage) -> None:
    answer = await twins.ask(MILWAUKEE, CARL, "!twin pause madrid")
    assert "no twin “madrid”" in answer
    assert "!twin" in answer
    assert (await only(twins)).state is State.ACTIVE


async def test_with_several_candidates_the_bot_asks_which(twins: Stage) -> None:
    await twins.ask(MADRID, EVA, f"!twin propose {await code_of(twins, MILWAUKEE, CARL)}")
    await twins.ask(MILWAUKEE, CARL, "!twin accept")
    answer = await twins.ask(MILWAUKEE, CARL, "!twin pause")
    assert "Which group?" in answer
    assert "manila and madrid" in answer
    await twins.ask(MILWAUKEE, CARL, "!twin pause madrid")
    listed = await twins.ask(MILWAUKEE, DORA, "!twin")
    assert "1. Manila Tenants (manila): active" in listed
    assert "2. Vecinas de Madrid (madrid): paused by you" in listed


async def test_numbers_stay_when_another_twinning_ends(twins: Stage) -> None:
    await twins.ask(MADRID, EVA, f"!twin propose {await code_of(twins, MILWAUKEE, CARL)}")
    await twins.ask(MILWAUKEE, CARL, "!twin accept")
    await twins.ask(MILWAUKEE, CARL, "!twin end 1")
    assert "2. Vecinas de Madrid" in await twins.ask(MILWAUKEE, DORA, "!twin")
    assert "no twin “1”" in await twins.ask(MILWAUKEE, CARL, "!twin end 1")


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
