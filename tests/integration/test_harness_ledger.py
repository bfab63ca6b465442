"""The summary of the demonstration can fail: each fault that it looks for, it finds.

A person plays the bot's part here and relays by hand, well or badly.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

import pytest

from bot.demo.ledger import Crossing, Ledger
from bot.demo.person import Person
from bot.demo.synapse import Synapse
from tests.integration.conftest import Cast


@dataclass
class Scene:
    server: Synapse
    writer: Person
    reader: Person
    relay: Person
    source: str
    target: str
    ledger: Ledger

    async def cross(
        self, text: str, expected: str | None, *, times: int = 1, plain: bool = False
    ) -> Crossing:
        crossing = Crossing(
            name=text,
            text=text,
            expected=expected,
            origin=await self.writer.say(self.source, text),
            source_room=self.source,
            target_room=self.target,
            reader=self.reader,
            bot=self.relay.user_id,
            sent_at=time.time(),
        )
        self.ledger.crossings.append(crossing)
        said = expected or "⚠ not translated"
        for _ in range(times):
            body = {"msgtype": "m.text", "body": f"{said}\n{text}"}
            event_id = await self.relay.send(self.target, body, plain=plain)
            await self.reader.wait_until(partial(self.reader.shows, self.target, event_id))
        return crossing

    def faults(self) -> list[str]:
        checks = self.ledger.verdict([self.reader, self.writer], self.server)
        return [check.text for check in checks if not check.good]


@pytest.fixture
async def scene(cast: Cast, own_synapse: Synapse) -> Scene:
    """Two rooms, in each the relaying person and one other; a first message has crossed well."""
    writer, reader, relay = [
        await cast.person(name, on=own_synapse) for name in ("writer", "reader", "relay")
    ]
    rooms = []
    for person in (writer, reader):
        rooms.append(await person.create_room("Home", invite=[relay.user_id]))
        await relay.join(rooms[-1])
        await person.wait_joined(rooms[-1], relay.user_id)
    made = Scene(own_synapse, writer, reader, relay, rooms[0], rooms[1], Ledger())
    await made.cross("Good evening to all of you", "Buenas noches a todas")
    return made


async def test_what_arrived_as_it_should_is_called_good(scene: Scene) -> None:
    await scene.cross("A purple octopus on the roof", None)
    assert scene.faults() == []
    assert "median" in scene.ledger.latencies()


async def test_a_message_that_did_not_arrive_is_named(scene: Scene) -> None:
    await scene.cross("The lost one", "La perdida", times=0)
    faults = scene.faults()
    assert any("missing: The lost one" in fault for fault in faults)


async def test_a_message_that_arrived_twice_is_named(scene: Scene) -> None:
    await scene.cross("The double one", "La doble", times=2)
    assert scene.faults() == ["1 of 2 messages arrived exactly once; more than once: The double one"]


async def test_a_message_without_its_translation_is_named(scene: Scene) -> None:
    crossing = await scene.cross("The odd one", "La rara")
    crossing.expected = "La otra"
    assert scene.faults() == ["1 of 2 messages were translated as expected; not so: The odd one"]


async def test_an_unmarked_untranslated_message_is_named(scene: Scene) -> None:
    crossing = await scene.cross("The bare one", "La desnuda")
    crossing.expected = None
    assert scene.faults() == [
        "0 of 1 unknown sentences crossed untranslated and marked; not so: The bare one"
    ]


async def test_messages_out_of_order_are_named(scene: Scene) -> None:
    await scene.cross("The second one", "La segunda")
    scene.ledger.crossings.reverse()
    assert scene.faults() == ["out of order: The second one"]


async def test_a_plain_message_is_counted(scene: Scene) -> None:
    await scene.cross("The open one", "La abierta", plain=True)
    (fault,) = scene.faults()
    assert fault.startswith(
        "3 of 4 messages lie encrypted on the server; words found in clear in homeserver.db"
    )


async def test_a_withdrawn_message_that_stayed_is_named(scene: Scene) -> None:
    crossing = await scene.cross("The withdrawn one", "La retirada")
    crossing.withdrawn = crossing.was_read = True
    assert scene.faults() == ["0 of 1 withdrawn messages are gone again; not so: The withdrawn one"]
    (copy,) = crossing.arrivals()
    await scene.relay.redact(scene.target, copy.event_id)
    await scene.reader.wait_until(lambda: not crossing.arrivals())
    assert scene.faults() == []
