"""What comes of rows: when they are stored, and when it is only tried what would come of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sent_tui.core.contact import Contact
from sent_tui.services.contacts import ContactService, Meaning, NewContact, Refusal, Taken, refusal
from sent_tui.store.fresh import Outline
from sent_tui.store.repository import Repository

Entry = tuple[NewContact, Meaning]
"""What a row says of a contact, and what it comes to."""


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
    """What came of a row, and why it was refused."""

    verdict: Verdict
    opted_out: bool = False
    reason: str = ""
    suggestion: str = ""


class Target(Protocol):
    """Where rows go."""

    def take(self, entries: Sequence[Entry]) -> list[Outcome]:
        """Take rows and say for each what came of it, in the same order."""
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

    def take(self, entries: Sequence[Entry]) -> list[Outcome]:
        """Store rows in one write."""
        return list(map(_outcome, self._contacts.take_many(entries, detect=self._detect)))

    def rest(self) -> None:
        """Keep memory small, however many rows there are."""
        self._repository.maintain(after=_MANY)


class Rehearsing:
    """Nothing is stored: rows are only tried, to show what an import would do."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._tried: dict[str, _State] = {}

    def take(self, entries: Sequence[Entry]) -> list[Outcome]:
        """Say of each row what would come of it."""
        return [self._try(entry, meant) for entry, meant in entries]

    def rest(self) -> None:
        """Need no rest: nothing is written."""

    def _try(self, entry: NewContact, meant: Meaning) -> Outcome:
        if not isinstance(meant, Outline):
            return _outcome(refusal(entry, meant))
        before = self._tried.get(meant.e164) or _state(self._repository.find(meant.e164))
        after = (before or _State()).with_entry(entry)
        self._tried[meant.e164] = after
        opts_out = after.opted_out and not (before and before.opted_out)
        return Outcome(_verdict(before is None, after != before), opts_out)


@dataclass(frozen=True, slots=True)
class _State:
    """What an import can change of a contact."""

    name: str = ""
    notes: str = ""
    tags: frozenset[str] = frozenset()
    opted_out: bool = False

    def with_entry(self, entry: NewContact) -> _State:
        """Return the state after a row: empty fields are filled, tags are added, an opt-out stays."""
        return _State(
            self.name or entry.name.strip(),
            self.notes or entry.notes,
            self.tags | set(entry.tags),
            self.opted_out or entry.opt_out,
        )


def _state(contact: Contact | None) -> _State | None:
    if contact is None:
        return None
    return _State(contact.name, contact.notes, frozenset(contact.tags), contact.opt_out)


_ADDED = Outcome(Verdict.ADDED)


def _outcome(item: Taken | Refusal) -> Outcome:
    if isinstance(item, Refusal):
        return Outcome(Verdict.REFUSED, reason=item.reason, suggestion=item.suggestion)
    if item.is_new and not item.opted_out:
        return _ADDED
    return Outcome(_verdict(item.is_new, item.is_changed), item.opted_out)


def _verdict(is_new: bool, is_changed: bool) -> Verdict:
    if is_new:
        return Verdict.ADDED
    return Verdict.MERGED if is_changed else Verdict.UNCHANGED
