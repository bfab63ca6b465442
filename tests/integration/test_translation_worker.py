"""The real worker process with the real phrasebook models, seen from the bot and from outside."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from bot.domain.rendering import Flag
from bot.mt.client import WorkerTranslator
from bot.mt.none import NoTranslator
from bot.mt.packages import import_file
from bot.pipeline.ports import NoModel, TranslatorDown
from tests.phrasebook import fixtures
from tests.unit.pipeline.theatre import until

pytestmark = pytest.mark.usefixtures("no_network")

WON, GANAMOS = "We won the hearing.", "Ganamos la audiencia."


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fixtures.phrasebook(tmp_path_factory.mktemp("storage") / "models")


@asynccontextmanager
async def running(
    models_dir: Path, *, seconds: float = 20.0, pauses: tuple[float, ...] = (0.0,), cap: int = 500
) -> AsyncIterator[WorkerTranslator]:
    translator = WorkerTranslator(models_dir, cap, timeout=seconds, pauses=pauses)
    await translator.start()
    try:
        yield translator
    finally:
        await translator.close()


async def spanish(translator: WorkerTranslator, text: str) -> str:
    [translation] = await translator.translate([text], "en", "es")
    return translation.text


def process(translator: WorkerTranslator) -> psutil.Process:
    assert translator.pid is not None
    return psutil.Process(translator.pid)


async def test_whole_messages_cross_in_both_directions(models: Path) -> None:
    async with running(models) as translator:
        assert await translator.pairs() == {("en", "es"), ("es", "en")}
        there = await translator.translate([WON, f"{WON} The zebra sleeps.", ""], "en", "es")
        back = await translator.translate([GANAMOS], "es", "en")
    assert [one.text for one in there] == [GANAMOS, f"{GANAMOS} The zebra sleeps.", ""]
    assert [segment.flags for segment in there[1].segments] == [(), (Flag.UNKNOWN,)]
    assert back[0].text == WON
    assert back[0].via is None


async def test_without_a_model_there_is_no_way_and_no_worker_is_bothered(
    models: Path, tmp_path: Path
) -> None:
    async with running(models) as translator:
        with pytest.raises(NoModel):
            await translator.translate([WON], "en", "fr")
        with pytest.raises(NoModel):
            await translator.translate([WON], "en", "nonsense")
    async with running(tmp_path / "nothing-yet") as translator:
        assert await translator.pairs() == frozenset()
        with pytest.raises(NoModel):
            await translator.translate([WON], "en", "es")


async def test_the_same_language_needs_no_translation(models: Path) -> None:
    translator = WorkerTranslator(models, 500)
    [translation] = await translator.translate(["Hello."], "en", "en")
    assert (translation.text, translation.segments) == ("Hello.", ())
    assert translator.pid is None


async def test_a_model_imported_while_the_worker_runs_is_used(tmp_path: Path) -> None:
    async with running(tmp_path / "models") as translator:
        with pytest.raises(NoModel):
            await translator.translate([WON], "en", "es")
        await asyncio.to_thread(fixtures.phrasebook, tmp_path / "models")
        assert await spanish(translator, WON) == GANAMOS


async def test_many_callers_at_once_each_get_their_own(models: Path) -> None:
    async with running(models) as translator:
        texts = [f"{number} families stay." for number in range(2, 200)]
        results = await asyncio.gather(*(spanish(translator, text) for text in texts))
        assert results == [f"{number} familias se quedan." for number in range(2, 200)]


async def test_a_caller_that_gives_up_disturbs_nobody(models: Path) -> None:
    async with running(models) as translator:
        first = asyncio.create_task(spanish(translator, "We won!"))
        second = asyncio.create_task(spanish(translator, WON))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == GANAMOS


async def killed_while_translating(translator: WorkerTranslator) -> asyncio.Task[str]:
    """A translation whose worker has died under it."""
    worker = process(translator)
    worker.suspend()
    waiting = asyncio.create_task(spanish(translator, WON))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    worker.kill()
    return waiting


async def test_a_worker_killed_in_mid_translation_is_replaced_and_what_it_had_is_tried_again(
    models: Path,
) -> None:
    async with running(models) as translator:
        first = translator.pid
        waiting = await killed_while_translating(translator)
        assert await waiting == GANAMOS
        assert translator.pid not in (None, first)


async def test_a_text_under_which_the_worker_dies_twice_is_given_up(models: Path) -> None:
    async with running(models) as translator:
        waiting = await killed_while_translating(translator)
        first = translator.pid
        await until(lambda: translator.pid not in (None, first))
        process(translator).kill()
        with pytest.raises(TranslatorDown):
            await waiting
        assert await spanish(translator, WON) == GANAMOS


async def test_a_worker_that_dies_between_translations_costs_nobody_an_answer(models: Path) -> None:
    async with running(models) as translator:
        worker = process(translator)
        worker.kill()
        await asyncio.to_thread(worker.wait)
        while translator.pid == worker.pid:  # noqa: ASYNC110 - the worker's end is no event of ours
            await asyncio.sleep(0.01)
        assert await spanish(translator, WON) == GANAMOS


async def test_killed_at_any_moment_of_its_life_it_is_replaced(models: Path) -> None:
    """While it starts, reads, loads a model, decodes, answers."""
    async with running(models) as translator:
        for number in (0, 1, 3, 5, 7):
            waiting = asyncio.create_task(spanish(translator, f"{WON} {number} families stay. " * 20))
            await asyncio.sleep(0.02 * number * number)
            if translator.pid is not None:
                process(translator).kill()
            done = await asyncio.gather(waiting, return_exceptions=True)
            assert isinstance(done[0], TranslatorDown) or str(done[0]).startswith(GANAMOS)
            assert await spanish(translator, WON) == GANAMOS


async def test_a_worker_that_hangs_is_killed_when_its_time_is_over(models: Path) -> None:
    async with running(models, seconds=8.0) as translator:
        worker = process(translator)
        worker.suspend()
        began = time.monotonic()
        with pytest.raises(TranslatorDown):
            await spanish(translator, WON)
        assert time.monotonic() - began < 30
        assert not worker.is_running()
        assert await spanish(translator, WON) == GANAMOS


async def test_signals_to_the_whole_group_leave_the_worker_to_the_bot(models: Path) -> None:
    async with running(models) as translator:
        worker = process(translator)
        worker.send_signal(signal.SIGINT)
        worker.send_signal(signal.SIGTERM)
        assert await spanish(translator, WON) == GANAMOS
        assert translator.pid == worker.pid
    assert not worker.is_running()


async def test_after_failures_the_next_start_waits_and_callers_are_told_at_once(models: Path) -> None:
    async with running(models, pauses=(1.5,)) as translator:
        waiting = await killed_while_translating(translator)
        with pytest.raises(TranslatorDown):
            await waiting
        began = time.monotonic()
        with pytest.raises(TranslatorDown):
            await spanish(translator, WON)
        assert time.monotonic() - began < 1.0
        await asyncio.sleep(1.6)
        assert await spanish(translator, WON) == GANAMOS


async def test_a_start_that_fails_does_not_stop_the_bot(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    translator = WorkerTranslator(models, 500, pauses=(0.0,))
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/bin/false")
        await translator.start()
        with pytest.raises(TranslatorDown):
            await spanish(translator, WON)
    assert await spanish(translator, WON) == GANAMOS
    await translator.close()


async def test_closing_ends_the_worker_and_tells_those_who_wait(models: Path) -> None:
    async with running(models) as translator:
        worker = process(translator)
        worker.suspend()
        waiting = asyncio.create_task(spanish(translator, WON))
        await asyncio.sleep(0.1)
        await translator.close()
        with pytest.raises(TranslatorDown):
            await waiting
        with pytest.raises(TranslatorDown):
            await spanish(translator, WON)
        assert not worker.is_running()


async def test_above_its_memory_cap_the_worker_is_started_anew(models: Path) -> None:
    async with running(models, cap=1) as translator:
        first = translator.pid
        assert await spanish(translator, WON) == GANAMOS
        assert await spanish(translator, "We won!") == "¡Ganamos!"
        second = translator.pid
        assert second != first
        assert await spanish(translator, WON) == GANAMOS
        assert translator.pid == second, "not at every message"


async def test_a_truncated_model_is_refused_and_an_import_repairs_it(tmp_path: Path) -> None:
    models = await asyncio.to_thread(fixtures.phrasebook, tmp_path / "models")
    model = models / "translate-en_es-0_1" / "model" / "model.bin"
    content = model.read_bytes()
    model.write_bytes(content[: len(content) // 2])
    async with running(models) as translator:
        with pytest.raises(NoModel):
            await spanish(translator, WON)
        await asyncio.to_thread(import_file, models, fixtures.PHRASEBOOK[0])
        assert await spanish(translator, WON) == GANAMOS


async def test_the_worker_has_no_socket_no_network_and_only_what_it_needs(models: Path) -> None:
    async with running(models) as translator:
        await spanish(translator, WON)
        worker = process(translator)
        maps = {Path(each.path).name for each in worker.memory_maps()}
        namespace = Path(f"/proc/{translator.pid}/ns/net").readlink()
        assert worker.net_connections("all") == []
        assert not [name for name in maps if "onnx" in name or "torch" in name]
        assert [name for name in maps if "ctranslate2" in name]
        assert translator.isolated is (namespace != Path("/proc/self/ns/net").readlink())
        assert worker.memory_info().rss < 150_000_000


async def test_the_worker_inherits_no_secrets(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINLINE_SECRET", "hush")
    async with running(models) as translator:
        environment = process(translator).environ()
    assert "TWINLINE_SECRET" not in environment
    assert environment["ORT_DISABLE_TELEMETRY"] == "1"


async def test_the_worker_ends_with_the_bot(models: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from bot.mt.client import WorkerTranslator\n"
        "async def main():\n"
        "    translator = WorkerTranslator(Path(sys.argv[1]), 500)\n"
        "    await translator.start()\n"
        "    print(translator.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(models), stdout=asyncio.subprocess.PIPE, cwd=Path.cwd()
    )
    assert bot.stdout is not None
    worker = psutil.Process(int(await bot.stdout.readline()))
    bot.send_signal(signal.SIGKILL)
    await bot.wait()
    await asyncio.to_thread(worker.wait, 10)
    assert not worker.is_running()


SOCKETS = """
import socket, sys
from bot.mt import isolation
isolation.refuse_sockets()
tries = [
    lambda: socket.socket(),
    lambda: socket.socketpair(),
    lambda: socket.getaddrinfo("localhost", 80),
    lambda: socket.gethostbyname("localhost"),
    lambda: socket.create_connection(("127.0.0.1", 80)),
]
for attempt in tries:
    try:
        attempt()
    except isolation.NetworkRefused:
        continue
    sys.exit("a socket was opened")
"""


def test_python_code_in_the_worker_is_refused_every_socket() -> None:
    done = subprocess.run([sys.executable, "-c", SOCKETS], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


NAMESPACE = """
import os
from bot.mt import isolation
before = os.readlink("/proc/self/ns/net")
left = isolation.leave_network()
assert left == (os.readlink("/proc/self/ns/net") != before)
devices = [line.split(":")[0].strip() for line in open("/proc/self/net/dev") if ":" in line]
assert not left or devices == ["lo"], devices
"""


def test_an_own_network_namespace_holds_nothing_but_a_silent_loopback() -> None:
    done = subprocess.run([sys.executable, "-c", NAMESPACE], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "MARKED no json at all",
        json.dumps({"id": 1, "source": "en", "target": "es", "texts": [{"MARKED": 1}]}),
        json.dumps({"id": 1, "source": "MARKED", "texts": ["MARKED"]}),
        json.dumps({"MARKED": 1}),
    ],
)
def test_what_the_worker_says_of_an_error_names_no_text(line: str, models: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot.mt.worker", str(models), "500", "1", "argos"],
        input=line + "\n",
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == "" or done.stderr.startswith("mt: ")
    assert "MARKED" not in done.stderr + done.stdout


async def test_no_text_reaches_the_log(models: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with running(models, seconds=2.0) as translator:
        await translator.translate(["MARKED zebra. We won!"], "en", "es")
        process(translator).suspend()
        with pytest.raises(TranslatorDown):
            await translator.translate(["MARKED again"], "en", "es")
    assert "translation worker stopped" in caplog.text
    assert "MARKED" not in caplog.text


async def test_without_an_engine_everything_crosses_untranslated() -> None:
    translator = NoTranslator()
    await translator.start()
    assert await translator.pairs() == frozenset()
    with pytest.raises(NoModel):
        await translator.translate([WON], "en", "es")
    assert (await translator.translate([WON], "en", "en"))[0].text == WON
    await translator.close()
