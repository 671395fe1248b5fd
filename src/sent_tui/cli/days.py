"""Options that name a day, in the time zone of this machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from sent_tui.cli.options import plain_text
from sent_tui.core.period import LOCAL, Period, the_day
from sent_tui.errors import UsageError


def day_option(flag: str, help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return an option whose value is a day, from its beginning to its end; raises UsageError for what is no day."""

    def understood(_context: click.Context, _param: click.Parameter, value: str | None) -> Period | None:
        if value is None:
            return None
        try:
            day = datetime.strptime(value.strip(), "%Y-%m-%d").replace(tzinfo=LOCAL)
            day.astimezone(UTC)  # raises for the first or the last day of the calendar, in some zones
            return the_day(day.date(), day)
        except (ValueError, OverflowError):
            raise UsageError("A day is not understood", f"{flag} is {value}.", "Write it as 2026-03-02.") from None

    return click.option(flag, type=plain_text, metavar="DATE", callback=understood, help=help_text)
