"""Spans of time as people write them: `90s`, `15m`, `1h30m`, `2d`."""

from __future__ import annotations

import re
from datetime import timedelta

_PART = re.compile(r"([0-9]{1,6})\s*([smhd])")
_WHOLE = re.compile(rf"\s*(?:{_PART.pattern}\s*)+", re.IGNORECASE)
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def parse_span(text: str) -> timedelta | None:
    """Return the span that a text names: whole numbers, each with s, m, h or d; None for anything else."""
    if _WHOLE.fullmatch(text) is None:
        return None
    parts = _PART.findall(text.lower())
    return sum((int(number) * _UNITS[unit] for number, unit in parts), timedelta())


def span_words(span: timedelta) -> str:
    """Return a span as it is written, in at most two units: `15m`, `1h 30m`, `3d`."""
    left, words = span, []
    for name, unit in reversed(_UNITS.items()):
        count, left = divmod(left, unit)
        if count:
            words.append(f"{count}{name}")
        if len(words) == 2:
            break
    return " ".join(words) or "0s"
