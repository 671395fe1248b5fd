"""Giving messages back to the contacts whose they were, when a merge is taken back.

A message that went out to the number of the other contact meanwhile stays there: it is that number that it tells of.
Of a bulk send that is not over, each of the two gets its own message again, where one was held back for the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from sent_tui.core.bulk import BulkStatus
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import MovedBy
from sent_tui.core.held_back import is_held_back, is_one_too_many, waiting_again
from sent_tui.core.knowledge import Knowledge, is_forgotten
from sent_tui.core.lifecycle import default_set
from sent_tui.core.message import Message
from sent_tui.core.progress import caught_up, followed
from sent_tui.core.uniting import parted, results_of
from sent_tui.store.changes import UndoEntry
from sent_tui.store.contact_fields import LAST_MESSAGE, with_fields
from sent_tui.store.refusals import BulkSendNotFoundError
from sent_tui.store.staged import StagedTransaction


def give_back(entry: UndoEntry, tx: StagedTransaction) -> None:
    """Give messages back to the contacts whose they were, and teach each contact what its own say."""
    pairs: dict[tuple[str, str], list[Message]] = {}
    for message_id, owner_id in entry.moved.items():
        message = tx.message(message_id)
        if tx.known(owner_id) is not None and message.contact_id != owner_id and not _stays(message, tx):
            pairs.setdefault((message.contact_id, owner_id), []).append(message)
            tx.put_message(replace(message, contact_id=owner_id))
    knowledge = Knowledge(tx.lesson)
    for (holder_id, owner_id), messages in pairs.items():
        holder, owner = tx.known(holder_id), replace(tx.contact(owner_id), learned={})
        edit = next((edit for edit in entry.edited if edit.contact_id == holder_id), None)
        since = None if edit is None or edit.left is None else datetime.fromisoformat(edit.left)
        if holder is not None:
            taught = entry.taught.get(owner_id, results_of(messages))
            holder, owner = parted(holder, owner, tx.messages(holder_id), messages, taught)
            before = {} if edit is None else {name: edit.before[name] for name in LAST_MESSAGE if name in edit.before}
            _learn_anew(with_fields(holder, before), knowledge, tx, since)
        _learn_anew(owner, knowledge, tx, since)
        for contact_id in (holder_id, owner_id):
            _let_wait_again(contact_id, tx)
    for name, lesson in knowledge.lessons().items():
        tx.put_lesson(name, lesson)


def learn_what_came(contact: Contact, messages: Sequence[Message], tx: StagedTransaction) -> Contact:
    """Put the messages of a contact that was deleted, and return it with what they came to meanwhile."""
    knowledge = Knowledge(tx.lesson)
    if is_forgotten(contact):
        events = [event for message in messages for event in tx.events(message.id)]
        contact = knowledge.replayed(contact, messages, events)
    for message in reversed(messages):
        caught, contact = caught_up(message, contact, knowledge)
        tx.put_message(caught)
        contact = followed(caught, contact)
    for name, lesson in knowledge.lessons().items():
        tx.put_lesson(name, lesson)
    return contact


def with_open_default(contact: Contact, tx: StagedTransaction) -> Contact:
    """Return a contact whose default channel was closed since with the one that it should have now."""
    freed = replace(contact, default_channel=None, default_pinned=False)
    return default_set(freed, datetime.now(UTC), Knowledge(tx.lesson), by=MovedBy.UNDO)


def _stays(message: Message, tx: StagedTransaction) -> bool:
    """Return whether a message went out to the number of the contact that holds it."""
    holder = tx.known(message.contact_id)
    return bool(message.attempts) and holder is not None and message.to == holder.format_e164


def _learn_anew(contact: Contact, knowledge: Knowledge, tx: StagedTransaction, since: datetime | None) -> None:
    """Put a contact with what its messages teach, and with what became of the last of them since a time."""
    messages = tx.messages(contact.id)
    for message in reversed(messages):
        if since is not None and message.updated_at > since:
            contact = followed(message, contact)
    events = [event for message in messages for event in tx.events(message.id)]
    tx.put_contact(knowledge.relearned(contact, messages, events))


def _let_wait_again(contact_id: str, tx: StagedTransaction) -> None:
    """Put what was held back of bulk sends that are not over, unless another message still stands for it."""
    contact, messages = tx.known(contact_id), tx.messages(contact_id)
    if contact is None:
        return
    for message in filter(is_held_back, messages):
        if _is_open(message.batch, tx) and not is_one_too_many(message, messages, contact.format_e164):
            tx.put_message(waiting_again(message))


def _is_open(batch: str | None, tx: StagedTransaction) -> bool:
    """Return whether messages of a bulk send may still go out."""
    if batch is None:
        return False
    try:
        return tx.bulk_send(batch).status not in {BulkStatus.DONE, BulkStatus.CANCELLED}
    except BulkSendNotFoundError:
        return False
