"""Several processes that write one database while others follow."""

from __future__ import annotations

from pathlib import Path

from fault_campaign import layout
from fault_campaign.client import Server
from fault_campaign.crowd import WRITERS, gather
from fault_campaign.subjects import OURS
from fault_campaign.table import control, ours

COUNT = 25


def test_nobody_loses_a_write_or_sees_half_of_one(server: Server, tmp_path: Path) -> None:
    figures = ours("crowd")
    gather(server, tmp_path / layout.DATABASE, OURS, COUNT, figures)
    assert figures.bad_trials == 0, figures.details
    assert figures.info["batches acknowledged"] == WRITERS * COUNT


def test_without_the_lock_losses_are_noticed(server: Server, tmp_path: Path) -> None:
    figures = control("crowd", "without the lock")
    gather(server, tmp_path / layout.DATABASE, OURS, COUNT, figures, "no lock")
    assert figures.bad_trials > 0
