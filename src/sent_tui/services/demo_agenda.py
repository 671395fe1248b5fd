"""The demo's own time: what will happen, taken in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

Act = Callable[[], None]


class Agenda:
    """A clock that goes from one thing that happens to the next."""

    def __init__(self, begins: datetime) -> None:
        self.at = begins
        """The present."""
        self._order = count()
        self._acts: list[tuple[datetime, int, Act]] = []

    def __call__(self) -> datetime:
        """Return the present, as a clock does."""
        return self.at

    def plan(self, at: datetime, act: Act) -> None:
        """Let something happen at a time; of two things at the same time, what was planned first comes first."""
        heappush(self._acts, (at, next(self._order), act))

    def run(self, until: datetime) -> None:
        """Let happen all that does before a time, and all that follows from it."""
        while self._acts and self._acts[0][0] < until:
            self.at, _, act = heappop(self._acts)
            act()
        self.at = until
