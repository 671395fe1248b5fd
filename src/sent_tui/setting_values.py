"""What values settings take, and how they are read from a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from sent_tui.core.patience import LONGEST, SHORTEST
from sent_tui.errors import UsageError

HIGHEST_RATE = 1_000.0
"""Messages a second."""

LONGEST_OUTBOX = 60
"""Seconds; a message that shall go later is scheduled."""

SIMULATED_WORLDS = ("calm", "lively", "rough")
"""How much goes wrong in the simulated network, by name."""

Value = str | bool | float | timedelta | Path
"""What a setting can be."""

_SWITCH_WORDS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


class Kind(StrEnum):
    """What values a setting takes, in words."""

    PATH = "a path"
    TEXT = "a text"
    REGION = "a country code such as US"
    SWITCH = "true or false"
    SPAN = "a time such as 90s, 15m or 2h, from 10s to 1d"
    RATE = "a number above 0, up to 1,000"
    SECONDS = "a whole number of seconds, from 0 to 60"
    HOURS = "hours such as 21:00-8:00, or off"
    WORLD = "calm, lively or rough"


def from_text(text: str, kind: Kind, where: str) -> Value:
    """Return the value of a text; raises UsageError, which names `where`, for one that makes no sense."""
    if kind is not Kind.SWITCH:
        return _read(text, kind, where)
    if text.strip().casefold() not in _SWITCH_WORDS:
        raise wrong(where, kind, text)
    return _SWITCH_WORDS[text.strip().casefold()]


def _read(text: str, kind: Kind, where: str) -> Value:
    readers: Mapping[Kind, Callable[[str, str], Value]] = {
        Kind.PATH: path_from,
        Kind.REGION: region_from,
        Kind.SPAN: _span,
        Kind.RATE: _rate,
        Kind.SECONDS: _seconds,
        Kind.WORLD: _world,
        Kind.HOURS: _hours,
    }
    return readers[kind](text, where) if kind in readers else text


def _span(text: str, where: str) -> timedelta:
    from sent_tui.core.span import parse_span

    span = parse_span(text)
    if span is None or not SHORTEST <= span <= LONGEST:
        raise wrong(where, Kind.SPAN, text)
    return span


def _seconds(text: str, where: str) -> int:
    if not text.strip().isdecimal() or int(text) > LONGEST_OUTBOX:
        raise wrong(where, Kind.SECONDS, text)
    return int(text)


def _hours(text: str, where: str) -> str:
    from sent_tui.core.quiet_hours import quiet_hours_words, read_quiet_hours

    try:
        return quiet_hours_words(read_quiet_hours(text))
    except ValueError:
        raise wrong(where, Kind.HOURS, text) from None


def _rate(text: str, where: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= HIGHEST_RATE:
        raise wrong(where, Kind.RATE, text)
    return rate


def path_from(text: str, where: str) -> Path:
    """Return the path of a text, with `~` replaced; raises UsageError."""
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        # A home folder that does not exist.
        raise wrong(where, Kind.PATH, text) from None
    if not text.strip() or "\0" in text:
        raise wrong(where, Kind.PATH, text)
    return path


def region_from(text: str, where: str) -> str:
    """Return the country code of a text; raises UsageError."""
    from sent_tui.core.numbering import region_code

    code = region_code(text)
    if code is None:
        raise wrong(where, Kind.REGION, text)
    return code


def _world(text: str, where: str) -> str:
    name = text.strip().casefold()
    if name not in SIMULATED_WORLDS:
        raise wrong(where, Kind.WORLD, text)
    return name


def wrong(where: str, kind: Kind, value: object) -> UsageError:
    """Return the error for a value that a kind of setting does not take."""
    return UsageError("A setting has a wrong value", f"{where} is {value!r}.", f"It takes {kind.value}.")
