"""How commands are written, on keyboards and on phones."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.text import t
from bot.handlers.command import Typed, WrongUsage, match, parse, plain, typed
from bot.handlers.context import Argument, Command, Context, Given, Noun, Option, Shape, Theme
from bot.handlers.nouns import all_nouns
from bot.handlers.registry import commands_of

NAMES = ["@twinline:here.example", "@twinline", "twinline", "Twinline"]


async def _run(ctx: Context, given: Given) -> list[object]:
    raise AssertionError("only parsed here")


def command(*arguments: Argument, words: str = "make", options: tuple[Option, ...] = ()) -> Command:
    return Command(
        tuple(words.split()),
        t("a command"),
        Theme.START,
        _run,  # type: ignore[arg-type]  # never runs
        arguments=arguments,
        options=options,
    )


NEWS = command(
    Argument("TEXT", Shape.REST, optional=True),
    words="dispatch",
    options=(Option("as", "group|member"), Option("to", "GROUP")),
)
GROUP = command(
    Argument("HANDLE"),
    Argument("NAME", Shape.QUOTED),
    words="group create",
    options=(Option("language", "es"), Option("zone", "Asia/Manila")),
)
NUMBER = command(Argument("N", Shape.NUMBER), words="dispatch withdraw")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("!help", "help"),
        ("  !help twin", "help twin"),
        ("/help", "help"),
        ("!Dispatch hi", "Dispatch hi"),
        ("\n!help", "help"),
    ],
)
def test_a_prefix_begins_a_command(body: str, text: str) -> None:
    assert typed(body, []) == Typed(text)


@pytest.mark.parametrize(
    "body",
    ["", " ", "help", "!", "! help", "!!!", "!! help", "//help", "/!", "hey !help", "¡help", "! ", "/ "],
)
def test_everything_else_is_talk(body: str) -> None:
    assert typed(body, []) is None


@pytest.mark.parametrize(
    "body",
    [
        "@twinline:here.example help",
        "@twinline: help",
        "Twinline, help",
        "twinline !help",
        "@Twinline:here.example: !help",
    ],
)
def test_a_mention_begins_a_command(body: str) -> None:
    assert typed(body, NAMES) == Typed("help", addressed=True)


def test_a_mention_counts_only_for_who_is_mentioned() -> None:
    assert typed("Twinline, help", []) is None


@pytest.mark.parametrize(
    "body", ["twinlines are pretty", "Twinlineish help", "@twinline:elsewhere.example help", "twinline.org"]
)
def test_a_word_that_begins_like_the_name_is_talk(body: str) -> None:
    assert typed(body, NAMES) is None


def test_quotes_and_dashes_of_phones_are_the_ones_of_keyboards() -> None:
    assert plain("“a” «b» „c‟ ‘d’ 2027–05—01 −1") == '"a" "b" "c" \'d\' 2027-05-01 -1'


@pytest.mark.parametrize("quotes", ['""', "“”", "«»", "„“", "＂＂"])
def test_a_name_in_any_quotes_is_one_argument(quotes: str) -> None:
    given = parse(GROUP, f" manila {quotes[0]}Tenants of Manila{quotes[1]} language=es")
    assert given.values == {"HANDLE": "manila", "NAME": "Tenants of Manila", "language": "es"}


def test_options_stand_anywhere_and_in_any_case() -> None:
    given = parse(GROUP, "LANGUAGE=es manila zone=Asia/Manila Tenants")
    assert given.values == {
        "language": "es",
        "HANDLE": "manila",
        "zone": "Asia/Manila",
        "NAME": "Tenants",
    }


def test_an_option_may_have_quotes() -> None:
    assert parse(GROUP, 'manila Tenants zone="Mexico City"')["zone"] == "Mexico City"


def test_what_is_missing_is_named() -> None:
    with pytest.raises(WrongUsage) as wrong:
        parse(GROUP, "manila")
    assert wrong.value.reason == t("{argument} is missing.", argument="NAME")


def test_what_is_too_much_is_shown_shortened() -> None:
    with pytest.raises(WrongUsage) as wrong:
        parse(GROUP, 'manila "Tenants" ' + "x" * 1000)
    assert wrong.value.reason == t("I did not understand “{part}”.", part="x" * 40)


@pytest.mark.parametrize(
    ("rest", "part", "example"),
    [
        ("manila Tenants of Manila", "of Manila", '"Tenants of Manila"'),
        ("manila Tenants of Manila language=en", "of Manila language=en", '"Tenants of Manila"'),
        ("manila Tenants zone=New York", "York", 'zone="New York"'),
        ("manila Tenants " + "x" * 1000, "x" * 40, f'"Tenants {"x" * 40}"'),
    ],
)
def test_words_that_belong_together_are_shown_between_quotation_marks(
    rest: str, part: str, example: str
) -> None:
    with pytest.raises(WrongUsage) as wrong:
        parse(GROUP, rest)
    assert wrong.value.reason.args == {"part": part, "example": example}


@pytest.mark.parametrize(
    "rest", ['manila "Tenants" of Manila', "manila Tenants idioma=en", "manila Tenants ]"]
)
def test_quotation_marks_are_not_proposed_where_they_would_not_help(rest: str) -> None:
    with pytest.raises(WrongUsage) as wrong:
        parse(GROUP, rest)
    assert "example" not in wrong.value.reason.args


def test_nothing_belongs_to_a_number() -> None:
    with pytest.raises(WrongUsage) as wrong:
        parse(NUMBER, "12 please")
    assert wrong.value.reason == t("I did not understand “{part}”.", part="please")


@pytest.mark.parametrize("written", ["12", "manila-12", "oaxaca-2-12", "日本-3", "ñandú-7"])
def test_a_number_may_have_its_group_in_front(written: str) -> None:
    assert parse(NUMBER, f" {written} ")["N"] == written


@pytest.mark.parametrize("written", ["twelve", "manila", "12a", "-", "manila-", "1.5"])
def test_what_is_no_number_is_said(written: str) -> None:
    with pytest.raises(WrongUsage) as wrong:
        parse(NUMBER, written)
    assert wrong.value.reason == t("“{part}” is not a number.", part=written)


def test_the_text_of_a_dispatch_stays_as_it_was_typed() -> None:
    text = "We said: “no” – twice.\n\n  Two  blanks, and x=y stays.\n- a list"
    assert parse(NEWS, f" {text}").values == {"TEXT": text}


@pytest.mark.parametrize(
    ("rest", "values"),
    [
        ("hello as=group", {"TEXT": "hello", "as": "group"}),
        ("hello\nas=member  ", {"TEXT": "hello", "as": "member"}),
        ("hello to=madrid as=member", {"TEXT": "hello", "to": "madrid", "as": "member"}),
        ("hello AS=Member", {"TEXT": "hello", "as": "Member"}),
        ("hello as=“member”", {"TEXT": "hello", "as": "member"}),
        ("as=group", {"as": "group"}),
        ("as=group hello", {"as": "group", "TEXT": "hello"}),
        ("2+2=4", {"TEXT": "2+2=4"}),
        ("hello x=1", {"TEXT": "hello x=1"}),
        ("", {}),
        ("   ", {}),
    ],
)
def test_options_of_a_dispatch_stand_at_its_beginning_or_end(rest: str, values: dict[str, str]) -> None:
    assert parse(NEWS, rest).values == values


def test_the_command_with_the_most_words_is_meant() -> None:
    known = {one.words: one for one in (NEWS, NUMBER)}
    assert match("dispatch withdraw 12", known, {}) == (NUMBER, " 12")
    assert match("dispatch  WITHDRAW", known, {}) == (NUMBER, "")
    assert match("Dispatch the news", known, {}) == (NEWS, " the news")
    assert match("dispatches", known, {}) is None
    assert match("", known, {}) is None


def test_a_word_of_the_room_s_language_counts_too() -> None:
    known = {one.words: one for one in (NEWS, NUMBER)}
    assert match("envío retirar 12", known, {"envio": "dispatch", "retirar": "withdraw"}) == (NUMBER, " 12")


def test_two_claims_to_a_name_fail_at_start() -> None:
    with pytest.raises(ValueError, match="two commands claim 'dispatch'"):
        commands_of([Noun(commands=(NEWS,)), Noun(commands=(NEWS,))])


def test_usage_shows_how_it_is_written() -> None:
    assert GROUP.usage == '!group create HANDLE "NAME" [language=es] [zone=Asia/Manila]'
    assert NEWS.usage == "!dispatch [TEXT] [as=group|member] [to=GROUP]"


LONG = [
    "x" * 60_000,
    "x " * 30_000,
    "as=group " * 6_600,
    ' as="' * 12_000,
    "a=b" + " " * 59_000 + "x",
    "=" * 60_000,
    '"' * 60_000,
    "“" * 60_000 + " as=group",
    '"x" ' * 15_000,
    "\n" * 60_000 + "x",
    "1-" * 30_000,
    "9" * 60_000,
    "language=es " * 5_000,
    "\u202e" * 60_000,
]


@pytest.mark.parametrize("body", LONG, ids=range(len(LONG)))
def test_sixty_thousand_characters_are_read_in_no_time(body: str) -> None:
    begin = time.process_time()
    typed("!" + body, NAMES)
    took = [time.process_time() - begin]
    for one in commands_of(all_nouns()).values():
        begin = time.process_time()
        match(body, {one.words: one}, {})
        with contextlib.suppress(WrongUsage):
            parse(one, body)
        took.append(time.process_time() - begin)
    assert max(took) < 1.0  # a message is one command


@given(st.text(max_size=300))
def test_any_text_is_an_argument_or_wrong(body: str) -> None:
    typed(body, NAMES)
    for one in (NEWS, GROUP, NUMBER):
        try:
            given = parse(one, body)
        except WrongUsage:
            continue
        else:
            assert set(given.values) <= {
                *(argument.name for argument in one.arguments),
                *(option.name for option in one.options),
            }


@given(st.text(max_size=200).filter(lambda text: text.strip() and "=" not in text))
def test_a_text_without_options_comes_back_whole(text: str) -> None:
    assert parse(NEWS, f" {text}").values == {"TEXT": text.strip()}
