"""What is written down about a channel after each outcome, and an estimate from these counts alone.

The estimate is a Beta posterior over plain counts. The prior stands for a channel of that availability that was
never tried; it weighs as much as four messages, so that a contact's own history soon speaks louder.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from math import sqrt

from sent_tui.core.channel import Availability, ChannelStatus, Source
from sent_tui.core.estimate import Estimate
from sent_tui.core.outcome import Outcome

PRIOR_WEIGHT = 4.0
PRIOR_MEAN = {Availability.AVAILABLE: 0.9, Availability.UNKNOWN: 0.6, Availability.UNAVAILABLE: 0.05}
Z_80 = 1.2816
"""Half width of an 80 % interval, in standard deviations."""


def estimate(status: ChannelStatus) -> Estimate:
    """Return the estimate for one channel from its availability and its counts."""
    prior = PRIOR_MEAN[status.availability]
    weight = PRIOR_WEIGHT + status.delivered + status.failed
    mean = (PRIOR_WEIGHT * prior + status.delivered) / weight
    margin = Z_80 * sqrt(mean * (1 - mean) / (weight + 1))
    return Estimate(
        channel=status.channel,
        mean=mean,
        low=max(0.0, mean - margin),
        high=min(1.0, mean + margin),
        reachable=max(mean, prior),
        delivered=status.delivered,
        failed=status.failed,
        group_mean=prior,
        group_size=0,
    )


def learn(status: ChannelStatus, outcome: Outcome, at: datetime, evidence: str) -> ChannelStatus:
    """Return the status of a channel after one more outcome.

    A delivery proves the channel. A fact about the recipient closes it until it is checked again or a message comes
    through. A soft failure counts, and changes no availability.
    """
    if outcome is Outcome.DELIVERED:
        proven = status.found(Availability.AVAILABLE, Source.DELIVERY, at, evidence)
        return replace(proven, attempts=status.attempts + 1, delivered=status.delivered + 1, last_delivered_at=at)
    failed = replace(status, attempts=status.attempts + 1, failed=status.failed + 1, last_failed_at=at)
    if outcome is Outcome.FAILED_HARD:
        return failed.found(Availability.UNAVAILABLE, Source.DELIVERY, at, evidence)
    return failed


def unlearn(status: ChannelStatus, outcome: Outcome) -> ChannelStatus:
    """Return the status of a channel without one outcome that a later report corrected; availability stays."""
    arrived = outcome is Outcome.DELIVERED
    return replace(
        status,
        attempts=status.attempts - 1,
        delivered=status.delivered - arrived,
        failed=status.failed - (not arrived),
    )
