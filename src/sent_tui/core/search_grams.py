"""Where a text can stand: for each gram, one bit for each block of rows in which it occurs.

A gram is one to three bytes of a field that are not all digits and spaces, or four or five of a number: nearly every
block holds every three digits. The bits only rule blocks out: a block that is left may hold the grams apart from each
other. Two grams may share their bits.

The grams of a block are found all at once: CRC-32 is linear, so the row of a gram is what each of its bytes, at its
place, adds to it by exclusive or. That is one operation on a long number for each byte of a gram, whatever the block.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Final
from zlib import crc32

BLOCK = 128
"""Rows in a new block."""
_SLOTS = 1 << 15
"""Rows of bits."""
_LONG, _SHORT = 5, 4
"""How long the grams of numbers are."""
_WORD = (3, 2, 1)
"""How long those of other texts are."""
_FIELD_END, _END = b"\x1f", b"\n"
"""Where a field ends, and where a row does."""
_NUMBER = re.compile(rb"\+?[0-9]{4,}")
_PLUS = re.compile(rb"\+[0-9 ]{0,2}")
_SPACED = b"0123456789 "
_NO_END: Final = bytes(0 if value == _END[0] else 0xFF for value in range(256))
_NUMERIC: Final = bytes(0xFF if value in b"+0123456789" else 0 for value in range(256))
"""As a table for each byte: what can stand in a gram, and in one of a number."""

Blocks = int
"""A set of blocks: bit n stands for block n."""


class GramBuilder:
    """Collects the bits of so many blocks; `bits` are those that are known already."""

    def __init__(self, blocks: int, bits: memoryview | None = None) -> None:
        self._width = _width(blocks)
        self._bits = bytearray(self._width * _SLOTS) if bits is None else bytearray(bits)

    def add(self, block: int, text: bytes) -> None:
        """Note what occurs in a block."""
        at, bit = block >> 3, 1 << (block & 7)
        bits, width = self._bits, self._width
        for slots in _slots_in(text, b""):
            for slot in slots:
                bits[slot * width + at] |= bit

    def fill(self, texts: Iterable[tuple[bytes, bytes]]) -> None:
        """Note what occurs in each block, from the first one on; of all of them nothing is known yet.

        The text of a block comes in two: what is mostly no number, and what mostly is one, an end after each field.
        """
        rest = iter(texts)
        for at in range(self._width):
            # The bits of eight blocks, a byte for each gram, are put in their places in one go.
            column = 0
            for bit, (words, numbers) in enumerate(islice(rest, 8)):
                marks = bytearray(_SLOTS)
                for slots in _slots_in(words, numbers):
                    for slot in slots:
                        marks[slot] = 1
                column |= int.from_bytes(marks, "little") << bit
            self._bits[at :: self._width] = column.to_bytes(_SLOTS, "little")

    def finish(self) -> bytearray:
        """Return all bits."""
        return self._bits


class GramFilter:
    """Tells in which blocks a text can stand."""

    def __init__(self, blocks: int, bits: memoryview) -> None:
        self._width = _width(blocks)
        self.bits = bits
        """All bits, as they were built."""
        self.all: Blocks = (1 << blocks) - 1
        """Every block."""

    def holding(self, part: bytes) -> Blocks:
        """Return the blocks in which a text can stand."""
        blocks = self.all
        for gram in _grams_of(part):
            place = _slot(gram) * self._width
            blocks &= int.from_bytes(self.bits[place : place + self._width], "little")
            if not blocks:
                break
        return blocks


def portions(blocks: Blocks, sizes: Iterable[int], *, descending: bool = False) -> Iterator[Sequence[tuple[int, int]]]:
    """Go through the blocks of a set in order, in portions of so many; the last one may be smaller.

    A portion is given as its runs of neighbours, (start, end), rising.
    """
    # A digit for each block, the one that comes first in front.
    digits = f"{blocks:b}" if descending else f"{blocks:b}"[::-1]
    count, end = len(digits), 0
    for size in sizes:
        portion: list[tuple[int, int]] = []
        while size and (start := digits.find("1", end)) >= 0:
            end = digits.find("0", start, start + size)
            if end < 0:
                end = min(start + size, count)
            portion.append((count - end, count - start) if descending else (start, end))
            size -= end - start
        if not portion:
            return
        yield portion[::-1] if descending else portion


def _slots_in(words: bytes, numbers: bytes) -> Iterator[Sequence[int]]:
    """Go through the rows of bits of all grams in the texts of a block; row 0 is always among them."""
    # Many rows have the same tags, notes and marks.
    fields = set(words.replace(_FIELD_END, _END).split(_END))
    fields.update(_PLUS.findall(numbers) if _are_plain(numbers) else numbers.split(_END))
    text = _END.join(fields)
    for size in _WORD:
        yield _slots(text, size, _NO_END)
    text = _END.join((numbers, *_NUMBER.findall(text)))
    for size in (_SHORT, _LONG):
        yield _slots(text, size, _NUMERIC)


def _are_plain(numbers: bytes) -> bool:
    """Return whether there is nothing but digits, spaces, and at the beginning of a row a plus."""
    beginning = numbers.count(b"\n+") + numbers.startswith(b"+")
    return numbers.count(b"+") == beginning and not numbers.translate(None, _SPACED + b"+\n")


def _slots(text: bytes, size: int, allowed: bytes) -> Sequence[int]:
    """Return the rows of bits of all stretches of so many bytes; 0 for one with a byte that is not allowed."""
    count = max(0, len(text) - size + 1)
    low = high = 0
    for at, (to_low, to_high) in enumerate(_shares(size)):
        part = text[at : at + count]
        low ^= int.from_bytes(part.translate(to_low), "little")
        high ^= int.from_bytes(part.translate(to_high), "little")
    allowed_here = int.from_bytes(text.translate(allowed), "little")
    for at in range(size):
        low &= allowed_here >> 8 * at
        high &= allowed_here >> 8 * at
    pairs = bytearray(2 * count)
    lower = sys.byteorder != "little"
    pairs[lower::2], pairs[not lower :: 2] = (half.to_bytes(count, "little") for half in (low, high))
    return array("H", bytes(pairs))


@cache
def _shares(size: int) -> Sequence[tuple[bytes, bytes]]:
    """Return what each byte at each place of a gram adds to its slot, in two: the low bits and the high ones."""
    shares = []
    none = crc32(bytes(size))
    for place in range(size):
        grams = [bytes(place) + bytes([value]) + bytes(size - place - 1) for value in range(256)]
        added = [(crc32(gram) ^ (none if place else 0)) % _SLOTS for gram in grams]
        shares.append((bytes(share & 0xFF for share in added), bytes(share >> 8 for share in added)))
    return shares


def _grams_of(part: bytes) -> Iterable[bytes]:
    """Return grams that occur wherever a text stands."""
    grams = _stretches(part, _WORD[0])
    if part.isalpha():
        return grams
    numbers = [gram for number in _NUMBER.findall(part) for gram in _stretches(number, _LONG)]
    return [*(gram for gram in grams if gram.strip(_SPACED)), *numbers]


def _stretches(text: bytes, size: int) -> Sequence[bytes]:
    """Return all stretches of so many bytes; the whole text where there are fewer."""
    return [text[at : at + size] for at in range(max(1, len(text) - size + 1))]


def _slot(gram: bytes) -> int:
    return crc32(gram) % _SLOTS


def _width(blocks: int) -> int:
    """Return the bytes that hold a bit for each block."""
    return -(-blocks // 8)
