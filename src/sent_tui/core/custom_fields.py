"""Fields of a contact that a team names itself, such as `customer no.` or `plan`: one short text under each name.

They stand in the order in which they were entered. A name is there once, whatever its case and accents; a field
without a value is no field. People write one on a line, as `name: value`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sent_tui.core.contact import Fields
from sent_tui.core.search import fold
from sent_tui.core.text import display
from sent_tui.errors import UsageError

MOST_FIELDS = 20
"""So many fields has a contact."""
LONGEST_NAME, LONGEST_VALUE = 40, 500
"""Characters of a name and of a value."""
_SHOWN = 40
_LINE_BREAK = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""What ends a line in any program."""


class FieldError(UsageError):
    """A name or a value that no field has, or too many fields."""

    line = 0
    """On which line of a text it is, counted from 1; 0 where that cannot be said."""


def field(name: str, value: str) -> tuple[str, str]:
    """Return a field as it is kept: without space around name and value, and one space between words of the name.

    Raises FieldError.
    """
    kept = " ".join(name.split())
    if not fold(kept).strip():
        raise FieldError("A field has no name", f"Nothing stands before {_quoted(value)}." if value.strip() else "")
    # What is compared may have a colon of another width.
    if ":" in fold(name) or _LINE_BREAK.search(name.strip()):
        raise FieldError("Not a name for a field", f"{_quoted(name)} has a colon or a line break in it.")
    if len(kept) > LONGEST_NAME:
        raise FieldError("The name of a field is too long", f"{_quoted(kept)} has more than {LONGEST_NAME} characters.")
    text = value.strip()
    if _LINE_BREAK.search(text):
        raise FieldError("A field has one line", f"The value of {_quoted(kept)} has a line break in it.")
    if len(text) > LONGEST_VALUE:
        raise FieldError(
            "The value of a field is too long",
            f"That of {_quoted(kept)} has {len(text):,} characters; the most is {LONGEST_VALUE}.",
        )
    return kept, text


def with_fields(fields: Fields, changes: Iterable[tuple[str, str]]) -> Fields:
    """Return fields with some set anew or added, and without those of which the value is empty; raises FieldError.

    One that is there stays in its place, with its name as it is written there.
    """
    kept = {fold(name): (name, value) for name, value in fields}
    before = len(kept)
    for each in changes:
        name, value = field(*each)
        known, _ = kept.get(fold(name), (name, ""))
        if value:
            kept[fold(name)] = known, value
        else:
            kept.pop(fold(name), None)
    if len(kept) > max(MOST_FIELDS, before):
        raise FieldError("These are too many fields", f"A contact has up to {MOST_FIELDS}; these are {len(kept)}.")
    return tuple(kept.values())


def checked(fields: Iterable[tuple[str, str]]) -> Fields:
    """Return fields as they are kept; of a name that comes twice, the later value counts. Raises FieldError."""
    return with_fields((), fields)


def joined(fields: Fields, others: Fields) -> tuple[Fields, Fields]:
    """Return fields with those of others that they lack, as many as there is room for, and what found no room."""
    names = {fold(name) for name, _ in fields}
    lacking = [(name, value) for name, value in others if fold(name) not in names]
    room = max(0, MOST_FIELDS - len(fields))
    return (*fields, *lacking[:room]), tuple(lacking[room:])


def value_of(fields: Fields, name: str) -> str:
    """Return the value of the field of a name, in any case; empty when there is none."""
    wanted = fold(" ".join(name.split()))
    return next((value for known, value in fields if fold(known) == wanted), "")


def lines_of(fields: Fields) -> str:
    """Return fields as people write them, one on each line; `read_lines` reads them again."""
    return "\n".join(f"{name}: {value}" for name, value in fields)


def read_lines(text: str) -> Fields:
    """Return the fields that are written on lines, `name: value` on each; raises FieldError, which names the line.

    A line without a value stands for no field.
    """
    found: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        try:
            if not colon:
                raise FieldError("There is no colon", f"{_quoted(line)} is no field.", "Write it as name: value.")
            known = field(name, value)
        except FieldError as error:
            raise _at(number, error.title, error.message, error.hint) from None
        if fold(known[0]) in found:
            raise _at(number, "The field is there already", f"{_quoted(known[0])} stands twice.")
        if known[1]:
            found[fold(known[0])] = known
    if len(found) > MOST_FIELDS:
        raise FieldError("These are too many fields", f"A contact has up to {MOST_FIELDS}; these are {len(found)}.")
    return tuple(found.values())


def _at(line: int, title: str, message: str, hint: str = "") -> FieldError:
    """Return an error that names a line."""
    error = FieldError(f"Line {line}: {title[0].lower()}{title[1:]}", message, hint)
    error.line = line
    return error


def _quoted(text: str) -> str:
    return f"“{display(text.strip(), _SHOWN)}”"
