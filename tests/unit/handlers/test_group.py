"""`!group`: create, show, set, code and forget, with what people mistype."""

from __future__ import annotations

import pytest

from tests.unit.handlers.cast import (
    ANA,
    BEN,
    CARL,
    DORA,
    MANILA,
    MILWAUKEE,
    again,
    code_in,
    code_of,
    count,
    group,
    heard,
)
from tests.unit.stage import Stage

CREATE = '!group create manila "Manila Tenants"'


# create


async def test_a_room_becomes_a_home_and_the_answer_says_who_may_dispatch_and_what_is_next(
    stage: Stage,
) -> None:
    answer = await stage.ask(MANILA, ANA, CREATE + " zone=Asia/Manila")
    assert "home of Manila Tenants" in answer
    assert "handle is manila" in answer
    assert "Asia/Manila" in answer
    assert "!group set dispatch members" in answer
    assert "!group code" in answer
    made = await group(stage)
    assert (made.handle, made.language, made.zone) == ("manila", "en", "Asia/Manila")


async def test_without_a_zone_it_is_utc_and_the_answer_says_how_to_set_it(stage: Stage) -> None:
    answer = await stage.ask(MANILA, ANA, CREATE)
    assert "UTC" in answer
    assert "!group set zone" in answer
    assert (await group(stage)).zone == "UTC"


async def test_a_new_group_is_answered_in_its_own_language(stage: Stage) -> None:
    await stage.say(MANILA, ANA, CREATE + " language=es")
    (answer,) = await heard(stage, MANILA)
    assert answer.language == "es"
    assert answer.notice


async def test_quotation_marks_and_capitals_of_phones_are_understood(stage: Stage) -> None:
    await stage.ask(MANILA, ANA, "!GROUP Create MANILA “Manila Tenants” Language=Español zone=asia/manila")
    made = await group(stage)
    assert (made.handle, made.name, made.language, made.zone) == (
        "manila",
        "Manila Tenants",
        "es",
        "Asia/Manila",
    )


@pytest.mark.parametrize("typed", ["a", "abcdefghijklmnopq", "🌻🌻", "12", "ma-nila", "<b>x</b>", "@room"])
async def test_what_cannot_be_a_handle_is_refused_with_an_example(stage: Stage, typed: str) -> None:
    answer = await stage.ask(MANILA, ANA, f'!group create {typed} "Manila Tenants"')
    assert "cannot be a handle" in answer
    assert "manila" in answer
    assert await count(stage, "grp") == 0


@pytest.mark.parametrize("typed", ["ab", "abcdefghijklmnop", "मनीला", "مانيلا", "manila2"])
async def test_handles_of_two_to_sixteen_letters_of_any_script_are_taken(stage: Stage, typed: str) -> None:
    await stage.ask(MANILA, ANA, f'!group create {typed} "Manila Tenants"')
    assert (await group(stage)).handle == typed


@pytest.mark.parametrize("typed", ["…", "🌻", "x" * 61, "!help", "Hi @room", "Tina · Lima", "x.example"])
async def test_a_name_that_can_be_none_is_refused(stage: Stage, typed: str) -> None:
    answer = await stage.ask(MANILA, ANA, f'!group create manila "{typed}"')
    assert "can have up to 60 letters, digits, blanks and the signs - ' ’ . , &" in answer
    assert await count(stage, "grp") == 0


async def test_a_name_can_neither_ping_nor_turn_the_line_around(stage: Stage) -> None:
    await stage.ask(MANILA, ANA, '!group create manila "\u202etnanet\u202c room\u2066 A\u0007\U000e0041"')
    assert (await group(stage)).name == "tnanet room A"


async def test_an_unknown_zone_is_refused_with_a_guess_and_can_be_edited_into_shape(stage: Stage) -> None:
    await stage.deliver(MANILA)
    event = await stage.say(MANILA, ANA, CREATE + " zone=Asia/Manilla")
    (answer,) = await stage.deliver(MANILA)
    assert "do not know the time zone “Asia/Manilla”" in answer
    assert "Asia/Manila" in answer
    assert await count(stage, "grp") == 0
    await stage.say(MANILA, ANA, CREATE + " zone=Asia/Manila", edits=event)
    assert (await group(stage)).zone == "Asia/Manila"


async def test_a_zone_without_any_likeness_is_refused_with_an_example(stage: Stage) -> None:
    answer = await stage.ask(MANILA, ANA, CREATE + " zone=Mordor/Barad-Dur")
    assert "America/Mexico_City" in answer
    assert await count(stage, "grp") == 0


@pytest.mark.parametrize("typed", ["xx", "klingon", "sw"])
async def test_a_language_the_bot_does_not_speak_is_refused_with_those_it_speaks(
    stage: Stage, typed: str
) -> None:
    answer = await stage.ask(MANILA, ANA, f"{CREATE} language={typed}")
    assert "do not speak" in answer
    assert "Spanish" in answer
    assert await count(stage, "grp") == 0


async def test_a_room_may_have_several_languages_from_the_beginning(stage: Stage) -> None:
    answer = await stage.ask(MANILA, ANA, f"{CREATE} language=en,es,ca")
    assert "Languages of this room: English, Spanish, and Catalan. I speak English" in answer
    assert (await group(stage)).languages == ("en", "es", "ca")


@pytest.mark.parametrize("typed", ["en,klingon", "klingon,en", "en,es,ca,fr,de", '" , "'])
async def test_of_several_languages_an_impossible_one_makes_no_home(stage: Stage, typed: str) -> None:
    answer = await stage.ask(MANILA, ANA, f"{CREATE} language={typed}")
    assert "klingon" in answer or "up to 4 languages" in answer or "What comes after" in answer
    assert await count(stage, "grp") == 0


async def test_only_a_steward_makes_a_room_a_home(stage: Stage) -> None:
    answer = await stage.ask(MANILA, BEN, CREATE)
    assert "for stewards" in answer
    assert await count(stage, "grp") == 0


async def test_a_steward_who_has_left_makes_nothing(stage: Stage) -> None:
    await stage.member(MANILA, ANA, "leave")
    answer = await stage.ask(MANILA, ANA, CREATE)
    assert "not in this room any more" in answer
    assert await count(stage, "grp") == 0


async def test_a_home_is_not_made_twice(groups: Stage) -> None:
    answer = await groups.ask(MILWAUKEE, CARL, '!group create other "Other"')
    assert "home of Milwaukee Tenants already" in answer
    assert (await group(groups, MILWAUKEE)).handle == "milwaukee"


async def test_a_direct_chat_is_no_home_and_the_answer_says_where(stage: Stage) -> None:
    await stage.room("!direct:here.example", [ANA])
    answer = await stage.ask("!direct:here.example", ANA, CREATE)
    assert "direct chat" in answer
    assert "Invite the others first" in answer
    assert await count(stage, "grp") == 0
    await stage.member("!direct:here.example", BEN, "join")
    assert "is now the home" in await stage.ask("!direct:here.example", ANA, CREATE)


async def test_missing_words_are_answered_with_the_usage(stage: Stage) -> None:
    answer = await stage.ask(MANILA, ANA, "!group create manila")
    assert "NAME is missing" in answer
    assert '!group create HANDLE "NAME"' in answer


async def test_the_same_event_twice_makes_one_group_and_one_answer(stage: Stage) -> None:
    await stage.deliver(MANILA)
    event = await stage.say(MANILA, ANA, CREATE)
    await again(stage, event, MANILA, ANA, CREATE)
    assert len(await stage.deliver(MANILA)) == 1
    assert await count(stage, "grp") == 1


# show and set


async def test_every_member_sees_the_settings_only_stewards_how_to_change_them(groups: Stage) -> None:
    seen = await groups.ask(MILWAUKEE, DORA, "!group")
    assert "Milwaukee Tenants" in seen
    assert "America/Chicago" in seen
    assert "90 days" in seen
    assert "!group set" not in seen
    assert "!group set" in await groups.ask(MILWAUKEE, CARL, "!group")


async def test_settings_are_changed_and_read_back(groups: Stage) -> None:
    for typed in (
        "zone Mexico City",
        "dispatch members",
        "attribution MEMBER",
        "threadconfirm off",
        "keep 30 days",
    ):
        await groups.ask(MILWAUKEE, CARL, f"!group set {typed}")
    changed = await group(groups, MILWAUKEE)
    assert changed.zone == "America/Mexico_City"
    assert changed.settings.dispatch == "members"
    assert changed.settings.attribution == "member"
    assert changed.settings.threadconfirm is False
    assert changed.settings.keep == 30
    seen = await groups.ask(MILWAUKEE, DORA, "!group")
    assert "every member" in seen
    assert "30 days" in seen


async def test_a_value_may_stand_behind_an_equals_sign_and_in_quotation_marks(groups: Stage) -> None:
    await groups.ask(MILWAUKEE, CARL, "!group set zone=“Europe/Berlin”")
    assert (await group(groups, MILWAUKEE)).zone == "Europe/Berlin"


async def test_a_room_has_several_languages_the_first_of_which_the_bot_speaks(groups: Stage) -> None:
    answer = await groups.ask(MILWAUKEE, CARL, "!group set languages English, Español, ca, en")
    assert "Languages of this room: English, Spanish, and Catalan. I speak English" in answer
    assert (await group(groups, MILWAUKEE)).languages == ("en", "es", "ca")
    assert "English, Spanish, and Catalan" in await groups.ask(MILWAUKEE, DORA, "!group")
    assert "English, Spanish, and Catalan" in await groups.ask(MILWAUKEE, DORA, "!status")
    await groups.ask(MILWAUKEE, CARL, "!group set languages en")
    assert (await group(groups, MILWAUKEE)).languages == ("en",)


async def test_a_change_of_the_bot_s_language_takes_none_from_the_room(groups: Stage) -> None:
    await groups.ask(MILWAUKEE, CARL, "!group set languages en es ca")
    await groups.ask(MILWAUKEE, CARL, "!language es")
    assert (await group(groups, MILWAUKEE)).languages == ("es", "en", "ca")
    await groups.say(MILWAUKEE, CARL, "!group set idiomas en,ca")
    await groups.say(MILWAUKEE, CARL, "!language es")
    assert (await group(groups, MILWAUKEE)).languages == ("es", "ca")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("en,klingon", "do not know the language “klingon”"),
        ("ca,en", "I do not speak “ca” yet"),
        ("en,es,ca,fr,de", "up to 4 languages"),
        (",", "I do not speak “,” yet"),
    ],
)
async def test_languages_that_cannot_be_change_nothing(groups: Stage, typed: str, said: str) -> None:
    assert said in await groups.ask(MILWAUKEE, CARL, f"!group set languages {typed}")
    assert (await group(groups, MILWAUKEE)).languages == ("en",)


async def test_a_changed_language_answers_in_the_new_one(groups: Stage) -> None:
    await groups.deliver(MILWAUKEE)
    await groups.say(MILWAUKEE, CARL, "!group set language es")
    (answer,) = await heard(groups, MILWAUKEE)
    assert answer.language == "es"
    assert (await group(groups, MILWAUKEE)).language == "es"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (
            "",
            "zone, dispatch, attribution, threadconfirm, keep, devices, newmembers, quiet, urgent, approval",
        ),
        ("", "!group shows what each of them means."),
        ("colour red", "There is no setting “colour”"),
        ("zone Nowhere/Else", "do not know the time zone"),
        ("language xx", "do not speak"),
        ("dispatch everybody", "stewards and members"),
        ("attribution name", "group and member"),
        ("threadconfirm maybe", "on and off"),
        ("keep forever", "from 0 to 365"),
        ("keep 366", "from 0 to 365"),
        ("keep -1", "from 0 to 365"),
        ("keep " + "9" * 5000, "from 0 to 365"),
        ("keep ٣٠", "from 0 to 365"),
        ("keep", "90 days"),
    ],
)
async def test_what_cannot_be_set_is_refused_with_what_can(groups: Stage, typed: str, says: str) -> None:
    before = await group(groups, MILWAUKEE)
    answer = await groups.ask(MILWAUKEE, CARL, f"!group set {typed}")
    assert says in answer
    assert await group(groups, MILWAUKEE) == before


async def test_members_change_nothing(groups: Stage) -> None:
    for typed in ("!group set keep 0", "!group code", "!group forget"):
        assert "for stewards" in await groups.ask(MILWAUKEE, DORA, typed)
    assert (await group(groups, MILWAUKEE)).settings.keep == 90


async def test_shorter_keeping_holds_for_the_dispatches_there_are(twins: Stage) -> None:
    await twins.say(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    await twins.ask(MANILA, ANA, "!group set keep 0")
    await twins.tick(seconds=30)
    async with twins.database.tx() as tx:
        assert await tx.value("SELECT original FROM dispatch") is None


# code


async def test_a_code_is_shown_with_its_end_and_what_the_others_type(groups: Stage) -> None:
    answer = await groups.ask(MILWAUKEE, CARL, "!group code")
    code = code_in(answer)
    assert f"!twin propose {code}" in answer
    assert "January 11, 2027" in answer


async def test_codes_differ_and_are_kept_only_as_hashes(groups: Stage) -> None:
    found = {await code_of(groups, MILWAUKEE, CARL) for _ in range(5)}
    assert len(found) == 5
    async with groups.database.tx() as tx:
        rows = await tx.all("SELECT * FROM code")
    assert len(rows) == 1
    stored = " ".join(str(value) for value in rows[0])
    assert not any(code in stored or code.replace("-", "") in stored for code in found)


async def test_each_setting_is_shown_after_the_word_that_changes_it(groups: Stage) -> None:
    shown = await groups.ask(MANILA, ANA, "!grupo")
    assert "\nidioma · Idioma de esta sala" in shown
    assert "\nsilencio · Horas de silencio: ninguna" in shown
    assert "\nquiet · Quiet hours: none" in await groups.ask(MILWAUKEE, CARL, "!group")
    assert "22:00-07:00" in await groups.ask(MANILA, ANA, "!grupo cambiar silencio 22-7")
    assert "silencio: ninguna" in await groups.ask(MANILA, ANA, "!grupo cambiar silencio no")
