"""What a row comes to, and how rows pass from one process to another."""

from __future__ import annotations

from typing import Any, NamedTuple

from sent_tui.core.number_type import NumberType
from sent_tui.core.phone import Doubt, InvalidNumber, InvalidReason, PhoneNumber
from sent_tui.services.contacts import Meaning, NewContact, meaning
from sent_tui.services.exchange.records import Row
from sent_tui.store.fresh import Outline

Packed = tuple[Any, ...]
"""Texts, numbers and truth values, in tuples: what `marshal` can write."""


class Understood(NamedTuple):
    """A row, and what it comes to."""

    row: Row
    meant: Meaning | None
    """None for a row that cannot be used."""


def understood(row: Row) -> Understood:
    """Return a row with what it comes to."""
    return Understood(row, None if row.entry is None else meaning(row.entry))


def packed(item: Understood) -> Packed:
    """Return a row and what it comes to in plain values."""
    (line, entry, raw, problem, remark), meant = item
    said = None if entry is None else tuple(entry)
    if isinstance(meant, Outline):
        return line, said, raw, problem, remark, tuple(meant), None
    return line, said, raw, problem, remark, None, meant and _packed_number(meant)


def unpacked(item: Packed) -> Understood:
    """Return what `packed` was given."""
    line, said, raw, problem, remark, outline, number = item
    row = Row(line, said and NewContact._make(said), raw, problem, remark)
    return Understood(row, Outline._make(outline) if outline else number and _unpacked_number(number))


def _packed_number(number: PhoneNumber | InvalidNumber) -> Packed:
    doubts = tuple(map(str, number.doubts))
    if isinstance(number, InvalidNumber):
        others = (other and _packed_number(other) for other in (number.understood, number.suggestion))
        return number.raw, str(number.reason), *others, doubts
    *texts, kind, extension, is_valid, _ = number
    return (*texts, kind._value_, extension, is_valid, doubts)


_INVALID = 5
"""Values of an invalid number."""


def _unpacked_number(values: Packed) -> Any:  # noqa: ANN401 - a PhoneNumber or an InvalidNumber
    doubts = tuple(map(Doubt, values[-1]))
    if len(values) == _INVALID:
        raw, reason, meant, suggestion, _ = values
        return InvalidNumber(
            raw,
            InvalidReason(reason),
            meant and _unpacked_number(meant),
            suggestion and _unpacked_number(suggestion),
            doubts,
        )
    *texts, kind, extension, is_valid, _ = values
    return PhoneNumber._make((*texts, NumberType(kind), extension, is_valid, doubts))
