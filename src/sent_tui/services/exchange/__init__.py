"""Import and export of contacts: CSV, vCard and JSON Lines."""

from sent_tui.services.exchange.formats import Format, detect_format
from sent_tui.services.exchange.importing import IsCancelled, OnProgress
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
    "ExchangeService",
    "Format",
    "ImportReport",
    "IsCancelled",
    "OnProgress",
    "Problem",
    "Progress",
    "Reader",
    "Row",
    "check_problems_target",
    "detect_format",
    "read_rows",
    "write_problems",
]
