"""The repository: what every store offers, whatever lies under it.

Reading never waits for a writer. Every write is a transaction: it takes the writers' lock, sees the newest state,
and is on disk as a whole, or not at all, when the `with` block ends. No network call belongs inside one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.core.search import BY_NAME, EVERYONE, ContactQuery, Sort
from sent_tui.core.search_index import Counts, Results
from sent_tui.core.search_match import IsCancelled, never
from sent_tui.errors import DatabaseError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from sent_tui.store.fresh import FreshContact


class ContactNotFoundError(NotFoundError):
    """No contact has this id."""

    def __init__(self, contact_id: str) -> None:
        super().__init__("No such contact", f"Nothing is stored under {contact_id}.", "It may have been deleted.")


class MessageNotFoundError(NotFoundError):
    """No message has this id."""

    def __init__(self, message_id: str) -> None:
        super().__init__("No such message", f"Nothing is stored under {message_id}.")


class DuplicateContactError(RefusedError):
    """Another contact has this number."""

    def __init__(self, existing: Contact) -> None:
        super().__init__(
            "This contact exists already",
            f"{existing.format_international} is stored.",
            "Open that one instead.",
        )
        self.existing = existing


class ReadOnlyError(DatabaseError):
    """The database may be read and not written."""


class LockedError(DatabaseError):
    """Another process kept the writers' lock for too long."""


class DamagedError(DatabaseError):
    """The file cannot be understood. It is left as it is."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the rows that answer a query."""

    rows: Results
    total: int
    """How many rows answer the query in all."""


class ChangeKind(StrEnum):
    """What sort of record changed."""

    CONTACTS = "contacts"
    MESSAGES = "messages"
    DRAFTS = "drafts"


@dataclass(frozen=True, slots=True)
class Change:
    """Records that changed, in this process or in another one."""

    kind: ChangeKind
    ids: frozenset[str]
    """Contact ids, message ids, or the contact ids of drafts."""


class Transaction(Protocol):
    """The newest state and the changes to it, inside one write. Reads see what was put before."""

    def contact(self, contact_id: str) -> Contact:
        """Return a contact; raises ContactNotFoundError."""
        ...

    def find(self, e164: str) -> Contact | None:
        """Return the contact of a number."""
        ...

    def put_contact(self, contact: Contact) -> None:
        """Add a contact or take its new state; raises DuplicateContactError for a number of another contact."""
        ...

    def add_fresh(self, fresh: FreshContact) -> None:
        """Add a contact whose id is new; raises DuplicateContactError for a number of another contact."""
        ...

    def delete_contact(self, contact_id: str) -> None:
        """Take a contact and its draft out. Its messages and consent stay; raises ContactNotFoundError."""
        ...

    def message(self, message_id: str) -> Message:
        """Return a message; raises MessageNotFoundError."""
        ...

    def put_message(self, message: Message) -> None:
        """Add a message or take its new state."""
        ...

    def add_event(self, event: DeliveryEvent) -> bool:
        """Append a delivery event; return False, and change nothing, when its id is known already."""
        ...

    def add_consent(self, event: ConsentEvent) -> None:
        """Append a decision about messages to a number."""
        ...

    def consent_history(self, number: str) -> tuple[ConsentEvent, ...]:
        """Return every decision about a number (E.164), oldest first."""
        ...

    def discard_draft(self, contact_id: str) -> None:
        """Throw the draft for a contact away, if there is one: in the same write as the message that it became."""
        ...

    def lesson(self, key: str) -> Mapping[str, Any] | None:
        """Return what was learned from a group of contacts."""
        ...

    def put_lesson(self, key: str, learned: Mapping[str, Any]) -> None:
        """Keep what was learned from a group of contacts, in place of an earlier state; JSON values only."""
        ...


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

    def get(self, contact_id: str) -> Contact:
        """Return a contact; raises ContactNotFoundError."""
        ...

    def find(self, e164: str) -> Contact | None:
        """Return the contact of a number."""
        ...

    def transaction(self, *, undo: str = "") -> AbstractContextManager[Transaction]:
        """Open a write. With `undo`, what it does to contacts can be undone under that name.

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

    def undo(self) -> str | None:
        """Take back the last write that can be undone and return its name; None when there is none.

        Only the fields which that write changed go back, so that what was learned since stays. A write of which
        nothing is left to take back is passed over.
        """
        ...

    def message(self, message_id: str) -> Message:
        """Return a message; raises MessageNotFoundError."""
        ...

    def messages(
        self,
        *,
        contact_id: str | None = None,
        only_open: bool = False,
        offset: int = 0,
        limit: int | None = None,
    ) -> Sequence[Message]:
        """Return messages, newest first: of one contact, or only those under way."""
        ...

    def events(self, message_id: str) -> tuple[DeliveryEvent, ...]:
        """Return the delivery events of a message in the order of their own time."""
        ...

    def consent_history(self, number: str) -> tuple[ConsentEvent, ...]:
        """Return every decision about a number (E.164), oldest first."""
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
