"""Who is heard, what is answered, and what meets silence."""

from __future__ import annotations

import pytest

from bot.domain.incoming import Batch, Message, StateEvent
from bot.domain.text import t
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE, again, heard
from tests.unit.stage import HOST, ME, Stage

CHAT, ELSEWHERE = "!chat:here.example", "!elsewhere:here.example"
USUAL_LIMIT = 600
NOT_KNOWN = t("I do not know that. {command} shows what I can do.", command="!help")


@pytest.fixture
async def chat(twins: Stage) -> Stage:
    """Dora has a direct chat."""
    await twins.room(CHAT, [DORA])
    await twins.deliver(CHAT)
    return twins


# Unknown words


@pytest.mark.parametrize("body", ["!zorgle", "!zorgle frim", "!xyz 1 2 3", "!¡buenas!", "/shrug"])
async def test_an_unknown_word_meets_silence_in_a_room(twins: Stage, body: str) -> None:
    assert await twins.ask(MILWAUKEE, CARL, body) == ""


@pytest.mark.parametrize("body", ["!zorgle", "hello", "what can you do?", "!zorgle frim"])
async def test_an_unknown_word_gets_one_sentence_in_a_direct_chat(chat: Stage, body: str) -> None:
    assert await chat.ask(CHAT, DORA, body) == chat.catalogs.say(NOT_KNOWN, "en")


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("!dispach hello", "!dispatch"),
        ("!dispatsch", "!dispatch"),
        ("!hlep", "!help"),
        ("!gruop create x y", "!group"),
        ("!twn", "!twin"),
        ("!anser hi", "!answer"),
        ("/dispach", "!dispatch"),
        ("!DISPACH", "!dispatch"),
    ],
)
async def test_a_misspelt_word_is_asked_back(twins: Stage, body: str, meant: str) -> None:
    assert await twins.ask(MILWAUKEE, CARL, body) == f"I do not know that. Did you mean {meant}?"


async def test_nothing_happens_on_a_misspelt_word(twins: Stage) -> None:
    await twins.ask(MILWAUKEE, CARL, "!dispach hello")
    assert await twins.deliver(MANILA) == []


# Bad input


@pytest.mark.parametrize(
    "body", ["!dispatch", "!dispatch   ", "!answer", "!dispatch withdraw", "!twin propose"]
)
async def test_without_arguments_the_usage_is_shown(twins: Stage, body: str) -> None:
    answer = await twins.ask(MILWAUKEE, CARL, body)
    assert f"Usage: {body.strip()}" in answer
    assert len(answer) <= USUAL_LIMIT


@pytest.mark.parametrize(
    "body", ["!dispatch withdraw twelve", "!dispatch withdraw 99", "!dispatch withdraw -1"]
)
async def test_a_wrong_argument_gets_one_sentence_and_the_usage_or_reason(twins: Stage, body: str) -> None:
    answer = await twins.ask(MILWAUKEE, CARL, body)
    assert 1 <= len(answer.splitlines()) <= 2


HUGE = "x" * 59_000


@pytest.mark.parametrize(
    "body",
    [
        f"!{HUGE}",
        f"!dispatch {HUGE}",
        f"!dispatch {'x ' * 29_000}",
        f"!answer {HUGE}",
        f"!group create {HUGE}",
        f'!group create x "{HUGE}"',
        f"!group set zone {HUGE}",
        f"!twin propose {HUGE}",
        f"!dispatch withdraw {HUGE}",
        f"!dispatch withdraw {'9' * 59_000}",
        f"!help {HUGE}",
        "!" + "\u202e" * 59_000,
        "!dispatch " + "\n" * 59_000,
        "!dispatch " + "as=group " * 6_000,
        "@room " * 9_000,
    ],
    ids=range(15),
)
async def test_sixty_thousand_characters_get_a_short_answer_or_none(twins: Stage, body: str) -> None:
    answer = await twins.ask(MILWAUKEE, CARL, body)
    assert len(answer) <= USUAL_LIMIT
    assert "Something is wrong with me" not in answer
    assert await twins.deliver(MANILA) == []


@pytest.mark.parametrize(
    "body",
    [
        "!dispatch\x00",
        "!dispatch withdraw \x07\x1b[31m",
        "!help \u202e\u2066\u2069",
        "!twin propose <b>&amp;</b><script>",
        "!twin propose @room",
        "!group set language @room",
        "!group set zone \u202eanalim",
        "!answer 1 \x00",
        "!dis\u200bpatch",
        "!\ud800",
        "!help \ud800",
    ],
)
async def test_odd_characters_break_nothing(twins: Stage, body: str) -> None:
    answer = await twins.ask(MILWAUKEE, CARL, body)
    assert "Something is wrong with me" not in answer
    assert len(answer) <= USUAL_LIMIT


@pytest.mark.parametrize(
    "text", ["a \ud800 b", "nul \x00 nul", "\x1b[31mred", "\u202ecod.exe", "<b>x</b> @room"]
)
async def test_odd_characters_in_a_dispatch_cross_as_text(twins: Stage, text: str) -> None:
    await twins.deliver(MANILA)
    await twins.say(MILWAUKEE, CARL, f"!dispatch {text}")
    answers = "\n".join(await twins.deliver(MILWAUKEE))
    assert "milwaukee-1 is stored" in answers
    assert "milwaukee-1" in "\n".join(await twins.deliver(MANILA))


async def test_quotes_of_phones_are_understood(stage: Stage) -> None:
    answer = await stage.ask(MANILA, ANA, "!group create manila “Manila Tenants” language=es")
    assert "Manila Tenants" in answer


async def test_case_and_blanks_do_not_matter(twins: Stage) -> None:
    assert "Paused" in await twins.ask(MILWAUKEE, CARL, "  !TWIN   Pause ")


@pytest.mark.parametrize("body", ["/twin", "@twinline twin", f"{ME} twin", "twinline: twin"])
async def test_a_slash_or_a_mention_does_the_same(twins: Stage, body: str) -> None:
    answer = await twins.ask(MILWAUKEE, CARL, body, mentions=[ME])
    assert "Manila Tenants" in answer


async def test_the_room_s_own_words_are_understood(twins: Stage) -> None:
    assert await twins.ask(MANILA, ANA, "!ayuda") == await twins.ask(MANILA, ANA, "!help") != ""


# Who is heard


async def test_the_bot_does_not_answer_itself(twins: Stage) -> None:
    assert await twins.ask(MILWAUKEE, ME, "!twin") == ""


async def test_notices_are_not_answered(twins: Stage) -> None:
    assert await twins.ask(MILWAUKEE, CARL, "!twin", kind="m.notice") == ""


async def test_a_message_with_a_marker_is_not_answered(twins: Stage) -> None:
    await twins.deliver(MILWAUKEE)
    message = Message("$m", MILWAUKEE, CARL, twins.clock.now(), "m.text", "!twin", marker="anything")
    await twins.receiver.batch(Batch("c", (message,)))
    assert await twins.waiting(MILWAUKEE) == []


async def test_answers_are_notices_in_reply(twins: Stage) -> None:
    await twins.deliver(MILWAUKEE)
    source = await twins.say(MILWAUKEE, CARL, "!twin")
    (answer,) = await heard(twins, MILWAUKEE)
    assert (answer.notice, answer.reply_to, answer.thread) == (True, source, None)


async def test_answers_in_a_thread_stay_there(twins: Stage) -> None:
    await twins.deliver(MILWAUKEE)
    await twins.say(MILWAUKEE, CARL, "!twin", thread="$root")
    (answer,) = await heard(twins, MILWAUKEE)
    assert answer.thread == "$root"


@pytest.mark.parametrize("membership", ["leave", "ban", "invite", "knock"])
async def test_somebody_who_is_no_member_does_nothing_any_more(twins: Stage, membership: str) -> None:
    await twins.member(MILWAUKEE, CARL, membership, sender=DORA)
    answer = await twins.ask(MILWAUKEE, CARL, "!dispatch hello")
    assert answer == "That was written by somebody who is not in this room any more. Nothing was done."
    assert await twins.deliver(MANILA) == []


async def test_the_talk_of_somebody_who_left_meets_silence(twins: Stage) -> None:
    await twins.member(MILWAUKEE, CARL, "leave")
    assert await twins.ask(MILWAUKEE, CARL, "so long") == ""


async def test_nobody_is_heard_in_an_unencrypted_room(twins: Stage) -> None:
    await twins.room(ELSEWHERE, [CARL], [DORA], encrypted=False)
    await twins.deliver(ELSEWHERE)
    assert await twins.ask(ELSEWHERE, CARL, "!help") == ""


async def test_nobody_is_heard_in_a_room_that_is_not_known(twins: Stage) -> None:
    assert await twins.ask("!unknown:here.example", CARL, "!help") == ""


@pytest.mark.parametrize("body", ["!twin pause", "!group code", "!group set language es", "!twin end"])
async def test_what_is_for_stewards_is_refused_to_members(twins: Stage, body: str) -> None:
    answer = await twins.ask(MILWAUKEE, DORA, body)
    assert "is for stewards" in answer


async def test_rights_are_those_of_the_moment_of_handling(twins: Stage) -> None:
    levels = {"users": {DORA: 50}}
    event = StateEvent("$p", MILWAUKEE, CARL, twins.clock.now(), "m.room.power_levels", "", levels)
    await twins.receiver.batch(Batch("c", (event,)))
    assert "Paused" in await twins.ask(MILWAUKEE, DORA, "!twin pause")
    assert "is for stewards" in await twins.ask(MILWAUKEE, CARL, "!twin resume")


async def test_in_a_room_that_is_no_home_it_says_what_would_make_it_one(twins: Stage) -> None:
    await twins.room(ELSEWHERE, [CARL], [DORA])
    await twins.deliver(ELSEWHERE)
    answer = await twins.ask(ELSEWHERE, CARL, "!dispatch hello")
    assert "not the home of a group" in answer
    assert "!group create" in answer


async def test_what_belongs_into_a_room_is_sent_there_from_a_direct_chat(chat: Stage) -> None:
    assert await chat.ask(CHAT, DORA, "!dispatch hello") == "!dispatch works in your group's own room."


async def test_what_belongs_into_a_direct_chat_is_sent_there_from_a_room(twins: Stage) -> None:
    await twins.room(ELSEWHERE, [CARL], [DORA])
    await twins.deliver(ELSEWHERE)
    assert "direct chat" in await twins.ask(ELSEWHERE, DORA, "!language es")


# Languages


async def test_a_room_is_answered_in_its_group_s_language_whoever_asks(twins: Stage) -> None:
    await twins.room(CHAT, [DORA])
    await twins.ask(CHAT, DORA, "!language es")
    assert "Manila Tenants" in await twins.ask(MILWAUKEE, DORA, "!twin")
    assert "active" in await twins.ask(MILWAUKEE, DORA, "!twin")


async def test_a_person_is_answered_in_their_own_language_in_a_direct_chat(chat: Stage) -> None:
    await chat.ask(CHAT, DORA, "!language es")
    assert await chat.ask(CHAT, DORA, "!zorgle") == chat.catalogs.say(NOT_KNOWN, "es")


async def test_without_a_choice_it_is_the_language_of_their_group(twins: Stage) -> None:
    await twins.room(CHAT, [BEN])
    await twins.deliver(CHAT)
    assert await twins.ask(CHAT, BEN, "!zorgle") == twins.catalogs.say(NOT_KNOWN, "es")


async def test_somebody_of_no_group_is_answered_in_the_house_s_language(twins: Stage) -> None:
    await twins.room(CHAT, [HOST])
    await twins.deliver(CHAT)
    assert await twins.ask(CHAT, HOST, "!zorgle") == twins.catalogs.say(NOT_KNOWN, "en")


# Edits


async def test_a_refused_command_may_be_edited_into_shape(twins: Stage) -> None:
    await twins.deliver(MILWAUKEE)
    source = await twins.say(MILWAUKEE, CARL, "!twin puse")
    await twins.deliver(MILWAUKEE)
    assert "Paused" in await twins.ask(MILWAUKEE, CARL, "!twin pause", edits=source)


@pytest.mark.parametrize("first", ["!dispach hello", "!zorgle", "!dispatch", f"!dispatch {'x' * 41_000}"])
async def test_what_was_not_understood_or_refused_runs_once_as_edited(twins: Stage, first: str) -> None:
    source = await twins.say(MILWAUKEE, CARL, first)
    await twins.deliver(MANILA)
    assert "milwaukee-1 is stored" in await twins.ask(MILWAUKEE, CARL, "!dispatch hello", edits=source)
    assert len(await twins.deliver(MANILA)) == 2


async def test_it_may_be_edited_until_it_fits(twins: Stage) -> None:
    source = await twins.say(MILWAUKEE, CARL, "!dispach hello")
    assert "Did you mean" in await twins.ask(MILWAUKEE, CARL, "!disptch hello", edits=source)
    assert "is stored" in await twins.ask(MILWAUKEE, CARL, "!dispatch hello", edits=source)


async def test_after_ten_minutes_it_does_not_run_any_more(twins: Stage) -> None:
    source = await twins.say(MILWAUKEE, CARL, "!twin puse")
    await twins.deliver(MILWAUKEE)
    twins.clock.forward(minutes=10, seconds=1)
    assert await twins.ask(MILWAUKEE, CARL, "!twin pause", edits=source) == ""


async def test_just_before_ten_minutes_it_does(twins: Stage) -> None:
    source = await twins.say(MILWAUKEE, CARL, "!twin puse")
    await twins.deliver(MILWAUKEE)
    twins.clock.forward(minutes=9, seconds=59)
    assert "Paused" in await twins.ask(MILWAUKEE, CARL, "!twin pause", edits=source)


async def test_a_command_that_ran_does_not_run_again(twins: Stage) -> None:
    source = await twins.say(MILWAUKEE, CARL, "!twin pause")
    await twins.deliver(MILWAUKEE)
    assert await twins.ask(MILWAUKEE, CARL, "!twin resume", edits=source) == ""


async def test_a_refused_command_that_was_edited_into_shape_does_not_run_again(twins: Stage) -> None:
    source = await twins.say(MILWAUKEE, CARL, "!twin puse")
    await twins.ask(MILWAUKEE, CARL, "!twin pause", edits=source)
    assert await twins.ask(MILWAUKEE, CARL, "!twin resume", edits=source) == ""


async def test_talk_edited_into_a_command_does_not_run(twins: Stage) -> None:
    source = await twins.say(MILWAUKEE, CARL, "see you tomorrow")
    assert await twins.ask(MILWAUKEE, CARL, "!twin pause", edits=source) == ""


async def test_nobody_edits_the_command_of_another(twins: Stage) -> None:
    source = await twins.say(MILWAUKEE, DORA, "!twin puse")
    await twins.deliver(MILWAUKEE)
    assert await twins.ask(MILWAUKEE, CARL, "!twin pause", edits=source) == ""


async def test_the_answer_to_an_edit_replies_to_the_message_people_see(twins: Stage) -> None:
    source = await twins.say(MILWAUKEE, CARL, "!twin puse")
    await twins.deliver(MILWAUKEE)
    await twins.say(MILWAUKEE, CARL, "!twin pause", edits=source)
    answers = [say for say in await heard(twins, MILWAUKEE) if say.what == "answer"]
    assert [answer.reply_to for answer in answers] == [source]


async def test_an_edit_by_somebody_who_left_meets_silence(twins: Stage) -> None:
    source = await twins.say(MILWAUKEE, CARL, "!twin puse")
    await twins.deliver(MILWAUKEE)
    await twins.member(MILWAUKEE, CARL, "leave")
    assert await twins.ask(MILWAUKEE, CARL, "!twin pause", edits=source) == ""


async def test_a_command_that_comes_twice_runs_once(twins: Stage) -> None:
    source = await twins.say(MILWAUKEE, CARL, "!twin pause")
    await twins.deliver(MILWAUKEE)
    await again(twins, source, MILWAUKEE, CARL, "!twin pause")
    assert await twins.waiting(MILWAUKEE) == []


@pytest.mark.parametrize("kind", ["m.image", "m.file", "m.audio", "m.location"])
async def test_a_picture_called_like_a_command_is_none(twins: Stage, kind: str) -> None:
    assert await twins.ask(MILWAUKEE, CARL, "!twin pause", kind=kind) == ""


async def test_no_answer_is_longer_than_a_screen(twins: Stage) -> None:
    for body in ("!help", "!twin", "!group", "!dispatches", "!status", "!group set", "!help dispatch"):
        answer = await twins.ask(MILWAUKEE, CARL, body)
        assert len(answer) <= 1400, body
        assert len(answer.splitlines()) <= 24, body
