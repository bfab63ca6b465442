"""Keys of rooms moved on, so that nothing on the disk opens what was said before, whoever gets hold of it.

A key is moved on to the first message that has not been read, since people's clients go on using it.
"""

from __future__ import annotations

from nio.crypto import InboundGroupSession

from bot.matrix.guard import Guard
from bot.matrix.olm import OlmMachine
from bot.matrix.store import KeyStore


def move_on(olm: OlmMachine, store: KeyStore, guard: Guard, room_id: str) -> None:
    """Do so for all keys of a room. Raises Unavailable while a message of it is being handled."""
    known = [session for session in olm.owners.values() if session.room_id == room_id]
    moved = [_moved_on(session, guard.next(session.id)) for session in known]
    with store.saving():
        for session in moved:
            olm.replace_group_session(session)
    olm.outbound_group_sessions.pop(room_id, None)
    guard.forget(session.id for session in moved)
    store.rewrite()


def _moved_on(session: InboundGroupSession, index: int) -> InboundGroupSession:
    """The key of the messages from a number on: from it no earlier one can be had."""
    if index <= session.first_known_index:
        return session
    return InboundGroupSession.import_session(
        session.export_session(index),
        session.ed25519,
        session.sender_key,
        session.room_id,
        session.forwarding_chain,
    )
