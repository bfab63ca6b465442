"""Real engines for the unit tests: copying models and the phrasebook."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.mt import worker
from tests.phrasebook import fixtures

_OF_SERVERS = "test_libretranslate.py"
"""Talks to servers on loopback, as its engine does to those of the host."""


@pytest.fixture(autouse=True)
def _sealed(request: pytest.FixtureRequest) -> None:
    if request.path.name != _OF_SERVERS:
        request.getfixturevalue("no_network")


@pytest.fixture(scope="session", autouse=True)
def engine_surroundings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the folders that the engine's libraries make out of the home folder."""
    before = dict(os.environ)
    worker.surround(tmp_path_factory.mktemp("surroundings"))
    import argostranslate.package  # noqa: F401 - it makes its folders on import, where we point it now

    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def phrasebook_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fixtures.phrasebook(tmp_path_factory.mktemp("phrasebook") / "models")


@pytest.fixture(scope="session")
def copying_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """en ↔ es, and en → fr, with two phrases that are translated."""
    return fixtures.copying(
        tmp_path_factory.mktemp("copying") / "models",
        ("en", "es"),
        ("es", "en"),
        ("en", "fr"),
        phrases={"We won": "Ganamos", "the hearing": "la audiencia"},
    )
