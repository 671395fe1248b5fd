"""The repository: what every store offers, whatever lies under it.

Reading never waits for a writer. Every write is a transaction: it takes the writers' lock, sees the newest state,
and is on disk as a whole, or not at all, when the `with` block ends. No network call belongs inside one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from sent_tui.core.bulk import BulkSend
from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import DefaultMove
from sent_tui.core.duplicates import KeptApart
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.core.message_search import EVERY_MESSAGE, MessageCounts, MessageQuery, MessageResults
from sent_tui.core.pull import PulledPage
from sent_tui.core.search import BY_NAME, EVERYONE, ContactQuery, Sort
from sent_tui.core.search_facets import Facets
from sent_tui.core.search_index import Counts, Results
from sent_tui.core.search_match import IsCancelled, never
from sent_tui.store.transaction import Transaction


class Page(Struct, frozen=True):
    """Some of the rows that answer a query."""

    rows: Results
    total: int
    """How many rows answer the query in all."""


class Undoable(Struct, frozen=True):
    """A change that can be taken back."""

    name: str
    contacts: int
    """How many contacts it changed."""


class TakenBack(Struct, frozen=True):
    """One write that was taken back."""

    contacts: int
    """How many contacts it had changed."""
    kept: tuple[str, ...] = ()
    """What those of them are called that changed since, and therefore stay in whole or in part; foreign text."""
    is_any: bool = True
    """Whether anything of it went back."""


OnTakenBack = Callable[[TakenBack], None]


class ChangeKind(StrEnum):
    """What sort of record changed."""

    CONTACTS = "contacts"
    MESSAGES = "messages"
    DRAFTS = "drafts"
    BULK_SENDS = "bulk_sends"


class Change(Struct, frozen=True):
    """Records that changed, in this process or in another one."""

    kind: ChangeKind
    ids: frozenset[str]
    """Contact ids, message ids, the contact ids of drafts, or the ids of bulk sends."""


class Repository(Protocol):
    """Contacts, messages, delivery events, consent and drafts."""

    @property
    def location(self) -> str:
        """Where the data lies, for a person."""
        ...

    @property
    def read_only(self) -> str:
        """Why nothing can be written, in words; empty when it can."""
        ...

    def page(
        self,
        query: ContactQuery = EVERYONE,
        *,
        sort: Sort = BY_NAME,
        offset: int = 0,
        limit: int | None = None,
    ) -> Page:
        """Return the rows that answer a query, from `offset` on."""
        ...

    def glance(
        self, query: ContactQuery = EVERYONE, *, sort: Sort = BY_NAME, limit: int = 50, keep: str = ""
    ) -> Results | None:
        """Return the first rows that answer a query, without looking for all; None where that takes as long.

        With `keep`, the id of a contact, also None when that one is in the answer, but not among the first.
        """
        ...

    def answer(
        self, query: ContactQuery = EVERYONE, *, sort: Sort = BY_NAME, is_cancelled: IsCancelled = never
    ) -> Results:
        """Return all rows that answer a query.

        Raises SearchCancelledError as soon as `is_cancelled` says that nobody waits for it.
        """
        ...

    def count(self, query: ContactQuery = EVERYONE) -> Counts:
        """Return what each channel filter would show beside the rest of a query."""
        ...

    def facets(self, query: ContactQuery = EVERYONE, *, is_cancelled: IsCancelled = never) -> Facets:
        """Return how many contacts each further filter would leave of an answer.

        Raises SearchCancelledError as soon as `is_cancelled` says that nobody waits for it.
        """
        ...

    def get(self, contact_id: str) -> Contact:
        """Return a contact; raises ContactNotFoundError."""
        ...

    def people(self) -> Iterator[tuple[str, str]]:
        """Go through all contacts in the order of their names, as (folded name, E.164), without reading them."""
        ...

    def find(self, e164: str) -> Contact | None:
        """Return the contact of a number."""
        ...

    def linked(self, sent_id: str) -> tuple[Contact, ...]:
        """Return the contacts that belong to one of Sent's, by Sent's id, in the order of their numbers."""
        ...

    def transaction(self, *, undo: str = "", group: str = "") -> AbstractContextManager[Transaction]:
        """Open a write. With `undo`, what it does to contacts can be undone under that name.

        Writes that share a `group` are undone together, however many they are.

        Raises LockedError, ReadOnlyError or DatabaseError; then nothing was changed. Writes cannot be nested: another
        one in the same thread raises RuntimeError.
        """
        ...

    def add(self, contacts: Iterable[Contact], *, undo: str = "") -> None:
        """Add contacts in one write; raises DuplicateContactError, and then adds none."""
        ...

    def update(self, contact_id: str, change: Callable[[Contact], Contact], *, undo: str = "") -> Contact:
        """Apply a change to the newest state of a contact and return the result."""
        ...

    def delete(self, contact_ids: Iterable[str], *, undo: str = "") -> None:
        """Delete contacts in one write; raises ContactNotFoundError, and then deletes none."""
        ...

    def undoable(self) -> Undoable | None:
        """Return the last change that can be undone, as far as it is known without trying; None when there is none."""
        ...

    def undo(self, *, on_taken_back: OnTakenBack = lambda taken: None, is_cancelled: IsCancelled = never) -> str | None:
        """Take back the last write that can be undone and return its name; None when there is none.

        Only the fields which that write changed go back, so that what was learned since stays; so do names, tags, notes
        and fields that were written anew since, and new contacts with which something happened. A write of which
        nothing is left is passed over; one of which all stays is not, so that no other change goes in its place. Writes
        of one group are taken back together, one after the other, and `on_taken_back` hears of each; when it is
        cancelled in between, the rest can be undone later.
        """
        ...

    def message(self, message_id: str) -> Message:
        """Return a message; raises MessageNotFoundError."""
        ...

    def message_ids(self, start: str) -> Sequence[str]:
        """Return the ids of messages that begin like this, in large or small letters, newest first."""
        ...

    def messages(
        self,
        *,
        contact_id: str | None = None,
        only_open: bool = False,
        offset: int = 0,
        limit: int | None = None,
    ) -> Sequence[Message]:
        """Return messages, newest first: of one contact, or only those under way.

        One that waits for its time is not under way.
        """
        ...

    def select(
        self, query: MessageQuery = EVERY_MESSAGE, *, limit: int | None = None, is_cancelled: IsCancelled = never
    ) -> MessageResults:
        """Return the messages that a query means, newest first; none is read before it is asked for.

        Raises SearchCancelledError as soon as `is_cancelled` says that nobody waits for it.
        """
        ...

    def count_messages(self, query: MessageQuery = EVERY_MESSAGE) -> MessageCounts:
        """Return how many messages of each facet meet the conditions of a query on time, contact and bulk send."""
        ...

    def correspondents(self) -> Sequence[str]:
        """Return the ids of the contacts that messages name, each once; of those that were deleted as well."""
        ...

    def scheduled(self, batch: str | None = None, *, limit: int | None = None) -> Sequence[Message]:
        """Return messages that wait for their time: those of a bulk send as they were written down.

        Without `batch`, those that belong to none, earliest first.
        """
        ...

    def waiting(self, batch: str) -> int:
        """Return how many messages of a bulk send wait."""
        ...

    def of_bulk_send(self, batch: str) -> Iterator[Message]:
        """Go through the messages of a bulk send as they were written down."""
        ...

    def bulk_send(self, batch: str) -> BulkSend:
        """Return a bulk send; raises BulkSendNotFoundError."""
        ...

    def bulk_sends(self) -> Sequence[BulkSend]:
        """Return every bulk send, newest first."""
        ...

    def events(self, message_id: str) -> tuple[DeliveryEvent, ...]:
        """Return the delivery events of a message in the order of their own time."""
        ...

    def consent_history(self, number: str) -> tuple[ConsentEvent, ...]:
        """Return every decision about a number (E.164), oldest first."""
        ...

    def default_moves(self, contact_id: str) -> tuple[DefaultMove, ...]:
        """Return every move of a contact's default channel, oldest first; its first default counts as one.

        They are kept when the contact is deleted, as its messages are, and named by its id alone.
        """
        ...

    def all_default_moves(self) -> Iterator[DefaultMove]:
        """Go through the moves of all default channels that are on record, in no certain order.

        The first default of a contact is on record from its first move on.
        """
        ...

    def draft(self, contact_id: str) -> Draft | None:
        """Return what was begun for a contact and not sent."""
        ...

    def drafts(self) -> Sequence[Draft]:
        """Return every draft, newest first."""
        ...

    def save_draft(self, draft: Draft) -> None:
        """Keep a draft, in place of an earlier one for the contact; an empty one is thrown away."""
        ...

    def discard_draft(self, contact_id: str) -> None:
        """Throw the draft for a contact away, if there is one."""
        ...

    def lesson(self, key: str) -> Mapping[str, Any] | None:
        """Return what was learned from a group of contacts."""
        ...

    def kept_apart(self, first: str, second: str) -> KeptApart | None:
        """Return what was said of two numbers (E.164), in either order, that are not one person."""
        ...

    def merged_into(self, number: str) -> Contact | None:
        """Return the contact that took a number (E.164) over by a merge; None where none did, or it is gone.

        One that was merged with another one since leads to that.
        """
        ...

    def pulled_pages(self, account: str) -> Sequence[PulledPage]:
        """Return the pages of the pull of an account that is under way, in their order."""
        ...

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` after each change, in the thread that noticed it; return what ends it."""
        ...

    def refresh(self) -> None:
        """Notice what other processes wrote, and tell the listeners."""
        ...

    def maintain(self, *, after: int = 0) -> None:
        """Do what keeps reading fast and memory small, if it is due; to be called now and then, when nobody waits.

        With `after`, it is due only after so many changes, and done before this returns.
        """
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...
