"""Weights on the grid: what they sum up to, and what moves them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sent_tui.core.delivery_belief import Tallies
from sent_tui.core.delivery_curves import shipped_prior
from sent_tui.core.delivery_explain import Outlook, weigh_evidence
from sent_tui.core.delivery_grid import (
    EDGES,
    GRID,
    PHONE_OFF,
    UNREACHABLE,
    UNTOLD,
    Filter,
    Sums,
    Vector,
    advance,
    awaiting,
    credibility,
    likelihoods,
    mean_of,
    phone_off,
    present,
    relaxation,
    relaxed,
    relaxed_mean,
    sample_size,
    summarise,
    unrelaxed,
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


beliefs = st.lists(st.floats(0.001, 1), min_size=len(GRID), max_size=len(GRID))
spans = st.integers(0, 3000), st.integers(0, 60)


@given(beliefs, st.sampled_from(("available", "unavailable", "unknown")), *spans)
def test_time_moves_weights_about_and_loses_none(weights: Vector, check: str, days: int, messages: int) -> None:
    prior = shipped_prior("sms", check)
    after = relaxed(weights, sum(weights), prior, days, messages)
    assert sum(after) == pytest.approx(1)
    assert min(after) >= 0
    scale = sum(weights)
    back = relaxation(days, messages)
    for now, before, anew in zip(after[:UNREACHABLE], weights, prior, strict=False):
        assert now == pytest.approx((1 - back) * before / scale + back * anew)
    assert relaxed(weights, scale, prior, 0, 0) == pytest.approx([w / scale for w in weights])
    assert relaxed(weights, scale, prior, 50_000, 5_000) == pytest.approx(prior, abs=1e-6)


@given(beliefs, st.sampled_from(("available", "unavailable", "unknown")), *spans)
def test_the_mean_after_a_time_needs_no_weights(weights: Vector, check: str, days: int, messages: int) -> None:
    prior = shipped_prior("sms", check)
    slowly = mean_of(relaxed(weights, sum(weights), prior, days, messages))
    assert relaxed_mean(Sums.of(weights), Sums.of(prior), days, messages) == pytest.approx(slowly, abs=1e-12)


@given(beliefs, beliefs, *spans)
def test_looking_back_through_time_is_going_forward(
    weights: Vector, function: Vector, days: int, messages: int
) -> None:
    prior, whole = shipped_prior("whatsapp", "unknown"), [w / sum(weights) for w in weights]
    forward = sum(f * w for f, w in zip(function, relaxed(whole, 1.0, prior, days, messages), strict=True))
    assert sum(f * w for f, w in zip(unrelaxed(function, prior, days, messages), whole, strict=True)) == pytest.approx(
        forward
    )


def test_how_well_a_channel_works_is_forgotten_more_slowly_than_whether_it_does() -> None:
    def quality(weights: Vector) -> float:
        return mean_of([0.0] * UNREACHABLE + list(weights[UNREACHABLE:]))

    prior = shipped_prior("sms", "unknown")
    poor = advance(None, prior, TABLE.delivered, 0, 1)
    for number in range(20):
        poor = advance(poor, prior, (TABLE.soft_on, TABLE.delivered)[number % 2], 0, 2 + number)
    later = present(poor, [1.0] * len(GRID), prior, 365, 23)
    reached, usual = (1 - sum(weights[:UNREACHABLE]) / sum(weights) for weights in (poor.weights, prior))
    gone_back = (reached - summarise(later)[3]) / (reached - usual)
    come_closer = (quality(later) - quality(poor.weights)) / (quality(prior) - quality(poor.weights))
    assert 0.4 < gone_back < 0.45
    assert 0.2 < come_closer < 0.3


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


def test_who_cannot_be_reached_fails_with_a_fact_or_like_anybody() -> None:
    for check in ("available", "unknown", "unavailable"):
        prior = shipped_prior("whatsapp", check)
        assert summarise(prior)[3] == pytest.approx(1 - prior[0] - prior[1])
        assert prior[1] == pytest.approx(UNTOLD * (prior[0] + prior[1]))
    assert GRID[:UNREACHABLE] == (0.0,) * UNREACHABLE
    assert TABLE.delivered[:UNREACHABLE] == [0.0] * UNREACHABLE
    told, untold = TABLE.soft[:UNREACHABLE]
    assert told < 0.1 < 0.9 < untold


def group_with(evidence: Vector) -> Group:
    group = Groups().find("whatsapp", "unknown", "mobile", "BR")
    group.add(group.parts(Filter(evidence, sum(evidence), 0, 1), Tallies((1, 0, 2))), 1)
    return group


@given(st.lists(st.sampled_from(EVIDENCE), min_size=1, max_size=8), st.sampled_from(EVIDENCE), st.integers(0, 60))
@settings(deadline=None, max_examples=50)
def test_leaving_one_out_is_what_a_filter_without_it_says(told: list[Vector], group: Vector, days: int) -> None:
    people = group_with(group)
    steps: list[Step] = []
    own: Filter | None = None
    for index, likelihood in enumerate(told):
        day, messages = index * 7, index * 2 + 1
        awaited = awaiting(own, people.reference, day, messages)
        own = advance(own, people.reference, likelihood, day, messages)
        attempt = Attempt(float(index), str(index), "whatsapp", 0, True)
        steps.append(Step(attempt, likelihood, day, messages, awaited, own))

    def mean(left_out: int | None) -> float:
        own: Filter | None = None
        for index, step in enumerate(steps):
            likelihood = NOTHING if index == left_out else step.likelihood
            own = advance(own, people.reference, likelihood, step.day, step.messages)
        assert own is not None
        return mean_of(present(own, tilt_between(people, people), people.view().prior, 60 + days, 20))

    estimate = Estimate("whatsapp", mean(None), 0, 1, 1, 0, 0, 0, 0)
    lines = weigh_evidence(estimate, Outlook(people, people, own, 60 + days, 20), steps).evidence
    for index, line in enumerate(lines):
        assert line.moved == pytest.approx(mean(None) - mean(index), abs=1e-12)
    own = None
    for step, line in zip(steps, lines, strict=True):
        prior, tilt = people.view().prior, tilt_between(people, people)
        found = mean_of(present(own, tilt, prior, step.day, step.messages)) if own else mean_of(prior)
        own = advance(own, people.reference, step.likelihood, step.day, step.messages)
        after = mean_of(present(own, tilt, prior, step.day, step.messages + 1))
        assert (line.before, line.after) == pytest.approx((found, after), abs=1e-12)
