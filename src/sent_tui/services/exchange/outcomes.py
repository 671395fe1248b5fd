"""What comes of rows: when they are stored, and when it is only tried what would come of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sent_tui.core.contact import Contact
from sent_tui.services.contacts import ContactService, Taken
from sent_tui.store.fresh import Outline, Said
from sent_tui.store.repository import Repository

_MANY = 100_000
"""New contacts that are held in memory."""


class Verdict(StrEnum):
    """What came of a row."""

    ADDED = "added"
    MERGED = "merged"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a row that could be used."""

    verdict: Verdict
    opted_out: bool = False


class Target(Protocol):
    """Where rows go."""

    def take(self, outlines: Sequence[Outline]) -> list[Outcome]:
        """Take contacts and say for each what came of it, in the same order."""
        ...

    def rest(self) -> None:
        """Tidy up between two writes."""
        ...


class Storing:
    """Rows become contacts."""

    def __init__(self, contacts: ContactService, repository: Repository, *, detect: bool) -> None:
        self._contacts = contacts
        self._repository = repository
        self._detect = detect

    def take(self, outlines: Sequence[Outline]) -> list[Outcome]:
        """Store contacts in one write."""
        return list(map(_outcome, self._contacts.take_many(outlines, detect=self._detect)))

    def rest(self) -> None:
        """Keep memory small, however many rows there are."""
        self._repository.maintain(after=_MANY)


class Rehearsing:
    """Nothing is stored: rows are only tried, to show what an import would do."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._tried: dict[str, _State] = {}

    def take(self, outlines: Sequence[Outline]) -> list[Outcome]:
        """Say of each contact what would come of it."""
        return list(map(self._try, outlines))

    def rest(self) -> None:
        """Need no rest: nothing is written."""

    def _try(self, wanted: Outline) -> Outcome:
        before = self._tried.get(wanted.e164) or _state(self._repository.find(wanted.e164))
        after = (before or _State()).with_words(wanted.said, opt_out=wanted.opt_out)
        self._tried[wanted.e164] = after
        opts_out = after.opted_out and not (before and before.opted_out)
        return Outcome(_verdict(before is None, after != before), opts_out)


@dataclass(frozen=True, slots=True)
class _State:
    """What an import can change of a contact."""

    name: str = ""
    notes: str = ""
    tags: frozenset[str] = frozenset()
    opted_out: bool = False

    def with_words(self, said: Said, *, opt_out: bool) -> _State:
        """Return the state after a row: empty fields are filled, tags are added, an opt-out stays."""
        return _State(
            self.name or said.name, self.notes or said.notes, self.tags | set(said.tags), self.opted_out or opt_out
        )


def _state(contact: Contact | None) -> _State | None:
    if contact is None:
        return None
    return _State(contact.name, contact.notes, frozenset(contact.tags), contact.opt_out)


_ADDED = Outcome(Verdict.ADDED)


def _outcome(taken: Taken) -> Outcome:
    if taken.is_new and not taken.opted_out:
        return _ADDED
    return Outcome(_verdict(taken.is_new, taken.is_changed), taken.opted_out)


def _verdict(is_new: bool, is_changed: bool) -> Verdict:
    if is_new:
        return Verdict.ADDED
    return Verdict.MERGED if is_changed else Verdict.UNCHANGED
