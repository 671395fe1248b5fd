"""The mathematics of the delivery model: weights on a grid of delivery probabilities, and what changes them.

What is believed about one channel of one contact is a vector of 17 weights, one for each state in `GRID`. It is
filtered like the hidden state of a Markov chain (Rabiner 1989, "A tutorial on hidden Markov models", forward pass):
time lets it relax towards the prior of the contact's group, and each outcome multiplies it by a likelihood.

    relax     w <- (1 - h) w + h W                                   where not reachable
              w <- (1 - h + h R) ((1 - d) w + d r W / R) + h u W     for g > 0
              h = 1 - exp(-rho days - eta messages),  d = 1 - exp(-days / 1100)
    evidence  w <- w L / sum(w L)

where u and U are what w and W have on "not reachable", r = 1 - u and R = 1 - U: people leave and join a channel more
often than a number that stays on it gets another delivery probability.

A Beta distribution has the wrong shape, because reachability is bimodal: either the number is not on the channel, or
nearly everything arrives. So a prior is a spike at 0 and a curve (`delivery_curves`). Weights need not sum to one; a
filter carries their total instead.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from math import exp
from operator import mul
from typing import NamedTuple

Vector = Sequence[float]
"""One number for each point of `GRID`."""

GRID = (0.0, 0.0, 0.03, 0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.70, 0.78, 0.84, 0.88, 0.92, 0.95, 0.975, 0.99)
"""Delivery probabilities while the phone is on.

The first two stand for "not reachable": the network says so, or its failures look like any others.
"""
UNREACHABLE = 2
"""How many of them stand for "not reachable"."""
SQUARES = tuple(g * g for g in GRID)
EDGES = (0.0, *((low + high) / 2 for low, high in pairwise(GRID)), 1.0)
"""The borders of the interval that each point stands for; those for "not reachable" stand for 0 alone."""

RELAX_PER_DAY = 0.0015
RELAX_PER_MESSAGE = 0.01
CHANGE_PER_DAY = 1 / 1100
"""How often a number that stays reachable gets another delivery probability: by a new handset or carrier."""
PHONE_OFF = 0.018
"""Probability that a handset is off when a message comes."""
OFF_FACTOR = 0.15
"""What is left of the delivery probability when it is off."""
UNREPORTED = 0.015
"""Share of deliveries of which no report ever comes."""
UNTOLD = 0.1
"""Share of the unreachable numbers whose failures do not say so, before anything was seen."""
PHONE_ON = 1 - (1 - OFF_FACTOR) * PHONE_OFF
"""Factor from the probability while the phone is on to the probability of delivery."""

SOFT, HARD, DELIVERED = 0, 1, 2
"""Outcomes as numbers; of two reports about one attempt, the greater is what happened."""


class Traits(NamedTuple):
    """What is assumed about a channel before anything was seen."""

    unreachable: float
    """Share of numbers that it cannot reach."""
    hard_if_unreachable: float
    """Share of failures that come with a fact about the recipient, when it is not reachable and that is told."""
    hard_if_reachable: float
    """The same otherwise."""


TRAITS: Mapping[str, Traits] = {"whatsapp": Traits(0.22, 0.95, 0.03), "sms": Traits(0.07, 0.90, 0.05)}
OTHER_TRAITS = Traits(0.20, 0.92, 0.04)
"""For a channel without traits of its own."""
CHECK_ODDS: Mapping[str, tuple[float, float]] = {"available": (0.97, 0.05), "unavailable": (0.03, 0.95)}
"""Probability that a capability check says so: for a number that can be reached, and for one that cannot."""


class Likelihoods(NamedTuple):
    """The likelihood of each outcome at each point of the grid, for one channel."""

    soft: Vector
    """A soft failure, when nothing else is known of the phone."""
    soft_on: Vector
    """A soft failure while the phone was on."""
    soft_off: Vector
    hard: Vector
    delivered: Vector


class Filter(NamedTuple):
    """What is believed about one channel after its last outcome."""

    weights: Vector
    total: float
    """The sum of the weights."""
    day: int
    """The day of the last outcome, counted in UTC."""
    messages: int
    """How many messages the contact had by then, on any channel."""


class Sums(NamedTuple):
    """What a mean depends on of weights with any total."""

    total: float
    gone: float
    """The part on "not reachable"."""
    arriving: float
    """Each weight times its delivery probability."""

    @classmethod
    def of(cls, weights: Vector) -> Sums:
        """Return the sums of some weights."""
        return cls(sum(weights), weights[0] + weights[1], sum(map(mul, weights, GRID)))


def likelihoods(channel: str) -> Likelihoods:
    """Return the likelihoods of a channel: g for a delivery, and 1 - g shared out among the classes of failure.

    Some deliveries are never reported, and are taken for soft failures when the time for a report is over.
    """
    traits = TRAITS.get(channel, OTHER_TRAITS)
    hard = [traits.hard_if_unreachable, *[traits.hard_if_reachable] * (len(GRID) - 1)]

    def soft(factor: float) -> Vector:
        chances = [factor * g for g in GRID]
        return [(1 - g) * (1 - known) + UNREPORTED * g for g, known in zip(chances, hard, strict=True)]

    on, off = soft(1.0), soft(OFF_FACTOR)
    fails = [(1 - g) * known for g, known in zip(GRID, hard, strict=True)]
    return Likelihoods(mixed(on, off, PHONE_OFF), on, off, fails, [(1 - UNREPORTED) * g for g in GRID])


def mixed(on: Vector, off: Vector, share: float) -> Vector:
    """Return the likelihood of a soft failure when the phone was off with some probability."""
    return [(1 - share) * x + share * y for x, y in zip(on, off, strict=True)]


def phone_off(share: float, known: Filter | None, prior: Vector, table: Likelihoods, day: int, messages: int) -> float:
    """Return the probability that the phone was off, after another channel failed softly on the same message.

    By Bayes' rule: the less that failure was to be expected of the other channel, the more it points to the phone.
    """
    weights = awaiting(known, prior, day, messages)
    off: float = share * sum(map(mul, weights, table.soft_off))
    on: float = (1 - share) * sum(map(mul, weights, table.soft_on))
    return off / (off + on)


@lru_cache(maxsize=1 << 14)
def relaxation(days: int, messages: int) -> float:
    """Return h: how far weights have gone back to the prior after so many days and messages of the contact."""
    return 1 - exp(-RELAX_PER_DAY * max(0, days) - RELAX_PER_MESSAGE * max(0, messages))


@lru_cache(maxsize=1 << 12)
def change(days: int) -> float:
    """Return d: how likely a number that stayed reachable has another delivery probability after so many days."""
    return 1 - exp(-CHANGE_PER_DAY * max(0, days))


def relaxed(weights: Vector, total: float, prior: Vector, days: int, messages: int) -> list[float]:
    """Return weights with this total after so many days and messages; they sum to one as the prior does."""
    back, anew = relaxation(days, messages), change(days)
    lost, lost_untold, out, out_untold = weights[0], weights[1], prior[0], prior[1]
    reach = 1 - out - out_untold
    stays = (1 - back + back * reach) / total
    gone = lost + lost_untold
    kept, come = stays * (1 - anew), stays * anew * (total - gone) / reach + back * gone / total
    # Every outcome of every contact comes through here, and all vectors are as long as the grid.
    moved = [kept * w + come * p for w, p in zip(weights, prior, strict=False)]
    still = (1 - back) / total
    moved[0], moved[1] = still * lost + back * out, still * lost_untold + back * out_untold
    return moved


def relaxed_mean(sums: Sums, prior: Sums, days: int, messages: int) -> float:
    """Return the probability of delivery after so many days and messages: the mean of `relaxed` weights.

    It needs no more of the weights, and of the prior, than their sums; those of the prior have a total of one.
    """
    back, anew = relaxation(days, messages), change(days)
    reach = 1 - prior.gone
    stays = 1 - back + back * reach
    come = stays * anew * (sums.total - sums.gone) / reach + back * sums.gone
    return PHONE_ON * (stays * (1 - anew) * sums.arriving + come * prior.arriving) / sums.total


def unrelaxed(function: Vector, prior: Vector, days: int, messages: int) -> list[float]:
    """Return a linear function of relaxed weights as one of the weights before they relaxed."""
    back, anew = relaxation(days, messages), change(days)
    reach = 1 - prior[0] - prior[1]
    stays = 1 - back + back * reach
    gone = function[0] * prior[0] + function[1] * prior[1]
    whole = sum(map(mul, function, prior))
    if_kept, kept = back * gone + stays * anew * (whole - gone) / reach, stays * (1 - anew)
    moved = [kept * f + if_kept for f in function]
    moved[0], moved[1] = (1 - back) * function[0] + back * whole, (1 - back) * function[1] + back * whole
    return moved


def awaiting(before: Filter | None, prior: Vector, day: int, messages: int) -> Vector:
    """Return the weights that the next outcome finds; without a filter before it, those of the prior."""
    if before is None:
        return prior
    return relaxed(before.weights, before.total, prior, day - before.day, messages - before.messages)


def advance(before: Filter | None, prior: Vector, likelihood: Vector, day: int, messages: int) -> Filter:
    """Return the filter after one more outcome; without a filter before it, it starts from the prior."""
    weights = list(map(mul, awaiting(before, prior, day, messages), likelihood))
    return Filter(weights, sum(weights), day, messages)


def present(own: Filter, tilt: Vector, prior: Vector, day: int, messages: int) -> list[float]:
    """Return the weights before the next message, which sum to one.

    `tilt` puts the filter, which rests on an older prior, on the present one: exactly, but for what had relaxed.
    """
    tilted = list(map(mul, own.weights, tilt))
    return relaxed(tilted, sum(tilted), prior, day - own.day, messages - own.messages)


def mean_of(weights: Vector) -> float:
    """Return the probability of delivery, 0 to 1; the weights may have any total."""
    mean: float = sum(map(mul, weights, GRID)) / sum(weights)
    return PHONE_ON * mean


def summarise(weights: Vector) -> tuple[float, float, float, float]:
    """Return the mean, the ends of the 80 % interval, and the probability of being reachable, each from 0 to 1."""
    running = list(accumulate(weights))
    total = running[-1]
    mean: float = sum(map(mul, weights, GRID)) / total
    low, high = _quantile(weights, running, 0.1 * total), _quantile(weights, running, 0.9 * total)
    if low > mean:
        low = mean
    if high < mean:
        high = mean
    return PHONE_ON * mean, PHONE_ON * low, PHONE_ON * high, 1 - sum(weights[:UNREACHABLE]) / total


def _quantile(weights: Vector, running: Sequence[float], mass: float) -> float:
    index = bisect_left(running, mass)
    if index < UNREACHABLE:
        return 0.0
    top = EDGES[index + 1]
    return top - (running[index] - mass) / weights[index] * (top - EDGES[index])


def sample_size(weights: Vector) -> float:
    """Return how many observations the weights are worth: those of the Beta with the same mean and variance."""
    mean, variance = _moments(weights)
    return max(0.0, mean * (1 - mean) / variance - 1)


def credibility(weights: Vector, prior: Vector) -> float:
    """Return how much the prior still counts, from 0 to 1: how far a change of its mean moves that of the weights.

    For small changes that is the ratio of the variances, as in credibility theory (Bühlmann 1967).
    """
    return min(1.0, _moments(weights)[1] / _moments(prior)[1])


def _moments(weights: Vector) -> tuple[float, float]:
    total = sum(weights)
    mean = sum(map(mul, weights, GRID)) / total
    square = sum(map(mul, weights, SQUARES)) / total
    return mean, max(square - mean * mean, 1e-9)
