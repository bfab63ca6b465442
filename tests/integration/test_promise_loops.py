"""Promise G13: two bots, two twinnings, a joint room; one message, one copy.

    manila ──(one)── oaxaca ──(other)── davao        and a joint room of manila and oaxaca, by one

Both bots are members of all four rooms, each with an account and a storage of its own.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from bot.demo import talk
from bot.demo.bot_process import BotProcess
from bot.demo.person import Person
from bot.demo.timeline import Shown
from tests.bench.chaos_world import token
from tests.integration.conftest import Cast

CALM = 5.0  # seconds without a word of a bot

_TOKEN = re.compile(r"\bzq[0-9a-f]{10}\b")


@dataclass(slots=True)
class To:
    """A person whose commands name one of the bots, which the other one does not take for its own."""

    person: Person
    bot: BotProcess
    user_id: str = ""

    def __post_init__(self) -> None:
        self.user_id = self.person.user_id

    async def create_room(self, name: str, *, invite: Iterable[str] = ()) -> str:
        return await self.person.create_room(name, invite=invite)

    async def join(self, room_id: str) -> None:
        await self.person.join(room_id)

    async def wait_joined(self, room_id: str, user_id: str | None = None) -> None:
        await self.person.wait_joined(room_id, user_id)

    async def say(self, room_id: str, text: str) -> str:
        if text.startswith("!"):
            return await self.person.mention(room_id, self.bot.user_id, text[1:])
        return await self.person.say(room_id, text)

    async def wait_for(
        self, room_id: str, wanted: str | Callable[[Shown], bool], within: float = 30.0
    ) -> Shown:
        return await self.person.wait_for(room_id, wanted, within)


@dataclass(slots=True)
class Rooms:
    """The stage. `reader` is in every room; `copies` says how often a token must stand in which room."""

    one: BotProcess
    other: BotProcess
    stewards: dict[str, Person]
    rooms: dict[str, str]
    reader: Person
    copies: Counter[tuple[str, str]] = field(default_factory=Counter)

    def expect(self, *places: str) -> str:
        """A new token, of which one copy must come into each of these rooms and none elsewhere."""
        mark = token()
        self.copies.update({(place, mark): 1 for place in places})
        return mark

    def found(self) -> Counter[tuple[str, str]]:
        """What the bots have brought where, by the tokens in it."""
        bots = (self.one.user_id, self.other.user_id)
        return Counter(
            (place, mark)
            for place, room in self.rooms.items()
            for seen in self.reader.rooms[room].messages()
            if seen.sender in bots and not seen.edits
            for mark in set(_TOKEN.findall(seen.body))
        )

    def said(self) -> int:
        """How many messages of the bots the reader's client has."""
        bots = (self.one.user_id, self.other.user_id)
        views = self.reader.rooms.values()
        return sum(1 for view in views for seen in view.messages() if seen.sender in bots)

    async def arrived(self, within: float = 60.0) -> None:
        """Wait until everything expected is there. Raises TimeoutError."""
        try:
            await self.reader.wait_until(lambda: not self.copies - self.found(), within, "all copies")
        except TimeoutError:
            raise TimeoutError(f"missing after {within:.0f} s: {self.copies - self.found()}") from None

    async def silence(self, within: float = 60.0) -> None:
        """Wait until no bot has said anything for a while. Raises TimeoutError: they talk to each other."""
        until, before, since = time.monotonic() + within, self.said(), time.monotonic()
        while time.monotonic() - since < CALM:
            if time.monotonic() > until:
                raise TimeoutError(f"the bots went on talking for {within:.0f} s")
            await asyncio.sleep(0.5)
            if self.said() != before:
                before, since = self.said(), time.monotonic()

    async def copy(self, place: str, mark: str) -> Shown:
        """The copy of a message in a room."""
        bots = (self.one.user_id, self.other.user_id)
        return await self.reader.wait_for(
            self.rooms[place], lambda shown: shown.sender in bots and mark in shown.body
        )


async def _stage(cast: Cast) -> Rooms:
    one, other = await cast.bot(phrasebook=True), await cast.bot(phrasebook=True)
    names = ("manila", "oaxaca", "davao")
    people = [await cast.person(name) for name in names]
    reader = await cast.person("reader")
    await asyncio.gather(one.start(), other.start())
    stage = Rooms(one, other, dict(zip(names, people, strict=True)), {}, reader)
    for name, steward in stage.stewards.items():
        stage.rooms[name] = await talk.open_room(To(steward, one), one.user_id, name, [reader])
        await steward.invite(stage.rooms[name], other.user_id)
        await steward.wait_joined(stage.rooms[name], other.user_id)
    for bot, homes in ((one, ("manila", "oaxaca")), (other, ("oaxaca", "davao"))):
        for name in homes:
            language = "es" if name == "oaxaca" else "en"
            person, room = To(stage.stewards[name], bot), stage.rooms[name]
            await talk.found(person, bot.user_id, room, name, f"People of {name}", language=language)
            await talk.ask(person, bot.user_id, room, "!group set threadconfirm off")
        first, then = homes
        await talk.make_twins(
            bot.user_id,
            (To(stage.stewards[first], bot), stage.rooms[first], first),
            (To(stage.stewards[then], bot), stage.rooms[then]),
        )
    return stage


async def _sit_together(stage: Rooms) -> None:
    """A joint room of manila and oaxaca, by the first bot; the other one only sits in it."""
    manila, oaxaca, bot = stage.stewards["manila"], stage.stewards["oaxaca"], stage.one
    room = await talk.open_room(To(manila, bot), bot.user_id, "joint", [oaxaca, stage.reader])
    stage.rooms["joint"] = room
    await manila.invite(room, stage.other.user_id)
    await manila.wait_joined(room, stage.other.user_id)
    await talk.ask(To(manila, bot), bot.user_id, room, "!joint oaxaca")
    await talk.ask(To(oaxaca, bot), bot.user_id, room, "!joint manila")


@pytest.mark.timeout(240)
async def test_two_bots_in_the_same_rooms_make_one_copy_of_each_message(cast: Cast) -> None:
    stage = await _stage(cast)
    await _sit_together(stage)
    manila, oaxaca, davao = stage.stewards.values()
    rooms = stage.rooms

    first = stage.expect("oaxaca")
    await To(manila, stage.one).say(rooms["manila"], f"!dispatch We won the hearing. {first}")
    both = stage.expect("manila", "davao")
    await oaxaca.say(rooms["oaxaca"], f"!dispatch El tribunal está de nuestro lado. {both}")
    back = stage.expect("oaxaca")
    await To(davao, stage.other).say(rooms["davao"], f"!dispatch Thank you! {back}")
    await stage.arrived()

    copies = [await stage.copy("oaxaca", mark) for mark in (first, back)]
    for copy, place in zip(copies, ("manila", "davao"), strict=True):
        words = f"De acuerdo. {stage.expect(place)}"
        await oaxaca.say(rooms["oaxaca"], words, thread=copy.event_id)
    await stage.arrived()

    pasted = copies[0].body  # with its header, its original and its marks, as "copy" takes it over
    await oaxaca.say(rooms["oaxaca"], f"{pasted} {stage.expect()}")
    stage.copies["manila", first] += 1  # whoever pastes it into a thread has written it
    await oaxaca.say(rooms["oaxaca"], f"{pasted} {stage.expect('manila')}", thread=copies[0].event_id)
    stage.copies["joint", first] += 1
    await manila.say(rooms["joint"], f"{pasted} {stage.expect('joint')}")
    await manila.say(rooms["joint"], f"We won the hearing. {stage.expect('joint')}")
    await oaxaca.say(rooms["joint"], f"El tribunal está de nuestro lado. {stage.expect('joint')}")
    await stage.arrived()

    await stage.silence()
    assert stage.found() == stage.copies
