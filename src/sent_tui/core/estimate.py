"""An estimate: how likely a message on one channel is to arrive."""

from __future__ import annotations

from typing import NamedTuple


class Estimate(NamedTuple):
    """How likely a message on this channel is to be delivered, and what that rests on."""

    channel: str
    mean: float
    """Probability of delivery, 0 to 1."""
    low: float
    high: float
    """Together an 80 % interval."""
    reachable: float
    """Probability that the channel can reach the number at all."""
    delivered: int
    failed: int
    group_mean: float
    """What holds for people like this before the first message."""
    group_size: int
    """How many people `group_mean` was learned from; 0 when it is the shipped prior."""

    @property
    def others(self) -> int:
        """How many of them are other people: whoever was tried on the channel is one of the group."""
        return max(0, self.group_size - bool(self.delivered or self.failed))
