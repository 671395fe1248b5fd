"""What the rest of the store reads, whether it lies in memory or in a journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from sent_tui.core.bulk import BulkSend
from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import DefaultMove
from sent_tui.core.duplicates import KeptApart, MergedNumber
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.core.message_search import MessageCounts, MessageQuery, MessageResults
from sent_tui.core.pull import PulledPage
from sent_tui.core.search_index import SearchIndex
from sent_tui.core.search_match import IsCancelled
from sent_tui.store.changes import Lesson, UndoEntry, UndoHead


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

    def linked(self, sent_id: str) -> tuple[Contact, ...]:
        """Return the contacts that belong to one of Sent's, by Sent's id, in the order of their numbers."""
        ...

    def unrecorded(self, numbers: Iterable[str]) -> set[str]:
        """Return those numbers (E.164) that no contact has or took over, and about which nothing was decided.

        Perhaps not all.
        """
        ...

    def message(self, message_id: str) -> Message | None:
        """Return a message, None when there is no such message."""
        ...

    def message_ids(self, start: str) -> list[str]:
        """Return the ids of messages that begin like this, in large or small letters, newest first."""
        ...

    def messages(
        self, contact_id: str | None, *, only_open: bool, offset: int, limit: int | None
    ) -> tuple[Message, ...]:
        """Return messages, newest first: of one contact or all, or only those under way."""
        ...

    def select(self, query: MessageQuery, limit: int | None, is_cancelled: IsCancelled) -> MessageResults:
        """Return the messages that a query means, newest first."""
        ...

    def count_messages(self, query: MessageQuery) -> MessageCounts:
        """Return how many messages of each facet meet the other conditions of a query."""
        ...

    def scheduled(self, batch: str | None, limit: int | None) -> tuple[Message, ...]:
        """Return messages that wait: of one bulk send as they were written, else those of none, earliest first."""
        ...

    def waiting(self, batch: str) -> int:
        """Return how many messages of a bulk send wait."""
        ...

    def of_bulk_send(self, batch: str) -> Iterator[Message]:
        """Go through the messages of a bulk send as they were written."""
        ...

    def bulk_send(self, batch: str) -> BulkSend | None:
        """Return a bulk send, None when there is no such one."""
        ...

    def bulk_sends(self) -> tuple[BulkSend, ...]:
        """Return every bulk send, newest first."""
        ...

    def has_messages(self, contact_id: str) -> bool:
        """Return whether there is any message to a contact."""
        ...

    def correspondents(self) -> list[str]:
        """Return the ids of the contacts that messages name, each once; of those that were deleted as well."""
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

    def moves(self, contact_id: str) -> tuple[DefaultMove, ...]:
        """Return every move of a contact's default channel that is on record, oldest first."""
        ...

    def all_moves(self) -> Iterator[DefaultMove]:
        """Go through the moves of all default channels that are on record, in no certain order."""
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

    def apart(self, key: str) -> KeptApart | None:
        """Return what was said of two numbers that are not one person, by the key of the pair."""
        ...

    def merged(self, number: str) -> MergedNumber | None:
        """Return whose a number (E.164) is since a merge, None where its contact was not merged with another one."""
        ...

    def pulled_pages(self, account: str) -> tuple[PulledPage, ...]:
        """Return the pages of the pull of an account that is under way, in their order."""
        ...

    def undo_entries(self) -> Iterator[UndoEntry]:
        """Go through the writes that can be taken back, newest first."""
        ...

    def undo_heads(self) -> list[UndoHead]:
        """Return the heads of the writes that can be taken back, oldest first."""
        ...
