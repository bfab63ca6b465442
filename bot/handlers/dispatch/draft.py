"""A dispatch before it is sent, as it waits for an answer or for a message to be read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from bot.domain.group import Attribution


@dataclass(frozen=True, slots=True)
class Draft:
    """`to` are the ids of the groups it is for, empty for all twins; `typed` tells that the text was typed
    after the command. `urgent` rings in quiet hours. `preview`: its author
    sees the translation first.
    """

    text: str
    attribution: Attribution
    typed: bool = False
    to: tuple[int, ...] = ()
    urgent: bool = False
    preview: bool = False

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, stored: str) -> Draft:
        """From what `dump` gave."""
        fields = json.loads(stored)
        attribution, to = Attribution(fields.pop("attribution")), tuple(fields.pop("to"))
        return cls(**fields, attribution=attribution, to=to)
