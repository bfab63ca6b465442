"""The messages that a dispatch causes in a room, by the name under which the outbox keeps them.

The shared thread hangs under ACK in the author's room and under COPY in a twin's, and under ANEW in a room
that has succeeded the one where it began. INTRO is its first message there; VOICE is a message of the
thread, relayed.
"""

from __future__ import annotations

ACK = "ack"
COPY = "copy"
ANEW = "anew"
INTRO = "intro"
VOICE = "voice"

ROOTS = frozenset({ACK, COPY, ANEW})
MEDIA = frozenset({"m.image", "m.file", "m.video", "m.audio", "m.sticker", "m.location"})
