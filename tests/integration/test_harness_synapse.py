"""The private homeserver: it comes back on the same folder after a kill, and fails with its log."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.demo.person import Person
from bot.demo.synapse import Synapse, SynapseError


async def test_a_killed_server_comes_back_with_its_rooms(tmp_path: Path) -> None:
    server = Synapse(tmp_path / "hs")
    try:
        await server.start()
        async with Person(server.url, await server.register("ana", "secret")) as ana:
            room = await ana.create_room("Home")
            await ana.say(room, "one")
            await server.kill()
            assert not server.process.running
            await server.start()
            await ana.say(room, "two")
            await ana.wait_for(room, "two")
            assert [line.body for line in ana.screen(room)] == ["one", "two"]
    finally:
        await server.stop()
    assert not server.process.running


async def test_the_default_limits_hold_where_asked_for(tmp_path: Path) -> None:
    async with (
        Synapse(tmp_path / "hs", limits="default") as server,
        Person(server.url, await server.register("ana", "secret")) as ana,
    ):
        room = await ana.create_room("Home")
        for number in range(11):
            await ana.say(room, str(number))
        await ana.wait_for(room, "10")
        times = [event.sent_at for event in ana.rooms[room].messages()]
        assert times[-1] - times[0] > 2, "eleven messages passed at once although ten are the limit"


async def test_a_server_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    server = Synapse(tmp_path)
    server.database.write_bytes(b"this is no database" * 1000)
    with pytest.raises(SynapseError, match="not a database"):
        await server.start(within=20)
    assert not server.process.running


async def test_a_taken_port_is_named(tmp_path: Path, synapse: Synapse) -> None:
    with pytest.raises(SynapseError, match=f"port {synapse.port} is taken"):
        await Synapse(tmp_path, port=synapse.port).start()


async def test_a_name_that_is_taken_is_refused(synapse: Synapse) -> None:
    await synapse.register("twice", "secret")
    with pytest.raises(SynapseError, match="already taken"):
        await synapse.register("twice", "secret")
