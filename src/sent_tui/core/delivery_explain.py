"""What an estimate rests on, as data: what each result moved it by, what the group says, what would change the order.

The estimate is a ratio of two linear functions of the filter's unnormalised weights at any earlier time. One pass
backwards over the attempts (the backward pass of a hidden Markov model) gives both functions at each attempt, and so
the estimate without that attempt; the whole takes time in proportion to the number of attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from operator import mul
from typing import NamedTuple

from sent_tui.core.delivery_grid import (
    DELIVERED,
    GRID,
    HARD,
    PHONE_ON,
    SOFT,
    Filter,
    Vector,
    advance,
    credibility,
    mean_of,
    present,
    relaxation,
    sample_size,
)
from sent_tui.core.delivery_groups import FIRST_CHOICE, PARTS, Group, tilt_between
from sent_tui.core.delivery_history import NAMELESS, Share, Step
from sent_tui.core.estimate import Estimate
from sent_tui.core.outcome import Outcome

OUTCOMES: Mapping[int, Outcome] = {
    SOFT: Outcome.FAILED_SOFT,
    HARD: Outcome.FAILED_HARD,
    DELIVERED: Outcome.DELIVERED,
}
UNREACHABLE, DOUBTFUL = 0.1, 0.5
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

    def after(self, failures: int, messages: int, soft: Vector, share: Share | None) -> float:
        """Return the mean after so many messages more, on which this channel failed softly so often.

        The group learns from the failures as it would; `share` is what the contact has put into it.
        """
        own, reference = self.own, self.stored.reference
        for number in range(failures):
            own = advance(own, reference, soft, self.day, self.messages + number)
        if own is None:
            return self.group.view().mean
        prior = self.group.view().prior
        if failures:
            scale = FIRST_CHOICE * PARTS / own.total
            parts = list(map(int, [w * scale for w in own.weights]))
            if share is not None:
                parts = [new - old for new, old in zip(parts, share.parts, strict=True)]
            prior = self.group.prior_with(parts)
        tilt = [now / then for now, then in zip(prior, reference, strict=True)]
        return mean_of(present(own, tilt, prior, self.day, self.messages + messages))


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
            )
            for step, without in zip(steps, _left_out(outlook, steps), strict=True)
        ),
    )


def in_words(estimate: Estimate) -> str:
    """Return the state of a channel in words."""
    if estimate.reachable < UNREACHABLE:
        return "not reachable"
    if estimate.reachable < DOUBTFUL:
        return "probably not reachable"
    if estimate.high - estimate.low >= WIDE:
        return "little evidence"
    if estimate.mean < UNRELIABLE:
        return "unreliable"
    return "reachable"


Score = Callable[[str, float], float]
"""What an order goes by: of a channel and its estimate."""


def by_estimate(_channel: str, mean: float) -> float:
    """Return the estimate alone."""
    return mean


def best(means: Mapping[str, float], score: Score) -> str:
    """Return the channel with the highest score; of equal ones, the first."""
    return max(means, key=lambda channel: score(channel, means[channel]))


def _left_out(outlook: Outlook, steps: Sequence[Step]) -> list[float]:
    """Return, for each attempt, the estimate without its outcome; the time between the others stays."""
    if not steps:
        return []
    reference = outlook.stored.reference
    before = [reference]
    """The weights that each outcome found, from which those of the next one follow."""
    backs = [0.0]
    for last, step in pairwise(steps):
        back = relaxation(step.day - last.day, step.messages - last.messages)
        after = list(map(mul, before[-1], last.likelihood))
        kept = (1 - back) / sum(after)
        before.append([kept * w + back * p for w, p in zip(after, reference, strict=True)])
        backs.append(back)
    above, below = _final_functions(outlook, steps[-1])
    found = []
    for step, weights, back in zip(reversed(steps), reversed(before), reversed(backs), strict=True):
        found.append(PHONE_ON * sum(map(mul, above, weights)) / sum(map(mul, below, weights)))
        above = _before(list(map(mul, above, step.likelihood)), reference, back)
        below = _before(list(map(mul, below, step.likelihood)), reference, back)
    return found[::-1]


def _final_functions(outlook: Outlook, last: Step) -> tuple[Vector, Vector]:
    """Return numerator and denominator of the mean before the next message, as functions of the last weights."""
    tilt, prior = tilt_between(outlook.group, outlook.stored), outlook.group.view().prior
    back = relaxation(outlook.day - last.day, outlook.messages - last.messages)
    above = _before(list(GRID), prior, back)
    return list(map(mul, above, tilt)), tilt


def _before(function: Vector, prior: Vector, back: float) -> Vector:
    """Return a linear function of relaxed weights as one of the weights before they relaxed."""
    constant = back * sum(map(mul, function, prior))
    return [(1 - back) * f + constant for f in function]
