"""Which contacts a query means: the texts are looked through block by block, and only where the grams allow it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sent_tui.core.search import Condition, ContactQuery
from sent_tui.core.search_base import SearchBase, Stretch
from sent_tui.core.search_entry import ALL_FLAGS, field_term, passing, texts_with
from sent_tui.core.search_grams import Blocks, runs
from sent_tui.core.search_marks import Marks, every, holding
from sent_tui.core.search_terms import Term, understood

_ANY_LETTER = "(?:[\\x20-\\x7e]|[\\xc2-\\xf4][\\x80-\\xbf]+)"
"""One character in UTF-8."""

IsCancelled = Callable[[], bool]
"""Asked now and then whether the answer is still wanted."""
Spellings = tuple[tuple[bytes, ...], ...]
_Choices = tuple[tuple[tuple[bytes, Sequence[str]], ...], ...]
"""Spellings; with each part the texts in which it stands as a rule."""


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

    def marks(self, base: SearchBase, rows: Stretch) -> Marks:
        """Return the marks of those rows of a base whose texts are as they must be."""
        left = every(rows.end - rows.start) if not self.wanted else -1
        for choices in self._rarest_first:
            left &= _any_of(choices, base, rows)
            if not left:
                return 0
        for choices in self._never:
            left ^= left & _any_of(choices, base, rows)
        return left

    @cached_property
    def _rarest_first(self) -> tuple[_Choices, ...]:
        """What must stand in a text, in the order in which it is looked for: long texts are rare."""
        return tuple(map(_placed, sorted(self.wanted, key=_length, reverse=True)))

    @cached_property
    def _never(self) -> tuple[_Choices, ...]:
        """What must not stand in a text."""
        return tuple(map(_placed, self.unwanted))


_EVERY = bytes(value < ALL_FLAGS for value in range(256))


@lru_cache(maxsize=64)
def matcher(query: ContactQuery) -> Matcher:
    """Return how a query is asked."""
    said = understood(query.text)
    terms = [*said.terms, *(field_term(condition) for condition in query.conditions if passing(condition) is None)]
    conditions = {*said.conditions, *((condition, True) for condition in query.conditions)}
    return Matcher(
        wanted=tuple(_encoded(term) for term in terms if not term.excluded),
        unwanted=tuple(_encoded(term) for term in terms if term.excluded),
        flags=_let_through(conditions) if conditions else _EVERY,
    )


def _let_through(conditions: Iterable[tuple[Condition, bool]]) -> bytes:
    """Return for each value of the flags whether some conditions hold, or do not, as they must."""
    flags = set(range(ALL_FLAGS))
    for condition, holds in conditions:
        passed = passing(condition)
        if passed is not None:
            flags = flags & passed if holds else flags - passed
    return bytes(value in flags for value in range(256))


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


def _needed(spellings: tuple[tuple[str, ...], ...]) -> Iterable[tuple[str, ...]]:
    """Return the spellings without those that stand nowhere but where another one does."""
    return spellings if len(spellings) == 1 else _widest(spellings)


def _widest(spellings: tuple[tuple[str, ...], ...]) -> Iterator[tuple[str, ...]]:
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


def _placed(spellings: Spellings) -> _Choices:
    return tuple(tuple((part, texts_with(part, 0)) for part in parts) for parts in spellings)


def _any_of(choices: _Choices, base: SearchBase, rows: Stretch) -> Marks:
    """Return the marks of the rows that have one of some spellings."""
    start, end, mixed = rows
    found = 0
    for parts in choices:
        left = -1
        for part, places in parts:
            having = 0
            for name in texts_with(part, mixed) if mixed else places:
                having |= holding(part, base.lines[name].between(start, end), end - start)
            left &= having
            if not left:
                break
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
        rows = base.stretch(first, last)
        yield rows.start, rows.end, asked.marks(base, rows)
