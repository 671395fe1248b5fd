"""Which contacts a person marked: by their numbers, so that searching, sorting and changes leave the marks alone.

A mark is eight bytes, so that a million contacts can be marked. Marks never change; each operation gives new ones.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from sent_tui.core.search_entry import number_key, number_of_key

Numbers = Sequence[int]
"""Numbers of contacts as `number_key` writes them, rising, each once."""
PIECE = 16_384
"""So many are moved in one go; more would hold up the other threads."""


class Marks:
    """Some contacts, by their numbers."""

    def __init__(self, numbers: Numbers = ()) -> None:
        self._numbers = numbers if isinstance(numbers, array) else array("Q", numbers)

    def __len__(self) -> int:
        """Return how many are marked."""
        return len(self._numbers)

    def __contains__(self, e164: str) -> bool:
        """Return whether the contact of a number (E.164) is marked."""
        return self._has(self._place(number_key(e164)), number_key(e164))

    def __iter__(self) -> Iterator[str]:
        """Go through the numbers (E.164) of those that are marked, rising."""
        return map(number_of_key, self._numbers)

    def __eq__(self, other: object) -> bool:
        """Return whether the same contacts are marked."""
        return isinstance(other, Marks) and self._numbers == other._numbers

    def __hash__(self) -> int:
        """Return a hash that equal marks share."""
        return hash((len(self._numbers), *self._numbers[:4]))

    def toggled(self, e164: str) -> Marks:
        """Return the marks with one more, or without it where it is there."""
        key = number_key(e164)
        at = self._place(key)
        numbers = self._numbers[:]
        if self._has(at, key):
            del numbers[at]
        else:
            numbers.insert(at, key)
        return Marks(numbers)

    def handed_on(self, e164: str, to: str) -> Marks:
        """Return the marks after a contact was merged with another one, which is marked then if either was."""
        if e164 not in self:
            return self
        left = self.toggled(e164)
        return left if to in left else left.toggled(to)

    def with_all(self, numbers: Numbers) -> Marks:
        """Return the marks with others."""
        if not self:
            return Marks(numbers)
        return self._merged(numbers, lambda mine, other: mine or other)

    def without(self, numbers: Numbers) -> Marks:
        """Return the marks without some."""
        return self._merged(numbers, lambda mine, other: mine and not other)

    def inverted(self, numbers: Numbers) -> Marks:
        """Return the marks with those of some numbers taken off that are marked, and the others of them set."""
        return self._merged(numbers, lambda mine, other: mine is not other)

    def has_all(self, numbers: Numbers) -> bool:
        """Return whether all of some are marked."""
        return all(mine for _, mine, other in _together(self._numbers, numbers) if other)

    def _merged(self, numbers: Numbers, keeps: Callable[[bool, bool], bool]) -> Marks:
        kept = (number for number, mine, other in _together(self._numbers, numbers) if keeps(mine, other))
        made = array("Q")
        while piece := array("Q", islice(kept, PIECE)):
            made.extend(piece)
        return Marks(made)

    def _place(self, key: int) -> int:
        return bisect_left(self._numbers, key)

    def _has(self, at: int, key: int) -> bool:
        return at < len(self._numbers) and self._numbers[at] == key


NO_MARKS = Marks()


def _together(one: Numbers, two: Numbers) -> Iterator[tuple[int, bool, bool]]:
    """Go through the numbers of two, rising, each once, with whether the first and whether the second has it."""
    at = place = 0
    while at < len(one) or place < len(two):
        if place == len(two) or (at < len(one) and one[at] < two[place]):
            yield one[at], True, False
            at += 1
        elif at == len(one) or two[place] < one[at]:
            yield two[place], False, True
            place += 1
        else:
            yield one[at], True, True
            at += 1
            place += 1
