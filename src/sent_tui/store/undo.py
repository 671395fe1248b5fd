"""Taking a write back: what has to be remembered of it, and how contacts go back.

Of a contact that was edited, just the fields go back that the write changed; what was learned since stays. The
statuses of channels and the steps of the lifecycle count one by one, and the fields of the default channel together,
for each of them means nothing without the others; that the default went back is one more of its moves. Where it was
closed since, the default is chosen anew. What a person wrote anew since stands. A deleted contact comes back with its
draft, and learns what its messages came to meanwhile. An added contact goes, unless something happened with it: a
message, a decision, or Sent knows it now. Contacts that stay for such a reason are named.

Messages that came to another contact go back with what they taught, then and since: each of the two is learned anew
from its own. They stay where the contact whose they were does not come back.

Consent is no one's to take back by accident: where somebody decided about the number since, that stands. Otherwise
the step back is itself put on record as a decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.consent import ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact
from sent_tui.core.message import Draft, Message
from sent_tui.core.uniting import Results, results_of
from sent_tui.store.changes import Changes, ContactEdit, UndoEntry
from sent_tui.store.contact_fields import LAST_MESSAGE, fields_of, with_fields
from sent_tui.store.records import Records
from sent_tui.store.staged import StagedTransaction

UNDO_LIMIT = 50
"""So many changes can be taken back; older ones are forgotten. A group of writes is one change."""

_TAUGHT = frozenset({"learned", *LAST_MESSAGE, *(f"channels/{channel.value}" for channel in Channel)})
"""Fields that follow from messages, and go back with them."""
_WRITTEN = frozenset({"name", "tags", "notes", "fields"})
"""Fields that a person writes: where one was written anew since, that stands."""
_DEFAULT_CHANNEL = ("default_channel", "default_pinned", "default_reason", "default_since", "default_by")


def entry_for(label: str, records: Records, changes: Changes, group: str = "") -> UndoEntry | None:
    """Return what has to be remembered of a write before it is applied; None when it leaves the contacts alone."""
    added = list(changes.fresh)
    deleted: list[Contact] = []
    edited: list[ContactEdit] = []
    consented: list[str] = []
    for contact_id, contact in changes.contacts.items():
        before = records.contact(contact_id)
        if contact is None:
            deleted += [before] if before is not None else []
        elif before is None:
            added.append(contact_id)
            consented.append(contact.format_e164)
        else:
            edited.append(_edit(before, contact))
            if before.opt_out is not contact.opt_out:
                consented.append(contact.format_e164)
    if not (added or deleted or edited):
        return None
    consented += [contact.format_e164 for contact in deleted]
    moved = _moved(records, changes)
    histories = {number: changes.consent.get(number) or records.consent(number) for number in consented}
    return UndoEntry(
        id=uuid4().hex,
        label=label,
        added=tuple(added),
        deleted=tuple((contact, records.draft(contact.id)) for contact in deleted),
        edited=tuple(edited),
        decisions={number: len(history) for number, history in histories.items() if history},
        moved={message.id: message.contact_id for message in moved},
        taught=_taught(moved),
        group=group,
    )


def _moved(records: Records, changes: Changes) -> list[Message]:
    """Return the messages that come to another contact, as they were."""
    both = ((records.message(message_id), message) for message_id, message in changes.messages.items())
    return [old for old, new in both if old is not None and new is not None and old.contact_id != new.contact_id]


def _taught(messages: Iterable[Message]) -> dict[str, Results]:
    """Return what the messages of each contact have taught, by its id."""
    of: dict[str, list[Message]] = {}
    for message in messages:
        of.setdefault(message.contact_id, []).append(message)
    return {contact_id: results_of(found) for contact_id, found in of.items()}


def _edit(before: Contact, after: Contact) -> ContactEdit:
    old, new = fields_of(before), fields_of(after)
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    if not changed.isdisjoint(_DEFAULT_CHANNEL):
        changed.update(_DEFAULT_CHANNEL)
    written = {name: new.get(name) for name in sorted(changed & _WRITTEN)}
    return ContactEdit(before.id, {name: old.get(name) for name in sorted(changed)}, new.get("updated_at"), written)


class Outcome(Struct, frozen=True):
    """What came of taking a write back."""

    is_any: bool
    """Whether anything of it was left to take back."""
    kept: tuple[str, ...]
    """What the contacts are called that changed since, and therefore stay in whole or in part."""


def take_back(entry: UndoEntry, tx: StagedTransaction) -> Outcome:
    """Take a write back as far as it can be."""
    fates = [*_take_out(entry, tx), *_bring_back(entry, tx)]
    fates += [_revert(entry, edit, tx) for edit in entry.edited]
    if entry.moved:
        # Only then is the delivery model needed, which takes longer to load than a write takes.
        from sent_tui.store.giving_back import give_back

        give_back(entry, tx)
    return Outcome(any(is_back for is_back, _ in fates), tuple(title for _, title in fates if title))


_Fate = tuple[bool, str]
"""Whether a contact went back, and what it is called where it changed since and stays."""
_GONE: _Fate = (False, "")


def _take_out(entry: UndoEntry, tx: StagedTransaction) -> Iterator[_Fate]:
    """Take out the contacts that were added, but for those with which something happened since."""
    for contact in filter(None, map(tx.known, entry.added)):
        if contact.sent is not None or tx.has_messages(contact.id) or _decided_since(entry, contact, tx) is not None:
            yield False, contact.title
        else:
            tx.delete_contact(contact.id)
            yield True, ""


def _bring_back(entry: UndoEntry, tx: StagedTransaction) -> Iterator[_Fate]:
    """Bring deleted contacts back, with their drafts, unless they or others of their numbers are there."""
    for contact, draft in entry.deleted:
        holder = tx.find(contact.format_e164)
        if holder is not None or tx.known(contact.id):
            yield False, holder.title if holder is not None and holder.id != contact.id else ""
            continue
        decided = _decided_since(entry, contact, tx)
        tx.forget_merged(contact.format_e164)
        tx.put_contact(contact if decided is None else replace(contact, opt_out=decided is ConsentKind.OPT_OUT))
        if draft is not None:
            _bring_draft_back(entry, draft, tx)
        if tx.has_messages(contact.id):
            _catch_up(contact.id, tx)
        yield True, ""


def _catch_up(contact_id: str, tx: StagedTransaction) -> None:
    """Teach a contact that came back what its messages came to meanwhile."""
    contact, messages = tx.contact(contact_id), tx.messages(contact_id)
    if any(attempt.is_untaught for message in messages for attempt in message.attempts):
        # Only then is the delivery model needed.
        from sent_tui.store.giving_back import learn_what_came

        contact = learn_what_came(contact, messages, tx)
    for message in messages:
        if message.began_at == contact.last_message_at:
            contact = replace(contact, last_status=message.status)
            break
    tx.put_contact(contact)


def _bring_draft_back(entry: UndoEntry, draft: Draft, tx: StagedTransaction) -> None:
    """Bring the draft of a deleted contact back, from the contact to which it came unless it was changed there."""
    if tx.draft(draft.contact_id) is None:
        tx.save_draft(draft)
    for edit in entry.edited:
        if tx.draft(edit.contact_id) == replace(draft, contact_id=edit.contact_id):
            tx.discard_draft(edit.contact_id)


def _revert(entry: UndoEntry, edit: ContactEdit, tx: StagedTransaction) -> _Fate:
    """Set the fields of an edit back, but for those that somebody wrote anew since."""
    now = tx.known(edit.contact_id)
    if now is None:
        return _GONE
    present = fields_of(now)
    anew = {name for name, left in edit.after.items() if present.get(name) not in (left, edit.before[name])}
    passed = anew | (_TAUGHT if entry.moved else frozenset())
    fields = {name: value for name, value in edit.before.items() if name not in passed}
    if present.get("updated_at") != edit.left:
        fields.pop("updated_at", None)
    reverted = with_fields(now, fields)
    is_closed = reverted.default_channel is not now.default_channel and _is_closed(reverted)
    if is_closed:
        # Only then is the delivery model needed, which takes longer to load than a write takes.
        from sent_tui.store.giving_back import with_open_default

        reverted = with_open_default(reverted, tx)
    holder = tx.find(reverted.format_e164)
    is_decided = False
    if reverted.opt_out is not now.opt_out:
        is_decided = _decided_since(entry, now, tx) is not None
        if is_decided:
            reverted = replace(reverted, opt_out=now.opt_out)
    title = now.title if anew or is_decided or is_closed else ""
    if reverted == now or (holder is not None and holder.id != now.id):
        return False, title
    if reverted.opt_out is not now.opt_out:
        _record(entry, reverted, tx)
    tx.put_contact(reverted, undone=entry.label)
    return True, title


def _is_closed(contact: Contact) -> bool:
    """Return whether the default channel of a contact is known not to reach it."""
    channel = contact.default_channel
    return channel is not None and contact.availability(channel) is Availability.UNAVAILABLE


def _decided_since(entry: UndoEntry, contact: Contact, tx: StagedTransaction) -> ConsentKind | None:
    """Return the last decision about a contact's number if it was made after the write."""
    history = tx.consent_history(contact.format_e164)
    return history[-1].kind if len(history) > entry.decisions.get(contact.format_e164, 0) else None


def _record(entry: UndoEntry, contact: Contact, tx: StagedTransaction) -> None:
    """Put the step back on record, where there is a record."""
    history = tx.consent_history(contact.format_e164)
    if history:
        kind = ConsentKind.OPT_OUT if contact.opt_out else ConsentKind.OPT_IN
        at = max(datetime.now(UTC), history[-1].at)
        tx.add_consent(ConsentEvent(contact.format_e164, kind, at, "undo", f"taken back: {entry.label}"))
