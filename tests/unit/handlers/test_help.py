"""`!help`, `!privacy`, `!status` and `!language`, in every place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.handlers.context import Place
from bot.handlers.kept import DISPATCHES, KEPT, OF_NOBODY
from bot.handlers.nouns import all_nouns
from bot.handlers.registry import commands_of
from bot.storage import people
from tests.unit.handlers.cast import (
    ANA,
    BEN,
    CARL,
    DORA,
    EVA,
    MADRID,
    MANILA,
    MILWAUKEE,
    code_of,
    count,
    heard,
    propose,
)
from tests.unit.stage import HOST, Stage

DIRECT, JOINT = "!direct:here.example", "!joint:here.example"


async def direct(stage: Stage, person: str) -> None:
    """An encrypted room with the bot and one person."""
    await stage.room(DIRECT, [person])
    await stage.deliver(DIRECT)


# help


async def test_a_steward_sees_all_commands_of_the_home_by_theme(groups: Stage) -> None:
    answer = await groups.ask(MILWAUKEE, CARL, "!help")
    for command in ("!help", "!privacy", "!status", "!language", "!group set", "!twin propose", "!dispatch"):
        assert command in answer
    assert any(line.startswith("Twins: !twin") for line in answer.splitlines())


async def test_help_shows_the_words_of_the_rooms_language(groups: Stage) -> None:
    answer = await groups.ask(MANILA, ANA, "!ayuda")
    assert "También se puede escribir: !ayuda · !privacidad" in answer
    assert "También se puede escribir: !grupo cambiar" in await groups.ask(MANILA, ANA, "!ayuda group set")
    assert "You can also type" not in await groups.ask(MILWAUKEE, CARL, "!help group set")


async def test_a_member_sees_only_what_members_can_type(groups: Stage) -> None:
    answer = await groups.ask(MILWAUKEE, DORA, "!help")
    for command in ("!group code", "!group set", "!twin propose", "!twin end", "!language"):
        assert command not in answer
    for command in ("!group", "!twin", "!status", "!privacy"):
        assert command in answer


async def test_in_a_room_that_is_no_home_help_says_what_makes_it_one(stage: Stage) -> None:
    assert "!group create" in await stage.ask(MANILA, ANA, "!help")
    seen = await stage.ask(MANILA, BEN, "!help")
    assert "!group create" not in seen
    assert "!privacy" in seen
    assert "not the home of a group" in seen


async def test_in_a_direct_chat_help_shows_what_works_there(groups: Stage) -> None:
    await direct(groups, DORA)
    answer = await groups.ask(DIRECT, DORA, "!help")
    assert "!language" in answer
    assert "!group" not in answer.replace("!help group", "")
    assert "your group's room" in answer


async def test_in_a_joint_room_help_shows_what_works_there(twins: Stage) -> None:
    await twins.room(JOINT, [CARL], [ANA])
    await twins.ask(JOINT, CARL, "!joint manila")
    await twins.ask(JOINT, ANA, "!joint milwaukee")
    answer = await twins.ask(JOINT, CARL, "!help")
    assert "!joint" in answer
    assert "!twin pause" not in answer


@pytest.mark.parametrize("typed", ["twin", "TWIN", "“twin”", "twins"])
async def test_a_theme_has_a_page_with_usage_and_summary(groups: Stage, typed: str) -> None:
    answer = await groups.ask(MILWAUKEE, CARL, f"!help {typed}")
    assert "!twin propose CODE [until=2027-11-20] – proposes a twinning" in answer


async def test_a_long_theme_comes_in_pages_that_together_show_everything(groups: Stage) -> None:
    seen, answer, command = "", "", "!help twin"
    for _ in range(5):
        answer = await groups.ask(MILWAUKEE, CARL, command)
        assert len(answer) <= 600
        assert len(answer.splitlines()) <= 12
        seen += answer + "\n"
        last = answer.splitlines()[-1]
        if not last.startswith("More: "):
            break
        command = last.removeprefix("More: ")
    for word in ("propose", "accept", "decline", "pause", "resume", "end", "renew"):
        assert f"!twin {word} " in seen
    assert await groups.ask(MILWAUKEE, CARL, "!help twin 99") == answer


async def test_help_on_dispatch_tells_what_it_looks_for_and_which_files_cross(groups: Stage) -> None:
    pages = [await groups.ask(MILWAUKEE, CARL, f"!help dispatch {page}") for page in (1, 2, 3)]
    answer = "\n".join(pages)
    assert "telephone numbers" in answer
    assert "a picture, a voice message or a plain text file" in answer


@pytest.mark.parametrize("typed", ["group set", "set", "Group  Set"])
async def test_one_command_has_a_page_with_who_may(groups: Stage, typed: str) -> None:
    answer = await groups.ask(MILWAUKEE, CARL, f"!help {typed}")
    assert "!group set [KEY] [VALUE]" in answer
    assert "For stewards" in answer


async def test_a_page_for_a_command_one_cannot_use_here_says_so(groups: Stage) -> None:
    answer = await groups.ask(MILWAUKEE, DORA, "!help group code")
    assert "cannot use it here" in answer


async def test_options_are_explained_as_optional(groups: Stage) -> None:
    assert "until=2027-11-20 may be left out." in await groups.ask(MILWAUKEE, CARL, "!help twin propose")


@pytest.mark.parametrize("typed", ["bomb", "<b>x</b>", "12345678901234567890x" * 5])
async def test_a_word_without_help_says_so(groups: Stage, typed: str) -> None:
    answer = await groups.ask(MILWAUKEE, CARL, f"!help {typed}")
    assert "no help on" in answer
    assert len(answer) < 200


async def test_help_in_spanish_is_answered_in_spanish(groups: Stage) -> None:
    await groups.deliver(MANILA)
    await groups.say(MANILA, ANA, "!help")
    (answer,) = await heard(groups, MANILA)
    assert answer.language == "es"
    assert answer.notice


@pytest.mark.parametrize("room_id", [MANILA, MILWAUKEE])
async def test_no_page_of_help_is_longer_than_a_phone_shows(twins: Stage, room_id: str) -> None:
    steward = ANA if room_id == MANILA else CARL
    words = sorted({word for declared in commands_of(all_nouns()) for word in declared})
    for word in ("", *words):
        answer = await twins.ask(room_id, steward, f"!help {word}")
        assert 0 < len(answer) <= 600, word
        assert len(answer.splitlines()) <= 12, word


async def test_every_command_is_shown_to_somebody_somewhere(twins: Stage) -> None:
    await twins.room("!new:here.example", [EVA], [BEN])
    await twins.room(JOINT, [CARL], [ANA])
    await twins.ask(JOINT, CARL, "!joint manila")
    await twins.ask(JOINT, ANA, "!joint milwaukee")
    await direct(twins, DORA)
    seen = ""
    for room_id, person in ((MILWAUKEE, CARL), ("!new:here.example", EVA), (DIRECT, DORA), (JOINT, CARL)):
        for page in (1, 2, 3):
            seen += await twins.ask(room_id, person, f"!help {page}") + " · "
    await twins.room("!host:here.example", [HOST])
    await twins.deliver("!host:here.example")
    assert "!host" not in seen
    seen += await twins.ask("!host:here.example", HOST, "!help") + " · "
    for command in commands_of(all_nouns()).values():
        assert f"!{command.name}" in seen


# privacy


@pytest.mark.parametrize("place", [Place.HOME, Place.OTHER, Place.DIRECT, Place.JOINT])
async def test_privacy_says_everywhere_who_can_read_and_what_is_kept(twins: Stage, place: Place) -> None:
    await twins.room("!new:here.example", [CARL], [DORA])
    await twins.room(JOINT, [CARL], [ANA])
    await twins.ask(JOINT, CARL, "!joint manila")
    await direct(twins, CARL)
    rooms = {
        Place.HOME: MILWAUKEE,
        Place.OTHER: "!new:here.example",
        Place.DIRECT: DIRECT,
        Place.JOINT: JOINT,
    }
    answer = await twins.ask(rooms[place], CARL, "!privacy")
    assert answer.startswith("I can read everything")
    for part in ("Rosa", "argos", "90 days", "14 days", "More: !privacy 2"):
        assert part in answer
    whole = "\n".join(await pages(twins, rooms[place], CARL))
    for part in ("1 year", "7 days", "30 days", "corrections", "joint rooms", "agreed to", "!group forget"):
        assert part in whole


async def pages(stage: Stage, room_id: str, person: str) -> list[str]:
    """All pages of `!privacy`."""
    found = [await stage.ask(room_id, person, "!privacy")]
    while f"!privacy {len(found) + 1}" in found[-1]:
        found.append(await stage.ask(room_id, person, f"!privacy {len(found) + 1}"))
    return found


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("host", ["Rosa", "R" * 80])
async def test_a_page_on_privacy_is_seen_at_a_glance(groups: Stage, language: str, host: str) -> None:
    house = groups.router.house
    groups.router.house = replace(
        house, host_name=host, engines=("Argos", "Apertium"), servers=("t.example",)
    )
    await groups.ask(MILWAUKEE, CARL, f"!language {language}")
    found = await pages(groups, MILWAUKEE, DORA)
    assert len(found) >= 2
    for page in found:
        assert len(page) <= 600
        assert len(page.splitlines()) <= 12
    lines = [line for page in found for line in page.splitlines() if "!privacy" not in line]
    assert len(lines) == len(set(lines)) == 3 + 1 + 1 + len(KEPT)


async def test_a_page_on_privacy_that_is_none_is_the_nearest(groups: Stage) -> None:
    found = await pages(groups, MILWAUKEE, DORA)
    assert await groups.ask(MILWAUKEE, DORA, "!privacy 0") == found[0]
    assert await groups.ask(MILWAUKEE, DORA, "!privacy milwaukee-2") == found[0]
    assert await groups.ask(MILWAUKEE, DORA, f"!privacy {'9' * 5000}") == found[-1]


async def test_privacy_tells_of_every_table_of_the_database(groups: Stage) -> None:
    async with groups.database.reading() as tx:
        rows = await tx.all(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    told = {table for kept in KEPT for table in kept.tables}
    assert told.isdisjoint(OF_NOBODY)
    assert {row[0] for row in rows} == told | set(OF_NOBODY) | set(DISPATCHES)


async def test_privacy_names_the_groups_own_time(groups: Stage) -> None:
    await groups.ask(MILWAUKEE, CARL, "!group set keep 12")
    assert "12 days" in await groups.ask(MILWAUKEE, DORA, "!privacy")
    await groups.ask(MILWAUKEE, CARL, "!group set keep 0")
    assert "not kept" in await groups.ask(MILWAUKEE, DORA, "!privacy")


async def test_privacy_says_when_nothing_translates(groups: Stage) -> None:
    groups.router.house = replace(groups.router.house, engines=())
    assert "untranslated" in await groups.ask(MILWAUKEE, DORA, "!privacy")


async def test_privacy_names_the_servers_to_which_words_go(groups: Stage) -> None:
    house = groups.router.house
    groups.router.house = replace(house, engines=("Apertium",), servers=("translate.example.org",))
    both = await groups.ask(MILWAUKEE, DORA, "!privacy")
    assert "by Apertium" in both
    assert "can be read there: translate.example.org" in both
    groups.router.house = replace(house, engines=(), servers=("translate.example.org",))
    answer = await groups.ask(MILWAUKEE, DORA, "!privacy")
    assert "translate.example.org" in answer
    assert "own machine" not in answer


# status


async def test_status_without_a_twin_says_how_to_find_one(groups: Stage) -> None:
    answer = await groups.ask(MILWAUKEE, DORA, "!status")
    assert "Milwaukee Tenants (milwaukee)" in answer
    assert "!group code" in answer


async def test_status_shows_twins_and_that_nothing_waits(twins: Stage) -> None:
    answer = await twins.ask(MILWAUKEE, DORA, "!status")
    assert "Manila Tenants (manila): active until" in answer
    assert "Nothing waits" in answer


async def test_status_says_what_waits_for_whom_and_why(twins: Stage) -> None:
    await twins.say(MILWAUKEE, CARL, "!dispatch We won the hearing.")
    assert "1 message waits: it is being translated" in await twins.ask(MILWAUKEE, DORA, "!status")
    async with twins.database.tx() as tx:
        await tx.run("UPDATE outbox SET state = 'waiting' WHERE kind = 'relay'")
    assert "it is on its way" in await twins.ask(MILWAUKEE, DORA, "!status")
    async with twins.database.tx() as tx:
        await tx.run("UPDATE outbox SET tries = 3 WHERE kind = 'relay'")
    assert "I keep trying" in await twins.ask(MILWAUKEE, DORA, "!status")


async def test_status_shows_no_group_what_another_pair_of_twins_sends(twins: Stage) -> None:
    await twins.ask(MADRID, EVA, f"!twin propose {await code_of(twins, MILWAUKEE, CARL)}")
    await twins.ask(MILWAUKEE, CARL, "!twin accept madrid")
    await twins.say(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    await twins.ask(MADRID, EVA, "!group set language en")
    assert "Nothing waits" in await twins.ask(MADRID, EVA, "!status")


async def test_status_says_that_a_twinning_ends_soon(twins: Stage) -> None:
    await twins.tick(days=330)
    assert "ends soon" not in await twins.ask(MILWAUKEE, DORA, "!status")
    await twins.tick(days=10)
    answer = await twins.ask(MILWAUKEE, DORA, "!status")
    assert "ends soon" in answer
    assert "!twin renew manila" in answer


async def test_status_of_a_proposal_says_what_to_type(groups: Stage) -> None:
    await propose(groups)
    assert "!twin accept manila" in await groups.ask(MILWAUKEE, DORA, "!status")


# language


async def test_a_steward_changes_the_rooms_language(groups: Stage) -> None:
    await groups.deliver(MILWAUKEE)
    await groups.say(MILWAUKEE, CARL, "!language Español")
    (answer,) = await heard(groups, MILWAUKEE)
    assert answer.language == "es"
    assert "for stewards" not in await groups.ask(MILWAUKEE, DORA, "!group")


async def test_a_member_does_not_change_the_rooms_language(groups: Stage) -> None:
    assert "for stewards" in await groups.ask(MILWAUKEE, DORA, "!language es")


async def test_in_a_direct_chat_it_is_the_persons_own(groups: Stage) -> None:
    await direct(groups, DORA)
    await groups.say(DIRECT, DORA, "!language es")
    (answer,) = await heard(groups, DIRECT)
    assert answer.language == "es"
    assert answer.private_with == DORA
    async with groups.database.tx() as tx:
        assert await people.language(tx, DORA) == "es"
    await groups.deliver(DIRECT)
    await groups.say(DIRECT, DORA, "!help")
    assert [say.language for say in await heard(groups, DIRECT)] == ["es"]


async def test_a_language_the_bot_does_not_speak_is_refused_with_those_it_speaks(groups: Stage) -> None:
    answer = await groups.ask(MILWAUKEE, CARL, "!language klingon")
    assert "do not speak “klingon”" in answer
    assert "English and Spanish" in answer


async def test_without_a_code_it_shows_the_language_and_the_choice(groups: Stage) -> None:
    answer = await groups.ask(MILWAUKEE, CARL, "!language")
    assert "English" in answer
    assert "Spanish" in answer


# odd input


ODD = (
    "",
    "x" * 59_000,
    "\x00\x07\x1b[31m",
    "\u202egnitirw\u202c",
    "<b>bold</b> <script>",
    "@room @carl:here.example",
    "“",
    "'' \"",
    "= == a=b=c",
    "🌻" * 50,
    "۱۲۳",
    "-1",
    "9" * 400,
    "\n\n\n",
    "%s %d {name} {0}",
    "'; DROP TABLE grp; --",
)


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
async def test_odd_input_is_met_with_a_short_answer_and_changes_nothing(twins: Stage, odd: str) -> None:
    before = [await count(twins, table) for table in ("grp", "twinning", "code")]
    for command in (
        "group create",
        "group set",
        "group set zone",
        "twin",
        "twin propose",
        "language",
        "help",
    ):
        answer = await twins.ask(MILWAUKEE, CARL, f"!{command} {odd}")
        assert answer, command
        assert "Something is wrong with me" not in answer, command
        assert len(answer) <= 600, command
    assert [await count(twins, table) for table in ("grp", "twinning", "code")] == before
