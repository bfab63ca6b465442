"""From the server's JSON to incoming values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.incoming import VERIFY, Invitation, Message, Redaction, RoomLeft, StateEvent, Undecryptable
from bot.domain.trust import Standing
from bot.matrix.inbound import Reader, hidden, without_fallback
from bot.matrix.opening import Drop
from tests.unit.matrix.pair import ANA, BOT, ROOM, Pair


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    both = Pair(tmp_path)
    both.share()
    yield both
    both.close()


@pytest.fixture
def reader(pair: Pair) -> Reader:
    return Reader(BOT, pair, pair.bot.guard)


def text(body: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, **more}


def message(reader: Reader, event: dict[str, Any]) -> Message:
    found = reader.event(ROOM, event)
    assert isinstance(found, Message)
    return found


def test_a_message(pair: Pair, reader: Reader) -> None:
    inner = text("hi @bot", **{"m.mentions": {"user_ids": [BOT, 7], "room": True}})
    event = pair.event(inner, outer={"org.twinline.marker": "opaque"})
    assert message(reader, event) == Message(
        event_id=event["event_id"],
        room_id=ROOM,
        sender=ANA,
        sent_at=datetime(2027, 1, 15, 8, 0, tzinfo=UTC),
        kind="m.text",
        body="hi @bot",
        mentions=frozenset({BOT}),
        marker="opaque",
    )


def test_relations_are_read_from_the_unencrypted_part_alone(pair: Pair, reader: Reader) -> None:
    inside = text("x", **{"m.relates_to": {"rel_type": "m.thread", "event_id": "$inside"}})
    assert message(reader, pair.event(inside)).thread is None
    outside = {"m.relates_to": {"rel_type": "m.thread", "event_id": "$root"}}
    assert message(reader, pair.event(text("x"), outer=outside)).thread == "$root"


@pytest.mark.parametrize(
    ("relation", "thread", "reply_to", "edits"),
    [
        ({"m.in_reply_to": {"event_id": "$a"}}, None, "$a", None),
        ({"rel_type": "m.thread", "event_id": "$r"}, "$r", None, None),
        (
            {
                "rel_type": "m.thread",
                "event_id": "$r",
                "is_falling_back": True,
                "m.in_reply_to": {"event_id": "$a"},
            },
            "$r",
            None,
            None,
        ),
        ({"rel_type": "m.thread", "event_id": "$r", "m.in_reply_to": {"event_id": "$a"}}, "$r", "$a", None),
        ({"rel_type": "m.reference", "event_id": "$r"}, None, None, None),
        ({"rel_type": "m.thread", "event_id": 7, "m.in_reply_to": []}, None, None, None),
        ("nonsense", None, None, None),
        (None, None, None, None),
    ],
)
def test_relations(
    pair: Pair, reader: Reader, relation: Any, thread: str | None, reply_to: str | None, edits: str | None
) -> None:
    found = message(reader, pair.event(text("x"), outer={"m.relates_to": relation}))
    assert (found.thread, found.reply_to, found.edits) == (thread, reply_to, edits)


def test_an_edit_brings_the_new_text(pair: Pair, reader: Reader) -> None:
    new = text("new", **{"m.mentions": {"user_ids": [BOT]}})
    relation = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$first"}}
    found = message(reader, pair.event({**text("* new"), "m.new_content": new}, outer=relation))
    assert (found.edits, found.body, found.mentions) == ("$first", "new", frozenset({BOT}))


def test_an_edit_of_a_file_brings_the_new_caption(pair: Pair, reader: Reader) -> None:
    """As Element X changes what stands under a picture."""
    cipher = {"key": {"k": "k" * 43}, "iv": "i" * 22, "hashes": {"sha256": "h" * 43}}
    content = {"msgtype": "m.image", "filename": "a.jpg", "file": {"url": "mxc://here.example/a", **cipher}}
    relation = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$first"}}
    new = {**content, "body": "new"}
    found = message(reader, pair.event({**content, "body": "* new", "m.new_content": new}, outer=relation))
    assert (found.edits, found.kind) == ("$first", "m.image")
    assert found.file is not None
    assert (found.file.caption, found.file.file.url) == ("new", "mxc://here.example/a")


def edited(pair: Pair, first: dict[str, Any], edit: dict[str, Any]) -> dict[str, Any]:
    """A message as the server gives it with its newest edit."""
    return {**first, "unsigned": {"m.relations": {"m.replace": edit}}}


def edit_of(pair: Pair, event: dict[str, Any], **more: Any) -> dict[str, Any]:
    relation = {"rel_type": "m.replace", "event_id": event["event_id"]}
    inner = text("* new", **{"m.new_content": text("new")})
    return pair.event(inner, outer={"m.relates_to": relation}, **more)


def test_a_message_is_read_with_its_newest_edit(pair: Pair, reader: Reader) -> None:
    first = pair.event(text("old"))
    found = reader.as_it_is_now(ROOM, edited(pair, first, edit_of(pair, first)))
    assert found is not None
    assert (found.event_id, found.body, found.edits) == (first["event_id"], "new", None)
    assert reader.as_it_is_now(ROOM, edited(pair, first, edit_of(pair, first))) is not None


def test_what_is_no_edit_of_the_message_changes_nothing(pair: Pair, reader: Reader) -> None:
    first, other = pair.event(text("old")), pair.event(text("another"))
    plain = {**edit_of(pair, first), "type": "m.room.message", "content": text("forged")}
    for wrong in (edit_of(pair, other), pair.event(text("x")), plain, "$edit", None, {}):
        found = reader.as_it_is_now(ROOM, edited(pair, first, wrong))  # type: ignore[arg-type]  # malformed, too
        assert found is not None
        assert found.body == "old"
    assert reader.as_it_is_now(ROOM, {**first, "unsigned": {"m.relations": 3}}) is not None


def test_a_message_whose_edit_cannot_be_read_is_not_taken_for_what_it_was(pair: Pair, reader: Reader) -> None:
    first = pair.event(text("old"))
    edit = edit_of(pair, first)
    edit["content"]["session_id"] = "unknown"
    assert reader.as_it_is_now(ROOM, edited(pair, first, edit)) is None


def test_an_edit_without_a_new_text_is_set_aside(pair: Pair, reader: Reader) -> None:
    relation = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$first"}}
    assert reader.event(ROOM, pair.event(text("* new"), outer=relation)) is None
    assert pair.bot.guard.dropped[Drop.MALFORMED] == 1


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        ("> <@a:b> old\n\nnew", "new"),
        ("> <@a:b> old\n> older\n\nnew\n\n> my own", "new\n\n> my own"),
        ("> quoted by hand\nanswer", "> quoted by hand\nanswer"),
        (">no blank\n\nx", ">no blank\n\nx"),
        ("> all", "> all"),
        ("", ""),
    ],
)
def test_the_quotation_of_a_reply_is_left_out(body: str, plain: str) -> None:
    assert without_fallback(body) == plain


def test_a_quotation_in_what_is_no_reply_stays(pair: Pair, reader: Reader) -> None:
    assert message(reader, pair.event(text("> <@a:b> old\n\nnew"))).body == "> <@a:b> old\n\nnew"


@pytest.mark.parametrize(
    "formatted",
    [
        "<b>They surrender.</b>",
        "<b>" * 10_000 + "hold" + "</b>" * 10_000,
        "<span data-mx-spoiler>They</span> <span data-mx-spoiler>surrender.</span>",
        "<span data-mx-spoiler>" * 3_000,
        ["<b>hold</b>"],
    ],
)
def test_what_counts_is_the_text_that_was_typed(pair: Pair, reader: Reader, formatted: Any) -> None:
    more = {"format": "org.matrix.custom.html", "formatted_body": formatted}
    assert message(reader, pair.event(text("We **hold**.", **more))).body == "We **hold**."


def test_a_spoiler_that_stands_in_the_html_alone_stays_hidden(pair: Pair, reader: Reader) -> None:
    more = {"formatted_body": '<span data-mx-spoiler="the end">They won.<br>All of it</span>'}
    found = message(reader, pair.event(text("They won.\n\nAll of it", **more)))
    assert found.body == "||They won.||\n\n||All of it||"
    assert hidden(more, "!dispatch They won.") == "!dispatch They won."


def test_what_is_not_a_decrypted_message_is_no_input(pair: Pair, reader: Reader) -> None:
    event = pair.event()
    plain = {**event, "type": "m.room.message", "content": text("!dispatch")}
    assert reader.event(ROOM, plain) is None
    assert reader.event(ROOM, {**event, "content": {}}) is None
    assert reader.event(ROOM, {**event, "sender": BOT}) is None
    assert reader.event(ROOM, pair.event({"users": {ANA: 100}}, kind="m.room.power_levels")) is None
    assert reader.event(ROOM, pair.event({"redacts": "$x"}, kind="m.room.redaction")) is None
    assert reader.event(ROOM, {**event, "type": "m.reaction", "content": {"m.relates_to": {}}}) is None
    assert pair.bot.guard.dropped == {Drop.PLAINTEXT: 1, Drop.HIDDEN_STATE: 2}


def test_of_a_request_to_verify_in_clear_nothing_counts_but_that_it_was_made(
    pair: Pair, reader: Reader
) -> None:
    content = {
        "msgtype": VERIFY,
        "body": "!dispatch",
        "to": BOT,
        "m.mentions": {"user_ids": [BOT]},
        "m.relates_to": {"rel_type": "m.thread", "event_id": "$root"},
    }
    event = {**pair.event(), "type": "m.room.message", "content": content}
    found = message(reader, event)
    assert (found.kind, found.body, found.sender) == (VERIFY, "", ANA)
    assert (found.thread, found.reply_to, found.edits, found.mentions) == (None, None, None, frozenset())
    assert found.standing is Standing.UNSIGNED
    assert pair.requests == [(ROOM, event["event_id"])]
    for other in ({**content, "to": ANA}, {**content, "to": None}):
        assert reader.event(ROOM, {**event, "content": other}) is None
    assert len(pair.requests) == 1


@pytest.mark.parametrize(
    "inner", [{"msgtype": "m.text"}, {"body": "x"}, {"msgtype": 1, "body": "x"}, text("") | {"body": 3}]
)
def test_malformed_messages_are_set_aside(pair: Pair, reader: Reader, inner: dict[str, Any]) -> None:
    assert reader.event(ROOM, pair.event(inner)) is None
    assert pair.bot.guard.dropped[Drop.MALFORMED] == 1


@pytest.mark.parametrize(
    "damage", [{"event_id": ""}, {"event_id": 1}, {"sender": None}, {"origin_server_ts": -(10**20)}]
)
def test_malformed_envelopes_are_set_aside(pair: Pair, reader: Reader, damage: dict[str, Any]) -> None:
    assert reader.event(ROOM, {**pair.event(), **damage}) is None
    assert pair.bot.guard.dropped[Drop.MALFORMED] == 1


def test_what_cannot_be_read_waits_and_is_read_later(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    key, event = pair.room_key(), pair.event(text("late"))
    reader = Reader(BOT, pair, pair.bot.guard)
    waiting = reader.event(ROOM, event)
    assert isinstance(waiting, Undecryptable)
    assert (waiting.session_id, waiting.sender) == (event["content"]["session_id"], ANA)
    assert reader.retry(waiting.raw) is None
    assert pair.receive([key]) == {waiting.session_id}
    found = reader.retry(waiting.raw)
    assert isinstance(found, Message)
    assert (found.body, found.event_id, found.room_id) == ("late", event["event_id"], ROOM)
    pair.close()


@pytest.mark.parametrize("raw", ["", "{}", "[]", '{"type": "x", "content": {}}'])
def test_only_what_waited_can_be_read_later(reader: Reader, raw: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        reader.retry(raw)


def state(kind: str, content: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "state_key": "",
        "event_id": "$s:example.org",
        "sender": BOT,
        "origin_server_ts": 0,
        "content": content,
        **more,
    }


def test_state_events_of_the_needed_kinds_are_input_whoever_sent_them(reader: Reader) -> None:
    found = reader.event(ROOM, state("m.room.power_levels", {"users": {}}))
    assert isinstance(found, StateEvent)
    assert (found.type, found.state_key, found.content) == ("m.room.power_levels", "", {"users": {}})
    assert reader.event(ROOM, state("m.room.topic", {"topic": "x"})) is None


def test_a_state_section(reader: Reader) -> None:
    events = [state("m.room.create", {}), state("m.room.topic", {}), state("m.room.member", {}, sender=None)]
    section = reader.state(ROOM, events, complete=True)
    assert ([e.type for e in section.events], section.complete) == (["m.room.create"], True)


def test_redactions_of_all_room_versions(reader: Reader) -> None:
    event = state("m.room.redaction", {}, sender=ANA)
    del event["state_key"]
    for new in ({"redacts": "$x"}, {"content": {"redacts": "$x"}}):
        found = reader.event(ROOM, {**event, **new})
        assert isinstance(found, Redaction)
        assert found.redacts == "$x"
    assert reader.event(ROOM, event) is None


def invited(*events: dict[str, Any]) -> dict[str, Any]:
    return {"invite_state": {"events": list(events)}}


def member(membership: str, **more: Any) -> dict[str, Any]:
    content = {"membership": membership, "is_direct": True}
    return {"type": "m.room.member", "state_key": BOT, "sender": ANA, "content": content, **more}


def test_an_invitation(reader: Reader) -> None:
    plain = reader.invitation(ROOM, invited(member("invite")))
    assert plain is not None
    assert plain == Invitation(plain.event_id, ROOM, ANA, direct=True, encrypted=None)
    encryption = {"type": "m.room.encryption", "content": {}, "state_key": "", "sender": ANA}
    encrypted = reader.invitation(ROOM, invited(encryption, member("invite")))
    assert encrypted is not None
    assert encrypted.encrypted is True
    assert encrypted.event_id == plain.event_id
    again = reader.invitation(ROOM, invited(member("invite", event_id="$second")))
    assert again is not None
    assert again.event_id != plain.event_id


@pytest.mark.parametrize(
    "section",
    [
        None,
        {},
        invited(),
        invited(member("join")),
        invited(member("invite", sender=None)),
        {"invite_state": []},
    ],
)
def test_what_is_no_invitation(reader: Reader, section: Any) -> None:
    assert reader.invitation(ROOM, section) is None


def test_being_removed(reader: Reader) -> None:
    banned = {"timeline": {"events": [member("ban", event_id="$ban")]}}
    assert reader.left(ROOM, banned, "c1") == RoomLeft("$ban", ROOM, ANA, banned=True)
    silent = reader.left(ROOM, {}, "c1")
    assert (silent.sender, silent.banned) == ("", False)
    assert silent.event_id == reader.left(ROOM, None, "c1").event_id
    assert silent.event_id != reader.left(ROOM, None, "c2").event_id
