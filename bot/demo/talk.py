"""Talking to the bot as people do: asking and waiting for the answer, founding a group, becoming twins."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from typing import Protocol

from bot.demo.timeline import Shown

_CODE = re.compile(r"!twin propose (\S+)")


class Talker(Protocol):
    """A person with any client: `bot.demo.person.Person` is one."""

    user_id: str

    async def create_room(self, name: str, *, invite: Iterable[str] = ()) -> str: ...

    async def join(self, room_id: str) -> None: ...

    async def wait_joined(self, room_id: str, user_id: str | None = None) -> None: ...

    async def say(self, room_id: str, text: str) -> str: ...

    async def wait_for(
        self, room_id: str, wanted: str | Callable[[Shown], bool], within: float = 30.0
    ) -> Shown: ...


async def answered(person: Talker, bot: str, room: str, event_id: str, *, within: float = 30.0) -> Shown:
    """Wait for the bot's answer to a message. Raises TimeoutError with the screen."""
    return await person.wait_for(room, lambda s: s.sender == bot and s.reply_to == event_id, within)


async def told(
    person: Talker, bot: str, room: str, test: Callable[[Shown], bool] | str, *, within: float = 30.0
) -> Shown:
    """Wait for something that the bot says by itself (containing that text). Raises TimeoutError."""
    wanted = (lambda shown: test in shown.body) if isinstance(test, str) else test
    return await person.wait_for(room, lambda s: s.sender == bot and wanted(s), within)


async def ask(person: Talker, bot: str, room: str, text: str, *, within: float = 30.0) -> Shown:
    """Type a command and wait for the answer."""
    return await answered(person, bot, room, await person.say(room, text), within=within)


async def open_room(steward: Talker, bot: str, name: str, members: Iterable[Talker] = ()) -> str:
    """Create an encrypted room with these members and the bot, and wait for its welcome."""
    others = list(members)
    room = await steward.create_room(name, invite=[*(other.user_id for other in others), bot])
    await asyncio.gather(*(other.join(room) for other in others))
    await asyncio.gather(*(person.wait_joined(room, bot) for person in [steward, *others]))
    await told(steward, bot, room, lambda _: True)
    return room


async def found(steward: Talker, bot: str, room: str, handle: str, name: str, **options: str) -> Shown:
    """Make the room a group's home. `options` are `language` and `zone`."""
    given = "".join(f" {key}={value}" for key, value in options.items())
    return await ask(steward, bot, room, f'!group create {handle} "{name}"{given}')


async def code_of(steward: Talker, bot: str, room: str) -> str:
    """Ask for a code of the group whose home this is."""
    answer = await ask(steward, bot, room, "!group code")
    code = _CODE.search(answer.body)
    if code is None:
        raise TimeoutError(f"the bot gave no code but said: {answer.body}")
    return code[1].strip(".,;:“”\"'\u2066\u2067\u2068\u2069")


async def make_twins(bot: str, proposing: tuple[Talker, str, str], accepting: tuple[Talker, str]) -> None:
    """`proposing` is a steward, their room and handle; `accepting` a steward and their room."""
    (asker, asker_room, handle), (other, other_room) = proposing, accepting
    code = await code_of(other, bot, other_room)
    await ask(asker, bot, asker_room, f"!twin propose {code}")
    await told(other, bot, other_room, f"!twin accept {handle}")
    await ask(other, bot, other_room, f"!twin accept {handle}")
