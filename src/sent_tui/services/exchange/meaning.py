"""What a row comes to, in values that pass from one process to another."""

from __future__ import annotations

from typing import Any, NamedTuple

from sent_tui.services.contacts import Refusal, outlined
from sent_tui.services.exchange.records import Row
from sent_tui.store.fresh import Outline

Packed = tuple[Any, ...]
"""Texts, bytes, numbers and truth values, in tuples: what `marshal` can write."""


class Understood(NamedTuple):
    """A row, and what it comes to: the outline of a contact, or a reason why there is none."""

    line: int
    """The line of the file on which the row begins, counted from 1."""
    outline: Outline | None
    refusal: Refusal | None = None
    remark: str = ""
    """What of the row is left out."""
    raw: str = ""
    """The row as it stands in the file, shortened, where something is said of it."""


def understood(row: Row) -> Understood:
    """Return what a row comes to."""
    line, entry, raw, problem, remark = row
    meant = Refusal(problem) if entry is None else outlined(entry)
    if not isinstance(meant, Outline):
        return Understood(line, None, meant, remark, raw)
    return Understood(line, meant, None, remark, raw if remark else "")


def packed(item: Understood) -> Packed:
    """Return what a row comes to in plain values."""
    line, outline, refusal, remark, raw = item
    if refusal is not None:
        return line, None, tuple(refusal), remark, raw
    return line, tuple(outline or ()), None, remark, raw


def unpacked(item: Packed) -> Understood:
    """Return what `packed` was given."""
    line, outline, refusal, remark, raw = item
    if refusal is not None:
        return Understood(line, None, Refusal(*refusal), remark, raw)
    return Understood(line, Outline._make(outline), None, remark, raw)
