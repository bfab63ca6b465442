"""What was taken back or paused while the bot was down does not cross, and what has crossed is removed."""

from __future__ import annotations

import asyncio

from bot.demo import talk
from tests.bench.chaos_world import Home, Sent, World

SEND = r"/send/m\.room\.encrypted/"
AWAY = {"errcode": "M_UNKNOWN", "error": "The homeserver is away."}


def _post(world: World, home: Home, sent: Sent) -> str:
    return next(seen.event_id for mark, seen in world.relayed(home) if mark == sent.token)


async def _gone(home: Home, event_id: str) -> None:
    await home.steward.wait_until(
        lambda: event_id in home.steward.rooms[home.room].redacted, 30, f"{event_id} to go"
    )


async def test_deleted_while_the_bot_was_down_every_copy_goes(world: World) -> None:
    hub = world.hub
    stays = await world.dispatch(words="This stays.")
    taken_back = await world.dispatch(words="This is taken back.")
    await world.arrived([stays, taken_back])
    await world.settled()
    root = await world.root(taken_back, hub)
    answer = await world.write(hub, "An answer of ours.", thread=root)
    await world.arrived([answer])
    await world.bot.kill()
    await hub.steward.redact(hub.room, taken_back.origin)
    await hub.steward.redact(hub.room, answer.origin)
    never = await world.dispatch(words="Deleted before anybody read it.")
    await hub.steward.redact(hub.room, never.origin)
    world.sent.remove(never)
    await world.bot.start()
    for twin in world.twins:
        await _gone(twin, _post(world, twin, taken_back))
        await _gone(twin, _post(world, twin, answer))
    assert (await world.fenced()).clean
    for twin in world.twins:
        shown = {line.event_id for line in twin.steward.screen(twin.room)}
        assert _post(world, twin, stays) in shown
        assert not any(never.token in line.body for line in twin.steward.screen(twin.room))


async def test_a_dispatch_deleted_before_it_was_sent_is_never_seen(world: World) -> None:
    """The server takes nothing from the bot; then the bot is killed, and the author deletes the message."""
    blocked = world.proxy.answer("PUT", SEND, 502, AWAY, count=None)
    sent = await world.dispatch(words="Thought better of it.")
    await blocked.fired(2)
    await world.bot.kill()
    await world.hub.steward.redact(world.hub.room, sent.origin)
    world.sent.remove(sent)
    await world.calm()
    assert (await world.fenced()).clean
    for twin in world.twins:
        everything = twin.steward.rooms[twin.room].messages()
        assert not any(sent.token in message.body for message in everything)


async def test_a_pause_typed_while_the_bot_was_down_holds_for_what_waited(world: World) -> None:
    hub, (oaxaca, davao) = world.hub, world.twins
    bot = world.bot.user_id
    blocked = world.proxy.answer("PUT", SEND, 502, AWAY, count=None)
    tried = await world.dispatch(words="Written before the pause.")
    await blocked.fired(3)
    waiting = await world.dispatch(words="Waiting behind it.")
    await _stored(world, waiting)
    await world.bot.kill()
    pause = await oaxaca.steward.say(oaxaca.room, "!twin pause")
    await world.calm()
    await talk.answered(oaxaca.steward, bot, oaxaca.room, pause)
    for sent in (tried, waiting):
        await hub.steward.wait_for(
            hub.room,
            lambda line, sent=sent: (  # type: ignore[misc]  # bound for the loop
                line.reply_to == sent.origin
                and "oaxaca: not sent" in line.body
                and "davao: delivered" in line.body
            ),
        )
    await talk.ask(oaxaca.steward, bot, oaxaca.room, "!twin resume")
    for sent in (tried, waiting):
        world.sent.remove(sent)
    assert (await world.fenced()).clean
    arrived = {home.handle: [mark for mark, _ in world.relayed(home)] for home in world.twins}
    for sent in (tried, waiting):
        assert arrived[davao.handle].count(sent.token) == 1
        assert sent.token not in arrived[oaxaca.handle]


async def _stored(world: World, sent: Sent) -> None:
    """Wait until the bot has stored the dispatch."""
    async with asyncio.timeout(20):
        while not world.look("SELECT 1 FROM seen WHERE event_id = ?", sent.origin):  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.05)


async def test_a_copy_that_arrived_before_the_pause_is_not_reported_as_unsent(world: World) -> None:
    """The server has taken the copy, the answer was lost, and the twin paused before the next try."""
    hub, oaxaca = world.hub, world.twins[0]
    bot = world.bot.user_id
    await world.settled()
    lost = world.proxy.lose("PUT", SEND, count=None)
    sent = await world.dispatch(words="Taken, and nobody knew.")
    await oaxaca.steward.wait_for(oaxaca.room, sent.token)
    await lost.fired()
    await world.bot.kill()
    pause = await oaxaca.steward.say(oaxaca.room, "!twin pause")
    await world.calm()
    await talk.answered(oaxaca.steward, bot, oaxaca.room, pause)
    told = await hub.steward.wait_for(
        hub.room, lambda line: line.reply_to == sent.origin and "delivered" in line.body
    )
    assert "not sent" not in told.body
    await talk.ask(oaxaca.steward, bot, oaxaca.room, "!twin resume")
    assert (await world.fenced()).clean
