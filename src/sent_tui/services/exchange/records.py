"""From what a record says to a contact to be made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from sent_tui.core.contact import Fields, parse_tags
from sent_tui.core.custom_fields import FieldError, with_fields
from sent_tui.services.contacts import NewContact
from sent_tui.services.exchange.cells import shortened
from sent_tui.services.exchange.columns import PHONE_FIELDS, Field, Meaning, NamedField, Value
from sent_tui.services.exchange.layout import looks_like_number
from sent_tui.services.exchange.regions import region_named
from sent_tui.services.exchange.source import MAX_FIELD

_SHOWN: Final = 300
_MOST_NUMBERS: Final = 20
_QUOTED: Final = 40
_BROKEN: Final = re.compile("[\0\ud800-\udfff]")
_LETTERS: Final = re.compile(r"[^\W\d_]")
_NOT_DIGITS: Final = re.compile(r"\D")
_PLAIN: Final = frozenset(Field)
_NO_FIELDS: Final[tuple[Fields, Sequence[str]]] = ((), ())
_YES: Final = {"true", "yes", "y", "1", "x", "t", "on", "opted out", "opted_out", "opted-out", "opt out"}
_NO: Final = {"false", "no", "n", "0", "f", "off"}


class Record(NamedTuple):
    """One record of a file, as far as its format could be read."""

    line: int
    """Where it begins."""
    raw: str
    values: Sequence[Value] = ()
    problem: str = ""
    """Why it could not be read."""
    remark: str = ""


class Row(NamedTuple):
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


_Said = dict[Meaning, list[str]]
"""The texts of a record by what they say, in the order in which they stand there."""


class _UnusableError(Exception):
    """A record that describes no contact."""


def row_of(record: Record, region: str | None) -> Row:
    """Return the contact that a record describes; `region` is the country of national numbers."""
    raw = shortened(record.raw, _SHOWN)
    if record.problem:
        return Row(record.line, None, raw, record.problem)
    try:
        said = _by_field(record.values)
        numbers = _numbers(said)
        if not numbers:
            raise _UnusableError("There is no phone number in this record.")
        number = numbers[0]
        home, name = _region(said, number, region), _name(said, number)
        tags = _tags(record.values, said) if Field.TAGS in said or Field.GROUPS in said else ()
        notes = "\n".join(said[Field.NOTES]) if Field.NOTES in said else ""
        fields, left_out = _NO_FIELDS if _PLAIN.issuperset(said) else _fields(said)
        entry = NewContact(number, home, name, tags, notes, Field.OPT_OUT in said and _opt_out(said), fields)
    except _UnusableError as unusable:
        return Row(record.line, None, raw, str(unusable))
    remark = " ".join(filter(None, (record.remark, *left_out))) if left_out else record.remark
    if len(numbers) > 1:
        others = ", ".join(map(quoted, numbers[1:]))
        remark = f"{remark} Only {quoted(number)} is imported, not also {others}.".lstrip()
    return Row(record.line, entry, raw, remark=remark)


def quoted(text: str) -> str:
    """Return a text from a file as it is quoted in a sentence: short, in quotes."""
    return f"“{shortened(text.strip(), _QUOTED)}”"


def _by_field(values: Iterable[Value]) -> _Said:
    """Return the texts of a record by what they say; raises _UnusableError for one that cannot be stored."""
    said: _Said = {}
    for field, text in values:
        if len(text) > MAX_FIELD:
            raise _UnusableError(f"The field “{field.value}” has more than {MAX_FIELD:,} characters.")
        if not text.isascii() or "\0" in text:
            broken = _BROKEN.search(text)
            if broken:
                what = "a NUL character" if broken.group() == "\0" else "half a character"
                raise _UnusableError(f"The field “{field.value}” holds {what}, which no text has.")
        if field in said:
            said[field].append(text)
        else:
            said[field] = [text]
    return said


def _texts(said: _Said, field: Meaning) -> list[str]:
    return [text for text in said[field] if text.strip()] if field in said else []


def _numbers(said: _Said) -> list[str]:
    """Return the different numbers of a record, the one to import first."""
    found = [text for field in PHONE_FIELDS if field in said for text in said[field] if text.strip()]
    if len(found) == 1:
        return [found[0].strip()]
    # "n/a" is no number to prefer to one, but better than none: its reason can be told.
    found.sort(key=lambda text: not _digits(text))
    numbers: list[str] = []
    for text in found[:_MOST_NUMBERS]:
        if not any(_same(text, known) for known in numbers):
            numbers.append(text.strip())
    return numbers[:1] + [number for number in numbers[1:] if _digits(number)]


def _digits(text: str) -> str:
    return _NOT_DIGITS.sub("", text)


def _same(one: str, other: str) -> bool:
    """Return whether two texts seem to be the same number, perhaps once without its calling code."""
    first, second = _digits(one).lstrip("0"), _digits(other).lstrip("0")
    return bool(first and second) and (first.endswith(second) or second.endswith(first))


def _region(said: _Said, number: str, region: str | None) -> str | None:
    named = _texts(said, Field.REGION)
    if not named:
        return region
    if len(named) == 1 and (only := region_named(named[0])):
        return only
    known = [code for code in map(region_named, sorted(named, key=_is_calling_code)) if code]
    if known:
        return known[0]
    if "+" not in number and "＋" not in number:
        raise _UnusableError(
            f"The country {quoted(named[0])} is not known, so the number {quoted(number)} is not clear."
            " Write the number with + and its calling code."
        )
    return region


def _is_calling_code(text: str) -> bool:
    return not _LETTERS.search(text)


def _name(said: _Said, number: str) -> str:
    found = said[Field.NAME][0] if Field.NAME in said else ""
    if not found.strip():
        found = next(_names(said), "")
    # Some programs write the number where there is no name.
    return "" if looks_like_number(found) and _same(found, number) else found


def _names(said: _Said) -> Iterator[str]:
    yield from _texts(said, Field.NAME)
    parts = [text.strip() for field in (Field.GIVEN, Field.MIDDLE, Field.FAMILY) for text in _texts(said, field)[:1]]
    if parts:
        yield " ".join(parts)
    yield from _texts(said, Field.OTHER_NAME)


def _tags(values: Iterable[Value], said: _Said) -> tuple[str, ...]:
    if Field.GROUPS not in said and len(said[Field.TAGS]) == 1:
        return parse_tags(said[Field.TAGS][0])
    tags: dict[str, None] = {}
    for field, text in values:
        if field is Field.TAGS:
            tags |= dict.fromkeys(parse_tags(text))
        elif field is Field.GROUPS:
            groups = parse_tags(text.replace(":::", ","))
            tags |= dict.fromkeys(group for group in groups if not group.startswith("* "))
    return tuple(tags)


def _fields(said: _Said) -> tuple[Fields, Sequence[str]]:
    """Return the fields that a person named, and what is to be said of those that cannot be kept."""
    fields: Fields = ()
    left_out: list[str] = []
    for known in said:
        if isinstance(known, NamedField) and (texts := _texts(said, known)):
            try:
                fields = with_fields(fields, [(known.name, " ".join(texts[0].splitlines()))])
            except FieldError as error:
                left_out.append(f"The field {quoted(known.name)} is left out. {error.message}")
    return fields, left_out


def _opt_out(said: _Said) -> bool:
    answers = [text.strip().casefold() for text in _texts(said, Field.OPT_OUT)]
    for text in answers:
        if text not in _YES | _NO:
            raise _UnusableError(
                f"It is not clear whether {quoted(text)} means that the contact has opted out. Write true or false."
            )
    return any(text in _YES for text in answers)
