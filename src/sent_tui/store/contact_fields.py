"""A contact field by field, so that a change of one can be taken back and another one stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact, StepKind
from sent_tui.store.documents import contact_document, contact_from

LAST_MESSAGE = ("last_message_at", "last_status")
"""Fields that tell of the last message."""
_LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "channels": ("channel", tuple(channel.value for channel in Channel)),
    "lifecycle": ("kind", tuple(kind.value for kind in StepKind)),
}
"""Lists that count item by item: what names an item, and the order of the items."""


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
