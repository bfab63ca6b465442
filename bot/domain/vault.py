"""Where the secrets of audits lie: outside the database, in no backup, so that they can be destroyed."""

from __future__ import annotations

from typing import Protocol

from bot.domain.ids import pseudonym


class Vault(Protocol):
    """One secret for each audit. Calls are short, and come from the database's thread alone."""

    def create(self, audit: int) -> None:
        """Make the audit's secret, on the disk when this returns; one that is there is replaced."""
        ...

    def read(self, audit: int) -> bytes | None:
        """The audit's secret, None where it is not there (any more)."""
        ...

    def destroy(self, audit: int) -> None:
        """Overwrite and remove the secret; nothing happens if it is not there."""
        ...

    def known(self) -> frozenset[int]:
        """The audits that have a secret."""
        ...

    def remember(self, count: int) -> None:
        """Remember how far the database is; forgotten with the last secret."""
        ...

    def remembered(self) -> int:
        """How far the database was when that was last remembered; 0 if it was not."""
        ...


def token(secret: bytes, person: str) -> str:
    """A person in an audit, which leads back to nobody without the audit's secret."""
    return pseudonym(secret, "audit", person)


def veils(vault: Vault, event_id: str) -> list[str]:
    """Names for an event of a direct chat, one for each audit, which leads to it while that audit is open."""
    secrets = [secret for audit in sorted(vault.known()) if (secret := vault.read(audit)) is not None]
    return [pseudonym(secret, "seen", event_id) for secret in secrets]
