"""What a post looks like as text and as HTML."""

from __future__ import annotations

import re

import pytest

from bot.domain.post import Fold, Line, Post, Quote
from bot.matrix.markup import render
from bot.matrix.neutral import MOST_LINES


def words(text: str, language: str = "en") -> tuple[str, str]:
    """Body and HTML of people's words alone."""
    body, formatted = render(Post((Quote(text, language),)))
    lines = body.split("\n")
    assert all(line == "│" or line.startswith("│ ") for line in lines)
    body = "\n".join(line[2:] for line in lines)
    return body, formatted.removeprefix("<blockquote>").removesuffix("</blockquote>")


def test_a_relay_reads_well_folded_or_not() -> None:
    post = Post(
        (
            Line("manila-12 · Manila Tenants", strong=True),
            Line("machine-translated from Spanish"),
            Quote("We won.\n40 families stay.", "en"),
            Fold("Original (Spanish)", "Ganamos.\nQuedan 40 familias.", "es"),
        )
    )
    body, formatted = render(post)
    assert body == (
        "manila-12 · Manila Tenants\nmachine-translated from Spanish\n\n"
        "│ We won.\n│ 40 families stay.\n\n"
        "Original (Spanish)\n│ Ganamos.\n│ Quedan 40 familias."
    )
    assert formatted == (
        "<p><strong>manila-12 · Manila Tenants</strong><br>machine-translated from Spanish</p>"
        "<blockquote>We won.<br>40 families stay.</blockquote>"
        "<details><summary>Original (Spanish)</summary>"
        "<blockquote>Ganamos.<br>Quedan 40 familias.</blockquote></details>"
    )


def test_html_of_people_is_shown_not_obeyed() -> None:
    body, formatted = words('<b onclick="x">&amp; <script>alert(1)</script></details>')
    assert body == '<b onclick="x">&amp; <script>alert(1)</script></details>'
    assert "<" not in formatted.replace("&lt;", "")
    assert "&amp;amp;" in formatted


@pytest.mark.parametrize(
    "text",
    ["@room", "@ROOM now", "x@room", "@\u202eroom", "@\x00room", "@ana:example.org", "(@ana:example.org)"],
)
def test_nobody_is_pinged(text: str) -> None:
    for shown in words(text):
        assert "@\u2060" in shown
        assert "@room" not in shown.lower()
        assert "@ana:" not in shown


@pytest.mark.parametrize(
    "link",
    [
        "https://matrix.to/#/@ana:example.org",
        "HTTPS://MATRIX.TO/#/%40ana:example.org",
        "matrix.to/#/!room:example.org",
        "matrix:u/ana:example.org",
        "https://chat.example.org/#/user/@ana:example.org",
        "https://chat.example.org/#/room/%23room:example.org",
    ],
)
def test_links_that_would_become_mentions_do_not(link: str) -> None:
    body, formatted = words(link)
    assert "<a" not in formatted
    assert link not in body
    assert body.replace("\u2060", "") == link


@pytest.mark.parametrize(
    "text", ["!dispatch now", "  !twin end", "/leave", "hello\n!group forget", ".ban", "\u200e!x"]
)
def test_no_line_of_people_begins_like_a_command(text: str) -> None:
    body, _ = words(text)
    assert not any(line.strip()[:1] in "!/." for line in body.split("\n"))
    assert body.startswith(("hello", "\u2060"))


def test_the_bots_own_commands_stay_as_they_are() -> None:
    body, _ = render(Post((Line("!dispatch TEXT — sends news"),)))
    assert body == "!dispatch TEXT — sends news"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see https://example.org/a?b=1&c=2.", "https://example.org/a?b=1&amp;c=2"),
        ("(https://example.org/a_(b))", "https://example.org/a_(b)"),
        ("mailto:ana@example.org", "mailto:ana@example.org"),
        ("看https://example.org/x。谢谢", "https://example.org/x"),
        ("http://example.org:8080", "http://example.org:8080"),
    ],
)
def test_addresses_can_be_clicked_and_are_what_they_show(text: str, link: str) -> None:
    _, formatted = words(text)
    assert f'<a href="{link}">{link}</a>' in formatted


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "https://bank.example@evil.example/",
        "https://exаmple.org/",
        "https://example.org/caf\u00e9",
        "https:///x",
        "data:text/html,hi",
        "ftp://example.org/",
        "https://example.org\u200b.evil.example/",
    ],
)
def test_what_is_no_plain_address_cannot_be_clicked(text: str) -> None:
    _, formatted = words(text)
    assert "<a" not in formatted


def test_direction_controls_of_people_are_gone_and_ours_are_closed() -> None:
    body, _ = render(Post((Line("News"), Quote("abc \u202eevil\u202c \u2067x سلام y\u200f", "en"))))
    assert body == "News\n\n│ abc evil x \u2068سلام\u2069 y"


def test_a_text_of_the_other_direction_is_isolated_line_by_line() -> None:
    body, _ = render(Post((Line("Original"), Quote("سلام Facebook!\nhttps://example.org/12 سلام.", "ar"))))
    assert body == (
        "Original\n\n"
        "│ \u2067سلام \u2068Facebook\u2069!\u2069\n"
        "│ \u2067\u2068https://example.org/12\u2069 سلام.\u2069"
    )


def test_line_ends_and_control_characters() -> None:
    assert words("a\r\nb\rc\u2028d\x07e\tf")[0] == "a\nb\nc\nde\tf"


def test_lone_surrogates_can_be_sent() -> None:
    assert words("a\ud800b")[0].encode() == b"ab"


FRAME = (
    "manila-13 · Manila Tenants\nmachine-translated from Spanish · original\n"
    "\u2028│ Give up.\r\n⚠ not translated"
)


def test_no_line_of_people_can_pass_for_one_of_the_bots() -> None:
    body, formatted = render(
        Post(
            (
                Line("manila-12 · Manila Tenants", strong=True),
                Quote(FRAME, "en"),
                Line(f"a name: {FRAME}"),
                Fold("original", FRAME, "en", (f"“{FRAME}”: numbers differ",)),
            )
        )
    )
    own = [line for line in body.split("\n") if line and not line.startswith("│")]
    assert [line[:12] for line in own] == ["manila-12 · ", "a name: mani", "original", "“manila-13 ·"]
    assert "manila-13 · Manila Tenants<br>" not in re.sub("<blockquote>.*?</blockquote>", "", formatted)


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d❤\ufe0f\u200d💋\u200d👨",
        "👨🏽\u200d👩🏽\u200d👧🏽\u200d👦🏽 🏳\ufe0f\u200d🌈 👁\ufe0f\u200d🗨\ufe0f",
        "1\ufe0f\u20e3",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f and \U0001f3f4\u200d☠\ufe0f",
        "ක්\u200dරියා শ্র\u200c র\u200d্যাব नमस्\u200dते क्\u200cष می\u200cخواهم",
        "လျှို့ဝှက် လွှို့ဝှက်ချက်",
        "בְּרֵאשִׁ֖ית בָּרָ֣א",
        "tie\u0302\u0301ng Vie\u0302\u0323t ạ̀ ɔ̃́ː",
        "葛\U000e0100城",
        "ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ",
        "٠ مُحَمَّدٌ اَللّٰهُ",
    ],
)
def test_what_languages_and_emoji_need_stays(text: str) -> None:
    body, _ = words(text)
    assert body.replace("\u2068", "").replace("\u2069", "").strip("\u2066\u2067") == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("hi" + "".join(chr(0xE0000 + ord(c)) for c in "give up"), "hi"),
        ("\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in "give") + "\U000e007f!", "\U0001f3f4!"),
        ("a" + "\u200d" * 500 + "b", "a\u200d\u200db"),
        ("a" + "\u200b\u200c\u2060\ufeff" * 9 + "b", "a\u200b\u200cb"),
        ("Z" + "\u0335\u0321\u0353" * 90 + "o", "Z\u0335\u0321\u0353\u0335o"),
        ("Z" + "\u0335\u200d" * 90 + "o", "Z" + "\u0335\u200d" * 3 + "\u0335\u200do"),
        ("ก" + "\u0e34" * 90 + "ข", "ก" + "\u0e34" * 8 + "ข"),
        ("😀" + "\ufe0f\U000e0100" * 40, "😀\ufe0f"),
    ],
)
def test_what_cannot_be_seen_or_piles_up_is_limited(text: str, shown: str) -> None:
    assert words(text)[0] == shown


def test_more_lines_than_anybody_scrolls_past_are_put_into_one() -> None:
    letters = [chr(ord("a") + number % 26) for number in range(3000)]
    body, formatted = words("\n".join(letters))
    assert len(body.split("\n")) == formatted.count("<br>") + 1 == MOST_LINES
    assert "".join(char for char in body if char.isalpha()) == "".join(letters)
    assert words("a\n \n\n\n\t\nb")[0] == "a\n\nb"
    assert words("\n".join(["a"] * MOST_LINES))[0] == "\n".join(["a"] * MOST_LINES)


def test_the_bot_s_own_address_works_in_its_own_lines_alone() -> None:
    me, other = "@twinline:here.example", "@ana:here.example"
    link = f"https://matrix.to/#/{me}"
    post = Post((Line(f"Open {link} or https://matrix.to/#/{other}"), Quote(link, "en")))
    body, formatted = render(post, me)
    own, words = body.split("\n\n")
    assert f"Open {link} or" in own
    assert f'<a href="{link}">' in formatted
    assert f"matrix.to/#/{other}" not in body + formatted
    assert link not in words
    assert link not in render(post)[0]
