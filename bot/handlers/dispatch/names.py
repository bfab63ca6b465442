"""What the files of this noun share: the names of its messages, and a dispatch's own name.

A handle has no dash, a twin's may have got `-2` at the end. So where a dispatch is asked, what stands after
the last dash is its number: `manila-2` is manila's second, `manila-2-5` the fifth of the twin `manila-2`.
"""

from __future__ import annotations

import unicodedata

import regex

from bot.domain.dispatch import Dispatch
from bot.domain.group import Group
from bot.domain.text import Text, t
from bot.storage import dispatches
from bot.storage.approvals import Approval
from bot.storage.db import Tx

_NUMBER = regex.compile(r"(?:(?P<handle>[\p{L}\p{M}\p{N}-]+)-)?(?P<number>\d{1,9})")


def name_of(group: Group, dispatch: Dispatch | Approval) -> str:
    """How its own group calls a dispatch."""
    return f"{group.handle}-{dispatch.number}"


async def find(tx: Tx, group: Group, typed: str) -> Dispatch | None:
    """The group's own dispatch that "12" or "manila-12" names."""
    number = number_in(group, typed)
    return await dispatches.numbered(tx, group.id, number) if number is not None else None


def number_in(group: Group, typed: str) -> int | None:
    """The number of the group's own dispatch in "12" or "manila-12"."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", typed).casefold())
    if found is None or found["handle"] not in (None, group.handle):
        return None
    return int(found["number"])


def unknown(typed: str) -> Text:
    """There is no such dispatch."""
    return t("Your group has no dispatch “{number}”.", number=typed[:40])
