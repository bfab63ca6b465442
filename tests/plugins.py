"""Settings of test libraries that are made in code."""

from __future__ import annotations

import os

from hypothesis import settings

# A shared machine is sometimes slow: how long one example takes says nothing. In CI the same examples come
# on every run, so that a red build is about the change; at the desk they vary and find new ones.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
