"""What another policy would have tried first on one's own log, and what can be known of it.

Each message is taken as if it alone had gone the other way. Three things can be the case:

- the policy chooses the channel that was tried first: its result is known;
- it chooses a channel that was tried later, as a fallback: that result is known too, but it is not the one of a first
  attempt, and it is only seen where the first channel failed;
- it chooses a channel that was not tried: nothing is known, and the estimate of that time stands for the result. That
  is the direct method of evaluating a policy; the doubly robust one (Dudík, Langford and Li 2011, "Doubly robust policy
  evaluation and learning") cannot be used, because the router leaves nothing to chance: a channel that it left aside
  had no probability of being tried, which could be weighed against.

Without any of these assumptions, the share that would have arrived lies between the bounds in which everything unknown
failed, and in which it arrived (Manski 1990, "Nonparametric bounds on treatment effects").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.decision import Situation
from sent_tui.core.message import Message
from sent_tui.core.outcome import Outcome
from sent_tui.core.policies import Choice, Past, Policy, choice_of
from sent_tui.core.results import Result, Uncounted, results

LIMITS: Final = (
    "The router leaves nothing to chance: what a channel that it left aside would have done, no log can tell.",
    "There the model's own estimate stands, so the model judges itself.",
    "A fallback's result is not that of a first attempt: it is seen only where another channel failed minutes before.",
    "Each message is taken as if it alone had gone the other way; in truth, that would have taught other things.",
    "The log holds the people who were written to, at the times when they were; others may differ.",
)
"""What a replay cannot say, in sentences for a person."""


class Count(Struct, frozen=True):
    """Messages of which the same is known."""

    count: int = 0
    arrived: int = 0
    """How many are known to have arrived by the channel that the policy chooses."""
    expected: float = 0.0
    """How many should have, by the estimates of that time."""

    def and_one(self, *, arrived: bool, estimate: float) -> Count:
        """Return the count with one more message."""
        return Count(self.count + 1, self.arrived + arrived, self.expected + estimate)


class Comparison(Struct, frozen=True):
    """A policy held against the log; every share is one of first attempts."""

    policy: Policy
    agreed: Count
    """Messages for which the policy chooses the channel that was tried first."""
    by_fallback: Count
    """Messages for which it chooses one that was tried after the first one failed."""
    unknown: Count
    """Messages for which it chooses one that was not tried, or whose result does not count."""
    own_arrived: int
    """How many of the first attempts of the log arrived."""
    own_elsewhere: int
    """The same, of those messages only for which the policy chooses another channel."""
    own_cost: float
    cost: float
    """Expected dollars of all messages by the price list, fallback included: as they went, and with the policy."""
    instead: Mapping[tuple[Channel, Channel], int]
    """How often it chooses a channel, the second one, instead of the one that was tried first."""
    no_choice: int
    """Messages that could go by one channel only."""
    pinned: int
    """Messages whose channel a person chose."""
    uncounted: Mapping[Uncounted, int]
    """Messages whose first attempt says nothing about the recipient, and why."""

    @property
    def count(self) -> int:
        """The messages that were compared."""
        return self.agreed.count + self.differs

    @property
    def differs(self) -> int:
        """Those for which the policy chooses another channel."""
        return self.by_fallback.count + self.unknown.count

    @property
    def own_share(self) -> float:
        """The share of the log's first attempts that arrived, 0 to 1."""
        return self.own_arrived / max(1, self.count)

    @property
    def estimate(self) -> float:
        """The share that would have arrived: what is known, and the estimates of that time for the rest."""
        return (self.agreed.arrived + self.by_fallback.arrived + self.unknown.expected) / max(1, self.count)

    @property
    def bounds(self) -> tuple[float, float]:
        """The share at worst and at best, assuming nothing: all that another channel would have done is unknown."""
        return self._between(self.agreed.arrived, self.differs)

    @property
    def bounds_with_fallbacks(self) -> tuple[float, float]:
        """The same, if the result of a fallback is what a first attempt would have had."""
        return self._between(self.agreed.arrived + self.by_fallback.arrived, self.unknown.count)

    def _between(self, arrived: int, unknown: int) -> tuple[float, float]:
        whole = max(1, self.count)
        return arrived / whole, (arrived + unknown) / whole


class Replay:
    """Goes through a log in the order of time and holds policies against it."""

    def __init__(self, *policies: Policy) -> None:
        self._tallies = [_Tally(policy) for policy in policies]
        self._pasts: dict[str, _Memory] = {}
        self._no_choice = self._pinned = 0
        self._uncounted: Counter[Uncounted] = Counter()

    def add(self, message: Message, *, counts: bool = True) -> None:
        """Take in the next message; one that does not count is only remembered as part of the past."""
        tried = tuple(results(message))
        if not tried:
            return
        memory = self._pasts.setdefault(message.contact_id, _Memory())
        situation = tried[0].situation
        if situation is not None:
            choice = choice_of(situation, memory.past(situation, situation.at))
            if counts:
                self._compare(tried, choice)
        elif counts:
            self._uncounted[Uncounted.NO_RECORD] += 1
        memory.remember(tried)

    def comparisons(self) -> tuple[Comparison, ...]:
        """Return how each policy stands against what was taken in."""
        uncounted = {why: self._uncounted[why] for why in Uncounted if self._uncounted[why]}
        return tuple(tally.comparison(self._no_choice, self._pinned, uncounted) for tally in self._tallies)

    def _compare(self, tried: Sequence[Result], choice: Choice) -> None:
        verdict = tried[0].verdict
        if choice.situation.pinned is not None:
            self._pinned += 1
        elif len(choice.channels) < 2:
            self._no_choice += 1
        elif isinstance(verdict, Uncounted):
            self._uncounted[verdict] += 1
        else:
            for tally in self._tallies:
                tally.add(tried, choice)


class _Tally:
    """What one policy chooses, and what is known of it."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._agreed = self._by_fallback = self._unknown = Count()
        self._own_arrived = self._own_elsewhere = 0
        self._own_cost = self._cost = 0.0
        self._instead: Counter[tuple[Channel, Channel]] = Counter()

    def add(self, tried: Sequence[Result], choice: Choice) -> None:
        """Take in a message."""
        chosen, first = self._policy.choose(choice), tried[0].attempt.channel
        known = {result.attempt.channel: result.arrived for result in tried if isinstance(result.verdict, Outcome)}
        arrived, expected = known.get(chosen, False), choice.situation.estimates[chosen].mean
        if chosen is first:
            self._agreed = self._agreed.and_one(arrived=arrived, estimate=expected)
        else:
            self._instead[first, chosen] += 1
            self._own_elsewhere += tried[0].arrived
            if chosen in known:
                self._by_fallback = self._by_fallback.and_one(arrived=arrived, estimate=expected)
            else:
                self._unknown = self._unknown.and_one(arrived=arrived, estimate=expected)
        self._own_arrived += tried[0].arrived
        self._own_cost += _cost(choice, first, known)
        self._cost += _cost(choice, chosen, known)

    def comparison(self, no_choice: int, pinned: int, uncounted: Mapping[Uncounted, int]) -> Comparison:
        """Return how the policy stands; what was not compared is the same for every policy."""
        return Comparison(
            policy=self._policy,
            agreed=self._agreed,
            by_fallback=self._by_fallback,
            unknown=self._unknown,
            own_arrived=self._own_arrived,
            own_elsewhere=self._own_elsewhere,
            own_cost=self._own_cost,
            cost=self._cost,
            instead=dict(sorted(self._instead.items())),
            no_choice=no_choice,
            pinned=pinned,
            uncounted=uncounted,
        )


class _Memory:
    """What was known of one contact, as the log goes on."""

    __slots__ = ("_checked", "_coming", "_worked")

    def __init__(self) -> None:
        self._checked: dict[Channel, Availability] = {}
        self._worked: tuple[datetime, Channel] | None = None
        self._coming: list[tuple[datetime, Channel]] = []
        """Arrivals that are not known of yet."""

    def past(self, situation: Situation, at: datetime) -> Past:
        """Return what was known at a time, which is never before that of the last question."""
        if not self._checked:
            self._checked = {known.channel: known.availability for known in situation.channels}
        heard = [arrival for arrival in self._coming if arrival[0] <= at]
        if heard:
            self._coming = [arrival for arrival in self._coming if arrival[0] > at]
            self._worked = max([*heard, self._worked or heard[0]])
        return Past(self._checked, self._worked[1] if self._worked else None)

    def remember(self, tried: Sequence[Result]) -> None:
        """Take in what became of a message; it is known from when it was reported."""
        self._coming += [(result.ended_at, result.attempt.channel) for result in tried if result.arrived]


def _cost(choice: Choice, first: Channel, known: Mapping[Channel, bool]) -> float:
    """Return the expected dollars of a message that goes by a channel first, and then by the others that were open.

    Where a person asked that none follows, none does.
    """
    situation = choice.situation
    then = [channel for channel in choice.plan.channels if channel is not first] if situation.falls_back else []
    chances = {channel: estimate.mean for channel, estimate in situation.estimates.items()}
    chances.update((channel, float(arrived)) for channel, arrived in known.items())
    return situation.cost((first, *then), chances)
