"""How well a channel works for those whom it reaches, and what results say about that."""

from __future__ import annotations

from operator import mul

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.delivery_belief import (
    FIRST_CHOICE,
    SUMS,
    Belief,
    Tallies,
    believe,
    parts_of,
    shipped_belief,
)
from sent_tui.core.delivery_curves import CURVES, MEANS, SHARES, Tally, blend, shares_after, shipped_prior, support
from sent_tui.core.delivery_grid import GRID, UNREACHABLE, Filter, Vector, advance, likelihoods
from sent_tui.core.delivery_sums import PARTS, unpack

tallies = st.tuples(st.integers(0, 40), st.integers(0, 4), st.integers(0, 400))
SHIPPED = shipped_belief("sms", "unknown")


def mean(curve: Vector) -> float:
    found: float = sum(map(mul, curve, GRID[UNREACHABLE:]))
    return found


def curve_after(*people: Tally, channel: str = "sms") -> float:
    """Return the mean delivery probability of those who can be reached, after the results of some people."""
    told = [unpack(support(channel, "unknown", results), len(CURVES)) for results in people]
    return mean(blend(shares_after(SHARES, [sum(column) for column in zip(*told, strict=True)], PARTS)))


def test_curves_are_distributions_and_so_are_their_shares() -> None:
    assert len(CURVES) == 2 * len(MEANS) == len(SHARES)
    for curve in CURVES:
        assert sum(curve) == pytest.approx(1)
        assert min(curve) >= 0
    assert sum(SHARES) == pytest.approx(1)
    assert sum(blend(SHARES)) == pytest.approx(1)
    assert sum(shipped_prior("rcs", "available")) == pytest.approx(1)


def test_levels_lie_around_what_is_usual() -> None:
    means = [mean(curve) for curve in CURVES]
    assert means[::2] == sorted(means[::2], reverse=True)
    assert 0.86 < mean(blend(SHARES)) < 0.9


@given(tallies)
def test_what_results_say_is_bounded_by_what_a_curve_can_be(results: Tally) -> None:
    told = unpack(support("whatsapp", "unknown", results), len(CURVES))
    assert min(told) == 0
    # However many results somebody has, they are one person.
    assert max(told) < 60 * PARTS


@given(st.integers(0, 400))
def test_deliveries_speak_for_the_better_curves(delivered: int) -> None:
    assert curve_after((0, 0, delivered + 1)) >= curve_after((0, 0, delivered)) - 1e-12


def test_many_people_make_a_level_known() -> None:
    assert curve_after(*[(1, 0, 3)] * 300, *[(0, 0, 4)] * 100) < 0.84
    assert curve_after(*[(0, 0, 4)] * 300) > 0.92
    assert curve_after((0, 0, 0)) == pytest.approx(mean(blend(SHARES)))


def test_a_group_that_saw_nothing_believes_what_the_one_around_it_does() -> None:
    taught = believe(parts_of("sms", "unknown", known((0, 0, 9)), Tallies((0, 0, 9))), SHIPPED)
    for around in (SHIPPED, taught):
        found = believe(0, around)
        assert found.prior[:UNREACHABLE] == pytest.approx(around.prior[:UNREACHABLE])
        assert sum(found.prior) == pytest.approx(1)
    assert believe(0, SHIPPED).prior == pytest.approx(SHIPPED.prior)


def known(results: Tally) -> Filter:
    """Return the filter of somebody with these results."""
    table, own = likelihoods("sms"), None
    for likelihood, count in zip((table.soft, table.hard, table.delivered), results, strict=True):
        for _ in range(count):
            own = advance(own, SHIPPED.prior, likelihood, 0, 1)
    return own or Filter(SHIPPED.prior, 1.0, 0, 0)


@given(st.lists(st.tuples(tallies, st.booleans()), max_size=6))
def test_what_is_believed_is_a_distribution(people: list[tuple[Tally, bool]]) -> None:
    sums = 0
    for results, first in people:
        told = Tallies(results) if first else Tallies(later=results)
        sums += parts_of("sms", "unknown", known((min(results[0], 9), results[1], min(results[2], 9))), told)
    found = believe(sums, SHIPPED)
    assert sum(found.prior) == pytest.approx(1)
    assert min(found.prior) > 0
    assert sum(found.shares) == pytest.approx(1)


def test_what_was_taken_from_a_group_that_never_had_it_counts_for_nothing() -> None:
    parts = parts_of("sms", "unknown", known((2, 0, 1)), Tallies((2, 0, 1)))
    found = believe(-parts, SHIPPED)
    assert isinstance(found, Belief)
    assert found.prior == pytest.approx(SHIPPED.prior)


def test_own_results_count_as_they_are_known() -> None:
    def counted(results: int) -> int:
        parts = parts_of("sms", "unknown", known((0, 0, 9)), Tallies((0, 0, results)))
        return sum(unpack(parts, SUMS)[UNREACHABLE + 1 : -len(CURVES)])

    assert counted(2) < 0.01 * FIRST_CHOICE * PARTS
    assert 0.7 * FIRST_CHOICE * PARTS < counted(90) < FIRST_CHOICE * PARTS


def test_someone_tried_only_as_a_fallback_weighs_a_quarter() -> None:
    first, later = Tallies((1, 0, 2)), Tallies(later=(1, 0, 2))
    assert (first.weight, later.weight, first.total, later.total) == (4, 1, (1, 0, 2), (1, 0, 2))
    own = known((1, 0, 2))
    whole, part = (unpack(parts_of("sms", "unknown", own, results), SUMS) for results in (first, later))
    assert whole == pytest.approx([4 * number for number in part], abs=4)
    both = Tallies((0, 0, 1), (3, 0, 0))
    assert (both.telling, both.total, both.weight) == ((0, 0, 1), (3, 0, 1), 4)
    assert both.failed_again().first == (1, 0, 1)
