"""The client of a person: logs in, signs the device, follows rooms and decrypts what comes.

People trust every device.
Their client is also the instrument with which tests and the demonstration
measure what arrived: it fills gaps of the timeline, keeps what it cannot read yet and tries again when
a key comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp

from bot.demo.api import Api, ApiError, Json, part
from bot.demo.machine import Machine
from bot.demo.synapse import Account
from bot.demo.timeline import RoomView, Seen, Shown
from bot.log import Plain
from bot.matrix.identity import CrossSigning

log = logging.getLogger(__name__)

T = TypeVar("T")

_POLL_SECONDS = 30
_PAGES = 200


class Client:
    """One account on one device. Use as `async with` or by `start` and `stop`.

    `folder` None keeps the keys in memory. `limit` is the timeline limit of the sync; gaps are filled.
    `cross_sign` False leaves the device unsigned, as old clients do; `identity` is that of another device.
    """

    def __init__(
        self,
        homeserver: str,
        account: Account,
        folder: Path | None = None,
        *,
        name: str = "",
        limit: int = 100,
        cross_sign: bool = True,
        identity: CrossSigning | None = None,
    ) -> None:
        self.account = account
        self.user_id = account.user_id
        self.name = name or account.user_id[1:].partition(":")[0]
        self.api = Api(homeserver)
        self.device_id = ""
        self.rooms: dict[str, RoomView] = {}
        self.invitations: dict[str, str] = {}
        self.batches = 0
        self._folder = folder
        self._cross_sign = cross_sign
        self._identity = identity
        self._filter = json.dumps(
            {"room": {"timeline": {"limit": limit}}, "presence": {"types": []}}, separators=(",", ":")
        )
        self._machine: Machine | None = None
        self._since: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self._locks: dict[str, asyncio.Lock] = {}
        self._listeners: list[Callable[[Seen], None]] = []

    # Life

    @property
    def machine(self) -> Machine:
        if self._machine is None:
            raise RuntimeError(f"{self.name} is not logged in")
        return self._machine

    async def start(self) -> None:
        """Log in, publish the device and its identity, and follow the rooms from now on."""
        await self.api.open()
        answer = await self.api.call(
            "POST",
            "v3/login",
            {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": self.user_id},
                "password": self.account.password,
                "initial_device_display_name": f"{self.name}'s phone",
            },
        )
        self.api.token, self.device_id = str(answer["access_token"]), str(answer["device_id"])
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        self._machine = Machine(self.api, self.user_id, self.device_id, self._folder)
        device = await self._machine.publish()
        if self._cross_sign:
            await self._machine.cross_sign(device, self._identity)
        self._task = asyncio.create_task(self._follow(), name=f"sync of {self.name}")
        await self.wait_until(lambda: self.batches > 0, 30, "first sync")

    async def pause(self) -> None:
        """Stop following the rooms, as a phone without network; `resume` catches up."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def resume(self) -> None:
        """Follow the rooms again from where it stopped."""
        if self._task is None:
            self._task = asyncio.create_task(self._follow(), name=f"sync of {self.name}")

    async def stop(self) -> None:
        """Close the client. The device stays logged in."""
        await self.pause()
        await self.api.close()
        if self._machine is not None:
            self._machine.close()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # Receiving

    def on_seen(self, listener: Callable[[Seen], None]) -> None:
        """Call `listener` for every event when it arrives, and again when it becomes readable."""
        self._listeners.append(listener)

    async def _follow(self) -> None:
        pause = 0.1
        while True:
            query = {"filter": self._filter, "timeout": str(_POLL_SECONDS * 1000 if self._since else 0)}
            if self._since:
                query["since"] = self._since
            try:
                batch = await self.api.once("GET", "v3/sync", query=query, within=_POLL_SECONDS + 15)
                await self._take(batch)
                pause = 0.1
            except (ApiError, aiohttp.ClientError, TimeoutError) as error:
                kind = Plain(type(error).__name__)
                log.info("%s: sync failed, again in %.1f s (%s)", self.user_id, pause, kind)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def _take(self, batch: Mapping[str, Any]) -> None:
        machine = self.machine
        machine.devices_changed(batch.get("device_lists", {}).get("changed", []))
        understood = machine.take_to_device(batch.get("to_device", {}).get("events", []))
        rooms = batch.get("rooms", {})
        for room_id, left in rooms.get("leave", {}).items():
            self.invitations.pop(room_id, None)
            if room_id in self.rooms:
                self._take_events(room_id, left.get("timeline", {}).get("events", []))
        for room_id, invited in rooms.get("invite", {}).items():
            self.invitations[room_id] = _inviter(invited, self.user_id)
        for room_id, joined in rooms.get("join", {}).items():
            self.invitations.pop(room_id, None)
            await self._take_room(room_id, joined)
        if understood:
            self._read_late()
        if "device_one_time_keys_count" in batch:
            await machine.refill(batch["device_one_time_keys_count"])
        self._since = str(batch["next_batch"])
        self.batches += 1
        async with self._news:
            self._news.notify_all()

    async def _take_room(self, room_id: str, joined: Mapping[str, Any]) -> None:
        timeline = joined.get("timeline", {})
        if room_id not in self.rooms or timeline.get("limited"):
            view = self.rooms.setdefault(room_id, RoomView(room_id))
            for event in joined.get("state", {}).get("events", []):
                self._take_state(view, event)
        # else the timeline holds all that is new; beside it stands what people who came or wrote at the same
        # time had not seen yet, and that is older than what is known here
        if timeline.get("limited") and timeline.get("prev_batch"):
            self._take_events(room_id, await self._gap(room_id, timeline["prev_batch"]))
        self._take_events(room_id, timeline.get("events", []))

    async def _gap(self, room_id: str, start: str) -> list[Json]:
        """What lies between the last event known and the page token, oldest first."""
        view = self.rooms[room_id]
        found: list[Json] = []
        for _ in range(_PAGES):
            page = await self.api.call(
                "GET", f"v3/rooms/{part(room_id)}/messages", query={"dir": "b", "from": start, "limit": "100"}
            )
            for event in page.get("chunk", []):
                if event["event_id"] in view:
                    return found[::-1]
                found.append(event)
            if not page.get("end") or not page.get("chunk"):
                break
            start = page["end"]
        return found[::-1]

    def _take_state(self, view: RoomView, event: Mapping[str, Any]) -> None:
        gone = event["type"] == "m.room.member" and event.get("content", {}).get("membership") in (
            "leave",
            "ban",
        )
        view.take_state(event)
        if gone:
            self.machine.room_changed(view.room_id)

    def _take_events(self, room_id: str, events: Iterable[Mapping[str, Any]]) -> None:
        view = self.rooms[room_id]
        for raw in events:
            if "state_key" in raw:
                self._take_state(view, raw)
            self._keep(view, self._read(room_id, raw))

    def _keep(self, view: RoomView, seen: Seen) -> None:
        if view.take(seen):
            for listener in self._listeners:
                listener(seen)

    def _read(self, room_id: str, raw: Mapping[str, Any]) -> Seen:
        encrypted = raw["type"] == "m.room.encrypted" and "state_key" not in raw
        kind, content = str(raw["type"]), raw.get("content", {})
        readable = True
        if encrypted:
            opened = self.machine.decrypt(room_id, raw)
            readable = opened is not None
            if opened is not None:
                kind, content = str(opened.get("type", "")), opened.get("content", {})
        return Seen(
            event_id=str(raw["event_id"]),
            room_id=room_id,
            sender=str(raw["sender"]),
            type=kind,
            sent_at=raw.get("origin_server_ts", 0) / 1000,
            seen_at=time.time(),
            encrypted=encrypted,
            readable=readable,
            content=content if isinstance(content, Mapping) else {},
            raw=raw,
        )

    def _read_late(self) -> None:
        for view in self.rooms.values():
            for seen in view.unreadable():
                again = self._read(view.room_id, seen.raw)
                if again.readable:
                    self._keep(view, again)

    # Waiting

    async def wait_until(
        self, condition: Callable[[], T | None], within: float = 30.0, what: str = "it"
    ) -> T:
        """Wait until the condition, looked at after every sync, holds; returns its value.

        Raises TimeoutError after `within` seconds.
        """
        try:
            async with asyncio.timeout(within), self._news:
                while not (value := condition()):
                    await self._news.wait()
                return value
        except TimeoutError:
            raise TimeoutError(f"{self.name} waited {within:.0f} s in vain for {what}") from None

    async def wait_for(
        self, room_id: str, wanted: str | Callable[[Shown], bool], within: float = 30.0, *, after: str = ""
    ) -> Shown:
        """Wait for a message on the screen: one that contains the text, or for which `wanted` is true.

        `after`: only messages below that event id. The last edit counts. Raises TimeoutError with the screen.
        """
        test = (lambda shown: wanted in shown.body) if isinstance(wanted, str) else wanted

        def found() -> Shown | None:
            shown = self.screen(room_id)
            ids = [line.event_id for line in shown]
            start = ids.index(after) + 1 if after in ids else 0
            return next((line for line in shown[start:] if line.readable and test(line)), None)

        what = f"a message with {wanted!r}" if isinstance(wanted, str) else "a certain message"
        try:
            return await self.wait_until(found, within, what)
        except TimeoutError as error:
            lines = "\n".join(f"  {line.sender}: {line.body!r}" for line in self.screen(room_id)[-12:])
            raise TimeoutError(f"{error}; the screen shows:\n{lines}") from None

    async def wait_joined(self, room_id: str, user_id: str | None = None, within: float = 30.0) -> None:
        """Wait until that user (default: oneself) is a member of the room."""
        user = user_id or self.user_id

        def joined() -> bool:
            return room_id in self.rooms and self.rooms[room_id].members.get(user) == "join"

        try:
            await self.wait_until(joined, within / 2, f"{user} to join")
        except TimeoutError:
            await self._ask_for_members(room_id)  # a busy server may pass over somebody in its sync
            await self.wait_until(joined, within / 2, f"{user} to join")

    async def _ask_for_members(self, room_id: str) -> None:
        if room_id in self.rooms:
            found = await self.api.call("GET", f"v3/rooms/{part(room_id)}/members")
            for event in found.get("chunk", []):
                self._take_state(self.rooms[room_id], event)

    async def wait_invited(self, room_id: str | None = None, within: float = 30.0) -> str:
        """Wait for an invitation (to that room) and return the room."""
        return await self.wait_until(
            lambda: next((r for r in self.invitations if room_id in (None, r)), ""), within, "an invitation"
        )

    # Looking

    def screen(self, room_id: str) -> list[Shown]:
        """What this person reads in the room now."""
        view = self.rooms.get(room_id)
        return view.screen() if view else []

    def shows(self, room_id: str, event_id: str) -> bool:
        """Whether this event, decrypted, is on the screen."""
        return any(shown.event_id == event_id and shown.readable for shown in self.screen(room_id))

    def thread(self, room_id: str, root: str) -> list[Shown]:
        """What this person reads in the thread under `root`."""
        return [line for line in self.screen(room_id) if line.thread == root]


def _inviter(invited: Mapping[str, Any], user_id: str) -> str:
    for event in invited.get("invite_state", {}).get("events", []):
        if event.get("type") == "m.room.member" and event.get("state_key") == user_id:
            return str(event.get("sender", ""))
    return ""
