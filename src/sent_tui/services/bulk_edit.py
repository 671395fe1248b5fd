"""One change to many contacts: in small writes, so that others may write meanwhile, and taken back as one.

Contacts are named by their numbers (E.164), as marks name them; those that are gone are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from msgspec.structs import replace

from sent_tui.core.consent import ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact
from sent_tui.core.search_match import IsCancelled, never
from sent_tui.core.tags import retagged
from sent_tui.core.text import plural
from sent_tui.services.check_run import CheckProgress, OnProgress, nobody
from sent_tui.services.contacts import Clock, NewId
from sent_tui.store.repository import Repository
from sent_tui.store.transaction import Transaction

AT_ONCE = 500
"""Contacts of one write, where there are not very many."""
MOST_WRITES = 40
"""So many writes one change takes, whatever the number of contacts."""

Edit = Callable[[Transaction, Contact], bool]
"""Changes a contact inside a write and returns whether there was anything to change."""


@dataclass(slots=True)
class EditReport:
    """What became of a change to many contacts."""

    changed: int = 0
    unchanged: int = 0
    """They were as wanted already."""
    gone: int = 0
    """Deleted meanwhile."""
    is_cancelled: bool = False
    name: str = field(default="", compare=False)
    """What `undo` calls it."""


class BulkEditService:
    """What can be done with many contacts at once. Its calls block, and are made off the event loop.

    `on_progress` is told of each write; a call that is cancelled keeps what was written by then, and that can be
    taken back. Raises DatabaseError; then too, what was written before is kept.
    """

    def __init__(self, repository: Repository, clock: Clock, new_id: NewId) -> None:
        self._repository = repository
        self._clock = clock
        self._new_id = new_id

    def tag(
        self,
        numbers: Sequence[str],
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
        on_progress: OnProgress = nobody,
        is_cancelled: IsCancelled = never,
    ) -> EditReport:
        """Add tags to contacts and remove others from them."""
        at = self._clock()

        def edit(tx: Transaction, contact: Contact) -> bool:
            tags = retagged(contact.tags, add, remove)
            if tags == contact.tags:
                return False
            tx.put_contact(replace(contact, tags=tags, updated_at=at))
            return True

        return self._over(numbers, "tags", edit, on_progress, is_cancelled)

    def opt_out(
        self,
        numbers: Sequence[str],
        *,
        by: str,
        how: str = "recorded by hand",
        on_progress: OnProgress = nobody,
        is_cancelled: IsCancelled = never,
    ) -> EditReport:
        """Stop all messages to contacts, and keep who said so and when."""
        at = self._clock()

        def edit(tx: Transaction, contact: Contact) -> bool:
            if contact.opt_out:
                return False
            tx.put_contact(replace(contact, opt_out=True, updated_at=at))
            tx.add_consent(ConsentEvent(contact.format_e164, ConsentKind.OPT_OUT, at, by, how))
            return True

        return self._over(numbers, "opt-out", edit, on_progress, is_cancelled)

    def delete(
        self, numbers: Sequence[str], *, on_progress: OnProgress = nobody, is_cancelled: IsCancelled = never
    ) -> EditReport:
        """Delete contacts with their local fields and what was learned. Messages stay, and so does an opt-out."""

        def edit(tx: Transaction, contact: Contact) -> bool:
            tx.delete_contact(contact.id)
            return True

        return self._over(numbers, "deletion", edit, on_progress, is_cancelled)

    def first_names(self, numbers: Iterable[str], limit: int) -> list[str]:
        """Return what the first of some contacts are called."""
        known = (self._repository.find(number) for number in numbers)
        return [contact.title for contact in islice((one for one in known if one is not None), limit)]

    def ids(self, numbers: Iterable[str]) -> Iterator[str]:
        """Go through the ids of contacts."""
        known = map(self._repository.find, numbers)
        return (contact.id for contact in known if contact is not None)

    def _over(
        self, numbers: Sequence[str], what: str, edit: Edit, on_progress: OnProgress, is_cancelled: IsCancelled
    ) -> EditReport:
        whose = plural(len(numbers), "contact")
        if len(numbers) == 1:
            [whose] = self.first_names(numbers, 1) or [whose]
        group, began, report = self._new_id(), self._clock(), EditReport(name=f"{what} of {whose}")
        size = max(AT_ONCE, -(-len(numbers) // MOST_WRITES))
        for start in range(0, len(numbers), size):
            if is_cancelled():
                report.is_cancelled = True
                break
            part = numbers[start : start + size]
            with self._repository.transaction(undo=report.name, group=group) as tx:
                done = [_edited(tx, number, edit) for number in part]
            report.changed += done.count(True)
            report.unchanged += done.count(False)
            report.gone += done.count(None)
            on_progress(CheckProgress(start + len(part), len(numbers), self._clock() - began))
        return report


def _edited(tx: Transaction, number: str, edit: Edit) -> bool | None:
    """Change the contact of a number; return whether anything changed, None for one that is gone."""
    contact = tx.find(number)
    return None if contact is None else edit(tx, contact)
