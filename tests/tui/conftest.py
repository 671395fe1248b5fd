"""What the tests of screens share."""

from __future__ import annotations

import pytest

from tests.tui.harness import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()
