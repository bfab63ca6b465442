"""What people mean who do not type a command as it is written: nothing may cross by mistake."""

from __future__ import annotations

import pytest

from tests.unit.handlers.cast import ANA, CARL, DORA, EVA, MADRID, MANILA, MILWAUKEE, code_of, relays
from tests.unit.stage import ME, Stage

CHAT, JOINT, ELSEWHERE = "!chat:here.example", "!joint:here.example", "!elsewhere:here.example"
NOTHING = "Nothing was sent."


@pytest.fixture
async def three(twins: Stage) -> Stage:
    """Milwaukee is the twin of Manila and of Madrid."""
    code = await code_of(twins, MADRID, EVA)
    await twins.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    await twins.ask(MADRID, EVA, "!twin accept milwaukee")
    for room_id in (MANILA, MILWAUKEE, MADRID):
        await twins.deliver(room_id)
    return twins


async def crossed(stage: Stage) -> dict[str, list[str]]:
    """The texts that wait for each of Milwaukee's twins."""
    found = {room: [relay.words.text for relay in await relays(stage, room)] for room in (MANILA, MADRID)}
    return {room: texts for room, texts in found.items() if texts}


# Options


@pytest.mark.parametrize(
    "body",
    [
        "!dispatch to=madrid We won.",
        "!dispatch We won. to=madrid",
        "!dispatch to = madrid We won.",
        "!dispatch We won. to = madrid",
        "!dispatch to=madrid\nWe won.",
        "!dispatch\nto=madrid\nWe won.",
        "!dispatch\nWe won.\nto=madrid\n",
        "!dispatch TO=Madrid We won.",
        "!dispatch to=“madrid” We won.",
        "!dispatch [to=madrid] We won.",
        "!dispatch We won. [to=madrid]",
        "!dispatch We won. (to=madrid).",
        "!dispatch --to=madrid We won.",
        "!dispatch We won. --to=madrid",
        "!dispatch to＝madrid We won.",
        "!dispatch \u200bto=madrid We won.",
        "!dispatch as=group to=madrid We won.",
        "!dispatch as=group We won. to=madrid",
    ],
)
async def test_a_dispatch_goes_to_the_group_that_was_named_wherever_it_was(three: Stage, body: str) -> None:
    await three.say(MILWAUKEE, CARL, body)
    assert await crossed(three) == {MADRID: ["We won."]}


@pytest.mark.parametrize(
    "body", ["to=madrid,manila We won.", "to=madrid, manila We won.", "We won. to=1 , 2"]
)
async def test_several_groups_are_named_with_commas(three: Stage, body: str) -> None:
    await three.say(MILWAUKEE, CARL, f"!dispatch {body}")
    assert await crossed(three) == {MADRID: ["We won."], MANILA: ["We won."]}


@pytest.mark.parametrize(
    "body",
    [
        "We won. to=",
        "to= , We won.",
        'to="" We won.',
        'to="," We won.',
        "to=madird We won.",
        "to=everybody We won.",
        "to=madrid,,manila We won.",
        "to=madrid, as=group We won.",
        "We won. to=madrid please",
        "We won. to=madrid and manila",
        "We won.\nto=madrid\nSee you.",
        "“to=madrid” We won.",
        "*to=madrid* We won.",
        "`to=madrid` We won.",
        'to="madrid We won.',
        "to=madrid We won. to=manila",
        "too=madrid We won.",
        "We won. tp=madrid",
        "group=madrid We won.",
        "to:madrid We won.",
        "We won. to:madrid",
        "as=mmeber We won.",
        "as=member, We won.",
        "urgent=perhaps We won.",
        "urgent=yes, we won.",
        "to=" + "x" * 50_000 + " We won.",
        "We won. to=" + "madrid," * 8_000,
    ],
)
async def test_what_may_be_an_option_but_cannot_be_read_sends_nothing(three: Stage, body: str) -> None:
    answer = await three.ask(MILWAUKEE, CARL, f"!dispatch {body}")
    assert NOTHING in answer or "What comes after" in answer or "twice" in answer
    assert len(answer) < 600
    assert await crossed(three) == {}


@pytest.mark.parametrize("body", ["to madrid We won.", "To: Madrid, we won.", "to madrid: We won."])
async def test_a_text_that_begins_with_one_of_several_twins_is_asked_back(three: Stage, body: str) -> None:
    answer = await three.ask(MILWAUKEE, CARL, f"!dispatch {body}")
    assert answer == f"Did you mean to=madrid? {NOTHING}"
    assert await crossed(three) == {}
    await three.say(MILWAUKEE, CARL, f"!dispatch {body} to=madrid,manila")
    assert await crossed(three) == {MADRID: [body], MANILA: [body]}


async def test_with_one_twin_a_text_may_begin_with_it(twins: Stage) -> None:
    await twins.deliver(MANILA)
    await twins.say(MILWAUKEE, CARL, "!dispatch To Manila with love")
    assert [relay.words.text for relay in await relays(twins, MANILA)] == ["To Manila with love"]


@pytest.mark.parametrize(
    "text",
    [
        "See https://x.example/?to=madrid&as=group",
        "2+2=4",
        "x=1",
        "We won = we stay",
        "How-to=easy is our motto, they say",
        "to: everybody",
    ],
)
async def test_what_is_no_option_stays_text(three: Stage, text: str) -> None:
    await three.say(MILWAUKEE, CARL, f"!dispatch {text}")
    assert await crossed(three) == {MADRID: [text], MANILA: [text]}


@pytest.mark.parametrize(
    "body",
    [
        "!envío para=milwaukee como=integrante Ganamos.",
        "!envío Ganamos. como = integrante para = milwaukee",
        "!dispatch Ganamos. to=milwaukee como=member",
        "!enviar Ganamos. urgente=sí como=integrante",
        "!enviar URGENTE=no Ganamos. COMO=“integrante”",
    ],
)
async def test_options_have_names_in_the_room_s_language_too(three: Stage, body: str) -> None:
    await three.say(MANILA, ANA, body)
    (relay,) = await relays(three, MILWAUKEE)
    assert relay.words.text == "Ganamos."
    assert relay.header is not None
    assert "a member of" in relay.header.source


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("!grupo cambiar zona Asia/Tokyo", "Asia/Tokyo"),
        ("!grupo cambiar silencio 21-8", "21:00-08:00"),
        ("!grupo cambiar conservar=7", "7 días"),
        ("!group set idioma en", "English"),
    ],
)
async def test_settings_have_names_in_the_room_s_language_too(groups: Stage, body: str, said: str) -> None:
    assert said in await groups.ask(MANILA, ANA, body)


async def test_who_chooses_wrongly_is_told_the_choices_in_the_room_s_language(twins: Stage) -> None:
    answer = await twins.ask(MANILA, ANA, "!envío como=nadie Ganamos.")
    assert "grupo, integrante" in answer
    assert await relays(twins, MILWAUKEE) == []


async def test_a_list_of_words_is_named_by_the_twin_s_number_too(three: Stage) -> None:
    assert "Agreed with manila" in await three.ask(MILWAUKEE, CARL, "!term keep with=1 Tenants")
    assert "Agreed with madrid" in await three.ask(MILWAUKEE, CARL, "!term keep Tenants with=Madrid")
    assert "With which group?" in await three.ask(MILWAUKEE, CARL, "!term keep Tenants with=lima")


@pytest.mark.parametrize("body", ["！twin", "／twin", "\u200f!twin", "\u200b\ufeff!twin", "\u202e/twin"])
async def test_a_command_begins_with_the_prefix_of_any_keyboard(twins: Stage, body: str) -> None:
    assert "Manila Tenants" in await twins.ask(MILWAUKEE, CARL, body)


async def test_other_commands_take_the_room_s_names_of_options_too(groups: Stage) -> None:
    code = await code_of(groups, MILWAUKEE, CARL)
    assert "20 de noviembre de 2027" in await groups.ask(
        MANILA, ANA, f"!hermano proponer {code} hasta=2027-11-20"
    )


@pytest.mark.parametrize("between", [" ", " - ", "–", " — ", ""])
async def test_a_code_is_understood_however_it_was_pasted(groups: Stage, between: str) -> None:
    code = (await code_of(groups, MILWAUKEE, CARL)).replace("-", between)
    await groups.ask(MADRID, EVA, "!group set language en")
    answer = await groups.ask(MADRID, EVA, f"!twin propose {code} until=2027-11-20")
    assert "You propose to Milwaukee Tenants" in answer
    assert "November 20, 2027" in answer


# Sub-commands


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("!dispatch withdrw 1", "!dispatch withdraw 1"),
        ("!dispatch withdraw1", "!dispatch withdraw 1"),
        ("!dispatch Withdrawl milwaukee-1", "!dispatch withdraw milwaukee-1"),
        ("!dispatch withdraw no 1", "!dispatch withdraw 1"),
        ("!dispatch withdraw dispatch 1", "!dispatch withdraw 1"),
        ("!dispatch withdraw number #1", "!dispatch withdraw 1"),
        ("!dispatch withdrw", "!dispatch withdraw"),
        ("!dispatch shwo 1", "!dispatch show 1"),
        ("!dispatch show1", "!dispatch show 1"),
        ("!dispatch withdrw 1 to=madrid", "!dispatch withdraw 1"),
        ("!dispatch to=madrid withdraw 1", "!dispatch withdraw 1"),
        ("!dispatch help", "!help dispatch"),
        ("!dispatch ayuda", "!help dispatch"),
        ("!dispatch list", "!help dispatch"),
        ("!dispatch remove 1", "!help dispatch"),
        ("!dispatch withdraw milwaukee – 1", "!dispatch withdraw milwaukee-1"),
        ("!dispatch withdraw the dispatch 1", "!dispatch withdraw 1"),
        ("!dispatch 1", "!help dispatch"),
        ("!dispatch milwaukee-1", "!help dispatch"),
    ],
)
async def test_a_misspelt_sub_command_is_no_news(three: Stage, body: str, meant: str) -> None:
    answer = await three.ask(MILWAUKEE, CARL, body)
    assert answer == f"Did you mean {meant}? {NOTHING}"
    assert await crossed(three) == {}


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("!envío retirrar 1", "!dispatch withdraw 1"),
        ("!envío retirar el 1", "!dispatch withdraw 1"),
        ("!envío retirar el envío 1", "!dispatch withdraw 1"),
        ("!envío mostar 1", "!dispatch show 1"),
        ("!dispatch withdrw 1", "!dispatch withdraw 1"),
        ("!envío ayuda", "!help dispatch"),
    ],
)
async def test_nor_is_it_in_spanish(three: Stage, body: str, meant: str) -> None:
    assert await three.ask(MANILA, ANA, body) == f"¿Querían decir {meant}? No se envió nada."
    assert await relays(three, MILWAUKEE) == []


@pytest.mark.parametrize(
    "text",
    [
        "Show up at ten",
        "Withdraw our demands? Never.",
        "Show of force in 12 towns",
        "Help is on its way",
        "Withdrawn from sale: 12 flats",
        "Two",
        "Day 3",
    ],
)
async def test_news_that_begins_like_a_sub_command_is_news(three: Stage, text: str) -> None:
    await three.say(MILWAUKEE, CARL, f"!dispatch {text}")
    assert await crossed(three) == {MADRID: [text], MANILA: [text]}


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("!twin proposee ABC", "!twin propose"),
        ("!twin puse", "!twin pause"),
        ("!twin puse manila", "!twin pause"),
        ("!group sett language es", "!group set"),
        ("!group cod", "!group code"),
        ("!term ad rent = renta", "!term add"),
        ("!twin help", "!help twin"),
        ("!withdraw 2", "!dispatch withdraw"),
        ("!propose ABC", "!twin propose"),
    ],
)
async def test_a_misspelt_sub_command_is_asked_back(three: Stage, body: str, meant: str) -> None:
    assert await three.ask(MILWAUKEE, CARL, body) == f"I do not know that. Did you mean {meant}?"


async def test_a_twin_whose_handle_is_like_a_sub_command_is_the_twin(twins: Stage) -> None:
    await twins.room(JOINT, [DORA], [ANA])
    await twins.ask(JOINT, DORA, '!group create pausa "Pausa" language=en')
    code = await code_of(twins, JOINT, DORA)
    await twins.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    assert "Pausa (pausa)" in await twins.ask(MILWAUKEE, CARL, "!twin pausa")


async def test_an_edit_into_a_slip_changes_nothing_in_the_twin_s_room(three: Stage) -> None:
    source = await three.say(MILWAUKEE, CARL, "!dispatch We won.")
    for room_id in (MANILA, MADRID, MILWAUKEE):
        await three.deliver(room_id)
    for body in ("!dispatch withdrw 1", "!dispatch We lost. to=", "!dispatch help"):
        answer = await three.ask(MILWAUKEE, CARL, body, edits=source)
        assert "not relayed" in answer
    assert await three.waiting(MANILA) == []


async def test_whom_a_waiting_dispatch_is_for_changes_with_its_edit(three: Stage) -> None:
    await three.ask(MADRID, EVA, '!term avoid boss "rude here"')
    source = await three.say(MILWAUKEE, CARL, "!dispatch The boss gave in.")
    assert await crossed(three) == {}
    await three.deliver(MILWAUKEE)
    await three.say(MILWAUKEE, CARL, "!dispatch to=madrid The boss gave in.", edits=source)
    await three.say(MILWAUKEE, CARL, "yes")
    assert await crossed(three) == {MADRID: ["The boss gave in."]}


# Help


@pytest.mark.parametrize(
    "body",
    [
        "Twinline: help",
        "twinline, help",
        "@twinline: help",
        "! help",
        "!ayuda",
        "¡ayuda",
        "! Ayuda",
        "!!help",
    ],
)
async def test_help_is_given_to_who_does_not_know_how(twins: Stage, body: str) -> None:
    wanted = await twins.ask(MILWAUKEE, CARL, "!help")
    assert await twins.ask(MILWAUKEE, CARL, body) == wanted != ""


@pytest.mark.parametrize("body", ["help", "Help!", "ayuda", "¿Ayuda?", " HELP "])
async def test_in_a_direct_chat_the_bare_word_gives_help(twins: Stage, body: str) -> None:
    await twins.room(CHAT, [DORA])
    wanted = await twins.ask(CHAT, DORA, "!help")
    assert await twins.ask(CHAT, DORA, body) == wanted
    assert await twins.ask(MILWAUKEE, CARL, body) == ""


@pytest.mark.parametrize(
    "body", ["@twinline what now?", "Hey Twinline, are you there?", "twinline: frobnicate"]
)
async def test_a_mention_that_is_not_understood_is_shown_the_way_to_help(twins: Stage, body: str) -> None:
    answer = await twins.ask(MILWAUKEE, CARL, body, mentions=[ME])
    assert answer == "I do not know that. !help shows what I can do."
    assert await twins.ask(MILWAUKEE, CARL, "Twinline is down again") == ""
    assert await twins.ask(MILWAUKEE, CARL, "Thanks!", mentions=[ME], reply_to="$any") == ""


# Where a command works


async def test_it_is_said_where_a_command_works(twins: Stage) -> None:
    await twins.room(ELSEWHERE, [CARL], [DORA])
    await twins.room(CHAT, [DORA])
    language = "!language works in your group's own room, and in a direct chat with me."
    joint = "!joint works in a joint room: one where members of both twins sit. Type it there."
    assert (await twins.ask(ELSEWHERE, CARL, "!language es")).endswith(language)
    assert await twins.ask(MILWAUKEE, CARL, "!joint manila") == joint
    assert (await twins.ask(CHAT, DORA, "!joint manila")).endswith(joint)
    assert await twins.ask(MILWAUKEE, CARL, "!translate on") == "!translate works in a direct chat with me."


# A handle with a number


async def test_a_handle_with_a_number_and_a_dispatch_are_told_apart(twins: Stage) -> None:
    await twins.room(JOINT, [DORA], [ANA])
    await twins.ask(JOINT, DORA, '!group create manila "Manila Harbour" language=en')
    code = await code_of(twins, JOINT, DORA)
    await twins.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    await twins.ask(JOINT, DORA, "!twin accept")
    for room_id in (MANILA, MILWAUKEE, JOINT):
        await twins.deliver(room_id)
    await twins.say(MILWAUKEE, CARL, "!dispatch We won. to=manila-2")
    assert await relays(twins, MANILA) == []
    assert [relay.words.text for relay in await relays(twins, JOINT)] == ["We won."]
    for body in ("!dispatch hi to=manila-12", "!dispatch hi to=manila-2-5", "!twin manila-2-5"):
        assert "has no twin" in await twins.ask(MILWAUKEE, CARL, body)
    for body in ("!dispatch show manila-2", "!dispatch show manila-2-5"):
        assert "has no dispatch" in await twins.ask(MILWAUKEE, CARL, body)
    assert "Manila Harbour (manila-2)" in await twins.ask(MILWAUKEE, CARL, "!twin manila-2")
    assert "We won." in await twins.ask(MILWAUKEE, CARL, "!dispatch show milwaukee-1")
