"""`!dispatch` as a reply to somebody else's message: nobody's words cross without them."""

from __future__ import annotations

import pytest

from bot.domain.incoming import Message
from bot.domain.trust import Standing
from tests.fakes import ME
from tests.unit.handlers.cast import ANA, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre

WORDS = "We won."
EVE = "@eve:here.example"


@pytest.fixture(autouse=True)
async def third(theatre: Theatre) -> None:
    """Somebody else is there, too."""
    await theatre.member(MILWAUKEE, EVE, "join")
    await theatre.play()
    theatre.transport.room(MILWAUKEE).shown.clear()


async def _wrote(
    theatre: Theatre, who: str = DORA, text: str = WORDS, *, standing: Standing = Standing.SIGNED
) -> str:
    event = await theatre.say(MILWAUKEE, who, text)
    theatre.transport.room(MILWAUKEE).people[event] = Message(
        event, MILWAUKEE, who, theatre.clock.now(), "m.text", text, standing=standing
    )
    return event


async def _wants(theatre: Theatre, event: str, more: str = "", who: str = CARL) -> str:
    """Somebody wants a message to be sent; the event that says so."""
    asked = await theatre.say(MILWAUKEE, who, f"!dispatch {more}".strip(), reply_to=event)
    await theatre.play()
    return asked


async def _says(
    theatre: Theatre, who: str, text: str, *, thread: str | None, reply: str | None = None
) -> str:
    """Somebody answers in the thread; what the bot says to it."""
    before = len(_shown(theatre))
    await theatre.say(MILWAUKEE, who, text, thread=thread, reply_to=reply)
    await theatre.play()
    return "\n".join(_shown(theatre)[before:])


def _shown(theatre: Theatre) -> list[str]:
    return theatre.transport.texts(MILWAUKEE)


def _crossed(theatre: Theatre) -> list[str]:
    return [text for text in theatre.transport.texts(MANILA) if text.startswith("milwaukee-")]


async def _kept(theatre: Theatre, word: str = WORDS) -> list[str]:
    """The tables in which the words rest."""
    async with theatre.database.tx() as tx:
        found = [
            (table, row)
            for table in ("outbox", "question", "approval", "dispatch", "unwilling")
            for row in await tx.all(f"SELECT * FROM {table}")  # noqa: S608 (tables of this test)
        ]
    return sorted({table for table, row in found if word in str(tuple(row))})


async def test_the_author_is_asked_in_the_thread_and_their_yes_sends(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event)
    asking = next(post for post in theatre.transport.room(MILWAUKEE).posts.values() if post.thread == event)
    assert not asking.notice
    question, told = _shown(theatre)
    assert "wants to send this message of yours to manila: in the name of Milwaukee Tenants." in question
    assert "asked who wrote that message" in told
    assert _crossed(theatre) == []
    assert "milwaukee-1 is stored" in await _says(theatre, DORA, "yes", thread=event)
    assert len(_crossed(theatre)) == 1
    assert "Ganamos." in _crossed(theatre)[0]
    assert await _kept(theatre) == ["dispatch"]


async def test_a_reply_to_the_question_counts_as_well(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event)
    question = next(
        key for key, post in theatre.transport.room(MILWAUKEE).posts.items() if post.thread == event
    )
    await _says(theatre, DORA, "yes", thread=None, reply=question)
    assert len(_crossed(theatre)) == 1


async def test_no_sends_nothing_and_nobody_is_asked_twice(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event)
    assert "It stays here." in await _says(theatre, DORA, "no", thread=event)
    assert await _kept(theatre) == []
    await _wants(theatre, event)
    assert "I do not ask twice" in _shown(theatre)[-1]
    await _says(theatre, DORA, "yes", thread=event)
    assert _crossed(theatre) == []


async def test_a_day_of_silence_is_a_no(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event)
    await theatre.tick(hours=23, minutes=59)
    assert await _kept(theatre) == ["question"]
    await theatre.tick(minutes=1)
    await theatre.play()
    assert "no answer within a day" in _shown(theatre)[-1]
    assert await _kept(theatre) == []
    await _says(theatre, DORA, "yes", thread=event)
    await _wants(theatre, event)
    assert _crossed(theatre) == []


@pytest.mark.parametrize("who", [CARL, EVE])
async def test_nobody_else_can_answer(theatre: Theatre, who: str) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event)
    assert "Only who wrote that message" in await _says(theatre, who, "yes", thread=event)
    assert _crossed(theatre) == []
    await _says(theatre, DORA, "yes", thread=event)
    assert len(_crossed(theatre)) == 1


async def test_a_second_yes_sends_nothing_more(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event)
    for _ in range(2):
        await _says(theatre, DORA, "yes", thread=event)
    await _wants(theatre, event)
    assert "a dispatch already" in _shown(theatre)[-1]
    assert len(_crossed(theatre)) == 1


async def test_asked_twice_the_author_hears_one_question(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event)
    await _wants(theatre, event)
    assert "already, and wait" in _shown(theatre)[-1]
    assert len([text for text in _shown(theatre) if "message of yours" in text]) == 1


@pytest.mark.parametrize("taken_back", ["words", "wish"])
async def test_after_it_was_taken_back_a_yes_does_nothing(theatre: Theatre, taken_back: str) -> None:
    event = await _wrote(theatre)
    wish = await _wants(theatre, event)
    await theatre.remove(
        MILWAUKEE, DORA if taken_back == "words" else CARL, event if taken_back == "words" else wish
    )
    await theatre.play()
    assert not any("message of yours" in text for text in _shown(theatre))
    await _says(theatre, DORA, "yes", thread=event)
    assert _crossed(theatre) == []
    assert await _kept(theatre) == []


async def test_who_asked_and_lost_the_right_since_sends_nothing(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event)
    await theatre.member(MILWAUKEE, CARL, "leave")
    assert "may not send dispatches any more" in await _says(theatre, DORA, "yes", thread=event)
    assert _crossed(theatre) == []


async def test_the_author_who_has_left_cannot_be_asked(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await theatre.member(MILWAUKEE, DORA, "leave")
    await theatre.play()
    await _wants(theatre, event)
    assert "not in this room any more" in _shown(theatre)[-1]


async def test_what_the_bot_said_is_nobodys_words(theatre: Theatre) -> None:
    event = await _wrote(theatre, ME)
    await _wants(theatre, event)
    assert "That message is mine." in _shown(theatre)[-1]


async def test_words_from_a_device_that_does_not_count_are_not_put_to_anybody(theatre: Theatre) -> None:
    event = await _wrote(theatre, standing=Standing.UNSIGNED)
    await _wants(theatre, event)
    assert "not verified" in _shown(theatre)[-1]
    assert await _kept(theatre) == []


async def test_the_author_may_change_the_words_before_they_agree(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event)
    await theatre.say(MILWAUKEE, DORA, "Thank you.", edits=event)
    await theatre.say(MILWAUKEE, CARL, "Something else.", edits=event)
    await _says(theatre, DORA, "yes", thread=event)
    (copy,) = _crossed(theatre)
    assert "Gracias." in copy
    assert "We won." not in copy


async def test_a_steward_cannot_change_the_words_of_a_member(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event)
    await _says(theatre, DORA, "yes", thread=event)
    await theatre.say(MILWAUKEE, CARL, "Thank you.", edits=event)
    await theatre.play()
    assert "Ganamos." in theatre.read(MANILA)
    assert "Gracias." not in theatre.read(MANILA)


async def test_its_author_takes_it_back_though_they_are_no_steward(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event)
    await _says(theatre, DORA, "yes", thread=event)
    await theatre.say(MILWAUKEE, DORA, "!dispatch withdraw 1")
    await theatre.play()
    assert _crossed(theatre) == []


async def test_who_wanted_it_sees_the_translation_after_the_author_has_agreed(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event, "preview=yes")
    await _says(theatre, DORA, "yes", thread=event)
    assert any("manila will read this" in text for text in _shown(theatre))
    assert _crossed(theatre) == []
    await _says(theatre, CARL, "yes", thread=event)
    assert len(_crossed(theatre)) == 1
    async with theatre.database.tx() as tx:
        assert await tx.value("SELECT author FROM dispatch") == DORA


async def test_words_that_change_after_the_consent_are_not_sent_unseen(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event, "preview=yes")
    await _says(theatre, DORA, "yes", thread=event)
    await theatre.say(MILWAUKEE, DORA, "Thank you.", edits=event)
    await _says(theatre, CARL, "yes", thread=event)
    assert _crossed(theatre) == []
    assert await _kept(theatre) == []


async def test_killed_before_the_answer_is_settled_it_goes_once(theatre: Theatre) -> None:
    event = await _wrote(theatre)
    await _wants(theatre, event)
    answer = await theatre.say(MILWAUKEE, DORA, "yes", thread=event)
    theatre.start()
    await theatre.play()
    async with theatre.database.tx() as tx:
        assert await tx.value("SELECT COUNT(*) FROM seen WHERE event_id = ?", answer) == 1
    assert len(_crossed(theatre)) == 1


# Names


async def _direct(theatre: Theatre, who: str) -> str:
    room_id = f"!direct-{who[1:4]}:here.example"
    await theatre.room(room_id, [who])
    await theatre.play()
    return room_id


async def _tells(theatre: Theatre, room_id: str, who: str, text: str) -> str:
    before = len(theatre.transport.texts(room_id))
    await theatre.say(room_id, who, text)
    await theatre.play()
    return "\n".join(theatre.transport.texts(room_id)[before:])


async def test_a_dispatch_bears_the_name_that_its_author_chose(theatre: Theatre) -> None:
    await _tells(theatre, await _direct(theatre, CARL), CARL, '!name "Rosa Luz"')
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won. as=name")
    await theatre.play()
    assert _crossed(theatre)[0].startswith("milwaukee-1 · Rosa Luz, Milwaukee Tenants\n")


async def test_without_a_name_nothing_is_signed(theatre: Theatre) -> None:
    assert "no name of your own" in await _tells(theatre, MILWAUKEE, CARL, "!dispatch We won. as=name")
    event = await _wrote(theatre)
    await _wants(theatre, event, "as=name")
    assert "has chosen no name" in _shown(theatre)[-1]
    assert _crossed(theatre) == []


async def test_the_name_is_that_of_the_author_and_not_of_who_sends_it(theatre: Theatre) -> None:
    await _tells(theatre, await _direct(theatre, CARL), CARL, "!name Carlos the Great")
    await _tells(theatre, await _direct(theatre, DORA), DORA, "!name Rosa Luz")
    event = await _wrote(theatre)
    await _wants(theatre, event, "as=name")
    assert "under your name, “Rosa Luz”" in _shown(theatre)[0]
    await _says(theatre, DORA, "yes", thread=event)
    assert "Rosa Luz" in _crossed(theatre)[0]
    assert "Carlos" not in theatre.read(MANILA)


@pytest.mark.parametrize("waits", [False, True])
async def test_a_name_is_taken_off_everywhere(theatre: Theatre, waits: bool) -> None:
    chat = await _direct(theatre, CARL)
    await _tells(theatre, chat, CARL, "!name Rosa Luz")
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won. as=name urgent=yes")
    if not waits:
        await theatre.play()
    assert "taking it off" in await _tells(theatre, chat, CARL, "!name off") or waits
    await theatre.play()
    last = list(theatre.transport.texts(MANILA))[-1] if not waits else _crossed(theatre)[0]
    assert last.startswith("milwaukee-1 · ")
    assert "Rosa" not in last
    assert "Ganamos." in last
    await theatre.say(MILWAUKEE, CARL, "!dispatch Thank you. as=name")
    assert "no name" in await _tells(theatre, chat, CARL, "!name")


async def test_a_later_edit_does_not_bring_the_name_back(theatre: Theatre) -> None:
    chat = await _direct(theatre, CARL)
    await _tells(theatre, chat, CARL, "!name Rosa Luz")
    event = await theatre.say(MILWAUKEE, CARL, "!dispatch We won. as=name")
    await theatre.play()
    await _tells(theatre, chat, CARL, "!name off")
    await theatre.say(MILWAUKEE, CARL, "!dispatch Thank you. as=name", edits=event)
    await theatre.play()
    last = theatre.transport.texts(MANILA)[-1]
    assert "Gracias." in last
    assert "Rosa" not in last


async def test_another_name_takes_the_place_of_the_first(theatre: Theatre) -> None:
    chat = await _direct(theatre, CARL)
    await _tells(theatre, chat, CARL, "!name Rosa Luz")
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won. as=name")
    await theatre.play()
    assert "is changed, too" in await _tells(theatre, chat, CARL, "!name Blanca")
    assert theatre.transport.texts(MANILA)[-1].startswith("milwaukee-1 · Blanca, Milwaukee Tenants")


async def test_where_the_words_are_gone_the_name_stays_and_its_owner_is_told(theatre: Theatre) -> None:
    chat = await _direct(theatre, CARL)
    await theatre.say(MILWAUKEE, CARL, "!group set keep 0")
    await _tells(theatre, chat, CARL, "!name Rosa Luz")
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won. as=name")
    await theatre.play()
    answer = await _tells(theatre, chat, CARL, "!name off")
    assert "I no longer have the words" in answer
    assert f"milwaukee-1 (https://matrix.to/#/{MILWAUKEE}/$" in answer


@pytest.mark.parametrize(
    "name",
    [
        "!dispatch",
        "/help",
        "https://example.org",
        "example.org",
        "@carl:here.example",
        "x" * 500,
        "😀",
        "-",
        "Milwaukee Tenants",
        "manila",
        "MANILA tenants",
        "Twinline",
        "Dora",
    ],
)
async def test_what_cannot_be_a_name(theatre: Theatre, name: str) -> None:
    chat = await _direct(theatre, CARL)
    await _tells(theatre, chat, CARL, f'!name "{name}"')
    assert "no name" in await _tells(theatre, chat, CARL, "!name")


async def test_the_name_of_somebody_else_is_refused_also_when_it_was_chosen_before(theatre: Theatre) -> None:
    chat, other = await _direct(theatre, CARL), await _direct(theatre, ANA)
    await _tells(theatre, chat, CARL, "!name Rosa Luz")
    await _tells(theatre, other, ANA, "!name rosa luz")
    dora = await _direct(theatre, DORA)
    assert "somebody else" in await _tells(theatre, dora, DORA, "!name ROSA  LÚZ")
    await theatre.member(MILWAUKEE, ANA, "join")
    await theatre.play()
    assert "no name of your own" in await _tells(theatre, MILWAUKEE, CARL, "!dispatch We won. as=name")


async def test_whose_name_is_that_of_their_account_is_told(theatre: Theatre) -> None:
    assert "name of your account" in await _tells(theatre, await _direct(theatre, CARL), CARL, "!name Carl")


async def test_a_name_is_chosen_in_a_direct_chat_alone(theatre: Theatre) -> None:
    await _tells(theatre, MILWAUKEE, CARL, "!name Rosa Luz")
    async with theatre.database.tx() as tx:
        assert await tx.value("SELECT name FROM person") is None
