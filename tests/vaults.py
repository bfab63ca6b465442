"""The fake of the port that keeps the secrets of audits."""

from __future__ import annotations

import secrets


class MemoryVault:
    """The port Vault, in memory."""

    def __init__(self) -> None:
        self.secrets: dict[int, bytes] = {}
        self.count = 0

    def remember(self, count: int) -> None:
        self.count = count

    def remembered(self) -> int:
        return self.count

    def create(self, audit: int) -> None:
        self.secrets[audit] = secrets.token_bytes(32)

    def read(self, audit: int) -> bytes | None:
        return self.secrets.get(audit)

    def destroy(self, audit: int) -> None:
        self.secrets.pop(audit, None)
        self.count = self.count if self.secrets else 0

    def known(self) -> frozenset[int]:
        return frozenset(self.secrets)
