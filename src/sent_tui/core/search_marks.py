"""Which of some lines hold a text: a byte for each line, found without a step in Python for each of them.

Lines are bytes with a line feed after each. Marks are one whole number with a byte for each line, the first one
lowest: 1 where the line is meant, else 0; so marks are combined by `&` and `|`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import accumulate, repeat

Marks = int


@lru_cache(maxsize=64)
def every(count: int) -> Marks:
    """Return the marks of so many lines that are all meant."""
    return int.from_bytes(b"\1" * count, "little")


def holding(part: bytes, lines: bytes, count: int) -> Marks:
    """Return the marks of those of `count` lines that hold a text, which has no line feed in it.

    Lines behind these, as a file that was altered may have, are passed over.
    """
    if len(part) == 1:
        return int.from_bytes(_with_letter(part, lines)[:count], "little")
    *before, _ = lines.split(part)
    if not before:
        return 0
    marks = bytearray(count)
    with suppress(IndexError):
        for line in accumulate(map(bytes.count, before, repeat(b"\n"))):
            marks[line] = 1
    return int.from_bytes(marks, "little")


def matching(pattern: re.Pattern[bytes], lines: bytes, count: int) -> Marks:
    """Return the marks of those of `count` lines in which a pattern is found that crosses no line feed."""
    marks = bytearray(count)
    line = begin = 0
    for found in pattern.finditer(lines):
        line += lines.count(b"\n", begin, found.start())
        begin = found.start()
        if line < count:
            marks[line] = 1
    return int.from_bytes(marks, "little")


def lines_with(part: bytes, lines: bytes) -> Iterator[int]:
    """Go through the numbers of the lines that hold a text, looking no further than is asked for."""
    line = begin = 0
    while (at := lines.find(part, begin)) >= 0:
        line += lines.count(b"\n", begin, at)
        yield line
        begin = lines.find(b"\n", at)
        if begin < 0:
            return


def places(marks: Marks, count: int) -> Iterator[int]:
    """Go through the numbers of those of `count` lines that are meant."""
    data = marks.to_bytes(count, "little")
    place = data.find(1)
    while place >= 0:
        yield place
        place = data.find(1, place + 1)


def _with_letter(letter: bytes, lines: bytes) -> bytes:
    """Return a byte for each line. Nearly every line may have a letter, so nothing is done for each place of it."""
    left = lines.translate(*_only(letter))
    while b"\0\0" in left:
        left = left.replace(b"\0\0", b"\0")
    return left.replace(b"\0\n", b"\1").replace(b"\n", b"\0")


@lru_cache(maxsize=64)
def _only(letter: bytes) -> tuple[bytes, bytes]:
    """Return how to translate lines so that only a letter, as a zero byte, and line feeds are left of them."""
    return bytes.maketrans(letter, b"\0"), bytes(byte for byte in range(256) if byte not in letter + b"\n")
