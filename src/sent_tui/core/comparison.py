"""Which of the channels that may be used goes first: the likelier one, less what the plan then costs.

    score = chance - weight * dollars of the plan that begins with it + margin, where it holds the first place already

The dollars are those of all steps, each as often as those before it fail: price 1 + (1 - chance 1) * price 2. So a
cheap channel that hardly works saves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from msgspec import Struct

from sent_tui.core.channel import CHANNEL_ORDER, Channel
from sent_tui.core.decision import Rules, Situation


class Comparison(Struct, frozen=True):
    """What the order of the open channels goes by."""

    situation: Situation
    rules: Rules
    open: frozenset[Channel]
    """Those that nothing excludes."""

    @property
    def means(self) -> dict[Channel, float]:
        """The estimate of each channel, 0 to 1."""
        return {channel: estimate.mean for channel, estimate in self.situation.estimates.items()}

    @property
    def incumbent(self) -> Channel | None:
        """The channel that holds the first place until another one is better by the margin.

        That is the default channel; where that is none or not open, the cheapest.
        """
        if self.situation.default_channel in self.open:
            return self.situation.default_channel
        prices = {channel: self.situation.price(channel, 1.0) for channel in CHANNEL_ORDER}
        return min((channel for channel in CHANNEL_ORDER if channel in self.open), key=prices.__getitem__, default=None)

    @property
    def order(self) -> tuple[Channel, ...]:
        """The open channels in the order in which they are taken."""
        means, situation = self.means, self.situation
        chosen = situation.default_channel if situation.default_pinned else None

        def rank(channel: Channel) -> tuple[bool, float, float, int]:
            score, price = round(self.score(channel, means), 9), situation.price(channel, means[channel])
            return channel is not chosen, -score, price, CHANNEL_ORDER.index(channel)

        return tuple(sorted(self.open, key=rank))

    def score(self, channel: Channel, means: Mapping[Channel, float]) -> float:
        """Return what a channel is worth at first place, by these estimates of all."""
        if channel not in self.open:
            return -inf
        cost = self.rules.cost_weight * self.cost(channel, means)
        return means[channel] - cost + self.rules.margin * (channel is self.incumbent)

    def cost(self, channel: Channel, means: Mapping[Channel, float]) -> float:
        """Return the expected dollars of the plan that begins with a channel, the likelier ones after it.

        Where no other channel follows, or by rules that look at one step alone, they are those of this step.
        """
        others: list[Channel] = []
        if self.rules.whole_plan and self.situation.falls_back:
            others = [other for other in CHANNEL_ORDER if other in self.open and other is not channel]
            others.sort(key=lambda other: -means[other])
        return self.situation.cost((channel, *others), means)
