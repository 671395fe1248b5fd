"""What is believed of a group of people on one channel, from what each of them puts in and from the group around it.

Whether the channel reaches them is the mean of what their weights say, drawn towards the group around it as if
`SHRINKAGE` people more were exactly like that one (empirical Bayes; Efron and Morris 1975, "Data analysis using Stein's
estimator"). How well it works for those whom it reaches is a mixture of curves (`delivery_curves`), drawn from there
towards people's own weights where these know more than the curves do. With u for what w has on "not reachable", v for
the rest, c = (n / (n + 10))^3 for n results, and C for the mixture of curves:

    U = (sum of a u + k U_around) / (sum of a + k)                              k = 6
    V ~ sum of a c v + l V_around C / C_around, which sums to 1 - U             l = 40, V_around sums to 1

A person weighs a = 1 who was tried first on the channel, 1/4 who was tried only as a fallback (that sample is
selected), 0 who was never tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sent_tui.core.delivery_curves import CURVES, SHARES, Tally, blend, shares_after, shipped_prior, support
from sent_tui.core.delivery_grid import GRID, UNREACHABLE, Filter, Vector
from sent_tui.core.delivery_sums import PARTS, moved, pack, unpack

SHRINKAGE = 6
CURVE_SHRINKAGE = 40
"""The same for how well the channel works for those whom it reaches."""
RESULTS_TO_KNOW = 10
"""With so many results, a person's own ones say as much of that as was known before."""
FIRST_CHOICE, FALLBACK_ONLY = 4, 1
"""What a person weighs in a group, in quarters."""
_PULL, _CURVE_PULL = (people * FIRST_CHOICE * PARTS for people in (SHRINKAGE, CURVE_SHRINKAGE))
_COUNTED = 1 + len(GRID)
SUMS = _COUNTED + len(CURVES)
"""How many sums a group has: the two kinds of "not reachable", the rest, each point g > 0, and each curve."""


class Tallies(NamedTuple):
    """What came of somebody's attempts on a channel."""

    first: Tally = (0, 0, 0)
    """Where it was tried first."""
    later: Tally = (0, 0, 0)
    """Where it was a fallback."""

    @property
    def total(self) -> Tally:
        """What came of all of them."""
        (soft, hard, delivered), (soft_later, hard_later, delivered_later) = self
        return soft + soft_later, hard + hard_later, delivered + delivered_later

    @property
    def telling(self) -> Tally:
        """Those that say how well a channel works for people like this: fallbacks only where there is nothing else."""
        return self.first if any(self.first) else self.later

    @property
    def weight(self) -> int:
        """What the person weighs in the group, in quarters."""
        return FIRST_CHOICE if any(self.first) else FALLBACK_ONLY

    def failed_again(self) -> Tallies:
        """Return these and one more soft failure of the channel as the first choice."""
        soft, hard, delivered = self.first
        return Tallies((soft + 1, hard, delivered), self.later)


class Belief(NamedTuple):
    """What is believed of a group's people."""

    prior: Vector
    """Weights that sum to one."""
    shares: Sequence[float]
    """The share of each curve."""
    curve: Vector
    """The curves by their shares."""


def shipped_belief(channel: str, check: str) -> Belief:
    """Return what is believed before anything was seen."""
    return Belief(shipped_prior(channel, check), SHARES, blend(SHARES))


def parts_of(channel: str, check: str, own: Filter, tallies: Tallies) -> int:
    """Return what someone with this filter and these tallies puts into the sums, packed."""
    weight = tallies.weight
    scale = weight * PARTS / own.total
    known = scale * _known(sum(tallies.total))
    told, untold, *reached = own.weights
    gone, gone_untold = int(told * scale), int(untold * scale)
    counted = [gone, gone_untold, weight * PARTS - gone - gone_untold, *map(int, [w * known for w in reached])]
    curves = support(channel, check, tallies.telling)
    return pack(counted) + moved(weight * curves, _COUNTED)


def believe(sums: int, around: Belief) -> Belief:
    """Return what is believed of a group with these sums, of the group around which that much is believed."""
    counted = unpack(sums, SUMS)
    if min(counted) < 0:
        # Somebody's parts were taken out whom the group, found without what it had learned, does not know.
        counted = [max(0, number) for number in counted]
    gone, gone_untold, reached = counted[: UNREACHABLE + 1]
    own, curves = counted[UNREACHABLE + 1 : _COUNTED], counted[_COUNTED:]
    shares = shares_after(around.shares, curves, FIRST_CHOICE * PARTS)
    curve = blend(shares)
    whole = gone + gone_untold + reached + _PULL
    out, out_untold = (gone + _PULL * around.prior[0]) / whole, (gone_untold + _PULL * around.prior[1]) / whole
    wide = [w * c / c_around for w, c, c_around in zip(around.prior[UNREACHABLE:], curve, around.curve, strict=True)]
    pull = _CURVE_PULL / sum(wide)
    scale = (1 - out - out_untold) / (sum(own) + _CURVE_PULL)
    return Belief([out, out_untold, *[(o + pull * w) * scale for o, w in zip(own, wide, strict=True)]], shares, curve)


@lru_cache(maxsize=1 << 12)
def _known(results: int) -> float:
    """Return how much a person's own results say of how well a channel works for them, 0 to 1."""
    return (results / (results + RESULTS_TO_KNOW)) ** 3
