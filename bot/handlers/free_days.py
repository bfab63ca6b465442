"""The days on which a group does not work: its week-end, public holidays, days of its own.

The only importer of `holidays`. A country is written as its two letters, a region after a hyphen: US-WI.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from bot.domain.group import Group


@lru_cache(maxsize=64)
def _public(country: str, region: str) -> Callable[[date], bool]:
    """Raises NotImplementedError where the country or region is not known."""
    import holidays

    known = holidays.country_holidays(country, subdiv=region or None)
    return lambda day: day in known


def is_known(country: str, region: str = "") -> bool:
    """Whether the public holidays of a country, or one of its regions, are known."""
    try:
        _public(country, region)
    except (NotImplementedError, KeyError, ValueError):
        return False
    return True


def free_days(group: Group) -> Callable[[date], bool]:
    """Whether a group does not work on a day; always False where it does not want to be reminded before."""
    kept = group.settings
    if not kept.shift:
        return lambda _: False
    country, _, region = kept.holidays.partition("-")
    public = _public(country, region) if country and is_known(country, region) else None
    own, weekend = frozenset(kept.days), frozenset(kept.weekend)

    def off(day: date) -> bool:
        if day.isoweekday() in weekend or day.isoformat() in own:
            return True
        return public is not None and public(day)

    return off
