"""Outgoing → Post: the words of a message, in the reader's language, still without markup."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.outgoing import Relay, Say
from bot.domain.post import Block, Fold, Line, Post, Quote
from bot.domain.rendering import Mark, Rendering
from bot.domain.text import Language, Moment, Text, t
from bot.i18n import Catalogs

LATE = timedelta(minutes=15)


def compose_say(
    say: Say, catalogs: Catalogs, thread: str | None, reply: str | None, replaces: str | None
) -> Post:
    """The bot's own words."""
    lines = tuple(Line(catalogs.say(line, say.language)) for line in say.lines)
    return Post(lines, notice=say.notice, thread=thread, reply_to=reply, replaces=replaces)


def compose_relay(
    relay: Relay,
    catalogs: Catalogs,
    now: datetime,
    thread: str | None,
    reply: str | None,
    replaces: str | None,
) -> Post:
    """People's words: the header, the translation with its mark, the original beside it."""

    def word(text: Text) -> str:
        return catalogs.say(text, relay.target)

    blocks: list[Block] = []
    if relay.header is not None:
        blocks.append(Line(word(relay.header), strong=True))
    if now - relay.written_at > LATE and not relay.in_place:
        blocks.append(Line(word(t("Written on {moment}", moment=Moment(relay.written_at, relay.zone)))))
    words, rendering = relay.words, relay.rendering
    if rendering is not None and rendering.text is not None:
        blocks.append(Quote(rendering.text, relay.target))
        blocks += [Line(word(_warning(mark, words.language))) for mark in rendering.marks]
        origin = _origin(words.language, rendering)
        if relay.in_place:
            blocks.append(Line(word(origin)))
        else:
            blocks.append(Fold(word(t("{origin} · original", origin=origin)), words.text, words.language))
    else:
        if not relay.in_place:
            blocks.append(Quote(words.text, words.language))
        marks = rendering.marks if rendering is not None else ()
        blocks += [Line(word(_warning(mark, words.language))) for mark in marks]
    return Post(tuple(blocks), notice=False, thread=thread, reply_to=reply, replaces=replaces)


def _origin(language: str, rendering: Rendering) -> Text:
    source = Language(language)
    if rendering.corrected_by:
        return t(
            "translated from {language}, corrected by {name}", language=source, name=rendering.corrected_by
        )
    if rendering.via is None:
        return t("machine-translated from {language}", language=source)
    return t(
        "machine-translated from {language}, via {pivot}", language=source, pivot=Language(rendering.via)
    )


def _warning(mark: Mark, language: str) -> Text:
    match mark:
        case Mark.NO_MODEL:
            return t(
                "⚠ not translated: I have no translation model for {language} here",
                language=Language(language),
            )
        case Mark.DOWN:
            return t(
                "⚠ not translated yet: the translator is not answering; I add the translation if it comes"
            )
        case Mark.UNKNOWN:
            return t("⚠ not translated: the translation model does not know these words")
        case Mark.PARTLY:
            return t("⚠ some sentences stand untranslated, since the translation model does not know them")
