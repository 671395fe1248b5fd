"""What one more delivery or failure makes of a channel."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.channel_record import learn, unlearn
from sent_tui.core.outcome import Outcome

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
outcomes = st.lists(st.sampled_from(list(Outcome)), max_size=40)


def after(history: list[Outcome]) -> ChannelStatus:
    status = ChannelStatus(Channel.SMS)
    for outcome in history:
        status = learn(status, outcome, NOW, "report")
    return status


def test_a_delivery_proves_the_channel() -> None:
    status = after([Outcome.DELIVERED])
    assert (status.availability, status.source) == (Availability.AVAILABLE, Source.DELIVERY)
    assert (status.attempts, status.delivered, status.failed) == (1, 1, 0)
    assert status.last_delivered_at == NOW


def test_a_fact_about_the_recipient_closes_it() -> None:
    status = after([Outcome.FAILED_HARD])
    assert status.availability is Availability.UNAVAILABLE
    assert status.evidence == "report"


def test_a_soft_failure_counts_and_changes_no_availability() -> None:
    status = after([Outcome.DELIVERED, Outcome.FAILED_SOFT])
    assert status.availability is Availability.AVAILABLE
    assert (status.attempts, status.failed) == (2, 1)


@given(outcomes, st.sampled_from(list(Outcome)))
def test_unlearning_takes_the_counts_back(history: list[Outcome], outcome: Outcome) -> None:
    before = after(history)
    corrected = unlearn(learn(before, outcome, NOW, "report"), outcome, before.last_failed_at)
    assert (corrected.attempts, corrected.delivered, corrected.failed) == (
        before.attempts,
        before.delivered,
        before.failed,
    )
