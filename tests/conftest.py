"""What all tests share: days begin at midnight in UTC, wherever they run; and those that take long begin first."""

from __future__ import annotations

import gc
import os
import time
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

os.environ["TZ"] = "UTC"
if hasattr(time, "tzset"):
    time.tzset()

settings.register_profile("exploring", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", settings.get_profile("exploring"), derandomize=True, database=None)
settings.load_profile("steady")  # the same examples in every run; `--hypothesis-profile exploring` looks for others

LONG: Final = ("hostile", "pty", "faults", "snapshots", "cli", "tui")
"""The folders whose tests take longest, the slowest ones first."""
GARBAGE: Final = (50_000, 10, 10)
"""For `gc.set_threshold`: an app makes some hundred thousand objects."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long before the others, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: LONG.index(item.path.parent.name) if item.path.parent.name in LONG else len(LONG))


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never in what stays until the end: it was a third of the time of each app."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)
