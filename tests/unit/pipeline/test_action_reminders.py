"""What is read of an action before its day and after: states, corrections, what comes late, the quarters."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.unit.handlers.cast import ANA, CARL, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre

PROPOSE = '!action propose "Ganamos." on=2027-03-06 at=10:00'


async def say(theatre: Theatre, room_id: str, who: str, body: str) -> None:
    theatre.clock.forward(minutes=1)
    await theatre.say(room_id, who, body)
    await theatre.play()


async def planned(theatre: Theatre, *, confirmed: bool = False) -> None:
    await theatre.tick()
    await say(theatre, MANILA, ANA, PROPOSE)
    await say(theatre, MILWAUKEE, CARL, "!action agree 1")
    if confirmed:
        await say(theatre, MANILA, ANA, "!action confirm 1")
        await say(theatre, MILWAUKEE, CARL, "!action confirm 1")
    forget(theatre)


def forget(theatre: Theatre) -> None:
    for room in theatre.transport.rooms.values():
        room.shown.clear()


async def at(theatre: Theatre, moment: str) -> None:
    """The clock ticks then, UTC."""
    theatre.clock.at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    await theatre.tick()
    await theatre.play()


async def test_an_unconfirmed_date_is_reminded_as_such_with_its_title_translated(theatre: Theatre) -> None:
    await planned(theatre)
    await at(theatre, "2027-02-05 15:00:30")  # 28 days before 5 March, the evening in Milwaukee
    (text,) = theatre.transport.texts(MILWAUKEE)
    lines = text.split("\n")
    assert lines[0] == "In 28 days:"
    assert lines[1].startswith("“We won.”: Friday, March 5, 2027, 8:00\u202fPM")
    assert lines[2] == "⚠ not confirmed"
    assert "!action confirm 1" in lines[3]
    assert "Ganamos." in lines[-1]  # the original


async def test_a_confirmation_corrects_what_was_said(theatre: Theatre) -> None:
    await planned(theatre)
    await at(theatre, "2027-02-05 15:00:30")
    first = next(iter(theatre.transport.room(MILWAUKEE).posts))
    forget(theatre)
    await say(theatre, MANILA, ANA, "!action confirm 1")
    await say(theatre, MILWAUKEE, CARL, "!action confirm 1")
    room = theatre.transport.room(MILWAUKEE)
    edits = [text for event, text in room.shown.items() if room.posts[event].replaces is not None]
    assert first is not None
    assert "⚠ not confirmed" in edits[0]  # one side had
    assert "⚠" not in edits[-1].split("\n")[1]
    assert "Action 1: confirmed" in edits[-1]


async def test_a_cancelled_action_reminds_of_nothing_and_corrects_what_was_said(theatre: Theatre) -> None:
    await planned(theatre, confirmed=True)
    await at(theatre, "2027-02-05 15:00:30")
    forget(theatre)
    await say(theatre, MANILA, ANA, "!action cancel 1")
    room = theatre.transport.room(MILWAUKEE)
    edits = [text for event, text in room.shown.items() if room.posts[event].replaces is not None]
    assert [text.split("\n")[0] for text in edits] == ["“We won.” is cancelled."]
    forget(theatre)
    for day in ("2027-02-19", "2027-02-26", "2027-03-04", "2027-03-05", "2027-03-08"):
        await at(theatre, f"{day} 15:00:30")
    assert not [text for text in theatre.transport.texts(MILWAUKEE) if "We won." in text]


async def test_what_was_missed_while_the_bot_was_down_comes_late_and_says_so(theatre: Theatre) -> None:
    await planned(theatre, confirmed=True)
    await at(theatre, "2027-02-07 15:00:30")
    (text,) = theatre.transport.texts(MILWAUKEE)
    assert text.startswith("In 26 days:")
    assert "This was due on Friday, February 5, 2027" in text


async def test_the_day_itself_and_the_look_back(theatre: Theatre) -> None:
    await planned(theatre, confirmed=True)
    await say(theatre, MILWAUKEE, CARL, "!action option 1 pick 3")
    await say(theatre, MILWAUKEE, CARL, "!action remind 1 0")
    forget(theatre)
    await at(theatre, "2027-03-04 15:00:30")
    assert theatre.transport.texts(MILWAUKEE) == []
    await at(theatre, "2027-03-05 15:00:30")
    (text,) = theatre.transport.texts(MILWAUKEE)
    assert text.startswith("Today:")
    assert "you: letter or petition" in text
    forget(theatre)
    await at(theatre, "2027-03-08 15:00:30")
    (text,) = theatre.transport.texts(MILWAUKEE)
    assert "How was “We won.”?" in text
    assert "!action done 1" in text
    assert "!action debrief 1 worked" in text


async def test_a_group_that_has_looked_back_is_not_asked_again(theatre: Theatre) -> None:
    await planned(theatre, confirmed=True)
    theatre.clock.at = datetime(2027, 3, 7, 12, tzinfo=UTC)
    await say(theatre, MILWAUKEE, CARL, "!action done 1")
    await say(theatre, MILWAUKEE, CARL, "!action debrief 1 worked All.")
    await say(theatre, MANILA, ANA, "!action debrief 1 worked Todo.")
    forget(theatre)
    await at(theatre, "2027-03-09 15:00:30")
    assert not [text for text in theatre.transport.texts(MILWAUKEE) if "How was" in text]


async def test_another_zone_moves_the_day_with_it(theatre: Theatre) -> None:
    await planned(theatre, confirmed=True)
    await say(theatre, MILWAUKEE, CARL, "!group set zone Pacific/Auckland")
    await say(theatre, MILWAUKEE, CARL, "!action remind 1 1")
    forget(theatre)
    await at(theatre, "2027-03-04 20:00:30")  # 5 March, nine o'clock in Auckland, the day before
    (text,) = theatre.transport.texts(MILWAUKEE)
    assert text.startswith("In 1 day:")


async def test_another_zone_holds_for_the_next_reminder_already(theatre: Theatre) -> None:
    await planned(theatre, confirmed=True)
    await say(theatre, MILWAUKEE, CARL, "!group set zone Pacific/Auckland")
    await say(theatre, MILWAUKEE, CARL, "!action remind 1 0")  # there it is on 6 March
    await say(theatre, MILWAUKEE, CARL, "!group set zone America/Chicago")
    forget(theatre)
    await at(theatre, "2027-03-05 15:00:30")  # and here at nine o'clock of the day itself
    (text,) = theatre.transport.texts(MILWAUKEE)
    assert text.startswith("Today:")
    assert "This was due" not in text


async def test_a_quarter_without_an_action_is_asked_for_one_twice_and_then_left_alone(
    theatre: Theatre,
) -> None:
    await theatre.tick()
    asked = []
    for day in ("2027-01-05", "2027-02-15", "2027-03-01", "2027-04-01", "2027-05-16", "2027-06-01"):
        forget(theatre)
        await at(theatre, f"{day} 15:30:00")
        asked.append([text.split(".")[0] for text in theatre.transport.texts(MILWAUKEE)])
    middle = ["Half of the quarter is over, and you and your twins have agreed to no action in it"]
    start = ["A quarter begins, and you and your twins have agreed to no action in it yet"]
    assert asked == [[], middle, [], start, middle, []]


async def test_quarters_follow_the_month_in_which_the_group_s_year_begins(theatre: Theatre) -> None:
    await say(theatre, MILWAUKEE, CARL, "!group set yearstart 2")
    await theatre.tick()
    forget(theatre)
    await at(theatre, "2027-02-01 15:30:00")
    assert any("A quarter begins" in text for text in theatre.transport.texts(MILWAUKEE))
    forget(theatre)
    await at(theatre, "2027-04-01 15:30:00")
    assert theatre.transport.texts(MILWAUKEE) == []


async def test_the_end_of_a_twinning_is_announced_and_a_renewal_takes_it_back(theatre: Theatre) -> None:
    await theatre.tick()
    ends = []
    for day in ("2027-12-05", "2027-12-28"):
        forget(theatre)
        await at(theatre, f"{day} 15:30:00")
        ends += [text.split(",")[0] for text in theatre.transport.texts(MILWAUKEE) if "Your twinning" in text]
    assert ends == [
        "Your twinning with Manila Tenants (manila) ends in 30 days",
        "Your twinning with Manila Tenants (manila) ends in 7 days",
    ]
    await say(theatre, MILWAUKEE, CARL, "!twin renew")
    await say(theatre, MANILA, ANA, "!twin renew")
    forget(theatre)
    await at(theatre, "2028-01-03 15:30:00")
    assert not [text for text in theatre.transport.texts(MILWAUKEE) if "Your twinning" in text]


async def test_the_days_to_the_end_are_counted_where_they_are_read(theatre: Theatre) -> None:
    await say(theatre, MILWAUKEE, CARL, "!group set zone Pacific/Auckland")
    await theatre.tick()
    forget(theatre)
    await at(theatre, "2027-12-04 20:00:30")  # 5 December, nine o'clock in Auckland
    (text,) = [text for text in theatre.transport.texts(MILWAUKEE) if "Your twinning" in text]
    assert text.startswith("Your twinning with Manila Tenants (manila) ends in 30 days, ")


async def test_a_series_goes_on_with_a_date_to_be_confirmed_until_the_twinning_ends(theatre: Theatre) -> None:
    await theatre.tick()
    await say(theatre, MANILA, ANA, '!action propose "Ganamos." on=2027-03-06 every=quarter')
    await say(theatre, MILWAUKEE, CARL, "!action agree 1")
    forget(theatre)
    said = []
    for day in (
        "2027-03-07 06:00",
        "2027-03-08 13:00",
        "2027-06-08 13:00",
        "2027-09-08 13:00",
        "2027-12-08 13:00",
    ):
        forget(theatre)
        await at(theatre, f"{day}:30")
        said.append([text for text in theatre.transport.texts(MILWAUKEE) if "The " in text[:4]])
    assert said[0] == []
    assert said[1][0].startswith("The next date of “We won.”: Sunday, June 6, 2027.")
    assert "!action confirm 2" in said[1][0]
    assert said[2][0].startswith("The next date of “We won.”: Monday, September 6, 2027.")
    assert said[3][0].startswith("The next date of “We won.”: Monday, December 6, 2027.")
    assert said[4][0].startswith("The series “We won.” ends with the twinning.")


async def test_a_series_that_is_cancelled_as_a_whole_does_not_come_again(theatre: Theatre) -> None:
    await theatre.tick()
    await say(theatre, MANILA, ANA, '!action propose "Ganamos." on=2027-03-06 every=quarter')
    await say(theatre, MILWAUKEE, CARL, "!action agree 1")
    await say(theatre, MANILA, ANA, "!action cancel 1 series=yes")
    forget(theatre)
    await at(theatre, "2027-03-09 13:00:30")
    assert not [text for text in theatre.transport.texts(MILWAUKEE) if "next date" in text]
