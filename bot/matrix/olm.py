"""nio's Olm machine with our choice of which room keys are kept, and a count of its changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nio.crypto import InboundGroupSession, OlmAccount, OlmDevice, Session
from nio.crypto.olm_machine import Olm
from nio.store import MatrixStore

from bot.matrix.epoch import Epoch
from bot.matrix.opening import Forged


class OlmMachine(Olm):  # type: ignore[misc]  # untyped in nio
    """nio's machine, which decides here which room keys are kept, and counts every change of the others."""

    def __init__(self, user_id: str, device_id: str, store: MatrixStore) -> None:
        self.epoch = Epoch(store.database)
        super().__init__(user_id, device_id, store)
        self.owners: dict[str, InboundGroupSession] = {s.id: s for s in self.inbound_group_store}
        self.fresh: set[str] = set()
        run = store.database.execute_sql
        run("CREATE TABLE IF NOT EXISTS moved (session_id TEXT PRIMARY KEY)")
        self.moved: set[str] = {str(row[0]) for row in run("SELECT session_id FROM moved").fetchall()}
        """The keys that were moved on: one that comes again would open what was closed."""

    def save_account(self, account: OlmAccount | None = None) -> None:
        with self.store.database.atomic():
            super().save_account(account)
            self.epoch.advance()

    def save_session(self, curve_key: str, session: Session) -> None:
        with self.store.database.atomic():
            super().save_session(curve_key, session)
            self.epoch.advance()

    def save_devices(self, devices: Iterable[OlmDevice]) -> None:
        """As nio's store does it, in a tenth of the time, since rooms may have hundreds of devices."""
        run = self.store.database.execute_sql
        ((account,),) = run(
            "SELECT id FROM accounts WHERE user_id = ? AND device_id = ?", (self.user_id, self.device_id)
        ).fetchall()
        for device in devices:
            key = (account, device.user_id, device.id)
            run(
                "INSERT INTO devicekeys (account_id, user_id, device_id, display_name, deleted)"
                " VALUES (?, ?, ?, '', ?)"
                " ON CONFLICT (account_id, user_id, device_id) DO UPDATE SET deleted = excluded.deleted",
                (*key, device.deleted),
            )
            for kind, value in device.keys.items():
                run(
                    "INSERT OR REPLACE INTO keys (key_type, key, device_id) SELECT ?, ?, id FROM devicekeys"
                    " WHERE account_id = ? AND user_id = ? AND device_id = ?",
                    (kind, value, *key),
                )

    def create_group_session(
        self, sender_key: str, sender_fp_key: str, room_id: str, session_id: str, session_key: str
    ) -> None:
        """Keep a room key unless it is another's, or no better than the one at hand.

        The bot's own are not kept: nothing on its disk opens what it has said.
        """
        if sender_key == self.account.identity_keys["curve25519"]:
            return
        new = InboundGroupSession(session_key, sender_fp_key, sender_key, room_id)
        if new.id != session_id:
            raise Forged("a room key has another id than it claims")
        old = self.owners.get(session_id)
        if old is not None:
            if (old.room_id, old.sender_key, old.ed25519) != (room_id, sender_key, sender_fp_key):
                raise Forged("a room key belongs to another device or room")
            if old.first_known_index <= new.first_known_index or session_id in self.moved:
                return
        self.inbound_group_store.add(new)
        self.save_inbound_group_session(new)
        self.owners[session_id] = new
        self.fresh.add(session_id)

    def replace_group_session(self, session: InboundGroupSession) -> None:
        """Keep this instead of the room key of the same id, and no better one, should that come again."""
        self.moved.add(session.id)
        self.store.database.execute_sql("INSERT OR IGNORE INTO moved VALUES (?)", (session.id,))
        self.inbound_group_store.add(session)
        self.save_inbound_group_session(session)
        self.owners[session.id] = session

    def mend(self, event: Mapping[str, Any]) -> None:
        """Have a new session made with the device whose message could not be handled, if it is known."""
        sender, content = event.get("sender"), event.get("content")
        sender_key = content.get("sender_key") if isinstance(content, Mapping) else None
        if isinstance(sender, str) and isinstance(sender_key, str):
            self._mark_device_for_unwedging(sender, sender_key)
