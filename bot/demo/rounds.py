"""A round of red lines as people live it: the direct chat, a red line, the poll in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bot.demo import talk
from bot.demo.person import Person
from bot.demo.timeline import Seen, Shown

_POLL = "org.matrix.msc3381.poll"
CONSENT, CONCERN, ASIDE, OBJECT = 1, 2, 3, 4
"""The answers of the poll."""


class Voter:
    """A person and their direct chat with the bot; they wait for anything for `within` seconds at most."""

    def __init__(self, person: Person, bot: str, *, within: float = 45.0) -> None:
        self.person = person
        self.bot = bot
        self.within = within
        self.chat = ""

    async def enter(self) -> Shown:
        """Open the direct chat, as the link does; what the bot says there first."""
        self.chat = await self.person.direct_chat(self.bot)
        await self.person.wait_joined(self.chat, self.bot)
        return await talk.told(self.person, self.bot, self.chat, lambda _: True, within=self.within)

    async def accept(self, chat: str) -> None:
        """Accept the bot's invitation to a chat that it has opened."""
        self.chat = chat
        await self.person.join(chat)

    def heard(self) -> list[Shown]:
        """What the bot has said so far."""
        return [shown for shown in self.person.screen(self.chat) if shown.sender == self.bot]

    async def more(self, before: int) -> Shown:
        """The first thing that the bot says beyond so many."""
        await self.person.wait_until(lambda: len(self.heard()) > before, self.within, "the bot's answer")
        return self.heard()[before]

    async def say(self, text: str) -> Shown:
        """Write, and wait for the answer to it; the bot may be saying other things meanwhile."""
        event_id = await self.person.say(self.chat, text)
        return await talk.answered(self.person, self.bot, self.chat, event_id, within=self.within)

    async def name(self, line: str, answer: str = "1") -> Shown:
        """Name a red line (or a reason) and say what is to become of it."""
        await self.say(line)
        return await self.say(answer)

    def polls(self) -> list[Seen]:
        """The polls that have not ended, newest last."""
        events = self.person.rooms[self.chat].events if self.chat in self.person.rooms else []
        ended = {
            one.raw["content"].get("m.relates_to", {}).get("event_id")
            for one in events
            if one.type == f"{_POLL}.end"
        }
        return [one for one in events if one.type == f"{_POLL}.start" and one.event_id not in ended]

    async def poll(self) -> Seen:
        """The poll that is open, once it is there."""
        await self.person.wait_until(self.polls, self.within, "the poll")
        return self.polls()[-1]

    async def closed(self) -> None:
        """Wait until no poll is open any more."""
        await self.person.wait_until(lambda: not self.polls(), self.within, "the end of the poll")

    async def choose(self, number: int) -> str:
        """Choose in the poll without waiting for anything but its being there; the event's id."""
        poll = await self.poll()
        answers = poll.content[f"{_POLL}.start"]["answers"]
        content = {
            "m.relates_to": {"rel_type": "m.reference", "event_id": poll.event_id},
            f"{_POLL}.response": {"answers": [answers[number - 1]["id"]]},
        }
        return await self.person.send(self.chat, content, f"{_POLL}.response")

    async def vote(self, number: int) -> Shown:
        """Choose in the poll; how the bot acknowledges that."""
        await self.poll()
        before = len(self.heard())
        await self.choose(number)
        return await self.more(before)


async def enter(voters: Iterable[Voter]) -> None:
    """All of them open their direct chats."""
    await asyncio.gather(*(one.enter() for one in voters))
