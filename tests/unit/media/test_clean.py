"""What was planted in a file is not in what comes of it; what people see and hear is."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from mutagen.oggopus import OggOpus
from PIL import Image

from bot.domain.files import LONGEST_SIDE, Refusal
from bot.media import picture, voice
from bot.media.kinds import kind_of
from tests.unit.media import corpus

FORMATS: dict[str, Callable[[], bytes]] = {
    "JPEG": corpus.jpeg,
    "PNG": corpus.png,
    "WEBP": corpus.webp,
    "GIF": corpus.gif,
}
SUSPECTS = (
    corpus.PLANTED,
    b"Exif",
    b"XMP",
    b"ICC",
    b"iCCP",
    b"8BIM",
    b"PK\x03\x04",
    b"tEXt",
    b"ns.adobe",
    b"eXIf",
)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def clean(data: bytes, *, blur: bool = False) -> picture.Cleaned:
    kind = kind_of(data)
    assert isinstance(kind, str)
    return picture.clean(data, kind, blur=blur)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("blur", [False, True])
def test_nothing_planted_is_left_in_picture_or_thumbnail(format_: str, blur: bool) -> None:
    data = FORMATS[format_]()
    assert corpus.PLANTED in data
    found = clean(data, blur=blur)
    for part in (found.data, found.thumbnail):
        assert not [suspect for suspect in SUSPECTS if suspect in part]
        image = opened(part)
        assert not image.getexif()
        assert not {"icc_profile", "exif", "xmp", "comment", "photoshop"} & image.info.keys()


@pytest.mark.parametrize("frames", [3, 20])
@pytest.mark.parametrize("make", [corpus.gif, corpus.moving_webp])
def test_a_moving_picture_moves_on_and_loses_what_was_planted(
    make: Callable[[int], bytes], frames: int
) -> None:
    found = clean(make(frames))
    image = Image.open(io.BytesIO(found.data))
    assert (getattr(image, "n_frames", 1), found.animated, found.still) == (frames, True, False)
    assert corpus.PLANTED not in found.data
    assert b"XMP" not in found.data


def test_of_a_moving_picture_of_1000_frames_the_beginning_is_left() -> None:
    found = clean(corpus.gif(1000))
    assert (found.format, found.animated, found.still) == ("PNG", False, True)
    assert opened(found.data).getpixel((3, 3)) == opened(corpus.gif(1)).convert("RGB").getpixel((3, 3))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_without_a_word_about_it(orientation: int) -> None:
    upright = corpus.scene()
    back = {value: key for key, value in enumerate([1, 2, 3, 4, 5, 8, 7, 6], 1)}[orientation]
    turned = upright.transpose(picture._TURNS[back]) if back != 1 else upright
    found = clean(corpus.jpeg(turned, orientation))
    image = opened(found.data)
    assert image.size == (120, 80) == (found.width, found.height)
    corners = [image.getpixel(at) for at in ((10, 10), (110, 10), (10, 70), (110, 70))]
    wanted = [upright.getpixel(at) for at in ((10, 10), (110, 10), (10, 70), (110, 70))]
    for got, want in zip(corners, wanted, strict=True):
        assert isinstance(got, tuple)
        assert isinstance(want, tuple)
        assert all(abs(a - b) < 12 for a, b in zip(got, want, strict=True))


@pytest.mark.parametrize("size", [(6000, 300), (300, 6000), (4096, 10)])
def test_no_side_is_longer_than_4096(size: tuple[int, int]) -> None:
    found = clean(corpus.png(corpus.scene(*size)))
    assert max(found.width, found.height) == LONGEST_SIDE
    assert opened(found.data).size == (found.width, found.height)


def test_the_preview_is_made_anew() -> None:
    found = clean(corpus.jpeg(corpus.scene(1200, 800)))
    assert opened(found.thumbnail).size == (800, 533) == (found.thumbnail_width, found.thumbnail_height)
    assert len(found.blurhash) == 4 + 2 * 4 * 3
    assert clean(corpus.jpeg()).blurhash != clean(corpus.jpeg(corpus.noise(120, 80))).blurhash


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_a_picture_of_any_kind_of_pixels_is_cleaned(mode: str) -> None:
    out = io.BytesIO()
    image = Image.new(mode, (30, 20))
    image.save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(clean(out.getvalue()).data).size == (30, 20)


def test_what_can_be_seen_through_stays_so() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (30, 20), (255, 0, 0, 0)).save(out, "PNG")
    found = clean(out.getvalue())
    assert opened(found.data).getchannel("A").getextrema() == (0, 0)
    assert found.thumbnail_format == "PNG"


def test_of_a_blurred_picture_only_colours_are_left() -> None:
    found = clean(corpus.jpeg(corpus.noise(600, 400)), blur=True)
    for part in (found.data, found.thumbnail):
        small = opened(part).convert("RGB").resize((12, 8), Image.Resampling.BOX)
        shown = opened(part).convert("RGB").resize((600, 400))
        blocks = small.resize((600, 400), Image.Resampling.NEAREST)
        different = sum(abs(a - b) > 24 for a, b in zip(shown.tobytes(), blocks.tobytes(), strict=True)) / (
            3 * 600 * 400
        )
        assert different < 0.02


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", Refusal.EMPTY),
        (b"<html><body>hello</body></html>", Refusal.KIND),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', Refusal.DRAWING),
        (b"%PDF-1.7", Refusal.DOCUMENT),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", Refusal.DOCUMENT),
        (corpus.archive(), Refusal.ARCHIVE),
        (b"\x00\x00\x00\x20ftypmp42", Refusal.VIDEO),
        (b"\x00\x00\x00\x20ftypM4A ", Refusal.SOUND),
        (b"\x00\x00\x00\x20ftypheic", Refusal.KIND),
        (b"RIFF\x00\x00\x00\x00AVI ", Refusal.VIDEO),
        (b"RIFF\x00\x00\x00\x00WAVE", Refusal.SOUND),
        (b"\x1aE\xdf\xa3webm", Refusal.VIDEO),
        (b"ID3\x04", Refusal.SOUND),
        (b"OggS" + bytes(24) + b"\x01vorbis", Refusal.SOUND),
        (b"MZ\x90\x00", Refusal.KIND),
        (bytes(100), Refusal.KIND),
        (b"two\x00words", Refusal.KIND),
        ("Mañana, sí.".encode("latin-1"), Refusal.LETTERS),
        (b"\xff\xfea", Refusal.LETTERS),
    ],
)
def test_what_cannot_be_cleaned_is_known_by_its_bytes(data: bytes, why: Refusal) -> None:
    assert kind_of(data) is why


@pytest.mark.parametrize("data", [b"hello", "año".encode(), "\ufeffaño".encode(), "año".encode("utf-16")])
def test_plain_text_is_known_by_its_bytes(data: bytes) -> None:
    assert kind_of(data) == "TEXT"


@pytest.mark.parametrize("size", [(60_000, 60_000), (4097, 4096), (2_000_000_000, 1)])
def test_too_many_pixels_are_not_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(picture.TooMany):
        clean(corpus.claims(*size))


@pytest.mark.parametrize("make", FORMATS.values())
@pytest.mark.parametrize("left", [20, 0.5])
def test_half_a_picture_is_broken(make: Callable[[], bytes], left: float) -> None:
    data = make()
    data = data[: data.index(b"PK\x03\x04")] if b"PK\x03\x04" in data else data
    cut = data[: left if isinstance(left, int) else int(len(data) * left)]
    with pytest.raises(picture.Broken):
        clean(cut)


@pytest.mark.parametrize(
    "start", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x10\x00\x00\x00WEBP"]
)
def test_what_begins_as_a_picture_and_is_html_is_broken(start: bytes) -> None:
    with pytest.raises(picture.Broken):
        clean(start + b"<html><script>alert(1)</script></html>" * 20)


def test_a_voice_message_sounds_the_same_and_nothing_else_is_left() -> None:
    data = corpus.voice()
    assert corpus.PLANTED in data
    found = voice.clean(data)
    assert corpus.PLANTED not in found.data
    assert b"fishead" not in found.data
    assert b"PK\x03\x04" not in found.data
    heard = OggOpus(io.BytesIO(found.data))
    assert not heard.tags
    assert round(heard.info.length, 2) == 2.0
    assert found.milliseconds == 2000
    pages = voice._pages(found.data)
    assert [packet for page in pages[2:] for packet in page.packets] == corpus.SOUND
    assert {page.serial for page in pages} != {77}


@pytest.mark.parametrize(
    "data",
    [
        b"OggS" + bytes(23) + b"OpusHead",
        corpus.voice()[:60],
        corpus.voice()[: corpus.voice().index(b"OpusTags") + 4],
        corpus.voice().replace(b"OpusTags", b"OpusBags"),
    ],
)
def test_what_is_no_voice_message_is_broken(data: bytes) -> None:
    with pytest.raises(picture.Broken):
        voice.clean(data)
