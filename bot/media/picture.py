"""Pictures, decoded and encoded anew. What is written is made of pixels alone.

Rules:
- The size is looked at before anything is decoded. A large JPEG is decoded at a fraction of its size.
- Only the format that the first bytes announce is tried.
- Orientation is applied, colours are turned into sRGB; then all that came with the pixels is dropped.
- Of a moving picture that is too long, or whose people shall not be recognised, the beginning is left.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import blurhash
from PIL import GifImagePlugin, Image, ImageCms, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from bot.domain.files import LONGEST_SIDE, Refusal

MOST_PIXELS = LONGEST_SIDE * LONGEST_SIDE
"""To be held in memory at a time: a picture, or all that move."""
MOST_PIXELS_OF_JPEG = 110_000_000  # which is decoded at a fraction
Image.MAX_IMAGE_PIXELS = MOST_PIXELS_OF_JPEG
MOST_FRAMES = 200
BLOCKS = 12
"""Into so many blocks the longer side of a picture falls in which nobody shall be recognised."""

_THUMBNAIL = (800, 600)
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
PLUGINS = (GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin)


class TooMany(Exception):
    """More pixels than can be worked on."""


class Broken(Exception):
    """It begins as a picture, and is none."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Bytes made of pixels, and what is said of them."""

    data: bytes
    format: str
    width: int
    height: int
    animated: bool
    still: bool
    blurhash: str
    thumbnail: bytes
    thumbnail_format: str
    thumbnail_width: int
    thumbnail_height: int


def prepare() -> None:
    """Load what will be needed; afterwards no file has to be opened."""
    Image.preinit()
    Image.init()
    for name in ("JPEG", "PNG", "WEBP", "GIF"):
        out = io.BytesIO()
        Image.new("RGB", (8, 8)).save(out, name)
        Image.open(io.BytesIO(out.getvalue()), formats=[name]).load()
    ImageCms.createProfile("sRGB")
    blurhash.encode([[[0, 0, 0]]], 1, 1)


def clean(data: bytes, format_: str, *, blur: bool) -> Cleaned:
    """The picture anew. Raises TooMany, Broken, MemoryError."""
    try:
        with Image.open(io.BytesIO(data), formats=[format_]) as opened:
            _measure(opened, format_)
            several = format_ in ("GIF", "WEBP") and _moves(
                opened
            )  # asked once: behind the end lies anything
            moving = _frames(opened) if several and not blur else []
            opened.seek(0)
            first = _still(opened)
    except (MemoryError, TooMany):
        raise
    except Image.DecompressionBombError:
        raise TooMany from None
    except Exception as error:  # noqa: BLE001 - decoders raise whatever comes to them; it is a refusal all the same
        raise Broken(type(error).__name__) from None
    if blur:
        first = pixelated(first)
    if moving:
        return _finished(_moving(moving, format_), format_, first, animated=True)
    kind = _kind(first, format_)
    return _finished(_encoded(first, kind), kind, first, still=several)


def _measure(opened: Image.Image, format_: str) -> None:
    width, height = opened.size
    most = MOST_PIXELS_OF_JPEG if format_ == "JPEG" else MOST_PIXELS
    if width * height > most:
        raise TooMany
    if format_ == "JPEG":
        parts = next((one for one in (1, 2, 4, 8) if width * height <= MOST_PIXELS * one * one), 8)
        opened.draft("RGB", (width // parts, height // parts))


def _moves(opened: Image.Image) -> bool:
    try:
        opened.seek(1)
    except EOFError:
        return False
    return True


def _frames(opened: Image.Image) -> list[tuple[Image.Image, int]]:
    """All frames, each with its milliseconds; none if there are too many, or they are too large."""
    if max(opened.size) > LONGEST_SIDE:
        return []
    found: list[tuple[Image.Image, int]] = []
    pixels = opened.size[0] * opened.size[1]
    for number in range(MOST_FRAMES + 1):
        try:
            opened.seek(number)
        except EOFError:
            return found
        if number == MOST_FRAMES or (number + 1) * pixels > MOST_PIXELS // 2:
            return []
        opened.load()
        shown = _bare(opened.convert("RGBA"))
        found.append((shown, min(max(int(opened.info.get("duration") or 100), 20), 10_000)))
    return found


def _still(opened: Image.Image) -> Image.Image:
    """One picture: upright, not too large, in sRGB, with nothing but its pixels."""
    turn, profile = _TURNS.get(_orientation(opened)), opened.info.get("icc_profile")
    opened.load()
    transparent = opened.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in opened.info
    cmyk = opened.mode == "CMYK"
    wanted = "RGBA" if transparent else "RGB"
    image = opened if opened.mode in ("RGB", "RGBA", "CMYK") else opened.convert(wanted)
    if max(image.size) > LONGEST_SIDE:
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if isinstance(profile, bytes) and (image.mode == "RGB" or cmyk):
        image = _srgb(image, profile)
    if image.mode == "CMYK":
        image = image.convert("RGB")
    if turn is not None:
        image = image.transpose(turn)
    return _bare(image)


def _orientation(opened: Image.Image) -> int:
    try:
        return int(opened.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - whatever is wrong with it, the picture stands as it is
        return 1


def _srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return turned if turned is not None else image


def _bare(image: Image.Image) -> Image.Image:
    """The pixels, in a picture that came from nowhere."""
    fresh = Image.new(image.mode, image.size)
    fresh.paste(image, (0, 0))
    return fresh


def pixelated(image: Image.Image) -> Image.Image:
    """In blocks, of which the longer side has BLOCKS: only colours are left."""
    longest = max(image.size)
    small = tuple(max(1, round(side * BLOCKS / longest)) for side in image.size)
    return image.resize((small[0], small[1]), Image.Resampling.BOX).resize(
        image.size, Image.Resampling.NEAREST
    )


def _kind(image: Image.Image, format_: str) -> str:
    if format_ == "GIF":
        return "PNG"
    return "PNG" if format_ == "JPEG" and image.mode == "RGBA" else format_


def _encoded(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    match kind:
        case "JPEG":
            image.save(out, "JPEG", quality=85)
        case "WEBP":
            image.save(out, "WEBP", quality=85, method=2)
        case _:
            image.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _moving(frames: list[tuple[Image.Image, int]], format_: str) -> bytes:
    out = io.BytesIO()
    images, times = [image for image, _ in frames], [time for _, time in frames]
    more = {"disposal": 2} if format_ == "GIF" else {"quality": 80, "method": 2}
    images[0].save(out, format_, save_all=True, append_images=images[1:], duration=times, loop=0, **more)
    return out.getvalue()


def _finished(
    data: bytes, kind: str, shown: Image.Image, *, animated: bool = False, still: bool = False
) -> Cleaned:
    small = shown.copy()
    small.thumbnail(_THUMBNAIL, Image.Resampling.LANCZOS, reducing_gap=2.0)
    small_kind = "PNG" if small.mode == "RGBA" else "JPEG"
    return Cleaned(
        data,
        kind,
        *shown.size,
        animated,
        still,
        _blurhash(small),
        _encoded(small, small_kind),
        small_kind,
        *small.size,
    )


def _blurhash(image: Image.Image) -> str:
    tiny = image.convert("RGB")
    tiny.thumbnail((32, 32))
    width, height = tiny.size
    flat = tiny.tobytes()
    rows = [
        [list(flat[3 * (y * width + x) : 3 * (y * width + x) + 3]) for x in range(width)]
        for y in range(height)
    ]
    return str(blurhash.encode(rows, 4 if width >= height else 3, 3 if width >= height else 4))


REASONS = {TooMany: Refusal.PIXELS, Broken: Refusal.BROKEN}
