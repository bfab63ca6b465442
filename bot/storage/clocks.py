"""What the clock showed when it was last believed."""

from __future__ import annotations

from bot.domain.clockwork import Account, Running
from bot.storage.db import Reading, Tx, from_ms, to_ms


async def load(tx: Reading) -> Account | None:
    """The account, if there ever was one."""
    row = await tx.one("SELECT * FROM clock")
    if row is None:
        return None
    held_at = from_ms(row["held_at"]) if row["held_at"] is not None else None
    return Account(Running(row["boot"], row["seconds"]), from_ms(row["at"]), held_at)


async def save(tx: Tx, account: Account) -> None:
    """Replace the account."""
    await tx.run(
        "INSERT OR REPLACE INTO clock VALUES (1, ?, ?, ?, ?)",
        account.running.boot,
        account.running.seconds,
        to_ms(account.at),
        to_ms(account.held_at) if account.held_at is not None else None,
    )


async def is_held(tx: Reading) -> bool:
    """Whether the clock is not believed now."""
    return await tx.value("SELECT held_at FROM clock") is not None


async def forget(tx: Tx) -> None:
    """The next tick begins a new account."""
    await tx.run("DELETE FROM clock")
