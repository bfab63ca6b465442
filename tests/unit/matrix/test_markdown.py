"""The Markdown that people type, as it is shown: understood as Element does, rebuilt, and never obeyed."""

from __future__ import annotations

import html
import time

import pytest

from bot.domain.post import Fold, Line, Post, Quote
from bot.matrix.markup import render


def shown(text: str, language: str = "en") -> str:
    """The HTML of people's words alone."""
    _, formatted = render(Post((Quote(text, language),)))
    return formatted.removeprefix("<blockquote>").removesuffix("</blockquote>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**won** __won__", "<strong>won</strong> <strong>won</strong>"),
        ("*soon* _soon_ ***now***", "<em>soon</em> <em>soon</em> <em><strong>now</strong></em>"),
        ("~~Monday~~ Tuesday", "<del>Monday</del> Tuesday"),
        ("<del>a</del> <u>b</u> <SUB>c</sub>", "<del>a</del> <u>b</u> <sub>c</sub>"),
        ("run `rm *x*` now", "run <code>rm *x*</code> now"),
        (
            "```sh\nls <a>\n\n# no title\n```",
            '<pre><code class="language-sh">ls &lt;a&gt;\n\n# no title</code></pre>',
        ),
        (
            "- a\n- b\n  1. c\n  2. d",
            "<ul><li>a</li><li>b<ol><li>c</li><li>d</li></ol></li></ul>",
        ),
        ("3. c\n4. d", '<ol start="3"><li>c</li><li>d</li></ol>'),
        ("> said\n> so\n\nno", "<blockquote><p>said<br>so</p></blockquote><p>no</p>"),
        (
            "| who | when |\n|---|:-:|\n| Ana | **7 pm** |",
            (
                "<table><thead><tr><th>who</th><th>when</th></tr></thead>"
                "<tbody><tr><td>Ana</td><td><strong>7 pm</strong></td></tr></tbody></table>"
            ),
        ),
        ("it ||ends *well*|| x || y", "it <span data-mx-spoiler>ends <em>well</em></span> x || y"),
        ("# News\n\nText\n***\n", "<h3>News</h3><p>Text</p><hr>"),
        ("a **b**\nc", "a <strong>b</strong><br>c"),
        (r"\*not\* this", "*not* this"),
    ],
)
def test_markdown_is_rebuilt(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "snake_case_name",
        "2 * 3 * 4",
        "a_b*c",
        "Won.\n  Two blanks",
        "x || y",
        "**open",
        "[a]",
        "<i>x</i>",
        "</u>",
        "a<b",
    ],
)
def test_what_is_no_markup_stands_as_typed(text: str) -> None:
    assert shown(text) == html.escape(text).replace("\n", "<br>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[us](https://x.org/a_b)", 'us (<a href="https://x.org/a_b">https://x.org/a_b</a>)'),
        ("<https://x.org>", '<a href="https://x.org">https://x.org</a>'),
        ("[https://x.org](https://x.org)", '<a href="https://x.org">https://x.org</a>'),
        (
            "[https://bank.org](https://evil.org)",
            '<a href="https://bank.org">https://bank.org</a> (<a href="https://evil.org">https://evil.org</a>)',
        ),
        ('[us](javascript:x "hm")', "us (javascript:x “hm”)"),
        ("![us](https://x.org/i.png)", '\u2060!us (<a href="https://x.org/i.png">https://x.org/i.png</a>)'),
        ("*https://x.org/*a*b_c*", '<em><a href="https://x.org/*a*b_c">https://x.org/*a*b_c</a></em>'),
        ("[me](https://matrix.to/#/@a:b.org)", "me (https://matrix\u2060.to/#\u2060/@\u2060a:b.org)"),
    ],
)
def test_a_link_shows_where_it_leads(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "@**room**",
        "@r*oo*m",
        "@ana**:example.org**",
        r"matrix\.to **x**",
        "[x]: https://x.org\n\n[x]",
        "|a|\n|-|\n|b|lost|",
        "> " * 40 + "deep **x**",
        "*a **" * 20 + "b" + "** c*" * 20,
        "<u>" * 40 + "x" + "</u>" * 40,
    ],
)
def test_what_would_ping_vanish_or_nest_without_end_is_shown_as_typed(text: str) -> None:
    found = shown(text)
    assert not any(f"<{tag}" in found for tag in ("strong", "em", "table", "blockquote", "u>", "p>"))
    assert "@room" not in found


def test_no_line_begins_like_a_command_and_each_is_isolated() -> None:
    assert shown("**!twin end**\nx *y*\n!group **x**") == (
        "<strong>\u2060!twin end</strong><br>x <em>y</em><br>\u2060!group <strong>x</strong>"
    )
    _, formatted = render(Post((Line("News"), Quote("سلام **abc** x", "ar"))))
    assert (
        "<blockquote>\u2067سلام <strong>\u2068abc\u2069</strong> \u2068x\u2069\u2069</blockquote>"
        in formatted
    )


def test_the_text_keeps_what_was_typed_and_the_original_is_formatted_too() -> None:
    body, formatted = render(Post((Quote("- **a**", "en"), Fold("original", "- **b**", "es"))))
    assert body == "│ - **a**\n\noriginal\n│ - **b**"
    assert formatted == (
        "<blockquote><ul><li><strong>a</strong></li></ul></blockquote>"
        "<details><summary>original</summary>"
        "<blockquote><ul><li><strong>b</strong></li></ul></blockquote></details>"
    )


_UNITS = [
    "*", "[", "*a ", "**a", "<u>", "<u>x</u>", "`a``b", "||a", "> ", "- ", "[a](", "![", "_a", "~~a", "*a*\n",
    "](", "[](x)", "<", "<https://x", "http://x.org](*", "\\*", "*_", "http:", "[[]", "@a", "[a](<",
    '[a](b "', "|a", "#", "| a | b |\n|---|---|\n", "1. ", "```", "\t", "**bold** ", "https://a)))",
    "<b>x</b>",
]  # fmt: skip


@pytest.mark.parametrize("unit", _UNITS)
def test_no_text_of_60000_characters_is_slow_to_show(unit: str) -> None:
    text = (unit * 60_000)[:60_000]
    began = time.process_time()
    render(Post((Quote(text, "en"),)))
    assert time.process_time() - began < 5.0
