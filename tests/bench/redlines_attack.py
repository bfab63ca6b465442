"""Promise G17: an attacker's program over the disk of a bot whose rounds of red lines have ended.

The attacker has every file of the storage folder, knows the program, the people and their direct chats, and
has read what was published. For each person they guess the ballot, for each red line its author. What they
guess from the sheets alone is the measure: the disk must not make them better.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TypeAlias

from bot.domain.vault import token
from bot.domain.verdict import CHOICES
from tests.unit.handlers.cast import CARL, MILWAUKEE
from tests.unit.pipeline.audit import rounds
from tests.unit.pipeline.audit.rounds import PEOPLE, chat, tells
from tests.unit.pipeline.theatre import Theatre

NEAR = 300  # bytes between two things that a file may hold beside each other
_KEY = re.compile(rb"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happened in a round: who chose what, who wrote which red line; and whether it was held."""

    number: int
    choices: Mapping[str, int]
    authors: Mapping[str, str]
    held: bool
    secret: bytes


@dataclass(slots=True)
class Guess:
    """What an attacker says."""

    choices: dict[str, int] = field(default_factory=dict)
    authors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Image:
    """All files of the folder; the rows of every table, in the order in which they lie there."""

    files: Mapping[str, bytes]
    tables: Mapping[str, list[tuple[object, ...]]]


Strategy: TypeAlias = "Callable[[Image, Truth, Guess], Guess]"


async def held_round(theatre: Theatre, random: Random, number: int) -> Truth:
    """One round from its opening to its end, with red lines and ballots by chance."""
    title = f"Round {number}"
    now = theatre.clock.now().date()
    lines, until = now.fromordinal(now.toordinal() + 6), now.fromordinal(now.toordinal() + 12)
    await rounds.opened(theatre, f'!audit open "{title}" lines={lines} until={until}', accept=False)
    await theatre.say(MILWAUKEE, CARL, f"!audit accept {number}")
    await theatre.play()
    order = random.sample(PEOPLE, len(PEOPLE))
    authors: dict[str, str] = {}
    for person in order:
        await tells(theatre, person, "!help")
        if random.random() < 0.5:
            words = f"Red line {random.randrange(10**9)} of round {number}."
            await rounds.line(theatre, person, words)
            authors[words] = person
    secret = theatre.vault.read(number) or b""
    await rounds.later(theatre, days=7)
    choices = {person: random.choices((1, 2, 3, 4), (6, 2, 1, 1))[0] for person in PEOPLE}
    for person in random.sample(PEOPLE, len(PEOPLE)):
        await tells(theatre, person, f"!vote {choices[person]} {number}")
        await tells(theatre, person, "none")
    await rounds.later(theatre, days=8)
    await rounds.later(theatre, days=15)  # held and not revised, it ends now
    await rounds.later(theatre, minutes=1)
    return Truth(number, choices, authors, 4 in choices.values(), secret)


async def image_of(theatre: Theatre, folder: Path) -> Image:
    """The disk as it is a minute later."""
    await theatre.database.scrub()
    files = {str(file): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
    with closing(sqlite3.connect(f"file:{folder / 'twinline.db'}?mode=ro", uri=True)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 (their names)
    return Image(files, tables)


def from_the_sheets(truth: Truth, random: Random) -> Guess:
    """Without the disk: most consent; a red line may be anybody's."""
    return Guess(dict.fromkeys(PEOPLE, 1), {words: random.choice(PEOPLE) for words in truth.authors})


def by_the_order_of_rows(image: Image, truth: Truth, guess: Guess) -> Guess:
    """The first red line in the file is that of the first person in it, and so on."""
    words = [
        str(cell)
        for row in image.tables["red_line"]
        for cell in row
        if isinstance(cell, str) and cell in truth.authors
    ]
    people = _named(image.tables, PEOPLE)
    return Guess(guess.choices, {**guess.authors, **dict(zip(words, people, strict=False))})


def by_the_gaps_between_rows(image: Image, truth: Truth, guess: Guess) -> Guess:
    """Who was said much to, of which nothing is left, after something of which a row is, has written."""
    ids = sorted(row[0] for row in image.tables["outbox"] if isinstance(row[0], int))
    after = dict(pairwise(ids))
    last = {row[1]: row[0] for row in sorted(image.tables["outbox"], key=lambda row: str(row[0]).zfill(20))}
    gaps = {
        person: after[found] - found
        for person in PEOPLE
        if isinstance(found := last.get(chat(person)), int) and found in after
    }
    people = sorted(gaps, key=lambda person: -gaps[person])
    return Guess(guess.choices, {**guess.authors, **dict(zip(truth.authors, people, strict=False))})


def by_keys_on_the_disk(image: Image, truth: Truth, guess: Guess) -> Guess:
    """With every key that the files hold, the tokens of all people are made and looked for."""
    keys = {found for data in image.files.values() for found in _keys(data)}
    found = Guess(dict(guess.choices), dict(guess.authors))
    for key in keys:
        for person in PEOPLE:
            _link(image, token(key, person), person, truth, found)
    return found


def by_what_lies_beside(image: Image, truth: Truth, guess: Guess) -> Guess:
    """A person, or their direct chat, in one row or near by in a file with words or a choice."""
    found = Guess(dict(guess.choices), dict(guess.authors))
    for person in PEOPLE:
        for name in (person, chat(person)):
            _link(image, name, person, truth, found)
    return found


STRATEGIES: Mapping[str, Strategy] = {
    "order of rows": by_the_order_of_rows,
    "gaps between rows": by_the_gaps_between_rows,
    "keys on the disk": by_keys_on_the_disk,
    "what lies beside": by_what_lies_beside,
}


def score(guess: Guess, truth: Truth) -> tuple[int, int]:
    """Right guesses, of how many."""
    right = sum(guess.choices.get(person) == choice for person, choice in truth.choices.items())
    right += sum(guess.authors.get(words) == person for words, person in truth.authors.items())
    return right, len(truth.choices) + len(truth.authors)


def traces(image: Image, truth: Truth) -> list[str]:
    """What must be nowhere on the disk: the secret, any person's token, the tables of those who took part."""
    tokens = [token(truth.secret, person).encode() for person in PEOPLE] if truth.secret else []
    wanted = [truth.secret, truth.secret.hex().encode(), *tokens] if truth.secret else [b"no secret was made"]
    found = [name for name, data in image.files.items() if any(one in data for one in wanted)]
    found += [name for name in ("elector", "seat", "draft", "ballot") if image.tables[name]]
    found += ["red_line" for row in image.tables["red_line"] if any(one.decode() in row for one in tokens)]
    return found


def _named(tables: Mapping[str, list[tuple[object, ...]]], wanted: Iterable[str]) -> list[str]:
    known = {person: person for person in wanted} | {chat(person): person for person in wanted}
    cells = (cell for rows in tables.values() for row in rows for cell in row)
    return list(dict.fromkeys(known[cell] for cell in cells if isinstance(cell, str) and cell in known))


def _keys(data: bytes) -> set[bytes]:
    found = {bytes.fromhex(one.decode()) for one in _KEY.findall(data)}
    return found | ({data} if len(data) == 32 else set())


def _link(image: Image, name: str, person: str, truth: Truth, found: Guess) -> None:
    """Take what stands beside a name for this person's."""
    for data in image.files.values():
        for at in (one.start() for one in re.finditer(re.escape(name.encode()), data)):
            near = data[max(0, at - NEAR) : at + NEAR]
            for words in truth.authors:
                if words.encode() in near:
                    found.authors[words] = person
            for number, choice in enumerate(CHOICES, 1):
                if choice.value.encode() in near:
                    found.choices[person] = number
