"""The pins are those of what uv resolves: every package of every group, and the hosts' file with digests."""

from __future__ import annotations

import re

import pytest

from tests.tools import lock


@pytest.fixture(scope="module")
def resolution() -> lock.Resolution:
    """What `uv run`, which starts the tests, has resolved."""
    return lock.Resolution()


def test_every_package_of_every_group_is_pinned(resolution: lock.Resolution) -> None:
    assert lock.constraints() == set(resolution.everything()), "run: poe lock"


def test_hosts_install_what_was_resolved(resolution: lock.Resolution) -> None:
    assert set(lock.digests(lock.REQUIREMENTS.read_text())) == set(resolution.base()), "run: poe lock"


def test_every_package_for_hosts_has_digests_of_its_own_files(resolution: lock.Resolution) -> None:
    known = resolution.base()
    for pin, digests in lock.digests(lock.REQUIREMENTS.read_text()).items():
        assert digests, pin
        assert digests <= known[pin], pin  # a release may gain files later


def test_no_address_is_in_the_pins() -> None:
    for path in (lock.PROJECT, lock.REQUIREMENTS):
        assert not re.search(
            r"https?://|--(extra-)?index|--find-links|^#.*/", path.read_text(), re.MULTILINE
        ), path


@pytest.mark.parametrize("name", ["torch", "stanza", "spacy", "minisbd", "onnxruntime"])
def test_nothing_pulls_in_the_giants(resolution: lock.Resolution, name: str) -> None:
    assert name not in {package for package, _ in resolution.everything()}


def test_development_tools_are_not_for_hosts(resolution: lock.Resolution) -> None:
    assert not {"matrix-synapse", "pytest", "ruff", "rich"} & {package for package, _ in resolution.base()}


def test_pins_are_read_with_and_without_markers() -> None:
    lines = [
        "numpy==2.4.6 ; python_full_version < '3.12'",
        "Babel==2.18.0 \\",
        "    --hash=sha256:00",
        "# note",
    ]
    assert lock.pins(lines) == {("numpy", "2.4.6"), ("babel", "2.18.0")}
