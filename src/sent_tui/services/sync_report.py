"""What a sync tells while it runs, and what it came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sent_tui.core.conflict import Conflict
from sent_tui.errors import NetworkError
from sent_tui.services.check_run import CheckProgress

CONFLICTS_KEPT: Final = 1_000
"""So many are listed; the others are counted."""


class Stage(StrEnum):
    """What a sync is about."""

    PULL = "pull"
    LOOK = "look"
    PUSH = "push"

    @property
    def label(self) -> str:
        """What is done, for a line of progress."""
        return {
            Stage.PULL: "Contacts read from Sent",
            Stage.LOOK: "Contacts looked through",
            Stage.PUSH: "Changes told to Sent",
        }[self]


@dataclass(frozen=True, slots=True)
class SyncProgress(CheckProgress):
    """How far a stage is; `total` is 0 while it is not known."""

    stage: Stage = Stage.PULL
    earlier: int = 0
    """Of what is done, how much was done before this run."""

    @property
    def rate(self) -> float:
        """Contacts a second, of this run."""
        seconds = self.elapsed.total_seconds()
        return (self.done - self.earlier) / seconds if seconds > 0 else 0.0

    @property
    def counts(self) -> str:
        """How much is done, of how much where that is known: "100 of 250"."""
        return f"{self.done:,} of {self.total:,}" if self.total else f"{self.done:,}"


OnProgress = Callable[[SyncProgress], None]


@dataclass(slots=True)
class SyncReport:
    """What a sync came to."""

    read: int = 0
    """Different contacts of Sent's that were read."""
    total: int | None = None
    """How many Sent has, by its own count; None where that was not told."""
    new: int = 0
    changed: int = 0
    same: int = 0
    merged: int = 0
    """Contacts of Sent's whose numbers other contacts here took over by a merge."""
    opted_out: int = 0
    """Opt-outs of Sent's that were taken."""
    opted_in: int = 0
    pushed: int = 0
    """Contacts of which Sent was told a decision."""
    waiting: int = 0
    """Contacts of which Sent is still to be told one: it ended early, or live sending is not armed."""
    unknown_there: int = 0
    """Contacts about which a person decided something, and that Sent does not have."""
    resumed_at: int = 0
    """The page at which an earlier pull was taken up; 0 for a pull from the beginning."""
    is_complete: bool = False
    """Whether every contact was read, as far as Sent's count tells."""
    is_cancelled: bool = False
    conflicts: list[Conflict] = field(default_factory=list)
    conflict_count: int = 0
    error: NetworkError | None = None
    """Why it ended early; None when it did not."""
    _listed: set[int] = field(default_factory=set, repr=False)
    """Hashes of all conflicts."""

    def add(self, conflict: Conflict) -> None:
        """List a conflict, or count it where there are very many; one that was added before is the same one."""
        mark = hash(conflict)
        if mark in self._listed:
            return
        self._listed.add(mark)
        self.conflict_count += 1
        if len(self.conflicts) < CONFLICTS_KEPT:
            self.conflicts.append(conflict)
