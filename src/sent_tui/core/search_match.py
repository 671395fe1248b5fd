"""Which contacts a query means: the texts are looked through block by block, and only where the grams allow it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import compress, repeat
from operator import contains

from sent_tui.core.search import ContactQuery
from sent_tui.core.search_base import SearchBase
from sent_tui.core.search_entry import ALL_FLAGS, field_term, passing
from sent_tui.core.search_grams import Blocks, members
from sent_tui.core.search_terms import FIELD, Term, understood

_FIELD = FIELD.encode()
_ANY_LETTER = "(?:[\\x20-\\x7e]|[\\xc2-\\xf4][\\x80-\\xbf]+)"
"""One character in UTF-8."""

_LONG = 3
"""Texts from so many bytes on are rare enough to be looked for one by one."""

IsCancelled = Callable[[], bool]
"""Asked now and then whether the answer is still wanted."""
Spellings = tuple[tuple[bytes, ...], ...]


def never() -> bool:
    """Say that the answer is still wanted."""
    return False


class SearchCancelledError(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True)
class Matcher:
    """A query as the index asks it."""

    wanted: tuple[Spellings, ...]
    """What must stand in a text: of each, one spelling."""
    unwanted: tuple[Spellings, ...]
    flags: bytes
    """For each value of the flags 1 where it is let through, else 0."""

    @property
    def has_text(self) -> bool:
        """Whether texts have to be looked at."""
        return bool(self.wanted or self.unwanted)

    def stands_in(self, text: bytes) -> bool:
        """Return whether a text is as it must be."""
        for spellings in self.wanted:
            if not _stands(spellings, text):
                return False
        return not any(_stands(spellings, text) for spellings in self.unwanted)

    def blocks(self, base: SearchBase) -> Blocks:
        """Return the blocks of a base in which a text can be as it must be."""
        left = base.grams.all
        for spellings in self.wanted:
            left &= _blocks(base, spellings)
        return left

    def rows_in(self, base: SearchBase, block: int) -> list[int]:
        """Return the rows of a block whose texts are as they must be."""
        text = base.block(block)
        if self._is_one_text:
            return list(self._rows_with(self.rare[0], text, base.blocks[block]))
        if not all(_stands(spellings, text) for spellings in self.wanted):
            return []
        if self.rare:
            found = [row for part in self.rare for row in self._rows_with(part, text, base.blocks[block])]
            return found if len(self.rare) == 1 else sorted(set(found))
        return self._rows_of(text.split(b"\n")[:-1], base.blocks[block])

    @cached_property
    def _is_one_text(self) -> bool:
        """Whether one text that must stand there as it is says it all."""
        return not self.unwanted and len(self.wanted) == 1 and self.wanted[0] == (self.rare,)

    @cached_property
    def rare(self) -> tuple[bytes, ...]:
        """Texts of which one must stand there, as long as there are any; empty when one of them would be short."""
        choices = [tuple(max(parts, key=len) for parts in spellings) for spellings in self.wanted]
        longest = max(choices, key=lambda parts: min(map(len, parts)), default=())
        return longest if longest and min(map(len, longest)) >= _LONG else ()

    def _rows_with(self, part: bytes, text: bytes, row: int) -> Iterator[int]:
        """Go through the rows of a block of texts by the places of a text; `row` is the first one."""
        counted = 0
        at = text.find(part)
        while at >= 0:
            begin, end = text.rfind(b"\n", 0, at) + 1, text.index(b"\n", at)
            row += text.count(b"\n", counted, begin)
            counted = begin
            if self._is_one_text or self.stands_in(text[begin:end]):
                yield row
            at = text.find(part, end)

    def _rows_of(self, lines: list[bytes], first: int) -> list[int]:
        """Return those of some rows whose texts are as they must be; `first` is the first one."""
        rows: Sequence[int] = range(len(lines))
        for spellings in self.wanted:
            rows = _narrowed(rows, lines, spellings)
        for spellings in self.unwanted:
            rows = [row for row in rows if not _stands(spellings, lines[row])]
        return [first + row for row in rows]


@lru_cache(maxsize=64)
def matcher(query: ContactQuery) -> Matcher:
    """Return how a query is asked."""
    said = understood(query.text)
    terms = list(said.terms)
    flags = set(range(ALL_FLAGS))
    for condition in query.conditions:
        let_through = passing(condition)
        if let_through is None:
            terms.append(field_term(condition))
        else:
            flags &= let_through
    for condition, holds in said.conditions:
        let_through = passing(condition) or frozenset()
        flags = flags & let_through if holds else flags - let_through
    return Matcher(
        wanted=tuple(_encoded(term) for term in terms if not term.excluded),
        unwanted=tuple(_encoded(term) for term in terms if term.excluded),
        flags=bytes(value in flags for value in range(256)),
    )


def misspelt(query: ContactQuery) -> Iterator[tuple[Matcher, re.Pattern[bytes]]]:
    """Go through the words of a query that may have a wrong letter.

    For each: the query with a part of the word in its place that is left whole, and what a name must match in the end.
    """
    terms = understood(query.text).terms
    words = [term.word for term in terms]
    exact = matcher(query)
    encoded = [_encoded(term) for term in terms if not term.excluded]
    fields = exact.wanted[len(encoded) :]
    kept = [word for term, word in zip(terms, words, strict=True) if not term.excluded]
    for place, word in enumerate(kept):
        if word:
            others = (*encoded[:place], *encoded[place + 1 :], *fields)
            half = len(word) // 2
            turned = f"{word[: half - 1]}{word[half]}{word[half - 1]}{word[half + 1 :]}"
            halves = tuple((part.encode(),) for part in (word[:half], word[half:], turned))
            yield Matcher((halves, *others), exact.unwanted, exact.flags), _one_off(word)


def name_of(text: bytes) -> bytes:
    """Return the folded name in a text."""
    return text[: text.find(_FIELD)]


@lru_cache(maxsize=32)
def _one_off(word: str) -> re.Pattern[bytes]:
    """Return what stands in a name where a word was meant: one letter more, less, other, or two exchanged."""
    forms: dict[str, None] = {}
    for at in range(len(word)):
        head, tail = re.escape(word[:at]), re.escape(word[at + 1 :])
        forms[f"{head}.{tail}"] = None
        forms[f"{head}{tail}"] = None
        if at:
            forms[f"{head}.{re.escape(word[at:])}"] = None
        if at + 1 < len(word):
            forms[f"{head}{re.escape(word[at + 1] + word[at] + word[at + 2 :])}"] = None
    # A form must begin a word: nearly every name has it somewhere.
    either = "|".join(forms).replace(".", _ANY_LETTER)
    return re.compile(rf"(?<![^\s\-'.(])(?:{either})".encode())


def _encoded(term: Term) -> Spellings:
    return tuple(tuple(part.encode("utf-8", "replace") for part in parts) for parts in _needed(term.spellings))


def _needed(spellings: tuple[tuple[str, ...], ...]) -> Iterator[tuple[str, ...]]:
    """Go through the spellings without those that stand nowhere but where another one does."""
    for place, parts in enumerate(spellings):
        wider = [at for at, other in enumerate(spellings) if at != place and _covers(other, parts)]
        if not any(at < place or not _covers(parts, spellings[at]) for at in wider):
            yield parts


def _covers(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    """Return whether the parts of one spelling stand wherever those of another one do."""
    return all(any(small in part for part in narrow) for small in wide)


def _stands(spellings: Spellings, text: bytes) -> bool:
    # Loops, because this is asked of every line that a word stands in.
    for parts in spellings:
        for part in parts:
            if part not in text:
                break
        else:
            return True
    return False


def _narrowed(rows: Sequence[int], lines: list[bytes], spellings: Spellings) -> list[int]:
    if len(spellings) == 1 and len(spellings[0]) == 1:
        part = spellings[0][0]
        if len(rows) == len(lines):
            return list(compress(rows, map(contains, lines, repeat(part))))
        return [row for row in rows if part in lines[row]]
    return [row for row in rows if _stands(spellings, lines[row])]


def _blocks(base: SearchBase, spellings: Spellings) -> Blocks:
    found = 0
    for parts in spellings:
        left = base.grams.all
        for part in parts:
            left &= base.grams.holding(part)
        found |= left
    return found


def blocks_in_order(blocks: Blocks, is_cancelled: IsCancelled, *, descending: bool = False) -> Iterator[int]:
    """Go through blocks; raises SearchCancelledError as soon as nobody waits."""
    for count, block in enumerate(members(blocks, descending=descending)):
        if count % 16 == 15 and is_cancelled():
            raise SearchCancelledError
        yield block
