"""`twinline translate --from es --to en`: one message from standard input, and all that happens to it.

For trying out engines and for reports of bugs. Exit code 1 when it could not be translated.
"""

from __future__ import annotations

import asyncio
import io
import sys
import time
from typing import Any

from bot.config import Config, ConfigError
from bot.domain.languages import find
from bot.mt.build import build
from bot.mt.none import NoTranslator
from bot.mt.spans import spans
from bot.pipeline.ports import NoModel, Segment, Translation, TranslatorDown


def run(config: Config, source: str, target: str) -> int:
    """Translate standard input; returns the exit code."""
    codes = []
    for option, typed in (("--from", source), ("--to", target)):
        tongue = find(typed)
        if tongue is None:
            raise ConfigError(f"{option}: {typed!r} is no language that Twinline knows.")
        codes.append(tongue.code)
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):  # whatever the locale says of bytes that are no text
            stream.reconfigure(encoding="utf-8", errors="replace")
    text = sys.stdin.read().removesuffix("\n")
    return asyncio.run(_translate(config, text, codes[0], codes[1]))


async def _translate(config: Config, text: str, source: str, target: str) -> int:
    translator = build(config)
    try:
        if isinstance(translator, NoTranslator):
            raise NoModel
        await translator.start()
        began = time.perf_counter()
        [(found, trace)] = await translator.explain([text], source, target)
        took = time.perf_counter() - began
        began = time.perf_counter()
        await translator.translate([text], source, target)
        again = time.perf_counter() - began
    except NoModel:
        print(f"Nothing that is installed leads from {source} to {target}.", file=sys.stderr)
        return 1
    except TranslatorDown as error:
        print(f"The translator does not answer: {error}.", file=sys.stderr)
        return 1
    finally:
        await translator.close()
    for line in _told(found, trace):
        print(line)
    print(f"\n{found.text}\n\n{took * 1000:.1f} ms, models loaded; again, from memory, {again * 1000:.1f} ms")
    return 0


def _told(found: Translation, trace: list[dict[str, Any]]) -> list[str]:
    """What happened to each sentence."""
    lines = []
    if found.language is not None:
        lines.append(f"The text is in {found.language} already.")
    if found.via is not None:
        lines.append(f"By way of {found.via}.")
    tried: dict[str, list[dict[str, Any]]] = {}
    for one in trace:
        tried.setdefault(one["sentence"], []).append(one)
    for number, segment in enumerate(found.segments, start=1):
        lines += ["", f"{number}. {segment.source}"]
        protected = [
            f"{span.kind} {segment.source[span.start : span.end]!r}" for span in spans(segment.source)
        ]
        lines += [f"   spans: {', '.join(protected)}"] if protected else []
        for one in tried.pop(segment.source, []):
            lines += _tries(one)
        lines.append(f"   = {_result(segment)}")
    for sentence, others in tried.items():  # what stood between two hops
        lines += ["", f"   {sentence}", *(line for one in others for line in _tries(one))]
    return lines


def _tries(one: dict[str, Any]) -> list[str]:
    lines = []
    for attempt in one["tries"]:
        for text, hypotheses in zip(attempt["texts"], attempt["hypotheses"], strict=True):
            lines.append(f"   {one['engine']} < {text}")
            lines += [f"   {' ' * len(one['engine'])} > {hypothesis}" for hypothesis in hypotheses]
    return lines


def _result(segment: Segment) -> str:
    text = "stands as it was written" if segment.target is None else segment.target
    return f"{text}  ⚠ {', '.join(segment.flags)}" if segment.flags else text
