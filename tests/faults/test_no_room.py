"""No room for what is written."""

from __future__ import annotations

from pathlib import Path

from fault_campaign import layout
from fault_campaign.client import Server
from fault_campaign.obstacles import Scene, limited
from fault_campaign.subjects import OURS, PLAIN
from fault_campaign.table import control, ours


def test_a_file_that_may_not_grow_stays_whole(server: Server, tmp_path: Path) -> None:
    figures = ours("limit")
    Scene(server, tmp_path / layout.DATABASE, OURS, figures).play(limited)
    assert figures.bad_trials == 0, figures.details
    assert figures.info["told"] > 0


def test_a_file_written_in_place_is_found_broken(server: Server, tmp_path: Path) -> None:
    figures = control("limit", PLAIN)
    Scene(server, tmp_path / layout.DATABASE, PLAIN, figures).play(limited)
    assert figures.bad["unreadable"] > 0
