"""Files on their way out: uploaded, posted once, erased."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.files import Form, Made, Picture, Sealed
from bot.domain.outgoing import File, Outgoing, RowRef
from bot.sealed import Sealing
from bot.storage import outbox
from tests.fakes import away
from tests.unit.handlers.cast import ANA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre

CALENDAR = File(MANILA, Made("BEGIN:VCALENDAR"), Form("season.ics", "text/calendar"), source="$cause")


async def promise(theatre: Theatre, outgoing: Outgoing) -> None:
    async with theatre.database.tx() as tx:
        await outbox.add(tx, outgoing, "$cause", theatre.clock.now())


async def seal(theatre: Theatre, data: bytes) -> Sealed:
    """A file of the storage folder."""
    return await asyncio.to_thread(_seal, theatre, data)


def _seal(theatre: Theatre, data: bytes) -> Sealed:
    sealing, name = Sealing(), theatre.files.fresh()
    theatre.files.path(name).write_bytes(sealing.add(data))
    return Sealed(name, sealing.cipher, len(data))


def arrived(theatre: Theatre, room_id: str) -> list[tuple[str, bytes]]:
    """Name and bytes of the files that people can open in a room."""
    found = theatre.transport.room(room_id).attachments.values()
    return [(one.form.name, theatre.transport.media[one.file.url]) for one in found]


async def test_a_file_of_the_bot_s_own_making_arrives(theatre: Theatre) -> None:
    await promise(theatre, CALENDAR)
    await theatre.play()
    assert arrived(theatre, MANILA) == [("season.ics", b"BEGIN:VCALENDAR")]
    row = await theatre.row(MANILA, "file")
    assert (row.state, row.payload) == ("sent", None)


async def test_a_sealed_file_arrives_in_clear_and_its_thumbnail_with_it(theatre: Theatre) -> None:
    look = Picture(40, 30, "L0", thumbnail=await seal(theatre, b"small"))
    large = await seal(theatre, b"large" * 200_000)
    await promise(theatre, replace(CALENDAR, content=large, form=Form("picture.jpg", "image/jpeg", look)))
    await theatre.play()
    [(name, data)] = arrived(theatre, MANILA)
    assert (name, data) == ("picture.jpg", b"large" * 200_000)
    [post] = theatre.transport.room(MANILA).attachments.values()
    assert post.thumbnail is not None
    assert theatre.transport.media[post.thumbnail.url] == b"small"


def _spoil(path: Path, how: str) -> None:
    if how == "remove":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + (b"" if how == "cut" else b"?"))


@pytest.mark.parametrize("spoil", ["cut", "change", "remove"])
async def test_a_file_that_is_not_what_was_stored_is_not_sent(theatre: Theatre, spoil: str) -> None:
    sealed = await seal(theatre, b"large" * 1000)
    await asyncio.to_thread(_spoil, theatre.files.path(sealed.name), spoil)
    await promise(theatre, replace(CALENDAR, content=sealed))
    await theatre.play()
    assert arrived(theatre, MANILA) == []
    assert (await theatre.row(MANILA, "file")).state == "failed"


async def test_what_the_server_would_not_take_at_first_is_uploaded_once(theatre: Theatre) -> None:
    theatre.transport.trouble[MANILA] = away(3)
    await promise(theatre, CALENDAR)
    for _ in range(5):
        await theatre.play()
        theatre.clock.forward(minutes=6)
    assert len(arrived(theatre, MANILA)) == len(theatre.transport.media) == 1


async def test_an_upload_that_fails_is_tried_again(theatre: Theatre) -> None:
    theatre.transport.trouble[""] = away(2)
    await promise(theatre, CALENDAR)
    for _ in range(4):
        await theatre.play()
        theatre.clock.forward(minutes=6)
    assert len(arrived(theatre, MANILA)) == 1


async def test_after_a_restart_there_is_still_one_message(theatre: Theatre) -> None:
    theatre.transport.lost[MANILA] = away()
    await promise(theatre, CALENDAR)
    await theatre.play()
    theatre.start()
    theatre.clock.forward(minutes=6)
    await theatre.play()
    assert len(arrived(theatre, MANILA)) == 1
    assert len(theatre.transport.media) == 2  # the first one is noise that nobody has a key for


async def test_a_person_s_file_goes_after_the_words_that_say_whose_it_is_and_not_without(
    theatre: Theatre,
) -> None:
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    file = replace(
        CALENDAR,
        room_id=MILWAUKEE,
        source=source,
        reply_to=RowRef(source, MILWAUKEE, "copy"),
        origin_room=MANILA,
    )
    await promise(theatre, file)
    await promise(theatre, replace(file, what="alone", reply_to=RowRef("$gone", MILWAUKEE, "copy")))
    await theatre.play()
    shown = list(theatre.transport.room(MILWAUKEE).shown)
    copy, row = await theatre.row(MILWAUKEE, "copy"), await theatre.row(MILWAUKEE, "file")
    assert shown.index(copy.event_id or "") < shown.index(row.event_id or "")
    assert theatre.transport.room(MILWAUKEE).attachments[row.event_id or ""].reply_to == copy.event_id
    assert (await theatre.row(MILWAUKEE, "alone")).state == "cancelled"


async def test_a_person_s_file_waits_for_the_end_of_quiet_hours(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, "!group set quiet 21:00-23:00")  # 12:00 UTC is 20:00 in Manila
    await theatre.play()
    theatre.clock.forward(hours=2)
    before = len(arrived(theatre, MANILA))
    await promise(theatre, replace(CALENDAR, origin_room=MILWAUKEE))
    await promise(theatre, replace(CALENDAR, what="urgent", origin_room=MILWAUKEE, urgent=True))
    await promise(theatre, replace(CALENDAR, what="own"))
    await theatre.play()
    assert len(arrived(theatre, MANILA)) == before + 2
    theatre.clock.forward(minutes=61)
    await theatre.play()
    assert len(arrived(theatre, MANILA)) == before + 3


async def test_a_file_of_a_message_that_was_deleted_is_removed_or_never_sent(theatre: Theatre) -> None:
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    file = replace(CALENDAR, room_id=MILWAUKEE, source=source, origin_room=MANILA)
    await promise(theatre, file)
    await theatre.play()
    await promise(theatre, replace(file, what="late"))
    await theatre.remove(MANILA, ANA, source)
    await theatre.play()
    sent = await theatre.row(MILWAUKEE, "file")
    assert sent.event_id not in theatre.transport.room(MILWAUKEE).shown
    assert (await theatre.row(MILWAUKEE, "late")).state == "cancelled"


async def test_a_file_is_erased(theatre: Theatre) -> None:
    kept, gone = await seal(theatre, b"kept"), await seal(theatre, b"gone")
    assert await theatre.files.names() == {kept.name, gone.name}
    await theatre.files.remove(gone.name, "0" * 32)
    assert await asyncio.to_thread(theatre.files.path(kept.name).exists)
    assert not await asyncio.to_thread(theatre.files.path(gone.name).exists)
