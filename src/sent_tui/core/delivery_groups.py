"""What is learned from other people: a prior for each group of contacts, from what its people put in.

The groups are nested: what the capability check said; that and the number type; these and the region. What is believed
of a group starts from what is believed of the one around it (`delivery_belief`).

People's weights rest on the *reference* prior of their group, which only `fit` changes, by a round of expectation-
maximisation (Dempster, Laird and Rubin 1977); between two fits each result replaces its person's part of the sums, one
step of its incremental form (Neal and Hinton 1998). Sums are of whole numbers: they do not depend on the order of what
was added, and can be taken back exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import truediv
from typing import NamedTuple

from sent_tui.core.delivery_belief import SUMS, Belief, Tallies, believe, parts_of, shipped_belief
from sent_tui.core.delivery_grid import Filter, Vector, mean_of
from sent_tui.core.delivery_sums import pack, unpack

GroupKey = tuple[str, ...]
"""Channel and check; with the number type; with the region."""
Recall = Callable[[str], Mapping[str, object] | None]
"""Finds a saved piece by its name; None when there is none."""

LEVELS = ("check", "number type", "region")
"""What the people of a group share, from the widest to the narrowest group."""
SHIPPED = "shipped"
_SMALLEST = 1e-6


class Clock:
    """Counts the changes of all groups, so that each knows when it need not look at those around it."""

    __slots__ = ("ticks",)

    def __init__(self) -> None:
        self.ticks = 0


class View(NamedTuple):
    """What a group says of someone who was never tried."""

    belief: Belief
    tilt: Vector
    """The factors that put people's weights on this prior instead of the reference."""
    mean: float
    """Probability of delivery."""
    people: int
    """How many were tried on the channel: in this group or, when there is nobody, in the narrowest around it."""
    level: str
    """What these people share, of `LEVELS`; `SHIPPED` when there are none."""

    @property
    def prior(self) -> Vector:
        """Weights that sum to one."""
        return self.belief.prior


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
        self.shipped: Belief = around.shipped if around else shipped_belief(*key)
        self.sums = 0
        """What its people have put in, packed."""
        self.people = 0
        """How many were ever tried on the channel."""
        self.fitted: Vector | None = None
        self.changes = 0
        self.recalled = 0
        """How many changes there were when it was recalled."""
        self._base: Belief | None = None
        self._stamp = self._seen = -1
        self._view: View | None = None

    @property
    def reference(self) -> Vector:
        """The prior on which the people's own weights rest."""
        if self.fitted is not None:
            return self.fitted
        return self.around.reference if self.around else self.shipped.prior

    def view(self) -> View:
        """Return what the group says now; the same object until something was learned."""
        if self._view is None or self._seen != self.clock.ticks:
            self._seen = self.clock.ticks
            base = self.around.view().belief if self.around else self.shipped
            if self._view is None or base is not self._base or self._stamp != self.changes:
                self._base, self._stamp = base, self.changes
                self._view = self._look(base)
        return self._view

    def _look(self, base: Belief) -> View:
        belief = believe(self.sums, base)
        known = next((group for group in self.chain() if group.people), None)
        people, level = (known.people, LEVELS[len(known.key) - 2]) if known else (0, SHIPPED)
        tilt = list(map(truediv, belief.prior, self.reference))
        return View(belief, tilt, mean_of(belief.prior), people, level)

    def belief_with(self, parts: int, left: Group | None, taken: int) -> Belief:
        """Return what would be believed with parts of someone who leaves another group, or none, and takes others."""
        own = self.sums + parts - (taken if left is not None and self in left.chain() else 0)
        return believe(own, self.around.belief_with(parts, left, taken) if self.around else self.shipped)

    def parts(self, own: Filter, tallies: Tallies) -> int:
        """Return what someone with this filter and these tallies puts into the sums, packed."""
        return parts_of(self.key[0], self.key[1], own, tallies)

    def add(self, parts: int, people: int) -> None:
        """Add parts, which may be negative, to this group and those around it."""
        self.clock.ticks += 1
        for group in self.chain():
            group.sums += parts
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
        return {"people": self.people, "sums": unpack(self.sums, SUMS), "fitted": self.fitted}

    def restore(self, state: Mapping[str, object]) -> None:
        """Take what was saved; raise KeyError, TypeError or ValueError for what is none."""
        people, sums, fitted = state["people"], state["sums"], state["fitted"]
        if not (isinstance(people, int) and isinstance(sums, list) and len(sums) == SUMS):
            raise TypeError(f"a group of a delivery state has a number of people, and {SUMS} sums")
        self.people, self.sums = people, pack([int(s) for s in sums])
        self.refer([float(w) for w in fitted] if isinstance(fitted, list) else None)
        self.recalled = self.changes


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

    def fit(self) -> None:
        """Make what every group says now its reference prior, and forget the sums."""
        priors = {group: group.view().prior for group in self if group.people}
        for group in self:
            fitted = priors.get(group)
            group.refer(None if fitted is None else [round(max(w, _SMALLEST), 7) for w in fitted])
        self._clear()

    def start_over(self) -> None:
        """Forget everything that was learned."""
        for group in self:
            group.refer(None)
        self._clear()

    def _clear(self) -> None:
        for group in self:
            group.sums, group.people = 0, 0
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


def tilt_between(group: Group, stored: Group) -> Vector:
    """Return the factors that put weights from one group's reference prior on another group's present prior."""
    view = group.view()
    return view.tilt if group is stored else list(map(truediv, view.prior, stored.reference))
