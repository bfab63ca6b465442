"""Groups: a local organisation with its home room, language, time zone and rules.

A handle is 2 to 16 letters or digits of any script, kept in lower case; it is unique among a
group's twins: where two twins would show the same, the later gets `-2`, `-3` and so on. A name is
what people read: one line of at most 60 letters, digits, blanks and a few signs, so that it can neither
style, ping, link nor turn the line around, nor be taken for a command or for what the bot puts around names.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.trust import Policy
from bot.domain.verdict import USUAL_COUNTS, USUAL_QUORUM

SHORTEST_HANDLE, LONGEST_HANDLE = 2, 16
LONGEST_NAME = 60
LONGEST_PERSON = 40  # of a name that a person has chosen
LONGEST_KEEP = 365
MOST_DAYS = 100  # of a group's own without work
MOST_LANGUAGES = 4  # of a room: all of them stand in one message

_NO_PLACES = ("Factory", "localtime", "posixrules")
_ZONES = {zone.casefold(): zone for zone in sorted(available_timezones()) if zone not in _NO_PLACES}
_HOUR = r"([01]?\d|2[0-3])(?:[:.]([0-5]\d))?"
_HOURS = re.compile(rf"{_HOUR}\s*[-–—]\s*{_HOUR}")
_JOINERS = "\u200c\u200d"  # parts of words in Persian, Hindi and other scripts
NAME_SIGNS = "-'’.,&"
_INNER = "·・"  # inside words in Catalan and Japanese; alone it stands between what the bot says
_BLANK = "\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # letters that nobody sees
_NOT_IN_NAMES = (
    (re.compile(rf"(?<!\w)[{_INNER}]+|[{_INNER}]+(?!\w)"), " "),
    (re.compile(r"\.(?=\w\w)"), ". "),  # a web address
    (re.compile(r"^[^\w]+"), ""),
)


class Speakers(StrEnum):
    """Who may send a dispatch."""

    STEWARDS = "stewards"
    MEMBERS = "members"


class Attribution(StrEnum):
    """In whose name a dispatch goes when its author does not say."""

    GROUP = "group"
    MEMBER = "member"
    NAME = "name"  # its author's own choice, never a group's


class Approval(StrEnum):
    """Whether a dispatch waits until a second person has looked at it."""

    NONE = "none"
    ONE = "one"


class NewMembers(StrEnum):
    """What becomes of relays when somebody new can read the home room: they go on, or wait for a steward."""

    OPEN = "open"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Settings:
    """A group's own rules. `keep` is the number of days that the words of its dispatches are kept.

    `quiet` are the hours in which nothing rings, "21:00-08:00" in the group's zone, or empty; `urgent` are
    the user ids of those who, beside stewards, may ring in others' quiet hours. `others` are the languages of
    the room beside the group's first. `approvers` are the user ids of those who, beside stewards, may
    approve a dispatch where `approval` asks for it. In a round of red lines at least `quorum` per cent of the
    members have to choose, counts are told from `counts` ballots on, and `bots` are no people.
    Reminders come at `hour`; with `shift` those before a day come on a working day. Days without work are
    those of the `weekend` (1 is Monday), the public `holidays` of a country ("PH") or region ("US-WI"), and
    `days` of their own (ISO). The first quarter of their year begins with the month `yearstart`.
    """

    dispatch: Speakers = Speakers.STEWARDS
    attribution: Attribution = Attribution.GROUP
    threadconfirm: bool = True
    keep: int = 90
    devices: Policy = Policy.SIGNED
    newmembers: NewMembers = NewMembers.OPEN
    quiet: str = ""
    urgent: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    approval: Approval = Approval.NONE
    approvers: tuple[str, ...] = ()
    quorum: int = USUAL_QUORUM
    counts: int = USUAL_COUNTS
    bots: tuple[str, ...] = ()
    hour: str = "09:00"
    shift: bool = False
    weekend: tuple[int, ...] = (6, 7)
    holidays: str = ""
    days: tuple[str, ...] = ()
    yearstart: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """`language` is a catalog code, the first of the room's; `zone` an IANA name."""

    id: int
    handle: str
    name: str
    room_id: str
    language: str
    zone: str
    settings: Settings = field(default_factory=Settings)

    @property
    def languages(self) -> tuple[str, ...]:
        """What the people of the room read and write, the first one first."""
        return (self.language, *self.settings.others)

    @property
    def among(self) -> tuple[str, ...]:
        """The languages that a message of the room may be in; empty where there is nothing to choose from."""
        return self.languages if self.settings.others else ()

    def speaking(self, *languages: str) -> Group:
        """With these languages, the first one first."""
        first, *others = dict.fromkeys(languages)
        return replace(self, language=first, settings=replace(self.settings, others=tuple(others)))


def clean_handle(typed: str) -> str | None:
    """The handle in its kept form, or None if it cannot be one."""
    handle = unicodedata.normalize("NFKC", typed).casefold()
    if not SHORTEST_HANDLE <= len(handle) <= LONGEST_HANDLE:
        return None
    if not all(unicodedata.category(c)[0] in "LMN" for c in handle) or handle.isdecimal():
        return None
    return handle if unicodedata.category(handle[0])[0] != "M" else None


def clean_name(typed: str) -> str | None:
    """The name in its kept form, or None if it cannot be one.

    Control and direction characters are dropped, blanks collapsed.
    """
    readable = "".join(
        c if c in _JOINERS or unicodedata.category(c)[0] != "C" else " " if c.isspace() else ""
        for c in unicodedata.normalize("NFC", typed)
    )
    name = " ".join(readable.split())
    return name if any(c.isalnum() for c in name) and name == shown_name(name) else None


def shown_name(kept: str) -> str:
    """A name without what a name cannot have; names that were kept by earlier rules may have it."""
    safe = "".join(c if _in_name(c) else " " for c in kept)
    for bad, better in _NOT_IN_NAMES:
        safe = bad.sub(better, safe)
    return " ".join(safe.split())[:LONGEST_NAME].rstrip(f" {_INNER}") or "?"


def _in_name(c: str) -> bool:
    return c in NAME_SIGNS + _INNER + _JOINERS or (unicodedata.category(c)[0] in "LMN" and c not in _BLANK)


def find_zone(typed: str) -> str | None:
    """The IANA time zone that a person means by "america/mexico_city" or "Mexico City", or None."""
    wanted = "_".join(typed.casefold().split())
    if wanted in _ZONES:
        return _ZONES[wanted]
    cities = [zone for folded, zone in _ZONES.items() if folded.rpartition("/")[2] == wanted]
    return cities[0] if len(cities) == 1 else None


def close_zones(typed: str, most: int = 3) -> list[str]:
    """Zones that are written nearly so, the nearest first."""
    wanted = "_".join(typed.casefold().split())
    by_city = {folded.rpartition("/")[2]: zone for folded, zone in _ZONES.items() if "/" in folded}
    near = difflib.get_close_matches(wanted, _ZONES, most, 0.75)
    near_cities = difflib.get_close_matches(wanted.rpartition("/")[2], by_city, most, 0.75)
    return list(dict.fromkeys([*(_ZONES[one] for one in near), *(by_city[one] for one in near_cities)]))[
        :most
    ]


def alias(handle: str, taken: Collection[str]) -> str:
    """How a twin is called among those that a group knows already."""
    if handle not in taken:
        return handle
    number = 2
    while f"{handle}-{number}" in taken:
        number += 1
    return f"{handle}-{number}"


def clean_hours(typed: str) -> str | None:
    """Hours of the day as they are kept, from "21-8", "21:00 - 08:00" or "9.30–17"; None if they are none."""
    found = _HOURS.fullmatch(typed.strip())
    if found is None:
        return None
    begin, end = (time(int(found[i]), int(found[i + 1] or 0)) for i in (1, 3))
    return None if begin == end else f"{begin:%H:%M}-{end:%H:%M}"


def quiet_until(hours: str, zone: str, now: datetime) -> datetime | None:
    """When these hours, if it is now within them, are over; in UTC."""
    if not is_quiet(hours, zone, now):
        return None
    here = now.astimezone(ZoneInfo(zone))
    end = datetime.combine(here.date(), time.fromisoformat(hours.split("-")[1]), here.tzinfo)
    if end <= here:
        end = datetime.combine(here.date() + timedelta(days=1), end.timetz())
    return end.astimezone(UTC)


def is_quiet(hours: str, zone: str, now: datetime) -> bool:
    """Whether it is now within these hours of the zone's day; they may go over midnight."""
    return bool(hours) and is_quiet_at(hours, now.astimezone(ZoneInfo(zone)).time())


def is_quiet_at(hours: str, here: time) -> bool:
    """Whether a time of the day is within these hours."""
    begin, end = (time.fromisoformat(part) for part in hours.split("-"))
    return begin <= here < end if begin < end else here >= begin or here < end
