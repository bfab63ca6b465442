"""Files with something planted in every place that people do not see."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib

from mutagen.ogg import OggPage
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

PLANTED = b"PLANTED"
WORD = PLANTED.decode()


def scene(width: int = 120, height: int = 80) -> Image.Image:
    """Four quarters of different colours: red, green, blue, white, from the upper left, line by line."""
    image = Image.new("RGB", (width, height), "white")
    image.paste("red", (0, 0, width // 2, height // 2))
    image.paste("green", (width // 2, 0, width, height // 2))
    image.paste("blue", (0, height // 2, width // 2, height))
    return image


def noise(width: int, height: int) -> Image.Image:
    """A picture that cannot be compressed well."""
    return Image.frombytes("RGB", (width, height), random.Random(7).randbytes(3 * width * height))  # noqa: S311 (repeatable)


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + PLANTED


def exif(orientation: int = 1) -> bytes:
    """Camera, author, place, serial number, and a thumbnail."""
    found = Image.Exif()
    found[0x0112] = orientation
    found[0x010F] = found[0x0110] = found[0x013B] = found[0x8298] = found[0x010E] = WORD
    found.get_ifd(0x8769).update({0x9003: WORD, 0xA431: WORD, 0x927C: PLANTED, 0x9286: PLANTED})
    found.get_ifd(0x8825).update({1: "N", 2: (14.0, 35.0, 59.0), 3: "E", 4: (120.0, 59.0, 3.0), 27: PLANTED})
    return found.tobytes()


XMP = b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>" + PLANTED + b"</x:xmpmeta>"
IPTC = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x0c\x1c\x02\x50\x00\x07" + PLANTED


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(WORD, PLANTED)
    return out.getvalue()


def jpeg(image: Image.Image | None = None, orientation: int = 1) -> bytes:
    out = io.BytesIO()
    kept = {"exif": exif(orientation), "icc_profile": profile(), "comment": PLANTED}
    (image or scene()).save(out, "JPEG", quality=95, **kept)
    data = out.getvalue()
    more = b"".join(
        bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
        for marker, body in ((0xE1, XMP), (0xED, IPTC), (0xEC, b"Ducky" + PLANTED), (0xFE, PLANTED))
    )
    return data[:2] + more + data[2:] + archive()


def png(image: Image.Image | None = None) -> bytes:
    info = PngInfo()
    info.add_text("Author", WORD)
    info.add_text("Comment", WORD, zip=True)
    info.add_itxt("XML:com.adobe.xmp", WORD)
    out = io.BytesIO()
    (image or scene()).save(out, "PNG", pnginfo=info, exif=exif(), icc_profile=profile())
    data = out.getvalue()
    own = b"prVt" + PLANTED
    chunk = struct.pack(">I", len(PLANTED)) + own + struct.pack(">I", zlib.crc32(own))
    return data[:-12] + chunk + data[-12:] + archive()


def webp(image: Image.Image | None = None) -> bytes:
    out = io.BytesIO()
    (image or scene()).save(out, "WEBP", exif=exif(), xmp=XMP, icc_profile=profile())
    return out.getvalue() + PLANTED


def gif(frames: int = 1, size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    shades = [Image.new("RGB", size, (number % 256, number // 256 * 40, 99)) for number in range(frames)]
    shades[0].save(out, "GIF", save_all=True, append_images=shades[1:], duration=50, comment=PLANTED)
    data = out.getvalue()
    more = b"\x21\xff\x0bXMP DataXMP" + bytes([len(PLANTED)]) + PLANTED + b"\x00"
    return data[:-1] + more + data[-1:] + archive()


def moving_webp(frames: int) -> bytes:
    out = io.BytesIO()
    shades = [Image.new("RGB", (40, 30), (number * 9 % 256, 50, 99)) for number in range(frames)]
    shades[0].save(out, "WEBP", save_all=True, append_images=shades[1:], duration=50, exif=exif(), xmp=XMP)
    return out.getvalue()


HEAD = b"OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
SOUND = [bytes([0x78, number]) * 40 for number in range(100)]


def voice() -> bytes:
    """Two seconds in Opus, with tags, a cover picture, another stream in between and something behind."""
    tag = b"ARTIST=" + PLANTED
    cover = b"METADATA_BLOCK_PICTURE=" + PLANTED * 20_000
    tags = b"OpusTags" + struct.pack("<I", len(PLANTED)) + PLANTED + struct.pack("<I", 2)
    tags += b"".join(struct.pack("<I", len(one)) + one for one in (tag, cover))
    pages = [_page(HEAD), *OggPage.from_packets([tags], sequence=1)]
    for start in range(0, 100, 25):
        page = OggPage()
        page.packets, page.position = SOUND[start : start + 25], 312 + 960 * (start + 25)
        pages.append(page)
    for number, page in enumerate(pages):
        page.serial, page.sequence = 77, number
        page.first, page.last = number == 0, number == len(pages) - 1
    other = _page(b"fishead" + PLANTED)
    other.serial, other.first = 78, True
    data = b"".join(page.write() for page in [pages[0], other, *pages[1:]])
    return data + archive()


def _page(packet: bytes) -> OggPage:
    page = OggPage()
    page.packets, page.position = [packet], 0
    return page


def claims(width: int, height: int) -> bytes:
    """A PNG that says it is that large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IHDR" + head
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(head))
        + body
        + struct.pack(">I", zlib.crc32(body))
        + struct.pack(">I", 4)
        + b"IDAT"
        + b"\x78\x9c\x03\x00"
        + struct.pack(">I", 0)
    )
