"""What comes of rows: when they are stored, and when it is only tried what would come of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final, Protocol

from sent_tui.core.contact import Contact
from sent_tui.errors import NotFoundError
from sent_tui.services.contacts import (
    ContactService,
    Created,
    DoubtfulNumberError,
    InvalidNumberError,
    NewContact,
    Refusal,
    understand,
)
from sent_tui.store.repository import Repository

BY: Final = "import"
"""Who recorded an opt-out that a file brought."""
HOW: Final = "imported as opted out"
"""How such an opt-out came about."""


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


@dataclass(frozen=True, slots=True)
class Wish:
    """A contact to be made, and whether it is to be opted out."""

    entry: NewContact
    opt_out: bool


class Target(Protocol):
    """Where rows go."""

    def take(self, wishes: Sequence[Wish]) -> list[Outcome]:
        """Take rows and say for each what came of it, in the same order."""
        ...


class Storing:
    """Rows become contacts."""

    def __init__(self, contacts: ContactService, repository: Repository, *, detect: bool) -> None:
        self._contacts = contacts
        self._repository = repository
        self._detect = detect

    def take(self, wishes: Sequence[Wish]) -> list[Outcome]:
        """Store rows in one write, then opt out those that the file says."""
        made = self._contacts.create_many([wish.entry for wish in wishes], detect=self._detect)
        changed = self._changed(made)
        opted_out: set[str] = set()
        outcomes = []
        for wish, item, is_changed in zip(wishes, made, changed, strict=True):
            if isinstance(item, Refusal):
                outcomes.append(Outcome(Verdict.REFUSED, reason=item.reason, suggestion=item.suggestion))
                continue
            contact = item.contact
            opts_out = wish.opt_out and not contact.opt_out and contact.id not in opted_out
            if opts_out:
                opted_out.add(contact.id)
                with suppress(NotFoundError):  # somebody deleted it just now
                    self._contacts.opt_out(contact.id, by=BY, how=HOW)
            outcomes.append(Outcome(_verdict(item.is_new, is_changed or opts_out), opts_out))
        return outcomes

    def _changed(self, made: Sequence[Created | Refusal]) -> list[bool]:
        """Return which rows gave something new to a contact that was there."""
        rows_of: dict[str, list[int]] = {}
        for row, item in enumerate(made):
            if isinstance(item, Created):
                rows_of.setdefault(item.contact.format_e164, []).append(row)
        changed = [False] * len(made)
        for rows in rows_of.values():
            states = [item for item in (made[row] for row in rows) if isinstance(item, Created)]
            changed[rows[0]] = not states[0].is_new and self._was_touched(*states[:2])
            for row, (before, after) in zip(rows[1:], pairwise(states), strict=True):
                changed[row] = _local(before.contact) != _local(after.contact)
        return changed

    def _was_touched(self, made: Created, following: Created | None = None) -> bool:
        """Return whether a row changed a contact that was there before the write.

        It is returned with the time of the change before; if this row changed it, then what is stored, or what the
        following row of this number met, has a later time.
        """
        later = following.contact if following else self._repository.find(made.contact.format_e164)
        return later is not None and later.updated_at != made.contact.updated_at


class Rehearsing:
    """Nothing is stored: rows are only tried, to show what an import would do."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._tried: dict[str, _State] = {}

    def take(self, wishes: Sequence[Wish]) -> list[Outcome]:
        """Say of each row what would come of it."""
        return [self._try(wish) for wish in wishes]

    def _try(self, wish: Wish) -> Outcome:
        try:
            number = understand(wish.entry.number, wish.entry.region)
        except InvalidNumberError as error:
            meant = error.invalid.suggestion
            suggestion = meant.e164 if meant else ""
            return Outcome(Verdict.REFUSED, reason=error.invalid.message, suggestion=suggestion)
        except DoubtfulNumberError as error:
            return Outcome(Verdict.REFUSED, reason=error.message, suggestion=error.number.e164)
        before = self._tried.get(number.e164) or _state(self._repository.find(number.e164))
        after = (before or _State()).with_wish(wish)
        self._tried[number.e164] = after
        opts_out = after.opted_out and not (before and before.opted_out)
        return Outcome(_verdict(before is None, after != before), opts_out)


@dataclass(frozen=True, slots=True)
class _State:
    """What an import can change of a contact."""

    name: str = ""
    notes: str = ""
    tags: frozenset[str] = frozenset()
    opted_out: bool = False

    def with_wish(self, wish: Wish) -> _State:
        """Return the state after a row: empty fields are filled, tags are added, an opt-out stays."""
        return _State(
            self.name or wish.entry.name.strip(),
            self.notes or wish.entry.notes,
            self.tags | set(wish.entry.tags),
            self.opted_out or wish.opt_out,
        )


def _state(contact: Contact | None) -> _State | None:
    if contact is None:
        return None
    return _State(contact.name, contact.notes, frozenset(contact.tags), contact.opt_out)


def _local(contact: Contact) -> tuple[str, str, tuple[str, ...]]:
    return contact.name, contact.notes, contact.tags


def _verdict(is_new: bool, is_changed: bool) -> Verdict:
    if is_new:
        return Verdict.ADDED
    return Verdict.MERGED if is_changed else Verdict.UNCHANGED
