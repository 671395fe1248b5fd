"""The options that say how and when a message goes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from sent_tui.cli.options import need
from sent_tui.core.message import MessageStatus, Wishes
from sent_tui.core.moments import read_moment
from sent_tui.core.patience import LONGEST, SHORTEST, UNTIL
from sent_tui.core.span import parse_span, span_words
from sent_tui.errors import UsageError

if TYPE_CHECKING:
    from sent_tui.cli.options import F


def route_options(function: F) -> F:
    """Add the options; `wishes_of` and `time_of` read them."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def wishes_of(options: dict[str, Any]) -> Wishes:
    """Return what the options ask of the route."""
    after = options["fallback_after"]
    need(
        after is None or options["fallback"],
        "Two wishes do not go together",
        "With --no-fallback nothing follows.",
        "Leave out one of --fallback-after and --no-fallback.",
    )
    until = MessageStatus(options["until"].upper())
    return Wishes(
        None if after is None else _span("--fallback-after", after, SHORTEST, LONGEST), until, options["fallback"]
    )


def time_of(options: dict[str, Any], now: datetime) -> datetime | None:
    """Return when the options want it to go out; None for at once."""
    at, after = options["at"], options["in_"]
    need(at is None or after is None, "When to send is not clear", "", "Give --at or --in.")
    if after is not None:
        return now + _span("--in", after, timedelta(seconds=1), timedelta(days=366))
    return None if at is None else _moment(at, now)


def _span(option: str, text: str, lowest: timedelta, highest: timedelta) -> timedelta:
    span = parse_span(text)
    if span is None or not lowest <= span <= highest:
        limits = f"from {span_words(lowest)} to {span_words(highest)}"
        raise UsageError("A time is not understood", f"{option} is {text}.", f"Write it as 90s, 15m or 2h, {limits}.")
    return span


def _moment(text: str, now: datetime) -> datetime:
    # Without an offset, it is the time of this machine.
    moment = read_moment(text, now)
    if moment is None:
        hint = 'Write it as "tomorrow 9:00" or "2026-11-27 09:00", or with an offset: 2026-11-27T09:00+01:00.'
        raise UsageError("A time is not understood", f"--at is {text}.", hint)
    return moment


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--channel", type=click.Choice(["auto", "whatsapp", "sms"]), default="auto", help="Pin the channel."),
    click.option("--fallback-after", metavar="TIME", help="Try the next channel after so long: 90s, 10m, 2h."),
    click.option(
        "--until",
        type=click.Choice([status.lower() for status in UNTIL]),
        default=MessageStatus.DELIVERED.lower(),
        help="What has to be reported in that time; delivered.",
    ),
    click.option("--no-fallback", "fallback", is_flag=True, flag_value=False, default=True, help="One channel only."),
    click.option("--at", metavar="TIME", help='Send it then: "tomorrow 9:00", "2026-11-27 09:00".'),
    click.option("--in", "in_", metavar="TIME", help="Send it after so long: 30m, 2h, 1d."),
)
