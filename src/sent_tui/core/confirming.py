"""The question before something is done to several contacts: who is named in it, and what has to be typed for many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

NAMED: Final = 3
"""Contacts that a question names."""
COUNTED: Final = 50
"""With more contacts than this, their number has to be typed."""
_SEPARATORS: Final = ("", ",", ".", " ", "'", "\u2019", "\xa0", "\u202f")
"""What people write between thousands."""


def listed(names: Sequence[str], count: int) -> str:
    """Return the first names of so many contacts: `Ada, Bo, Cy and 9 more`."""
    more = f" and {count - len(names):,} more" if count > len(names) else ""
    return f"{', '.join(names)}{more}"


def has_to_be_typed(count: int) -> bool:
    """Return whether yes is not enough for so many contacts: their number has to be typed."""
    return count > COUNTED


def what_to_type(count: int, verb: str) -> str:
    """Return what a person is asked to type: `Type 412 to delete them`."""
    return f"Type {count} to {verb}"


def is_that_number(typed: str, count: int) -> bool:
    """Return whether what was typed is the number of contacts, with or without something between its thousands."""
    grouped = f"{count:,}"
    return typed.strip() in {grouped.replace(",", separator) for separator in _SEPARATORS}
