"""A transaction in memory: changes are laid over the state, and nobody else sees them until they are applied."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from sent_tui.core.bulk import BulkSend
from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import DefaultMove, MovedBy, moves_between
from sent_tui.core.duplicates import KeptApart, MergedNumber, follow_merges, pair_key
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.core.pull import PulledPage
from sent_tui.store.as_stored import as_stored
from sent_tui.store.changes import Changes, Lesson, UndoEntry, by_decision, in_time
from sent_tui.store.documents import (
    apart_document,
    apart_from,
    consent_document,
    consent_from,
    lesson_document,
    lesson_from,
    merged_document,
    merged_from,
    move_document,
    move_from,
    page_document,
    page_from,
    sound,
)
from sent_tui.store.message_documents import (
    bulk_send_document,
    bulk_send_from,
    draft_document,
    draft_from,
    event_document,
    event_from,
    message_document,
    message_from,
)
from sent_tui.store.records import Records
from sent_tui.store.refusals import (
    BulkSendNotFoundError,
    ContactNotFoundError,
    DuplicateContactError,
    MessageNotFoundError,
)
from sent_tui.store.state import by_number

if TYPE_CHECKING:
    from sent_tui.store.fresh import FreshContact


class StagedTransaction:
    """The newest state and the changes to it, inside one write.

    Each record passes through its document when it is put, so that what is read back, at once or after a restart, is
    the same, and a record that could not be read again is refused here: the put raises ValueError and changes nothing.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._changes = Changes()
        self._numbers: dict[str, str | None] = {}
        """Contact ids by E.164, where this write changed them."""
        self._event_ids: set[str] = set()
        self._looked_up: dict[str, Contact | None] = {}
        """Contacts as they were before, by id and by E.164: nobody else changes them meanwhile."""
        self._is_over = False

    def known(self, contact_id: str) -> Contact | None:
        """Return a contact, or None when there is no such contact."""
        self._check()
        staged, fresh = self._changes.contacts, self._changes.fresh
        if contact_id in fresh:
            return fresh[contact_id].contact
        return staged[contact_id] if contact_id in staged else self._before(contact_id)

    def _before(self, contact_id: str) -> Contact | None:
        looked_up = self._looked_up
        if contact_id not in looked_up:
            looked_up[contact_id] = self._records.contact(contact_id)
        return looked_up[contact_id]

    def _holder_before(self, e164: str) -> Contact | None:
        looked_up = self._looked_up
        if e164 not in looked_up:
            looked_up[e164] = self._records.holder(e164)
        return looked_up[e164]

    def contact(self, contact_id: str) -> Contact:
        """Return a contact; raises ContactNotFoundError."""
        contact = self.known(contact_id)
        if contact is None:
            raise ContactNotFoundError(contact_id)
        return contact

    def find(self, e164: str) -> Contact | None:
        """Return the contact of a number."""
        self._check()
        if e164 in self._numbers:
            contact_id = self._numbers[e164]
        else:
            holder = self._holder_before(e164)
            contact_id = None if holder is None else holder.id
        return None if contact_id is None else self.known(contact_id)

    def linked(self, sent_id: str) -> tuple[Contact, ...]:
        """Return the contacts that belong to one of Sent's, by Sent's id, in the order of their numbers."""
        self._check()
        staged = self._changes.contacts
        known = [contact for contact in self._records.linked(sent_id) if contact.id not in staged]
        put = (contact for contact in staged.values() if contact is not None and contact.sent is not None)
        return by_number([*known, *(contact for contact in put if contact.sent and contact.sent.id == sent_id)])

    def put_contact(self, contact: Contact, *, undone: str = "") -> None:
        """Add a contact or take its new state; raises DuplicateContactError for a number of another contact.

        A move of its default channel goes on record. `undone` is the name of the write that is taken back by it.
        """
        contact = as_stored(contact)
        holder = self.find(contact.format_e164)
        if holder is not None and holder.id != contact.id:
            raise DuplicateContactError(holder)
        before = self.known(contact.id)
        if before is not None and before.format_e164 != contact.format_e164:
            self._numbers[before.format_e164] = None
        if before is not None:
            self._record_moves(before, contact, undone)
        self._numbers[contact.format_e164] = contact.id
        self._changes.fresh.pop(contact.id, None)
        self._changes.contacts[contact.id] = contact

    def _record_moves(self, before: Contact, after: Contact, undone: str) -> None:
        # Most writes move nothing, and then nothing is looked up.
        if not moves_between(before, after, is_told=False):
            return
        told = self._changes.moves.get(after.id) or self._records.moves(after.id)
        moves = moves_between(before, after, is_told=bool(told))
        if undone and moves and after.default_channel is not before.default_channel:
            moves = (*moves[:-1], _taken_back(moves[-1], undone, told))
        # What is read back is what was written.
        moves = tuple(move_from(sound(move_document(move))) for move in moves)
        if moves:
            self._changes.moves[after.id] = (*told, *moves)
            self._changes.new_moves += moves

    def add_fresh(self, contacts: Sequence[FreshContact]) -> Collection[str]:
        """Add those contacts, all with new ids, whose numbers are on record nowhere, and return their ids."""
        self._check()
        free = self._records.unrecorded([contact.e164 for contact in contacts])
        free.difference_update(self._numbers, self._changes.merged, self._changes.consent)
        ids = {contact.e164: contact.id for contact in reversed(contacts) if contact.e164 in free}
        added = {contact.id: contact for contact in contacts if ids.get(contact.e164) == contact.id}
        self._numbers.update(ids)
        self._changes.fresh.update(added)
        return added.keys()

    def delete_contact(self, contact_id: str) -> None:
        """Take a contact and its draft out. Its messages and consent stay; raises ContactNotFoundError."""
        contact = self.contact(contact_id)
        self._numbers[contact.format_e164] = None
        self._changes.fresh.pop(contact_id, None)
        self._changes.contacts[contact_id] = None
        self.discard_draft(contact_id)

    def message(self, message_id: str) -> Message:
        """Return a message; raises MessageNotFoundError."""
        self._check()
        message = self._changes.messages.get(message_id) or self._records.message(message_id)
        if message is None:
            raise MessageNotFoundError(message_id)
        return message

    def messages(self, contact_id: str) -> tuple[Message, ...]:
        """Return the messages of a contact, newest first."""
        self._check()
        staged = self._changes.messages
        known = self._records.messages(contact_id, only_open=False, offset=0, limit=None)
        found = [message for message in known if message.id not in staged]
        found += [message for message in staged.values() if message is not None and message.contact_id == contact_id]
        return tuple(sorted(found, key=lambda message: (message.created_at, message.id), reverse=True))

    def has_messages(self, contact_id: str) -> bool:
        """Return whether any message was ever written to a contact."""
        self._check()
        staged = (message.contact_id for message in self._changes.messages.values() if message is not None)
        return contact_id in staged or self._records.has_messages(contact_id)

    def put_message(self, message: Message) -> None:
        """Add a message or take its new state."""
        self._check()
        message = message_from(sound(message_document(message)))
        self._changes.messages[message.id] = message

    def events(self, message_id: str) -> tuple[DeliveryEvent, ...]:
        """Return the delivery events of a message in the order of their own time."""
        self._check()
        return self._changes.events.get(message_id) or self._records.events(message_id)

    def add_event(self, event: DeliveryEvent) -> bool:
        """Append a delivery event; return False, and change nothing, when its id is known already."""
        self._check()
        event = event_from(sound(event_document(event)))
        if event.id in self._event_ids or self._records.has_event(event.id):
            return False
        self._event_ids.add(event.id)
        self._changes.events[event.message_id] = in_time((*self.events(event.message_id), event))
        self._changes.new_events.append(event)
        return True

    def add_consent(self, event: ConsentEvent) -> None:
        """Append a decision about messages to a number."""
        event = consent_from(sound(consent_document(event)))
        self._changes.consent[event.number] = by_decision((*self.consent_history(event.number), event))
        self._changes.new_consent.append(event)

    def consent_history(self, number: str) -> tuple[ConsentEvent, ...]:
        """Return every decision about a number (E.164), oldest first."""
        self._check()
        return self._changes.consent.get(number) or self._records.consent(number)

    def draft(self, contact_id: str) -> Draft | None:
        """Return what was begun for a contact and not sent."""
        self._check()
        staged = self._changes.drafts
        return staged[contact_id] if contact_id in staged else self._records.draft(contact_id)

    def save_draft(self, draft: Draft) -> None:
        """Keep a draft, in place of an earlier one for the contact; an empty one is thrown away."""
        draft = draft_from(sound(draft_document(draft)))
        if draft.is_empty:
            self.discard_draft(draft.contact_id)
        else:
            self._check()
            self._changes.drafts[draft.contact_id] = draft

    def discard_draft(self, contact_id: str) -> None:
        """Throw the draft for a contact away, if there is one."""
        if self.draft(contact_id) is not None:
            self._changes.drafts[contact_id] = None

    def lesson(self, key: str) -> Mapping[str, Any] | None:
        """Return what was learned from a group of contacts."""
        self._check()
        staged = self._changes.lessons
        found = staged[key] if key in staged else self._records.lesson(key)
        return None if found is None else found.learned

    def put_lesson(self, key: str, learned: Mapping[str, Any]) -> None:
        """Keep what was learned from a group of contacts, in place of an earlier state; JSON values only."""
        self._check()
        self._changes.lessons[key] = lesson_from(sound(lesson_document(Lesson(key, learned))))

    def forget_lesson(self, key: str) -> None:
        """Forget what was learned from a group of contacts."""
        self._check()
        self._changes.lessons[key] = None

    def kept_apart(self, first: str, second: str) -> KeptApart | None:
        """Return what was said of two numbers (E.164), in either order, that are not one person."""
        self._check()
        key = pair_key(first, second)
        return self._changes.apart.get(key) or self._records.apart(key)

    def put_apart(self, apart: KeptApart) -> None:
        """Keep that two numbers are not one person, in place of what was said of them before."""
        self._check()
        self._changes.apart[apart.key] = apart_from(sound(apart_document(apart)))

    def merged_into(self, number: str) -> Contact | None:
        """Return the contact that took a number (E.164) over by a merge; None where none did, or it is gone."""
        self._check()
        staged = self._changes.merged
        return follow_merges(
            number, lambda each: staged[each] if each in staged else self._records.merged(each), self.find
        )

    def put_merged(self, merged: MergedNumber) -> None:
        """Keep whose a number is since a merge, until the contact that had it is brought back."""
        self._check()
        self._changes.merged[merged.number] = merged_from(sound(merged_document(merged)))

    def forget_merged(self, number: str) -> None:
        """Forget that a number (E.164) was taken over by a merge."""
        self._check()
        self._changes.merged[number] = None

    def bulk_send(self, batch: str) -> BulkSend:
        """Return a bulk send; raises BulkSendNotFoundError."""
        self._check()
        bulk = self._changes.bulk_sends.get(batch) or self._records.bulk_send(batch)
        if bulk is None:
            raise BulkSendNotFoundError(batch)
        return bulk

    def put_bulk_send(self, bulk: BulkSend) -> None:
        """Add a bulk send or take its new state."""
        self._check()
        self._changes.bulk_sends[bulk.id] = bulk_send_from(sound(bulk_send_document(bulk)))

    def put_pulled_page(self, page: PulledPage) -> None:
        """Keep that a page of a pull was read, in place of an earlier reading of it."""
        self._check()
        self._changes.pulls[page.key] = page_from(sound(page_document(page)))

    def forget_pull(self, account: str) -> None:
        """Forget which pages of an account were read."""
        self._check()
        for page in self._records.pulled_pages(account):
            self._changes.pulls[page.key] = None

    def undo_entries(self) -> Iterator[UndoEntry]:
        """Go through the writes that can be taken back, newest first."""
        self._check()
        return self._records.undo_entries()

    def forget(self, entry: UndoEntry) -> None:
        """Strike a write off those that can be taken back."""
        self._check()
        self._changes.undo[entry.id] = None

    def end(self) -> Changes:
        """Close the transaction and return what it really changes."""
        self._check()
        self._is_over = True
        known, changes = self._records, self._changes
        return replace(
            changes,
            contacts={key: new for key, new in changes.contacts.items() if new != self._before(key)},
            messages={key: new for key, new in changes.messages.items() if new != known.message(key)},
            drafts={key: new for key, new in changes.drafts.items() if new != known.draft(key)},
            lessons={key: new for key, new in changes.lessons.items() if new != known.lesson(key)},
            apart={key: new for key, new in changes.apart.items() if new != known.apart(key)},
            merged={key: new for key, new in changes.merged.items() if new != known.merged(key)},
            bulk_sends={key: new for key, new in changes.bulk_sends.items() if new != known.bulk_send(key)},
        )

    def abandon(self) -> None:
        """Close the transaction, whatever it holds."""
        self._is_over = True

    def _check(self) -> None:
        if self._is_over:
            raise RuntimeError("this transaction is over; open another one")


def _taken_back(move: DefaultMove, undone: str, told: tuple[DefaultMove, ...]) -> DefaultMove:
    """Return the move of an undo: it happens now, whenever the default that it brings back had begun."""
    at = max((datetime.now(UTC), *(known.at for known in told)))
    return replace(move, at=at, reason=f"taken back: {undone}", by=MovedBy.UNDO)
