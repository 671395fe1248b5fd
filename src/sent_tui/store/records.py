"""What the rest of the store reads, whether it lies in memory or in a journal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.core.search_index import SearchIndex
from sent_tui.store.changes import Lesson, UndoEntry


class Records(Protocol):
    """All records as they are now. Any number of threads may read while one changes them."""

    @property
    def index(self) -> SearchIndex:
        """All contacts, as the search sees them."""
        ...

    def contact(self, contact_id: str) -> Contact | None:
        """Return a contact, None when there is no such contact."""
        ...

    def holder(self, e164: str) -> Contact | None:
        """Return the contact of a number."""
        ...

    def message(self, message_id: str) -> Message | None:
        """Return a message, None when there is no such message."""
        ...

    def messages(
        self, contact_id: str | None, *, only_open: bool, offset: int, limit: int | None
    ) -> tuple[Message, ...]:
        """Return messages, newest first: of one contact or all, or only those under way."""
        ...

    def has_messages(self, contact_id: str) -> bool:
        """Return whether there is any message to a contact."""
        ...

    def events(self, message_id: str) -> tuple[DeliveryEvent, ...]:
        """Return the delivery events of a message in the order of their own time."""
        ...

    def has_event(self, event_id: str) -> bool:
        """Return whether a delivery event is known."""
        ...

    def consent(self, number: str) -> tuple[ConsentEvent, ...]:
        """Return every decision about a number (E.164), oldest first."""
        ...

    def draft(self, contact_id: str) -> Draft | None:
        """Return what was begun for a contact and not sent."""
        ...

    def drafts(self) -> tuple[Draft, ...]:
        """Return every draft, newest first."""
        ...

    def lesson(self, key: str) -> Lesson | None:
        """Return what was learned from a group of contacts."""
        ...

    def undo_entries(self) -> Iterator[UndoEntry]:
        """Go through the writes that can be taken back, newest first."""
        ...

    def undo_surplus(self, limit: int) -> list[str]:
        """Return the ids of the oldest writes that can be taken back, so many that `limit` are left."""
        ...
