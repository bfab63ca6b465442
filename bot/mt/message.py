"""Whole messages through an engine: cut, shielded, translated in one batch, verified, put together again.

A sentence has up to three tries, each a batch over all sentences that still need it: with its numbers
visible, with its numbers as placeholders too, and in pieces between its protected spans. A phrasebook engine
sees placeholders only, and a sentence counts as known to it only if translating back gives it again. What
fails stands as it was written, with the flag of its first failure; nothing is ever dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.rendering import Flag
from bot.mt import verify
from bot.mt.segment import split
from bot.mt.shield import Form, Piece, Shielded, peel, pieces, shield, spans, wordless
from bot.pipeline.ports import Segment, Translation

Decode: TypeAlias = Callable[[Sequence[str]], list[list[str]]]
"""Sentences to hypotheses, the best one first; no hypotheses for a sentence that the engine cannot take."""


@dataclass(frozen=True, slots=True)
class Way:
    """One hop: an engine for one direction.

    `back` is the engine of the reverse direction; a `phrasebook` without one knows nothing.
    """

    language: str
    decode: Decode
    form: Form
    phrasebook: bool = False
    back: Decode | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one sentence. `target` is None where the original stands, `flags` then say why."""

    target: str | None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class _Try:
    """One try of one sentence: either as a whole, shielded, or in pieces."""

    core: str
    shielded: Shielded | None = None
    parts: tuple[Piece, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        if self.shielded is not None:
            return (self.shielded.text,)
        return tuple(piece.text for piece in self.parts if piece.words)

    def judge(self, hypotheses: Sequence[Sequence[str]]) -> _Candidate | Flag:
        """The first hypothesis that is fit to be shown, or what is wrong with the first one."""
        if any(not one for one in hypotheses):
            return Flag.UNKNOWN
        first: Flag | None = None
        tries = hypotheses[0] if self.shielded is not None else [""]
        for hypothesis in tries:
            raw = (hypothesis,) if self.shielded is not None else tuple(one[0] for one in hypotheses)
            whole = self._assemble(raw)
            flag = Flag.SPANS if whole is None else verify.fault(self.core, whole)
            if whole is not None and flag is None:
                return _Candidate(raw, whole)
            first = first or flag
        return first or Flag.UNKNOWN

    def _assemble(self, raw: Sequence[str]) -> str | None:
        if self.shielded is not None:
            restored = self.shielded.restore(raw[0])
            return None if restored is None else restored.strip()
        words = iter(raw)
        return "".join(next(words).strip() if piece.words else piece.text for piece in self.parts)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A translation that passed the checks: per text of the try as the engine gave it, and as a whole."""

    raw: tuple[str, ...]
    whole: str


def translate(texts: Sequence[str], ways: Sequence[Way], via: str | None = None) -> list[Translation]:
    """Translate whole messages over one hop or more. `via` is noted in the result."""
    messages = [split(text, ways[0].language) for text in texts]
    unique = list(dict.fromkeys(part.text for parts in messages for part in parts if part.sentence))
    outcomes = dict(zip(unique, _over(unique, ways), strict=True))
    result = []
    for parts in messages:
        done = [(part, outcomes[part.text] if part.sentence else Outcome(None)) for part in parts]
        result.append(
            Translation(
                text="".join(part.text if one.target is None else one.target for part, one in done),
                segments=tuple(Segment(p.text, one.target, one.flags) for p, one in done if p.sentence),
                via=via,
            )
        )
    return result


def _over(sentences: Sequence[str], ways: Sequence[Way]) -> list[Outcome]:
    outcomes = [Outcome(sentence) for sentence in sentences]
    for way in ways:
        standing = [n for n, outcome in enumerate(outcomes) if outcome.target is not None]
        step = sentences_over(way, [outcomes[n].target or "" for n in standing])
        for n, outcome in zip(standing, step, strict=True):
            outcomes[n] = outcome
    if len(ways) > 1:
        for n, outcome in enumerate(outcomes):
            flag = outcome.target is not None and verify.fault(sentences[n], outcome.target)
            if flag:
                outcomes[n] = Outcome(None, (flag,))
    return outcomes


def sentences_over(way: Way, sentences: Sequence[str]) -> list[Outcome]:
    """Translate sentences over one hop, in as few batches as possible."""
    peeled = [peel(sentence) for sentence in sentences]
    outcomes: list[Outcome] = [Outcome(sentence) for sentence in sentences]
    waiting: dict[int, list[_Try]] = {}
    for n, (_, core, _) in enumerate(peeled):
        if not wordless(core):
            waiting[n] = _tries(_raised(core) if way.phrasebook else core, way)
            outcomes[n] = Outcome(None)
    while waiting:
        current = {n: tries.pop(0) for n, tries in waiting.items() if tries}
        waiting = {n: waiting[n] for n in current}
        for n, verdict in _round(way, current).items():
            before, core, after = peeled[n]
            if isinstance(verdict, Flag):
                outcomes[n] = Outcome(None, outcomes[n].flags or (verdict,))
                continue
            whole = _lowered(verdict) if _raised(core) != core and way.phrasebook else verdict
            outcomes[n] = Outcome(before + whole + after)
            del waiting[n]
    return outcomes


def _tries(core: str, way: Way) -> list[_Try]:
    protected = spans(core)
    hard = any(span.hard for span in protected)
    tries = []
    if not way.phrasebook:
        tries.append(shield(core, way.form, numbers=False))
    if way.phrasebook or any(not span.hard for span in protected):
        tries.append(shield(core, way.form, numbers=True))
    out = [_Try(core, shielded) for shielded in tries if shielded is not None]
    if hard or not out:
        out.append(_Try(core, parts=tuple(pieces(core, numbers=way.phrasebook))))
    return out


def _round(way: Way, tries: dict[int, _Try]) -> dict[int, str | Flag]:
    """One batch there and, for a phrasebook, one batch back."""
    wanted = list(dict.fromkeys(text for one in tries.values() for text in one.texts))
    found = dict(zip(wanted, way.decode(wanted), strict=True))
    judged = {n: one.judge([found[text] for text in one.texts]) for n, one in tries.items()}
    if not way.phrasebook:
        return {n: one if isinstance(one, Flag) else one.whole for n, one in judged.items()}
    if way.back is None:
        return dict.fromkeys(tries, Flag.UNKNOWN)
    good = {n: one for n, one in judged.items() if isinstance(one, _Candidate)}
    raw = list(dict.fromkeys(text for one in good.values() for text in one.raw))
    returned = dict(zip(raw, way.back(raw), strict=True))
    result: dict[int, str | Flag] = {}
    for n, one in judged.items():
        if isinstance(one, Flag):
            result[n] = Flag.UNKNOWN  # a phrasebook loses spans of sentences that it does not know
        else:
            sent = zip(tries[n].texts, one.raw, strict=True)
            known = all(
                returned[r] and verify.same(text, returned[r][0]) and verify.asks(text) == verify.asks(r)
                for text, r in sent
            )
            result[n] = verify.closed_like(tries[n].core, one.whole) if known else Flag.UNKNOWN
    return result


def _raised(core: str) -> str:
    """With a capital at the start, as a phrasebook writes; unless a protected span stands there."""
    protected = spans(core[:200])
    if not core[:1].islower() or (protected and protected[0].start == 0):
        return core
    return core[0].upper() + core[1:]


def _lowered(translated: str) -> str:
    for at, character in enumerate(translated):
        if character.isalpha():
            return translated[:at] + character.lower() + translated[at + 1 :]
    return translated
