"""An audit with its groups: who is told what in which room, and how things are called there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.audit import Audit, Move, State
from bot.domain.group import Group
from bot.domain.moments import everywhere
from bot.domain.outgoing import Say
from bot.domain.text import Listing, Text, Words, t
from bot.domain.verdict import Choice
from bot.storage import audits, groups, twinnings
from bot.storage.audits import Member
from bot.storage.db import Reading, Tx

PLACE = "https://matrix.to/#/"


@dataclass(frozen=True, slots=True)
class Circle:
    """`groups` are those that take part, the opener first; `asked` those that can still answer.

    `links` are twinnings by the id of the group that reads, for agreed words.
    """

    audit: Audit
    groups: tuple[Group, ...]
    asked: tuple[Group, ...]
    members: dict[int, Member]
    links: dict[int, int]

    def group(self, group_id: int | None) -> Group | None:
        """One of the groups that take part."""
        return next((one for one in self.groups if one.id == group_id), None)

    @property
    def opener(self) -> Group | None:
        return self.group(self.audit.opener)

    @property
    def title(self) -> Words:
        """The title; who wrote it is not told where it stands."""
        return Words(self.audit.title, self.audit.language, "", self.opener.among if self.opener else ())

    @property
    def number(self) -> str:
        return str(self.audit.number)

    @property
    def names(self) -> Listing:
        return Listing(tuple(one.name for one in self.groups))

    @property
    def zones(self) -> list[str]:
        return [one.zone for one in self.groups]

    @property
    def source(self) -> str:
        """By which what is said of this round of the audit is told apart from everything else."""
        return f"audit:{self.audit.id}:{self.audit.round}"

    def moments(self, at: datetime, first: Group | None = None) -> Listing:
        """A moment in the zones of all groups, that of the reader first."""
        return everywhere(at, [*([first.zone] if first else []), *self.zones])

    def tell(self, reader: Group, *lines: Text, what: str, notice: bool = False, delay: int = 0) -> Say:
        """Say something in a group's room."""
        return Say(
            reader.room_id,
            lines,
            reader.language,
            what=what,
            source=self.source,
            notice=notice,
            delay=delay,
            agreed=self.links.get(reader.id),
        )


async def circle_of(tx: Reading, audit: Audit) -> Circle:
    """The audit with its groups as they are now."""
    members = {one.group: one for one in await audits.members(tx, audit.id)}
    known = [group for one in members.values() if (group := await groups.load(tx, one.group)) is not None]
    known.sort(key=lambda one: (one.id != audit.opener, one.id))
    taking = tuple(one for one in known if members[one.id].place == "in")
    return Circle(
        audit,
        taking,
        tuple(one for one in known if members[one.id].place == "asked" and audit.allows(Move.ACCEPT)),
        members,
        await _links(tx, audit, [one.id for one in known]),
    )


async def _links(tx: Reading, audit: Audit, known: Sequence[int]) -> dict[int, int]:
    """For each group a twinning whose agreed words hold: that with the opener, or one of the opener's."""
    found: dict[int, int] = {}
    for twinning in await twinnings.agreed(tx):
        if audit.opener not in (twinning.a, twinning.b):
            continue
        other = twinning.other(audit.opener)
        if other in known:
            found[other] = twinning.id
            found.setdefault(audit.opener, twinning.id)
    return found


async def broken(tx: Tx, circle: Circle, now: datetime) -> Text | None:
    """Why the groups cannot go on together: one is gone, or is no active twin of the opener's any more."""
    audit = circle.audit
    present = {one.id for one in circle.groups}
    if audit.opener not in present or any(
        one.place == "in" and one.group not in present for one in circle.members.values()
    ):
        return t("one of the groups has left me")
    active = {
        twinning.other(audit.opener)
        for twinning in await twinnings.open_of(tx, audit.opener)
        if twinning.is_active(now.date())
    }
    lost = [one.name for one in circle.groups if one.id != audit.opener and one.id not in active]
    if lost:
        return t("the twinning with {names} is paused or has ended", names=Listing(tuple(lost)))
    return None


def way_in(me: str) -> Text:
    """How one takes part."""
    return t(
        "Whoever has not taken part yet opens {link} and writes to me there.",
        link=f"{PLACE}{me}",
    )


def choice_text(choice: Choice) -> Text:
    """What a ballot says."""
    return {
        Choice.CONSENT: t("I consent"),
        Choice.CONCERN: t("I consent, with a concern"),
        Choice.ASIDE: t("I stand aside"),
        Choice.OBJECT: t("It crosses a red line"),
    }[choice]


def state_text(audit: Audit, zone: str) -> Text:
    """Where a round stands."""
    return {
        State.OPENED: t("the other groups have not answered yet"),
        State.COLLECTING: t(
            "red lines are collected until {moments}", moments=everywhere(audit.lines, [zone])
        ),
        State.CONSENT: t("consent is asked until {moments}", moments=everywhere(audit.until, [zone])),
        State.HELD: t("held: somebody cannot risk or accept it"),
        State.NO_QUORUM: t("no quorum: too few have answered"),
        State.AGREED: t("weak consent: many stand aside") if audit.weak else t("consent"),
        State.LAPSED: t("no consent; it was not revised in time"),
        State.CANCELLED: t("cancelled"),
    }[audit.state]
