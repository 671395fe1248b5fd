"""Chance that is no chance: numbers drawn from a name, the same on every machine and in every process."""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct
from typing import Final

SALT: Final = "sent-tui-13"
DAY: Final = 86_400.0
"""Seconds."""

_EIGHT = Struct(">8I")
_UNIT = 2.0**-32


def units(name: str) -> tuple[float, ...]:
    """Return eight numbers from 0 on and below 1."""
    digest = blake2b(f"{SALT}|{name}".encode(), digest_size=_EIGHT.size).digest()
    return tuple(draw * _UNIT for draw in _EIGHT.unpack(digest))


def between(shortest: float, longest: float, unit: float) -> float:
    """Return a length of time between two others, short ones as likely as long ones: log-uniform."""
    return float(shortest * (longest / shortest) ** unit)


def hesitation(median: float, unit: float) -> float:
    """Return after how long a person does something: half before the median, and a few much later (log-logistic)."""
    return float(median * (unit / (1 - unit)) ** 0.9)
