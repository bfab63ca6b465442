"""Making the device known before its first word: its keys on the server, signed by the bot's own identity.

An identity that is not ours is never replaced: people would be warned of a break-in, and rightly.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.matrix.http import Denied, Http, Json
from bot.matrix.identity import CrossSigning, public_key, verify_device
from bot.matrix.login import CannotStart, DamagedStore, read_json, write_secret
from bot.matrix.machine import Machine
from bot.pipeline.ports import Unavailable

_FILE = "identity.json"

logger = logging.getLogger(__name__)


class ForeignIdentity(CannotStart):
    """The account has a cross-signing identity that the bot did not make."""


class ForeignDevice(CannotStart):
    """The server has other keys for this device than the key store."""


class NotEnrolled(CannotStart):
    """The homeserver does not let the bot publish its identity."""


async def enrol(
    http: Http,
    machine: Machine,
    publish: Callable[[], Awaitable[None]],
    folder: Path,
    password: Callable[[], str],
) -> CrossSigning:
    """See to it that the device's keys are on the server, that the account has our identity, and that
    the device is signed by it.

    `publish` uploads the device's keys if that was never done. The password is asked for only if the
    server wants it. Raises ForeignIdentity, ForeignDevice, NotEnrolled, DamagedStore, Unavailable, LoggedOut.
    """
    identity = await asyncio.to_thread(_load, folder, machine.user_id)
    await _own_keys(http, machine)
    await publish()
    answer = await _own_keys(http, machine)
    server_master = public_key(answer["master_keys"].get(machine.user_id), machine.user_id, "master")
    if server_master is not None and (identity is None or identity.master_public != server_master):
        raise ForeignIdentity(
            f"{machine.user_id} already has a cross-signing identity that this bot did not make; use an "
            f"account of its own for the bot, or put the bot's own {_FILE} back into {folder}"
        )
    if identity is None:
        identity = await asyncio.to_thread(_make, folder, machine.user_id)
    if server_master is None:
        await _publish(http, machine.user_id, identity, password)
        answer = await _own_keys(http, machine)
    if not _signed(answer, machine, identity):
        await _sign(http, identity, _device(answer, machine))
        if not _signed(await _own_keys(http, machine), machine, identity):
            raise NotEnrolled("the homeserver does not show the signature of the bot's device")
        logger.info("the device is signed by the bot's identity")
    return identity


def _load(folder: Path, user_id: str) -> CrossSigning | None:
    data = read_json(folder / _FILE)
    if data is None:
        return None
    if data.get("user_id") != user_id:
        raise DamagedStore(f"{folder / _FILE} belongs to another account than {user_id}")
    try:
        return CrossSigning.from_json(data)
    except ValueError as error:
        raise DamagedStore(f"{folder / _FILE} is damaged: {error}") from None


def _make(folder: Path, user_id: str) -> CrossSigning:
    identity = CrossSigning.create()
    write_secret(folder / _FILE, json.dumps({"user_id": user_id, **identity.to_json()}).encode())
    return identity


async def _own_keys(http: Http, machine: Machine) -> Json:
    """What the server says of our own keys. Raises ForeignDevice if it is not what the key store says."""
    answer = await http.call("POST", "/keys/query", {"device_keys": {machine.user_id: []}})
    parts = {name: answer.get(name) for name in ("device_keys", "master_keys", "self_signing_keys")}
    known: Json = {name: part if isinstance(part, dict) else {} for name, part in parts.items()}
    device = (known["device_keys"].get(machine.user_id) or {}).get(machine.device_id)
    if device is not None and device.get("keys") != machine.device_keys()["keys"]:
        raise ForeignDevice(
            "the key store does not fit the device that the homeserver knows: move the folder 'olm' and the "
            "file session.json away, keep identity.json, and the bot logs in as a new device"
        )
    return known


def _device(answer: Json, machine: Machine) -> Json:
    try:
        return dict(answer["device_keys"][machine.user_id][machine.device_id])
    except (KeyError, TypeError):
        raise Unavailable("the homeserver does not list the bot's device yet") from None


def _signed(answer: Json, machine: Machine, identity: CrossSigning) -> bool:
    return verify_device(answer, machine.user_id, machine.device_id, master=identity.master_public)


async def _publish(http: Http, user_id: str, identity: CrossSigning, password: Callable[[], str]) -> None:
    """Upload the public keys, with the password if the server asks for it."""
    where, body = "/keys/device_signing/upload", identity.upload_body(user_id)
    try:
        await http.call("POST", where, body)
    except Denied as error:
        session = _password_session(error)
    else:
        return
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user_id},
        "password": await asyncio.to_thread(password),
        "session": session,
    }
    try:
        await http.call("POST", where, {**body, "auth": auth})
    except Denied:
        raise NotEnrolled(f"the homeserver does not accept the password of {user_id}") from None


def _password_session(error: Denied) -> object:
    """The id under which the server waits for the password (user-interactive authentication)."""
    flows = error.answer.get("flows")
    if error.status != 401 or not isinstance(flows, list):
        raise NotEnrolled(f"the homeserver does not take the bot's identity ({error.errcode})") from None
    if not any(isinstance(flow, dict) and flow.get("stages") == ["m.login.password"] for flow in flows):
        raise NotEnrolled(
            "the homeserver wants its own page to be opened before it takes the bot's identity: sign in "
            "there as the bot, allow the reset of its cryptographic identity, and start the bot again"
        ) from None
    return error.answer.get("session")


async def _sign(http: Http, identity: CrossSigning, device: Json) -> None:
    answer = await http.call("POST", "/keys/signatures/upload", identity.signature_body(device))
    if answer.get("failures"):
        raise NotEnrolled("the homeserver does not take the signature of the bot's device")
