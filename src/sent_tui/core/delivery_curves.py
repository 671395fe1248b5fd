"""How well a channel works for the numbers that it reaches: a few curves, and for which of them results speak.

In one country nearly every SMS arrives, in another every fourth is lost. A *curve* is a distribution of delivery
probabilities over the points g > 0 of the grid. There are two for each of seven levels: on an *even* one people differ
a little, and on a *mixed* one most people are alike and one in twelve may have any probability. What is known of a
group is a share for each curve, by Bayes' rule from what came of its people's messages:

    share <- share (product over people of m^a) ^ TEMPER        m = sum of P L

where P is the prior with that curve, L the likelihood of all that a person's messages came to, and a what the person
weighs. The results are tempered ("coarsened", Miller and Dunson 2019, "Robust Bayesian inference via coarsening"),
because people leave channels, phones are off, and reports are lost, of which L knows nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from math import exp, log
from operator import mul

from sent_tui.core.delivery_grid import (
    CHECK_ODDS,
    EDGES,
    GRID,
    OTHER_TRAITS,
    TRAITS,
    UNREACHABLE,
    UNTOLD,
    Vector,
    likelihoods,
)
from sent_tui.core.delivery_sums import PARTS, pack

Tally = tuple[int, int, int]
"""Soft failures, hard failures, deliveries."""

MEANS = (0.96, 0.93, 0.895, 0.85, 0.79, 0.70, 0.55)
"""Means of the curves, but for those whom a mixed one leaves out."""
EVEN, MIXED = 6.0, 20.0
"""How alike people are: a + b of the Beta distribution."""
ODD_SHARE, ODD = 0.08, (1.5, 1.2)
"""On a mixed curve, how many people may have any probability, and the Beta distribution of these."""
EVEN_SHARE = 0.4
USUAL, SPREAD = 0.89, 0.3
"""The mean that a channel usually has, and how quickly others become rarer, by log odds."""
TEMPER = 0.2
"""How much of what results say about the curves is believed."""
FADING = 0.1
"""Share of a group's belief that comes from before anything was seen, and not from the group around it."""


def beta(a: float, b: float) -> Vector:
    """Return a Beta distribution over the points g > 0; it sums to one."""
    cells = zip(GRID, pairwise(EDGES), strict=True)
    masses = [pow(g, a - 1) * pow(1 - g, b - 1) * (high - low) for g, (low, high) in list(cells)[UNREACHABLE:]]
    whole = sum(masses)
    return [mass / whole for mass in masses]


def _curves() -> Iterator[tuple[Vector, float]]:
    """Yield all curves, each with how common it is."""
    odd = beta(*ODD)
    for mean in MEANS:
        even = beta(EVEN * mean, EVEN * (1 - mean))
        alike = beta(MIXED * mean, MIXED * (1 - mean))
        mixed = [(1 - ODD_SHARE) * x + ODD_SHARE * y for x, y in zip(alike, odd, strict=True)]
        yield even, EVEN_SHARE * _frequency(even)
        yield mixed, (1 - EVEN_SHARE) * _frequency(mixed)


def _frequency(curve: Vector) -> float:
    mean = sum(map(mul, curve, GRID[UNREACHABLE:]))
    return exp(-abs(log(mean / (1 - mean)) - log(USUAL / (1 - USUAL))) / SPREAD)


CURVES, _frequencies = zip(*_curves(), strict=True)
SHARES = [frequency / sum(_frequencies) for frequency in _frequencies]
"""The share of each curve before anything was seen."""
_NEVER = 1e-300
_COLUMNS = list(zip(*CURVES, strict=True))


def blend(shares: Sequence[float]) -> list[float]:
    """Return the curves mixed by these shares, which sum to one, as the result does."""
    return [sum(map(mul, shares, column)) for column in _COLUMNS]


def shares_after(around: Sequence[float], supports: Sequence[int], unit: int) -> list[float]:
    """Return a group's shares, from those of the group around it and the support for each curve, in parts of `unit`."""
    scale, top = TEMPER / unit, max(supports)
    found = [
        (FADING * first + (1 - FADING) * wide) * exp(scale * (told - top))
        for first, wide, told in zip(SHARES, around, supports, strict=True)
    ]
    whole = sum(found)
    return [share / whole for share in found]


@lru_cache
def shipped_prior(channel: str, check: str) -> Vector:
    """Return the weights before anything was learned, for a channel and what a capability check said."""
    spike = TRAITS.get(channel, OTHER_TRAITS).unreachable
    if check in CHECK_ODDS:
        if_reachable, if_not = CHECK_ODDS[check]
        spike = spike * if_not / (spike * if_not + (1 - spike) * if_reachable)
    return [spike * (1 - UNTOLD), spike * UNTOLD, *((1 - spike) * mass for mass in blend(SHARES))]


@lru_cache(maxsize=1 << 14)
def support(channel: str, check: str, results: Tally) -> int:
    """Return what results say for each curve beside the one they speak least for: logarithms, in parts, packed."""
    soft, hard, delivered = results
    logs = [soft * x + hard * y + delivered * z for x, y, z in _log_likelihoods(channel)]
    # The likelihood of many results is too small a number, so that it is looked at beside the greatest one.
    top = max(logs)
    told = [exp(one - top) for one in logs]
    prior = shipped_prior(channel, check)
    gone = prior[0] * told[0] + prior[1] * told[1]
    reached, seen = 1 - prior[0] - prior[1], told[UNREACHABLE:]
    found = [log(gone + reached * sum(map(mul, curve, seen))) for curve in CURVES]
    least = min(found)
    return pack([round((one - least) * PARTS) for one in found])


@lru_cache
def _log_likelihoods(channel: str) -> list[tuple[float, float, float]]:
    """Return the logarithms of the likelihoods of a soft failure, a hard one and a delivery, for each state."""
    table = likelihoods(channel)
    rows = zip(table.soft, table.hard, table.delivered, strict=True)
    return [(log(soft), log(hard), log(max(delivered, _NEVER))) for soft, hard, delivered in rows]
