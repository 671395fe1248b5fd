"""What rows come to, in values that pass from one process to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from sent_tui.services.contacts import NewContact, Refusal, outlined
from sent_tui.services.exchange.records import Row
from sent_tui.store.fresh import Outline

Packed = tuple[Any, ...]
"""Texts, bytes, numbers and truth values, in tuples, lists and dictionaries: what `marshal` can write."""


class Note(NamedTuple):
    """What is to be said of a row."""

    raw: str
    """The row as it stands in the file, shortened."""
    refusal: Refusal | None
    """Why it does not become a contact."""
    remark: str = ""
    """What of it is left out."""
    entry: NewContact | None = None
    """What the row says of a contact, where only its number is at fault."""


class Understood(Struct, frozen=True):
    """Rows that follow each other, and what each comes to."""

    lines: Sequence[int]
    """The line of the file on which each row begins, counted from 1."""
    outlines: Sequence[Outline | None]
    """The outline of the contact that each row becomes; None where it becomes none."""
    notes: Mapping[int, Note]
    """Of some rows, by their places among these."""

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.lines)

    def part(self, start: int, end: int) -> Understood:
        """Return the rows from `start` up to `end`."""
        notes = {place - start: note for place, note in self.notes.items() if start <= place < end}
        return Understood(self.lines[start:end], self.outlines[start:end], notes)


def understood(rows: Iterable[Row]) -> Understood:
    """Return what rows come to."""
    lines: list[int] = []
    outlines: list[Outline | None] = []
    notes: dict[int, Note] = {}
    for line, entry, raw, problem, remark in rows:
        meant = Refusal(problem) if entry is None else outlined(entry)
        refusal, outline = (None, meant) if isinstance(meant, Outline) else (meant, None)
        if refusal or remark:
            notes[len(lines)] = Note(raw, refusal, remark, entry if refusal else None)
        lines.append(line)
        outlines.append(outline)
    return Understood(lines, outlines, notes)


def packed(rows: Understood) -> Packed:
    """Return what rows come to in plain values."""
    outlines = [outline and tuple(outline) for outline in rows.outlines]
    notes = {
        place: (raw, refusal and tuple(refusal), remark, entry and tuple(entry))
        for place, (raw, refusal, remark, entry) in rows.notes.items()
    }
    return rows.lines, outlines, notes


def unpacked(values: Packed) -> Understood:
    """Return what `packed` was given; raises one of several errors for anything else."""
    lines, outlines, notes = values
    if len(lines) != len(outlines) or not notes.keys() <= set(range(len(lines))):
        raise ValueError("rows are missing")
    return Understood(
        lines,
        [outline and Outline._make(outline) for outline in outlines],
        {
            place: Note(raw, refusal and Refusal(*refusal), remark, entry and NewContact(*entry))
            for place, (raw, refusal, remark, entry) in notes.items()
        },
    )
