"""The mathematics of the delivery model: weights on a grid of delivery probabilities, and what changes them.

What is believed about one channel of one contact is a vector of 16 weights, one for each probability in `GRID`. It is
filtered like the hidden state of a Markov chain (Rabiner 1989, "A tutorial on hidden Markov models", forward pass):
time lets it relax towards the prior of the contact's group, and each outcome multiplies it by a likelihood.

    relax     w <- (1 - h) w + h W        h = 1 - exp(-rho days - eta messages)
    evidence  w <- w L / sum(w L)

A Beta distribution has the wrong shape, because reachability is bimodal: either the number is not on the channel, or
nearly everything arrives. So the prior is a spike at 0 and a Beta-shaped mass. Weights need not sum to one; a filter
carries their total instead.
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

GRID = (0.0, 0.03, 0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.70, 0.78, 0.84, 0.88, 0.92, 0.95, 0.975, 0.99)
"""Delivery probabilities while the phone is on; the first stands for "not reachable"."""
SQUARES = tuple(g * g for g in GRID)
EDGES = (0.0, *((low + high) / 2 for low, high in pairwise(GRID)), 1.0)
"""The borders of the interval that each point stands for; the first stands for 0 alone."""
SHAPE = (9.0, 1.1)
"""The Beta distribution of delivery probabilities among reachable numbers, before anything was seen."""

RELAX_PER_DAY = 0.0015
RELAX_PER_MESSAGE = 0.01
PHONE_OFF = 0.018
"""Probability that a handset is off when a message comes."""
OFF_FACTOR = 0.15
"""What is left of the delivery probability when it is off."""
UNREPORTED = 0.01
"""Share of deliveries of which no report ever comes."""
PHONE_ON = 1 - (1 - OFF_FACTOR) * PHONE_OFF
"""Factor from the probability while the phone is on to the probability of delivery."""

SOFT, HARD, DELIVERED = 0, 1, 2
"""Outcomes as numbers; of two reports about one attempt, the greater is what happened."""


class Traits(NamedTuple):
    """What is assumed about a channel before anything was seen."""

    unreachable: float
    """Share of numbers that it cannot reach."""
    hard_if_unreachable: float
    """Share of failures that come with a fact about the recipient, when the number is not reachable."""
    hard_if_reachable: float


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


def likelihoods(channel: str, reported: float = 1.0) -> Likelihoods:
    """Return the likelihoods of a channel: g for a delivery, and 1 - g shared out among the classes of failure.

    Some deliveries are never reported, and are taken for soft failures when the time for a report is over.

    `reported` is the share of the facts about recipients that reach us as such; the others look like soft failures.
    """
    traits = TRAITS.get(channel, OTHER_TRAITS)
    hard = [reported * share for share in (traits.hard_if_unreachable, *[traits.hard_if_reachable] * (len(GRID) - 1))]

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
    weights: Vector = prior
    if known is not None:
        back = relaxation(day - known.day, messages - known.messages)
        weights = [(1 - back) / known.total * w + back * p for w, p in zip(known.weights, prior, strict=True)]
    off: float = share * sum(map(mul, weights, table.soft_off))
    on: float = (1 - share) * sum(map(mul, weights, table.soft_on))
    return off / (off + on)


def expected_facts(channel: str, prior: Vector, failed: int, *, delivered: bool) -> float:
    """Return how many of someone's failures should have come with a fact about the recipient.

    That is judged by the counts alone, whatever class the failures had, so that it can be compared with those that did.
    """
    traits = TRAITS.get(channel, OTHER_TRAITS)
    unreachable = 0.0
    if not delivered:
        failing = sum(w * pow(1 - g, failed) for w, g in zip(prior, GRID, strict=True))
        unreachable = prior[0] / failing
    return failed * (unreachable * traits.hard_if_unreachable + (1 - unreachable) * traits.hard_if_reachable)


def shipped_prior(channel: str, check: str) -> Vector:
    """Return the weights before anything was learned, for a channel and what a capability check said."""
    spike = TRAITS.get(channel, OTHER_TRAITS).unreachable
    if check in CHECK_ODDS:
        if_reachable, if_not = CHECK_ODDS[check]
        spike = spike * if_not / (spike * if_not + (1 - spike) * if_reachable)
    a, b = SHAPE
    density: list[float] = [pow(g, a - 1) * pow(1 - g, b - 1) for g in GRID[1:]]
    masses = [point * (high - low) for point, low, high in zip(density, EDGES[1:-1], EDGES[2:], strict=True)]
    rest = (1 - spike) / sum(masses)
    return [spike, *(mass * rest for mass in masses)]


@lru_cache(maxsize=1 << 14)
def relaxation(days: int, messages: int) -> float:
    """Return h: how far weights have gone back to the prior after so many days and messages of the contact."""
    return 1 - exp(-RELAX_PER_DAY * max(0, days) - RELAX_PER_MESSAGE * max(0, messages))


def advance(before: Filter | None, prior: Vector, likelihood: Vector, day: int, messages: int) -> Filter:
    """Return the filter after one more outcome; without a filter before it, it starts from the prior."""
    if before is None:
        weights = list(map(mul, prior, likelihood))
    else:
        back = relaxation(day - before.day, messages - before.messages)
        kept = (1 - back) / before.total
        weights = [(kept * w + back * p) * told for w, p, told in zip(before.weights, prior, likelihood, strict=True)]
    return Filter(weights, sum(weights), day, messages)


def present(own: Filter, tilt: Vector, prior: Vector, day: int, messages: int) -> list[float]:
    """Return the weights before the next message, which sum to one.

    `tilt` puts the filter, which rests on an older prior, on the present one: exactly, but for what had relaxed.
    """
    back = relaxation(day - own.day, messages - own.messages)
    tilted = list(map(mul, own.weights, tilt))
    kept = (1 - back) / sum(tilted)
    return [kept * w + back * p for w, p in zip(tilted, prior, strict=True)]


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
    return PHONE_ON * mean, PHONE_ON * low, PHONE_ON * high, 1 - weights[0] / total


def _quantile(weights: Vector, running: Sequence[float], mass: float) -> float:
    index = bisect_left(running, mass)
    if index == 0:
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
