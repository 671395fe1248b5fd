"""What is done to a database, and what it must then hold.

A script is a list of steps, made from a seed. A state is what is there: the name of each contact, by its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

State = dict[str, str]

BULK = 50
"""So many contacts are added at once by the step `bulk`."""
KINDS = ("add", "edit", "delete", "bulk", "mixed")
"""What every store can do; `compact` is added where the store has it."""


@dataclass(frozen=True)
class Step:
    """One write: places and their new names; a place without a name is deleted."""

    kind: str
    names: Mapping[str, str]

    def after(self, state: State) -> State:
        """Return the state that the step makes of another one."""
        changed = state | dict(self.names)
        return {place: name for place, name in changed.items() if name}

    def as_json(self) -> dict[str, Any]:
        """Return the step for another process."""
        return asdict(self)


def one_step(kind: str, state: State, rng: Random) -> Step:
    """Return a step of a kind that fits a state."""
    free = max(map(int, state), default=-1) + 1
    known = sorted(state, key=int)
    word = f"{rng.randrange(16**6):06x}"
    if kind == "bulk":
        return Step(kind, {str(free + more): f"{word} {more}" for more in range(BULK)})
    if kind == "mixed":
        added = {str(free + more): f"{word} {more}" for more in range(3)}
        changed = rng.sample(known, min(4, len(known)))
        return Step(kind, added | {place: f"{word} again" if at % 2 else "" for at, place in enumerate(changed)})
    if kind == "compact":
        return Step(kind, {})
    if kind == "add" or not known:
        return Step("add", {str(free): word})
    place = rng.choice(known)
    return Step(kind, {place: f"{word} again" if kind == "edit" else ""})


def script(rng: Random, kinds: Sequence[str], length: int, state: State | None = None) -> list[Step]:
    """Return steps of the kinds, in any order."""
    now: State = dict(state or {})
    steps: list[Step] = []
    for _ in range(length):
        step = one_step(rng.choice(kinds), now, rng)
        steps.append(step)
        now = step.after(now)
    return steps


def states(steps: Iterable[Step], before: State | None = None) -> list[State]:
    """Return the state before each step, and the one after the last."""
    found: list[State] = [dict(before or {})]
    for step in steps:
        found.append(step.after(found[-1]))
    return found
