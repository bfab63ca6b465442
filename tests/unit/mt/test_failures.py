"""Every kind of failure that is known from chats is noticed, and sound translations are left alone."""

from __future__ import annotations

import pytest

from bot.mt.verify import Case, judge
from tests.bench.translation_failures import EACH, KINDS, Pair, failures
from tests.bench.translation_quality import numbered
from tests.phrasebook import phrases

SOUND = [(numbered(english), numbered(spanish)) for english, spanish in phrases.split()[0]]
NEGATED = [pair for pair in SOUND if " not " in pair[0] or pair[0].startswith(("Nobody", "Nothing"))]


@pytest.fixture(scope="module")
def spoilt() -> dict[str, list[Pair]]:
    return failures(SOUND, seed=5)


@pytest.mark.parametrize("kind", KINDS)
def test_failures_of_this_kind_are_noticed(kind: str, spoilt: dict[str, list[Pair]]) -> None:
    made = spoilt[kind]
    assert len(made) == EACH or kind == "negation lost"
    assert len(made) >= 5
    seen = [pair for pair in made if judge(Case.of(*pair, ("en", "es"))).flags]
    assert len(seen) >= 0.9 * len(made), [pair for pair in made if pair not in seen]


@pytest.mark.parametrize("there", [True, False])
def test_sound_translations_raise_no_alarm(there: bool) -> None:
    languages = ("en", "es") if there else ("es", "en")
    pairs = SOUND if there else [(spanish, english) for english, spanish in SOUND]
    alarms = [(*pair, judge(Case.of(*pair, languages)).flags) for pair in pairs[::3]]
    assert [alarm for alarm in alarms if alarm[2]] == []
