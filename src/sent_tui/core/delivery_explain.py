"""What an estimate rests on, as data: what each result moved it by, what the group says, what would change the order.

The estimate is a ratio of two linear functions of the filter's unnormalised weights at any earlier time. One pass
backwards over the attempts (the backward pass of a hidden Markov model) gives both functions at each attempt, and so
the estimate without that attempt; the whole takes time in proportion to the number of attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count, pairwise, repeat
from operator import mul, truediv
from typing import NamedTuple

from sent_tui.core.delivery_belief import Tallies
from sent_tui.core.delivery_grid import (
    DELIVERED,
    GRID,
    HARD,
    PHONE_ON,
    SOFT,
    Filter,
    Sums,
    Vector,
    advance,
    credibility,
    present,
    relaxed_mean,
    sample_size,
    unrelaxed,
)
from sent_tui.core.delivery_groups import Group, tilt_between
from sent_tui.core.delivery_history import NAMELESS, Share, Step
from sent_tui.core.estimate import Estimate
from sent_tui.core.outcome import Outcome

OUTCOMES: Mapping[int, Outcome] = {
    SOFT: Outcome.FAILED_SOFT,
    HARD: Outcome.FAILED_HARD,
    DELIVERED: Outcome.DELIVERED,
}
NOT_REACHABLE, DOUBTFUL = 0.1, 0.5
"""Below these probabilities of being reachable, a channel is said not to reach, or probably not."""
UNRELIABLE = 0.6
"""Below this probability of delivery, a channel that reaches the number is said to be unreliable."""
WIDE = 0.35
"""An 80 % interval from this width on is little evidence."""


class Evidence(NamedTuple):
    """One attempt, and what it did to the estimate."""

    at: datetime
    channel: str
    outcome: Outcome
    message_id: str | None
    moved: float
    """The estimate less what it would be without this outcome, from -1 to 1."""
    before: float
    """The estimate that this outcome found, 0 to 1, by what is known of people like this now."""
    after: float
    """The estimate for the next message on that day, 0 to 1; the last one is today's, but for the time since."""


class Explanation(NamedTuple):
    """What an estimate rests on."""

    estimate: Estimate
    words: str
    """The state of the channel: "reachable", "probably not reachable" …"""
    observations: float
    """How many observations the estimate is worth: those of the Beta with the same mean and variance."""
    group_weight: float
    """How much the group still counts, 0 to 1: how far a change of its mean would move the estimate."""
    group_level: str
    """What the people of the group share: "region", "number type", "check"; "shipped" when there is nobody yet."""
    evidence: tuple[Evidence, ...]
    """In the order of time."""


class Flip(NamedTuple):
    """How far the order is from changing."""

    first: str
    then: str
    """The channel that would be first instead."""
    failures: int
    """How many more soft failures of the first channel that takes."""


class Outlook(NamedTuple):
    """What a channel's estimate is made from."""

    group: Group
    stored: Group
    """The group on whose reference prior the filter rests."""
    own: Filter | None
    day: int
    messages: int
    """How many messages the contact will have had, with the next one."""

    def weights(self) -> Vector:
        """Return the weights before the next message."""
        if self.own is None:
            return self.group.view().prior
        return present(
            self.own, tilt_between(self.group, self.stored), self.group.view().prior, self.day, self.messages
        )

    def waiting(self) -> Iterator[float]:
        """Yield the mean before the next message, and after each more message that another channel takes."""
        view, own = self.group.view(), self.own
        if own is None:
            yield from repeat(view.mean)
            return
        sums = Sums.of(list(map(mul, own.weights, tilt_between(self.group, self.stored))))
        prior, days = Sums.of(view.prior), self.day - own.day
        for messages in count(self.messages - own.messages):
            yield relaxed_mean(sums, prior, days, messages)

    def failing(self, soft: Vector, share: Share | None) -> Iterator[float]:
        """Yield the mean after each more message on which this channel fails softly.

        The group learns from the failures as it would; `share` is what the contact has put into it.
        """
        own, reference = self.own, self.stored.reference
        tallies, left, taken = (share.tallies, share.group, share.parts) if share else (Tallies(), None, 0)
        for messages in count(self.messages):
            own = advance(own, reference, soft, self.day, messages)
            tallies = tallies.failed_again()
            prior = self.group.belief_with(self.group.parts(own, tallies), left, taken).prior
            sums = Sums.of(list(map(mul, own.weights, map(truediv, prior, reference))))
            yield relaxed_mean(sums, Sums.of(prior), 0, 1)


def weigh_evidence(estimate: Estimate, outlook: Outlook, steps: Sequence[Step]) -> Explanation:
    """Return what an estimate rests on; `steps` are the attempts on its channel."""
    view = outlook.group.view()
    weights = outlook.weights()
    return Explanation(
        estimate=estimate,
        words=in_words(estimate),
        observations=sample_size(weights),
        group_weight=credibility(weights, outlook.group.view().prior),
        group_level=view.level,
        evidence=tuple(
            Evidence(
                at=datetime.fromtimestamp(step.attempt.at, UTC),
                channel=step.attempt.channel,
                outcome=OUTCOMES[step.attempt.outcome],
                message_id=None if step.attempt.message.startswith(NAMELESS) else step.attempt.message,
                moved=estimate.mean - without,
                before=before,
                after=after,
            )
            for step, without, (before, after) in zip(
                steps, _left_out(outlook, steps), _passed(outlook, steps), strict=True
            )
        ),
    )


def in_words(estimate: Estimate) -> str:
    """Return the state of a channel in words."""
    if estimate.reachable < NOT_REACHABLE:
        return "not reachable"
    if estimate.reachable < DOUBTFUL:
        return "probably not reachable"
    if estimate.high - estimate.low >= WIDE:
        return "little evidence"
    if estimate.mean < UNRELIABLE:
        return "unreliable"
    return "reachable"


Score = Callable[[str, Mapping[str, float]], float]
"""What an order goes by: of a channel, and the estimates of all."""


def by_estimate(channel: str, means: Mapping[str, float]) -> float:
    """Return the estimate alone."""
    return means[channel]


def best(means: Mapping[str, float], score: Score) -> str:
    """Return the channel with the highest score; of equal ones, the first."""
    return max(means, key=lambda channel: score(channel, means))


def _passed(outlook: Outlook, steps: Sequence[Step]) -> list[tuple[float, float]]:
    """Return, for each attempt, the estimate that its outcome found, and that for the next message on its day."""
    view, tilt = outlook.group.view(), tilt_between(outlook.group, outlook.stored)
    prior, sums = Sums.of(view.prior), [Sums.of(list(map(mul, step.own.weights, tilt))) for step in steps]
    before = [
        relaxed_mean(of_last, prior, step.day - last.day, step.messages - last.messages)
        for of_last, (last, step) in zip(sums, pairwise(steps), strict=False)
    ]
    after = [relaxed_mean(of_this, prior, 0, 1) for of_this in sums]
    return list(zip([view.mean, *before], after, strict=False))


def _left_out(outlook: Outlook, steps: Sequence[Step]) -> list[float]:
    """Return, for each attempt, the estimate without its outcome; the time between the others stays."""
    if not steps:
        return []
    reference = outlook.stored.reference
    above, below = _final_functions(outlook, steps[-1])
    without = []
    for place in range(len(steps) - 1, -1, -1):
        step, weights = steps[place], steps[place].found
        without.append(PHONE_ON * sum(map(mul, above, weights)) / sum(map(mul, below, weights)))
        if place:
            last = steps[place - 1]
            days, messages = step.day - last.day, step.messages - last.messages
            above = unrelaxed(list(map(mul, above, step.likelihood)), reference, days, messages)
            below = unrelaxed(list(map(mul, below, step.likelihood)), reference, days, messages)
    return without[::-1]


def _final_functions(outlook: Outlook, last: Step) -> tuple[Vector, Vector]:
    """Return numerator and denominator of the mean before the next message, as functions of the last weights."""
    tilt, prior = tilt_between(outlook.group, outlook.stored), outlook.group.view().prior
    above = unrelaxed(GRID, prior, outlook.day - last.day, outlook.messages - last.messages)
    return list(map(mul, above, tilt)), tilt
