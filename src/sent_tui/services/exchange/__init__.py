"""Import and export of contacts: CSV, vCard and JSON Lines."""

from sent_tui.services.exchange.columns import Column, Field, Meaning, NamedField, field_for
from sent_tui.services.exchange.formats import SUFFIXES, Format, detect_format
from sent_tui.services.exchange.importing import IsCancelled, OnProgress
from sent_tui.services.exchange.preview import Preview
from sent_tui.services.exchange.reading import Reader, read_rows
from sent_tui.services.exchange.records import Row
from sent_tui.services.exchange.report import (
    ImportReport,
    Problem,
    Progress,
    check_problems_target,
    write_problems,
)
from sent_tui.services.exchange.service import ExchangeService

__all__ = [
    "SUFFIXES",
    "Column",
    "ExchangeService",
    "Field",
    "Format",
    "ImportReport",
    "IsCancelled",
    "Meaning",
    "NamedField",
    "OnProgress",
    "Preview",
    "Problem",
    "Progress",
    "Reader",
    "Row",
    "check_problems_target",
    "detect_format",
    "field_for",
    "read_rows",
    "write_problems",
]
