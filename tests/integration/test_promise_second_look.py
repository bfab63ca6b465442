"""From somebody else's message to a dispatch that was read aloud, with real clients and kills in between.

The author is asked, told what is doubtful, and agrees; a second person approves it; it crosses once, under
the name that its author chose, until they take it off; the other group says where it was read aloud.
"""

from __future__ import annotations

from bot.demo import talk
from bot.demo.bot_process import BotProcess
from bot.demo.person import Person
from bot.demo.timeline import Shown
from tests.integration.conftest import Cast, Home

WORDS = "We won the hearing. Thanks to ana@example.org for the papers."


def _copies(home: Home) -> list[Shown]:
    return [shown for shown in home.member.screen(home.room) if shown.body.startswith("manila-1 · ")]


async def _prepared(cast: Cast, bot: BotProcess) -> tuple[Home, Home, Person, str]:
    """Two twins, of whom Manila wants a second pair of eyes; who that is, and the author's direct chat."""
    me = bot.user_id
    manila, oaxaca = await cast.twins(bot)
    steward, room = manila.steward, manila.room
    other = await cast.person("manila-approver")
    await steward.invite(room, other.user_id)
    await other.join(room)
    await talk.told(steward, me, room, "New here")
    await talk.ask(steward, me, room, "!group set approval one")
    await talk.ask(steward, me, room, f"!group set approvers {other.user_id}")
    chat = await manila.member.direct_chat(me)
    await talk.told(manila.member, me, chat, "!help")
    await talk.ask(manila.member, me, chat, '!name "Rosa Luz"')
    return manila, oaxaca, other, chat


async def test_nothing_crosses_without_its_author_and_a_second_pair_of_eyes(cast: Cast) -> None:
    bot = await cast.bot()
    await bot.start()
    me = bot.user_id
    manila, oaxaca, other, chat = await _prepared(cast, bot)
    steward, author, room = manila.steward, manila.member, manila.room

    written = await author.say(room, WORDS)
    wish = await steward.say(room, "!dispatch as=name", reply_to=written)
    await talk.answered(steward, me, room, wish)
    asked = await talk.told(author, me, room, "send this message of yours to oaxaca")
    assert "under your name, “Rosa Luz”" in asked.body
    assert "ana@example.org" in asked.body
    await bot.kill()
    await other.say(room, "yes", thread=written)  # by somebody who was not asked
    await author.say(room, "yes", thread=written)
    await bot.start()

    waits = await talk.told(other, me, room, "manila-1 waits for approval")
    assert _copies(oaxaca) == []
    await talk.ask(author, me, room, "!approve 1")  # their own
    await bot.kill()
    await other.say(room, "Yes!", reply_to=waits.event_id)
    await other.say(room, "!approve 1")
    await bot.start()
    copy = await oaxaca.member.wait_for(oaxaca.room, "manila-1 · Rosa Luz, Tenants of Manila")
    await talk.told(steward, me, room, "manila-1 was delivered to oaxaca")

    card = await talk.ask(oaxaca.member, me, oaxaca.room, "!dispatch show manila-1 card=yes")
    assert "manila-1" in card.body
    await talk.ask(oaxaca.member, me, oaxaca.room, "!read manila-1 Casa Ocho")
    read = await talk.told(steward, me, room, "has read manila-1 aloud")
    assert "Casa Ocho" in read.body
    listed = await talk.ask(steward, me, room, "!dispatches")
    assert "1 sent, 1 read aloud there" in listed.body

    await bot.kill()
    await author.say(chat, "!name off")
    await bot.start()
    await oaxaca.member.wait_until(
        lambda: all("Rosa" not in shown.body for shown in oaxaca.member.screen(oaxaca.room)), 60, "no name"
    )
    [last] = _copies(oaxaca)
    assert last.event_id == copy.event_id
    assert "ana@example.org" in last.body
