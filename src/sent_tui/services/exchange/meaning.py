"""What the number of a row means, and how rows and numbers pass from one process to another."""

from __future__ import annotations

from typing import Any, NamedTuple

from sent_tui.core.number_type import NumberType
from sent_tui.core.phone import Doubt, InvalidNumber, InvalidReason, PhoneNumber, parse
from sent_tui.services.contacts import NewContact
from sent_tui.services.exchange.records import Row

Packed = tuple[Any, ...]
"""Texts, numbers and truth values, in tuples: what `marshal` can write."""


class Understood(NamedTuple):
    """A row, and what its number means."""

    row: Row
    number: PhoneNumber | InvalidNumber | None
    """None in a row that cannot be used."""


def understood(row: Row) -> Understood:
    """Return a row with what its number means."""
    entry = row.entry
    return Understood(row, None if entry is None else parse(entry.number, entry.region))


def packed(item: Understood) -> Packed:
    """Return a row and its number in plain values."""
    row, number = item
    entry = row.entry
    said = entry and (entry.number, entry.region, entry.name, entry.tags, entry.notes, entry.opt_out)
    return row.line, said, row.raw, row.problem, row.remark, number and _packed_number(number)


def unpacked(item: Packed) -> Understood:
    """Return what `packed` was given."""
    line, said, raw, problem, remark, number = item
    row = Row(line, said and NewContact(*said), raw, problem, remark)
    return Understood(row, number and _unpacked_number(number))


def _packed_number(number: PhoneNumber | InvalidNumber) -> Packed:
    doubts = tuple(map(str, number.doubts))
    if isinstance(number, InvalidNumber):
        others = (other and _packed_number(other) for other in (number.understood, number.suggestion))
        return number.raw, str(number.reason), *others, doubts
    return (
        number.raw,
        number.e164,
        number.international,
        number.national,
        number.rfc3966,
        number.country_code,
        number.region_code,
        str(number.number_type),
        number.extension,
        number.is_valid,
        doubts,
    )


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
    *texts, number_type, extension, is_valid, _ = values
    return PhoneNumber(*texts, _TYPES[number_type], extension, is_valid, doubts)  # type: ignore[call-arg]


_TYPES = {str(member): member for member in NumberType}
