"""What people read of a translation: warnings, times in their own zone, the original beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.outgoing import Relay, RowRef
from bot.domain.post import Fold, Line, Post, Quote
from bot.domain.rendering import Doubt, Flag, Mark, Rendering
from bot.domain.text import Words, t
from bot.i18n import Catalogs
from bot.matrix.markup import render
from bot.pipeline.compose import compose_relay
from bot.pipeline.ports import Segment, Translation
from bot.pipeline.render import MOST_DOUBTS, apart, original_of, rendering_of, timed, turned
from bot.storage.outbox.rows import PAYLOAD

WRITTEN = datetime(2027, 4, 10, 12, tzinfo=UTC)


def relay(text: str = "Ganamos.", source: str = "es", target: str = "en", *, in_place: bool = False) -> Relay:
    return Relay(
        room_id="!room",
        words=Words(text, source, "Manila"),
        target=target,
        zone="America/Chicago",
        written_at=WRITTEN,
        header=t("manila-1"),
        in_place=in_place,
        origin_room="!home",
        dispatch=7,
        twinning=3,
    )


@pytest.fixture(scope="module")
def catalogs() -> Catalogs:
    return Catalogs.load()


def posted(one: Relay, rendering: Rendering, catalogs: Catalogs) -> Post:
    shown = PAYLOAD.validate_json(PAYLOAD.dump_json(_with(one, rendering)))
    assert isinstance(shown, Relay)
    return compose_relay(shown, catalogs, WRITTEN, None, None, None)


def _with(one: Relay, rendering: Rendering) -> Relay:
    return replace(one, rendering=rendering)


def test_a_translation_without_flags_has_no_warning(catalogs: Catalogs) -> None:
    rendering = rendering_of("Ganamos.", Translation("We won.", (Segment("Ganamos.", "We won."),)))
    body, formatted = render(posted(relay(), rendering, catalogs))
    assert "⚠" not in body + formatted


def test_a_doubt_is_one_quiet_mark_with_its_reason_in_the_fold_and_in_the_text(catalogs: Catalogs) -> None:
    segment = Segment("No iremos.", "We will go.", (Flag.NEGATION, Flag.LENGTH))
    post = posted(
        relay("No iremos."), rendering_of("No iremos.", Translation("We will go.", (segment,))), catalogs
    )
    assert [type(block) for block in post.blocks] == [Line, Quote, Fold]
    fold = post.blocks[-1]
    assert isinstance(fold, Fold)
    assert fold.summary == "⚠ machine-translated from Spanish · original"
    assert fold.notes == ("“No iremos.”: a “not” may be lost or added",)
    body, formatted = render(post)
    assert body.count("⚠") == 1
    assert body.index("We will go.") < body.index("may be lost or added") < body.index("\n│ No iremos.")
    assert formatted.count("⚠") == 1
    assert "may be lost or added<blockquote>No iremos.</blockquote></details>" in formatted


@pytest.mark.parametrize("flag", list(Flag))
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_flag_has_words_in_every_language(flag: Flag, language: str, catalogs: Catalogs) -> None:
    rendering = Rendering("x", doubts=(Doubt(flag, "a b"), Doubt(flag, "c d", stands=True)))
    body, _ = render(posted(relay(target=language), rendering, catalogs))
    assert "⚠" in body
    assert ("stands as it was written" in body) is (language == "en")


def test_a_sentence_that_stands_for_another_reason_than_an_unknown_word_says_which() -> None:
    segments = (Segment("Uno.", "One."), Segment("@ana 5", None, (Flag.SPANS,)))
    rendering = rendering_of("Uno. @ana 5", Translation("One. @ana 5", segments))
    assert rendering.marks == (Mark.STANDS,)
    assert rendering.doubts == (Doubt(Flag.SPANS, "@ana 5", stands=True),)
    unknown = Translation("One. Dos.", (segments[0], Segment("Dos.", None, (Flag.UNKNOWN,))))
    assert rendering_of("Uno. Dos.", unknown) == Rendering("One. Dos.", (Mark.PARTLY,))


@pytest.mark.parametrize(("flag", "mark"), [(Flag.UNKNOWN, Mark.UNKNOWN), (Flag.EMPTY, Mark.FAILED)])
def test_if_nothing_was_translated_the_words_stand_and_it_is_said_why(
    flag: Flag, mark: Mark, catalogs: Catalogs
) -> None:
    rendering = rendering_of("Uno.", Translation("Uno.", (Segment("Uno.", None, (flag,)),)))
    assert rendering == Rendering(None, (mark,))
    body, _ = render(posted(relay("Uno."), rendering, catalogs))
    assert "⚠ not translated" in body


def test_words_of_another_language_that_came_out_as_they_were_are_not_passed_off_as_read(
    catalogs: Catalogs,
) -> None:
    text = "نلتقي غدا عند المحكمة"
    rendering = rendering_of(text, Translation(text, (Segment(text, text, (Flag.LANGUAGE,)),)))
    assert rendering == Rendering(None, (Mark.FAILED,))
    body, _ = render(posted(relay(text), rendering, catalogs))
    assert "⚠ not translated: nothing came out" in body


def test_a_very_long_message_does_not_get_a_very_long_list_of_warnings() -> None:
    segments = tuple(Segment("Uno " * 100, "One", (Flag.LENGTH,)) for _ in range(50))
    rendering = rendering_of("x", Translation("y", segments))
    assert len(rendering.doubts) == MOST_DOUBTS
    assert all(len(doubt.sentence) <= 120 for doubt in rendering.doubts)


def test_of_many_doubts_the_worst_are_named_and_the_others_counted(catalogs: Catalogs) -> None:
    segments = [Segment(f"Frase {n}.", f"One {n}.", (Flag.LENGTH,)) for n in range(8)]
    segments.append(Segment("No iremos.", "We will go.", (Flag.NEGATION,)))
    rendering = rendering_of("x", Translation("y", tuple(segments)))
    assert rendering.doubts[-1] == Doubt(Flag.NEGATION, "No iremos.")
    body, _ = render(posted(relay("x"), rendering, catalogs))
    assert "4 more sentences may be wrong" in body
    assert "“Frase 3.”" in body
    assert "“Frase 4.”" not in body


def test_words_in_the_readers_own_language_stand_without_a_mark(catalogs: Catalogs) -> None:
    rendering = rendering_of("We won.", Translation("We won.", (), language="en"))
    post = posted(relay("We won."), rendering, catalogs)
    assert post.blocks[1:] == (Quote("We won.", "en"),)


def test_times_are_repeated_in_the_readers_own_zone(catalogs: Catalogs) -> None:
    one = relay("El 1 de mayo a las 10:00 marchamos.")
    rendering = timed(Rendering("On 1 May at 10:00 we march."), one, "Asia/Manila")
    assert rendering.there == "Asia/Manila"
    body, _ = render(posted(one, rendering, catalogs))
    assert (
        "Saturday, May 1, 2027, 10:00\u202fAM (Manila) = Friday, April 30, 2027, 9:00\u202fPM (Chicago)"
        in body
    )


@pytest.mark.parametrize("zone", ["America/Chicago", "America/Winnipeg", None])
def test_times_are_not_repeated_where_clocks_are_the_same(zone: str | None) -> None:
    one = relay("El 1 de mayo a las 10:00 marchamos.")
    assert timed(Rendering("x"), one, zone) == Rendering("x")


def test_in_opposite_directions_the_original_is_a_reply_to_the_translation(catalogs: Catalogs) -> None:
    one, rendering = (
        relay("Ganamos.", target="ar"),
        Rendering("فزنا.", doubts=(Doubt(Flag.LENGTH, "Ganamos."),)),
    )
    assert apart(one, rendering)
    post = posted(one, rendering, catalogs)
    fold = post.blocks[-1]
    assert isinstance(fold, Fold)
    assert fold.text == ""
    assert all("Ganamos." not in block.text for block in post.blocks)
    original = original_of(one, rendering, "$event", "copy")
    assert (original.what, original.reply_to) == ("copy:original", RowRef("$event", "!room", "copy"))
    assert compose_relay(original, catalogs, WRITTEN, None, "$sent", None).blocks == (
        Quote("Ganamos.", "es"),
    )
    assert not apart(one, Rendering(None))
    assert not apart(relay(), rendering)


def test_the_original_of_an_edit_is_an_edit_of_the_original() -> None:
    edit = replace(relay(target="ar"), replaces=RowRef("$event", "!room", "copy"))
    original = original_of(edit, Rendering("x"), "$event", "copy:edit:$2")
    assert original.replaces == RowRef("$event", "!room", "copy:original")
    assert original.reply_to is None


def test_in_a_joint_room_a_message_in_the_readers_language_turns_round() -> None:
    one = relay("We won.", "es", "en", in_place=True)
    again = turned(one, Rendering("Ganamos.", language="en"))
    assert (again.words.language, again.target) == ("en", "es")
    assert turned(one, Rendering("x")) == one
    assert turned(one, Rendering(None, language="en")) == one


def test_a_rendering_stored_by_an_earlier_version_is_read() -> None:
    stored = PAYLOAD.dump_python(_with(relay(), Rendering("We won.", (Mark.PARTLY,), "en")), mode="json")
    stored["rendering"] = {"text": "We won.", "marks": ["partly"], "via": "en"}
    read = PAYLOAD.validate_python(stored)
    assert isinstance(read, Relay)
    assert read.rendering == Rendering("We won.", (Mark.PARTLY,), "en")
