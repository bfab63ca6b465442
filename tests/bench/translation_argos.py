"""Argos's own API, timed in a process of its own: `python translation_argos.py PACKAGES TEXTS`.

PACKAGES is a folder of unpacked packages, TEXTS a JSON list of messages. Prints the seconds that their
translation took, one message after the other, as the API is used. Its sentence splitter, which would fetch a
file, is replaced by one that splits nothing, which is what the messages need.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import types
from pathlib import Path


class _Whole:
    """A splitter for messages of one sentence."""

    def __init__(self, package: object) -> None:
        """Needs nothing of the package."""

    def split_sentences(self, text: str) -> list[str]:
        return [text]


def main(packages: str, texts: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = scratch
        os.environ["ARGOS_PACKAGES_DIR"] = packages
        sys.modules["minisbd"] = fetching = types.ModuleType("minisbd")  # what would fetch a file
        fetching.__dict__.update(SBDetect=_Whole, models=types.SimpleNamespace())
        from argostranslate import translate

        for name in ("StanzaSentencizer", "SpacySentencizerSmall", "MiniSBDSentencizer"):
            setattr(translate, name, _Whole)
        messages = json.loads(Path(texts).read_text(encoding="utf-8"))
        languages = {language.code: language for language in translate.get_installed_languages()}
        own = languages["en"].get_translation(languages["es"])
        own.translate(messages[0])  # loads the model
        began = time.perf_counter()
        for message in messages[1:]:
            own.translate(message)
        took = time.perf_counter() - began
    print(json.dumps({"seconds": took, "messages": len(messages) - 1}))


if __name__ == "__main__":
    main(*sys.argv[1:])
