"""Whose devices cannot read the bot is remembered for each room, and shown by `!status`."""

from __future__ import annotations

from bot.domain.incoming import Batch, IdentityChanged
from tests.fakes import away
from tests.unit.handlers.cast import CARL, DORA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre

CANNOT = "a device that cannot read me"


async def _status(theatre: Theatre, room_id: str = MILWAUKEE, person: str = CARL) -> str:
    theatre.transport.room(room_id).shown.clear()
    await theatre.say(room_id, person, "!status")
    await theatre.play()
    return theatre.read(room_id)


async def test_the_status_names_them_until_they_can_read(theatre: Theatre) -> None:
    assert CANNOT not in await _status(theatre)
    theatre.transport.unreadable = (f"{DORA}/OLD", f"{DORA}/OLDER", f"{CARL}/A/B", "@gone:here.example/X")
    await _status(theatre)
    status = await _status(theatre)
    assert f"{CARL} and {DORA}." in status
    assert CANNOT in status
    assert "@gone" not in status
    theatre.transport.unreadable = ()
    await _status(theatre)
    assert CANNOT not in await _status(theatre)


async def test_each_room_has_its_own(theatre: Theatre) -> None:
    theatre.transport.unreadable = (f"{DORA}/OLD",)
    await _status(theatre)
    theatre.transport.unreadable = ()
    assert DORA not in await _status(theatre, MANILA, "@ana:here.example")
    assert DORA in await _status(theatre)


async def test_a_new_process_forgets_those_who_can_read_meanwhile(theatre: Theatre) -> None:
    theatre.transport.unreadable = (f"{DORA}/OLD",)
    await _status(theatre)
    theatre.transport.unreadable = ()
    theatre.start()
    await _status(theatre)
    assert CANNOT not in await _status(theatre)


async def test_a_confirmed_identity_is_pinned_by_the_session_also_after_trouble(theatre: Theatre) -> None:
    await theatre.receiver.batch(Batch("c", (IdentityChanged("identity:1", DORA),)))
    await theatre.say(MILWAUKEE, CARL, "!trust dora")
    theatre.transport.trouble[""] = away()
    await theatre.play()
    assert theatre.transport.acknowledged == []
    theatre.clock.forward(minutes=1)
    await theatre.play()
    assert theatre.transport.acknowledged == [(DORA, "identity:1")]
