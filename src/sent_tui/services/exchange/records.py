"""From what a record says to a contact to be made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sent_tui.core.contact import parse_tags
from sent_tui.services.contacts import NewContact
from sent_tui.services.exchange.cells import shortened
from sent_tui.services.exchange.columns import PHONE_FIELDS, Field, Value
from sent_tui.services.exchange.layout import looks_like_number
from sent_tui.services.exchange.regions import region_named
from sent_tui.services.exchange.source import MAX_FIELD

_SHOWN: Final = 300
_MOST_NUMBERS: Final = 20
_QUOTED: Final = 40
_BROKEN: Final = re.compile("[\0\ud800-\udfff]")
_LETTERS: Final = re.compile(r"[^\W\d_]")
_NOT_DIGITS: Final = re.compile(r"\D")
_YES: Final = {"true", "yes", "y", "1", "x", "t", "on", "opted out", "opted_out", "opted-out", "opt out"}
_NO: Final = {"false", "no", "n", "0", "f", "off"}


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file, as far as its format could be read."""

    line: int
    """Where it begins."""
    raw: str
    values: Sequence[Value] = ()
    problem: str = ""
    """Why it could not be read."""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file and the contact that it describes."""

    line: int
    """The line of the file on which the record begins, counted from 1."""
    entry: NewContact | None
    """What is said of the contact; None when the record cannot be used."""
    raw: str
    """The record as it stands in the file, shortened."""
    problem: str = ""
    """Why it cannot be used; empty when it can."""
    remark: str = ""
    """What of the record is left out."""


class _UnusableError(Exception):
    """A record that describes no contact."""


def row_of(record: Record, region: str | None) -> Row:
    """Return the contact that a record describes; `region` is the country of national numbers."""
    raw = shortened(record.raw, _SHOWN)
    if record.problem:
        return Row(record.line, None, raw, record.problem)
    try:
        _check_texts(record.values)
        numbers = _numbers(record.values)
        if not numbers:
            raise _UnusableError("There is no phone number in this record.")
        number, *others = numbers
        entry = NewContact(
            number=number,
            region=_region(record.values, number, region),
            name=_name(record.values, number),
            tags=_tags(record.values),
            notes="\n".join(value.text for value in record.values if value.field is Field.NOTES),
            opt_out=_opt_out(record.values),
        )
    except _UnusableError as unusable:
        return Row(record.line, None, raw, str(unusable))
    remarks = [record.remark] if record.remark else []
    if others:
        remarks.append(f"Only {quoted(number)} is imported, not also {', '.join(map(quoted, others))}.")
    return Row(record.line, entry, raw, remark=" ".join(remarks))


def quoted(text: str) -> str:
    """Return a text from a file as it is quoted in a sentence: short, in quotes."""
    return f"“{shortened(text.strip(), _QUOTED)}”"


def _texts(values: Iterable[Value], field: Field) -> list[str]:
    return [value.text for value in values if value.field is field and value.text.strip()]


def _check_texts(values: Iterable[Value]) -> None:
    for value in values:
        if len(value.text) > MAX_FIELD:
            raise _UnusableError(f"The field “{value.field.value}” has more than {MAX_FIELD:,} characters.")
        if not value.text.isascii() or "\0" in value.text:
            broken = _BROKEN.search(value.text)
            if broken:
                what = "a NUL character" if broken.group() == "\0" else "half a character"
                raise _UnusableError(f"The field “{value.field.value}” holds {what}, which no text has.")


def _numbers(values: Iterable[Value]) -> list[str]:
    """Return the different numbers of a record, the one to import first."""
    found = [value for value in values if value.field in PHONE_FIELDS and value.text.strip()]
    # "n/a" is no number to prefer to one, but better than none: its reason can be told.
    found.sort(key=lambda value: (not _digits(value.text), PHONE_FIELDS.index(value.field)))
    numbers: list[str] = []
    for value in found[:_MOST_NUMBERS]:
        if not any(_same(value.text, known) for known in numbers):
            numbers.append(value.text.strip())
    return numbers[:1] + [number for number in numbers[1:] if _digits(number)]


def _digits(text: str) -> str:
    return _NOT_DIGITS.sub("", text)


def _same(one: str, other: str) -> bool:
    """Return whether two texts seem to be the same number, perhaps once without its calling code."""
    first, second = _digits(one).lstrip("0"), _digits(other).lstrip("0")
    return bool(first and second) and (first.endswith(second) or second.endswith(first))


def _region(values: Iterable[Value], number: str, region: str | None) -> str | None:
    said = _texts(values, Field.REGION)
    known = [code for code in map(region_named, sorted(said, key=_is_calling_code)) if code]
    if known:
        return known[0]
    if said and "+" not in number and "＋" not in number:
        raise _UnusableError(
            f"The country {quoted(said[0])} is not known, so the number {quoted(number)} is not clear."
            " Write the number with + and its calling code."
        )
    return region


def _is_calling_code(text: str) -> bool:
    return not _LETTERS.search(text)


def _name(values: Iterable[Value], number: str) -> str:
    whole = _texts(values, Field.NAME)
    parts = [text.strip() for field in (Field.GIVEN, Field.MIDDLE, Field.FAMILY) for text in _texts(values, field)[:1]]
    name = [*whole, " ".join(parts), *_texts(values, Field.OTHER_NAME)]
    found = next((text for text in name if text), "")
    # Some programs write the number where there is no name.
    return "" if looks_like_number(found) and _same(found, number) else found


def _tags(values: Iterable[Value]) -> tuple[str, ...]:
    tags: dict[str, None] = {}
    for value in values:
        if value.field is Field.TAGS:
            tags |= dict.fromkeys(parse_tags(value.text))
        elif value.field is Field.GROUPS:
            groups = parse_tags(value.text.replace(":::", ","))
            tags |= dict.fromkeys(group for group in groups if not group.startswith("* "))
    return tuple(tags)


def _opt_out(values: Iterable[Value]) -> bool:
    said = [text.strip().casefold() for text in _texts(values, Field.OPT_OUT)]
    for text in said:
        if text not in _YES | _NO:
            raise _UnusableError(
                f"It is not clear whether {quoted(text)} means that the contact has opted out. Write true or false."
            )
    return any(text in _YES for text in said)
