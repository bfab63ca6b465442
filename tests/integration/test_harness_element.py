"""The people on Element's SDK as a measuring instrument: strict, and able to see what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.demo.synapse import Synapse
from tests.element.node import ElementError, Node
from tests.element.stage import Elements
from tests.integration.conftest import Cast


async def test_unsigned_devices_are_excluded_both_ways(elements: Elements, cast: Cast) -> None:
    ana = await elements.started("ana")
    ben, old = await cast.person("ben"), await cast.person("old", cross_sign=False)
    room = await ana.create_room("Home", invite=[ben.user_id, old.user_id])
    for person in (ben, old):
        await person.join(room)
        await ana.wait_joined(room, person.user_id)
    said = await ana.say(room, "The plum trees are in bloom")
    await ben.wait_for(room, "plum trees")
    await old.wait_until(old.rooms[room].unreadable, what="a message without its key")
    unsigned = await old.say(room, "so are the cherries")
    plain = await ben.send(room, {"msgtype": "m.text", "body": "an open postcard"}, plain=True)
    good = await ben.say(room, "and the apples")
    shown = await ana.wait_for(room, "apples")
    assert (shown.event_id, shown.sender, shown.failure, shown.shields) == (good, ben.user_id, None, ())
    assert (await ana.line(room, unsigned)).failure == "UNSIGNED_SENDER_DEVICE"
    assert (await ana.line(room, plain)).shields == ("NOT_ENCRYPTED",)
    assert (await ana.line(room, said)).shields == ()
    assert (await ana.standing(old.user_id)).devices == {old.device_id: False}


async def test_an_identity_is_recovered_without_a_warning_and_replaced_with_one(elements: Elements) -> None:
    ana, ben = await elements.started("ana"), await elements.started("ben")
    room = await ana.create_room("Home", invite=[ben.user_id])
    await ben.join(room)
    await ana.wait_joined(room, ben.user_id)
    await ana.say(room, "first")
    await ben.wait_for(room, "first")
    key = await ben.back_up()
    phone = await elements.person("ben", ben.account)
    with pytest.raises(ElementError, match="parity"):
        await phone.start(identity="recover", key=key[:-1] + ("A" if key[-1] != "A" else "B"))
    laptop = await elements.person("ben", ben.account)
    await laptop.start(identity="recover", key=key)
    own = await laptop.own_identity()
    assert (own.ready, own.signed, own.stored, own.cached) == (True, True, True, True)
    standing = await ana.standing(ben.user_id)
    assert (standing.known, standing.warned, standing.devices[laptop.device_id]) == (True, False, True)
    stranger = await elements.person("ben", ben.account)
    await stranger.start(identity="reset")
    assert (await ana.standing(ben.user_id)).warned


async def test_a_room_upgrade_and_a_request_to_verify_are_seen(elements: Elements) -> None:
    ana, ben = await elements.started("ana"), await elements.started("ben")
    room = await ana.create_room("Home", invite=[ben.user_id], version="11")
    await ben.join(room)
    await ana.wait_joined(room, ben.user_id)
    await ana.say(room, "first")
    await ben.wait_for(room, "first")
    asked = await ana.request_verification(ben.user_id, device=ben.device_id, within=0.2)
    assert (asked.cancelled, asked.code) == (False, None)
    new = await ana.upgrade(room, "12")

    async def followed() -> bool:
        return await ben.successor(room) == new

    await ben.wait_until(followed, 10, "the tombstone")


async def test_what_the_server_refuses_is_an_error(elements: Elements, cast: Cast) -> None:
    ana, ben = await elements.started("ana"), await cast.person("ben")
    room = await ben.create_room("Mine")
    with pytest.raises(ElementError, match="M_FORBIDDEN"):
        await ana.join(room)


async def test_node_that_has_ended_is_noticed(synapse: Synapse, tmp_path: Path) -> None:
    async with Node(tmp_path / "node.log") as node:
        with pytest.raises(ElementError, match="nobody is called"):
            await node.ask("ana", "screen", room="!room")
    with pytest.raises(ElementError, match="has ended"):
        await node.ask("ana", "screen", room="!room")
