"""Whole messages through an engine: cut up, translated, put together again.

A message has people's own words for it, or is cut into blocks; a block has people's own words for it, is in
the reader's language already, or is cut into sentences; a sentence has people's own words for it, or is sent
over the hops of the best route that works. What could not be translated stands as it was written, with a flag
that says why; nothing is ever dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, TypeAlias

from bot.domain.glossary import NO_GLOSSARY, Glossary, normalised
from bot.domain.rendering import Flag
from bot.mt.blocks import Block, Kind, blocks
from bot.mt.engine import EngineFailed
from bot.mt.language import detect
from bot.mt.marks import Marked, marked_like, unmarked
from bot.mt.segment import Part, sentences
from bot.mt.sentence import Outcome, over
from bot.mt.spans import spans, without_spans, wordless
from bot.mt.terms import Agreed
from bot.mt.verify import Case, judge
from bot.mt.ways import Hop, NoWay, Plan, Steps
from bot.pipeline.ports import Segment, Translation

Trace: TypeAlias = list[dict[str, Any]]

FEWEST_LETTERS = 12
"""Letters from which a block of a mixed message is looked at by itself."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A block on its way: a ready `segment`, or sentences; neither for what stands as it is.

    `marked` are the parts with the emphasis in them, if there is any.
    """

    block: Block
    segment: Segment | None = None
    parts: tuple[Part, ...] = ()
    marked: tuple[Marked, ...] = ()

    @property
    def fragments(self) -> list[str]:
        """What is translated by itself as well, to be found again."""
        return [
            fragment
            for part, marked in zip(self.parts, self.marked, strict=bool(self.marked))
            if part.sentence
            for fragment in marked.fragments
        ]


def translate(
    text: str, plan: Plan, glossary: Glossary = NO_GLOSSARY, trace: Trace | None = None
) -> Steps[Translation]:
    """Translate one message. Raises NoWay where nothing leads there, EngineFailed if all engines failed.

    What happens to each sentence is added to `trace`.
    """
    own = _own(text, glossary)
    if own is not None:
        return Translation(own, (Segment(text, own, corrected=True),))
    found = blocks(text)
    foreign = _foreign(text, found, plan)
    if foreign is None:
        return Translation(text, (), language=plan.target)
    cells = [_cell(block, plan, glossary, stands=n in foreign) for n, block in enumerate(found)]
    whole = [part.text for cell in cells for part in cell.parts if part.sentence]
    wanted = list(dict.fromkeys(whole + [fragment for cell in cells for fragment in cell.fragments]))
    known = {one: own for one in wanted if (own := _own(one, glossary)) is not None}
    outcomes = {one: Outcome(one) for one in wanted if one not in known and wordless(one)}
    unknown = [one for one in wanted if one not in known and one not in outcomes]
    via: str | None = None
    if unknown:
        translated, via = yield from _routed(unknown, plan, glossary, trace)
        outcomes |= translated
    return _assembled(cells, known, outcomes, via)


def _own(text: str, glossary: Glossary) -> str | None:
    """People's own words for a text."""
    return glossary.corrections.get(normalised(text)) if glossary.corrections else None


def _foreign(text: str, found: Sequence[Block], plan: Plan) -> frozenset[int] | None:
    """The numbers of the blocks that are in the reader's language already; None if the whole message is."""
    among = (plan.source, plan.target)
    whole = detect(text, among)
    words = [n for n, block in enumerate(found) if block.kind is Kind.WORDS]
    if len(words) < 2:
        return None if whole == plan.target else frozenset()
    languages = {
        n: detect(found[n].text, among) if _letters(found[n].text) >= FEWEST_LETTERS else None for n in words
    }
    if whole == plan.target:
        if plan.source not in languages.values():
            return None
        return frozenset(n for n, language in languages.items() if language != plan.source)
    return frozenset(n for n, language in languages.items() if language == plan.target)


def _letters(text: str) -> int:
    return sum(map(str.isalpha, without_spans(text)))


def _cell(block: Block, plan: Plan, glossary: Glossary, *, stands: bool) -> _Cell:
    if block.kind is not Kind.WORDS or stands:
        return _Cell(block)
    own = _own(block.text, glossary)
    if own is not None:
        return _Cell(block, Segment(block.text, own, corrected=True))
    whole = unmarked(block.text)
    parts = tuple(sentences(whole.text, plan.source))
    if not whole.marks:
        return _Cell(block, parts=parts)
    ends = list(accumulate(len(part.text) for part in parts))
    marked = tuple(whole.within(end - len(part.text), end) for part, end in zip(parts, ends, strict=True))
    return _Cell(block, parts=parts, marked=marked)


def _routed(
    texts: list[str], plan: Plan, glossary: Glossary, trace: Trace | None
) -> Steps[tuple[dict[str, Outcome], str | None]]:
    """What the first route that works makes of each sentence, and its pivot."""
    failure: Exception = NoWay(f"{plan.source} → {plan.target}")
    for route in plan.routes:
        try:
            outcomes = yield from _along(texts, route, plan, glossary, trace)
        except (NoWay, EngineFailed) as error:
            if not isinstance(failure, EngineFailed):
                failure = error
            continue
        return outcomes, (route[0].target if len(route) > 1 else None)
    raise failure


def _along(
    texts: list[str], route: Sequence[Hop], plan: Plan, glossary: Glossary, trace: Trace | None
) -> Steps[dict[str, Outcome]]:
    """Over one hop after the other; a sentence that fails on one of them stands."""
    first = Agreed(glossary) if glossary else Agreed.nothing()
    later = Agreed(glossary, later=True) if glossary else first
    outcomes = {text: Outcome(text) for text in texts}
    for number, hop in enumerate(route):
        standing = [text for text, outcome in outcomes.items() if outcome.target is not None]
        sent = [outcomes[text].target or "" for text in standing]
        step = yield from _hop(hop, sent, later if number else first, plan, trace)
        for text, outcome in zip(standing, step, strict=True):
            before = outcomes[text].flags if outcome.target is not None else ()
            outcomes[text] = Outcome(outcome.target, tuple(dict.fromkeys((*before, *outcome.flags))))
    if len(route) > 1:
        for text, outcome in outcomes.items():
            if outcome.target is not None:
                outcomes[text] = _judged(text, outcome, plan, first)
    return outcomes


def _judged(text: str, outcome: Outcome, plan: Plan, agreed: Agreed) -> Outcome:
    """The end of a route of several hops compared with its beginning."""
    protected = spans(text, agreed.kept(text))
    case = Case.of(text, outcome.target or "", (plan.source, plan.target), protected, agreed)
    verdict = judge(case)
    if verdict.stands:
        return Outcome(None, verdict.flags)
    return Outcome(outcome.target, tuple(dict.fromkeys((*verdict.flags, *outcome.flags))))


def _hop(hop: Hop, texts: list[str], agreed: Agreed, plan: Plan, trace: Trace | None) -> Steps[list[Outcome]]:
    """By the first engine of the hop that works; what it cannot translate goes to the next ones."""
    outcomes: list[Outcome | None] = [None] * len(texts)
    failure: Exception = NoWay(f"{hop.source} → {hop.target}")
    for opened in hop.ways:
        left = [n for n, outcome in enumerate(outcomes) if outcome is None or outcome.target is None]
        if not left:
            break
        try:
            found = yield from over(opened(), [texts[n] for n in left], agreed, plan, trace)
        except (NoWay, EngineFailed) as error:
            if not isinstance(failure, EngineFailed):
                failure = error
            continue
        for n, outcome in zip(left, found, strict=True):
            if outcomes[n] is None or outcome.target is not None:
                outcomes[n] = outcome
    done = [outcome for outcome in outcomes if outcome is not None]
    if len(done) < len(texts):
        raise failure
    return done


def _assembled(
    cells: Sequence[_Cell], known: dict[str, str], outcomes: dict[str, Outcome], via: str | None
) -> Translation:
    out: list[str] = []
    segments: list[Segment] = []
    for cell in cells:
        if cell.segment is not None:
            segments.append(cell.segment)
            out.append(cell.segment.target or cell.block.text)
        elif not cell.parts:
            out.append(cell.block.text)
        elif cell.marked:
            shown, found = _with_marks(cell, known, outcomes)
            out.append(shown)
            segments += found
            continue
        for part in cell.parts:
            if not part.sentence:
                out.append(part.text)
                continue
            segment = _segment(part.text, known, outcomes)
            segments.append(segment)
            out.append(part.text if segment.target is None else segment.target)
    return Translation("".join(out), tuple(segments), via)


def _segment(text: str, known: dict[str, str], outcomes: dict[str, Outcome]) -> Segment:
    """What came of one sentence."""
    if text in known:
        return Segment(text, known[text], corrected=True)
    return Segment(text, outcomes[text].target, outcomes[text].flags)


def _with_marks(
    cell: _Cell, known: dict[str, str], outcomes: dict[str, Outcome]
) -> tuple[str, list[Segment]]:
    """A block with emphasis, as it is shown, and its sentences."""
    out: list[str] = []
    segments: list[Segment] = []
    same = True
    for part, marked in zip(cell.parts, cell.marked, strict=True):
        if not part.sentence:
            out.append(part.text)
            continue
        segment = _segment(part.text, known, outcomes)
        stands = segment.target in (None, segment.source)
        if segment.target is not None and not stands and marked.marks:
            alone = [_segment(one, known, outcomes) for one in marked.fragments]
            fragments = {one.source: None if one.flags else one.target for one in alone}
            target, lost = marked_like(marked, segment.target, fragments)
            flags = (*segment.flags, Flag.MARKUP) if lost else segment.flags
            segment = replace(segment, target=target, flags=tuple(dict.fromkeys(flags)))
        segments.append(replace(segment, source=marked.told))
        same &= segment.target in (None, part.text)
        out.append(marked.written if stands or segment.target is None else segment.target)
    return cell.block.text if same else "".join(out), segments
