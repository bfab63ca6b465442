"""What a file is, by its bytes. Its name and what its sender says of it are not asked."""

from __future__ import annotations

from bot.domain.files import Refusal

PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
VOICE = "OGG"
TEXT = "TEXT"

_MARKUP = ("<!doctype", "<html", "<head", "<body", "<script", "<?xml", "{\\rtf", "%!ps", "<!--")
_LOOKED_AT = 1024
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f")


def kind_of(data: bytes) -> str | Refusal:
    """One of PICTURES, VOICE, TEXT; or why it is refused."""
    if not data:
        return Refusal.EMPTY
    picture = _picture(data[:16])
    if picture is not None:
        return picture
    if data.startswith(b"OggS"):
        return VOICE if b"OpusHead" in data[:64] else Refusal.SOUND
    refused = _known(data[:_LOOKED_AT])
    if refused is not None:
        return refused
    return _written(data)


def _picture(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    return "WEBP" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


_BEGINNINGS: tuple[tuple[bytes, Refusal], ...] = (
    (b"%PDF", Refusal.DOCUMENT),
    (b"\xd0\xcf\x11\xe0", Refusal.DOCUMENT),
    (b"PK\x03\x04", Refusal.ARCHIVE),
    (b"PK\x05\x06", Refusal.ARCHIVE),
    (b"Rar!", Refusal.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Refusal.ARCHIVE),
    (b"\x1f\x8b", Refusal.ARCHIVE),
    (b"BZh", Refusal.ARCHIVE),
    (b"\xfd7zXZ", Refusal.ARCHIVE),
    (b"(\xb5/\xfd", Refusal.ARCHIVE),
    (b"\x1aE\xdf\xa3", Refusal.VIDEO),
    (b"\x00\x00\x01\xba", Refusal.VIDEO),
    (b"FLV", Refusal.VIDEO),
    (b"ID3", Refusal.SOUND),
    (b"fLaC", Refusal.SOUND),
    (b"#!AMR", Refusal.SOUND),
    (b"\xff\xfb", Refusal.SOUND),
    (b"\xff\xf1", Refusal.SOUND),
    (b"\xff\xf9", Refusal.SOUND),
)
_OFFICE = (b"[Content_Types].xml", b"mimetypeapplication/vnd", b"word/", b"xl/", b"ppt/")


def _known(head: bytes) -> Refusal | None:
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in (b"M4A ", b"M4B "):
            return Refusal.SOUND
        return Refusal.KIND if brand in (b"heic", b"heix", b"mif1", b"avif") else Refusal.VIDEO
    if head[:4] == b"RIFF":
        return {b"WAVE": Refusal.SOUND, b"AVI ": Refusal.VIDEO}.get(head[8:12], Refusal.KIND)
    found = next((why for beginning, why in _BEGINNINGS if head.startswith(beginning)), None)
    if found is Refusal.ARCHIVE and any(sign in head for sign in _OFFICE):
        return Refusal.DOCUMENT
    return found


def _written(data: bytes) -> str | Refusal:
    text = decoded(data)
    if text is None:
        return Refusal.LETTERS if _CONTROL.isdisjoint(data) else Refusal.KIND
    beginning = text[:_LOOKED_AT].lstrip().casefold()
    if "<svg" in beginning:
        return Refusal.DRAWING
    return Refusal.KIND if beginning.startswith(_MARKUP) else TEXT


def decoded(data: bytes) -> str | None:
    """The text that these bytes are; None if they are none."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except ValueError:
        return None
    return None if any(char < " " and char not in "\t\n\r\f" for char in text) else text
