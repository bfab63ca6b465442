"""Promises G4, G14, G18 and G19: never in clear, harmless to its readers, in no log, on no disk for long."""

from __future__ import annotations

import asyncio
import contextlib
import html
import re
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.demo import talk
from bot.demo.timeline import Seen
from tests.bench.chaos_world import World, token

OWN_TAGS = {"p", "br", "strong", "blockquote", "details", "summary", "a"}
_TAG = re.compile(r"</?([a-zA-Z0-9-]+)([^>]*)>")
_HREF = re.compile(r' href="(https?://[^"]+|mailto:[^"]+)"')
_OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u200e\u200f"
_COMMAND = re.compile(r"^\s*[!/]", re.MULTILINE)


@pytest.mark.parametrize("point", ["receive:after-attempt", "translate:after-commit", "send:before-request"])
async def test_never_in_clear_although_the_server_denies_that_rooms_are_encrypted(
    world: World, point: str
) -> None:
    """Killed on the way, started without any memory but its database, lied to from its first request on."""
    world.proxy.hide_encryption()
    await world.bot.restart({"TWINLINE_DIE_AT": point})
    sent = await world.dispatch(words="They say this room is open.")
    await world.bot.died()
    await world.bot.start()
    await world.arrived([sent])
    assert world.tally([sent]).clean
    assert world.in_clear() == []


async def test_in_a_new_room_that_seems_unencrypted_nothing_is_said(world: World) -> None:
    steward, bot = world.hub.steward, world.bot.user_id
    lies = world.proxy.hide_encryption()
    room = await steward.create_room("A new room", invite=[bot])
    await steward.wait_until(lambda: steward.rooms[room].members.get(bot) == "leave", 30, "the bot to leave")
    own = [event for event in world.server.stored_events(room) if event["sender"] == bot]
    assert {event["type"] for event in own} == {"m.room.member"}
    assert any(rule.hits for rule in lies)


NASTY = (
    "@room everybody to the gate",
    "{user} and @somebody:example.org, look",
    "<b>bold</b> <img src=x onerror=alert(1)><script>alert(1)</script><font color=red>red</font>",
    '<a href="https://evil.example">https://bank.example</a> [pay here](https://evil.example)',
    "https://matrix.to/#/{user} matrix:u/somebody:example.org https://app.element.io/#/user/{user}",
    "safe \u202egnp.exe\u202c \u2066isolated and never closed \u200f",
    "first line\n!twin end\n /leave\n\t!dispatch again",
    "</blockquote></details><h1>The bot says</h1>",
    "nul \x00, bell \x07, escape \x1b[31m, next line \x85, separator \u2028!help",
)


async def test_what_people_write_pings_styles_and_commands_nobody(world: World) -> None:
    user = world.hub.steward.user_id
    sent = []
    for text in NASTY:
        one = await world.dispatch(words=text.replace("{user}", user))
        if "{user}" in text:  # where accounts are named, the bot asks first
            await world.acknowledged(one)
            await world.hub.steward.say(world.hub.room, "yes")
        sent.append(one)
    await world.arrived(sent)
    for twin in world.twins:
        posts = dict(world.relayed(twin))
        for one in sent:
            _harmless(posts[one.token], [user, "@somebody:example.org"])
    assert world.tally(sent).clean


def _harmless(post: Seen, users: Iterable[str]) -> None:
    body, rich = post.body, post.formatted_body
    assert post.content["m.mentions"] == {}
    for text in (body, html.unescape(rich)):
        assert "@room" not in text
        assert not any(user in text for user in users)
        assert "matrix.to" not in text
        assert not set(text) & set(_OVERRIDES)
        assert text.count("\u2066") + text.count("\u2067") + text.count("\u2068") == text.count("\u2069")
        assert not any(ord(char) < 32 and char not in "\n\t" for char in text)
    assert not _COMMAND.search(body)
    for tag, rest in _TAG.findall(rich):
        assert tag in OWN_TAGS, rich
        if rest:
            link = _HREF.fullmatch(rest)
            assert tag == "a", rich
            assert link, rich
            assert f">{link[1]}</a>" in rich


async def test_no_words_in_any_log(world: World) -> None:
    """Marked words in everything people can do, at the most talkative level, killed in between."""
    hub, bot = world.hub, world.bot.user_id
    marks = [token() for _ in range(12)]
    said = iter(marks)
    await hub.steward.say(hub.room, f"Just talking {next(said)}")
    await talk.ask(hub.steward, bot, hub.room, f"!dispatc {next(said)}")
    await talk.ask(hub.steward, bot, hub.room, f"!twin propose {next(said)}")
    await talk.ask(hub.steward, bot, hub.room, f"!dispatch show {next(said)}")
    await talk.ask(hub.steward, bot, hub.room, f"!dispatch {'x' * 9_000} {next(said)}")
    await hub.steward.say(hub.room, f"!{next(said)} {'y' * 40_000}")
    await hub.steward.say(
        hub.room, f"!dispatch \x00\u202e\ud83d {next(said)}".encode(errors="replace").decode()
    )
    sent = await world.dispatch(words=f"Known words. {next(said)}")
    await world.arrived([sent])
    root = await world.root(sent, hub)
    await world.write(hub, next(said), thread=root)
    await hub.steward.edit(hub.room, sent.origin, f"!dispatch changed {next(said)}")
    direct = await hub.steward.direct_chat(bot)
    await hub.steward.wait_joined(direct, bot)
    await talk.ask(hub.steward, bot, direct, f"Nobody else knows {next(said)}")
    await world.bot.restart({"TWINLINE_DIE_AT": "send:after-request"})
    last = await world.dispatch(words=f"Last. {next(said)}")
    await world.bot.died()
    assert (await world.fenced()).clean
    assert not list(said)
    everything = [*marks, *(one.token for one in world.sent)]
    assert world.logged(everything) == []
    assert world.logged([bot, "twinline is ready"]) == [bot, "twinline is ready"]
    assert last.token in {mark for mark, _ in world.relayed(world.twins[0])}


@pytest.mark.timeout(180)
async def test_words_are_on_the_disk_only_as_long_as_promised(world: World) -> None:
    """60 s after delivery only the originals of dispatches of groups that keep them are left."""
    hub, bot, twin = world.hub, world.bot.user_id, world.twins[1]
    await hub.steward.say(hub.room, f"Nobody asked for this: {(talk_only := token())}")
    kept = [await world.dispatch(words=f"Kept, number {number}.") for number in range(5)]
    await world.arrived(kept)
    root = await world.root(kept[0], hub)
    fleeting = [await world.write(hub, f"In the thread {number}.", thread=root) for number in range(20)]
    taken_back = await world.dispatch(words="Taken back.")
    await world.arrived([*fleeting, taken_back])
    await hub.steward.redact(hub.room, taken_back.origin)
    await talk.ask(twin.steward, bot, twin.room, "!group set keep 0")
    fleeting += [await world.dispatch(twin, f"Not kept, {number}.") for number in range(5)]
    await world.arrived(fleeting)
    await world.settled()
    await _erased(world, [*(one.token for one in fleeting), taken_back.token, talk_only])
    assert _holding(world.bot.storage, [one.token for one in kept]) == {"twinline.db": len(kept)}
    kept_there = {row[0] for row in world.look("SELECT source FROM dispatch WHERE original IS NOT NULL")}
    assert {one.origin for one in kept} <= kept_there
    await talk.ask(hub.steward, bot, hub.room, "!group set keep 0")
    await world.bot.restart()
    await _erased(world, [one.token for one in world.sent if one.source is hub])
    await talk.ask(hub.steward, bot, hub.room, "!group set keep 90")


async def _erased(world: World, marks: list[str], within: float = 60.0) -> None:
    """Wait until the marks are in no file of the bot's any more."""
    until = time.monotonic() + within
    while _holding(world.bot.storage, marks):
        assert time.monotonic() < until, _holding(world.bot.storage, marks)
        await asyncio.sleep(0.5)


def _holding(folder: Path, marks: Iterable[str]) -> dict[str, int]:
    """How often the marks stand in the files of a folder, by the name of the file."""
    wanted = [mark.encode() for mark in marks]
    found = {}
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            count = sum(content.count(mark) for mark in wanted)
            if count:
                found[file.name] = count
    return found


def test_the_search_finds_what_a_database_holds(tmp_path: Path) -> None:
    """The instrument: words in a table, in its journal, and nothing after they were erased."""
    mark = token()
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE t (x TEXT)")
        db.execute("INSERT INTO t VALUES (?)", (f"before {mark} after",))
        assert _holding(tmp_path, [mark]) == {"a.db-wal": 1}
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert _holding(tmp_path, [mark]) == {"a.db": 1}
        db.execute("PRAGMA secure_delete=ON")
        db.execute("DELETE FROM t")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert _holding(tmp_path, [mark]) == {}
