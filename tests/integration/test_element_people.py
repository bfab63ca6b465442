"""Promise G6: Element's own SDK, excluding unsigned devices, and the bot read each other; nothing is marked.

The people of both groups use that SDK for everything; what is asserted is what it hands to the interface.
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator

import pytest_asyncio

from bot.demo import talk
from tests.element.client import Line
from tests.element.stage import ElementHome, ElementStage


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def nothing_is_marked(element: ElementStage) -> AsyncIterator[None]:
    """Everything that the bot has said until the end of the test is readable and without an icon."""
    yield
    for home in element.homes:
        for reader in (home.steward, home.member):
            said = await element.said(home.room, reader)
            assert said
            assert [line for line in said if not clean(line)] == []


def clean(line: Line) -> bool:
    """Whether a message is as it should be: encrypted, readable, no icon, in the thread that it names."""
    return line.encrypted and line.failure is None and line.shields == () and (line.listed or line.redacted)


async def dispatch(element: ElementStage, home: ElementHome, text: str, expected: str) -> tuple[str, Line]:
    """A steward sends a dispatch; returns its event and its copy as the twin's member sees it."""
    origin = await home.steward.say(home.room, f"!dispatch {text}")
    other = element.other(home)
    return origin, await other.member.wait_for(other.room, expected)


async def acknowledged(element: ElementStage, home: ElementHome, origin: str) -> Line:
    """The bot's answer to a dispatch once it tells of the delivery, on the member's screen."""
    bot = element.bot.user_id
    return await home.member.wait_for(
        home.room, lambda line: line.sender == bot and line.reply_to == origin and line.edited
    )


MARKED = """# Good morning

- **We won the hearing.**
- see [Thank you.](https://example.org/a_b)

||We won the hearing.||"""


async def test_markdown_crosses_with_the_words_and_the_html_of_the_sender_does_not(
    element: ElementStage,
) -> None:
    home = element.manila
    _, copy = await dispatch(element, home, MARKED, "Ganamos la audiencia.")
    assert "│ - **Ganamos la audiencia.**" in copy.body
    assert copy.formatted_body is not None
    shown = copy.formatted_body.split("<details>")[0]
    assert "<h3>Buenos días</h3>" in shown
    assert "<li><strong>Ganamos la audiencia.</strong></li>" in shown
    assert '(<a href="https://example.org/a_b">https://example.org/a_b</a>)' in shown
    assert "<span data-mx-spoiler>Ganamos la audiencia.</span>" in shown


async def test_dispatches_cross_both_ways_between_people_who_exclude_unsigned_devices(
    element: ElementStage,
) -> None:
    bot = element.bot.user_id
    for home, text, expected in (
        (element.manila, "We won the hearing.", "Ganamos la audiencia."),
        (element.oaxaca, "La huelga sigue.", "The strike goes on."),
    ):
        origin, copy = await dispatch(element, home, text, expected)
        assert copy.sender == bot
        assert (copy.msgtype, copy.thread, copy.reply_to) == ("m.text", None, None)
        assert text in copy.body
        ack = await acknowledged(element, home, origin)
        assert ack.msgtype == "m.notice"
        for person in (home.steward, home.member):
            standing = await person.standing(bot)
            assert standing.known
            assert not standing.warned
            assert standing.devices
            assert all(standing.devices.values())


async def test_an_edit_of_the_bot_takes_the_place_of_its_message(element: ElementStage) -> None:
    home = element.manila
    origin, _ = await dispatch(element, home, "The water is back.", "Volvió el agua.")
    ack = await acknowledged(element, home, origin)
    assert "delivered" in ack.body
    assert not ack.body.startswith("*")
    again = [line for line in await home.member.screen(home.room) if line.reply_to == origin]
    assert [line.event_id for line in again] == [ack.event_id]


async def test_what_people_edit_answer_and_mention_is_understood(element: ElementStage) -> None:
    manila, oaxaca, bot = element.manila, element.oaxaca, element.bot.user_id
    refused = await manila.steward.say(manila.room, "!dispatch")
    await talk.answered(manila.member, bot, manila.room, refused)
    await manila.steward.edit(manila.room, refused, "!dispatch The meeting was full.")
    await oaxaca.member.wait_for(oaxaca.room, "La asamblea estuvo llena.")
    news = await manila.steward.say(manila.room, "The mayor listened to us.")
    await manila.steward.say(manila.room, "!dispatch", reply_to=news)
    await oaxaca.member.wait_for(oaxaca.room, "La alcaldesa nos escuchó.")
    asked = await manila.member.say(manila.room, f"{bot} twin", mentions=[bot])
    assert "Oaxaca" in (await talk.answered(manila.member, bot, manila.room, asked)).body


async def test_the_shared_thread_hangs_under_the_posts_of_the_bot(element: ElementStage) -> None:
    manila, oaxaca = element.manila, element.oaxaca
    origin, copy = await dispatch(element, manila, "The press came.", "Vino la prensa.")
    ack = await acknowledged(element, manila, origin)
    answer = await oaxaca.member.say(oaxaca.room, "¡Felicidades!", thread=copy.event_id)
    relayed = await manila.member.wait_for(manila.room, "Congratulations!")
    assert (relayed.thread, relayed.reply_to) == (ack.event_id, None)
    back = await manila.steward.say(manila.room, "Thank you.", thread=ack.event_id, reply_to=relayed.event_id)
    thanks = await oaxaca.member.wait_for(oaxaca.room, "Gracias.", after=copy.event_id)
    assert thanks.thread == copy.event_id
    thread = await manila.member.thread(manila.room, ack.event_id)
    assert [line.event_id for line in thread][1:] == [relayed.event_id, back]
    assert [line.event_id for line in await oaxaca.member.thread(oaxaca.room, copy.event_id)][1:] == [
        answer,
        thanks.event_id,
    ]
    assert (await manila.member.line(manila.room, ack.event_id)).root
    assert (await oaxaca.steward.line(oaxaca.room, copy.event_id)).root


async def test_a_withdrawn_dispatch_is_shown_as_deleted(element: ElementStage) -> None:
    manila, oaxaca = element.manila, element.oaxaca
    origin, copy = await dispatch(element, oaxaca, "Nos reunimos esta noche.", "We meet tonight.")
    intro = await manila.member.wait_for(manila.room, lambda line: line.thread == copy.event_id)
    await oaxaca.steward.redact(oaxaca.room, origin)
    for person in (manila.steward, manila.member):
        for event_id in (copy.event_id, intro.event_id):
            gone = await person.wait_redacted(manila.room, event_id)
            assert gone.body == ""
    await oaxaca.member.wait_redacted(oaxaca.room, origin)
    ack = await oaxaca.member.wait_for(
        oaxaca.room, lambda line: line.reply_to == origin and "retirado" in line.body
    )
    assert ack.edited


async def test_each_other_after_restarts_of_the_bot(element: ElementStage) -> None:
    manila, oaxaca = element.manila, element.oaxaca
    devices = set((await manila.member.standing(element.bot.user_id)).devices)
    await element.bot.quiet()
    assert await element.bot.stop() == 0
    await manila.steward.say(manila.room, "!dispatch The strike is over.")
    await element.bot.start({"TWINLINE_DIE_AT": "send:after-request"})
    assert await element.bot.died() == -signal.SIGKILL
    await oaxaca.steward.say(oaxaca.room, "!dispatch Necesitamos más tiempo.")
    await element.bot.start()
    await oaxaca.member.wait_for(oaxaca.room, "La huelga terminó.")
    await manila.member.wait_for(manila.room, "We need more time.")
    await dispatch(element, manila, "We will march together.", "Marcharemos juntos.")
    standing = await manila.member.standing(element.bot.user_id)
    assert set(standing.devices) == devices
    assert not standing.warned


async def test_a_new_device_of_a_person_reads_the_bot_and_is_read(element: ElementStage) -> None:
    manila, bot = element.manila, element.bot.user_id
    old = manila.member
    key = await old.back_up()
    phone = await element.elements.person("new phone", old.account)
    await phone.start(identity="recover", key=key)
    assert (await phone.own_identity()).signed
    await phone.wait_joined(manila.room)
    _, copy = await dispatch(element, element.oaxaca, "Buenos días.", "Good morning.")
    await old.wait_for(manila.room, "Good morning.")
    shown = await phone.wait_for(manila.room, "Good morning.")
    assert (shown.event_id, clean(shown)) == (copy.event_id, True)
    answer = await talk.ask(phone, bot, manila.room, "!twin")
    assert "Oaxaca" in answer.body
    written = await phone.say(manila.room, "We stand with you.", thread=copy.event_id)
    assert (await old.wait_for(manila.room, "We stand with you.")).event_id == written
    await element.oaxaca.member.wait_for(element.oaxaca.room, "Estamos con ustedes.")
    standing = await phone.standing(bot)
    assert standing.known
    assert not standing.warned


async def test_a_joint_room_shows_each_translation_in_the_thread_of_its_message(
    element: ElementStage,
) -> None:
    manila, oaxaca, bot = element.manila, element.oaxaca, element.bot.user_id
    others = [manila.member, oaxaca.steward, oaxaca.member]
    room = await talk.open_room(manila.steward, bot, "Manila and Oaxaca", others)
    await talk.ask(manila.steward, bot, room, "!joint oaxaca")
    await talk.ask(oaxaca.steward, bot, room, "!joint manila")
    one = await manila.member.say(room, "We agree.")
    shown = await oaxaca.member.wait_for(room, "Estamos de acuerdo.")
    assert (shown.sender, shown.thread, shown.reply_to) == (bot, one, one)
    other = await oaxaca.member.say(room, "Leeremos su carta en voz alta.", thread=one)
    answer = await manila.member.wait_for(room, "We will read your letter aloud.")
    assert (answer.thread, answer.reply_to) == (one, other)
    thread = [line.event_id for line in await manila.member.thread(room, one)]
    assert thread == [shown.event_id, other, answer.event_id]
    for reader in (manila.steward, *others):
        said = await element.said(room, reader)
        assert [line for line in said if not clean(line)] == []
    await manila.member.redact(room, one)
    await oaxaca.member.wait_redacted(room, shown.event_id)
