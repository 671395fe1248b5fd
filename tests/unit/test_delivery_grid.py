"""Weights on the grid: what they sum up to, and what moves them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sent_tui.core.delivery_explain import Outlook, weigh_evidence
from sent_tui.core.delivery_grid import (
    EDGES,
    GRID,
    PHONE_OFF,
    Vector,
    advance,
    credibility,
    expected_facts,
    likelihoods,
    mean_of,
    phone_off,
    present,
    relaxation,
    sample_size,
    shipped_prior,
    summarise,
)
from sent_tui.core.delivery_groups import Group, Groups, tilt_between
from sent_tui.core.delivery_history import Attempt, Step
from sent_tui.core.estimate import Estimate

NOTHING = [1.0] * len(GRID)
TABLE = likelihoods("whatsapp")
EVIDENCE = (TABLE.soft, TABLE.soft_on, TABLE.soft_off, TABLE.hard, TABLE.delivered)


def test_cells_of_the_grid_lie_around_their_points() -> None:
    assert len(EDGES) == len(GRID) + 1
    assert all(low <= point <= high for low, point, high in zip(EDGES, GRID, EDGES[1:], strict=False))


@pytest.mark.parametrize("channel", ["whatsapp", "sms", "rcs"])
def test_outcomes_share_out_a_certainty(channel: str) -> None:
    table = likelihoods(channel)
    for soft, hard, delivered in zip(table.soft_on, table.hard, table.delivered, strict=True):
        assert soft + hard + delivered == pytest.approx(1)
    assert sum(shipped_prior(channel, "unknown")) == pytest.approx(1)


def test_a_failure_points_to_the_phone_as_far_as_it_was_not_to_be_expected() -> None:
    table = likelihoods("sms")
    good = advance(None, shipped_prior("sms", "available"), table.delivered, 0, 1)
    bad = advance(None, shipped_prior("sms", "unavailable"), table.soft, 0, 1)
    prior = shipped_prior("sms", "unknown")
    after_good, after_bad = (phone_off(PHONE_OFF, known, prior, table, 1, 2) for known in (good, bad))
    assert PHONE_OFF < after_bad < after_good < 1
    assert PHONE_OFF < phone_off(PHONE_OFF, None, prior, table, 1, 2) < after_good


def test_time_and_messages_bring_weights_back() -> None:
    assert relaxation(0, 0) == relaxation(-5, -1) == 0
    assert 0 < relaxation(1, 0) < relaxation(1, 1) < relaxation(400, 1) < 1


def test_an_interval_contains_its_mean() -> None:
    mostly_not = [0.95, *[0.0] * (len(GRID) - 2), 0.05]
    mostly = [0.05, *[0.0] * (len(GRID) - 2), 0.95]
    for weights in (mostly_not, mostly):
        mean, low, high, reachable = summarise(weights)
        assert low <= mean <= high
        assert mean == mean_of(weights)
        assert reachable == pytest.approx(weights[-1])
    assert summarise([2 * w for w in mostly]) == pytest.approx(summarise(mostly))


def test_evidence_is_worth_observations_and_the_prior_counts_less() -> None:
    prior = shipped_prior("sms", "unknown")
    known = advance(None, prior, TABLE.delivered, 0, 1)
    for number in range(5):
        before = known.weights
        known = advance(known, prior, TABLE.delivered, 0, 2 + number)
        assert sample_size(known.weights) > sample_size(before)
    assert credibility(prior, prior) == 1
    assert 0 < credibility(known.weights, prior) < 0.5


def test_facts_are_expected_of_those_who_never_answered() -> None:
    prior = shipped_prior("whatsapp", "unknown")
    assert expected_facts("whatsapp", prior, 4, delivered=False) > 3
    assert expected_facts("whatsapp", prior, 4, delivered=True) == pytest.approx(4 * 0.03)


def group_with(evidence: Vector) -> Group:
    group = Groups().find("whatsapp", "unknown", "mobile", "BR")
    group.add([int(1000 * w) for w in evidence], 1)
    return group


@given(st.lists(st.sampled_from(EVIDENCE), min_size=1, max_size=8), st.sampled_from(EVIDENCE), st.integers(0, 60))
@settings(deadline=None, max_examples=50)
def test_leaving_one_out_is_what_a_filter_without_it_says(told: list[Vector], group: Vector, days: int) -> None:
    people = group_with(group)
    steps = [
        Step(Attempt(float(index), str(index), "whatsapp", 0, True), likelihood, index * 7, index * 2 + 1)
        for index, likelihood in enumerate(told)
    ]

    def mean(left_out: int | None) -> float:
        own = None
        for index, step in enumerate(steps):
            likelihood = NOTHING if index == left_out else step.likelihood
            own = advance(own, people.reference, likelihood, step.day, step.messages)
        assert own is not None
        return mean_of(present(own, tilt_between(people, people), people.view().prior, 60 + days, 20))

    own = None
    for step in steps:
        own = advance(own, people.reference, step.likelihood, step.day, step.messages)
    estimate = Estimate("whatsapp", mean(None), 0, 1, 1, 0, 0, 0, 0)
    lines = weigh_evidence(estimate, Outlook(people, people, own, 60 + days, 20), steps).evidence
    for index, line in enumerate(lines):
        assert line.moved == pytest.approx(mean(None) - mean(index), abs=1e-12)
