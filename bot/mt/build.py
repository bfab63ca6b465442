"""The translator that a configuration asks for."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.config import Config
from bot.mt.apertium import Apertium
from bot.mt.client import WorkerTranslator
from bot.mt.engine import Engine
from bot.mt.libretranslate import LibreTranslate
from bot.mt.none import NoTranslator


def build(config: Config) -> WorkerTranslator | NoTranslator:
    """The translator with the engines in use, none of them started."""
    translation = config.translation
    if not translation.in_use:
        return NoTranslator()
    outside: list[Engine] = []
    if "apertium" in translation.in_use:
        outside.append(Apertium(translation.apertium))
    if "libretranslate" in translation.in_use:
        outside.append(LibreTranslate(translation.libretranslate, config.libretranslate_key()))
    return WorkerTranslator(
        config.models_dir,
        translation.memory_mb,
        translation.threads,
        order=translation.in_use,
        outside=outside,
    )


def names(config: Config) -> tuple[str, ...]:
    """The engines in use on this machine, as people are told."""
    called = {"argos": "Argos Translate", "apertium": "Apertium"}
    return tuple(called[engine] for engine in config.translation.in_use if engine in called)


def servers(config: Config) -> tuple[str, ...]:
    """The servers that words to be translated go to, as people are told."""
    if "libretranslate" not in config.translation.in_use:
        return ()
    return tuple(dict.fromkeys(urlsplit(url).netloc for url in config.translation.libretranslate))
