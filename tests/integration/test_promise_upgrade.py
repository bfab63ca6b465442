"""Promise G26: a room upgrade keeps the group only after a steward confirmed; forged ones do nothing."""

from __future__ import annotations

from bot.demo import talk
from bot.demo.api import part
from bot.demo.person import Person
from tests.integration.conftest import Cast, Home

ALGORITHM = {"algorithm": "m.megolm.v1.aes-sha2"}


async def successor(person: Person, old: str, *others: str, tombstone: str = "$unknown") -> str:
    """A room that calls itself the successor of another, with these people invited."""
    body = {
        "preset": "private_chat",
        "name": "Oaxaca, the new room",
        "invite": list(others),
        "creation_content": {"predecessor": {"room_id": old, "event_id": tombstone}},
        "initial_state": [{"type": "m.room.encryption", "state_key": "", "content": ALGORITHM}],
    }
    return str((await person.api.once("POST", "v3/createRoom", body))["room_id"])


async def upgrade(person: Person, room: str) -> str:
    """As "Upgrade room" does it; returns the new room."""
    body = {"new_version": "12"}
    answer = await person.api.once("POST", f"v3/rooms/{part(room)}/upgrade", body)
    return str(answer["replacement_room"])


async def relayed(source: Home, bot: str, english: str) -> str:
    """A dispatch; returns it once it is acknowledged."""
    origin = await source.steward.say(source.room, f"!dispatch {english}")
    await talk.answered(source.steward, bot, source.room, origin)
    return origin


async def test_forged_upgrades_move_nothing(cast: Cast) -> None:
    bot = await cast.bot(phrasebook=True)
    await bot.start()
    manila, oaxaca = await cast.twins(bot)
    steward, me = oaxaca.steward, bot.user_id

    # What calls itself a tombstone in an encrypted event, or has a key, is none.
    claimed = await successor(steward, oaxaca.room, me, oaxaca.member.user_id)
    stone = {"body": "replaced", "replacement_room": claimed}
    await steward.send(oaxaca.room, stone, "m.room.tombstone")
    await steward.set_state(oaxaca.room, "m.room.tombstone", stone, key="x")
    await talk.told(steward, me, claimed, lambda _: True)
    refused = await talk.ask(steward, me, claimed, "!group move")
    assert "does not replace" in refused.body or "no sustituye" in refused.body
    await relayed(manila, me, "We won the hearing.")
    await oaxaca.member.wait_for(oaxaca.room, "Ganamos")

    # A real tombstone of a room that the new one does not name.
    other = await steward.create_room("Another room", invite=[me, oaxaca.member.user_id])
    await talk.told(steward, me, other, lambda _: True)
    await steward.set_state(oaxaca.room, "m.room.tombstone", {"body": "", "replacement_room": other})
    await talk.told(steward, me, oaxaca.room, "sustitu")
    await relayed(manila, me, "Good morning.")
    for room in (claimed, other):
        await steward.say(room, "sí")
        refused = await talk.ask(steward, me, room, "!group move")
        assert "does not replace" in refused.body or "no sustituye" in refused.body
        assert not any("Ganamos" in line.body or "Buenos" in line.body for line in steward.screen(room))
    assert "Oaxaca" in (await talk.ask(oaxaca.member, me, oaxaca.room, "!status")).body


async def test_a_group_moves_once_a_steward_has_confirmed_and_nothing_is_lost(cast: Cast) -> None:
    bot = await cast.bot(phrasebook=True)
    await bot.start()
    manila, oaxaca = await cast.twins(bot)
    steward, member, me = oaxaca.steward, oaxaca.member, bot.user_id
    await relayed(manila, me, "We won the hearing.")
    before = await member.wait_for(oaxaca.room, "Ganamos")

    new = await upgrade(steward, oaxaca.room)
    await relayed(manila, me, "Good morning.")
    await steward.invite(new, me)
    await steward.invite(new, member.user_id)
    await member.join(new)
    await talk.told(steward, me, new, "!group move")
    denied = await talk.ask(member, me, new, "!group move")
    assert "Buenos días" not in "".join(line.body for line in steward.screen(new))
    assert denied.sender == me

    await bot.restart()  # what waits and what was asked is known again
    await talk.ask(steward, me, new, "sí")
    copy = await member.wait_for(new, "Buenos días")
    assert (copy.sender, copy.encrypted) == (me, True)
    assert "Oaxaca" in (await talk.ask(member, me, new, "!status")).body

    await relayed(manila, me, "We need more time.")
    await member.wait_for(new, "más tiempo")
    back = await steward.say(new, "!dispatch Estamos con ustedes.")
    await talk.answered(steward, me, new, back)
    await manila.member.wait_for(manila.room, "We stand with you.")
    for words in ("Buenos días", "más tiempo"):
        assert [words in line.body for line in member.screen(new)].count(True) == 1
        assert not any(words in line.body for line in member.screen(oaxaca.room))
    assert member.shows(oaxaca.room, before.event_id)
