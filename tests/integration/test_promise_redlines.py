"""Red lines with real encrypted clients, among them Element's SDK: a round is held, revised and agreed on.

The bot is killed in each state. Looked at: what the homeserver keeps, and what the bot's disk can still open.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot.demo import talk
from bot.demo.bot_process import BotProcess
from bot.demo.rounds import CONSENT, OBJECT, Voter
from bot.demo.synapse import Synapse
from bot.matrix.login import pickle_key, stored_account
from bot.matrix.machine import Machine
from bot.matrix.opening import Forged, NoKey
from tests.element.client import ElementPerson
from tests.element.node import Node
from tests.element.stage import Elements
from tests.integration.conftest import Cast, Home

RED_LINE, OTHER_LINE = "Please do not share names.", "Por favor no traigan niños."


@dataclass(slots=True)
class Round:
    """Two twin groups; Manila has somebody on Element's SDK, and somebody of Oaxaca is a member of both."""

    bot: BotProcess
    server: Synapse
    one: Home
    other: Home
    mara: ElementPerson
    voters: tuple[Voter, ...]
    number: str = ""
    chat: str = ""
    """Mara's direct chat."""

    @property
    def homes(self) -> tuple[Home, Home]:
        return self.one, self.other

    @property
    def chats(self) -> list[str]:
        return [self.chat, *(voter.chat for voter in self.voters)]

    async def open(self, title: str) -> None:
        """Open a round, and the other group takes part."""
        me = self.bot.user_id
        await talk.ask(self.one.steward, me, self.one.room, f'!audit open "{title}"')
        asked = await talk.told(self.other.steward, me, self.other.room, "!audit accept")
        self.number = asked.body.split("!audit accept ")[1].split()[0]
        await self.other.steward.say(self.other.room, f"!audit accept {self.number}")
        for home in self.homes:
            await talk.told(home.steward, me, home.room, "!audit join")

    async def close(self) -> None:
        """A steward of each group ends the phase."""
        for home in self.homes:
            await home.steward.say(home.room, f"!audit close {self.number}")

    async def told(self, words: str, there: str) -> None:
        """Each room is told so in its language, once."""
        for home, said in zip(self.homes, (words, there), strict=True):
            await talk.told(home.steward, self.bot.user_id, home.room, said, within=60)
        for home, said in zip(self.homes, (words, there), strict=True):
            assert [said in shown.body for shown in home.steward.screen(home.room)].count(True) == 1

    async def vote(self, choices: dict[Voter, int]) -> None:
        """These choose in their polls and are answered."""
        await asyncio.gather(*(voter.vote(choice) for voter, choice in choices.items()))

    async def tap(self, number: int) -> None:
        """Mara taps on an answer of the poll that is open, and is answered."""
        polls = await self.mara.wait_polls(self.chat, lambda found: bool(found) and not found[-1].ended)
        known = {line.event_id for line in await self.mara.screen(self.chat)}
        await self.mara.vote(self.chat, polls[-1].event_id, polls[-1].answers[number - 1][0])
        await talk.told(self.mara, self.bot.user_id, self.chat, lambda line: line.event_id not in known)


@pytest_asyncio.fixture(loop_scope="session")
async def held(own_synapse: Synapse, cast: Cast, node: Node) -> AsyncIterator[Round]:
    cast.server = own_synapse
    elements = Elements(own_synapse, node)
    bot = await cast.bot(phrasebook=True)
    await bot.start()
    (one, other), mara = await asyncio.gather(cast.twins(bot), elements.started("mara"))
    both = other.member
    for person in (mara, both):
        await one.steward.invite(one.room, person.user_id)
        await person.join(one.room)
        await one.steward.wait_joined(one.room, person.user_id)
    await talk.told(one.steward, bot.user_id, one.room, lambda shown: "New here" in shown.body)
    await bot.quiet()
    people = (one.steward, one.member, other.steward, both)
    yield Round(bot, own_synapse, one, other, mara, tuple(Voter(person, bot.user_id) for person in people))
    await elements.end()


def opened(bot: BotProcess, folder: Path, device_id: str, events: list[dict[str, object]]) -> int:
    """How many of the server's events the bot's disk opens, as it is now: the whole store, with its key."""
    image = folder / "image"
    shutil.rmtree(image, ignore_errors=True)
    shutil.copytree(bot.storage, image)
    machine = Machine(bot.user_id, device_id, image / "olm", pickle_key(image))
    count = 0
    for event in events:
        try:
            machine.open(str(event["room_id"]), event, datetime.now(UTC))
        except (NoKey, Forged):
            continue
        count += 1
    machine.close()
    return count


async def _opened_by_the_bot(held: Round) -> None:
    """Mara types it in the room; the bot, killed between making her chat and noting it, makes one."""
    await held.bot.restart({"TWINLINE_DIE_AT": "open:after-request"})
    await held.mara.say(held.one.room, "!audit join")
    await held.bot.died()
    await held.bot.start()
    [held.chat] = {
        one["room_id"]
        for one in held.server.stored_events()
        if one["type"] == "m.room.member" and one.get("state_key") == held.mara.user_id
        if one["sender"] == held.bot.user_id
    }
    await held.mara.join(held.chat)
    await talk.told(held.mara, held.bot.user_id, held.chat, "!redline done")
    own = [one for one in held.server.stored_events() if one["type"] == "m.room.create"]
    assert len([one for one in own if one["sender"] == held.bot.user_id]) == 1


async def _removed(held: Round, before: float) -> None:
    """In the chat that the bot has made it removes what was said, hers as well."""

    async def gone() -> bool:
        lines = [line for line in await held.mara.screen(held.chat) if line.sent_at < before]
        both = {line.sender for line in lines} == {held.mara.user_id, held.bot.user_id}
        return both and all(line.redacted for line in lines)

    await held.mara.wait_until(gone, 60, "the removal")


async def _collected(held: Round) -> None:
    """Mara is on Element, somebody is in both groups; the bot is killed while sheets are on their way."""
    _, member, _, both = held.voters
    await held.open("Rent strike")
    await asyncio.gather(*(voter.enter() for voter in held.voters))
    await _opened_by_the_bot(held)
    await both.say("2")
    await member.name(RED_LINE)
    await both.name(OTHER_LINE)
    await held.bot.restart({"TWINLINE_DIE_AT": "send:after-request:2"})
    await held.close()
    await held.bot.died()
    await held.bot.start()
    await held.told("2 red lines were named", "2 líneas rojas")
    readers = zip(
        held.homes, ("Please do not bring children.", "Por favor no compartan nombres."), strict=True
    )
    for home, words in readers:
        await talk.told(home.steward, held.bot.user_id, home.room, words)


async def _objected(held: Round) -> None:
    """Mara changes her mind; a ballot sent while the bot is down counts; one objects by typing."""
    steward, member, abroad, both = held.voters
    [poll] = await held.mara.wait_polls(held.chat, bool)
    assert poll.undisclosed
    assert len({len(name) for name, _ in poll.answers}) == 1
    await held.tap(OBJECT)
    await held.tap(CONSENT)
    await held.vote({steward: CONSENT, abroad: CONSENT})
    before = len(member.heard())
    await held.bot.kill()
    await member.choose(CONSENT)
    await held.bot.start()
    await member.more(before)
    await both.say(f"!vote {OBJECT} {held.number}")
    await held.close()
    await held.told("Held: for somebody", "Detenida: para alguien")
    await asyncio.gather(*(voter.closed() for voter in held.voters))
    await held.mara.wait_polls(held.chat, lambda found: found[-1].ended)


@pytest.mark.timeout(240)
async def test_a_round_is_held_revised_and_agreed_on_and_nothing_leads_back_to_anybody(
    held: Round, tmp_path: Path
) -> None:
    bot = held.bot
    await _collected(held)
    await _objected(held)
    await held.one.steward.say(held.one.room, f"!audit revise {held.number} We need more time.")
    await held.vote(dict.fromkeys(held.voters, CONSENT))
    await held.tap(CONSENT)
    private = [event for chat in held.chats for event in held.server.stored_events(chat)]
    said = [one for one in private if one["type"] == "m.room.encrypted" and one["sender"] != bot.user_id]
    account = await stored_account(bot.storage, bot.user_id)
    assert account is not None
    assert await asyncio.to_thread(opened, bot, tmp_path, account.device_id, said) > len(held.voters)
    before = time.time()
    await held.close()
    await held.told("Consent: nobody objects", "Consentimiento: nadie objeta")
    await bot.quiet()
    await _removed(held, before)
    await bot.restart()  # its first tick destroys the secret of what has ended
    await bot.quiet()
    assert list((bot.storage / "audits").iterdir()) == []
    await bot.kill()
    assert await asyncio.to_thread(opened, bot, tmp_path, account.device_id, said) == 0
    stored = held.server.stored_events()
    assert {one["type"] for one in stored if "poll" in one["type"] or one["type"] == "m.reaction"} == set()
    assert held.server.plaintext_messages() == []
    assert [words for words in (RED_LINE, OTHER_LINE, "Rent strike") if words in bot.log] == []
