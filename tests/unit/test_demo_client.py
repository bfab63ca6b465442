"""The client of a demonstration's person: what it makes of a sync."""

from __future__ import annotations

from typing import Any

from bot.demo.client import Client
from bot.demo.synapse import Account

ROOM, ROSA = "!one:here.example", "@rosa:here.example"


def _member(membership: str) -> dict[str, Any]:
    return {
        "type": "m.room.member",
        "state_key": ROSA,
        "event_id": f"${membership}",
        "sender": ROSA,
        "content": {"membership": membership},
    }


async def test_somebody_who_came_is_not_invited_again_by_what_others_had_not_seen_yet() -> None:
    client = Client("http://here.example", Account("@lucia:here.example", "a long password"))
    invited, joined = {"events": [_member("invite")]}, {"events": [_member("join")]}
    await client._take_room(ROOM, {"state": invited})
    assert client.rooms[ROOM].members == {ROSA: "invite"}
    await client._take_room(ROOM, {"timeline": joined})
    await client._take_room(ROOM, {"state": invited, "timeline": {"events": []}})
    assert client.rooms[ROOM].members == {ROSA: "join"}
