"""Trust as Element's own SDK sees it: unsigned devices, changed identities, room upgrades, verification."""

from __future__ import annotations

import pytest_asyncio

from bot.demo import talk
from tests.element.client import ElementPerson
from tests.element.stage import ElementHome, ElementStage

WITHHELD = "MEGOLM_KEY_WITHHELD_FOR_UNVERIFIED_DEVICE"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def davao(element: ElementStage) -> ElementHome:
    """A third group, twin of Oaxaca, to whose members all this happens."""
    home, oaxaca = await element.home("davao", "en", "Asia/Manila"), element.oaxaca
    await talk.make_twins(
        element.bot.user_id, (home.steward, home.room, home.handle), (oaxaca.steward, oaxaca.room)
    )
    return home


def localpart(person: ElementPerson) -> str:
    """What of a user id the bot writes unbroken: nobody is pinged by it."""
    return person.user_id[1:].partition(":")[0]


async def unclean(element: ElementStage, room: str, reader: ElementPerson) -> list[str]:
    """What the bot has said in a room and this reader cannot read or sees an icon beside."""
    said = await element.said(room, reader)
    assert said
    return [line.body for line in said if not line.encrypted or line.failure or line.shields]


async def failure(reader: ElementPerson, room: str, event_id: str) -> str | None:
    """Why a message cannot be read, once it is there."""

    async def there() -> list[str | None]:
        return [line.failure for line in await reader.screen(room) if line.event_id == event_id]

    found: list[str | None] = await reader.wait_until(there, 30, "a message")
    return found[0]


async def test_an_unsigned_device_is_told_once_and_gets_no_keys_until_it_is_verified(
    element: ElementStage, davao: ElementHome
) -> None:
    bot, room, phone = element.bot.user_id, davao.room, davao.member
    key = await phone.back_up()
    tablet = await element.elements.person("tablet", phone.account)
    await tablet.start(identity="none", strict=False)
    await tablet.wait_joined(room)
    written = await tablet.say(room, "!twin")
    told = await talk.answered(davao.steward, bot, room, written)
    assert "its device is not verified" in told.body
    assert "Settings → Sessions" in told.body
    assert await failure(tablet, room, told.event_id) is not None
    again = await tablet.say(room, "!twin")
    status = await talk.ask(phone, bot, room, "!status")
    assert localpart(phone) in status.body
    assert [line for line in await davao.steward.screen(room) if line.reply_to == again] == []
    assert await failure(tablet, room, status.event_id) is not None

    async def told_why() -> bool:
        return (await tablet.line(room, status.event_id)).failure == WITHHELD

    await tablet.wait_until(told_why, 30, "the notice why")
    assert await unclean(element, room, phone) == []

    await tablet.recover(key)
    answer = await talk.ask(tablet, bot, room, "!twin")
    assert "Oaxaca" in answer.body
    assert localpart(phone) not in (await talk.ask(phone, bot, room, "!status")).body


async def test_a_changed_identity_costs_that_member_alone_until_a_steward_confirms_it(
    element: ElementStage, davao: ElementHome
) -> None:
    bot, room, steward, oaxaca = element.bot.user_id, davao.room, davao.steward, element.oaxaca
    old = await element.elements.started("newcomer")
    await steward.invite(room, old.user_id)
    await old.join(room)
    await talk.told(steward, bot, room, localpart(old))
    assert "Oaxaca" in (await talk.ask(old, bot, room, "!twin")).body

    changed = await element.elements.person("newcomer", old.account)
    await changed.start(identity="reset")
    await changed.wait_joined(room)
    written = await changed.say(room, "!twin")
    news = await talk.told(steward, bot, room, "has a new identity in Matrix")
    assert "!trust" in news.body
    assert localpart(old) in news.body
    assert "confirms it with" in (await talk.answered(steward, bot, room, written)).body
    await oaxaca.steward.say(oaxaca.room, "!dispatch La huelga sigue.")
    copy = await steward.wait_for(room, "The strike goes on.")
    for reader in (steward, davao.member):
        assert await failure(reader, room, copy.event_id) is None
    assert await failure(changed, room, copy.event_id) is not None

    confirmed = await talk.ask(steward, bot, room, f"!trust {old.user_id}")
    assert "is confirmed" in confirmed.body
    assert "Oaxaca" in (await talk.ask(changed, bot, room, "!twin")).body
    await oaxaca.steward.say(oaxaca.room, "!dispatch Buenos días.")
    read = await changed.wait_for(room, "Good morning.")
    assert (read.encrypted, read.shields) == (True, ())
    assert not (await changed.standing(bot)).warned
    assert await unclean(element, room, davao.member) == []


async def test_a_request_to_verify_is_cancelled_and_answered(
    element: ElementStage, davao: ElementHome
) -> None:
    bot, member = element.bot.user_id, davao.member
    asked = await member.request_verification(bot, room=davao.room, within=30)
    assert (asked.cancelled, asked.code) == (True, "m.user")
    said = await talk.told(member, bot, davao.room, "cannot compare emoji")
    assert "signed by my own identity" in said.body
    (device,) = (await member.standing(bot)).devices
    asked = await member.request_verification(bot, device=device, within=30)
    assert (asked.cancelled, asked.code) == (True, "m.user")
    assert await unclean(element, davao.room, member) == []


async def test_an_upgraded_room_is_followed_once_a_steward_has_confirmed(
    element: ElementStage, davao: ElementHome
) -> None:
    bot, steward, member, oaxaca = element.bot.user_id, davao.steward, davao.member, element.oaxaca
    new = await steward.upgrade(davao.room, "12")

    async def followed() -> bool:
        return await member.successor(davao.room) == new

    await member.wait_until(followed, 30, "the tombstone")
    await steward.invite(new, bot)
    await steward.invite(new, member.user_id)
    await member.join(new)
    await talk.told(steward, bot, new, "!group move")
    origin = await oaxaca.steward.say(oaxaca.room, "!dispatch Necesitamos más tiempo.")
    answer = await talk.ask(steward, bot, new, "yes")
    assert "is the home of" in answer.body
    post = await member.wait_for(new, "We need more time.")
    await member.say(new, "We stand with you.", thread=post.event_id)
    answered = await oaxaca.member.wait_for(oaxaca.room, "Estamos con ustedes.", after=origin)
    await oaxaca.member.say(oaxaca.room, "¡Felicidades!", thread=answered.thread)
    reply = await member.wait_for(new, "Congratulations!")
    assert (reply.thread, reply.listed) == (post.event_id, True)
    for reader in (steward, member):
        assert await unclean(element, new, reader) == []
