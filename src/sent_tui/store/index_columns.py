"""The columns of an index: rows in an order, and 64-bit hashes that lead to rows."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from math import isqrt
from zlib import crc32

GONE = 0xFFFFFFFF
"""The row of a document that is no longer there."""
_ROW_BITS = 32
_HASH_BITS = 64


def text_hash(text: str) -> int:
    """Return a hash of a text that is the same everywhere, below 2**64."""
    return text_hashes((text,))[0]


def text_hashes(texts: Iterable[str]) -> Sequence[int]:
    """Return the hash of each text."""
    encoded = [text.encode("utf-8", "replace") for text in texts]
    return [crc32(data) << 32 | crc32(data[::-1]) for data in encoded]


def place_of(hashes: memoryview, wanted: int) -> int:
    """Return where the first hash stands that is not lower: near where it would be if all were spread evenly."""
    count = len(hashes)
    guess, step = wanted * count >> _HASH_BITS, isqrt(count) + 1
    low, high = max(0, guess - step), min(count, guess + step)
    while low and hashes[low] >= wanted:
        low, step = max(0, low - step), 2 * step
    while high < count and hashes[high] < wanted:
        high, step = min(count, high + step), 2 * step
    return bisect_left(hashes, wanted, low, high)


def put_rows(column: array[int], before: memoryview, moved: array[int]) -> None:
    """Put the numbers of the rows of a base where these rows have moved to."""
    for old, row in enumerate(moved):
        if row != GONE:
            column[row] = before[old]


def sorted_rows(values: array[int], ties: array[int] | None = None) -> array[int]:
    """Return the rows in the order of their values, equal ones in that of `ties`."""
    if ties is None:
        return array("I", sorted(range(len(values)), key=values.__getitem__))
    return array("I", sorted(range(len(values)), key=lambda row: (values[row], ties[row])))


def paired(
    pairs: tuple[memoryview, memoryview],
    moved: array[int],
    changed: Sequence[tuple[str, int]],
    row_of: Mapping[int, int],
) -> tuple[bytes, bytes]:
    """Return hashes in order, and beside each the row that it leads to."""
    packed = [wanted << _ROW_BITS | moved[row] for wanted, row in zip(*pairs, strict=True) if moved[row] != GONE]
    rows = [row_of[doc_id] for _, doc_id in changed]
    wanted = text_hashes(text for text, _ in changed)
    packed += [each << _ROW_BITS | row for each, row in zip(wanted, rows, strict=True)]
    packed.sort()
    hashes = array("Q", [pair >> _ROW_BITS for pair in packed])
    return hashes.tobytes(), array("I", [pair & GONE for pair in packed]).tobytes()
