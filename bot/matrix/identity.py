"""The cross-signing identity of an account: three Ed25519 keys, and what is signed with them.

Pure: no network, no files. Objects are JSON as the client-server API carries them; signatures are
made over canonical JSON without `signatures` and `unsigned`, and written as unpadded base64
(Matrix specification, "Signing JSON" and "Cross-signing").
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from Crypto.PublicKey import ECC
from Crypto.PublicKey.ECC import EccKey
from Crypto.Signature import eddsa
from vodozemac import Ed25519PublicKey, Ed25519Signature

Json: TypeAlias = "dict[str, Any]"

_SEED_BYTES = 32


def canonical(value: Mapping[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def to_base64(data: bytes) -> str:
    """Base64 without padding."""
    return base64.b64encode(data).decode().rstrip("=")


def from_base64(text: str) -> bytes:
    """The reverse of `to_base64`; padding is allowed. Raises ValueError."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)


def _private(seed: bytes) -> EccKey:
    return ECC.construct(curve="Ed25519", seed=seed)


def _public(seed: bytes) -> str:
    return to_base64(_private(seed).public_key().export_key(format="raw"))


def _signed_part(value: Mapping[str, Any]) -> bytes:
    return canonical({k: v for k, v in value.items() if k not in ("signatures", "unsigned")})


@dataclass(frozen=True, slots=True, repr=False)
class CrossSigning:
    """The three secret seeds (32 bytes each) of one account."""

    master: bytes
    self_signing: bytes
    user_signing: bytes

    @classmethod
    def create(cls) -> CrossSigning:
        """A new identity from the system's random numbers."""
        return cls(os.urandom(_SEED_BYTES), os.urandom(_SEED_BYTES), os.urandom(_SEED_BYTES))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CrossSigning:
        """Read what `to_json` wrote. Raises ValueError."""
        seeds = []
        for name in ("master", "self_signing", "user_signing"):
            text = data.get(name)
            seed = from_base64(text) if isinstance(text, str) else b""
            if len(seed) != _SEED_BYTES:
                raise ValueError(f"the identity holds no valid {name} seed")
            seeds.append(seed)
        return cls(*seeds)

    def to_json(self) -> dict[str, str]:
        """The secret seeds, for a file of mode 0600."""
        return {
            "master": to_base64(self.master),
            "self_signing": to_base64(self.self_signing),
            "user_signing": to_base64(self.user_signing),
        }

    @property
    def master_public(self) -> str:
        """The public master key: the name of this identity."""
        return _public(self.master)

    def _sign(self, value: Mapping[str, Any], user_id: str, seed: bytes) -> Json:
        signature = eddsa.new(_private(seed), "rfc8032").sign(_signed_part(value))
        signatures = {user: dict(keys) for user, keys in value.get("signatures", {}).items()}
        signatures.setdefault(user_id, {})[f"ed25519:{_public(seed)}"] = to_base64(signature)
        return {**value, "signatures": signatures}

    def upload_body(self, user_id: str) -> Json:
        """The body of `POST /keys/device_signing/upload`, without `auth`."""

        def key(usage: str, seed: bytes) -> Json:
            public = _public(seed)
            return {"user_id": user_id, "usage": [usage], "keys": {f"ed25519:{public}": public}}

        return {
            "master_key": key("master", self.master),
            "self_signing_key": self._sign(key("self_signing", self.self_signing), user_id, self.master),
            "user_signing_key": self._sign(key("user_signing", self.user_signing), user_id, self.master),
        }

    def sign_device(self, device_keys: Mapping[str, Any]) -> Json:
        """A device's keys with the identity's signature added; `unsigned` is left out."""
        plain = {k: v for k, v in device_keys.items() if k != "unsigned"}
        return self._sign(plain, str(device_keys["user_id"]), self.self_signing)

    def signature_body(self, device_keys: Mapping[str, Any]) -> Json:
        """The body of `POST /keys/signatures/upload` that signs one of the account's own devices."""
        user_id, device_id = str(device_keys["user_id"]), str(device_keys["device_id"])
        return {user_id: {device_id: self.sign_device(device_keys)}}


def verify_signature(value: Mapping[str, Any], user_id: str, key_id: str, public: str) -> bool:
    """Whether `value` carries a valid signature `key_id` ("ed25519:…") of `user_id` by the key `public`."""
    try:
        signature = Ed25519Signature.from_base64(value["signatures"][user_id][key_id].rstrip("="))
        key = Ed25519PublicKey.from_base64(public.rstrip("="))
        key.verify_signature(_signed_part(value), signature)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return True


def public_key(key: object, user_id: str, usage: str) -> str | None:
    """The public part of a cross-signing key object if it is well-formed and of that user and usage."""
    if not isinstance(key, Mapping) or key.get("user_id") != user_id:
        return None
    usages, keys = key.get("usage"), key.get("keys")
    if not isinstance(usages, list) or usage not in usages or not isinstance(keys, Mapping) or len(keys) != 1:
        return None
    (key_id, public), *_ = keys.items()
    return public if isinstance(public, str) and key_id == f"ed25519:{public}" else None


def verify_device(answer: Mapping[str, Any], user_id: str, device_id: str, master: str | None = None) -> bool:
    """Whether an answer of `POST /keys/query` shows the device as signed by its owner's identity.

    With `master` the owner's public master key has to be that one.
    """
    try:
        device = answer["device_keys"][user_id][device_id]
        master_key = answer["master_keys"][user_id]
        self_signing_key = answer["self_signing_keys"][user_id]
    except (KeyError, TypeError):
        return False
    top = public_key(master_key, user_id, "master")
    own = public_key(self_signing_key, user_id, "self_signing")
    if top is None or own is None or (master is not None and top != master):
        return False
    if not isinstance(device, Mapping) or (device.get("user_id"), device.get("device_id")) != (
        user_id,
        device_id,
    ):
        return False
    return verify_signature(self_signing_key, user_id, f"ed25519:{top}", top) and verify_signature(
        device, user_id, f"ed25519:{own}", own
    )
