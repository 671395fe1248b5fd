"""Which contacts a query means: the texts are looked through block by block, and only where the grams allow it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sent_tui.core.search import ContactQuery
from sent_tui.core.search_base import SearchBase
from sent_tui.core.search_entry import ALL_FLAGS, field_term, passing
from sent_tui.core.search_grams import Blocks, runs
from sent_tui.core.search_marks import Marks, every, holding
from sent_tui.core.search_terms import FIELD, Term, understood

_FIELD = FIELD.encode()
_ANY_LETTER = "(?:[\\x20-\\x7e]|[\\xc2-\\xf4][\\x80-\\xbf]+)"
"""One character in UTF-8."""

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

    def marks(self, lines: bytes, count: int) -> Marks:
        """Return the marks of those of `count` lines that are as they must be."""
        left = every(count)
        for spellings in self._rarest_first:
            left &= _any_of(spellings, lines, count)
            if not left:
                return 0
        for spellings in self.unwanted:
            left ^= left & _any_of(spellings, lines, count)
        return left

    @cached_property
    def _rarest_first(self) -> tuple[Spellings, ...]:
        """What must stand in a text, in the order in which it is looked for: long texts are rare."""
        return tuple(sorted(self.wanted, key=_length, reverse=True))


_EVERY = bytes(value < ALL_FLAGS for value in range(256))


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
        flags=_EVERY if len(flags) == ALL_FLAGS else bytes(value in flags for value in range(256)),
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


def _any_of(spellings: Spellings, lines: bytes, count: int) -> Marks:
    """Return the marks of those of `count` lines that have one of some spellings."""
    found = 0
    for parts in spellings:
        left = holding(parts[0], lines, count)
        for part in parts[1:]:
            left = left and left & holding(part, lines, count)
        found |= left
    return found


def _length(spellings: Spellings) -> int:
    """Return how long a text stands, at least, wherever one of some spellings does."""
    return min(max(map(len, parts)) for parts in spellings)


def _blocks(base: SearchBase, spellings: Spellings) -> Blocks:
    found = 0
    for parts in spellings:
        left = base.grams.all
        for part in parts:
            left &= base.grams.holding(part)
        found |= left
    return found


def marked_runs(
    base: SearchBase, asked: Matcher, lengths: Iterable[int], *, descending: bool = False
) -> Iterator[tuple[int, int, Marks]]:
    """Go through the rows of a base that a query may mean, in order, as (start, end, marks).

    The runs of rows are of so many blocks each, or of fewer.
    """
    for first, last in runs(asked.blocks(base), lengths, descending=descending):
        start, end = base.blocks[first], base.blocks[last]
        yield start, end, asked.marks(base.lines(start, end), end - start)
