"""What a search text means: its words, numbers and phrases, and the fields that it names.

Words stand in any order. `"two words"` is a phrase, `-word` excludes, and `tag:vip`, `region:GB`, `status:failed` and
`channel:whatsapp` name a field; a value of several words is quoted, as in `tag:"big customer"`. `customer:4711` stands
for itself, and for a field that a person named whose name begins so and whose value has the rest in it. Numbers are
found however they are written, because both sides are reduced to their digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from sent_tui.core.search import ChannelFilter, Condition, fold

FIELD = "\x1f"
"""Separates the fields of a folded text."""
TAG = "\x1e"
"""Stands on both sides of each tag."""
MARK = "\x1d"
"""Stands on both sides of the region and of the last status."""
NAMED = "\x1c"
"""Stands before each field that a person named: then come its name, a colon and its value."""

_TOKEN = re.compile(
    r'(?P<no>-(?=[^\W\d]|["“”]))?(?:(?P<field>[^\W\d_]\w*):)?(?:["“”](?P<quoted>[^"“”]*)["“”]?|(?P<word>\S+))'
)
_NAME_ALONE = re.compile(r"[^\W\d_]\w*:")
_DASHES = r"\-\u2010-\u2015\u2212"
_NUMERIC = re.compile(rf"[+({_DASHES}]*\d[\d()./{_DASHES}]*|[+(]|[{_DASHES}]+")
_SEPARATORS = re.compile(r"[^\d+]")
_DIGITS = frozenset("+0123456789")
_CHANNELS = {wanted.value: wanted for wanted in ChannelFilter} | {"opted-out": ChannelFilter.OPTED_OUT}
_FEWEST_LETTERS, _MOST_LETTERS = 4, 32
"""Other words are not looked for with a wrong letter: of shorter ones nearly everything would do."""


class Term(Struct, frozen=True):
    """One thing that must stand in the folded text, or must not: any of its spellings."""

    spellings: tuple[tuple[str, ...], ...]
    """Alternatives; of one alternative, all parts must be there."""
    excluded: bool = False
    """Whether it must not stand there."""
    is_shown: bool = True
    """Whether it can be seen where it was found; the value of a field cannot."""
    named: tuple[str, str] | None = None
    """How the name of a field begins, and what its value has in it, where the last spelling is that of a field: its
    parts must then stand so, and not just anywhere."""

    @property
    def word(self) -> str:
        """The word that may be misspelt by a letter; empty when this is nothing of the kind."""
        if self.excluded or not self.is_shown or len(self.spellings) != 1 or len(self.spellings[0]) != 1:
            return ""
        word = self.spellings[0][0]
        return word if _FEWEST_LETTERS <= len(word) <= _MOST_LETTERS and word.isalpha() else ""

    def stands_in(self, text: str) -> bool:
        """Return whether a folded text is as the term wants it."""
        plain = self.spellings if self.named is None else self.spellings[:-1]
        is_there = any(all(part in text for part in parts) for parts in plain)
        if not is_there and self.named is not None:
            is_there = re.search(named_pattern(*self.named), text) is not None
        return self.excluded is not is_there


class Understood(Struct, frozen=True):
    """A search text, taken apart."""

    terms: tuple[Term, ...]
    conditions: frozenset[tuple[Condition, bool]]
    """Conditions on the channels, and whether each must hold (True) or must not."""


@lru_cache(maxsize=64)
def understood(text: str) -> Understood:
    """Return what a search text means."""
    folded = fold(text)
    words = folded.split()
    if "".join(words).isalpha():
        # Most searches: nothing in them has a meaning of its own.
        return Understood(tuple([Term(((word,),)) for word in words]), frozenset())
    found: list[Term] = []
    conditions: set[tuple[Condition, bool]] = set()
    run: list[str] = []
    for token in _TOKEN.finditer(folded):
        excluded, name, value = bool(token["no"]), token["field"], _value(token)
        if token["word"] and not (name or excluded) and _NUMERIC.fullmatch(value):
            run.append(value)
            continue
        found += _number_terms(run)
        run = []
        if token["word"] and name is None and _NAME_ALONE.fullmatch(value):
            name, value = value[:-1], ""
        if name == "channel" and value in _CHANNELS:
            conditions.add((Condition("channel", _CHANNELS[value].value), not excluded))
        else:
            found += _term(name, value, token, excluded=excluded)
    return Understood((*found, *_number_terms(run)), frozenset(conditions))


def terms(text: str) -> tuple[Term, ...]:
    """Split a search text into terms: words and phrases as they are, a run of digits and separators as one number."""
    return understood(text).terms


def _value(token: re.Match[str]) -> str:
    quoted: str | None = token["quoted"]
    return " ".join(quoted.split()) if quoted is not None else token["word"]


def _term(name: str | None, value: str, token: re.Match[str], *, excluded: bool) -> Iterator[Term]:
    if name in _FIELDS:
        if value:
            yield Term(((_FIELDS[name](value),),), excluded, is_shown=False)
        return
    text = f"{name}:{value}" if name else value
    if name and text not in _BEGUN:
        parts = (f"{NAMED}{name}", value) if value else (f"{NAMED}{name}",)
        yield Term(((text,), parts), excluded, named=(name, value))
    elif text and text not in _BEGUN:
        digits = token["quoted"] is not None and _NUMERIC.fullmatch(text.replace(" ", ""))
        yield Term((((_SEPARATORS.sub("", text) if digits else "") or text,),), excluded)


_FIELDS = {
    "tag": lambda value: f"{TAG}{value}{TAG}",
    "region": lambda value: f"{MARK}{value.upper()}{MARK}",
    "status": lambda value: f"{MARK}{value.upper()}{MARK}",
}
"""How the value of a field stands in a folded text; capitals keep it apart from what a person wrote."""
_BEGUN = {f"{name}:" for name in (*_FIELDS, "channel")}
"""Fields of which no value is typed yet."""


def named_pattern(name: str, value: str) -> str:
    """Return what stands in a folded text for a field whose name begins so and whose value has a text in it."""
    return rf"{NAMED}{re.escape(name)}[^:\x1c-\x1f\n]*:[^\x1c-\x1f\n]*{re.escape(value)}"


def _number_terms(words: list[str]) -> Iterator[Term]:
    """Return the term of a number: its digits in one, in the groups typed, after 00, or as it was typed."""
    groups = tuple(filter(None, (_SEPARATORS.sub("", word) for word in words)))
    if not groups or not any(part.strip("+") for part in groups):
        yield from (Term((("+",),)) for part in groups[:1])
        return
    joined = "".join(groups)
    spellings = {(joined,): None, groups: None}
    if joined.startswith("00"):
        spellings[(f"+{joined[2:]}",)] = None
    spellings[tuple(words)] = None
    yield Term(tuple(spellings))


def highlights(text: str, query_text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans (start, end) of a shown text in which the words of a query stand."""
    folded, places = _folded_places(text)
    digits = [place for place, char in zip(places, folded, strict=True) if char in _DIGITS]
    written = "".join(char for char in folded if char in _DIGITS)
    spans: list[tuple[int, int]] = []
    for term in terms(query_text):
        for part in _shown_parts(term):
            if (at := folded.find(part)) >= 0:
                spans.append((places[at], places[at + len(part) - 1] + 1))
            elif (at := written.find(part)) >= 0:
                spans.append((digits[at], digits[at + len(part) - 1] + 1))
    return _merged(sorted(spans))


def _shown_parts(term: Term) -> list[str]:
    if term.excluded or not term.is_shown:
        return []
    shown = term.spellings if term.named is None else term.spellings[:-1]
    return [part for spelling in shown for part in spelling if part]


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return sorted spans with overlapping ones made one."""
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _folded_places(text: str) -> tuple[str, list[int]]:
    pieces = [fold(char) for char in text]
    return "".join(pieces), [place for place, piece in enumerate(pieces) for _ in piece]
