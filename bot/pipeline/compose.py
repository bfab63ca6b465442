"""Outgoing → Post: the words of a message, in the reader's language, still without markup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.outgoing import Poll, Relay, Say
from bot.domain.post import Asked, Block, Fold, Line, Post, Quote
from bot.domain.rendering import Doubt, Flag, Mark, Proof, Rendering
from bot.domain.text import Language, Moment, Text, Words, t, tn, with_words
from bot.i18n import Catalogs
from bot.pipeline.render import apart

LATE = timedelta(minutes=15)


def compose(
    payload: Say | Relay,
    catalogs: Catalogs,
    now: datetime,
    targets: tuple[str | None, str | None, str | None],
) -> Post:
    """The message of a row; `targets` are the thread, the message answered, and the one that it replaces."""
    if isinstance(payload, Say):
        return compose_say(payload, catalogs, *targets)
    return compose_relay(payload, catalogs, now, *targets)


def compose_say(
    say: Say, catalogs: Catalogs, thread: str | None, reply: str | None, replaces: str | None
) -> Post:
    """The bot's own words."""
    said = [_said(say, language, catalogs) for language in say.languages]
    blocks: list[Block] = [block for lines in dict.fromkeys(said) for block in lines]
    if say.proof is not None:
        blocks += _proven(say.proof, lambda text: catalogs.say(text, say.language))
    if say.quote is not None:
        blocks.append(Quote(say.quote.text, say.quote.language))
    return Post(tuple(blocks), notice=say.notice, thread=thread, reply_to=reply, replaces=replaces)


def _said(say: Say, language: str, catalogs: Catalogs) -> tuple[Block, ...]:
    """The lines in one language; people's words in them translated, and below what they were before."""
    shown: dict[Words, Rendering] = {}

    def read(words: Words) -> Words:
        rendering = say.rendering_of(words, language)
        if rendering is None:
            return words
        shown[words] = rendering
        return words if rendering.text is None else replace(words, text=rendering.text)

    def word(text: Text) -> str:
        return catalogs.say(text, language)

    blocks: list[Block] = [Line(word(with_words(line, read))) for line in say.lines]
    originals: dict[tuple[str, str], list[str]] = {}
    notes: dict[tuple[str, str], list[str]] = {}
    for words, rendering in shown.items():
        source = rendering.language or words.language
        blocks += [Line(word(_warning(mark, source, late=False))) for mark in rendering.marks]
        if rendering.text is not None:
            key = word(t("{origin} · original", origin=_origin(source, rendering))), source
            originals.setdefault(key, []).append(words.text)
            notes.setdefault(key, []).extend(map(word, _notes(rendering)))
    for (summary, source), texts in originals.items():
        doubts = tuple(notes[summary, source])
        blocks.append(Fold(f"⚠ {summary}" if doubts else summary, "\n".join(texts), source, doubts))
    return tuple(dict.fromkeys(blocks))


def compose_poll(poll: Poll, catalogs: Catalogs) -> Asked:
    """A poll's question and answers."""
    return Asked(
        catalogs.say(poll.question, poll.language),
        tuple((name, catalogs.say(words, poll.language)) for name, words in poll.answers),
        catalogs.say(poll.hint, poll.language) if poll.hint is not None else "",
    )


def _proven(proof: Proof, word: Callable[[Text], str]) -> list[Block]:
    """A translation, what is doubtful about it, and how it reads when it is translated back."""
    rendering = proof.rendering
    warnings: list[Block] = [Line(word(_warning(mark, proof.source))) for mark in rendering.marks]
    if rendering.text is None:
        return warnings or [Line(word(t("It is read there as you wrote it.")))]
    notes = tuple(map(word, _notes(rendering)))
    blocks: list[Block] = [Quote(rendering.text, proof.language), *warnings]
    if proof.back is None:
        summary = word(t("I could not translate it back."))
        return [*blocks, Fold(f"⚠ {summary}", "", proof.source, notes) if notes else Line(summary)]
    summary = word(t("translated back into {language}", language=Language(proof.source)))
    return [*blocks, Fold(f"⚠ {summary}" if notes else summary, proof.back, proof.source, notes)]


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
    if relay.title is not None:
        blocks.append(Line(word(relay.title), strong=True))
    elif relay.parts > 1:
        part = t("Part {part} of {parts}", part=relay.part, parts=relay.parts)
        blocks.append(Line(word(part), strong=True))
    if relay.added:
        blocks.append(Line(word(t("Added later: the message above has become longer."))))
    if now - relay.written_at > LATE and not (relay.in_place or relay.undated):
        blocks.append(Line(word(t("Written on {moment}", moment=Moment(relay.written_at, relay.zone)))))
    rendering = relay.rendering
    if rendering is not None and rendering.text is not None:
        shown, last = _told(relay, rendering, word, catalogs)
    else:
        shown, last = _untold(relay, rendering, word), []
    blocks += [*shown, *_others(relay, catalogs), *last]
    if rendering is not None:
        for at in rendering.times:
            there, here = Moment(at, rendering.there), Moment(at, relay.zone)
            blocks.append(Line(word(t("{there} = {here}", there=there, here=here))))
    return Post(tuple(blocks), notice=False, thread=thread, reply_to=reply, replaces=replaces)


def _told(
    relay: Relay, rendering: Rendering, word: Callable[[Text], str], catalogs: Catalogs
) -> tuple[list[Block], list[Block]]:
    """The translation; and what is doubtful about it, with the original."""
    language = rendering.language or relay.words.language
    origin = _origin(language, rendering)
    notes = tuple(map(word, _notes(rendering)))
    blocks: list[Block] = [Quote(rendering.text or "", relay.target)]
    blocks += [Line(word(_warning(mark, language))) for mark in rendering.marks]
    if relay.in_place or apart(relay, rendering):  # the original stands in a message of its own
        summary = word(origin)
        return blocks, [Fold(f"⚠ {summary}", "", relay.target, notes) if notes else Line(summary)]
    summary = word(t("{origin} · original", origin=origin))
    if language in relay.also:
        summary = f"{catalogs.own_name(language)} · {summary}"
    return blocks, [Fold(f"⚠ {summary}" if notes else summary, relay.words.text, language, notes)]


def _untold(relay: Relay, rendering: Rendering | None, word: Callable[[Text], str]) -> list[Block]:
    """The words as they were written, and why."""
    language = (rendering.language if rendering else None) or relay.words.language
    shown = not relay.in_place and relay.words.text.strip() != ""  # there may be a file alone
    blocks: list[Block] = [Quote(relay.words.text, language)] if shown else []
    marks = rendering.marks if rendering is not None else ()
    return blocks + [Line(word(_warning(mark, language))) for mark in marks]


def _others(relay: Relay, catalogs: Catalogs) -> list[Block]:
    """The room's other languages, each for its own readers: under its own name, in its own words."""
    blocks: list[Block] = []
    for target in relay.also:
        rendering = relay.translations[target]
        if rendering is None:
            continue
        language, name = rendering.language or relay.words.language, catalogs.own_name(target)
        warnings = [_warning(mark, language) for mark in rendering.marks]
        if rendering.text is None:
            blocks += [Line(f"{name} · {catalogs.say(one, target)}") for one in warnings]
            continue
        notes = [catalogs.say(one, target) for one in (*warnings, *_notes(rendering))]
        summary = f"{name} · {catalogs.say(_origin(language, rendering), target)}"
        no_room = catalogs.say(t("⚠ too long to stand here beside the other languages"), target)
        blocks.append(
            Fold(
                f"⚠ {summary}" if notes else summary,
                rendering.text,
                target,
                tuple(notes),
                instead=f"{name} · {no_room}",
            )
        )
    return blocks


def _origin(language: str, rendering: Rendering) -> Text:
    source = Language(language)
    if rendering.corrected_by:
        return t(
            "translated from {language}, corrected by {name}", language=source, name=rendering.corrected_by
        )
    if rendering.remembered:
        return t("translated from {language} as people corrected it before", language=source)
    if rendering.via is None:
        return t("machine-translated from {language}", language=source)
    return t(
        "machine-translated from {language}, via {pivot}", language=source, pivot=Language(rendering.via)
    )


def _warning(mark: Mark, language: str, *, late: bool = True) -> Text:
    """Why words stand untranslated; `late`: a translation that comes later is added."""
    match mark:
        case Mark.NO_MODEL:
            return t(
                "⚠ not translated: I have no translation model for {language} here",
                language=Language(language),
            )
        case Mark.DOWN if not late:
            return t("⚠ not translated: the translator is not answering")
        case Mark.DOWN:
            return t(
                "⚠ not translated yet: the translator is not answering; I add the translation if it comes"
            )
        case Mark.UNKNOWN:
            return t("⚠ not translated: the translation model does not know these words")
        case Mark.PARTLY:
            return t("⚠ some sentences stand untranslated, since the translation model does not know them")
        case Mark.FAILED:
            return t("⚠ not translated: nothing came out that is fit to be shown")
        case Mark.STANDS:
            return t("⚠ some sentences stand untranslated, since nothing came out that is fit to be shown")


def _notes(rendering: Rendering) -> list[Text]:
    """What may be wrong with a translation."""
    notes = [_note(doubt) for doubt in rendering.doubts]
    if rendering.more:
        more = tn("{count} more sentence may be wrong", "{count} more sentences may be wrong", rendering.more)
        notes.append(more)
    return notes


def _note(doubt: Doubt) -> Text:
    if doubt.stands:
        return t(
            "“{sentence}” stands as it was written: {reason}", sentence=doubt.sentence, reason=_reason(doubt)
        )
    return t("“{sentence}”: {reason}", sentence=doubt.sentence, reason=_reason(doubt))


def _reason(doubt: Doubt) -> Text:
    """What a flag means to people."""
    return {
        Flag.UNKNOWN: t("the translation model does not know these words"),
        Flag.EMPTY: t("nothing came out"),
        Flag.REPEATS: t("the same words came out again and again"),
        Flag.COPY: t("the words of the original came out"),
        Flag.SPANS: t("a link, a name, an emoji or the like would have been lost"),
        Flag.NUMBERS: t("numbers differ"),
        Flag.LENGTH: t("something may be missing or added"),
        Flag.DATES: t("a date, a day or a time may be wrong"),
        Flag.UNITS: t("an amount or a unit may be wrong"),
        Flag.NEGATION: t("a “not” may be lost or added"),
        Flag.LANGUAGE: t("it may be in the wrong language"),
        Flag.QUESTION: t("a question may have become a statement, or the other way round"),
        Flag.TERM: t("an agreed translation is missing"),
        Flag.NAME: t("a name may be lost"),
        Flag.LABEL: t("who is speaking may be lost"),
        Flag.CAPITALS: t("the capitals differ"),
        Flag.MARKUP: t("the form differs"),
    }[doubt.flag]
