from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from fault_campaign.client import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if sys.platform != "linux":
        pytest.skip("these faults are made with what only Linux has")
    with Server() as running:
        yield running
