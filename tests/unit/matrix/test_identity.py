"""The cross-signing identity: what is signed with it verifies, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from bot.matrix.identity import (
    CrossSigning,
    canonical,
    from_base64,
    to_base64,
    verify_device,
    verify_signature,
)

USER = "@bot:example.org"
DEVICE = {
    "user_id": USER,
    "device_id": "ABC",
    "algorithms": ["m.megolm.v1.aes-sha2"],
    "keys": {"ed25519:ABC": "x", "curve25519:ABC": "y"},
    "signatures": {USER: {"ed25519:ABC": "own"}},
}


def answer(identity: CrossSigning) -> dict[str, Any]:
    body = identity.upload_body(USER)
    return {
        "device_keys": {USER: {"ABC": {**identity.sign_device(DEVICE), "unsigned": {"name": "phone"}}}},
        "master_keys": {USER: body["master_key"]},
        "self_signing_keys": {USER: body["self_signing_key"]},
    }


def test_a_device_signed_by_the_identity_verifies() -> None:
    identity = CrossSigning.create()
    assert verify_device(answer(identity), USER, "ABC")
    assert verify_device(answer(identity), USER, "ABC", master=identity.master_public)


def test_the_device_keeps_its_own_signature() -> None:
    signed = CrossSigning.create().sign_device(DEVICE)
    assert signed["signatures"][USER]["ed25519:ABC"] == "own"
    assert len(signed["signatures"][USER]) == 2
    assert DEVICE["signatures"] == {USER: {"ed25519:ABC": "own"}}


def test_another_master_key_than_the_pinned_one_does_not_verify() -> None:
    assert not verify_device(
        answer(CrossSigning.create()), USER, "ABC", master=CrossSigning.create().master_public
    )


def test_a_device_signed_by_another_identity_does_not_verify() -> None:
    mixed = answer(CrossSigning.create())
    mixed["device_keys"][USER]["ABC"] = CrossSigning.create().sign_device(DEVICE)
    assert not verify_device(mixed, USER, "ABC")


def test_a_self_signing_key_of_another_master_does_not_verify() -> None:
    mixed = answer(CrossSigning.create())
    mixed["master_keys"][USER] = CrossSigning.create().upload_body(USER)["master_key"]
    assert not verify_device(mixed, USER, "ABC")


@pytest.mark.parametrize("change", [{"keys": {}}, {"user_id": "@eve:example.org"}, {"device_id": "XYZ"}])
def test_a_changed_device_does_not_verify(change: dict[str, Any]) -> None:
    changed = answer(CrossSigning.create())
    changed["device_keys"][USER]["ABC"].update(change)
    assert not verify_device(changed, USER, "ABC")


@pytest.mark.parametrize("part", ["device_keys", "master_keys", "self_signing_keys"])
@pytest.mark.parametrize("value", [None, {}, {USER: None}, {USER: {"ABC": 1}}, {USER: {"keys": 3}}, "text"])
def test_malformed_answers_do_not_verify(part: str, value: object) -> None:
    broken = {**answer(CrossSigning.create()), part: value}
    assert not verify_device(broken, USER, "ABC")


def test_seeds_survive_being_written_and_read() -> None:
    identity = CrossSigning.create()
    assert CrossSigning.from_json(identity.to_json()) == identity


@pytest.mark.parametrize("seed", ["", "AAAA", None, "not base64!"])
def test_damaged_seeds_are_refused(seed: str | None) -> None:
    with pytest.raises(ValueError, match=r"base64|seed|padding|encoded"):
        CrossSigning.from_json({**CrossSigning.create().to_json(), "master": seed})


def test_an_identity_does_not_show_its_seeds() -> None:
    identity = CrossSigning.create()
    assert to_base64(identity.master) not in repr(identity)


def test_a_signature_of_the_specification_verifies() -> None:
    """Test vector of the appendix "Cryptographic Test Vectors": empty object, seed YJDBA9…."""
    seed = from_base64("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1")
    public = CrossSigning(seed, seed, seed).master_public
    signature = "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"
    signed = {"signatures": {"domain": {"ed25519:1": signature}}}
    assert verify_signature(signed, "domain", "ed25519:1", public)


def test_canonical_json_is_sorted_and_not_escaped() -> None:
    assert canonical({"b": "本", "a": {"d": 1, "c": None}}) == '{"a":{"c":null,"d":1},"b":"本"}'.encode()


def test_base64_has_no_padding() -> None:
    assert to_base64(b"ab") == "YWI"
    assert from_base64("YWI") == from_base64("YWI=") == b"ab"
