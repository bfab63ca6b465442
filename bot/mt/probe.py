"""Which placeholders does an engine carry through unharmed? Asked once of each."""

from __future__ import annotations

from bot.mt.shield import Form
from bot.mt.ways import Decoder, Need, Steps

FORMS = ("⟦{}⟧", "[{}]", "({})", "#{}#", "<{}>", "XX{}XX", "__{}__")
PROBES = ("{0}.", "A {0} B {1}.", "{0}, {1}: 10.")
NONE = Form("⟦{}⟧", most=0)
"""For an engine that keeps no placeholder at all."""


def probe(decoder: Decoder) -> Steps[Form]:
    """The first form of placeholder that comes out as it went in."""
    texts = [[text.format(form.mark(1), form.mark(2)) for text in PROBES] for form in map(Form, FORMS)]
    said = yield Need(decoder, tuple(text for group in texts for text in group))
    counts = [text.count("{") for text in PROBES]
    for number, form in enumerate(map(Form, FORMS)):
        results = said[number * len(PROBES) : (number + 1) * len(PROBES)]
        if all(
            result and sorted(form.finder(count).findall(result[0])) == [str(n + 1) for n in range(count)]
            for result, count in zip(results, counts, strict=True)
        ):
            return form
    return NONE
