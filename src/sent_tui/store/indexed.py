"""What every repository here shares: reads of records, staged writes, undo and listeners.

A store on top of it says where the records lie, how a write is kept (`_save`), who else has to be locked out
(`_writing`) and what others wrote (`refresh`). Reads take no lock that is held for longer than it takes to look
something up.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sent_tui.core.bulk import BulkSend
from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import DefaultMove, first_move
from sent_tui.core.duplicates import KeptApart, follow_merges, pair_key
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.core.message_search import EVERY_MESSAGE, MessageCounts, MessageQuery, MessageResults
from sent_tui.core.pull import PulledPage
from sent_tui.core.search import BY_NAME, EVERYONE, ContactQuery, Sort
from sent_tui.core.search_facets import Facets
from sent_tui.core.search_index import Counts, Results
from sent_tui.core.search_match import IsCancelled, never
from sent_tui.store.changes import Changes, UndoEntry, outdated
from sent_tui.store.records import Records
from sent_tui.store.refusals import (
    BulkSendNotFoundError,
    ContactNotFoundError,
    DuplicateContactError,
    LockedError,
    MessageNotFoundError,
)
from sent_tui.store.repository import Change, OnTakenBack, Page, TakenBack, Undoable
from sent_tui.store.staged import StagedTransaction
from sent_tui.store.undo import UNDO_LIMIT, Outcome, entry_for, take_back

_log = logging.getLogger(__name__)


class IndexedRepository(ABC):
    """A repository on some records."""

    def __init__(self, records: Records, lock_timeout: float) -> None:
        self._records = records
        self._lock_timeout = lock_timeout
        """Seconds to wait for another writer."""
        self._writer_lock = threading.Lock()
        self._writer: int | None = None
        """The thread that writes."""
        self._apply_lock = threading.Lock()
        """Held while a write is kept and applied, so that nobody takes it for the write of another process."""
        self._listeners: dict[object, Callable[[Change], None]] = {}

    @abstractmethod
    def _save(self, changes: Changes) -> Iterable[Change]:
        """Keep changes, all or none, and return what a listener has to know of them; raises DatabaseError.

        They are kept for good when `_writing` ends.
        """

    @contextmanager
    def _writing(self, news: list[Change]) -> Iterator[None]:
        """Lock other writers out and see the newest state; what is noticed of theirs is added to `news`."""
        if self._writer == threading.get_ident():
            raise RuntimeError("a transaction is open in this thread; writes cannot be nested")
        if not self._writer_lock.acquire(timeout=self._lock_timeout):
            raise LockedError(
                "The database is busy",
                f"Another task of this program has been writing for more than {self._lock_timeout:g} s.",
                "Try again in a moment.",
            )
        self._writer = threading.get_ident()
        try:
            yield
        finally:
            self._writer = None
            self._writer_lock.release()

    @contextmanager
    def transaction(self, *, undo: str = "", group: str = "") -> Iterator[StagedTransaction]:
        """Open a write. With `undo`, what it does to contacts can be undone under that name.

        Writes that share a `group` are undone together, however many they are.

        Raises LockedError, ReadOnlyError or DatabaseError; then nothing was changed. Any exception from inside ends it
        in the same way. Writes cannot be nested: opening another one in the same thread raises RuntimeError.
        """
        news: list[Change] = []
        try:
            with self._writing(news):
                staged = StagedTransaction(self._records)
                try:
                    yield staged
                    changes = staged.end()
                finally:
                    staged.abandon()
                self._remember(undo, group, changes)
                if changes:
                    with self._apply_lock:
                        news.extend(self._save(changes))
        finally:
            self._tell(news)

    def _remember(self, label: str, group: str, changes: Changes) -> None:
        """Put a write on the stack of those that can be taken back."""
        entry = entry_for(label, self._records, changes, group) if label else None
        if entry is not None:
            changes.undo |= dict.fromkeys(outdated([*self._records.undo_heads(), entry.head], UNDO_LIMIT))
            changes.undo[entry.id] = entry

    def add(self, contacts: Iterable[Contact], *, undo: str = "") -> None:
        """Add contacts in one write; raises DuplicateContactError, and then adds none."""
        with self.transaction(undo=undo) as tx:
            for contact in contacts:
                known = tx.known(contact.id)
                if known is not None:
                    raise DuplicateContactError(known)
                tx.put_contact(contact)

    def update(self, contact_id: str, change: Callable[[Contact], Contact], *, undo: str = "") -> Contact:
        """Apply a change to the newest state of a contact and return the result."""
        with self.transaction(undo=undo) as tx:
            changed = change(tx.contact(contact_id))
            if changed.id != contact_id:
                raise ValueError("a change must leave the id of a contact alone")
            tx.put_contact(changed)
            return tx.contact(contact_id)

    def delete(self, contact_ids: Iterable[str], *, undo: str = "") -> None:
        """Delete contacts in one write; raises ContactNotFoundError, and then deletes none."""
        with self.transaction(undo=undo) as tx:
            for contact_id in dict.fromkeys(contact_ids):
                tx.delete_contact(contact_id)

    def undoable(self) -> Undoable | None:
        """Return the last change that can be undone, as far as it is known without trying; None when there is none."""
        heads = self._records.undo_heads()
        if not heads:
            return None
        change = [head for head in heads if head.change == heads[-1].change]
        return Undoable(heads[-1].label, sum(head.contacts for head in change))

    def undo(self, *, on_taken_back: OnTakenBack = lambda taken: None, is_cancelled: IsCancelled = never) -> str | None:
        """Take back the last write that can be undone and return its name; None when there is none.

        Only the fields which that write changed go back, so that what was learned since stays; so do names, tags, notes
        and fields that were written anew since, and new contacts with which something happened. A write of which
        nothing is left is passed over and forgotten; one of which all stays is not, so that no other change goes in its
        place. Writes of one group are taken back together, one after the other, so that others may write meanwhile, and
        `on_taken_back` hears of each; when it is cancelled in between, the rest can be undone later.
        """
        name: str | None = None
        group = ""
        while not is_cancelled():
            entry, outcome = self._take_back(group)
            if entry is None:
                break
            on_taken_back(TakenBack(entry.head.contacts, outcome.kept, is_any=outcome.is_any))
            if outcome.is_any or outcome.kept:
                name, group = entry.label, entry.group
            if name is not None and not group:
                break
        return name

    def _take_back(self, group: str) -> tuple[UndoEntry | None, Outcome]:
        """Take the last write back, or the last one of a group; None where there is none."""
        with self.transaction() as tx:
            entry = next((entry for entry in tx.undo_entries() if group in {"", entry.group}), None)
            if entry is None:
                return None, Outcome(is_any=False, kept=())
            tx.forget(entry)
            return entry, take_back(entry, tx)

    def page(
        self, query: ContactQuery = EVERYONE, *, sort: Sort = BY_NAME, offset: int = 0, limit: int | None = None
    ) -> Page:
        """Return the rows that answer a query, from `offset` on."""
        found = self._records.index.find(query, sort)
        return Page(found.part(offset, limit), len(found))

    def glance(
        self, query: ContactQuery = EVERYONE, *, sort: Sort = BY_NAME, limit: int = 50, keep: str = ""
    ) -> Results | None:
        """Return the first rows that answer a query, without looking for all; None where that takes as long.

        With `keep`, the id of a contact, also None when that one is in the answer, but not among the first.
        """
        return self._records.index.glance(query, sort, limit, keep=keep)

    def answer(
        self, query: ContactQuery = EVERYONE, *, sort: Sort = BY_NAME, is_cancelled: IsCancelled = never
    ) -> Results:
        """Return all rows that answer a query.

        Raises SearchCancelledError as soon as `is_cancelled` says that nobody waits for it.
        """
        return self._records.index.answer(query, sort, is_cancelled)

    def count(self, query: ContactQuery = EVERYONE) -> Counts:
        """Return what each channel filter would show beside the rest of a query."""
        return self._records.index.count(query)

    def facets(self, query: ContactQuery = EVERYONE, *, is_cancelled: IsCancelled = never) -> Facets:
        """Return how many contacts each further filter would leave of an answer.

        Raises SearchCancelledError as soon as `is_cancelled` says that nobody waits for it.
        """
        return self._records.index.facets(query, is_cancelled)

    def get(self, contact_id: str) -> Contact:
        """Return a contact; raises ContactNotFoundError."""
        contact = self._records.contact(contact_id)
        if contact is None:
            raise ContactNotFoundError(contact_id)
        return contact

    def people(self) -> Iterator[tuple[str, str]]:
        """Go through all contacts in the order of their names, as (folded name, E.164), without reading them."""
        return self._records.index.people()

    def find(self, e164: str) -> Contact | None:
        """Return the contact of a number."""
        return self._records.holder(e164)

    def linked(self, sent_id: str) -> tuple[Contact, ...]:
        """Return the contacts that belong to one of Sent's, by Sent's id, in the order of their numbers."""
        return self._records.linked(sent_id)

    def message(self, message_id: str) -> Message:
        """Return a message; raises MessageNotFoundError."""
        message = self._records.message(message_id)
        if message is None:
            raise MessageNotFoundError(message_id)
        return message

    def message_ids(self, start: str) -> list[str]:
        """Return the ids of messages that begin like this, in large or small letters, newest first."""
        return self._records.message_ids(start)

    def messages(
        self, *, contact_id: str | None = None, only_open: bool = False, offset: int = 0, limit: int | None = None
    ) -> tuple[Message, ...]:
        """Return messages, newest first: of one contact, or only those under way."""
        return self._records.messages(contact_id, only_open=only_open, offset=offset, limit=limit)

    def select(
        self, query: MessageQuery = EVERY_MESSAGE, *, limit: int | None = None, is_cancelled: IsCancelled = never
    ) -> MessageResults:
        """Return the messages that a query means, newest first; none is read before it is asked for.

        Raises SearchCancelledError as soon as `is_cancelled` says that nobody waits for it.
        """
        return self._records.select(query, limit, is_cancelled)

    def count_messages(self, query: MessageQuery = EVERY_MESSAGE) -> MessageCounts:
        """Return how many messages of each facet meet the conditions of a query on time, contact and bulk send."""
        return self._records.count_messages(query)

    def correspondents(self) -> list[str]:
        """Return the ids of the contacts that messages name, each once; of those that were deleted as well."""
        return self._records.correspondents()

    def scheduled(self, batch: str | None = None, *, limit: int | None = None) -> tuple[Message, ...]:
        """Return messages that wait for their time: those of a bulk send as they were written down.

        Without `batch`, those that belong to none, earliest first.
        """
        return self._records.scheduled(batch, limit)

    def waiting(self, batch: str) -> int:
        """Return how many messages of a bulk send wait."""
        return self._records.waiting(batch)

    def of_bulk_send(self, batch: str) -> Iterator[Message]:
        """Go through the messages of a bulk send as they were written down."""
        return self._records.of_bulk_send(batch)

    def bulk_send(self, batch: str) -> BulkSend:
        """Return a bulk send; raises BulkSendNotFoundError."""
        bulk = self._records.bulk_send(batch)
        if bulk is None:
            raise BulkSendNotFoundError(batch)
        return bulk

    def bulk_sends(self) -> tuple[BulkSend, ...]:
        """Return every bulk send, newest first."""
        return self._records.bulk_sends()

    def events(self, message_id: str) -> tuple[DeliveryEvent, ...]:
        """Return the delivery events of a message in the order of their own time."""
        return self._records.events(message_id)

    def consent_history(self, number: str) -> tuple[ConsentEvent, ...]:
        """Return every decision about a number (E.164), oldest first."""
        return self._records.consent(number)

    def default_moves(self, contact_id: str) -> tuple[DefaultMove, ...]:
        """Return every move of a contact's default channel, oldest first; its first default counts as one."""
        moves = self._records.moves(contact_id)
        contact = None if moves else self._records.contact(contact_id)
        first = None if contact is None else first_move(contact)
        return moves if first is None else (first,)

    def all_default_moves(self) -> Iterator[DefaultMove]:
        """Go through the moves of all default channels that are on record, in no certain order."""
        return self._records.all_moves()

    def draft(self, contact_id: str) -> Draft | None:
        """Return what was begun for a contact and not sent."""
        return self._records.draft(contact_id)

    def drafts(self) -> tuple[Draft, ...]:
        """Return every draft, newest first."""
        return self._records.drafts()

    def save_draft(self, draft: Draft) -> None:
        """Keep a draft, in place of an earlier one for the contact; an empty one is thrown away."""
        with self.transaction() as tx:
            tx.save_draft(draft)

    def discard_draft(self, contact_id: str) -> None:
        """Throw the draft for a contact away, if there is one."""
        if self.draft(contact_id) is not None:
            with self.transaction() as tx:
                tx.discard_draft(contact_id)

    def lesson(self, key: str) -> Mapping[str, Any] | None:
        """Return what was learned from a group of contacts."""
        found = self._records.lesson(key)
        return None if found is None else found.learned

    def kept_apart(self, first: str, second: str) -> KeptApart | None:
        """Return what was said of two numbers (E.164), in either order, that are not one person."""
        return self._records.apart(pair_key(first, second))

    def merged_into(self, number: str) -> Contact | None:
        """Return the contact that took a number (E.164) over by a merge; None where none did, or it is gone."""
        return follow_merges(number, self._records.merged, self.find)

    def pulled_pages(self, account: str) -> tuple[PulledPage, ...]:
        """Return the pages of the pull of an account that is under way, in their order."""
        return self._records.pulled_pages(account)

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` after each change, in the thread that noticed it; return what ends it.

        A listener is called without any lock and may read and write. One that fails is logged, and harms nobody.
        """
        token = object()
        self._listeners[token] = listener

        def end() -> None:
            self._listeners.pop(token, None)

        return end

    def _tell(self, news: Iterable[Change]) -> None:
        for change in news:
            for listener in tuple(self._listeners.values()):
                try:
                    listener(change)
                except Exception:  # noqa: BLE001 - the write is done; no listener may make it look otherwise
                    _log.exception("a listener failed on changed %s", change.kind)
