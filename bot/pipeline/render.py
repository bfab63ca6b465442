"""What a translation means for a relay: what is shown, what is said about it, which times are repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.languages import rtl
from bot.domain.outgoing import Relay, RowRef
from bot.domain.rendering import Doubt, Flag, Mark, Rendering
from bot.domain.stamps import stamps
from bot.domain.text import Words
from bot.pipeline.ports import Segment, Translation

ORIGINAL = ":original"
"""Ends the `what` of an original that is a message of its own."""
MOST_DOUBTS = 5
_WORST = frozenset({Flag.NEGATION, Flag.DATES, Flag.NUMBERS, Flag.UNITS})
"""What is named first where there is too much to name."""
LONGEST_QUOTE = 120  # characters of a sentence that is named in a warning


def rendering_of(text: str, translation: Translation) -> Rendering:
    """What is stored of a translation."""
    flagged = [segment for segment in translation.segments if segment.flags]
    doubtful = [one for one in flagged if one.flags[0] is not Flag.UNKNOWN]
    named = sorted(range(len(doubtful)), key=lambda n: _WORST.isdisjoint(doubtful[n].flags))[:MOST_DOUBTS]
    doubts = tuple(_doubt(doubtful[n]) for n in sorted(named))
    unknown = any(Flag.UNKNOWN in one.flags for one in flagged if one.target is None)
    if translation.nothing:
        return Rendering(None, (Mark.UNKNOWN if unknown else Mark.FAILED,))
    if translation.text == text and doubtful and not translation.partial:
        return Rendering(None, (Mark.FAILED,))  # words of some other language
    if translation.text == text and not translation.partial:
        return Rendering(None, language=translation.language)  # a name, an emoji, the reader's own language
    marks = (Mark.PARTLY if unknown else Mark.STANDS,) if translation.partial else ()
    remembered = bool(translation.segments) and all(one.corrected for one in translation.segments)
    return Rendering(
        translation.text,
        marks,
        translation.via,
        translation.language,
        doubts,
        remembered=remembered,
        more=len(doubtful) - len(doubts),
    )


def joined(parts: Sequence[Translation]) -> Translation:
    """One after the other, line by line."""
    return Translation(
        "\n".join(part.text for part in parts),
        tuple(segment for part in parts for segment in part.segments),
        next((part.via for part in parts if part.via is not None), None),
    )


def _doubt(segment: Segment) -> Doubt:
    sentence = segment.source
    if len(sentence) > LONGEST_QUOTE:
        sentence = sentence[: LONGEST_QUOTE - 1] + "…"
    return Doubt(segment.flags[0], sentence, stands=segment.target is None)


def timed(rendering: Rendering, relay: Relay, there: str | None) -> Rendering:
    """With the times that the words name, if clocks differ between `there`, the writer's zone, and here."""
    if there is None or relay.in_place:
        return rendering
    words = relay.words
    found = stamps(words.text, rendering.language or words.language, there, relay.written_at)
    differing = tuple(at for at in found if _offset(at, there) != _offset(at, relay.zone))
    return replace(rendering, times=differing, there=there) if differing else rendering


def _offset(at: datetime, zone: str) -> object:
    return at.astimezone(ZoneInfo(zone)).utcoffset()


def turned(relay: Relay, rendering: Rendering) -> Relay:
    """In a joint room: for the other readers, where the words were in the language they are read in."""
    if rendering.language != relay.target or rendering.text is None:
        return relay
    words, target = Words(relay.words.text, relay.target, relay.words.by), relay.words.language
    others = [pair for pair in zip(relay.also, relay.renderings, strict=True) if pair[0] != target]
    return replace(
        relay,
        words=words,
        target=target,
        also=tuple(language for language, _ in others),
        renderings=tuple(one for _, one in others),
    )


def placed(relay: Relay) -> Relay:
    """With the language that the words turned out to be in, where they may be in several."""
    found = next((one.language for one in relay.translations.values() if one and one.language), None)
    if found not in relay.words.among:
        return relay
    return replace(relay, words=replace(relay.words, language=found))


def apart(relay: Relay, rendering: Rendering) -> bool:
    """Whether original and translation run in opposite directions, and so cannot stand in one message."""
    source = rendering.language or relay.words.language
    return rendering.text is not None and not relay.in_place and rtl(source) != rtl(relay.target)


def original_of(relay: Relay, rendering: Rendering, source: str, what: str) -> Relay:
    """The original as a message of its own, a reply to the translation (`what`) in the same room.

    Where the translation is an edit, so is its original.
    """
    edited = relay.replaces if isinstance(relay.replaces, RowRef) else None
    return replace(
        relay,
        header=None,
        what=what + ORIGINAL,
        source=source,
        reply_to=RowRef(source, relay.room_id, what) if edited is None else None,
        replaces=edited and replace(edited, what=edited.what + ORIGINAL),
        rendering=Rendering(None, language=rendering.language),
        also=(),
        renderings=(),
        origin_room=None,
        dispatch=None,
    )
