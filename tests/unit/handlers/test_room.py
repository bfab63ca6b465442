"""Coming into rooms and leaving them: who may invite, what is said, and when nothing is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.incoming import Batch, Invitation, RoomState, StateEvent
from bot.domain.outgoing import Join, Leave, Say
from bot.domain.text import t
from bot.handlers.invitation import MOST_DECLINED
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.stage import HOST, ME, Stage

NEW, CHAT = "!new:here.example", "!chat:here.example"
STRANGER, FRIEND = "@stranger:far.example", "@friend:far.example"
ONLY_ENCRYPTED = t(
    "I work in encrypted rooms only. Please switch encryption on in a new room and invite me there."
)
NOT_ALONE = t("Somebody else is in this room or invited to it: I say nothing private here any more.")


async def invite(
    stage: Stage, inviter: str, *, direct: bool = False, encrypted: bool | None = True, room_id: str = NEW
) -> list[Join | Leave]:
    """Somebody invites the bot; what it does."""
    await stage.receiver.batch(Batch("c", (Invitation(stage._id("i"), room_id, inviter, direct, encrypted),)))
    payloads = [row.payload for row in await stage.waiting(room_id)]
    return [one for one in payloads if isinstance(one, Join | Leave)]


def declined(room_id: str = NEW) -> Leave:
    """An invitation is declined without a word."""
    return Leave(room_id, None, what="decline")


async def says(stage: Stage, room_id: str) -> list[str]:
    """What the bot would say into a room."""
    payloads = [row.payload for row in await stage.waiting(room_id)]
    return [stage.word(one) for one in payloads if isinstance(one, Say)]


async def leaves(stage: Stage, room_id: str) -> list[str]:
    """The reasons with which it would leave a room."""
    payloads = [row.payload for row in await stage.waiting(room_id)]
    return [
        stage.catalogs.say(one.reason, one.language) if one.reason else ""
        for one in payloads
        if isinstance(one, Leave)
    ]


# Invitations


@pytest.mark.parametrize("inviter", ["@anybody:here.example", HOST])
async def test_who_the_host_allows_is_followed(stage: Stage, inviter: str) -> None:
    assert await invite(stage, inviter) == [Join(NEW)]


@pytest.mark.parametrize("direct", [True, False])
async def test_a_stranger_is_declined_without_a_word(stage: Stage, direct: bool) -> None:
    assert await invite(stage, STRANGER, direct=direct) == [declined()]
    assert await says(stage, NEW) == []


async def test_a_server_whose_name_only_begins_alike_is_a_stranger_s(stage: Stage) -> None:
    assert await invite(stage, "@x:here.example.evil.example") == [declined()]
    assert await invite(stage, "@here.example:far.example", room_id=CHAT) == [declined(CHAT)]


async def test_a_flood_of_invitations_is_declined_one_by_one(stage: Stage) -> None:
    for number in range(MOST_DECLINED):
        room_id = f"!flood{number}:far.example"
        assert await invite(stage, STRANGER, room_id=room_id) == [declined(room_id)]


async def test_a_member_of_a_home_may_start_a_direct_chat(groups: Stage) -> None:
    await groups.member(MANILA, FRIEND, "join")
    assert await invite(groups, FRIEND, direct=True) == [Join(NEW)]


async def test_a_member_of_a_home_may_not_invite_into_other_rooms(groups: Stage) -> None:
    await groups.member(MANILA, FRIEND, "join")
    assert await invite(groups, FRIEND, direct=False) == [declined()]


@pytest.mark.parametrize("membership", ["leave", "ban", "invite", "knock"])
async def test_who_is_no_joined_member_may_not(groups: Stage, membership: str) -> None:
    await groups.member(MANILA, FRIEND, membership, sender=ANA)
    assert await invite(groups, FRIEND, direct=True) == [declined()]


async def test_a_member_of_a_room_that_is_no_home_may_not(stage: Stage) -> None:
    await stage.member(MANILA, FRIEND, "join")
    assert await invite(stage, FRIEND, direct=True) == [declined()]


async def test_into_an_unencrypted_room_it_does_not_go_and_says_why(stage: Stage) -> None:
    (leave,) = await invite(stage, "@anybody:here.example", encrypted=False)
    assert leave == Leave(NEW, ONLY_ENCRYPTED, what="decline")


async def test_a_stranger_hears_nothing_about_encryption_either(stage: Stage) -> None:
    assert await invite(stage, STRANGER, encrypted=False) == [declined()]


async def test_an_invitation_that_does_not_tell_is_accepted(stage: Stage) -> None:
    assert await invite(stage, "@anybody:here.example", encrypted=None) == [Join(NEW)]


async def test_an_invitation_that_comes_again_is_answered_once(stage: Stage) -> None:
    invitation = Invitation("$same", NEW, STRANGER, direct=False, encrypted=True)
    for _ in range(3):
        await stage.receiver.batch(Batch("c", (invitation,)))
    assert len(await stage.waiting(NEW)) == 1


# Welcome


async def test_three_seconds_after_joining_it_says_what_it_can_read_and_who_hosts_it(stage: Stage) -> None:
    await stage.room(NEW, [ANA], [BEN])
    (row,) = await stage.waiting(NEW)
    assert isinstance(row.payload, Say)
    said = stage.word(row.payload)
    assert "I can read everything that is written in this room" in said
    assert "Rosa" in said
    assert "Groups at risk use a room made for me" in said
    assert "!group create" in said
    assert len(said.splitlines()) <= 6
    async with stage.database.tx() as tx:
        due = await tx.value("SELECT not_before - created_at FROM outbox WHERE id = ?", row.id)
    assert due == timedelta(seconds=3) / timedelta(milliseconds=1)


async def test_where_nobody_is_known_the_welcome_is_in_all_languages_that_it_speaks(stage: Stage) -> None:
    await stage.room(NEW, [ANA], [BEN])
    (row,) = await stage.waiting(NEW)
    assert isinstance(row.payload, Say)
    assert row.payload.languages == tuple(stage.catalogs.available())
    assert "Puedo leer todo lo que se escribe en esta sala" in stage.word(row.payload)


async def test_a_newcomer_is_answered_in_the_language_whose_word_was_typed(stage: Stage) -> None:
    await stage.room(NEW, [ANA], [BEN])
    assert "no es la casa de ningún grupo" in await stage.ask(NEW, BEN, "!ayuda")
    assert "no es la casa de ningún grupo" in await stage.ask(NEW, BEN, "¡Ayuda!")
    assert "is not the home of a group yet" in await stage.ask(NEW, BEN, "!help")
    done = await stage.ask(NEW, ANA, '!grupo crear cdmx "Vecindad" idioma=es zona=America/Mexico_City')
    assert "Esta sala es ahora la casa de Vecindad" in done


async def test_who_has_a_language_keeps_it_whatever_word_was_typed(groups: Stage) -> None:
    await groups.room(NEW, [CARL], [DORA])
    assert "is not the home of a group yet" in await groups.ask(NEW, CARL, "!ayuda")
    assert "I do not know that" in await groups.ask(NEW, CARL, "!grupo")


async def test_it_greets_once(stage: Stage) -> None:
    await stage.room(NEW, [ANA], [BEN])
    await stage.room(NEW, [ANA], [BEN, CARL])
    await stage.member(NEW, DORA, "join")
    assert len(await says(stage, NEW)) == 1


async def test_a_direct_chat_is_shown_the_way_to_help(stage: Stage) -> None:
    await stage.room(CHAT, [HOST])
    (said,) = await says(stage, CHAT)
    assert "!help" in said
    assert "!group create" not in said


async def test_a_person_is_greeted_in_their_language(groups: Stage) -> None:
    await groups.room(CHAT, [BEN])
    (said,) = await says(groups, CHAT)
    assert groups.catalogs.say(t("{command} shows what I can do.", command="!help"), "es") in said


async def test_a_room_of_others_is_not_greeted_in_the_language_of_some_group(groups: Stage) -> None:
    """The bot itself sits in every home; whose language that is says nothing about this room."""
    await groups.room(NEW, [HOST], ["@new:here.example"])
    (said,) = await says(groups, NEW)
    assert "I can read everything" in said


# Encryption


async def test_an_unencrypted_room_is_left_with_the_reason_and_no_message(stage: Stage) -> None:
    await stage.room(NEW, [ANA], [BEN], encrypted=False)
    assert await says(stage, NEW) == []
    assert set(await leaves(stage, NEW)) == {stage.catalogs.say(ONLY_ENCRYPTED, "en")}


async def test_a_room_that_was_encrypted_once_is_never_taken_for_an_unencrypted_one(stage: Stage) -> None:
    """Whatever the server says later."""
    await stage.deliver(MANILA)
    now = stage.clock.now()
    member = StateEvent("$m", MANILA, ANA, now, "m.room.member", ME, {"membership": "join"})
    await stage.receiver.batch(Batch("c", (RoomState(MANILA, (member,), complete=True),)))
    plain = StateEvent("$e", MANILA, ANA, now, "m.room.encryption", "", {})
    await stage.receiver.batch(Batch("c", (plain,)))
    assert await leaves(stage, MANILA) == []


# Direct chats


async def test_a_direct_chat_that_is_none_when_it_is_joined_is_left(groups: Stage) -> None:
    await groups.member(MANILA, FRIEND, "join")
    await invite(groups, FRIEND, direct=True)
    await groups.deliver(NEW)
    await groups.room(NEW, [FRIEND], [STRANGER])
    assert await says(groups, NEW) == []
    assert len(await leaves(groups, NEW)) == 1


async def test_a_direct_chat_that_is_one_is_kept(groups: Stage) -> None:
    await groups.member(MANILA, FRIEND, "join")
    await invite(groups, FRIEND, direct=True)
    await groups.deliver(NEW)
    await groups.room(NEW, [FRIEND])
    assert await leaves(groups, NEW) == []
    assert len(await says(groups, NEW)) == 1


@pytest.mark.parametrize("membership", ["invite", "join"])
async def test_once_a_third_person_comes_it_is_said_once_and_nothing_private_any_more(
    groups: Stage, membership: str
) -> None:
    await groups.room(CHAT, [DORA])
    await groups.deliver(CHAT)
    await groups.member(CHAT, CARL, membership, sender=DORA)
    await groups.member(CHAT, BEN, membership, sender=DORA)
    assert await groups.deliver(CHAT) == [groups.catalogs.say(NOT_ALONE, "en")]
    assert await groups.ask(CHAT, DORA, "hello?") == ""
    assert "direct chat" in await groups.ask(CHAT, DORA, "!language es")


async def test_the_third_who_invites_and_is_gone_leaves_a_direct_chat(groups: Stage) -> None:
    await groups.room(CHAT, [DORA])
    await groups.deliver(CHAT)
    await groups.member(CHAT, CARL, "invite", sender=DORA)
    await groups.deliver(CHAT)
    await groups.member(CHAT, CARL, "leave", sender=DORA)
    assert await groups.ask(CHAT, DORA, "hello?") != ""


async def test_a_steward_who_was_alone_at_first_can_still_found_a_group(stage: Stage) -> None:
    await stage.room(NEW, [CARL])
    await stage.deliver(NEW)
    await stage.member(NEW, DORA, "join")
    await stage.deliver(NEW)
    await stage.ask(NEW, CARL, '!group create toledo "Toledo Tenants"')
    assert "Toledo Tenants" in await stage.ask(NEW, DORA, "!group")


async def test_a_group_s_home_with_two_people_is_no_direct_chat(groups: Stage) -> None:
    await groups.member(MILWAUKEE, DORA, "leave")
    await groups.member(MILWAUKEE, DORA, "join")
    assert groups.catalogs.say(NOT_ALONE, "en") not in await groups.deliver(MILWAUKEE)
    assert "Milwaukee Tenants" in await groups.ask(MILWAUKEE, CARL, "!group")
