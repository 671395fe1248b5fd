"""Contacts that may be one person: found by their names and numbers, each pair with what speaks for it.

A name speaks for it when it is the same in two words at least, and no more than a few contacts have it. Two numbers
are one WhatsApp account where they differ only by a digit that the numbering plan of their country put in or took out:
the ninth digit of Brazilian mobiles (since 2016), the 1 of Mexican ones (until 2019), the 9 of Argentine ones, which
is dialled from abroad alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

C = TypeVar("C")
"""A contact."""
SHARED_BY = 4
"""A name that more contacts share is a common one, and says nothing."""
_FORMS = (
    # Area code, then the eight digits of a mobile, with the ninth one before them.
    (re.compile(r"\+55([1-9]\d)9([6-9]\d{7})"), r"+55\1\2"),
    (re.compile(r"\+521(\d{10})"), r"+52\1"),
    (re.compile(r"\+549(\d{10})"), r"+54\1"),
)
"""Numbers in their longer form, and what is left of them in the shorter one."""


class Evidence(StrEnum):
    """What speaks for two contacts being one person."""

    ONE_ACCOUNT = "one_account"
    SAME_NAME = "same_name"

    @property
    def label(self) -> str:
        """The evidence in a word or two."""
        return {Evidence.ONE_ACCOUNT: "one account", Evidence.SAME_NAME: "same name"}[self]

    @property
    def words(self) -> str:
        """The evidence as it is told."""
        return {
            Evidence.ONE_ACCOUNT: "one WhatsApp account, written in two ways",
            Evidence.SAME_NAME: "the same name",
        }[self]


class Pair(Struct, frozen=True):
    """Two contacts that may be one person, by their numbers (E.164), the lesser one first."""

    first: str
    second: str
    evidence: tuple[Evidence, ...]
    """The strongest first."""

    @property
    def words(self) -> str:
        """What speaks for it, in one line."""
        return " and ".join(known.words for known in self.evidence)


class KeptApart(Struct, frozen=True):
    """A person's word that the contacts of two numbers (E.164) are not one person."""

    first: str
    second: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """The same for the same two numbers, in either order."""
        return pair_key(self.first, self.second)


class MergedNumber(Struct, frozen=True):
    """Whose a number is since the contact that had it was merged with another one."""

    number: str
    """E.164."""
    into: str
    """E.164: the number of the contact that stayed, which may have been merged with another one since."""
    by: str
    at: datetime


def follow_merges(
    number: str, merged: Callable[[str], MergedNumber | None], holder: Callable[[str], C | None]
) -> C | None:
    """Return who took a number (E.164) over by a merge, or by that one's own since; None where none is there.

    `merged` tells whose a number is since a merge, and `holder` which contact has one.
    """
    seen: set[str] = set()
    while number not in seen and (went := merged(number)) is not None:
        seen.add(number)
        found, number = holder(went.into), went.into
        if found is not None:
            return found
    return None


def pair_key(first: str, second: str) -> str:
    """Return what two numbers (E.164) are known by together, in either order."""
    return " ".join(sorted((first, second)))


def account_of(e164: str) -> str:
    """Return the shortest form of a number among those that are one WhatsApp account."""
    for form, short in _FORMS:
        found = form.fullmatch(e164)
        if found:
            return found.expand(short)
    return e164


def pairs(people: Iterable[tuple[str, str]]) -> Iterator[Pair]:
    """Go through the pairs of contacts that may be one person, those with the most evidence first.

    Each of the people is given as (folded name, E.164); of several with one name, each is paired with the first.
    """
    by_name: dict[str, list[str]] = defaultdict(list)
    by_account: dict[str, list[str]] = defaultdict(list)
    for name, e164 in people:
        if len(name.split()) > 1:
            by_name[name].append(e164)
        by_account[account_of(e164)].append(e164)
    found: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for numbers in by_account.values():
        _pair_up(found, numbers, Evidence.ONE_ACCOUNT)
    for numbers in by_name.values():
        if len(numbers) <= SHARED_BY:
            _pair_up(found, numbers, Evidence.SAME_NAME)
    made = [Pair(first, second, tuple(evidence)) for (first, second), evidence in found.items()]
    order = list(Evidence)
    yield from sorted(made, key=lambda pair: (-len(pair.evidence), order.index(pair.evidence[0]), pair.first))


def _pair_up(found: dict[tuple[str, str], list[Evidence]], numbers: list[str], evidence: Evidence) -> None:
    first, *others = sorted(numbers)
    for other in others:
        found[first, other].append(evidence)
