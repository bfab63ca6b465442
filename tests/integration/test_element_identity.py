"""The identity of the bot and that of Element are one: recovery keys work both ways, nobody is warned."""

from __future__ import annotations

import re
import shutil

import pytest

from bot.demo import talk
from bot.demo.bot_process import BotFailed, BotProcess
from tests.element.client import ElementPerson, Standing
from tests.element.stage import Elements
from tests.integration.conftest import Cast

_KEY = re.compile(r"^ +((?:\w{4} ){11}\w{4})$", re.MULTILINE)


async def is_trusted(process: BotProcess, person: ElementPerson, room: str) -> Standing:
    """The bot answers that person, who sees neither an icon nor a warning; returns what they see of it."""
    answer = await talk.ask(person, process.user_id, room, "!help")
    line = await person.line(room, answer.event_id)
    assert (line.encrypted, line.failure, line.shields) == (True, None, ())
    standing = await person.standing(process.user_id)
    assert standing.known
    assert not standing.warned
    return standing


async def recover(process: BotProcess, key: str) -> str:
    """`twinline identity recover` with a key file; returns what it prints. Raises BotFailed."""
    file = process.folder / "recovery.key"
    file.write_text(key + "\n")
    return await process.command("identity", "recover", "--key-file", str(file))


async def test_the_identity_of_the_bot_outlives_device_and_machine(cast: Cast, elements: Elements) -> None:
    process, ana = await cast.bot(), await elements.started("ana")
    await process.start()
    room = await talk.open_room(ana, process.user_id, "Home")
    first = await is_trusted(process, ana, room)
    assert list(first.devices.values()) == [True]
    found = _KEY.search(await process.command("identity", "backup"))
    assert found is not None
    key = found[1]

    host = await elements.person("host", process.account)
    await host.start(identity="recover", key=key)
    own = await host.own_identity()
    assert (own.ready, own.signed, own.stored, own.cached) == (True, True, True, True)
    both = await is_trusted(process, ana, room)
    assert both.devices == {**first.devices, host.device_id: True}

    await process.stop()
    shutil.rmtree(process.storage / "olm")
    await process.command("identity", "new-device")
    await process.start()
    renewed = await is_trusted(process, ana, room)
    assert all(renewed.devices.values())
    assert set(renewed.devices).isdisjoint(first.devices)

    await process.stop()
    shutil.rmtree(process.storage)
    await recover(process, key)
    await process.start()
    elsewhere = await is_trusted(process, ana, room)
    assert set(elsewhere.devices) - set(renewed.devices)
    assert all(elsewhere.devices.values())


async def test_an_account_set_up_in_element_is_adopted_and_never_replaced(
    cast: Cast, elements: Elements
) -> None:
    process, ana = await cast.bot(), await elements.started("ana")
    host = await elements.person("host", process.account)
    await host.start(identity="new")
    key = await host.back_up()
    with pytest.raises(BotFailed, match="identity recover"):
        await process.start()
    with pytest.raises(BotFailed, match="mistyped"):
        await recover(process, key[:-1] + ("A" if key[-1] != "A" else "B"))
    await recover(process, key)
    await process.start()
    room = await talk.open_room(ana, process.user_id, "Home")
    standing = await is_trusted(process, ana, room)
    assert standing.devices[host.device_id]
    assert all(standing.devices.values())
    assert (await host.own_identity()).signed
