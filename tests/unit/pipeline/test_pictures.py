"""Pictures, voice messages and text files on their way to twins: cleaned, asked about, relayed, erased."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image

from bot.domain.files import LARGEST, Refusal
from bot.domain.text import t
from bot.handlers.unclean import refused
from bot.pipeline import clean
from bot.pipeline.ports import Unavailable
from tests.fakes import away
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.media import corpus
from tests.unit.pipeline.theatre import Theatre

RECOGNISABLE = t("People may be recognisable in it: send? Answer “yes”, “no” or “blur”.")


def files(theatre: Theatre, room_id: str) -> list[bytes]:
    """What people can open in a room."""
    room = theatre.transport.room(room_id)
    found = [one for event_id, one in room.attachments.items() if event_id in room.shown]
    return [theatre.transport.media[one.file.url] for one in found]


async def resting(theatre: Theatre) -> set[str]:
    """What is left on the disk once it was tidied."""
    await theatre.cleaning.tidy()
    return await theatre.files.names()


async def dispatched(theatre: Theatre, data: bytes, caption: str = "!dispatch Ganamos.") -> str:
    source = await theatre.attach(MANILA, ANA, data, caption)
    await theatre.play()
    return source


async def test_a_picture_crosses_clean_once_its_author_agreed(theatre: Theatre) -> None:
    await dispatched(theatre, corpus.jpeg())
    assert theatre.reads(MANILA, RECOGNISABLE)
    assert files(theatre, MILWAUKEE) == []
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    [data] = files(theatre, MILWAUKEE)
    assert corpus.PLANTED not in data
    assert Image.open(io.BytesIO(data)).size == (120, 80)
    shown = theatre.transport.texts(MILWAUKEE)
    assert [text.split("\n")[0] for text in shown] == [
        "manila-1 · Manila Tenants",
        "[picture.jpg]",
        "Shared thread. What is written here is translated and read by: Manila Tenants.",
    ]
    assert "We won." in shown[0]
    assert theatre.reads(MANILA, t("{name} was delivered to {twins}.", name="manila-1", twins="milwaukee"))
    assert await resting(theatre) == set()


async def test_it_hangs_under_the_words_that_say_whose_it_is(theatre: Theatre) -> None:
    await dispatched(theatre, corpus.jpeg())
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    copy = await theatre.row(MILWAUKEE, "copy")
    [post] = theatre.transport.room(MILWAUKEE).attachments.values()
    assert post.reply_to == copy.event_id
    assert post.form.picture is not None
    assert post.thumbnail is not None


async def test_a_picture_needs_no_words(theatre: Theatre) -> None:
    await dispatched(theatre, corpus.png(), "!dispatch")
    await theatre.say(MANILA, ANA, "yes")
    await theatre.play()
    assert len(files(theatre, MILWAUKEE)) == 1
    assert theatre.transport.texts(MILWAUKEE)[0] == "manila-1 · Manila Tenants"


async def test_a_picture_is_sent_by_a_reply_to_it(theatre: Theatre) -> None:
    source = await theatre.attach(MANILA, ANA, corpus.png(), "Ganamos.")
    await theatre.play()
    assert theatre.transport.texts(MANILA) == []
    theatre.transport.room(MANILA).people[source] = theatre.messages[source]
    await theatre.say(MANILA, ANA, "!dispatch", reply_to=source)
    await theatre.play()
    await theatre.play()
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert len(files(theatre, MILWAUKEE)) == 1
    assert "We won." in theatre.read(MILWAUKEE)


async def test_no_means_that_it_is_forgotten(theatre: Theatre) -> None:
    await dispatched(theatre, corpus.jpeg())
    assert len(await resting(theatre)) == 2  # the picture and its thumbnail
    await theatre.say(MANILA, ANA, "no")
    await theatre.play()
    assert await resting(theatre) == set()
    assert theatre.transport.texts(MILWAUKEE) == []


async def test_silence_means_no(theatre: Theatre) -> None:
    await dispatched(theatre, corpus.jpeg())
    await theatre.tick(hours=25)
    await theatre.play()
    assert await resting(theatre) == set()
    assert theatre.reads(MANILA, t("I have forgotten this file: my question was not answered within a day."))


async def test_blurred_nobody_is_recognised_and_nobody_is_asked_again(theatre: Theatre) -> None:
    await dispatched(theatre, corpus.jpeg(corpus.noise(600, 400)))
    await theatre.say(MANILA, ANA, "difuminar")
    await theatre.play()
    await theatre.play()
    [data] = files(theatre, MILWAUKEE)
    image = Image.open(io.BytesIO(data)).convert("RGB")
    left = [image.getpixel((at, 20)) for at in (5, 25, 45)]
    assert (
        max(a[0] for a in left if isinstance(a, tuple)) - min(a[0] for a in left if isinstance(a, tuple)) < 12
    )
    assert await resting(theatre) == set()


async def test_others_cannot_answer_for_the_author(theatre: Theatre) -> None:
    await dispatched(theatre, corpus.jpeg())
    for word in ("sí", "blur"):
        await theatre.say(MANILA, BEN, word)
        await theatre.play()
    assert files(theatre, MILWAUKEE) == []


@pytest.mark.parametrize("when", ["before", "asked", "sent"])
async def test_a_deleted_picture_is_taken_back(theatre: Theatre, when: str) -> None:
    source = await theatre.attach(MANILA, ANA, corpus.jpeg(), "!dispatch Ganamos.")
    if when != "before":
        await theatre.play()
    if when == "sent":
        await theatre.say(MANILA, ANA, "sí")
        await theatre.play()
        assert len(files(theatre, MILWAUKEE)) == 1
    await theatre.remove(MANILA, ANA, source)
    await theatre.play()
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert files(theatre, MILWAUKEE) == []
    assert await resting(theatre) == set()


async def test_a_voice_message_crosses_once_its_author_agreed(theatre: Theatre) -> None:
    await theatre.attach(MANILA, ANA, corpus.voice(), "!dispatch", kind="m.audio")
    await theatre.play()
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    [data] = files(theatre, MILWAUKEE)
    assert data.startswith(b"OggS")
    assert corpus.PLANTED not in data


async def test_a_text_file_crosses_as_words(theatre: Theatre) -> None:
    await theatre.attach(MANILA, ANA, b"Ganamos.\r\n", "!dispatch", kind="m.file")
    await theatre.play()
    await theatre.play()
    assert "We won." in theatre.read(MILWAUKEE)
    assert files(theatre, MILWAUKEE) == []
    assert await resting(theatre) == set()


async def in_thread(theatre: Theatre, data: bytes, caption: str = "", who: str = DORA) -> str:
    """Somebody sends a file in the thread of Manila's first dispatch."""
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    root = (await theatre.row(MILWAUKEE, "copy")).event_id
    source = await theatre.attach(MILWAUKEE, who, data, caption, thread=root)
    await theatre.play()
    return source


async def test_in_a_thread_a_picture_crosses_after_two_answers(theatre: Theatre) -> None:
    await in_thread(theatre, corpus.webp(), "Good morning")
    root = (await theatre.row(MILWAUKEE, "copy")).event_id
    for _ in range(2):  # people may be recognisable; and it is Dora's first message in a thread
        await theatre.say(MILWAUKEE, DORA, "yes", thread=root)
        await theatre.play()
    [data] = files(theatre, MANILA)
    assert corpus.PLANTED not in data
    ack = await theatre.row(MANILA, "ack")
    [post] = theatre.transport.room(MANILA).attachments.values()
    assert post.thread == ack.event_id
    assert "Buenos días" in theatre.read(MANILA)


async def test_in_a_thread_no_and_deletion_hold(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, "!group set threadconfirm off")
    await in_thread(theatre, corpus.webp(), who=DORA)
    root = (await theatre.row(MILWAUKEE, "copy")).event_id
    await theatre.say(MILWAUKEE, DORA, "no", thread=root)
    again = await theatre.attach(MILWAUKEE, DORA, corpus.gif(5), thread=root)
    await theatre.play()
    await theatre.say(MILWAUKEE, DORA, "yes", thread=root)
    await theatre.play()
    assert len(files(theatre, MANILA)) == 1
    await theatre.remove(MILWAUKEE, DORA, again)
    await theatre.play()
    assert files(theatre, MANILA) == []


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: b"", Refusal.EMPTY),
        (lambda: corpus.claims(60_000, 60_000), Refusal.PIXELS),
        (lambda: b"<html></html>", Refusal.KIND),
        (lambda: b"\xff\xd8\xff\xe0<html></html>", Refusal.BROKEN),
        (lambda: bytes(LARGEST + 1), Refusal.LARGE),
        (lambda: b"%PDF-1.4", Refusal.DOCUMENT),
        (corpus.archive, Refusal.ARCHIVE),
    ],
)
async def test_what_cannot_cross_is_refused_with_a_reason(
    theatre: Theatre, make: Callable[[], bytes], why: Refusal
) -> None:
    await dispatched(theatre, await asyncio.to_thread(make))
    await theatre.send()
    for line in refused(why):
        assert theatre.reads(MANILA, line)
    assert theatre.transport.texts(MILWAUKEE) == []
    assert await resting(theatre) == set()


async def test_a_file_with_a_wrong_hash_or_of_another_size_is_not_opened(theatre: Theatre) -> None:
    await theatre.attach(MANILA, ANA, corpus.jpeg(), "!dispatch Ganamos.")
    [url] = theatre.transport.media
    theatre.transport.media[url] = theatre.transport.media[url][:-10]
    await theatre.play()
    assert theatre.reads(MANILA, refused(Refusal.SPOILT)[0])


async def test_a_file_that_is_not_there_is_refused(theatre: Theatre) -> None:
    await theatre.attach(MANILA, ANA, corpus.jpeg(), "!dispatch Ganamos.")
    theatre.transport.media.clear()
    await theatre.play()
    assert theatre.reads(MANILA, refused(Refusal.GONE)[0])


async def test_a_media_server_that_is_away_is_waited_for(theatre: Theatre) -> None:
    theatre.transport.trouble[""] = away(2)
    await dispatched(theatre, corpus.jpeg())
    assert not theatre.reads(MANILA, RECOGNISABLE)
    for _ in range(3):
        theatre.clock.forward(minutes=1)
        await theatre.play()
    assert theatre.reads(MANILA, RECOGNISABLE)


async def test_a_media_server_that_stays_away_is_given_up_aloud(theatre: Theatre) -> None:
    theatre.transport.trouble[""] = [Unavailable("away") for _ in range(3)]
    await dispatched(theatre, corpus.jpeg())
    theatre.clock.at += clean.GIVE_UP_AFTER + clean.AGAIN
    await theatre.play()
    assert theatre.reads(MANILA, refused(Refusal.AWAY)[0])


async def test_what_was_started_before_a_crash_is_started_again_and_asked_once(theatre: Theatre) -> None:
    await theatre.attach(MANILA, ANA, corpus.jpeg(), "!dispatch Ganamos.")
    [entry] = await theatre.cleaning.pending()
    wanted = entry.payload
    assert wanted is not None
    await theatre.cleaning._found(entry, wanted)  # type: ignore[arg-type]  # it is a Clean
    theatre.start()
    [entry] = await theatre.cleaning.pending()
    await theatre.cleaning.step(entry)
    await theatre.cleaning.step(replace(entry))
    await theatre.send()
    assert (
        len([text for text in theatre.transport.texts(MANILA) if "blur" in text or "difuminar" in text]) == 1
    )
    assert len(await resting(theatre)) == 2


async def test_a_picture_waits_for_approval_like_words(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, "!group set approval one")
    await theatre.say(MANILA, ANA, f"!group set approvers {BEN}")
    await dispatched(theatre, corpus.jpeg())
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert files(theatre, MILWAUKEE) == []
    await theatre.say(MANILA, BEN, "!approve 1")
    await theatre.play()
    assert len(files(theatre, MILWAUKEE)) == 1


async def test_a_video_is_refused_with_what_helps(theatre: Theatre) -> None:
    video = b"\x00\x00\x00\x20ftypmp42" + bytes(100)
    await theatre.attach(MANILA, ANA, video, "!dispatch Ganamos.", kind="m.video")
    await theatre.play()
    for line in refused(Refusal.VIDEO):
        assert theatre.reads(MANILA, line)
