"""What came of an import, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Final

from sent_tui.errors import UsageError
from sent_tui.services.contacts import NewContact
from sent_tui.services.exchange.writing import check_target, write_rows, writing

MAX_PROBLEMS: Final = 100_000
"""Refused rows that a report names; those beyond are only counted."""

_HEADER: Final = ("line", "reason", "suggestion", "original")


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that did not become a contact, or not as a whole."""

    line: int
    """The line of the file on which the row begins, counted from 1."""
    raw: str
    """The row as it stands in the file, shortened."""
    reason: str
    suggestion: str = ""
    """The number that may have been meant, in E.164."""
    entry: NewContact | None = field(default=None, compare=False)
    """What the row says of a contact, where only its number is at fault."""

    def to_json(self) -> dict[str, Any]:
        """Return the problem as an object for JSON."""
        return {"line": self.line, "raw": self.raw, "reason": self.reason, "suggestion": self.suggestion}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import or an export is."""

    rows: int
    """Rows done."""
    done: int
    """Bytes of the file that were read, or contacts that were written."""
    total: int
    """Bytes of the file, or contacts to write."""
    refused: int = 0
    """Rows refused so far."""
    seconds: float = field(default=0.0, compare=False)
    """Since it began."""

    @property
    def share(self) -> float:
        """The part that is done, from 0 to 1."""
        return self.done / self.total if self.total else 1.0

    @property
    def rate(self) -> float:
        """Rows done in a second."""
        return self.rows / max(self.seconds, 0.001)

    @property
    def left(self) -> timedelta | None:
        """How long the rest takes if it goes on like this; None while that cannot be told."""
        return timedelta(seconds=self.seconds / self.share - self.seconds) if self.share and self.seconds else None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of an import."""

    added: int = 0
    """Contacts made."""
    merged: int = 0
    """Rows of contacts that were there, to which they added a name, tags, notes or an opt-out."""
    unchanged: int = 0
    """Rows of contacts that were there, to which they added nothing."""
    refused: tuple[Problem, ...] = ()
    """The rows that did not become a contact, each with its reason."""
    remarks: tuple[Problem, ...] = ()
    """The rows that became a contact, but not as a whole."""
    opted_out: int = 0
    """Contacts that were opted out because the file says so."""
    refused_count: int = 0
    """How many rows were refused, also those that are not named."""
    cancelled: bool = False
    """Whether it was stopped before the end of the file. What it did is kept."""

    @property
    def rows(self) -> int:
        """Rows read."""
        return self.added + self.merged + self.unchanged + self.refused_count

    def to_json(self) -> dict[str, Any]:
        """Return the report as an object for JSON."""
        return {
            "rows": self.rows,
            "added": self.added,
            "merged": self.merged,
            "unchanged": self.unchanged,
            "opted_out": self.opted_out,
            "refused_count": self.refused_count,
            "cancelled": self.cancelled,
            "refused": [problem.to_json() for problem in self.refused],
            "remarks": [problem.to_json() for problem in self.remarks],
        }


def check_problems_target(path: Path) -> None:
    """Raise UsageError or NotFoundError when problems cannot be written to this file.

    A file that is there may only be an earlier list of problems, so that no mistyped name costs a person's data.
    """
    check_target(path, overwrite=True)
    if path.exists() and not _is_list_of_problems(path):
        raise UsageError(
            "The file exists already",
            f"{path} is no list of refused rows, and is left as it is.",
            "Choose another name.",
        )


def write_problems(problems: Iterable[Problem], path: Path) -> None:
    """Write refused rows as CSV: line, reason, suggestion, original. Only an earlier such list is replaced."""
    check_problems_target(path)
    rows = ((str(item.line), item.reason, item.suggestion, item.raw) for item in problems)
    with writing(path, overwrite=True) as file:
        write_rows(file, chain((_HEADER,), rows))


def _is_list_of_problems(path: Path) -> bool:
    header = ",".join(f'"{name}"' for name in _HEADER).encode()
    with path.open("rb") as file:
        start = file.read(len(header))
    return start in {b"", header}
