"""The sixth migration: whose consent stays valid, and where open questions are answered."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from bot.storage.db import migrations


@pytest.fixture
def old() -> Iterator[sqlite3.Connection]:
    """A database as the fifth migration left it: two groups, of the first somebody wrote in a thread."""
    with closing(sqlite3.connect(":memory:")) as database:
        for step in migrations()[:5]:
            database.executescript(step)
        for number, room in ((1, "!one"), (2, "!two")):
            database.execute(
                "INSERT INTO grp (id, handle, name, room_id, language, zone, created_at)"
                " VALUES (?, ?, ?, ?, 'en', 'UTC', 0)",
                (number, room[1:], room[1:], room),
            )
        database.execute(
            "INSERT INTO dispatch (id, group_id, number, author, source, room_id, state, language,"
            " written_at, keep_until) VALUES (1, 2, 1, '@a', '$d', '!two', 'open', 'en', 0, 0)"
        )
        database.execute("INSERT INTO voice VALUES (1, 1, 'hash', 'A')")
        yield database


def upgrade(database: sqlite3.Connection) -> None:
    database.executescript(migrations()[5])


@pytest.mark.parametrize(
    ("homes", "ok", "kept"),
    [
        ({"!one": "join"}, 1, [("@ana", 1)]),
        ({"!one": "join", "!elsewhere": "join"}, 1, [("@ana", 1)]),
        ({"!one": "join"}, 0, []),
        ({"!one": "join", "!two": "join"}, 1, []),
        ({"!one": "join", "!two": "leave"}, 1, []),
        ({"!one": "leave"}, 1, []),
        ({"!two": "join"}, 1, []),
        ({}, 1, []),
    ],
)
def test_a_consent_stays_where_it_can_only_have_been_given_to_one_group(
    old: sqlite3.Connection, homes: dict[str, str], ok: int, kept: list[tuple[str, int]]
) -> None:
    old.execute("INSERT INTO person (user_id, language, threads_ok) VALUES ('@ana', 'es', ?)", (ok,))
    for room, membership in homes.items():
        old.execute("INSERT INTO member VALUES (?, '@ana', ?)", (room, membership))
    upgrade(old)
    assert old.execute("SELECT user_id, group_id FROM threads_ok").fetchall() == kept
    assert old.execute("SELECT language FROM person").fetchall() == [("es",)]


@pytest.mark.parametrize(("typed", "thread"), [("false", "$post"), ("true", None)])
def test_a_question_that_waits_knows_its_thread(
    old: sqlite3.Connection, typed: str, thread: str | None
) -> None:
    old.execute(
        "INSERT INTO outbox (room_id, source, what, kind, rank, state, not_before, deadline, event_id,"
        " dispatch_id, created_at) VALUES ('!one', '$d', 'copy', 'relay', 0, 'sent', 0, 0, '$post', 1, 0)"
    )
    old.execute(
        "INSERT INTO question (room_id, user_id, topic, source, payload, expires_at)"
        " VALUES ('!one', '@ana', 'thread', '$e', ?, 1)",
        (f'{{"dispatch": 1, "typed": {typed}}}',),
    )
    upgrade(old)
    assert old.execute("SELECT thread, turn FROM question").fetchall() == [(thread, "asked")]
