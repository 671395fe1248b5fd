"""What is learned from other people: a prior for each group of contacts, shrunk towards that of the wider group.

The groups are nested: what the capability check said; that and the number type; these and the region. A group's prior
is the mean of its people's weights, drawn towards the prior of the group around it as if `SHRINKAGE` people more
looked exactly like that one (empirical Bayes; Efron and Morris 1975, "Data analysis using Stein's estimator"):

    W = (sum of a w + k W_around) / (sum of a + k)        k = 6

A person weighs a = 1 who was tried first on the channel, 1/4 who was tried only as a fallback (that sample is
selected), 0 who was never tried. People's weights w rest on the *reference* prior of their group, which only `fit`
changes, by a few rounds of expectation-maximisation (Dempster, Laird and Rubin 1977); between two fits each result
replaces its person's part of the sum, one step of its incremental form (Neal and Hinton 1998).

Sums are kept as whole numbers: they do not depend on the order of what was added, and can be taken back exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import add, mul, truediv
from typing import NamedTuple

from sent_tui.core.delivery_grid import GRID, Vector, mean_of, shipped_prior

GroupKey = tuple[str, ...]
"""Channel and check; with the number type; with the region."""
Recall = Callable[[str], Mapping[str, object] | None]
"""Finds a saved piece by its name; None when there is none."""

SHRINKAGE = 6
ROUNDS = 2
"""Rounds of expectation-maximisation in a fit: more would make priors sharper than people are."""
PARTS = 1 << 16
"""Into how many parts a weight of one is counted."""
FIRST_CHOICE, FALLBACK_ONLY = 4, 1
"""What a person weighs in a group, in quarters."""
LEVELS = ("check", "number type", "region")
"""What the people of a group share, from the widest to the narrowest group."""
SHIPPED = "shipped"
_PULL = SHRINKAGE * FIRST_CHOICE * PARTS
_SMALLEST = 1e-6


class Clock:
    """Counts the changes of all groups, so that each knows when it need not look at those around it."""

    __slots__ = ("ticks",)

    def __init__(self) -> None:
        self.ticks = 0


class View(NamedTuple):
    """What a group says of someone who was never tried."""

    prior: Vector
    """Weights that sum to one."""
    tilt: Vector
    """The factors that put people's weights on this prior instead of the reference."""
    mean: float
    """Probability of delivery."""
    people: int
    """How many were tried on the channel: in this group or, when there is nobody, in the narrowest around it."""
    level: str
    """What these people share, of `LEVELS`; `SHIPPED` when there are none."""


class Group:
    """People who are alike, on one channel."""

    __slots__ = (
        "_base", "_seen", "_stamp", "_view",
        "around", "changes", "clock", "fitted", "key", "people", "recalled", "shipped", "sums",
    )  # fmt: skip

    def __init__(self, key: GroupKey, around: Group | None, clock: Clock) -> None:
        self.key = key
        self.clock = clock
        self.around = around
        self.shipped: Vector = around.shipped if around else shipped_prior(key[0], key[1])
        self.sums: list[int] = [0] * len(GRID)
        """The people's weights, each times what the person weighs, in parts of a quarter."""
        self.people = 0
        """How many were ever tried on the channel."""
        self.fitted: Vector | None = None
        self.changes = 0
        self.recalled = 0
        """How many changes there were when it was recalled."""
        self._base: Vector | None = None
        self._stamp = self._seen = -1
        self._view: View | None = None

    @property
    def reference(self) -> Vector:
        """The prior on which the people's own weights rest."""
        if self.fitted is not None:
            return self.fitted
        return self.around.reference if self.around else self.shipped

    def view(self) -> View:
        """Return what the group says now; the same object until something was learned."""
        if self._view is None or self._seen != self.clock.ticks:
            self._seen = self.clock.ticks
            base = self.around.view().prior if self.around else self.shipped
            if self._view is None or base is not self._base or self._stamp != self.changes:
                self._base, self._stamp = base, self.changes
                self._view = self._look(base)
        return self._view

    def _look(self, base: Vector) -> View:
        whole = sum(self.sums) + _PULL
        prior = [(s + _PULL * b) / whole for s, b in zip(self.sums, base, strict=True)]
        known = next((group for group in self.chain() if group.people), None)
        people, level = (known.people, LEVELS[len(known.key) - 2]) if known else (0, SHIPPED)
        return View(prior, list(map(truediv, prior, self.reference)), mean_of(prior), people, level)

    def prior_with(self, parts: Sequence[int]) -> Vector:
        """Return the prior as it would be with these parts added to the sums."""
        base = self.around.prior_with(parts) if self.around else self.shipped
        sums = list(map(add, self.sums, parts))
        whole = sum(sums) + _PULL
        return [(s + _PULL * b) / whole for s, b in zip(sums, base, strict=True)]

    def add(self, parts: Sequence[int], people: int) -> None:
        """Add parts, which may be negative, to this group and those around it."""
        self.clock.ticks += 1
        for group in self.chain():
            group.sums = list(map(add, group.sums, parts))
            group.people += people
            group.changes += 1

    def chain(self) -> Iterator[Group]:
        """Go through this group and those around it, outwards."""
        group: Group | None = self
        while group is not None:
            yield group
            group = group.around

    def refer(self, fitted: Vector | None) -> None:
        """Set the reference prior; None stands for that of the group around."""
        self.clock.ticks += 1
        self.changes += 1
        self.fitted = fitted

    @property
    def name(self) -> str:
        """The name of its piece of the state."""
        return "/".join(self.key)

    def state(self) -> dict[str, object]:
        """Return what was learned, in a form for JSON."""
        return {"people": self.people, "sums": list(self.sums), "fitted": self.fitted}

    def restore(self, state: Mapping[str, object]) -> None:
        """Take what was saved; raise KeyError, TypeError or ValueError for what is none."""
        people, sums, fitted = state["people"], state["sums"], state["fitted"]
        if not (isinstance(people, int) and isinstance(sums, list) and len(sums) == len(GRID)):
            raise TypeError("a group of a delivery state has a number of people, and a sum for each point of the grid")
        self.people, self.sums = people, [int(s) for s in sums]
        self.refer([float(w) for w in fitted] if isinstance(fitted, list) else None)
        self.recalled = self.changes


Members = Mapping[Group, Sequence[tuple[float, Vector]]]
"""For each narrowest group: what each person weighs, and the person's weights on the shipped prior."""


class Groups:
    """All groups, made, or found among what was saved, when they are first asked for."""

    def __init__(self, recall: Recall = lambda name: None) -> None:
        self._groups: dict[GroupKey, Group] = {}
        self._recall = recall
        self.clock = Clock()

    def find(self, channel: str, check: str, number_type: str, region: str) -> Group:
        """Return the narrowest group of such people."""
        key = (channel, check, number_type, region)
        return self._groups.get(key) or self._at(key)

    def __iter__(self) -> Iterator[Group]:
        """Go through the groups, each after the one around it."""
        for key in sorted(self._groups, key=lambda key: (len(key), key)):
            yield self._groups[key]

    def fit(self, members: Members) -> None:
        """Set every reference prior from the weights of all people, and forget the sums."""
        taught = {around for group in members for around in group.chain()}
        priors = {group: group.shipped for group in self if group in taught}
        for _ in range(ROUNDS):
            priors = self._round(members, priors)
        for group in self:
            group.refer([round(max(w, _SMALLEST), 7) for w in priors[group]] if group in taught else None)
        self.clear()

    def clear(self) -> None:
        """Forget the sums; the reference priors stay."""
        for group in self:
            group.sums, group.people = [0] * len(GRID), 0
            group.changes += 1
        self.clock.ticks += 1

    def state(self) -> list[list[object]]:
        """Return every group that was learned from, in a form for JSON."""
        return [[list(map(str, group.key)), group.state()] for group in self if group.people or group.fitted]

    def changed(self) -> list[Group]:
        """Return the groups that learned something since they were recalled."""
        return [group for group in self if group.changes != group.recalled]

    def restore(self, state: Iterable[Sequence[object]]) -> None:
        """Take the groups of a state; raise TypeError or ValueError for what is none."""
        for key, learned in state:
            if not (isinstance(key, list) and isinstance(learned, Mapping)):
                raise TypeError("a group of a delivery state is [key, what was learned]")
            self._at(tuple(map(str, key))).restore(learned)

    def _at(self, key: GroupKey) -> Group:
        group = self._groups.get(key)
        if group is None:
            around = self._at(key[:-1]) if len(key) > 2 else None
            group = self._groups[key] = Group(key, around, self.clock)
            known = self._recall(group.name)
            if known is not None:
                group.restore(known)
        return group

    def _round(self, members: Members, priors: Mapping[Group, Vector]) -> dict[Group, Vector]:
        """Return the priors after one round: people's weights on the given ones, and the means of these."""
        sums: dict[Group, list[float]] = {group: [0.0] * len(GRID) for group in priors}
        for group in sorted(members, key=lambda group: group.key):
            tilt = list(map(truediv, priors[group], group.shipped))
            own = [0.0] * len(GRID)
            for weight, weights in members[group]:
                tilted = list(map(mul, weights, tilt))
                share = weight / sum(tilted)
                own = [total + share * w for total, w in zip(own, tilted, strict=True)]
            for around in group.chain():
                sums[around] = list(map(add, sums[around], own))
        found: dict[Group, Vector] = {}
        for group in priors:
            base = found[group.around] if group.around else group.shipped
            whole = sum(sums[group]) + SHRINKAGE
            found[group] = [(s + SHRINKAGE * b) / whole for s, b in zip(sums[group], base, strict=True)]
        return found


def tilt_between(group: Group, stored: Group) -> Vector:
    """Return the factors that put weights from one group's reference prior on another group's present prior."""
    view = group.view()
    return view.tilt if group is stored else list(map(truediv, view.prior, stored.reference))
