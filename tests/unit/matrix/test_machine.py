"""The Olm machine and our checks around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.matrix.machine import Machine
from bot.matrix.opening import Drop, Forged, NoKey
from bot.matrix.wire import loads
from tests.unit.matrix.pair import ANA, BOT, ROOM, Pair, learn, machine


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    both = Pair(tmp_path)
    yield both
    both.close()


def test_a_shared_key_opens_the_message(pair: Pair) -> None:
    sessions = pair.share()
    event = pair.event()
    assert sessions == {event["content"]["session_id"]}
    opened = pair.open(ROOM, event)
    assert (opened.type, opened.content) == ("m.room.message", {"msgtype": "m.text", "body": "hello"})


def test_keys_are_on_disk_before_they_are_used(pair: Pair) -> None:
    pair.share()
    pair.restart_bot()
    assert pair.open(ROOM, pair.event()).content["body"] == "hello"


def test_a_key_message_that_comes_again_is_harmless(pair: Pair) -> None:
    message = pair.room_key()
    assert pair.receive([message])
    assert pair.receive([message]) == frozenset()
    pair.restart_bot()
    assert pair.receive([message]) == frozenset()
    assert pair.open(ROOM, pair.event()).content["body"] == "hello"
    assert pair.receive([pair.room_key()]) == frozenset()


def test_a_later_key_does_not_take_the_place_of_an_earlier_one(pair: Pair) -> None:
    first = pair.event()
    early = pair.room_key()
    second = pair.event()
    late = pair.room_key()
    assert pair.receive([late])
    with pytest.raises(NoKey):
        pair.open(ROOM, second)
    assert pair.receive([early])
    assert pair.open(ROOM, second).content["body"] == "hello"
    with pytest.raises(NoKey):
        pair.open(ROOM, first)
    assert pair.receive([late]) == frozenset()
    pair.restart_bot()
    assert pair.open(ROOM, second).content["body"] == "hello"


def test_somebody_else_cannot_claim_a_room_key(pair: Pair, tmp_path: Path) -> None:
    eve = machine(tmp_path, "@eve:example.org", "EVE")
    learn(eve, BOT, {"SERVER": pair.bot.device_keys()})
    (device,) = eve.devices(BOT)
    assert eve.start_session(device, dict([next(pair.one_time_keys)]))
    pair.share()
    assert pair.receive([pair.room_key(eve)]) == frozenset()
    assert pair.bot.guard.dropped[Drop.MALFORMED] == 1
    assert pair.receive([pair.room_key(room_id="!other:example.org")]) == frozenset()
    pair.restart_bot()
    assert pair.open(ROOM, pair.event()).content["body"] == "hello"
    eve.close()


def test_a_message_under_another_name_is_not_opened(pair: Pair, tmp_path: Path) -> None:
    pair.share()
    event = pair.event(sender="@eve:example.org")
    with pytest.raises(NoKey) as missing:
        pair.open(ROOM, event)
    assert missing.value.owner_of == pair.ana.curve25519
    assert pair.bot.belongs_to_another("@eve:example.org", pair.ana.curve25519)
    eve = machine(tmp_path, "@eve:example.org", "EVE")
    theirs = eve.device_keys()
    learn(pair.bot, "@eve:example.org", {"EVE": theirs})
    with pytest.raises(NoKey):
        pair.open(ROOM, event)
    eve.close()


def test_a_device_that_claims_anothers_encryption_key_gains_nothing(pair: Pair, tmp_path: Path) -> None:
    pair.share()
    eve = machine(tmp_path, "@eve:example.org", "EVE")
    stolen = eve.device_keys()
    del stolen["signatures"]
    stolen["keys"]["curve25519:EVE"] = pair.ana.curve25519
    learn(pair.bot, "@eve:example.org", {"EVE": eve._signed(stolen)})
    assert [d.curve25519 for d in pair.bot.devices("@eve:example.org")] == [pair.ana.curve25519]
    with pytest.raises(Forged):
        pair.open(ROOM, pair.event(sender="@eve:example.org"))
    eve.close()


def test_what_a_device_wrote_before_it_went_can_be_read(pair: Pair) -> None:
    pair.share()
    learn(pair.bot, ANA, {})
    assert pair.bot.devices(ANA) == []
    assert pair.open(ROOM, pair.event()).content["body"] == "hello"


def test_a_message_for_another_room_is_not_opened(pair: Pair) -> None:
    pair.share()
    event = pair.event()
    with pytest.raises(Forged) as forged:
        pair.open("!other:example.org", event)
    assert forged.value.why is Drop.ELSEWHERE


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": "m.other"},
        {"algorithm": ["x"]},
        {"ciphertext": "AAAA"},
        {"ciphertext": {}},
        {"ciphertext": "☃"},
        {"session_id": None},
    ],
)
def test_damaged_events_are_forged(pair: Pair, change: dict[str, Any]) -> None:
    pair.share()
    event = pair.event(outer=change)
    with pytest.raises(Forged):
        pair.open(ROOM, event)


@pytest.mark.parametrize(
    "payload",
    [
        "[]",
        "{",
        '{"type": 1, "content": {}, "room_id": "%s"}',
        '{"type": "x", "room_id": "%s"}',
        "[" * 50_000,
    ],
)
def test_malformed_plaintext_is_forged(pair: Pair, payload: str) -> None:
    pair.share()
    session = pair.ana.outbound(ROOM)
    assert session is not None
    event = pair.event()
    event["content"]["ciphertext"] = session.encrypt(payload.replace("%s", ROOM))
    with pytest.raises(Forged):
        pair.open(ROOM, event)


def test_lone_surrogates_become_encodable(pair: Pair) -> None:
    pair.share()
    session = pair.ana.outbound(ROOM)
    assert session is not None
    event = pair.event()
    inner = json.dumps({"type": "t", "room_id": ROOM, "content": {"body": "\ud800 \U0001f600"}})
    event["content"]["ciphertext"] = session.encrypt(inner)
    assert pair.open(ROOM, event).content["body"].encode() == "? \U0001f600".encode()


def damaged_devices(pair: Pair) -> Iterator[Any]:
    good = pair.ana.device_keys()
    yield None
    yield {}
    yield {**good, "keys": {}}
    yield {**good, "keys": None}
    yield {**good, "signatures": {}}
    yield {**good, "signatures": {ANA: {"ed25519:PHONE": "AAAA"}}}
    yield {**good, "user_id": BOT}
    yield {**good, "keys": {**good["keys"], "curve25519:PHONE": 7}}
    yield {**good, "keys": {**good["keys"], "ed25519:PHONE": "short"}}


def test_a_damaged_device_does_not_spoil_the_others(pair: Pair, tmp_path: Path) -> None:
    tablet = machine(tmp_path, ANA, "TABLET")
    for damaged in damaged_devices(pair):
        learn(pair.bot, ANA, {"PHONE": damaged, "TABLET": tablet.device_keys()})
        assert [device.id for device in pair.bot.devices(ANA)] == ["TABLET"]
    tablet.close()


def test_a_device_does_not_change_its_signing_key(pair: Pair, tmp_path: Path) -> None:
    other = Machine(ANA, "PHONE", tmp_path / "other", "key")
    learn(pair.bot, ANA, {"PHONE": other.device_keys()})
    (device,) = pair.bot.devices(ANA)
    assert device.ed25519 == pair.ana.ed25519
    other.close()


@pytest.mark.parametrize(
    "claimed", [None, {}, [], {"signed_curve25519:A": None}, {"signed_curve25519:A": {}}]
)
def test_a_bad_one_time_key_starts_no_session(pair: Pair, claimed: object) -> None:
    (device,) = pair.bot.devices(ANA)
    assert not pair.bot.start_session(device, claimed)
    assert not pair.bot.has_session(device)


def test_an_unsigned_one_time_key_starts_no_session(pair: Pair) -> None:
    upload = pair.ana.key_upload(0, fallback=False)
    assert upload is not None
    name, key = next(iter(upload["one_time_keys"].items()))
    (device,) = pair.bot.devices(ANA)
    assert not pair.bot.start_session(device, {name: {**key, "key": "A" * 43}})
    assert pair.bot.start_session(device, {name: key})


def test_one_time_keys_that_may_not_have_arrived_are_offered_again(pair: Pair) -> None:
    first = pair.ana.key_upload(0, fallback=True)
    pair.ana.close()
    pair.ana = machine(pair.folder, ANA, "PHONE")
    assert pair.ana.key_upload(0, fallback=True) == first
    pair.ana.uploaded()
    assert pair.ana.key_upload(50, fallback=False) is None
    later = pair.ana.key_upload(30, fallback=False)
    assert first is not None
    assert later is not None
    assert len(later["one_time_keys"]) == 20
    assert not later["one_time_keys"].keys() & first["one_time_keys"].keys()


def test_a_used_one_time_key_is_gone_after_a_restart(pair: Pair, tmp_path: Path) -> None:
    name_and_key = dict([next(pair.one_time_keys)])
    eves = [machine(tmp_path, "@eve:example.org", name) for name in ("EVE1", "EVE2")]
    heard = []
    for eve in eves:
        learn(eve, BOT, {"SERVER": pair.bot.device_keys()})
        (device,) = eve.devices(BOT)
        assert eve.start_session(device, name_and_key)
        session = eve.new_outbound(ROOM, {})
        key = {"session_id": session.id, "session_key": session.session_key}
        heard.append(bool(pair.receive([pair.room_key(eve, **key)])))
        pair.restart_bot()
        eve.close()
    assert heard == [True, False]


def test_the_store_does_not_open_with_another_key(pair: Pair) -> None:
    pair.bot.close()
    with pytest.raises(ValueError, match=r".*"):
        Machine(BOT, "SERVER", pair.folder / "SERVER", "another key")


@pytest.mark.parametrize(
    ("settings", "messages", "hours"),
    [
        ({}, 100, 168),
        ({"rotation_period_msgs": 5, "rotation_period_ms": 7_200_000}, 5, 2),
        ({"rotation_period_msgs": 0, "rotation_period_ms": 1}, 1, 1),
        ({"rotation_period_msgs": 10**9, "rotation_period_ms": 10**15}, 10_000, 168),
        ({"rotation_period_msgs": "5", "rotation_period_ms": None}, 100, 168),
        ({"rotation_period_msgs": True}, 100, 168),
    ],
)
def test_the_room_key_is_renewed_as_the_room_wants_within_reason(
    pair: Pair, settings: dict[str, Any], messages: int, hours: int
) -> None:
    session = pair.ana.new_outbound(ROOM, settings)
    assert session.max_messages == messages
    assert session.max_age.total_seconds() == hours * 3600


def test_a_room_key_is_deleted_30_days_after_its_last_use(pair: Pair) -> None:
    pair.share()
    early = pair.event()
    pair.open(ROOM, early)
    pair.now += timedelta(days=20)
    pair.open(ROOM, pair.event())
    pair.now += timedelta(days=30)
    assert pair.bot.tidy(pair.now) == 0
    pair.restart_bot()
    assert pair.open(ROOM, early).type == "m.room.message"
    pair.now += timedelta(days=31)
    late = pair.event()
    assert pair.bot.tidy(pair.now) == 1
    with pytest.raises(NoKey):
        pair.open(ROOM, late)
    pair.restart_bot()
    with pytest.raises(NoKey):
        pair.open(ROOM, late)


def test_keys_for_what_the_bot_says_are_not_kept(pair: Pair) -> None:
    assert pair.ana.outbound(ROOM) is not None
    assert list(pair.ana._olm.inbound_group_store) == []
    assert pair.ana.tidy(pair.now + timedelta(days=400)) == 0
    assert pair.ana.outbound(ROOM) is not None


def test_no_count_of_the_server_makes_more_keys_than_a_device_keeps(pair: Pair) -> None:
    upload = pair.ana.key_upload(-(10**9), fallback=False)
    assert upload is not None
    assert len(upload["one_time_keys"]) == 50


def test_a_number_beyond_reason_spoils_nothing_that_came_with_it() -> None:
    found = loads('{"depth": %s, "age": 7, "body": "hello", "lost": "\\ud800"}' % ("9" * 5000))
    assert found == {"depth": 0, "age": 7, "body": "hello", "lost": "?"}
    with pytest.raises(ValueError, match="Expecting"):
        loads("{")
