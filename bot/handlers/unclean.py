"""Why a file does not cross, and what helps."""

from __future__ import annotations

from bot.domain.files import LARGEST, LONGEST_SIDE, Refusal
from bot.domain.text import Text, t


def refused(refusal: Refusal) -> tuple[Text, Text]:
    """Two sentences for whoever sent it."""
    return _WHY[refusal], _HELP.get(refusal, _INSTEAD)


_WHY = {
    Refusal.EMPTY: t("There is nothing in this file. Nothing was sent."),
    Refusal.LARGE: t(
        "This file is too large: I take {limit} MB, of text less. Nothing was sent.", limit=LARGEST // 2**20
    ),
    Refusal.PIXELS: t("This picture is too large for me to clean. Nothing was sent."),
    Refusal.BROKEN: t("This file is broken, or is not what it begins as. Nothing was sent."),
    Refusal.KIND: t("Files of this kind do not cross: I do not know how to clean them. Nothing was sent."),
    Refusal.LETTERS: t("I cannot be sure which letters this old text file means. Nothing was sent."),
    Refusal.VIDEO: t("Videos do not cross: I cannot make sure of what is hidden in them. Nothing was sent."),
    Refusal.DOCUMENT: t(
        "PDF and office files do not cross: names and old versions hide in them. Nothing was sent."
    ),
    Refusal.DRAWING: t("SVG drawings do not cross: they can hold programs and links. Nothing was sent."),
    Refusal.ARCHIVE: t("Archives do not cross: I cannot see what is in them. Nothing was sent."),
    Refusal.SOUND: t("Of recordings only voice messages (Opus) cross. Nothing was sent."),
    Refusal.SPOILT: t("This file arrived spoilt: it is not what your app encrypted. Nothing was sent."),
    Refusal.GONE: t("The server does not have this file. Nothing was sent."),
    Refusal.AWAY: t("The server did not give me this file for six hours. Nothing was sent."),
    Refusal.HEAVY: t("Cleaning this file needs more memory or time than I have for one. Nothing was sent."),
}
_AGAIN = t("Please send it again.")
_SMALLER = t("Please make it smaller; a picture of {side} by {side} pixels is enough.", side=LONGEST_SIDE)
_IN_WORDS = t("Please copy the text into a message, or send a screenshot.")
_HELP = {
    Refusal.EMPTY: _AGAIN,
    Refusal.SPOILT: _AGAIN,
    Refusal.GONE: _AGAIN,
    Refusal.AWAY: _AGAIN,
    Refusal.LARGE: _SMALLER,
    Refusal.PIXELS: _SMALLER,
    Refusal.HEAVY: t("Please send it smaller or shorter, or tell in words what is in it."),
    Refusal.LETTERS: t("Please save it as UTF-8, or copy the text into a message."),
    Refusal.SOUND: t("Please record it with the microphone of Element."),
    Refusal.VIDEO: t("Please send a picture of it, or tell in words what it shows."),
    Refusal.DOCUMENT: _IN_WORDS,
    Refusal.ARCHIVE: _IN_WORDS,
}
_INSTEAD = t("Please send a picture (JPEG, PNG, WebP, GIF), a voice message or plain text.")
