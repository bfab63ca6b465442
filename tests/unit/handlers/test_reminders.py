"""`!remind`: a room's own reminders, and a person's; the clock begins on 4 January 2027, 12:00 UTC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.handlers.nouns import all_nouns
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE, count, heard, open_groups, twin
from tests.unit.stage import Stage

DIRECT = "!direct:here.example"
EN = MILWAUKEE  # speaks English; America/Chicago, where it is 6:00


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = await Stage.open(tmp_path, all_nouns())
    await open_groups(stage)
    yield stage
    await stage.close()


async def direct(stage: Stage, person: str) -> None:
    await stage.room(DIRECT, [person])
    await stage.deliver(DIRECT)


def at(*parts: int) -> datetime:
    year, month, day, hour, minute = (*parts, 0, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


async def test_an_iso_date_is_planned_at_once_and_said_aloud_at_the_groups_hour(stage: Stage) -> None:
    answer = await stage.ask(EN, CARL, '!remind "Pay the rent of the hall" on=2027-02-01')
    assert "Reminder 1 is planned for Monday, February 1, 2027, 9:00\u202fAM (Chicago)." in answer
    stage.clock.at = at(2027, 2, 1, 14, 59)
    await stage.tick()
    assert await heard(stage, EN) == []
    await stage.tick(minutes=1)
    [said] = await heard(stage, EN)
    assert not said.notice
    assert stage.word(said) == "Reminder 1: “Pay the rent of the hall”"
    assert said.source == "occurrence:1:2027-02-01"


async def test_a_date_in_words_is_repeated_in_full_and_waits_for_yes(stage: Stage) -> None:
    await twin(stage)
    answer = await stage.ask(EN, CARL, '!remind on="first Saturday of May" at=10:30 Bring cake')
    assert "I understood: “Bring cake”, Saturday, May 1, 2027, 10:30\u202fAM (Chicago)." in answer
    assert "For your twins that is: Saturday, May 1, 2027, 11:30\u202fPM (Manila)." in answer
    assert await count(stage, "schedule") == 0
    assert "Reminder 1 is planned" in await stage.ask(EN, CARL, "yes")
    assert await count(stage, "schedule") == 1
    assert await count(stage, "question") == 0


async def test_no_plans_nothing(stage: Stage) -> None:
    await stage.ask(EN, CARL, "!remind Cake on=tomorrow")
    assert "nothing was planned" in await stage.ask(EN, CARL, "no")
    assert await count(stage, "reminder") == 0


async def test_a_yes_that_comes_after_the_date_plans_nothing(stage: Stage) -> None:
    await stage.ask(EN, CARL, '!remind Cake on="today at 7 am"')
    stage.clock.at = at(2027, 1, 4, 14)
    assert "That is past" in await stage.ask(EN, CARL, "yes")
    assert await count(stage, "reminder") == 0


async def test_what_comes_again_keeps_its_rhythm(stage: Stage) -> None:
    answer = await stage.ask(EN, CARL, '!remind "Council" on=2027-01-31 at=18:00 every=month')
    assert (
        "After that: Sunday, February 28, 2027, Wednesday, March 31, 2027, and Friday, April 30, 2027"
        in answer
    )
    for month, day, hour in ((2, 1, 0), (3, 1, 0), (3, 31, 23)):
        stage.clock.at = at(2027, month, day, hour)
        await stage.tick()
        assert await stage.deliver(EN) == ["Reminder 1: “Council”"]
    assert "and again" in await stage.ask(EN, CARL, "!reminders")


async def test_every_first_monday_is_repeated_first(stage: Stage) -> None:
    answer = await stage.ask(EN, CARL, '!remind Council every="first Monday"')
    assert "Monday, January 4, 2027, 9:00" in answer
    assert "February 1" in answer
    assert "Reminder 1 is planned for Monday, January 4" in await stage.ask(EN, CARL, "yes")


async def test_spanish_is_spoken_and_understood(stage: Stage) -> None:
    answer = await stage.ask(MANILA, ANA, '!remind Traer pastel on="el primer sábado de mayo" at=10:00')
    assert "sábado, 1 de mayo de 2027" in answer
    assert "Recordatorio 1" in await stage.ask(MANILA, ANA, "sí")


async def test_late_reminders_say_when_they_were_due(stage: Stage) -> None:
    await stage.ask(EN, CARL, "!remind Cake on=2027-01-10")
    stage.clock.at = at(2027, 1, 12)
    await stage.tick()
    [said] = await stage.deliver(EN)
    assert said.startswith("Reminder 1: “Cake”\nThis was due on Sunday, January 10, 2027, 9:00")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("!remind", "TEXT is missing"),
        ("!remind Cake", "When?"),
        ('!remind "" on=2027-05-01', "TEXT is missing"),
        ("!remind Cake on=2027-01-03", "That is past"),
        ("!remind Cake on=2027-01-04 at=05:00", "That is past"),
        ("!remind Cake on=2027-02-30", "no such day"),
        ('!remind Cake on="30 February"', "no such day"),
        ('!remind Cake on="2027-05-01 25:00"', "no such hour"),
        ("!remind Cake on=2027-05-01 at=25:00", "no such hour"),
        ("!remind Cake on=1/5/2027", "2027-05-01 and 2027-01-05"),
        ("!remind Cake on=soon", "first Saturday of May"),
        ('!remind Cake on="next quarter"', "do not understand the date"),
        ("!remind Cake on=2099-01-01", "five years"),
        ("!remind Cake on=2027-05-01 every=eon", "how often"),
        ("!remind Cake on=2027-05-01 zone=Atlantis/Capital", "do not know the time zone"),
        ('!remind Cake on=""', "What comes after on=?"),
        (f"!remind {'x' * 501} on=2027-05-01", "too long"),
        ("!remind cancel 7", "no reminder 7"),
        ("!remind snooze 7 2d", "no reminder 7"),
        ("!remind snooze 1 2 moons", "did not understand"),
    ],
)
async def test_bad_input_gets_one_clear_sentence(stage: Stage, typed: str, says: str) -> None:
    assert says in await stage.ask(EN, CARL, typed)
    assert await count(stage, "schedule") == 0


async def test_an_emoji_is_a_reminder_too(stage: Stage) -> None:
    await stage.ask(EN, CARL, "!remind 🎉 on=2027-02-01")
    await stage.tick(days=28, hours=3)
    assert await stage.deliver(EN) == ["Reminder 1: “🎉”"]


async def test_members_read_and_stewards_write(stage: Stage) -> None:
    assert "for stewards" in await stage.ask(EN, DORA, "!remind Cake on=2027-02-01")
    await stage.ask(EN, CARL, "!remind Cake on=2027-02-01")
    for command in ("!reminders", "!remind list"):
        assert "1 · “Cake” · Monday, February 1, 2027" in await stage.ask(EN, DORA, command)
    assert "for stewards" in await stage.ask(EN, DORA, "!remind cancel 1")


async def test_a_yes_counts_only_while_its_author_is_a_steward(stage: Stage) -> None:
    await stage.ask(EN, CARL, "!remind Cake on=tomorrow")
    async with stage.database.tx() as tx:
        await tx.run("UPDATE room SET power_levels = ? WHERE room_id = ?", '{"users": {}}', EN)
    assert "for stewards" in await stage.ask(EN, CARL, "yes")
    assert await count(stage, "reminder") == 0


async def test_cancelling_forgets_the_words_and_takes_back_what_still_waits(stage: Stage) -> None:
    await stage.ask(EN, CARL, "!remind Cake on=2027-02-01")
    stage.clock.at = at(2027, 2, 1, 15)
    await stage.tick()
    await stage.say(EN, CARL, "!remind cancel 1")
    said = [stage.word(one) for one in await heard(stage, EN)]
    assert said == ["Reminder 1 was cancelled.", "Reminder 1 was cancelled."]
    for table in ("reminder", "schedule", "occurrence"):
        assert await count(stage, table) == 0
    assert "no reminders" in await stage.ask(EN, CARL, "!reminders")


async def test_snoozing_says_it_once_more(stage: Stage) -> None:
    await stage.ask(EN, CARL, "!remind Cake on=2027-02-01")
    stage.clock.at = at(2027, 2, 1, 15)
    await stage.tick()
    await stage.deliver(EN)
    assert "how long" in await stage.ask(EN, CARL, "!remind snooze 1 soon")
    answer = await stage.ask(EN, CARL, "!remind snooze 1 2d")
    assert "Wednesday, February 3, 2027, 9:00" in answer
    stage.clock.at = at(2027, 2, 3, 15)
    await stage.tick()
    assert await stage.deliver(EN) == ["Reminder 1: “Cake”"]
    assert "9:45" in await stage.ask(EN, CARL, "!remind snooze 1 45min")
    await stage.tick(minutes=45)
    assert await stage.deliver(EN) == ["Reminder 1: “Cake”"]


async def test_snoozed_into_the_second_of_two_hours(stage: Stage) -> None:
    """On 7 November 2027 1:50 comes twice in Chicago; it is the first of them now."""
    await stage.ask(EN, CARL, "!remind Cake on=2027-11-06")
    stage.clock.at = at(2027, 11, 7, 6, 50)
    await stage.tick()
    await stage.deliver(EN)
    assert "2:50" in await stage.ask(EN, CARL, "!remind snooze 1 1h")
    await stage.tick(hours=1, minutes=5)
    await stage.tick(hours=1)
    assert await stage.deliver(EN) == ["Reminder 1: “Cake”"]


async def test_what_is_over_is_forgotten_after_a_week(stage: Stage) -> None:
    await stage.ask(EN, CARL, "!remind Cake on=2027-02-01")
    await stage.tick(days=28, hours=4)
    assert "over" in await stage.ask(EN, CARL, "!reminders")
    await stage.tick(days=6)
    assert await count(stage, "reminder") == 1
    await stage.tick(days=2)
    for table in ("reminder", "schedule", "occurrence"):
        assert await count(stage, table) == 0


async def test_persons_have_their_own_in_their_zone(stage: Stage) -> None:
    await direct(stage, BEN)
    answer = await stage.ask(DIRECT, BEN, "!remind Llamar on=2027-02-01")
    assert "Manila" in answer
    assert "no hay recordatorios" in await stage.ask(MANILA, ANA, "!reminders")
    stage.clock.at = at(2027, 2, 1, 1)
    await stage.tick()
    [said] = await heard(stage, DIRECT)
    assert said.private_with == BEN
    assert stage.word(said) == "Recordatorio 1: “Llamar”"
    assert await heard(stage, MANILA) == []


async def test_a_person_without_a_group_is_told_that_it_is_utc(stage: Stage) -> None:
    await direct(stage, "@gil:here.example")
    answer = await stage.ask(DIRECT, "@gil:here.example", "!remind Call on=2027-02-01 at=10:00")
    assert "in UTC" in answer
    answer = await stage.ask(DIRECT, "@gil:here.example", "!remind Call on=2027-02-01 zone=Europe/Lisbon")
    assert "9:00\u202fAM (Lisbon)" in answer
    assert "in UTC" not in answer


async def test_whose_direct_chat_is_gone_is_not_reminded_elsewhere(stage: Stage) -> None:
    await direct(stage, BEN)
    await stage.ask(DIRECT, BEN, "!remind Llamar on=2027-02-01")
    await stage.member(DIRECT, ANA, "join")
    await stage.deliver(DIRECT)
    await stage.tick(days=28, hours=4)
    for room_id in (DIRECT, MANILA):
        assert await heard(stage, room_id) == []
    assert await count(stage, "reminder") == 0


async def test_forgetting_the_group_deletes_its_reminders(stage: Stage) -> None:
    await stage.ask(EN, CARL, "!remind Cake on=2027-02-01")
    await stage.ask(EN, CARL, "!group forget")
    await stage.ask(EN, CARL, "yes")
    for table in ("reminder", "schedule"):
        assert await count(stage, table) == 0


async def test_there_can_be_a_hundred_and_no_more(stage: Stage) -> None:
    async with stage.database.tx() as tx:
        group = await tx.value("SELECT id FROM grp WHERE room_id = ?", EN)
        for number in range(100):
            await tx.run(
                "INSERT INTO reminder (group_id, number, text, language) VALUES (?, ?, 'x', 'en')",
                group,
                number,
            )
    assert "100 reminders here at most" in await stage.ask(EN, CARL, "!remind Cake on=2027-02-01")


async def test_quiet_hours_are_obeyed(stage: Stage) -> None:
    await stage.ask(EN, CARL, "!group set quiet 21:00-10:00")
    assert "10:00" in await stage.ask(EN, CARL, "!remind Cake on=2027-02-01")
    assert "10:00\u202fPM" in await stage.ask(EN, CARL, "!remind Cake on=2027-02-01 at=22:00")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("hour 18", "Reminders come at 18:00"),
        ("hour 25:00", "not possible"),
        ("shift on", "working day before"),
        ("shift maybe", "choose one of"),
        ("weekend friday,saturday", "Friday and Saturday"),
        ("weekend off", "Week-end: none"),
        ("weekend funday", "not possible"),
        ("holidays PH", "Public holidays: PH."),
        ("holidays us-wi", "Public holidays: US-WI."),
        ("holidays Atlantis", "know no public holidays"),
        ("holidays US-XX", "know no public holidays"),
        ("holidays add 2027-12-24", "Friday, December 24, 2027"),
        ("holidays add soon", "not possible"),
        ("holidays add", "not possible"),
        ("holidays off", "Public holidays: none"),
        ("yearstart 4", "April"),
        ("yearstart october", "October"),
        ("yearstart 13", "not possible"),
    ],
)
async def test_how_reminders_come_is_a_groups_own_setting(stage: Stage, typed: str, says: str) -> None:
    assert says in await stage.ask(EN, CARL, f"!group set {typed}")


async def test_a_settings_of_days_is_taken_back(stage: Stage) -> None:
    await stage.ask(EN, CARL, "!group set holidays add 2027-12-24, 2027-12-31")
    answer = await stage.ask(EN, CARL, "!group set holidays remove 2027-12-24")
    assert "December 31" in answer
    assert "December 24" not in answer
