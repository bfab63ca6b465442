"""Whose devices there are: kept up to date with the server before anything is encrypted for them.

Nothing of it survives a restart on purpose: after one, every user is asked for again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from nio.crypto import OlmDevice

from bot.log import Plain
from bot.matrix.backoff import insist
from bot.matrix.http import Http
from bot.matrix.machine import Machine
from bot.pipeline.ports import Clock, Refused

logger = logging.getLogger(__name__)

_AT_ONCE = 200  # users in one request
_FAR_AWAY = 60.0  # seconds until a server that did not answer is asked again


def may_read(device: OlmDevice) -> bool:
    """Whether a device is given keys. The one place for trust; every device of a member is, for now."""
    return not device.deleted


class Devices:
    """The device lists of the users the bot shares rooms with."""

    def __init__(self, machine: Machine, http: Http, clock: Clock) -> None:
        self._machine = machine
        self._http = http
        self._clock = clock
        self._current: set[str] = set()
        self._unanswered: dict[str, float] = {}  # user → when their server may be asked again
        self._asking = asyncio.Lock()

    def changed(self, users: Iterable[object]) -> None:
        """The server says that these users' devices have changed, or that they are strangers now."""
        for user in users:
            if isinstance(user, str):
                self._current.discard(user)
                self._unanswered.pop(user, None)

    def of(self, user_id: str) -> list[OlmDevice]:
        """The devices of a user that are given keys."""
        return [device for device in self._machine.devices(user_id) if may_read(device)]

    def silent(self, user_id: str) -> bool:
        """Whether the user's server did not answer, so that their devices may be others."""
        return user_id in self._unanswered

    def _outdated(self, users: Iterable[str]) -> list[str]:
        now = self._clock.now().timestamp()
        return sorted({u for u in users if u not in self._current and self._unanswered.get(u, 0.0) <= now})

    async def refresh(self, users: Iterable[str]) -> None:
        """Ask for the devices of those users that are new or changed. Raises Unavailable, LoggedOut."""
        wanted = set(users)
        if not self._outdated(wanted):
            return
        async with self._asking:
            missing = self._outdated(wanted)
            for start in range(0, len(missing), _AT_ONCE):
                await self._ask_all(missing[start : start + _AT_ONCE])

    async def _ask_all(self, users: list[str]) -> None:
        """Ask for several at once; if the server refuses that, for each: one must not harm the others."""
        try:
            await self._ask(users)
        except Refused as error:
            logger.warning("a key query was refused: %s", Plain(error))
            if len(users) == 1:
                self._unanswered[users[0]] = self._clock.now().timestamp() + _FAR_AWAY
                return
            for user in users:
                await self._ask_all([user])

    async def _ask(self, users: list[str]) -> None:
        body = {"device_keys": {user: [] for user in users}, "timeout": 10_000}
        self._current.update(users)  # first, so that a change during the request is not lost
        try:
            answer = await insist(self._clock, lambda: self._http.call("POST", "/keys/query", body))
        except BaseException:
            self._current.difference_update(users)
            raise
        listed = answer.get("device_keys")
        given = {user: listed[user] for user in users if user in listed} if isinstance(listed, dict) else {}
        for start in range(0, len(users), 10):
            self._machine.learn_devices({u: given[u] for u in users[start : start + 10] if u in given})
            await asyncio.sleep(0)
        self._note_failures([user for user in users if user not in given], answer.get("failures"))

    def _note_failures(self, absent: list[str], failures: object) -> None:
        servers = failures if isinstance(failures, dict) else {}
        for user in absent:
            if user.partition(":")[2] in servers:
                self._current.discard(user)
                self._unanswered[user] = self._clock.now().timestamp() + _FAR_AWAY
            else:
                self._machine.learn_devices({user: {}})
