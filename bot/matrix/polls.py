"""Native polls, as Element sends and reads them: unstable names of MSC3381; coming in, the stable ones too.

The bot's polls are undisclosed and have one choice. Answers are those of decrypted events alone.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from bot.domain.post import Asked, Closed
from bot.matrix.neutral import harmless

Json: TypeAlias = "dict[str, Any]"

_TEXT = "org.matrix.msc1767.text"
_START = "org.matrix.msc3381.poll.start"
_RESPONSE = "org.matrix.msc3381.poll.response"
_END = "org.matrix.msc3381.poll.end"
_UNDISCLOSED = "org.matrix.msc3381.poll.undisclosed"

RESPONSES = (_RESPONSE, "m.poll.response")
MOST = 20
"""Answers that a response may name."""


def start(poll: Asked) -> tuple[str, Json]:
    """The event that asks: its type and its content."""
    question = harmless(poll.question)
    answers = [(name, _line(words)) for name, words in poll.answers]
    numbered = [f"{number}. {words}" for number, (_, words) in enumerate(answers, 1)]
    text = "\n".join([question, *numbered, *([harmless(poll.hint)] if poll.hint else [])])
    return _START, {
        _TEXT: text,
        _START: {
            "question": {_TEXT: question, "body": question, "msgtype": "m.text"},
            "kind": _UNDISCLOSED,
            "max_selections": 1,
            "answers": [{"id": name, _TEXT: words} for name, words in answers],
        },
    }


def end(closed: Closed) -> tuple[str, Json]:
    """The event that ends a poll: its type and its content; it relates to the poll."""
    return _END, {_TEXT: harmless(closed.text), _END: {}}


def relation(poll: str) -> Json:
    """What ties an event to a poll."""
    return {"rel_type": "m.reference", "event_id": poll}


def choices(content: Json) -> tuple[str, ...] | None:
    """The ids of the answers that a response chooses; None if it is malformed."""
    inner = content.get(_RESPONSE)
    named = inner.get("answers") if isinstance(inner, dict) else content.get("m.selections")
    if not isinstance(named, list) or len(named) > MOST or not all(isinstance(one, str) for one in named):
        return None
    return tuple(named)


def _line(words: str) -> str:
    return " ".join(harmless(words).split())
