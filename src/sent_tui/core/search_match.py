"""Which contacts a query means: the texts are looked through block by block, and only where the grams allow it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from sent_tui.core.search import Condition, ContactQuery
from sent_tui.core.search_base import SearchBase, Stretch
from sent_tui.core.search_entry import ALL_FLAGS, WORDS, field_term, passing, texts_with
from sent_tui.core.search_grams import Blocks, portions
from sent_tui.core.search_marks import Marks, every, holding, lines_with, matching, places
from sent_tui.core.search_terms import Term, named_pattern, understood

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


class Named(Struct, frozen=True):
    """What must stand in a text, or must not: some word as it is, or a field that a person named."""

    word: bytes
    pattern: re.Pattern[bytes]
    """That of the field."""
    excluded: bool

    def is_met(self, text: bytes) -> bool:
        """Return whether a text is as it must be."""
        return self.excluded is not (self.word in text or self.pattern.search(text) is not None)

    def marks(self, rows: Stretch) -> Marks:
        """Return the marks of the rows in which the word or the field stands."""
        return _any_of(((self.word,),), rows) | matching(self.pattern, rows.text(WORDS), rows.count)


class Matcher(Struct, frozen=True):
    """A query as the index asks it."""

    wanted: tuple[Spellings, ...]
    """What must stand in a text, the longest first, which are rare: of each, one spelling."""
    unwanted: tuple[Spellings, ...]
    flags: bytes
    """For each value of the flags 1 where it is let through, else 0."""
    named: tuple[Named, ...] = ()
    """What is asked of a text that is otherwise as it must be."""

    @property
    def has_text(self) -> bool:
        """Whether texts have to be looked at."""
        return bool(self.wanted or self.unwanted or self.named)

    def stands_in(self, text: bytes) -> bool:
        """Return whether a text is as it must be."""
        for spellings in self.wanted:
            if not _stands(spellings, text):
                return False
        for spellings in self.unwanted:
            if _stands(spellings, text):
                return False
        return all(each.is_met(text) for each in self.named) if self.named else True

    @property
    def lone(self) -> bytes:
        """The text that must stand in a row, where that is all that must be; else empty."""
        if (
            len(self.wanted) != 1
            or self.unwanted
            or self.named
            or len(self.wanted[0]) != 1
            or len(self.wanted[0][0]) != 1
        ):
            return b""
        return self.wanted[0][0][0]

    def blocks(self, base: SearchBase) -> Blocks:
        """Return the blocks of a base in which a text can be as it must be."""
        left = base.grams.all
        for spellings in self.wanted:
            left &= _blocks(base, spellings)
        return left

    def marks(self, rows: Stretch) -> Marks:
        """Return the marks of those rows whose texts are as they must be."""
        left = every(rows.count) if not self.wanted else -1
        for spellings in self.wanted:
            left &= _any_of(spellings, rows)
            if not left:
                return 0
        for spellings in self.unwanted:
            left ^= left & _any_of(spellings, rows)
        for each in self.named:
            if left:
                found = each.marks(rows)
                left = left ^ (left & found) if each.excluded else left & found
        return left


_EVERY = bytes(value < ALL_FLAGS for value in range(256))


@lru_cache(maxsize=64)
def matcher(query: ContactQuery) -> Matcher:
    """Return how a query is asked."""
    said = understood(query.text)
    conditions = {*said.conditions, *[(condition, True) for condition in query.conditions]}
    return Matcher(
        wanted=_longest_first([*[_encoded(term) for term in said.terms if not term.excluded], *_fields(query)]),
        unwanted=tuple([_encoded(term) for term in said.terms if term.excluded and term.named is None]),
        flags=_let_through(conditions) if conditions else _EVERY,
        named=tuple([_named(term) for term in said.terms if term.named is not None]),
    )


def _fields(query: ContactQuery) -> list[Spellings]:
    """Return what must stand in a text for the conditions of which flags do not tell."""
    return [_encoded(field_term(condition)) for condition in query.conditions if passing(condition) is None]


def _named(term: Term) -> Named:
    [[word], _] = term.spellings
    pattern = named_pattern(*term.named or ("", "")).encode("utf-8", "replace")
    return Named(word.encode("utf-8", "replace"), re.compile(pattern), term.excluded)


def _longest_first(wanted: list[Spellings]) -> tuple[Spellings, ...]:
    return tuple(sorted(wanted, key=_length, reverse=True) if len(wanted) > 1 else wanted)


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
    fields = _fields(query)
    kept = [word for term, word in zip(terms, words, strict=True) if not term.excluded]
    for place, word in enumerate(kept):
        if word:
            others = (*encoded[:place], *encoded[place + 1 :], *fields)
            half = len(word) // 2
            turned = f"{word[: half - 1]}{word[half]}{word[half - 1]}{word[half + 1 :]}"
            halves = tuple((part.encode(),) for part in (word[:half], word[half:], turned))
            yield Matcher(_longest_first([halves, *others]), exact.unwanted, exact.flags, exact.named), _one_off(word)


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
    spellings = term.spellings if len(term.spellings) == 1 else _widest(term.spellings)
    return tuple([tuple([part.encode("utf-8", "replace") for part in parts]) for parts in spellings])


def _widest(spellings: tuple[tuple[str, ...], ...]) -> Iterator[tuple[str, ...]]:
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


def _any_of(spellings: Spellings, rows: Stretch) -> Marks:
    """Return the marks of the rows that have one of some spellings."""
    found = 0
    for parts in spellings:
        left = -1
        for part in parts:
            having = 0
            for name in texts_with(part, rows.mixed):
                having |= holding(part, rows.text(name), rows.count)
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


def marked(
    base: SearchBase, asked: Matcher, sizes: Iterable[int], *, descending: bool = False
) -> Iterator[tuple[Stretch, Marks]]:
    """Go through the rows of a base that a query may mean, in order, with their marks: so many blocks at a time."""
    for portion in portions(asked.blocks(base), sizes, descending=descending):
        stretch = Stretch(base, portion)
        yield stretch, asked.marks(stretch)


def holding_lone(base: SearchBase, asked: Matcher, sizes: Iterable[int]) -> Iterator[int]:
    """Go through the rows of a base in which the lone text of a query stands, looking no further than is asked for."""
    for portion in portions(asked.blocks(base), sizes):
        stretch = Stretch(base, portion)
        names = texts_with(asked.lone, stretch.mixed)
        if len(names) == 1:
            found = lines_with(asked.lone, stretch.text(names[0]))
        else:
            found = places(asked.marks(stretch), stretch.count)
        yield from stretch.rows(found)
