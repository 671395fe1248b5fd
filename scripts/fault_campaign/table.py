"""The figures of a campaign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

KEPT = 5
"""So many particulars are kept of each thing that went wrong."""


@dataclass
class Figures:
    """What came of one fault happening to one store."""

    fault: str
    subject: str
    bar: str
    passes: Callable[[Figures], bool]
    trials: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    info: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)
    skipped: str = ""

    def add(self, problem: str, detail: object = "") -> None:
        """Count a trial; an empty problem is a good one."""
        self.trials += 1
        if problem:
            self.bad[problem] += 1
            if self.bad[problem] <= KEPT:
                self.details.append(f"{problem}: {detail}")

    @property
    def bad_trials(self) -> int:
        """How many things went wrong."""
        return sum(self.bad.values())

    @property
    def result(self) -> str:
        """Return the verdict in a word."""
        if self.skipped:
            return "SKIPPED"
        return "ok" if self.trials and self.passes(self) else "FAILED"


def all_good(figures: Figures) -> bool:
    """Pass when nothing went wrong."""
    return not figures.bad_trials


def some_bad(figures: Figures) -> bool:
    """Pass, as a control, when the check notices something."""
    return figures.bad_trials > 0


def half_bad(figures: Figures) -> bool:
    """Pass, as a control, when at least every second trial goes wrong."""
    return 2 * figures.bad_trials >= figures.trials


def ours(fault: str, subject: str = "sent-tui") -> Figures:
    """Return empty figures of a store that must stand a fault."""
    return Figures(fault, subject, "0 bad", all_good)


def control(fault: str, subject: str, passes: Callable[[Figures], bool] = some_bad) -> Figures:
    """Return empty figures of a store that must not."""
    return Figures(fault, f"control: {subject}", ">= 1/2 bad" if passes is half_bad else ">= 1 bad", passes)


def skipped(fault: str, reason: str) -> Figures:
    """Return figures of a fault that could not be made."""
    return Figures(fault, "", "", all_good, skipped=reason)


def printed(rows: list[Figures]) -> str:
    """Return the figures as a table, with the particulars of what should not have happened below."""
    lines = [f"{'fault':<34}{'store':<30}{'trials':>7}{'bad':>6}  {'bar':<12}{'result':<8} what"]
    for row in rows:
        what = row.skipped or ", ".join(f"{count} {name}" for name, count in (row.bad + row.info).most_common())
        shown = (
            f"{row.fault:<34}{row.subject:<30}{row.trials:>7}{row.bad_trials:>6}  {row.bar:<12}{row.result:<8} {what}"
        )
        lines.append(shown.rstrip())
    for row in rows:
        if row.result == "FAILED":
            lines += [f"{row.fault}, {row.subject}: {detail}" for detail in row.details]
    return "\n".join(lines)
