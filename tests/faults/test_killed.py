"""Writers that are killed while they write."""

from __future__ import annotations

from pathlib import Path

import pytest

from fault_campaign.client import Server
from fault_campaign.jobs import LIES
from fault_campaign.kill import after_acknowledgements, killed_once
from fault_campaign.subjects import OURS

TRIALS = 20


@pytest.mark.parametrize("trial", range(TRIALS))
def test_what_was_acknowledged_is_there(server: Server, tmp_path: Path, trial: int) -> None:
    problem, heard = killed_once(server, tmp_path, OURS, f"killed-{trial}", after_acknowledgements(trial))
    assert problem == "", heard
    assert heard.count >= trial


def test_an_empty_promise_is_noticed(server: Server, tmp_path: Path) -> None:
    problem, heard = killed_once(server, tmp_path, OURS, "lies", after_acknowledgements(9), LIES)
    assert problem == "lost", heard
