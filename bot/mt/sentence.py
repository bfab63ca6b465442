"""Sentences over one hop: shielded, sent to the engine, judged, tried again, the best one chosen.

A sentence has several tries, each a batch over all sentences that still need it: as it is with its hard spans
as placeholders, with its numbers as placeholders too, once more with all hypotheses that the engine can give,
with the agreed terms as placeholders, without its label, and in pieces between its spans. The next try is
made only if it may cure what is wrong with the best so far.
A phrasebook engine sees placeholders only, and a sentence counts as known to it only if translating back
gives it again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.rendering import Flag
from bot.mt import manner, verify
from bot.mt.probe import probe
from bot.mt.shield import Form, Piece, Shielded, peel, pieces, shield
from bot.mt.spans import Span, spans, wordless
from bot.mt.terms import Agreed
from bot.mt.verify import Case, Verdict
from bot.mt.ways import Need, Plan, Steps, Way

_UNKNOWN = Verdict((Flag.UNKNOWN,), stands=True)
_LOST = Verdict((Flag.SPANS,), stands=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one sentence. `target` is None where the original stands, `flags` then say why."""

    target: str | None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class _Try:
    """One try: the words behind `label`, either as a whole, shielded, or in pieces. `cures` what it may."""

    label: str = ""
    shielded: Shielded | None = None
    parts: tuple[Piece, ...] = ()
    loud: bool = False
    cures: frozenset[Flag] = frozenset()
    hypotheses: int = 1

    @property
    def texts(self) -> tuple[str, ...]:
        """What the engine sees. Accents are parts of their letters there, however they were written."""
        raw = (
            (self.shielded.text,)
            if self.shielded is not None
            else tuple(piece.text for piece in self.parts if piece.words)
        )
        raw = tuple(unicodedata.normalize("NFC", text) for text in raw)
        return tuple(manner.spoken(text) for text in raw) if self.loud else raw

    def assemble(self, raw: Sequence[str]) -> str | None:
        """The translation, protected spans back in place; None if one of them was lost."""
        raw = [text.upper() for text in raw] if self.loud else raw
        if self.shielded is not None:
            restored = self.shielded.restore(raw[0])
            return None if restored is None else self.label + restored.strip()
        words = iter(raw)
        return self.label + "".join(next(words).strip() if one.words else one.text for one in self.parts)


@dataclass(slots=True)
class _Sentence:
    """A sentence on its way: what is tried, and the best of what came of it."""

    before: str
    core: str
    after: str
    protected: tuple[Span, ...]
    tries: list[_Try]
    raised: bool
    best: tuple[str, Verdict] | None = None
    first: Verdict | None = None
    trace: list[dict[str, Any]] = field(default_factory=list)

    def needs_more(self) -> bool:
        """Whether there is a try left that may make it better."""
        while self.tries:
            if self.best is None or not set(self.best[1].flags).isdisjoint(self.tries[0].cures):
                return True
            self.tries.pop(0)
        return False

    def take(self, whole: str | None, verdict: Verdict) -> None:
        """Keep this translation if it is the best so far."""
        self.first = self.first or verdict
        if whole is None or verdict.stands:
            return
        if self.best is None or len(verdict.flags) < len(self.best[1].flags):
            self.best = whole, verdict

    @property
    def outcome(self) -> Outcome:
        if self.best is None:
            return Outcome(None, self.first.flags if self.first else (Flag.UNKNOWN,))
        whole, verdict = self.best
        return Outcome(
            self.before + (manner.small(whole) if self.raised else whole) + self.after, verdict.flags
        )


def over(
    way: Way, sentences: Sequence[str], agreed: Agreed, plan: Plan, trace: list[dict[str, Any]] | None = None
) -> Steps[list[Outcome]]:
    """Translate sentences over one hop, in as few batches as possible."""
    form = yield from _form(way, plan)
    outcomes: list[Outcome] = [Outcome(sentence) for sentence in sentences]
    waiting: dict[int, _Sentence] = {}
    for n, sentence in enumerate(sentences):
        before, core, after = peel(sentence)
        if not wordless(core):
            waiting[n] = _prepared(before, core, after, way, form, agreed)
    todo = dict(waiting)
    while todo := {n: one for n, one in todo.items() if one.needs_more()}:
        yield from _round(way, list(todo.values()), agreed, keep_trace=trace is not None)
    for n, one in waiting.items():
        outcomes[n] = one.outcome
        if trace is not None:
            trace.append({"sentence": sentences[n], "engine": way.engine, "tries": one.trace})
    return outcomes


def _form(way: Way, plan: Plan) -> Steps[Form]:
    known = way.form or plan.forms.get(way.decoder)
    if known is None:
        known = plan.forms[way.decoder] = yield from probe(way.decoder)
    return known


def _prepared(before: str, core: str, after: str, way: Way, form: Form, agreed: Agreed) -> _Sentence:
    protected = tuple(spans(core, agreed.kept(core)))
    said = manner.raised(core) if way.phrasebook else core
    tries = _tries(said, way, form, agreed)
    return _Sentence(before, core, after, protected, tries, raised=said != core)


def _tries(core: str, way: Way, form: Form, agreed: Agreed) -> list[_Try]:
    kept, terms = agreed.kept(core), agreed.terms(core)
    protected = spans(core, kept)
    hard = [span for span in protected if span.hard]
    numbers = len(hard) < len(protected)
    loud = manner.loud(core, way.source)
    out: list[_Try] = []

    def whole(chosen: Sequence[Span], cures: set[Flag], at: int = 0) -> None:
        shielded = shield(core[at:], form, _from(chosen, at))
        if shielded is not None:
            out.append(_Try(core[:at], shielded, loud=loud, cures=frozenset(cures)))

    label = manner.label(core)
    if not way.phrasebook:
        whole(hard, set())
    if way.phrasebook or numbers:
        whole(protected, {Flag.NUMBERS, Flag.DATES, Flag.UNITS, Flag.SPANS})
    if out and way.hypotheses > 1:
        out.append(replace(out[0], cures=frozenset(Flag), hypotheses=way.hypotheses))
    if terms:
        whole([one for one in spans(core, [*kept, *terms]) if one.hard or way.phrasebook], {Flag.TERM})
    if label:
        whole(protected if way.phrasebook else hard, {Flag.LABEL}, label)
    for chosen in [protected] if way.phrasebook else [hard, protected]:
        if chosen or not out:
            parts = tuple(pieces(core, chosen))
            out.append(_Try(parts=parts, loud=loud, cures=frozenset({Flag.NUMBERS, Flag.SPANS})))
    return list(dict.fromkeys(out))


def _from(chosen: Sequence[Span], at: int) -> list[Span]:
    """The spans as they are in the text behind `at`."""
    return [Span(one.start - at, one.end - at, one.kind, one.shown) for one in chosen if one.start >= at]


def _round(way: Way, sentences: list[_Sentence], agreed: Agreed, *, keep_trace: bool) -> Steps[None]:
    """One batch there and, for a phrasebook, one batch back: the next try of each sentence."""
    tries = [one.tries.pop(0) for one in sentences]
    found: dict[tuple[str, int], list[str]] = {}
    for most in sorted({one.hypotheses for one in tries}):
        wanted = tuple(dict.fromkeys(text for one in tries if one.hypotheses == most for text in one.texts))
        said = yield Need(way.decoder, wanted, most)
        found |= {(text, most): one for text, one in zip(wanted, said, strict=True)}
    returned: dict[str, list[str]] = {}
    if way.phrasebook:
        raw = tuple(dict.fromkeys(said[0] for said in found.values() if said))
        if way.back is not None and raw:
            returned = dict(zip(raw, (yield Need(way.back, raw)), strict=True))
    for one, attempt in zip(sentences, tries, strict=True):
        hypotheses = [found[text, attempt.hypotheses] for text in attempt.texts]
        if keep_trace:
            one.trace.append({"texts": attempt.texts, "hypotheses": hypotheses})
        if way.phrasebook:
            _judge_phrasebook(one, attempt, hypotheses, returned, way, agreed)
        else:
            _judge(one, attempt, hypotheses, way, agreed)


def _judge(one: _Sentence, attempt: _Try, hypotheses: list[list[str]], way: Way, agreed: Agreed) -> None:
    if any(not texts for texts in hypotheses):
        one.take(None, _UNKNOWN)
        return
    options = hypotheses[0] if attempt.shielded is not None else [""]
    for option in options:
        raw = (option,) if attempt.shielded is not None else tuple(texts[0] for texts in hypotheses)
        whole = attempt.assemble(raw)
        verdict = _LOST if whole is None else _verdict(one, whole, way, agreed)
        one.take(whole, verdict)
        if not verdict.flags:
            return


def _verdict(one: _Sentence, whole: str, way: Way, agreed: Agreed) -> Verdict:
    return verify.judge(Case(one.core, whole, (way.source, way.target), one.protected, agreed))


def _judge_phrasebook(
    one: _Sentence,
    attempt: _Try,
    hypotheses: list[list[str]],
    returned: dict[str, list[str]],
    way: Way,
    agreed: Agreed,
) -> None:
    """A phrasebook knows what comes back the same; it loses spans of sentences that it does not know."""
    raw = [texts[0] for texts in hypotheses if texts]
    known = len(raw) == len(attempt.texts) and all(
        returned.get(there)
        and verify.same(text, returned[there][0])
        and manner.asks(text) == manner.asks(there)
        for text, there in zip(attempt.texts, raw, strict=True)
    )
    whole = attempt.assemble(raw) if known else None
    if whole is None:
        one.take(None, _UNKNOWN)
        return
    whole = verify.closed_like(one.core, whole)
    verdict = _verdict(one, whole, way, agreed)
    one.take(whole, _UNKNOWN if verdict.stands else verdict)
