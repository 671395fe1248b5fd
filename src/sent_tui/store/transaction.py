"""What can be read and changed inside one write of a repository."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from sent_tui.core.bulk import BulkSend
from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.duplicates import KeptApart, MergedNumber
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.core.pull import PulledPage
from sent_tui.store.refusals import ContactNotFoundError, MessageNotFoundError

if TYPE_CHECKING:
    from sent_tui.store.fresh import FreshContact


class Transaction(Protocol):
    """The newest state and the changes to it, inside one write. Reads see what was put before."""

    def contact(self, contact_id: str) -> Contact:
        """Return a contact; raises ContactNotFoundError."""
        ...

    def find(self, e164: str) -> Contact | None:
        """Return the contact of a number."""
        ...

    def linked(self, sent_id: str) -> tuple[Contact, ...]:
        """Return the contacts that belong to one of Sent's, by Sent's id, in the order of their numbers."""
        ...

    def put_contact(self, contact: Contact) -> None:
        """Add a contact or take its new state; raises DuplicateContactError for a number of another contact.

        Where its default channel moved, that goes on record.
        """
        ...

    def add_fresh(self, contacts: Sequence[FreshContact]) -> Collection[str]:
        """Add those contacts, all with new ids, whose numbers are on record nowhere, and return their ids.

        A number is on record where a contact has it or took it over, where something was decided about it, and when
        this write changed that. Of several contacts with one number, the first is added.
        """
        ...

    def delete_contact(self, contact_id: str) -> None:
        """Take a contact and its draft out. Its messages and consent stay; raises ContactNotFoundError."""
        ...

    def message(self, message_id: str) -> Message:
        """Return a message; raises MessageNotFoundError."""
        ...

    def messages(self, contact_id: str) -> Sequence[Message]:
        """Return the messages of a contact, newest first."""
        ...

    def put_message(self, message: Message) -> None:
        """Add a message or take its new state."""
        ...

    def events(self, message_id: str) -> tuple[DeliveryEvent, ...]:
        """Return the delivery events of a message in the order of their own time."""
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

    def draft(self, contact_id: str) -> Draft | None:
        """Return what was begun for a contact and not sent."""
        ...

    def save_draft(self, draft: Draft) -> None:
        """Keep a draft, in place of an earlier one for the contact; an empty one is thrown away."""
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

    def forget_lesson(self, key: str) -> None:
        """Forget what was learned from a group of contacts."""
        ...

    def kept_apart(self, first: str, second: str) -> KeptApart | None:
        """Return what was said of two numbers (E.164), in either order, that are not one person."""
        ...

    def put_apart(self, apart: KeptApart) -> None:
        """Keep that two numbers are not one person, in place of what was said of them before."""
        ...

    def merged_into(self, number: str) -> Contact | None:
        """Return the contact that took a number (E.164) over by a merge; None where none did, or it is gone.

        One that was merged with another one since leads to that.
        """
        ...

    def put_merged(self, merged: MergedNumber) -> None:
        """Keep whose a number is since a merge, until the contact that had it is brought back."""
        ...

    def put_pulled_page(self, page: PulledPage) -> None:
        """Keep that a page of a pull was read, in place of an earlier reading of it."""
        ...

    def forget_pull(self, account: str) -> None:
        """Forget which pages of an account were read."""
        ...

    def bulk_send(self, batch: str) -> BulkSend:
        """Return a bulk send; raises BulkSendNotFoundError."""
        ...

    def put_bulk_send(self, bulk: BulkSend) -> None:
        """Add a bulk send or take its new state."""
        ...


def contact_or_none(tx: Transaction, contact_id: str) -> Contact | None:
    """Return a contact as it stands inside a write; None for one that was deleted."""
    try:
        return tx.contact(contact_id)
    except ContactNotFoundError:
        return None


def message_or_none(tx: Transaction, message_id: str) -> Message | None:
    """Return a message as it stands inside a write; None where there is none."""
    try:
        return tx.message(message_id)
    except MessageNotFoundError:
        return None
