"""Pictures and voice messages with real clients: nothing hidden arrives, each once, across kills."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from bot.demo.bot_process import BotProcess
from bot.demo.person import Parcel
from bot.demo.timeline import Shown
from tests.integration.conftest import Cast, Home
from tests.unit.media import corpus

PICTURE = Parcel(corpus.jpeg(corpus.scene(640, 480)), "IMG_20270104_Ana.jpg", "image/jpeg", msgtype="m.image")


@dataclass(frozen=True, slots=True)
class Twins:
    bot: BotProcess
    manila: Home
    oaxaca: Home


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def twins(lasting_cast: Cast) -> AsyncIterator[Twins]:
    process = await lasting_cast.bot(phrasebook=True)
    await process.start()
    yield Twins(process, *await lasting_cast.twins(process))


def captioned(caption: str, parcel: Parcel = PICTURE) -> Parcel:
    return Parcel(parcel.data, parcel.name, parcel.mimetype, caption, parcel.msgtype)


def asked(home: Home) -> list[Shown]:
    return [one for one in home.steward.screen(home.room) if "recogni" in one.body]


def files(home: Home) -> list[Shown]:
    """The files of the bot that its members see."""
    return [one for one in home.member.screen(home.room) if one.first.content.get("file")]


async def opened(home: Home, shown: Shown) -> tuple[bytes, bytes]:
    """The file, and its thumbnail."""
    content: Any = shown.first.content
    small = content["info"].get("thumbnail_file")
    return await home.member.opened(content["file"]), await home.member.opened(small) if small else b""


def on_disk(folder: Path) -> list[Path]:
    return list((folder / "files").iterdir()) if (folder / "files").is_dir() else []


def nothing_rests(folder: Path) -> bool:
    """Whether the disk is empty again within a minute, as promised."""
    until = time.monotonic() + 60
    while on_disk(folder) and time.monotonic() < until:
        time.sleep(0.5)
    return not on_disk(folder)


async def test_a_picture_crosses_as_a_dispatch_with_nothing_hidden(twins: Twins) -> None:
    manila, oaxaca = twins.manila, twins.oaxaca
    await manila.steward.attach(manila.room, captioned("!dispatch Good morning"))
    await manila.steward.wait_until(lambda: asked(manila), 30, "the question")
    await manila.steward.say(manila.room, "yes")
    shown = await oaxaca.member.wait_for(oaxaca.room, "picture.jpg")
    whole, small = await opened(oaxaca, shown)
    assert Image.open(io.BytesIO(whole)).size == (640, 480)
    assert corpus.PLANTED not in whole + small
    event = str(shown.first.content)
    assert "IMG_20270104" not in event
    assert shown.reply_to is not None
    head = next(one for one in oaxaca.member.screen(oaxaca.room) if one.event_id == shown.reply_to)
    assert "manila-1" in head.body


@pytest.mark.parametrize(
    "point", ["clean:fetched", "clean:before-outcome", "clean:after-outcome", "send:uploaded"]
)
async def test_killed_on_the_way_it_arrives_once(twins: Twins, point: str) -> None:
    manila, oaxaca, before, questions = (
        twins.manila,
        twins.oaxaca,
        len(files(twins.oaxaca)),
        len(asked(twins.manila)),
    )
    await twins.bot.restart({"TWINLINE_DIE_AT": point})
    await manila.steward.attach(manila.room, captioned(f"!dispatch {point}"))
    if not point.startswith("send"):
        await twins.bot.died()
        await twins.bot.start()
    await manila.steward.wait_until(lambda: len(asked(manila)) > questions, 60, "the question")
    await manila.steward.say(manila.room, "yes", reply_to=asked(manila)[-1].event_id)
    if point.startswith("send"):
        await twins.bot.died()
        await twins.bot.start()
    await oaxaca.member.wait_until(lambda: len(files(oaxaca)) > before, 60, "the picture")
    await twins.bot.quiet()
    assert (len(files(oaxaca)), len(asked(manila))) == (before + 1, questions + 1)


async def test_a_voice_message_and_a_picture_cross_in_a_thread(twins: Twins) -> None:
    manila, oaxaca, before = twins.manila, twins.oaxaca, len(files(twins.manila))
    await oaxaca.steward.say(oaxaca.room, "!group set threadconfirm off")
    root = (await oaxaca.steward.wait_for(oaxaca.room, "manila-1 ·")).event_id
    voice = Parcel(corpus.voice(), "Voice message.ogg", "audio/ogg", msgtype="m.audio")

    def questions() -> list[Shown]:
        return [one for one in oaxaca.steward.thread(oaxaca.room, root) if "recono" in one.body]

    for count, parcel in enumerate((captioned("Buenos días"), voice), 1):
        await oaxaca.steward.attach(oaxaca.room, parcel, thread=root)
        await oaxaca.steward.wait_until(lambda wanted=count: len(questions()) >= wanted, 30, "the question")  # type: ignore[misc]  # no inference
        await oaxaca.steward.say(oaxaca.room, "sí", thread=root)
        wanted = before + count
        await manila.member.wait_until(lambda wanted=wanted: len(files(manila)) >= wanted, 30, "the file")  # type: ignore[misc]  # no inference
    found = files(manila)[before:]
    assert [shown.msgtype for shown in found] == ["m.image", "m.audio"]
    for shown in found:
        assert corpus.PLANTED not in b"".join(await opened(manila, shown))
        assert shown.thread is not None
    assert await asyncio.to_thread(nothing_rests, twins.bot.storage)


async def test_a_picture_that_is_deleted_disappears_from_the_other_room(twins: Twins) -> None:
    manila, oaxaca, before = twins.manila, twins.oaxaca, len(files(twins.oaxaca))
    questions = len(asked(manila))
    source = await manila.steward.attach(manila.room, captioned("!dispatch Thank you."))
    await manila.steward.wait_until(lambda: len(asked(manila)) > questions, 30, "the question")
    await manila.steward.say(manila.room, "blur", reply_to=asked(manila)[-1].event_id)
    await oaxaca.member.wait_until(lambda: len(files(oaxaca)) > before, 30, "the picture")
    await manila.steward.redact(manila.room, source)
    await oaxaca.member.wait_until(lambda: len(files(oaxaca)) == before, 60, "the deletion")
