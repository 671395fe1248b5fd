"""Senders that are killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fault_campaign.client import Running, Server
from fault_campaign.sending_jobs import RESENDS
from fault_campaign.sends import BULK, SCHEDULED, SENDING, TIMED, WAYS, Way, sent_and_killed
from fault_campaign.table import control, ours

TEXTS = [f"message {number}" for number in range(6)]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.job)
@pytest.mark.parametrize("acknowledged", range(0, len(TEXTS), 2))
def test_nothing_is_sent_twice_or_lost(server: Server, tmp_path: Path, acknowledged: int, way: Way) -> None:
    def when(child: Running) -> None:
        for _ in range(acknowledged):
            child.line()

    figures = ours("killed while sending")
    sent_and_killed(server, tmp_path, TEXTS, when, figures, way=way)
    assert figures.bad_trials == 0, figures.details
    assert figures.trials >= acknowledged


@pytest.mark.parametrize(
    ("way", "dies"),
    [
        *((SENDING, number) for hand_over in range(1, 7) for number in (-hand_over, hand_over)),
        *((way, number) for way in (SCHEDULED, BULK) for hand_over in (1, 3, 6) for number in (-hand_over, hand_over)),
        *((TIMED, number) for hand_over in (1, 7, 8) for number in (-hand_over, hand_over)),
    ],
    ids=str,
)
def test_a_hand_over_is_not_repeated(server: Server, tmp_path: Path, way: Way, dies: int) -> None:
    figures = ours("killed beside a hand-over")
    sent_and_killed(server, tmp_path, TEXTS, dies, figures, way=way)
    assert figures.bad_trials == 0, figures.details


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.job)
def test_sending_again_is_noticed(server: Server, tmp_path: Path, way: Way) -> None:
    figures = control("killed while sending", RESENDS)
    for trial in range(40):
        folder = tmp_path / str(trial)
        folder.mkdir()
        sent_and_killed(server, folder, TEXTS, 1 + trial % 4, figures, RESENDS, way)
        if figures.bad["sent twice"]:
            return
    raise AssertionError("nothing was noticed")
