"""Taking a write back: what has to be remembered of it, and how contacts go back.

Of a contact that was edited, just the fields go back that the write changed; what was learned since stays. The
statuses of channels and the steps of the lifecycle count one by one, and the four fields of the default channel
together, for each of them means nothing without the others. A deleted contact comes back with its draft. An added
contact goes, unless a message was written to it.

Consent is no one's to take back by accident: where somebody decided about the number since, that stands. Otherwise
the step back is itself put on record as a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sent_tui.core.channel import Channel
from sent_tui.core.consent import ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact, StepKind
from sent_tui.store.changes import Changes, ContactEdit, UndoEntry
from sent_tui.store.documents import contact_document, contact_from
from sent_tui.store.records import Records
from sent_tui.store.staged import StagedTransaction

UNDO_LIMIT = 50
"""So many writes can be taken back; older ones are forgotten."""

_LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "channels": ("channel", tuple(channel.value for channel in Channel)),
    "lifecycle": ("kind", tuple(kind.value for kind in StepKind)),
}
"""Lists that count item by item: what names an item, and the order of the items."""
_DEFAULT_CHANNEL = ("default_channel", "default_pinned", "default_reason", "default_since")


def fields_of(contact: Contact) -> dict[str, Any]:
    """Return a contact's document with each item of its lists as a field of its own, such as `channels/sms`."""
    document = contact_document(contact)
    for name, (key, _) in _LISTS.items():
        document |= {f"{name}/{item[key]}": item for item in document.pop(name, [])}
    return document


def with_fields(contact: Contact, fields: Mapping[str, Any]) -> Contact:
    """Return a contact with some of its `fields_of` set, or taken out where None; raises DocumentError."""
    document = {name: value for name, value in {**fields_of(contact), **fields}.items() if value is not None}
    for name, (_, order) in _LISTS.items():
        items = [document.pop(f"{name}/{key}", None) for key in order]
        document[name] = [item for item in items if item is not None]
    return contact_from(document)


def entry_for(label: str, records: Records, changes: Changes) -> UndoEntry | None:
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
        else:
            edited.append(_edit(before, contact))
            if before.opt_out is not contact.opt_out:
                consented.append(contact.format_e164)
    if not (added or deleted or edited):
        return None
    consented += [contact.format_e164 for contact in deleted]
    histories = {number: changes.consent.get(number) or records.consent(number) for number in consented}
    return UndoEntry(
        id=uuid4().hex,
        label=label,
        added=tuple(added),
        deleted=tuple((contact, records.draft(contact.id)) for contact in deleted),
        edited=tuple(edited),
        decisions={number: len(history) for number, history in histories.items() if history},
    )


def _edit(before: Contact, after: Contact) -> ContactEdit:
    old, new = fields_of(before), fields_of(after)
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    if not changed.isdisjoint(_DEFAULT_CHANNEL):
        changed.update(_DEFAULT_CHANNEL)
    return ContactEdit(before.id, {name: old.get(name) for name in sorted(changed)}, new.get("updated_at"))


def take_back(entry: UndoEntry, tx: StagedTransaction) -> bool:
    """Take a write back as far as it can be; return False, with nothing changed, when nothing of it is left."""
    gone = [contact_id for contact_id in entry.added if tx.known(contact_id) and not tx.has_messages(contact_id)]
    for contact_id in gone:
        tx.delete_contact(contact_id)
    back = [_bring_back(entry, contact, tx) for contact, _ in entry.deleted]
    for (contact, draft), is_back in zip(entry.deleted, back, strict=True):
        if is_back and draft is not None and tx.draft(contact.id) is None:
            tx.save_draft(draft)
    edited = [_revert(entry, edit, tx) for edit in entry.edited]
    return bool(gone) or any(back) or any(edited)


def _bring_back(entry: UndoEntry, contact: Contact, tx: StagedTransaction) -> bool:
    """Bring a deleted contact back, unless it or another contact of its number is there."""
    if tx.known(contact.id) or tx.find(contact.format_e164) is not None:
        return False
    decided = _decided_since(entry, contact, tx)
    tx.put_contact(contact if decided is None else replace(contact, opt_out=decided is ConsentKind.OPT_OUT))
    return True


def _revert(entry: UndoEntry, edit: ContactEdit, tx: StagedTransaction) -> bool:
    """Set the fields of an edit back; return whether anything changed."""
    now = tx.known(edit.contact_id)
    if now is None:
        return False
    fields = dict(edit.before)
    if fields_of(now).get("updated_at") != edit.left:
        fields.pop("updated_at", None)
    reverted = with_fields(now, fields)
    holder = tx.find(reverted.format_e164)
    if reverted == now or (holder is not None and holder.id != now.id):
        return False
    if reverted.opt_out is not now.opt_out:
        if _decided_since(entry, now, tx) is not None:
            reverted = replace(reverted, opt_out=now.opt_out)
        else:
            _record(entry, reverted, tx)
    tx.put_contact(reverted)
    return True


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
