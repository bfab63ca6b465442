"""A person with a real encrypted client: opens rooms, invites, writes, answers, edits, deletes."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from nio.crypto.attachments import decrypt_attachment, encrypt_attachment

from bot.demo.api import Json, part
from bot.demo.client import Client


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file to be sent. `claims` stand in the place of what the message says truly about where it lies."""

    data: bytes
    name: str
    mimetype: str
    caption: str = ""
    msgtype: str = "m.file"
    info: Mapping[str, Any] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)


class Person(Client):
    """What people do. `within` and the other times are seconds."""

    # Rooms

    async def create_room(
        self,
        name: str,
        *,
        invite: Iterable[str] = (),
        levels: Mapping[str, int] | None = None,
        encrypted: bool = True,
        direct: bool = False,
        version: str | None = None,
    ) -> str:
        """Create a private room; `levels` are power levels of others than oneself. Returns its id."""
        body: Json = {
            "preset": "private_chat",
            "invite": list(invite),
            "is_direct": direct,
            "initial_state": [],
        }
        if name:
            body["name"] = name
        if version:
            body["room_version"] = version
        if levels:
            mine = {} if version is None or int(version) >= 12 else {self.user_id: 100}
            body["power_level_content_override"] = {"users": {**mine, **levels}}
        if encrypted:
            body["initial_state"].append(
                {
                    "type": "m.room.encryption",
                    "state_key": "",
                    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
                }
            )
        room_id = str((await self.api.once("POST", "v3/createRoom", body))["room_id"])
        await self.wait_joined(room_id)
        return room_id

    async def direct_chat(self, user_id: str, *, name: str = "") -> str:
        """Start an encrypted chat with one other, as "Start chat" does."""
        return await self.create_room(name, invite=[user_id], direct=True)

    async def invite(self, room_id: str, user_id: str) -> None:
        await self.api.call("POST", f"v3/rooms/{part(room_id)}/invite", {"user_id": user_id})

    async def kick(self, room_id: str, user_id: str) -> None:
        await self.api.call("POST", f"v3/rooms/{part(room_id)}/kick", {"user_id": user_id})

    async def join(self, room_id: str) -> None:
        """Accept an invitation and wait until the room is there."""
        await self.api.call("POST", f"v3/rooms/{part(room_id)}/join", {})
        await self.wait_joined(room_id)

    async def leave(self, room_id: str) -> None:
        await self.api.call("POST", f"v3/rooms/{part(room_id)}/leave", {})

    async def set_state(self, room_id: str, kind: str, content: Mapping[str, Any], key: str = "") -> str:
        """Write a state event; returns its id."""
        path = f"v3/rooms/{part(room_id)}/state/{part(kind)}/{part(key)}"
        return str((await self.api.call("PUT", path, content))["event_id"])

    async def set_level(self, room_id: str, user_id: str, level: int) -> None:
        """Change somebody's power level."""
        path = f"v3/rooms/{part(room_id)}/state/m.room.power_levels/"
        content = await self.api.call("GET", path)
        content.setdefault("users", {})[user_id] = level
        await self.api.call("PUT", path, content)

    # Writing

    async def send(
        self, room_id: str, content: Mapping[str, Any], kind: str = "m.room.message", *, plain: bool = False
    ) -> str:
        """Send one event, encrypted; returns its id. `plain` puts it on the server in clear, for tests."""
        await self.wait_until(
            lambda: room_id in self.rooms and (plain or self.rooms[room_id].encrypted),
            30,
            "the encrypted room",
        )
        async with self._locks.setdefault(room_id, asyncio.Lock()):
            view = self.rooms[room_id]
            if plain:
                sent_kind, body = kind, dict(content)
            else:
                sent_kind = "m.room.encrypted"
                body = await self.machine.encrypt(room_id, view.readers(), kind, dict(content))
            path = f"v3/rooms/{part(room_id)}/send/{sent_kind}/{uuid4()}"
            return str((await self.api.call("PUT", path, body))["event_id"])

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
        """Write a message, in a thread, as a reply, or both (a reply inside a thread). Returns its id."""
        content: Json = {"msgtype": msgtype, "body": text, "m.mentions": {}}
        if users := list(mentions):
            content["m.mentions"] = {"user_ids": users}
        if formatted is not None:
            content |= {"format": "org.matrix.custom.html", "formatted_body": formatted}
        if thread is not None:
            content["m.relates_to"] = {
                "rel_type": "m.thread",
                "event_id": thread,
                "is_falling_back": reply_to is None,
                "m.in_reply_to": {"event_id": reply_to or self._thread_end(room_id, thread)},
            }
        elif reply_to is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        return await self.send(room_id, content)

    def _thread_end(self, room_id: str, root: str) -> str:
        lines = self.thread(room_id, root)
        return lines[-1].event_id if lines else root

    async def edit(self, room_id: str, event_id: str, text: str) -> str:
        """Edit one's own message, as Element does. Returns the id of the edit."""
        new = {"msgtype": "m.text", "body": text, "m.mentions": {}}
        return await self.send(
            room_id,
            {
                **new,
                "body": f"* {text}",
                "m.new_content": new,
                "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
            },
        )

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        """React to a message (never encrypted, by the Matrix specification)."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self.send(room_id, {"m.relates_to": relation}, "m.reaction", plain=True)

    async def redact(self, room_id: str, event_id: str, reason: str = "") -> str:
        """Delete a message. Returns the id of the redaction."""
        path = f"v3/rooms/{part(room_id)}/redact/{part(event_id)}/{uuid4()}"
        body = {"reason": reason} if reason else {}
        return str((await self.api.call("PUT", path, body))["event_id"])

    async def mention(self, room_id: str, user_id: str, text: str) -> str:
        """Write to somebody with a pill in front, as Element does."""
        pill = f'<a href="https://matrix.to/#/{html.escape(user_id)}">{html.escape(user_id)}</a>'
        return await self.say(
            room_id,
            f"{user_id} {text}",
            formatted=f"{pill} {html.escape(text)}",
            mentions=[user_id],
        )

    # Files

    async def attach(self, room_id: str, parcel: Parcel, *, thread: str | None = None) -> str:
        """Send a file, encrypted, as Element does. Returns the id of the message."""
        sealed, keys = encrypt_attachment(parcel.data)
        content: Json = {
            "msgtype": parcel.msgtype,
            "body": parcel.caption or parcel.name,
            "filename": parcel.name,
            "file": {"url": await self.api.upload(sealed), **keys, **parcel.claims},
            "info": {"mimetype": parcel.mimetype, "size": len(parcel.data), **parcel.info},
            "m.mentions": {},
        }
        if thread is not None:
            content["m.relates_to"] = {
                "rel_type": "m.thread",
                "event_id": thread,
                "is_falling_back": True,
                "m.in_reply_to": {"event_id": self._thread_end(room_id, thread)},
            }
        return await self.send(room_id, content)

    async def opened(self, file: Mapping[str, Any]) -> bytes:
        """What is in an encrypted file that a message describes."""
        sealed = await self.api.download(str(file["url"]))
        data: bytes = decrypt_attachment(sealed, file["key"]["k"], file["hashes"]["sha256"], file["iv"])
        return data
