"""Where a text can stand: for each gram, one bit for each block of rows in which it occurs.

A gram is one to three bytes of a field that are not all digits, or four or five of a number: nearly every block holds
every three digits. The bits only rule blocks out: a block that is left may hold the grams apart from each other. Two
grams may share their bits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from zlib import crc32

BLOCK = 128
"""Rows in a new block."""
_SLOTS = 1 << 15
"""Rows of bits."""
_LONG, _SHORT = 5, 4
"""How long the grams of numbers are."""
_ENDS = re.compile(rb"[\n\x1f]")
"""Where a field ends."""
_NUMBER = re.compile(rb"\+?[0-9]{4,}")
_NUMBERS = re.compile(rb"(\+[0-9]{4,})(?: ([0-9]{4,}))?")
"""A field with a number in E.164, and in national form where that is another one."""
_DIGITS = b"0123456789"

Blocks = int
"""A set of blocks: bit n stands for block n."""


class _Slots(dict[bytes, int]):
    """The row of bits of each gram, found when it is first asked for."""

    def __missing__(self, gram: bytes) -> int:
        slot = self[gram] = _slot(gram)
        return slot


class GramBuilder:
    """Collects the bits of so many blocks; `bits` are those that are known already."""

    def __init__(self, blocks: int, bits: memoryview | None = None) -> None:
        self._width = _width(blocks)
        self._bits = bytearray(self._width * _SLOTS) if bits is None else bytearray(bits)
        self._slots = _Slots()

    def add(self, block: int, text: bytes) -> None:
        """Note what occurs in a block."""
        at, bit = block >> 3, 1 << (block & 7)
        bits, width = self._bits, self._width
        for slot in self._slots_in(text):
            bits[slot * width + at] |= bit

    def fill(self, texts: Iterable[bytes]) -> None:
        """Note what occurs in each block, from the first one on; of all of them nothing is known yet."""
        rest = iter(texts)
        for at in range(self._width):
            # The bits of eight blocks, a byte for each gram, are put in their places in one go.
            column = 0
            for bit, text in enumerate(islice(rest, 8)):
                marks = bytearray(_SLOTS)
                for slot in self._slots_in(text):
                    marks[slot] = 1
                column |= int.from_bytes(marks, "little") << bit
            self._bits[at :: self._width] = column.to_bytes(_SLOTS, "little")

    def _slots_in(self, text: bytes) -> Iterator[int]:
        return map(self._slots.__getitem__, _grams_in(text))

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


def runs(blocks: Blocks, lengths: Iterable[int], *, descending: bool = False) -> Iterator[tuple[int, int]]:
    """Go through the blocks of a set in order: as runs of neighbours, (start, end), each of a length or shorter."""
    # A digit for each block, the one that comes first in front.
    digits = f"{blocks:b}" if descending else f"{blocks:b}"[::-1]
    end = 0
    for length in lengths:
        start = digits.find("1", end)
        if start < 0:
            return
        end = digits.find("0", start, start + length)
        if end < 0:
            end = min(start + length, len(digits))
        yield (len(digits) - end, len(digits) - start) if descending else (start, end)


def _grams_in(text: bytes) -> set[bytes]:
    """Return the grams of all texts of a block; none goes over the end of a field."""
    words: dict[bytes, None] = {}
    long: set[bytes] = set()
    short: set[bytes] = set()
    # Many rows have the same tags, notes and marks.
    for field in set(_ENDS.split(text)):
        found = _NUMBERS.fullmatch(field)
        if found is None:
            words[field] = None
            continue
        number, national = found.groups()
        words[number[:3]] = None
        long.update([number[at : at + _LONG] for at in range(len(number) - _LONG + 1)])
        short.add(number[-_SHORT:])
        if national is None:
            continue
        words[b"%b %b" % (number[-2:], national[:2])] = None
        if number.endswith(national[1:]):
            # The rest of it stands in the number already.
            long.add(national[:_LONG])
        else:
            long.update([national[at : at + _LONG] for at in range(len(national) - _LONG + 1)])
            short.add(national[-_SHORT:])
    fields = b"\n".join(words)
    for number in _NUMBER.findall(fields):
        long.update([number[at : at + _LONG] for at in range(len(number) - _LONG + 1)])
        short.add(number[-_SHORT:])
    padded = fields + b"\n\n"
    grams = {padded[at : at + 3] for at in range(len(fields))}
    grams |= {gram[:2] for gram in grams}
    grams |= {gram[:1] for gram in grams}
    grams = {gram for gram in grams if b"\n" not in gram}
    return grams.union(long, short, [gram[:_SHORT] for gram in long])


def _grams_of(part: bytes) -> Iterable[bytes]:
    """Return grams that occur wherever a text stands."""
    size = min(len(part), _LONG if _NUMBER.fullmatch(part) else 3)
    grams = [part[at : at + size] for at in range(len(part) - size + 1)]
    return [gram for gram in grams if len(gram) > 3 or gram.strip(_DIGITS)]


def _slot(gram: bytes) -> int:
    return crc32(gram) % _SLOTS


def _width(blocks: int) -> int:
    """Return the bytes that hold a bit for each block."""
    return -(-blocks // 8)
