"""nio's Olm machine, which decides here which room keys are kept, and counts every change of its keys."""

from __future__ import annotations

from nio.crypto import InboundGroupSession, OlmAccount, Session
from nio.crypto.olm_machine import Olm
from nio.store import MatrixStore

from bot.matrix.epoch import Epoch


class Forged(Exception):
    """The message is not what it claims to be, or is malformed. The text holds nothing of the message."""


class OurOlm(Olm):  # type: ignore[misc]  # untyped in nio
    """The machine of one device."""

    def __init__(self, user_id: str, device_id: str, store: MatrixStore) -> None:
        self.epoch = Epoch(store.database)
        super().__init__(user_id, device_id, store)
        self.owners: dict[str, InboundGroupSession] = {s.id: s for s in self.inbound_group_store}
        self.fresh: set[str] = set()

    def save_account(self, account: OlmAccount | None = None) -> None:
        with self.store.database.atomic():
            super().save_account(account)
            self.epoch.advance()

    def save_session(self, curve_key: str, session: Session) -> None:
        with self.store.database.atomic():
            super().save_session(curve_key, session)
            self.epoch.advance()

    def create_group_session(
        self, sender_key: str, sender_fp_key: str, room_id: str, session_id: str, session_key: str
    ) -> None:
        """Keep a room key unless it is another's, or no better than the one at hand."""
        new = InboundGroupSession(session_key, sender_fp_key, sender_key, room_id)
        if new.id != session_id:
            raise Forged("a room key has another id than it claims")
        old = self.owners.get(session_id)
        if old is not None:
            if (old.room_id, old.sender_key, old.ed25519) != (room_id, sender_key, sender_fp_key):
                raise Forged("a room key belongs to another device or room")
            if old.first_known_index <= new.first_known_index:
                return
        self.inbound_group_store.add(new)
        self.save_inbound_group_session(new)
        self.owners[session_id] = new
        self.fresh.add(session_id)
