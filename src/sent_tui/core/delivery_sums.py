"""Lists of whole numbers that are added as one number.

Each takes 64 bits of a single large integer, so adding and taking away two lists costs one operation however long they
are. Every number, and every sum of them, must be from -2**63 to 2**63 - 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct, error

PARTS = 1 << 16
"""As how many a one is counted, where what is added is not whole."""
_BITS = 64
_HALF = 1 << _BITS - 1


def pack(numbers: Sequence[int]) -> int:
    """Return a list of whole numbers as one number, zeros as 0; raise ValueError for one that is too large."""
    layout, halves = _layout(len(numbers))
    try:
        packed = layout.pack(*[number + _HALF for number in numbers])
    except error:
        raise ValueError(f"a number takes more than {_BITS} bits") from None
    return int.from_bytes(packed, "little") - halves


def unpack(packed: int, count: int) -> list[int]:
    """Return so many whole numbers from one."""
    layout, halves = _layout(count)
    return [number - _HALF for number in layout.unpack((packed + halves).to_bytes(layout.size, "little"))]


def moved(packed: int, places: int) -> int:
    """Return a list with so many zeros before it."""
    return packed << _BITS * places


@lru_cache
def _layout(count: int) -> tuple[Struct, int]:
    """Return how so many numbers lie in memory, and what makes none of them negative: a list of 2**63 each."""
    layout = Struct(f"<{count}Q")
    return layout, int.from_bytes(layout.pack(*[_HALF] * count), "little")
