"""The room that the bot makes for itself and one person."""

from __future__ import annotations

from typing import Any, TypeAlias

from bot.matrix.machine import MEGOLM
from bot.matrix.wire import MARKER_KEY

Json: TypeAlias = "dict[str, Any]"


def direct_chat(user_id: str, marker: str) -> Json:
    """The request for an encrypted direct chat, into which nobody but the bot can invite.

    It has no name: clients show that of the bot. Who comes later reads nothing from before.
    """
    return {
        "preset": "private_chat",
        "visibility": "private",
        "is_direct": True,
        "invite": [user_id],
        "creation_content": {MARKER_KEY: marker},
        "initial_state": [
            {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": MEGOLM}},
            {
                "type": "m.room.history_visibility",
                "state_key": "",
                "content": {"history_visibility": "invited"},
            },
            {"type": "m.room.guest_access", "state_key": "", "content": {"guest_access": "forbidden"}},
        ],
        "power_level_content_override": {"invite": 100},
    }
