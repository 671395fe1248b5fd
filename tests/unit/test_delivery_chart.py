"""The chart of a contact's results: the latest ones, in the order of time, as the model has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.delivery import DeliveryModel, Outcome, Segment
from sent_tui.core.delivery_chart import LEVELS, MARKS, MEANING, chart_of, level
from sent_tui.core.delivery_explain import Evidence, Explanation

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PEOPLE = Segment("BR", "mobile")


def explained(*outcomes: Outcome) -> Explanation:
    """Return what a model says of a contact with these results, a day apart; the last is of today."""
    model = DeliveryModel()
    for number, outcome in enumerate(outcomes):
        at = NOW - timedelta(days=len(outcomes) - 1 - number)
        model.observe("ada", PEOPLE, "whatsapp", outcome, at, message_id=str(number))
    return model.explain("ada", PEOPLE, "whatsapp", NOW)


@given(st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=30), st.integers(-2, 40))
def test_the_latest_results_are_drawn_and_the_others_counted(outcomes: list[Outcome], width: int) -> None:
    told = explained(*outcomes)
    chart = chart_of(told.evidence, width)
    assert chart is not None
    drawn = min(len(outcomes), max(1, width))
    assert chart.left_out == len(outcomes) - drawn
    assert chart.marks == "".join(MARKS[outcome] for outcome in outcomes[-drawn:])
    assert chart.levels == "".join(map(level, chart.estimates))
    assert chart.estimates[-1] == told.evidence[-1].after
    assert round(chart.estimates[-1], 9) == round(told.estimate.mean, 9), "the latest result was today"


def test_no_result_no_chart() -> None:
    assert chart_of(explained().evidence, 20) is None


def test_levels_go_from_nothing_to_certain() -> None:
    assert [level(share) for share in (-0.1, 0.0, 0.5, 0.99, 1.0, 1.1)] == [*LEVELS[0] * 2, LEVELS[3], *LEVELS[-1] * 3]
    assert sorted(LEVELS) == list(LEVELS)


def test_every_mark_is_one_cell_of_its_own_shape_and_explained() -> None:
    assert set(MARKS) == set(Outcome)
    assert len(set(MARKS.values())) == len(Outcome)
    assert all(len(mark) == 1 and mark in MEANING for mark in MARKS.values())


def test_a_chart_in_one_line() -> None:
    told = explained(Outcome.DELIVERED, Outcome.FAILED_SOFT, Outcome.FAILED_HARD).evidence
    two, one, last_year = chart_of(told, 2), chart_of(told, 1), told[0]._replace(at=NOW - timedelta(days=400))
    assert two is not None
    assert one is not None
    assert two.in_one_line(NOW) == f"○✗  {two.levels}  19 Nov – 20 Nov  after 1 older"
    assert one.span(NOW) == "20 Nov"
    assert _span(last_year, told[-1]) == "16 Oct 2025 – 20 Nov"


def _span(*told: Evidence) -> str:
    chart = chart_of(told, 10)
    assert chart is not None
    return chart.span(NOW)
