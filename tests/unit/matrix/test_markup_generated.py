"""Generated texts: nothing that people write can ping, style, spoof a link, hide a direction or command.

Markdown among them: it makes known tags alone, within limits, and nothing that was written is hidden by it.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.post import Fold, Line, Post, Quote
from bot.matrix.markdown import DEEPEST
from bot.matrix.markup import render
from bot.matrix.neutral import MOST_LINES

TEXTS = 20_000
_AT_ONCE = 25

_NASTY = [
    "@room", "@ROOM", "@ro", "om", "@", "@ana:example.org", "@ana", ":example.org", "https://", "http://",
    "matrix.to", "/#/", "#/", "@ana%3A", "%40ana:b.org", "matrix:u/", "mailto:", "a@b.org", "example.org",
    "user/", "javascript:", "<", ">", "&", "&lt;", "&#64;room", "<b>", "</details>", "<!--", '"', "'", "`",
    "<a href='x'>", "\u202e", "\u202a", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e", "\u200f", "\u061c",
    "\u2060", "\u200b", "\u200d", "\x00", "\x1b[31m", "\r", "\n", "\r\n", "\u2028", "\t", " ", "!", "/",
    "!dispatch", "سلام", "שלום", "१२", "日本", "é", "e\u0301", "😀", "\ud800", "12", ".", ",", ")", "(", "* ",
    "> ", "x", "[a](b)", "│", "│ ", "machine-translated from Spanish", "\n" * 5, "a\n" * 200,
    "**", "*", "_", "~~", "||", "|", "```\n", "``", "# ", "\n- ", "\n1. ", "\n 7) ", "\n| a | b |\n|--|--|\n",
    "\n---\n", "\n===\n", "\n\n    ", "[", "](", "](https://", "](<", "![", "\\", "<u>", "</u>", "<del>",
    "</del>", "<sub>", "<https://", ' "', "\n> ", "\n> > - ", "<span data-mx-spoiler>", "&#42;", "[a]: b\n",
    "**" * 30,
    "\U000e0041" * 3, "\U0001f3f4", "\u200d\u200c" * 3, "\u0301\u0335" * 5, "\ufe0f" * 3, "\U000e0100",
]  # fmt: skip
_TEXT = st.lists(st.sampled_from(_NASTY), max_size=9).map("".join) | st.text(max_size=12)
_INLINE = {"strong", "a", "em", "del", "s", "u", "sub", "sup", "code", "span"}
_VOID = {"br", "hr"}
_BLOCKS = {"p", "blockquote", "details", "summary", "ul", "ol", "li", "pre", "h3", "h4", "h5", "h6"}
_TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES = {"a": ["href"], "span": ["data-mx-spoiler"]}
_TYPED_TAG = re.compile(r"</?(?:del|s|u|sub|sup)>", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\ud800-\udfff]")
_HIDDEN = re.compile(
    "[\U000e0000-\U000e007f]|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2}|[\u200b-\u200d\ufeff]{3}"
)
_PILE = re.compile("[\u0300-\u036f]{5}")
_USER = re.compile("@(?!\u2060)[^\\s@:\u2066-\u2069]*:[^\\s:\u2066-\u2069]")


class _Page(HTMLParser):
    """Reads the HTML as a client would and refuses what is not ours."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []
        self.link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _INLINE | _VOID | _BLOCKS | _TABLE
        names = [name for name, _ in attrs]
        if tag == "ol" and attrs:
            assert names == ["start"]
            assert (attrs[0][1] or "").isdecimal()
        elif tag == "code" and attrs:
            assert names == ["class"]
            assert re.fullmatch("language-[A-Za-z0-9+#-]+", attrs[0][1] or "")
            self.text.append((attrs[0][1] or "").removeprefix("language-"))
        else:
            assert names == _ATTRIBUTES.get(tag, [])
        if tag == "a":
            self.link = attrs[0][1]
            assert self.link is not None
            assert re.match(r"(https?://|mailto:)[!-~]+$", self.link, re.IGNORECASE)
        if tag not in _INLINE:
            self.text.append("\n")
        if tag not in _VOID:
            self.open.append(tag)
            assert len(self.open) <= DEEPEST + 3

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.link = None
        if tag not in _INLINE:
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        assert self.link in (None, data)
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def _look(text: str) -> None:
    """What must hold of any text that people see."""
    assert _CONTROLS.search(text) is None
    assert _HIDDEN.search(text) is None
    assert _PILE.search(text) is None
    assert "@room" not in text.lower()
    assert _USER.search(text) is None
    assert re.search(r"matrix\.to\b|matrix:[a-z/]|/#/(user|room|[@!#%])", text, re.IGNORECASE) is None
    for line in text.split("\n"):
        depth = 0
        for char in line:
            depth += (char in "\u2066\u2067\u2068") - (char == "\u2069")
            assert depth >= 0
        assert depth == 0


def _letters(text: str) -> str:
    text = re.sub("[\u2066-\u2069]", "", text)
    return "".join(filter(str.isalpha, _TYPED_TAG.sub("", text)))


def _check(text: str, language: str) -> None:
    body, formatted = render(
        Post((Line(text, strong=True), Quote(text, language), Fold(text, text, language)))
    )
    _look(body)
    page = _Page()
    page.feed(formatted)
    page.close()
    assert page.open == []
    shown = "".join(page.text)
    _look(shown)
    unbarred = [line.removeprefix("│") for line in body.split("\n")]
    assert _letters(shown) == _letters("\n".join(unbarred))
    own = [line for line in body.split("\n") if "│" not in line and line.strip()]
    assert all(line.startswith("│") for line in body.split("\n") if "│" in line)
    assert len(own) <= 2, "the header and the summary are one line each"
    alone, _ = render(Post((Quote(text, language),)))
    lines = alone.split("\n") if alone else []
    assert len(lines) <= MOST_LINES
    for line in lines:
        assert line == "│" or line.startswith("│ ")
        assert re.match(r"[\s\u2066-\u2069]*[!/\\.$%&?~;=^|,+]", line[1:]) is None


@pytest.mark.timeout(300)
@settings(
    max_examples=TEXTS // _AT_ONCE,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(st.lists(_TEXT, min_size=_AT_ONCE, max_size=_AT_ONCE), st.sampled_from(["en", "ar", "es", "he"]))
def test_generated_texts_do_no_harm(texts: list[str], language: str) -> None:
    for text in texts:
        _check(text, language)
