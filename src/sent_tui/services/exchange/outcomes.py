"""What comes of rows: when they are stored, and when it is only tried what would come of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from msgspec import Struct

from sent_tui.core.contact import Contact, Fields
from sent_tui.core.custom_fields import joined
from sent_tui.services.contacts import NO_UNDO, ContactService, Undoing
from sent_tui.store.fresh import FreshContact, Outline, Said
from sent_tui.store.repository import Repository

_MANY = 100_000
"""New contacts that are held in memory."""


class Verdict(StrEnum):
    """What came of a row."""

    ADDED = "added"
    MERGED = "merged"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Outcomes(NamedTuple):
    """What came of rows that could be used."""

    by_verdict: Mapping[Verdict, int]
    """How many rows."""
    opted_out: int
    """How many contacts were opted out by them."""


class Target(Protocol):
    """Where rows go."""

    def take(self, outlines: Sequence[Outline]) -> Outcomes:
        """Take contacts and say what came of them."""
        ...

    def rest(self) -> None:
        """Tidy up between two writes."""
        ...


class Storing:
    """Rows become contacts."""

    def __init__(
        self, contacts: ContactService, repository: Repository, *, detect: bool, undoing: Undoing = NO_UNDO
    ) -> None:
        self._contacts = contacts
        self._repository = repository
        self._detect = detect
        self._undoing = undoing

    def take(self, outlines: Sequence[Outline]) -> Outcomes:
        """Store contacts in one write."""
        taken = self._contacts.take_many(outlines, detect=self._detect, undoing=self._undoing, merged=True)
        others = [each for each in taken if not isinstance(each, FreshContact)]
        verdicts = Counter(_verdict(each.is_new, each.is_changed) for each in others)
        verdicts[Verdict.ADDED] += len(taken) - len(others)
        return Outcomes(verdicts, sum(each.opted_out for each in others))

    def rest(self) -> None:
        """Keep memory small, however many rows there are."""
        self._repository.maintain(after=_MANY)


class Rehearsing:
    """Nothing is stored: rows are only tried, to show what an import would do."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._tried: dict[str, _State] = {}

    def take(self, outlines: Sequence[Outline]) -> Outcomes:
        """Say what would come of contacts."""
        tried = list(map(self._try, outlines))
        return Outcomes(Counter(verdict for verdict, _ in tried), sum(opts_out for _, opts_out in tried))

    def rest(self) -> None:
        """Need no rest: nothing is written."""

    def _try(self, wanted: Outline) -> tuple[Verdict, bool]:
        known = self._repository.find(wanted.e164) or self._repository.merged_into(wanted.e164)
        number = wanted.e164 if known is None else known.format_e164
        before = self._tried.get(number) or _state(known)
        after = (before or _State()).with_words(wanted.said, opt_out=wanted.opt_out)
        self._tried[number] = after
        opts_out = after.opted_out and not (before and before.opted_out)
        return _verdict(before is None, after != before), opts_out


class _State(Struct, frozen=True):
    """What an import can change of a contact."""

    name: str = ""
    notes: str = ""
    tags: frozenset[str] = frozenset()
    opted_out: bool = False
    fields: Fields = ()

    def with_words(self, said: Said, *, opt_out: bool) -> _State:
        """Return the state after a row: empty fields are filled, tags and named fields are added, an opt-out stays."""
        return _State(
            self.name or said.name,
            self.notes or said.notes,
            self.tags | set(said.tags),
            self.opted_out or opt_out,
            joined(self.fields, said.fields)[0] if said.fields else self.fields,
        )


def _state(contact: Contact | None) -> _State | None:
    if contact is None:
        return None
    return _State(contact.name, contact.notes, frozenset(contact.tags), contact.opt_out, contact.fields)


def _verdict(is_new: bool, is_changed: bool) -> Verdict:
    if is_new:
        return Verdict.ADDED
    return Verdict.MERGED if is_changed else Verdict.UNCHANGED
