"""What the pipeline relies on in a Transport that carries files."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.domain.files import Form, Picture, Remote
from bot.domain.post import Attachment
from bot.pipeline.ports import Refused, Sent, TooLarge
from tests.contract.conftest import World

CALENDAR = Form("season.ics", "text/calendar")


async def _pieces(*found: bytes) -> AsyncIterator[bytes]:
    for piece in found:
        yield piece


async def _uploaded(world: World, *pieces: bytes) -> Remote:
    return await world.transport.upload(_pieces(*pieces), sum(map(len, pieces)))


async def _send(world: World, room_id: str, file: Remote, txn: str, form: Form = CALENDAR) -> Sent:
    return await world.transport.send(room_id, Attachment(file, form), f"txn-{txn}", f"marker-{txn}")


async def test_a_file_arrives_as_it_was_given(world: World) -> None:
    room = await world.room()
    file = await _uploaded(world, b"BEGIN:", b"", b"VCALENDAR" * 50_000)
    await _send(world, room, file, "whole")
    [(_, data)] = await world.opens(room, "season.ics")
    assert data == b"BEGIN:" + b"VCALENDAR" * 50_000
    assert file.size == len(data)


async def test_every_upload_is_a_file_of_its_own_with_a_key_of_its_own(world: World) -> None:
    one, other = await _uploaded(world, b"the same"), await _uploaded(world, b"the same")
    assert one.url != other.url
    assert one.cipher.key != other.cipher.key


async def test_the_same_transaction_is_one_message_though_it_was_uploaded_again(world: World) -> None:
    room = await world.room()
    first = await _send(world, room, await _uploaded(world, b"first"), "once")
    again = await _send(world, room, await _uploaded(world, b"again"), "once")
    assert first.event_id == again.event_id
    assert [data for _, data in await world.opens(room, "season.ics")] == [b"first"]


async def test_a_picture_with_a_thumbnail_arrives(world: World) -> None:
    room = await world.room()
    form = Form("picture.png", "image/png", Picture(4, 3, "L0", thumbnail_width=2, thumbnail_height=1))
    small = await _uploaded(world, b"small")
    picture = Attachment(await _uploaded(world, b"large"), form, small)
    await world.transport.send(room, picture, "txn-picture", "marker-picture")
    [(_, data)] = await world.opens(room, "picture.png")
    assert data == b"large"


async def test_no_file_is_sent_into_a_room_that_is_not_encrypted(world: World) -> None:
    room = await world.room(encrypted=False)
    file = await _uploaded(world, b"secret")
    with pytest.raises(Refused):
        await _send(world, room, file, "clear")


async def _downloaded(world: World, url: str, limit: int) -> bytes:
    return b"".join([piece async for piece in world.transport.download(url, limit)])


async def test_what_lies_on_the_server_comes_back_as_it_lies_there(world: World) -> None:
    file = await _uploaded(world, b"one", b"two" * 100_000)
    found = await _downloaded(world, file.url, file.size)
    assert len(found) == file.size == 300_003


async def test_no_more_is_taken_than_was_asked_for(world: World) -> None:
    file = await _uploaded(world, b"two" * 100_000)
    with pytest.raises(TooLarge):
        await _downloaded(world, file.url, file.size - 1)


async def test_a_file_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(Refused):
        await _downloaded(world, "mxc://test.localhost/nothingthere", 1000)
