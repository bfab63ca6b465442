"""`!dispatch`: who may, to whom it goes, what the author hears, and what is kept."""

from __future__ import annotations

import pytest

from bot.domain.dispatch import LONGEST_TEXT
from bot.domain.incoming import Fetched, Message
from bot.domain.outgoing import Fetch, Redact, RowRef
from bot.domain.text import Text, t
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, EVA, MADRID, MANILA, MILWAUKEE, heard, relays
from tests.unit.handlers.cast import count as rows_in
from tests.unit.stage import Stage


def words(stage: Stage, sentence: Text, language: str = "en") -> str:
    return stage.catalogs.say(sentence, language)


async def _crossed(stage: Stage) -> list[str]:
    """The texts that wait to be relayed to Manila."""
    return [relay.words.text for relay in await relays(stage, MANILA)]


@pytest.fixture
async def quiet(twins: Stage) -> Stage:
    """The twins, with nothing waiting."""
    for room_id in (MANILA, MILWAUKEE):
        await twins.deliver(room_id)
    return twins


async def test_a_steward_s_news_goes_to_the_twin_and_is_acknowledged(quiet: Stage) -> None:
    source = await quiet.say(MILWAUKEE, CARL, "!dispatch We won.\n40 families stay.")
    (relay,) = await relays(quiet, MANILA)
    assert relay.words.text == "We won.\n40 families stay."
    assert (relay.words.language, relay.target, relay.source) == ("en", "es", source)
    assert quiet.word(relay).startswith("[milwaukee-1 · Milwaukee Tenants]")
    (ack, intro) = await heard(quiet, MILWAUKEE)
    assert (ack.what, ack.reply_to, ack.notice) == ("ack", source, True)
    assert "milwaukee-1 is stored and on its way to manila." in quiet.word(ack)
    assert intro.thread == RowRef(source, MILWAUKEE, "ack")


async def test_dispatches_are_numbered_by_group(quiet: Stage) -> None:
    for _ in range(2):
        await quiet.say(MILWAUKEE, CARL, "!dispatch hello")
    await quiet.say(MANILA, ANA, "!dispatch hola")
    said = "\n".join([*await quiet.deliver(MILWAUKEE), *await quiet.deliver(MANILA)])
    assert "milwaukee-1" in said
    assert "milwaukee-2" in said
    assert "manila-1" in said


async def test_it_goes_in_the_group_s_name_unless_the_author_says_otherwise(quiet: Stage) -> None:
    await quiet.say(MILWAUKEE, CARL, "!dispatch hello as=member")
    await quiet.say(MILWAUKEE, CARL, "!dispatch hello as=group")
    member, group = await relays(quiet, MANILA)
    assert member.header == t("{name} · a member of {group}", name="milwaukee-1", group="Milwaukee Tenants")
    assert group.header == t("{name} · {group}", name="milwaukee-2", group="Milwaukee Tenants")


async def test_nobody_s_name_crosses(quiet: Stage) -> None:
    await quiet.say(MILWAUKEE, CARL, "!dispatch hello as=member")
    for row in await quiet.waiting(MANILA):
        assert row.payload is not None
        assert "carl" not in quiet.word(row.payload).casefold()


async def test_a_wrong_attribution_is_refused(quiet: Stage) -> None:
    assert "as=" in await quiet.ask(MILWAUKEE, CARL, "!dispatch hello as=queen")
    assert await _crossed(quiet) == []


async def test_members_may_not_until_the_group_says_so(quiet: Stage) -> None:
    assert "by stewards" in await quiet.ask(MILWAUKEE, DORA, "!dispatch hello")
    assert await _crossed(quiet) == []
    await quiet.ask(MILWAUKEE, CARL, "!group set dispatch members")
    await quiet.say(MILWAUKEE, DORA, "!dispatch hello")
    assert await _crossed(quiet) == ["hello"]


async def test_without_a_twin_nothing_is_sent_and_the_way_to_one_is_shown(quiet: Stage) -> None:
    answer = await quiet.ask(MADRID, EVA, "!dispatch hola")
    assert answer.split("\n")[0] == words(quiet, t("Nothing was sent: your group has no twin."), "es")
    assert "!group code" in answer
    assert await rows_in(quiet, "dispatch") == 0


@pytest.mark.parametrize(("who", "where"), [(CARL, MILWAUKEE), (ANA, MANILA)])
async def test_to_a_paused_twin_nothing_is_sent(quiet: Stage, who: str, where: str) -> None:
    await quiet.ask(where, who, "!twin pause")
    answer = await quiet.ask(MILWAUKEE, CARL, "!dispatch hello")
    assert "Nothing was sent: the twinning is paused." in answer
    assert await _crossed(quiet) == []
    assert await rows_in(quiet, "dispatch") == 0


async def test_what_was_refused_in_a_pause_is_not_sent_later(quiet: Stage) -> None:
    await quiet.ask(MILWAUKEE, CARL, "!twin pause")
    await quiet.ask(MILWAUKEE, CARL, "!dispatch hello")
    await quiet.ask(MILWAUKEE, CARL, "!twin resume")
    await quiet.tick(minutes=5)
    assert await _crossed(quiet) == []


async def test_to_an_ended_twin_nothing_is_sent(quiet: Stage) -> None:
    await quiet.ask(MANILA, ANA, "!twin end")
    answer = await quiet.ask(MILWAUKEE, CARL, "!dispatch hello")
    assert "Nothing was sent" in answer
    assert await _crossed(quiet) == []


async def test_after_the_end_date_nothing_is_sent_though_no_tick_has_come(quiet: Stage) -> None:
    quiet.clock.forward(days=367)
    assert "Nothing was sent" in await quiet.ask(MILWAUKEE, CARL, "!dispatch hello")
    assert await _crossed(quiet) == []


async def test_by_somebody_who_has_left_nothing_is_sent(quiet: Stage) -> None:
    await quiet.member(MILWAUKEE, CARL, "leave")
    assert "not in this room any more" in await quiet.ask(MILWAUKEE, CARL, "!dispatch hello")
    assert await _crossed(quiet) == []


@pytest.mark.parametrize("body", ["!dispatch", "!dispatch  \n ", "!dispatch as=group"])
async def test_without_news_it_asks_for_them(quiet: Stage, body: str) -> None:
    assert "What is the news?" in await quiet.ask(MILWAUKEE, CARL, body)
    assert await rows_in(quiet, "dispatch") == 0


@pytest.mark.parametrize("text", ["\u200b", "\u202e\u2066", "\u2060\u200d"])
async def test_what_cannot_be_seen_is_not_sent(quiet: Stage, text: str) -> None:
    assert "no text" in await quiet.ask(MILWAUKEE, CARL, f"!dispatch {text}")
    assert await _crossed(quiet) == []


@pytest.mark.parametrize("text", ["🎉", "🎉🎉\n🎉", "https://example.org/a?b=c", "12:30", "@room <b>x</b>"])
async def test_an_emoji_or_a_link_alone_is_news(quiet: Stage, text: str) -> None:
    await quiet.say(MILWAUKEE, CARL, f"!dispatch {text}")
    assert await _crossed(quiet) == [text]


@pytest.mark.parametrize("character", ["x", "ñ"])
async def test_the_longest_text_crosses_and_one_character_more_does_not(quiet: Stage, character: str) -> None:
    await quiet.say(MILWAUKEE, CARL, f"!dispatch {character * LONGEST_TEXT}")
    assert "".join(await _crossed(quiet)) == character * LONGEST_TEXT
    answer = await quiet.ask(MILWAUKEE, CARL, f"!dispatch {character * (LONGEST_TEXT + 1)}")
    assert f"{LONGEST_TEXT + 1:,} characters" in answer
    assert f"{LONGEST_TEXT:,}" in answer
    assert "".join(await _crossed(quiet)) == character * LONGEST_TEXT


@pytest.mark.parametrize("body", ["!dispatch show up at ten", "!dispatch withdraw your money now"])
async def test_news_that_begin_like_a_command_are_news(quiet: Stage, body: str) -> None:
    await quiet.say(MILWAUKEE, CARL, body)
    assert await _crossed(quiet) == [body.removeprefix("!dispatch ")]


# As a reply


async def _fetched(stage: Stage, message: Message | None) -> str:
    """The message that was asked for comes in."""
    (row,) = [row for row in await stage.waiting(MILWAUKEE) if isinstance(row.payload, Fetch)]
    assert isinstance(row.payload, Fetch)
    payload = row.payload
    outcome = Fetched(
        f"fetched:{row.source}", MILWAUKEE, row.source, payload.topic, payload.by, payload.payload, message
    )
    await stage.receiver.single(outcome)
    return "\n".join(await stage.deliver(MILWAUKEE))


async def test_a_reply_to_one_s_own_message_sends_that_message(quiet: Stage) -> None:
    source = await quiet.say(MILWAUKEE, CARL, "We won.")
    await quiet.say(MILWAUKEE, CARL, "!dispatch as=member", reply_to=source)
    original = Message(source, MILWAUKEE, CARL, quiet.clock.now(), "m.text", "We won.")
    assert "milwaukee-1 is stored" in await _fetched(quiet, original)
    (relay,) = await relays(quiet, MANILA)
    assert (relay.words.text, relay.source) == ("We won.", source)
    assert relay.header is not None
    assert "a member of" in relay.header.source


async def test_a_reply_to_somebody_else_s_message_sends_nothing(quiet: Stage) -> None:
    source = await quiet.say(MILWAUKEE, DORA, "We won.")
    await quiet.say(MILWAUKEE, CARL, "!dispatch", reply_to=source)
    original = Message(source, MILWAUKEE, DORA, quiet.clock.now(), "m.text", "We won.")
    await _fetched(quiet, original)
    assert await _crossed(quiet) == []


@pytest.mark.parametrize("kind", ["m.image", "m.file", "m.video", "m.audio"])
async def test_a_file_that_cannot_be_cleaned_does_not_cross(quiet: Stage, kind: str) -> None:
    source = await quiet.say(MILWAUKEE, CARL, "photo.jpg", kind=kind)
    await quiet.say(MILWAUKEE, CARL, "!dispatch", reply_to=source)
    original = Message(source, MILWAUKEE, CARL, quiet.clock.now(), kind, "photo.jpg")
    assert "Nothing was sent" in await _fetched(quiet, original)
    assert await _crossed(quiet) == []


async def test_a_message_that_cannot_be_read_is_said(quiet: Stage) -> None:
    await quiet.say(MILWAUKEE, CARL, "!dispatch", reply_to="$old")
    assert "I cannot read that message" in await _fetched(quiet, None)


async def test_a_message_is_sent_once(quiet: Stage) -> None:
    source = await quiet.say(MILWAUKEE, CARL, "We won.")
    original = Message(source, MILWAUKEE, CARL, quiet.clock.now(), "m.text", "We won.")
    answers = []
    for _ in range(2):
        await quiet.say(MILWAUKEE, CARL, "!dispatch", reply_to=source)
        answers.append(await _fetched(quiet, original))
    assert "a dispatch already" in answers[1]
    assert await _crossed(quiet) == ["We won."]


async def test_a_blank_message_is_not_called_a_missing_twin(quiet: Stage) -> None:
    source = await quiet.say(MILWAUKEE, CARL, " \n")
    await quiet.say(MILWAUKEE, CARL, "!dispatch", reply_to=source)
    original = Message(source, MILWAUKEE, CARL, quiet.clock.now(), "m.text", " \n")
    assert "no text" in await _fetched(quiet, original)


async def test_who_left_before_the_message_was_read_sends_nothing(quiet: Stage) -> None:
    source = await quiet.say(MILWAUKEE, CARL, "We won.")
    await quiet.say(MILWAUKEE, CARL, "!dispatch", reply_to=source)
    (row,) = [row for row in await quiet.waiting(MILWAUKEE) if isinstance(row.payload, Fetch)]
    await quiet.member(MILWAUKEE, CARL, "leave")
    assert row.kind == "fetch"
    original = Message(source, MILWAUKEE, CARL, quiet.clock.now(), "m.text", "We won.")
    await _fetched(quiet, original)
    assert await _crossed(quiet) == []


# What became of it


async def test_when_all_copies_have_arrived_the_author_is_told_once(quiet: Stage) -> None:
    await quiet.say(MILWAUKEE, CARL, "!dispatch hello")
    await quiet.deliver(MILWAUKEE)
    await quiet.deliver(MANILA)
    said = await quiet.deliver(MILWAUKEE)
    assert said == ["milwaukee-1 was delivered to manila."]
    await quiet.tick(minutes=5)
    assert await quiet.deliver(MILWAUKEE) == []


async def test_waiting_is_told_once_and_after_twenty_seconds(quiet: Stage) -> None:
    await quiet.say(MILWAUKEE, CARL, "!dispatch hello")
    await quiet.deliver(MILWAUKEE)
    await quiet.tick(seconds=19)
    assert await quiet.deliver(MILWAUKEE) == []
    await quiet.tick(seconds=1)
    assert len(await quiet.deliver(MILWAUKEE)) == 1
    await quiet.tick(minutes=10)
    assert await quiet.deliver(MILWAUKEE) == []


async def test_the_list_says_what_became_of_each(quiet: Stage) -> None:
    assert "no dispatch yet" in await quiet.ask(MILWAUKEE, DORA, "!dispatches")
    await quiet.say(MILWAUKEE, CARL, "!dispatch one")
    await quiet.deliver(MANILA)
    await quiet.say(MILWAUKEE, CARL, "!dispatch two")
    await quiet.ask(MILWAUKEE, CARL, "!dispatch withdraw 2")
    *lines, season = (await quiet.ask(MILWAUKEE, DORA, "!dispatches")).splitlines()
    assert season.startswith("This quarter, manila: 1 sent")
    assert lines[0].startswith("milwaukee-2")
    assert lines[0].endswith("withdrawn")
    assert "“one”" in lines[1]
    assert "two" not in lines[0]
    assert lines[1].endswith("manila: delivered")


async def test_the_list_shows_the_first_words_while_they_are_kept(quiet: Stage) -> None:
    await quiet.say(MILWAUKEE, CARL, "!dispatch We won the hearing.\n\nForty families stay in their homes.")
    await quiet.say(MILWAUKEE, CARL, f"!dispatch {'x' * 60}")
    shown = await quiet.ask(MILWAUKEE, DORA, "!dispatches")
    assert "“We won the hearing. Forty families stay …”" in shown
    assert f"“{'x' * 40} …”" in shown
    await quiet.ask(MILWAUKEE, CARL, "!group set keep 0")
    await quiet.tick()
    assert "“" not in await quiet.ask(MILWAUKEE, DORA, "!dispatches")


async def test_the_list_comes_in_pages_with_the_newest_first(quiet: Stage) -> None:
    for number in range(1, 10):
        await quiet.say(MILWAUKEE, CARL, f"!dispatch {number} {'word ' * 20}")
    first = await quiet.ask(MILWAUKEE, DORA, "!dispatches")
    assert first.startswith("milwaukee-9")
    assert len(first) <= 600
    assert first.endswith("More: !dispatches 2")
    assert "milwaukee-1 " in await quiet.ask(MILWAUKEE, DORA, "!dispatches 9")


@pytest.mark.parametrize("written", ["1", "milwaukee-1", "MILWAUKEE-1"])
async def test_one_of_them_is_shown_by_its_number_or_name(quiet: Stage, written: str) -> None:
    await quiet.say(MILWAUKEE, CARL, "!dispatch hello there")
    assert "hello there" in await quiet.ask(MILWAUKEE, DORA, f"!dispatch show {written}")


@pytest.mark.parametrize("written", ["2", "manila-1", "0", "999999999"])
async def test_one_that_is_not_there_is_said(quiet: Stage, written: str) -> None:
    await quiet.say(MILWAUKEE, CARL, "!dispatch hello there")
    assert "no dispatch" in await quiet.ask(MILWAUKEE, DORA, f"!dispatch show {written}")


async def test_a_group_that_keeps_nothing_has_no_words_to_show(quiet: Stage) -> None:
    await quiet.ask(MILWAUKEE, CARL, "!group set keep 0")
    await quiet.say(MILWAUKEE, CARL, "!dispatch hello there")
    assert "I no longer have the words" in await quiet.ask(MILWAUKEE, DORA, "!dispatch show 1")


async def test_words_are_forgotten_after_ninety_days(quiet: Stage) -> None:
    await quiet.say(MILWAUKEE, CARL, "!dispatch hello there")
    await quiet.deliver(MILWAUKEE)
    await quiet.tick(days=89)
    assert "hello there" in await quiet.ask(MILWAUKEE, DORA, "!dispatch show 1")
    await quiet.tick(days=1)
    assert "I no longer have the words" in await quiet.ask(MILWAUKEE, DORA, "!dispatch show 1")


# Taking it back


async def _removals(stage: Stage) -> int:
    return len([row for row in await stage.waiting(MANILA) if isinstance(row.payload, Redact)])


async def test_its_author_or_a_steward_takes_it_back_and_nobody_else(quiet: Stage) -> None:
    await quiet.ask(MILWAUKEE, CARL, "!group set dispatch members")
    await quiet.say(MILWAUKEE, DORA, "!dispatch one")
    await quiet.say(MILWAUKEE, CARL, "!dispatch two")
    assert "by its author or by a steward" in await quiet.ask(MILWAUKEE, DORA, "!dispatch withdraw 2")
    assert "is withdrawn" in await quiet.ask(MILWAUKEE, DORA, "!dispatch withdraw 1")
    assert "is withdrawn" in await quiet.ask(MILWAUKEE, CARL, "!dispatch withdraw 2")


async def test_withdrawing_twice_says_so(quiet: Stage) -> None:
    await quiet.say(MILWAUKEE, CARL, "!dispatch one")
    await quiet.ask(MILWAUKEE, CARL, "!dispatch withdraw 1")
    assert await quiet.ask(MILWAUKEE, CARL, "!dispatch withdraw 1") == "milwaukee-1 has been withdrawn."


@pytest.mark.parametrize("remover", [CARL, DORA])
async def test_deleting_the_message_takes_it_back_whoever_the_server_let_delete_it(
    quiet: Stage, remover: str
) -> None:
    source = await quiet.say(MILWAUKEE, CARL, "!dispatch one")
    await quiet.deliver(MANILA)
    await quiet.remove(MILWAUKEE, remover, source)
    assert await _removals(quiet) >= 1
    assert "has been withdrawn" in await quiet.ask(MILWAUKEE, CARL, "!dispatch show 1")


async def test_deleting_something_else_takes_nothing_back(quiet: Stage) -> None:
    await quiet.say(MILWAUKEE, CARL, "!dispatch one")
    await quiet.deliver(MANILA)
    await quiet.remove(MILWAUKEE, CARL, "$something")
    assert await _removals(quiet) == 0


async def test_the_other_side_cannot_take_it_back(quiet: Stage) -> None:
    source = await quiet.say(MILWAUKEE, CARL, "!dispatch one")
    await quiet.deliver(MANILA)
    await quiet.remove(MANILA, ANA, source)
    await quiet.ask(MANILA, BEN, "!dispatch withdraw milwaukee-1")
    assert await _removals(quiet) == 0
