"""The two groups on the stage: their rooms, their people, and how they become twins."""

from __future__ import annotations

import re

from bot.domain.group import Group
from bot.domain.incoming import Batch, Message
from bot.domain.outgoing import Relay, Say
from bot.domain.twinning import Twinning
from bot.storage import groups as store
from bot.storage import twinnings
from tests.unit.stage import Stage

MANILA, ANA, BEN = "!manila:here.example", "@ana:here.example", "@ben:here.example"
MILWAUKEE, CARL, DORA = "!milwaukee:here.example", "@carl:here.example", "@dora:here.example"
MADRID, EVA, FINN = "!madrid:here.example", "@eva:here.example", "@finn:here.example"

_CODE = re.compile(r"\b[A-Z0-9]{3}(?:-[A-Z0-9]{3}){3}\b")


async def open_rooms(stage: Stage) -> None:
    """Three rooms, each with a steward and a member."""
    for room_id, steward, member in ((MANILA, ANA, BEN), (MILWAUKEE, CARL, DORA), (MADRID, EVA, FINN)):
        await stage.room(room_id, [steward], [member])
        await stage.deliver(room_id)


async def open_groups(stage: Stage) -> None:
    """Manila (es, Asia/Manila), Milwaukee (en) and Madrid (es)."""
    await open_rooms(stage)
    await stage.ask(MANILA, ANA, '!group create manila "Manila Tenants" language=es zone=Asia/Manila')
    await stage.ask(MILWAUKEE, CARL, '!group create milwaukee "Milwaukee Tenants" zone=America/Chicago')
    await stage.ask(MADRID, EVA, '!group create madrid "Vecinas de Madrid" language=es zone=Europe/Madrid')


def code_in(answer: str) -> str:
    """The code in an answer to `!group code`."""
    found = _CODE.search(answer)
    assert found is not None, answer
    return found[0]


async def code_of(stage: Stage, room_id: str, steward: str) -> str:
    return code_in(await stage.ask(room_id, steward, "!group code"))


async def propose(stage: Stage) -> str:
    """Manila proposes to Milwaukee; what Milwaukee's room sees."""
    code = await code_of(stage, MILWAUKEE, CARL)
    await stage.ask(MANILA, ANA, f"!twin propose {code}")
    return "\n".join(await stage.deliver(MILWAUKEE))


async def twin(stage: Stage) -> None:
    """Manila and Milwaukee are twins."""
    await propose(stage)
    await stage.ask(MILWAUKEE, CARL, "!twin accept manila")
    await stage.deliver(MANILA)


async def heard(stage: Stage, room_id: str) -> list[Say]:
    """What the bot would say into a room now, as values."""
    return [row.payload for row in await stage.waiting(room_id) if isinstance(row.payload, Say)]


async def again(stage: Stage, event_id: str, room_id: str, sender: str, body: str) -> None:
    """The server brings an event a second time, as after a restart."""
    message = Message(event_id, room_id, sender, stage.clock.now(), "m.text", body)
    await stage.receiver.batch(Batch("c", (message,)))


async def count(stage: Stage, table: str) -> int:
    """How many rows a table has."""
    async with stage.database.tx() as tx:
        return int(await tx.value(f"SELECT COUNT(*) FROM {table}") or 0)  # noqa: S608 (tables of the tests)


async def group(stage: Stage, room_id: str = MANILA) -> Group:
    """The group whose home this room is."""
    async with stage.database.tx() as tx:
        found = await store.of_room(tx, room_id)
    assert found is not None
    return found


async def only(stage: Stage) -> Twinning:
    """The one twinning there is."""
    async with stage.database.tx() as tx:
        value = await tx.value("SELECT id FROM twinning")
        assert isinstance(value, int)
        found = await twinnings.load(tx, value)
    assert found is not None
    return found


async def relays(stage: Stage, room_id: str) -> list[Relay]:
    """The people's words that wait for a room."""
    return [row.payload for row in await stage.waiting(room_id) if isinstance(row.payload, Relay)]


async def begin_thread(stage: Stage) -> Stage:
    """Manila's first dispatch has arrived in Milwaukee."""
    await stage.say(MANILA, ANA, "!dispatch Ganamos.")
    for room_id in (MANILA, MILWAUKEE, MANILA):
        await stage.deliver(room_id)
    return stage


async def root(stage: Stage, room_id: str) -> str:
    """The bot's own post under which the newest dispatch's thread hangs in a room."""
    what = "copy" if room_id == MILWAUKEE else "ack"
    async with stage.database.tx() as tx:
        return str(await tx.value("SELECT event_id FROM outbox WHERE what = ? ORDER BY id DESC", what))


async def write(stage: Stage, room_id: str, who: str, text: str) -> str:
    """Somebody writes in the thread; the event's id."""
    return await stage.say(room_id, who, text, thread=await root(stage, room_id))


async def said(stage: Stage, room_id: str, who: str, text: str) -> str:
    """What the bot says to something that is written in the thread."""
    await stage.deliver(room_id)
    await write(stage, room_id, who, text)
    return "\n".join(await stage.deliver(room_id))


async def crossed(stage: Stage, room_id: str) -> list[str]:
    """The people's words that wait for a room."""
    return [relay.words.text for relay in await relays(stage, room_id)]


async def known(stage: Stage, *people: str) -> None:
    """These people have confirmed, in every group, where a thread goes."""
    async with stage.database.tx() as tx:
        for person in people:
            await tx.run("INSERT INTO threads_ok SELECT ?, id FROM grp", person)
