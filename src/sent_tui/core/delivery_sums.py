"""Lists of whole numbers that are added as one number.

Each takes 64 bits of a single large integer, so adding and taking away two lists costs one operation however long they
are. Every number, and every sum of them, must be from -2**63 to 2**63 - 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct, error
from typing import NamedTuple

_BITS = 64
_HALF = 1 << _BITS - 1


def pack(numbers: Sequence[int]) -> int:
    """Return a list of whole numbers as one number, zeros as 0; raise ValueError for one that is too large."""
    try:
        packed = int.from_bytes(_layout(len(numbers)).signed.pack(*numbers), "little")
    except error:
        raise ValueError(f"a number takes more than {_BITS} bits") from None
    if min(numbers, default=0) >= 0:
        return packed
    # The bits of a negative number are those of 2**64 more.
    return packed - sum(1 << _BITS * (place + 1) for place, number in enumerate(numbers) if number < 0)


def unpack(packed: int, count: int) -> list[int]:
    """Return so many whole numbers from one."""
    layout = _layout(count)
    above = (packed + layout.halves).to_bytes(layout.unsigned.size, "little")
    return [number - _HALF for number in layout.unsigned.unpack(above)]


def moved(packed: int, places: int) -> int:
    """Return a list with so many zeros before it."""
    return packed << _BITS * places


class _Layout(NamedTuple):
    """How so many numbers lie in memory."""

    signed: Struct
    unsigned: Struct
    halves: int
    """A list of as many numbers that are all 2**63: with it added, none is negative."""


@lru_cache
def _layout(count: int) -> _Layout:
    unsigned = Struct(f"<{count}Q")
    return _Layout(Struct(f"<{count}q"), unsigned, int.from_bytes(unsigned.pack(*[_HALF] * count), "little"))
