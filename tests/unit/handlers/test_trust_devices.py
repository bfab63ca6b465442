"""Words from devices that their owners have not verified do nothing, unless the group wants it otherwise."""

from __future__ import annotations

import pytest

from bot.domain.incoming import Fetched, Message
from bot.domain.outgoing import Fetch
from bot.domain.trust import Policy, Standing
from bot.handlers.standing import policy_of
from tests.fakes import ME
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MADRID, MANILA, MILWAUKEE, count, heard, relays
from tests.unit.stage import Stage

UNSIGNED, CHANGED = Standing.UNSIGNED, Standing.CHANGED
JOINT, DIRECT = "!joint:here.example", "!direct:here.example"
WHY = "its device is not verified"


async def _policy(stage: Stage, room_id: str) -> Policy:
    async with stage.database.reading() as tx:
        return await policy_of(tx, room_id, ME)


async def _root(stage: Stage) -> str:
    """The thread of a dispatch of Manila's, in Milwaukee's room, where Carl knows where threads go."""
    await stage.ask(MILWAUKEE, CARL, "!group set threadconfirm off")
    await stage.ask(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    await stage.deliver(MILWAUKEE)
    async with stage.database.tx() as tx:
        return str(await tx.value("SELECT event_id FROM outbox WHERE what = 'copy'"))


@pytest.mark.parametrize("standing", [UNSIGNED, CHANGED])
async def test_a_command_does_nothing_and_is_told_why_once_an_hour(twins: Stage, standing: Standing) -> None:
    answer = await twins.ask(MILWAUKEE, CARL, "!group set keep 3", standing=standing)
    assert answer.startswith("I did nothing with this message, since")
    assert "\n" not in answer
    assert "3 days" not in await twins.ask(MILWAUKEE, CARL, "!group")
    assert await twins.ask(MILWAUKEE, CARL, "!twin end", standing=standing) == ""
    assert "active until" in await twins.ask(MILWAUKEE, CARL, "!twin")
    await twins.tick(minutes=59)
    assert await twins.ask(MILWAUKEE, CARL, "!twin end", standing=standing) == ""
    await twins.tick(minutes=1)
    assert await twins.ask(MILWAUKEE, CARL, "!twin end", standing=standing) != ""


async def test_each_person_is_told_in_each_room(twins: Stage) -> None:
    for room_id, person in ((MILWAUKEE, CARL), (MILWAUKEE, DORA), (MADRID, "@eva:here.example")):
        assert await twins.ask(room_id, person, "!status", standing=UNSIGNED) != ""


async def test_the_sentence_names_the_cure_of_each_trouble(twins: Stage) -> None:
    assert "Settings → Sessions" in await twins.ask(MILWAUKEE, CARL, "!twin", standing=UNSIGNED)
    assert "!trust NAME" in await twins.ask(MILWAUKEE, DORA, "!twin", standing=CHANGED)


async def test_a_dispatch_does_not_cross(twins: Stage) -> None:
    await twins.say(MANILA, ANA, "!dispatch Ganamos la audiencia.", standing=UNSIGNED)
    assert await relays(twins, MILWAUKEE) == []
    assert await count(twins, "dispatch") == 0


async def test_a_thread_message_does_not_cross(twins: Stage) -> None:
    root = await _root(twins)
    assert WHY in await twins.ask(MILWAUKEE, CARL, "Well done!", thread=root, standing=UNSIGNED)
    assert await relays(twins, MANILA) == []
    await twins.ask(MILWAUKEE, CARL, "Well done!", thread=root)
    assert len(await relays(twins, MANILA)) == 1


async def test_talk_that_is_not_for_the_bot_is_met_with_silence(twins: Stage) -> None:
    root = await _root(twins)
    for text, more in (("Good morning", {}), ("yes", {}), ("!frobnicate", {}), ("hi", {"thread": "$other"})):
        assert await twins.ask(MILWAUKEE, DORA, text, standing=UNSIGNED, **more) == ""
    assert await twins.ask(MILWAUKEE, DORA, "ok", reply_to=root, standing=CHANGED) == ""


async def test_a_yes_counts_only_from_a_device_that_counts(twins: Stage) -> None:
    await twins.ask(MILWAUKEE, CARL, "!group forget")
    assert WHY in await twins.ask(MILWAUKEE, CARL, "yes", standing=UNSIGNED)
    assert await count(twins, "grp") == 3
    await twins.ask(MILWAUKEE, CARL, "yes")
    assert await count(twins, "grp") == 2


async def test_an_edit_does_not_bring_a_refused_command_to_life(twins: Stage) -> None:
    event = await twins.say(MILWAUKEE, CARL, "!group set keep 999")
    await twins.deliver(MILWAUKEE)
    await twins.ask(MILWAUKEE, CARL, "!group set keep 3", edits=event, standing=UNSIGNED)
    assert "3 days" not in await twins.ask(MILWAUKEE, CARL, "!group")
    assert "3 days" in await twins.ask(MILWAUKEE, CARL, "!group set keep 3", edits=event)


async def test_an_edit_does_not_change_words_that_wait_for_a_yes(twins: Stage) -> None:
    root = await _root(twins)
    await twins.ask(MILWAUKEE, CARL, "!group set threadconfirm on")
    event = await twins.say(MILWAUKEE, DORA, "Well done!", thread=root)
    await twins.say(MILWAUKEE, DORA, "Give up!", edits=event, standing=UNSIGNED)
    await twins.ask(MILWAUKEE, DORA, "yes", thread=root)
    assert [relay.words.text for relay in await relays(twins, MANILA)] == ["Well done!"]


async def test_a_joint_room_translates_only_what_devices_that_count_wrote(twins: Stage) -> None:
    await twins.room(JOINT, [ANA], [BEN, CARL, DORA])
    await twins.ask(JOINT, ANA, "!joint milwaukee")
    await twins.ask(JOINT, CARL, "!joint manila")
    assert WHY in await twins.ask(JOINT, DORA, "Good morning", standing=UNSIGNED)
    await twins.ask(MILWAUKEE, CARL, "!group set devices all")
    await twins.say(JOINT, DORA, "Good morning", standing=UNSIGNED)
    assert await relays(twins, JOINT) == []
    await twins.ask(MANILA, ANA, "!group set devices all")
    await twins.say(JOINT, DORA, "Good morning", standing=UNSIGNED)
    assert len(await relays(twins, JOINT)) == 1
    await twins.say(JOINT, DORA, "Good evening", standing=CHANGED)
    assert len(await relays(twins, JOINT)) == 1


async def test_a_private_text_does_nothing_and_the_answer_stays_private(twins: Stage) -> None:
    await twins.room(DIRECT, [DORA])
    await twins.deliver(DIRECT)
    await twins.say(DIRECT, DORA, "hello", standing=UNSIGNED)
    (said,) = await heard(twins, DIRECT)
    assert said.private_with == DORA
    await twins.ask(DIRECT, DORA, "!language es", standing=UNSIGNED)
    assert "I speak English here" in await twins.ask(DIRECT, DORA, "!language")


async def test_somebody_who_left_is_told_nothing(twins: Stage) -> None:
    await twins.member(MILWAUKEE, DORA, "leave")
    assert await twins.ask(MILWAUKEE, DORA, "!status", standing=UNSIGNED) == ""


async def test_a_group_that_wants_all_devices_hears_unsigned_ones_and_never_changed_ones(
    twins: Stage,
) -> None:
    await twins.ask(MILWAUKEE, CARL, "!group set devices all")
    assert "Nothing waits" in await twins.ask(MILWAUKEE, DORA, "!status", standing=UNSIGNED)
    assert "your identity in Matrix is a new one" in await twins.ask(
        MILWAUKEE, DORA, "!status", standing=CHANGED
    )


async def test_an_unsigned_device_cannot_open_the_door_to_itself(twins: Stage) -> None:
    assert WHY in await twins.ask(MILWAUKEE, CARL, "!group set devices all", standing=UNSIGNED)
    assert await _policy(twins, MILWAUKEE) is Policy.SIGNED


async def test_the_room_is_told_aloud_what_the_choice_means(twins: Stage) -> None:
    await twins.say(MILWAUKEE, CARL, "!group set devices all")
    (said,) = await heard(twins, MILWAUKEE)
    assert not said.notice
    (words,) = await twins.deliver(MILWAUKEE)
    assert "every device of a member, verified or not" in words
    assert "The risk" in words
    assert "!group set devices signed" in words
    await twins.say(MILWAUKEE, CARL, "!group set devices all")
    (said,) = await heard(twins, MILWAUKEE)
    assert said.notice
    assert "The risk" not in "\n".join(await twins.deliver(MILWAUKEE))
    back = await twins.ask(MILWAUKEE, CARL, "!group set devices signed")
    assert "Settings → Sessions" in back
    assert "choose one of" in await twins.ask(MILWAUKEE, CARL, "!group set devices some")


async def test_the_policy_of_a_room_follows_its_groups(twins: Stage) -> None:
    await twins.room(DIRECT, [DORA])
    await twins.room(JOINT, [ANA], [CARL])
    await twins.ask(JOINT, ANA, "!joint milwaukee")
    rooms = (MILWAUKEE, MANILA, JOINT, DIRECT, "!nowhere:here.example")
    assert {await _policy(twins, room) for room in rooms} == {Policy.SIGNED}
    await twins.ask(MILWAUKEE, CARL, "!group set devices all")
    assert [await _policy(twins, room) for room in rooms] == [
        Policy.ALL,
        Policy.SIGNED,
        Policy.SIGNED,
        Policy.ALL,
        Policy.SIGNED,
    ]
    await twins.ask(MANILA, ANA, "!group set devices all")
    assert await _policy(twins, JOINT) is Policy.ALL


async def test_a_direct_chat_hears_unsigned_devices_where_a_group_of_the_person_does(twins: Stage) -> None:
    await twins.room(DIRECT, [DORA])
    await twins.ask(MILWAUKEE, CARL, "!group set devices all")
    assert "!language" in await twins.ask(DIRECT, DORA, "!help", standing=UNSIGNED)


async def test_a_message_that_was_fetched_counts_only_from_a_device_that_counts(twins: Stage) -> None:
    event = await twins.say(MANILA, ANA, "!dispatch", reply_to="$news")
    (wanted,) = [row.payload for row in await twins.waiting(MANILA) if isinstance(row.payload, Fetch)]
    for standing, crosses in ((UNSIGNED, 0), (CHANGED, 0), (Standing.SIGNED, 1)):
        news = Message("$news", MANILA, ANA, twins.clock.now(), "m.text", "Ganamos.", standing=standing)
        outcome = Fetched(
            f"fetched:{event}:{standing}", MANILA, event, wanted.topic, ANA, wanted.payload, news
        )
        await twins.receiver.single(outcome)
        assert len(await relays(twins, MILWAUKEE)) == crosses
