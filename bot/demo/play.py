"""Plays the demonstration: stage, chapters, summary."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import signal
import tempfile
import time
from pathlib import Path

from bot.demo.api import ApiError
from bot.demo.board import NOTICE, choose
from bot.demo.bot_process import BotFailed
from bot.demo.chapters import Chapter
from bot.demo.ledger import Check
from bot.demo.setting import stage_in, twin
from bot.demo.stage import JOINT_NAME, Stage
from bot.demo.synapse import SynapseError
from bot.log import Plain

log = logging.getLogger(__name__)

_GUEST_PASSWORD = "join the demonstration"
_STEWARD = 50
_FIRST_TRY = """Both accounts are stewards of their group. For a first try:
  1. As you-en, accept the invitation to “{manila}” and type there: !help
  2. Then type: !dispatch We won the hearing. 40 families stay.
  3. As you-es, read it in “{oaxaca}”, and answer in its thread: Cuenten con nosotros.
     The bot asks once before that crosses; answer there: sí"""
_STOPPED = 130
_DOUBLES = 2.0  # seconds in which a second copy would show
_SETTLING = 8.0  # seconds for edits that are still on their way


def run(chapters: list[Chapter], *, keep: bool) -> int:
    """Play these chapters and print the summary. 0: all is well, 1: something failed, 130: stopped."""
    folder = Path(tempfile.mkdtemp(prefix="twinline-demo-"))
    logging.basicConfig(filename=folder / "people.log", level=logging.WARNING)
    code = 1
    try:
        code = asyncio.run(_until_stopped(folder, chapters, keep=keep))
    except KeyboardInterrupt:
        code = _STOPPED
    finally:
        if code == 1:
            print(f"Logs and data are left in {folder}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    if code == _STOPPED:
        print("Stopped; nothing is left running.")
    return code


async def _until_stopped(folder: Path, chapters: list[Chapter], *, keep: bool) -> int:
    """Play, and stop in order on Ctrl-C and on SIGTERM."""
    playing = asyncio.create_task(_play(folder, chapters, keep=keep), name="demonstration")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, playing.cancel)
    try:
        return await playing
    except asyncio.CancelledError:
        return _STOPPED


async def _play(folder: Path, chapters: list[Chapter], *, keep: bool) -> int:
    began = time.monotonic()
    board = choose()
    try:
        async with contextlib.AsyncExitStack() as stack:
            async with board.show():
                stage = await stack.enter_async_context(stage_in(folder, board))
                checks = await _perform(stage, chapters)
            code = _conclude(stage, checks, time.monotonic() - began)
            if keep:
                await _stay(stage)
            return code
    except (SynapseError, BotFailed, ApiError, TimeoutError) as error:
        print(f"The demonstration failed: {error}")
        return 1


async def _perform(stage: Stage, chapters: list[Chapter]) -> list[Check]:
    await twin(stage)
    for chapter in chapters:
        stage.board.say(f"— {chapter.title} —")
        try:
            await chapter.play(stage)
        except (TimeoutError, BotFailed, ApiError) as error:
            log.warning("chapter %s failed", Plain(chapter.name), exc_info=error)
            stage.ledger.failures.append(f"chapter {chapter.name}: {error}")
            stage.board.say(f"chapter {chapter.name} failed")
            if not stage.bot.running:
                await stage.bot.start()
    await asyncio.sleep(_DOUBLES)
    return await _settled(stage)


async def _settled(stage: Stage) -> list[Check]:
    """The verdict, as soon as it is good, or after a while."""
    until = time.monotonic() + _SETTLING
    while True:
        checks = stage.ledger.verdict(stage.people, stage.server)
        if all(check.good for check in checks) or time.monotonic() > until:
            return checks
        await asyncio.sleep(0.5)


def _conclude(stage: Stage, checks: list[Check], took: float) -> int:
    """Print the summary; the exit code."""
    print("\nWhat the people’s clients decrypted:")
    for check in checks:
        print(f"  {'✔' if check.good else '✘'} {check.text}")
    print(f"  from sending to reading: {stage.ledger.latencies()}")
    print(f"  {NOTICE}")
    good = all(check.good for check in checks)
    print(f"{'All is well' if good else 'FAILED'} after {took:.0f} s.")
    if not good:
        print(f"The end of the bot’s log:\n{stage.bot.process.last_lines()}")
    return 0 if good else 1


async def _stay(stage: Stage) -> None:
    """Invite two guests, stewards of their groups, and leave everything running until somebody ends it."""
    told = [
        "\nEverything goes on running. Log in with any Matrix client on this machine, Element Desktop say:",
        f"  homeserver  {stage.server.url}",
    ]
    for user, group in {"you-en": stage.manila, "you-es": stage.oaxaca}.items():
        guest = await stage.server.register(user, _GUEST_PASSWORD)
        rooms = [(group.name, group.room, group.steward)]
        if stage.joint_room:
            rooms.append((JOINT_NAME, stage.joint_room, stage.manila.steward))
        for _, room, steward in rooms:
            await steward.set_level(room, guest.user_id, _STEWARD)
            await steward.invite(room, guest.user_id)
        names = " and ".join(f"“{name}”" for name, _, _ in rooms)
        told.append(f"  account     {user}, password “{_GUEST_PASSWORD}”, invited to {names}")
    told.append(_FIRST_TRY.format(manila=stage.manila.name, oaxaca=stage.oaxaca.name))
    if stage.joint_room:
        told.append(
            f"  4. In “{JOINT_NAME}” write without a command: messages are translated in their threads."
        )
    print("\n".join([*told, "Ctrl-C stops all of it."]), flush=True)
    await asyncio.Event().wait()
