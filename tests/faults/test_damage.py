"""Files that were cut off, altered, or never ours."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from fault_campaign import layout
from fault_campaign.damage import CROWD, CUT, FLIPPED, ODD, Altered, Sample, cut, flip, odd, sample
from fault_campaign.subjects import OURS, PLAIN
from fault_campaign.table import Figures, control, ours

BATCHES = 3
FLIPS = 300


def figures_of(good: Sample, altered: Altered, kind: str, *, our: bool = True, step: int = 1) -> Figures:
    figures = ours(kind) if our else control(kind, PLAIN)
    if kind == CUT:
        cut(good, altered, figures, range(0, len(good.data), step))
    elif kind == FLIPPED:
        flip(good, altered, figures, FLIPS, Random(1))
    else:
        odd(good, altered, figures)
    return figures


@pytest.mark.parametrize("kind", [CUT, FLIPPED, ODD])
def test_damage_is_told_and_left_as_it_is(tmp_path: Path, kind: str) -> None:
    good = sample(tmp_path, OURS, 1, BATCHES)
    figures = figures_of(good, Altered(tmp_path, good), kind)
    assert figures.bad_trials == 0, figures.details
    assert figures.trials >= min(len(good.data), len(layout.odd_files(good.data)))


@pytest.mark.parametrize("kind", [CUT, FLIPPED, ODD])
def test_an_index_beside_hides_no_damage(tmp_path: Path, kind: str) -> None:
    good = sample(tmp_path, OURS, 1, BATCHES, crowd=CROWD)
    assert good.caches
    figures = figures_of(good, Altered(tmp_path, good, in_place=True), kind, step=len(good.data) // 200)
    assert figures.bad_trials == 0, figures.details


@pytest.mark.parametrize("kind", [CUT, FLIPPED, ODD])
def test_silence_about_damage_is_noticed(tmp_path: Path, kind: str) -> None:
    good = sample(tmp_path, PLAIN, 1, BATCHES)
    figures = figures_of(good, Altered(tmp_path, good), kind, our=False)
    assert figures.bad["silent"] > 0
