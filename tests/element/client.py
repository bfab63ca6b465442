"""People on Element's own SDK.

`ElementPerson` has the shape of `bot.demo.person.Person` where tests and `bot.demo.talk` use it; what its
screen shows is what the SDK hands to Element's interface. Times are seconds.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from bot.demo.synapse import Account
from bot.demo.timeline import Seen, Shown
from tests.element.node import Node

Json: TypeAlias = "dict[str, Any]"

Identity: TypeAlias = Literal["new", "reset", "recover", "none"]

_LOOK = 1.0  # after so long the screen is looked at even without news


@dataclass(frozen=True, slots=True)
class Line(Shown):
    """One message as Element shows it.

    `shields` are the reasons of the icons beside it: one for the message, one for its last edit. `failure` is
    the SDK's code if it could not be decrypted. `root`: a thread hangs under it. `listed`: the SDK lists it
    in the thread that it names.
    """

    shields: tuple[str, ...]
    failure: str | None
    root: bool
    listed: bool
    redacted: bool


def _line(room_id: str, raw: Mapping[str, Any]) -> Line:
    content = raw["content"]
    first = Seen(
        event_id=raw["event"],
        room_id=room_id,
        sender=raw["sender"],
        type=raw["type"],
        sent_at=raw["sentAt"],
        seen_at=time.time(),
        encrypted=raw["encrypted"],
        readable=raw["failure"] is None,
        content=content,
        raw={"content": raw["wire"]},
    )
    return Line(
        event_id=first.event_id,
        sender=first.sender,
        body=first.body,
        formatted_body=first.formatted_body,
        msgtype=first.msgtype,
        thread=raw["thread"],
        reply_to=raw["replyTo"],
        sent_at=first.sent_at,
        seen_at=first.seen_at,
        readable=first.readable and not raw["redacted"],
        encrypted=first.encrypted,
        edited=raw["edited"],
        first=first,
        shields=tuple(shield for shield in raw["shields"] if shield is not None),
        failure=raw["failure"],
        root=raw["root"],
        listed=raw["listed"],
        redacted=raw["redacted"],
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client thinks of somebody: `known` identity, `warned` that it has changed.

    `devices` maps device ids to whether their owner signed them.
    """

    known: bool
    warned: bool
    devices: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """What a client thinks of its own account: whether all is `ready`, this device `signed`.

    `stored`: the private keys are in secret storage; `cached`: they are on this device.
    """

    ready: bool
    signed: bool
    stored: bool
    cached: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of a request to verify: whether it was `cancelled`, and with which code."""

    cancelled: bool
    code: str | None


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll as Element's tile shows it; `answers` are pairs of an id and a text."""

    event_id: str
    question: str
    answers: tuple[tuple[str, str], ...]
    undisclosed: bool
    ended: bool


class ElementPerson:
    """One account on one device of the SDK, if not told otherwise in its strictest mode: only devices signed
    by their owner."""

    _numbers = itertools.count(1)

    def __init__(self, node: Node, homeserver: str, account: Account, name: str = "") -> None:
        self.account = account
        self.user_id = account.user_id
        self.name = name or account.user_id[1:].partition(":")[0]
        self.device_id = ""
        self._node = node
        self._homeserver = homeserver
        self._key = f"{self.name} {next(self._numbers)}"

    async def start(self, *, identity: Identity = "new", key: str | None = None, strict: bool = True) -> None:
        """Log in on a new device and sign it with an identity.

        "new" is the first of an account, "reset" takes the place of the old one, "recover" is the one behind
        the recovery `key`, "none" leaves the device unsigned, from which only a client that is not `strict`
        writes. Raises ElementError.
        """
        entered = await self._do(
            "enter",
            homeserver=self._homeserver,
            user=self.user_id,
            password=self.account.password,
            name=self.name,
            identity=identity,
            key=key,
            strict=strict,
        )
        self.device_id = entered["device"]

    async def stop(self) -> None:
        """Close the client. The device stays logged in."""
        await self._do("end")

    async def _do(self, what: str, **given: object) -> Any:
        return await self._node.ask(self._key, what, **given)

    # Identity

    async def back_up(self) -> str:
        """Put the identity into secret storage; returns the recovery key."""
        return str(await self._do("backUp"))

    async def recover(self, key: str) -> None:
        """Type the recovery key: the identity signs this device. Raises ElementError."""
        await self._do("recover", key=key)

    async def own_identity(self) -> OwnIdentity:
        return OwnIdentity(**await self._do("identity"))

    async def standing(self, user_id: str) -> Standing:
        """What this client thinks of somebody, asked of the server anew."""
        return Standing(**await self._do("standing", user=user_id))

    async def request_verification(
        self, user_id: str, *, room: str | None = None, device: str | None = None, within: float = 10.0
    ) -> Verification:
        """Ask somebody to verify, in a room or one of their devices, and wait for what comes of it."""
        return Verification(
            **await self._do("requestVerification", user=user_id, room=room, device=device, within=within)
        )

    # Rooms

    async def create_room(
        self,
        name: str,
        *,
        invite: Iterable[str] = (),
        levels: Mapping[str, int] | None = None,
        direct: bool = False,
        version: str | None = None,
    ) -> str:
        """Create a private encrypted room; `levels` are power levels of others than oneself."""
        given: Json = {"name": name, "invite": list(invite), "direct": direct, "version": version}
        return str(await self._do("createRoom", levels=dict(levels) if levels else None, **given))

    async def invite(self, room_id: str, user_id: str) -> None:
        await self._do("invite", room=room_id, user=user_id)

    async def kick(self, room_id: str, user_id: str) -> None:
        await self._do("kick", room=room_id, user=user_id)

    async def join(self, room_id: str) -> None:
        """Accept an invitation and wait until the room is there."""
        await self._do("join", room=room_id)

    async def leave(self, room_id: str) -> None:
        await self._do("leave", room=room_id)

    async def upgrade(self, room_id: str, version: str) -> str:
        """Upgrade a room; returns the new one."""
        return str(await self._do("upgrade", room=room_id, version=version))

    async def successor(self, room_id: str) -> str | None:
        """The room to which an upgraded one leads."""
        found = await self._do("successor", room=room_id)
        return None if found is None else str(found)

    async def wait_joined(self, room_id: str, user_id: str | None = None, within: float = 30.0) -> None:
        """Wait until that user (default: oneself) is a member of the room."""
        user = user_id or self.user_id

        async def joined() -> bool:
            return bool((await self._do("members", room=room_id)).get(user) == "join")

        await self.wait_until(joined, within, f"{user} to join")

    # Writing

    async def say(
        self,
        room_id: str,
        text: str,
        *,
        thread: str | None = None,
        reply_to: str | None = None,
        formatted: str | None = None,
        mentions: Iterable[str] = (),
        msgtype: str = "m.text",
    ) -> str:
        """Write a message, in a thread, as a reply, or both. Returns its id."""
        given: Json = {"thread": thread, "replyTo": reply_to, "html": formatted, "mentions": list(mentions)}
        return str(await self._do("send", room=room_id, text=text, msgtype=msgtype, **given))

    async def edit(self, room_id: str, event_id: str, text: str) -> str:
        """Edit one's own message. Returns the id of the edit."""
        return str(await self._do("edit", room=room_id, event=event_id, text=text))

    async def redact(self, room_id: str, event_id: str) -> str:
        """Delete a message. Returns the id of the redaction."""
        return str(await self._do("redact", room=room_id, event=event_id))

    # Looking

    async def polls(self, room_id: str) -> list[Poll]:
        """The polls of the room, oldest first."""
        return [
            Poll(
                raw["event"],
                raw["question"],
                tuple((name, text) for name, text in raw["answers"]),
                undisclosed=raw["undisclosed"],
                ended=raw["ended"],
            )
            for raw in await self._do("polls", room=room_id)
        ]

    async def vote(self, room_id: str, poll: str, answer: str) -> str:
        """Choose in a poll; returns the event id."""
        return str(await self._do("vote", room=room_id, poll=poll, answer=answer))

    async def wait_polls(
        self, room_id: str, test: Callable[[list[Poll]], bool], within: float = 30.0
    ) -> list[Poll]:
        """Wait until the polls of the room are as the test wants them."""

        async def found() -> list[Poll] | None:
            polls = await self.polls(room_id)
            return polls if test(polls) else None

        polls: list[Poll] = await self.wait_until(found, within, "the poll")
        return polls

    async def screen(self, room_id: str) -> list[Line]:
        """What this person's Element shows of the room and its threads, by time; redacted messages too."""
        return [_line(room_id, raw) for raw in await self._do("screen", room=room_id)]

    async def thread(self, room_id: str, root: str) -> list[Line]:
        """What the SDK lists in the thread under `root`, without the root."""
        return [line for line in await self.screen(room_id) if line.thread == root and line.listed]

    async def line(self, room_id: str, event_id: str) -> Line:
        """One message as it is shown now. Raises LookupError if it is not."""
        for line in await self.screen(room_id):
            if line.event_id == event_id:
                return line
        raise LookupError(f"{self.name} does not see {event_id}")

    async def wait_until(self, test: Callable[[], Any], within: float, what: str) -> Any:
        """Wait until what the asynchronous `test` returns is true, and return it. Raises TimeoutError."""
        heard = 0
        try:
            async with asyncio.timeout(within):
                while not (value := await test()):
                    heard = await self._do("news", after=heard, within=_LOOK)
                return value
        except TimeoutError:
            raise TimeoutError(f"{self.name} waited {within:.0f} s in vain for {what}") from None

    async def wait_for(
        self, room_id: str, wanted: str | Callable[[Line], bool], within: float = 30.0, *, after: str = ""
    ) -> Line:
        """Wait for a readable message: one that contains the text, or for which `wanted` is true.

        `after`: only messages below that event id. The last edit counts. Raises TimeoutError with the screen.
        """
        test = (lambda line: wanted in line.body) if isinstance(wanted, str) else wanted
        last: list[Line] = []

        async def found() -> Line | None:
            last[:] = await self.screen(room_id)
            ids = [line.event_id for line in last]
            start = ids.index(after) + 1 if after in ids else 0
            return next((line for line in last[start:] if line.readable and test(line)), None)

        try:
            line: Line = await self.wait_until(found, within, str(wanted))
        except TimeoutError as error:
            shown = "\n".join(f"  {line.sender}: {line.failure or line.body}" for line in last)
            raise TimeoutError(f"{error}; the screen:\n{shown or '  (empty)'}") from None
        return line

    async def wait_redacted(self, room_id: str, event_id: str, within: float = 30.0) -> Line:
        """Wait until a message is shown as deleted."""

        async def gone() -> Line | None:
            screen = await self.screen(room_id)
            return next((line for line in screen if line.event_id == event_id and line.redacted), None)

        line: Line = await self.wait_until(gone, within, "a deletion")
        return line
