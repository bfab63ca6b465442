"""A dispatch before it is sent, as it waits for an answer or for a message to be read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from bot.domain.group import Attribution


@dataclass(frozen=True, slots=True)
class Draft:
    """`to` are the ids of the groups it is for, empty for all twins; `typed` tells that the text, or what is
    written under the file, was typed after the command. `urgent` rings in quiet hours. `preview`: its author
    sees the translation first. `asker` is who wants it sent, if its words are somebody else's, `request` the
    message in which they, or its author, said so, if that is not the one with the words. `looked`: its author
    knows what is doubtful in it. `enclosed`: it does not go without its file.
    `edit` is the event that brought these words, if they were changed.
    """

    text: str
    attribution: Attribution
    typed: bool = False
    to: tuple[int, ...] = ()
    urgent: bool = False
    preview: bool = False
    asker: str = ""
    request: str = ""
    looked: bool = False
    enclosed: bool = False
    edit: str = ""

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, stored: str) -> Draft:
        """From what `dump` gave."""
        fields = json.loads(stored)
        attribution, to = Attribution(fields.pop("attribution")), tuple(fields.pop("to"))
        return cls(**fields, attribution=attribution, to=to)
