"""The tables of the numbering plans, which a screen with a number field loads in a thread before it judges."""

from __future__ import annotations

from sent_tui.core.as_you_type import format_as_you_type
from sent_tui.core.phone import parse

TYPICAL_TEXTS = ("+1 415 555 0123", "Call +1 415 555 01", "411")
"""Parsing these loads every table that parsing needs for a country."""


def load_numbering_plans() -> None:
    """Load what parsing and formatting need, about a tenth of a second's work the first time."""
    for text in TYPICAL_TEXTS:
        parse(text, "US")
    format_as_you_type("+1415")
