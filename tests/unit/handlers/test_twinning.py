"""`!twin`: proposing, accepting, pausing, ending and renewing, with what people mistype."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.twinning import State
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
    only,
    propose,
    relays,
)
from tests.unit.stage import Stage

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
