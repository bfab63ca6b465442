"""What was sent in the demonstration, and the verdict on it, from what people's clients decrypted."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.demo.client import Client
from bot.demo.synapse import Synapse
from bot.demo.timeline import Seen, Shown


@dataclass(slots=True)
class Crossing:
    """One person's message on its way into another room.

    `expected` is its translation, or None where it has to cross untranslated and marked.
    `in_place`: translated within its own room, below the original. `withdrawn`: must be gone at the end.
    """

    name: str
    text: str
    expected: str | None
    origin: str
    source_room: str
    target_room: str
    reader: Client
    bot: str
    sent_at: float
    in_place: bool = False
    withdrawn: bool = False
    was_read: bool = False

    def carries(self, message: Shown | Seen) -> bool:
        """Whether this message of the bot is (a copy of) the one that crossed."""
        if message.sender != self.bot or not message.readable:
            return False
        if self.in_place:
            return message.thread == self.origin
        return self.text in message.body

    def arrivals(self) -> list[Shown]:
        """The copies that the reader's screen shows now."""
        return [shown for shown in self.reader.screen(self.target_room) if self.carries(shown)]

    def seconds(self) -> float | None:
        """From sending to reading."""
        first = next((s for s in self.reader.rooms[self.target_room].messages() if self.carries(s)), None)
        return None if first is None else first.seen_at - self.sent_at


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the verdict."""

    good: bool
    text: str


@dataclass(slots=True)
class Ledger:
    """Everything that was to cross, and what went wrong on the way."""

    crossings: list[Crossing] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    kills: int = 0

    def find(self, message: Shown | Seen) -> Crossing | None:
        """What this message of the bot carries."""
        return next(
            (c for c in self.crossings if c.target_room == _room(message) and c.carries(message)), None
        )

    def verdict(self, people: Iterable[Client], server: Synapse) -> list[Check]:
        """The summary. Reads the screens of the people and the database of the homeserver."""
        readers = list(people)
        staying = [c for c in self.crossings if not c.withdrawn]
        known = [c for c in staying if c.expected is not None]
        unknown = [c for c in staying if c.expected is None]
        withdrawn = [c for c in self.crossings if c.withdrawn]
        checks = [_encrypted(readers, server, [c.text for c in self.crossings]), _readable(readers)]
        if staying:
            checks += [_once(staying, self.kills), _in_order(staying)]
        if known:
            checks.append(_translated(known))
        if unknown:
            checks.append(_marked(unknown))
        if withdrawn:
            checks.append(_withdrawn(withdrawn))
        if not self.crossings:
            checks.append(Check(good=False, text="nothing was sent"))
        return checks + [Check(good=False, text=failure) for failure in self.failures]

    def latencies(self) -> str:
        """The seconds from sending to reading, in words."""
        known = sorted(s for c in self.crossings if (s := c.seconds()) is not None)
        if not known:
            return "nothing arrived"
        return f"median {statistics.median(known):.1f} s, longest {known[-1]:.1f} s"


def _once(staying: list[Crossing], kills: int) -> Check:
    missing = [c.name for c in staying if not c.arrivals()]
    double = [c.name for c in staying if len(c.arrivals()) > 1]
    text = f"{len(staying) - len(missing) - len(double)} of {len(staying)} messages arrived exactly once"
    if kills:
        text += f", although the bot was killed {'once' if kills == 1 else f'{kills} times'}"
    if missing:
        text += f"; missing: {', '.join(missing)}"
    if double:
        text += f"; more than once: {', '.join(double)}"
    return Check(good=not missing and not double, text=text)


def _count(all_of_them: list[Crossing], wrong: list[str], what: str) -> Check:
    text = f"{len(all_of_them) - len(wrong)} of {len(all_of_them)} {what}"
    return Check(good=not wrong, text=f"{text}; not so: {', '.join(wrong)}" if wrong else text)


def _withdrawn(withdrawn: list[Crossing]) -> Check:
    left = [c.name for c in withdrawn if c.arrivals() or not c.was_read]
    return _count(withdrawn, left, "withdrawn messages are gone again")


def _translated(known: list[Crossing]) -> Check:
    wrong = [c.name for c in known if not any((c.expected or "") in s.body for s in c.arrivals())]
    return _count(known, wrong, "messages were translated as expected")


def _marked(unknown: list[Crossing]) -> Check:
    wrong = [c.name for c in unknown if not any("⚠" in s.body for s in c.arrivals())]
    return _count(unknown, wrong, "unknown sentences crossed untranslated and marked")


def _in_order(staying: list[Crossing]) -> Check:
    routes: dict[tuple[str, str], list[Crossing]] = {}
    for crossing in staying:
        routes.setdefault((crossing.source_room, crossing.target_room), []).append(crossing)
    wrong = [name for route in routes.values() for name in _out_of_order(route)]
    text = f"out of order: {', '.join(wrong)}" if wrong else "everything came in the order of its room"
    return Check(good=not wrong, text=text)


def _room(message: Shown | Seen) -> str:
    return message.first.room_id if isinstance(message, Shown) else message.room_id


def _out_of_order(route: list[Crossing]) -> list[str]:
    """Names of those that arrived after one that was sent later."""
    ids = [shown.event_id for shown in route[0].reader.screen(route[0].target_room)]
    places = [(ids.index(a[0].event_id), c.name) for c in route if (a := c.arrivals())]
    return [name for (place, name), (later, _) in itertools.pairwise(places) if place > later]


def _encrypted(readers: list[Client], server: Synapse, texts: list[str]) -> Check:
    """What the server keeps of the rooms that these people know, and whether it could read any of it."""
    rooms = {room_id for reader in readers for room_id in reader.rooms}
    plain = sum(len(server.plaintext_messages(room_id)) for room_id in rooms)
    closed = sum(e["type"] == "m.room.encrypted" for room_id in rooms for e in server.stored_events(room_id))
    files = sorted({path.name for text in texts for path in server.files_with(text)})
    text = f"{closed} of {closed + plain} messages lie encrypted on the server"
    if files:
        text += f"; words found in clear in {', '.join(files)}"
    return Check(good=closed > 0 and plain == 0 and not files, text=text)


def _readable(readers: list[Client]) -> Check:
    closed = [
        (reader.name, event.event_id)
        for reader in readers
        for view in reader.rooms.values()
        for event in view.unreadable()
        if event.sent_at >= view.joined_at(reader.user_id)
    ]
    names = ", ".join(sorted({name for name, _ in closed}))
    text = (
        f"{len(closed)} messages could not be read by {names}" if closed else "everybody can read everything"
    )
    return Check(good=not closed, text=text)
