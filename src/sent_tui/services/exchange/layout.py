"""The columns of a table: which of them says what of a contact."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Self

from sent_tui.core.numbering import region_code
from sent_tui.errors import UsageError
from sent_tui.services.exchange.cells import shortened, unguarded
from sent_tui.services.exchange.columns import (
    PHONE_FIELDS,
    RECOGNISED,
    Field,
    Meaning,
    Value,
    chosen,
    labelled,
    recognise,
    words,
)

_LABEL: Final = re.compile(r"phone (\d+) (?:type|label)")
_SEVERAL: Final = re.compile(r"\s*:::\s*")
_NUMBER: Final = re.compile(
    r"['=\"]*(?:tel:)?[+＋]?[\s(]*\d[\d\s().\-/‐‑–]{5,24}(?:\s*(?:x|ext\.?)\s*\d+)?\"?", re.IGNORECASE
)
_DATE: Final = re.compile(r"(?:\d{4}([-/.])\d\d?\1\d\d?|\d\d?([-/.])\d\d?\2\d{4})(?:[T\s].*)?")
_DIGITS: Final = range(7, 16)
_NAMES_SHOWN: Final = 40
_NAME_SHOWN: Final = 40
_SURE: Final = 3
_REGION: Final = re.compile(r"[A-Z]{2}")


def looks_like_number(text: str) -> bool:
    """Return whether a cell seems to hold a phone number, in any country's format."""
    cell = text.strip()
    if not _NUMBER.fullmatch(cell) or _DATE.fullmatch(cell):
        return False
    return sum(char.isdigit() for char in cell) in _DIGITS


class Layout:
    """Which column of a table says what."""

    def __init__(self, names: Sequence[str], fields: Sequence[Meaning | None]) -> None:
        self.names = _told_apart(names)
        """The names of all columns, each of them once."""
        self.fields = tuple(fields)
        """What each column means; None where that is not known."""
        labels = _label_places(names)
        self._slots = [
            (place, field, field in PHONE_FIELDS, labels.get(place))
            for place, field in enumerate(fields)
            if field is not None and field is not Field.IGNORED
        ]

    @classmethod
    def of_header(cls, names: Sequence[str], mapping: Mapping[str, str] | None = None) -> Self:
        """Return the columns by their names; `mapping` says of some what they mean.

        Raises UsageError when the mapping names what there is not.
        """
        return cls(names, _mapped(names, [recognise(name) for name in names], mapping))

    @classmethod
    def of_content(cls, rows: Sequence[Sequence[str]], mapping: Mapping[str, str] | None = None) -> Self:
        """Return the columns of a table without a header, by what stands in its first rows."""
        width = max(map(len, rows))
        columns = [[row[place].strip() for row in rows if place < len(row)] for place in range(width)]
        fields: list[Meaning | None] = [None] * width
        numbers = Counter({place: _numbers_in(cells) for place, cells in enumerate(columns)})
        fields[numbers.most_common(1)[0][0]] = Field.PHONE
        for place, cells in enumerate(columns):
            if fields[place] is None and _are_regions(cells) and Field.REGION not in fields:
                fields[place] = Field.REGION
        for place, cells in enumerate(columns):
            if fields[place] is None and _have_letters(cells) and Field.NAME not in fields:
                fields[place] = Field.NAME
        names = [""] * width
        return cls(names, _mapped(names, fields, mapping))

    @property
    def columns(self) -> dict[str, str]:
        """The recognised columns: name and meaning."""
        return {self.names[place]: field.value for place, field, _, _ in self._slots}

    @property
    def has_numbers(self) -> bool:
        """Whether any column has phone numbers."""
        return any(is_phone for _, _, is_phone, _ in self._slots)

    def check(self) -> None:
        """Raise UsageError when no column has phone numbers."""
        if not self.has_numbers:
            raise UsageError(
                "No column has phone numbers",
                f"The columns are: {_listed(self.names)}. {RECOGNISED}",
                "Give the column with the numbers one of these names.",
            )

    def is_row(self, cells: Sequence[str]) -> bool:
        """Return whether cells look like one whole row of this table: as many as there are columns, with a number."""
        if len(cells) != len(self.names):
            return False
        return any(looks_like_number(cells[place]) for place, _, is_phone, _ in self._slots if is_phone)

    def values(self, cells: Sequence[str]) -> list[Value]:
        """Return what a row says."""
        values: list[Value] = []
        width = len(cells)
        for place, field, is_phone, label in self._slots:
            text = cells[place] if place < width else ""
            if text.startswith("'"):
                text = unguarded(text)
            if not text:
                continue
            if not is_phone:
                values.append((field, text))
                continue
            kind = labelled(field, cells[label]) if label is not None and label < width else field
            if kind is not Field.IGNORED:
                values += [(kind, number) for number in (_SEVERAL.split(text) if ":::" in text else (text,))]
        return values


def _mapped(
    names: Sequence[str], fields: list[Meaning | None], mapping: Mapping[str, str] | None
) -> list[Meaning | None]:
    """Return the fields with those of a mapping in place; raises UsageError for a column that there is not."""
    told_apart = [words(name) for name in _told_apart(names)]
    for name, field in chosen(mapping).items():
        places = [place for place, known in enumerate(told_apart) if known == name]
        if not places:
            raise UsageError(
                "No such column",
                f"There is no column {name}.",
                f"The columns are: {_listed(_told_apart(names))}.",
            )
        for place in places:
            fields[place] = field
    return fields


def _told_apart(names: Sequence[str]) -> list[str]:
    """Return names for a person: an empty one says its place, a repeated one is counted."""
    seen: Counter[str] = Counter()
    result = []
    for place, name in enumerate(names, start=1):
        plain = name.strip() or f"column {place}"
        seen[plain] += 1
        result.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return result


def _listed(names: Sequence[str]) -> str:
    """Return names in a sentence, as many and as much of them as a person reads."""
    shown = [shortened(name, _NAME_SHOWN) for name in names[:_NAMES_SHOWN]]
    return ", ".join([*shown, "…"] if len(names) > _NAMES_SHOWN else shown)


def _label_places(names: Sequence[str]) -> dict[int, int]:
    """Return the places of Google's labels ("Phone 1 - Label") by those of the numbers ("Phone 1 - Value")."""
    places = {words(name): place for place, name in enumerate(names)}
    found = {}
    for name, place in places.items():
        label = _LABEL.fullmatch(name)
        number = places.get(f"phone {label[1]} value") if label else None
        if number is not None:
            found[number] = place
    return found


def _numbers_in(cells: Sequence[str]) -> int:
    """Return how much cells look like numbers; digits alone may be something else, such as a customer's."""
    return sum(1 if cell.isdigit() else _SURE for cell in cells if looks_like_number(cell))


def _are_regions(cells: Sequence[str]) -> bool:
    named = [cell for cell in cells if cell]
    return bool(named) and all(_REGION.fullmatch(cell) and region_code(cell) for cell in named)


def _have_letters(cells: Sequence[str]) -> bool:
    return any(char.isalpha() for cell in cells for char in cell)
