"""Making the device known before its first word: its keys on the server, signed by the bot's own identity.

An identity that is not ours is never replaced: people would be warned of a break-in, and rightly.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.matrix.consent import Consent, NotEnrolled
from bot.matrix.http import Http, Json
from bot.matrix.identity import CrossSigning, public_key, verify_device
from bot.matrix.login import CannotStart
from bot.matrix.machine import Machine
from bot.matrix.seeds import Seeds
from bot.pipeline.ports import Unavailable

logger = logging.getLogger(__name__)


class ForeignIdentity(CannotStart):
    """The account has a cross-signing identity that the bot does not hold."""


class ForeignDevice(CannotStart):
    """The server has other keys for this device than the key store."""


async def enrol(
    http: Http,
    machine: Machine,
    publish: Callable[[], Awaitable[None]],
    seeds: Seeds,
    consent: Consent,
) -> CrossSigning:
    """See to it that the device's keys are on the server, that the account has our identity, and that
    the device is signed by it.

    `publish` uploads the device's keys if that was never done. The host is asked only if the server wants
    it. Raises ForeignIdentity, ForeignDevice, NotEnrolled, DamagedStore, Unwritable, Unavailable, LoggedOut.
    """
    identity = await asyncio.to_thread(seeds.load, machine.user_id)
    await _own_keys(http, machine)
    await publish()
    answer = await _own_keys(http, machine)
    server_master = public_key(answer["master_keys"].get(machine.user_id), machine.user_id, "master")
    if server_master is not None and (identity is None or identity.master_public != server_master):
        raise ForeignIdentity(foreign(machine.user_id, seeds))
    if identity is None:
        identity = CrossSigning.create()
        await asyncio.to_thread(seeds.keep, machine.user_id, identity)
    if server_master is None:
        body = identity.upload_body(machine.user_id)
        await consent.post(http, "/keys/device_signing/upload", body, machine.user_id)
        answer = await _own_keys(http, machine)
    if not _signed(answer, machine, identity):
        await _sign(http, identity, _device(answer, machine))
        if not _signed(await _own_keys(http, machine), machine, identity):
            raise NotEnrolled("the homeserver does not show the signature of the bot's device")
        logger.info("the device is signed by the bot's identity")
    return identity


def foreign(user_id: str, seeds: Seeds) -> str:
    """The sentence for an account whose identity is not the one kept here."""
    return (
        f"{user_id} already has a cryptographic identity that is not the one in {seeds.file}, and it is "
        "never replaced: `twinline identity recover` adopts it with its recovery key; otherwise give the bot "
        "an account of its own"
    )


async def _own_keys(http: Http, machine: Machine) -> Json:
    """What the server says of our own keys. Raises ForeignDevice if it is not what the key store says."""
    answer = await http.call("POST", "/keys/query", {"device_keys": {machine.user_id: []}})
    parts = {name: answer.get(name) for name in ("device_keys", "master_keys", "self_signing_keys")}
    known: Json = {name: part if isinstance(part, dict) else {} for name, part in parts.items()}
    device = (known["device_keys"].get(machine.user_id) or {}).get(machine.device_id)
    if device is not None and device.get("keys") != machine.device_keys()["keys"]:
        raise ForeignDevice(
            "the key store (the folder olm) does not fit the device that the homeserver knows; "
            "`twinline identity new-device` makes a new one, and nobody is warned of it"
        )
    return known


def _device(answer: Json, machine: Machine) -> Json:
    try:
        return dict(answer["device_keys"][machine.user_id][machine.device_id])
    except (KeyError, TypeError):
        raise Unavailable("the homeserver does not list the bot's device yet") from None


def _signed(answer: Json, machine: Machine, identity: CrossSigning) -> bool:
    return verify_device(answer, machine.user_id, machine.device_id, master=identity.master_public)


async def _sign(http: Http, identity: CrossSigning, device: Json) -> None:
    answer = await http.call("POST", "/keys/signatures/upload", identity.signature_body(device))
    if answer.get("failures"):
        raise NotEnrolled("the homeserver does not take the signature of the bot's device")
