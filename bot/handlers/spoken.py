"""What a group is told of the languages of its room."""

from __future__ import annotations

from bot.domain.group import Group
from bot.domain.text import Language, Listing, Text, t


def language_is(group: Group) -> Text:
    first = Language(group.language)
    if not group.settings.others:
        return t("Language of this room: {language}.", language=first)
    return t(
        "Languages of this room: {languages}. I speak {language}; what your twins send comes in all of them.",
        languages=Listing(tuple(map(Language, group.languages))),
        language=first,
    )
