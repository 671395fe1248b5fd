"""Writes that can be taken back as JSON objects, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Draft
from sent_tui.core.uniting import Results
from sent_tui.store import fields
from sent_tui.store.changes import ContactEdit, UndoEntry, UndoHead
from sent_tui.store.documents import contact_document, contact_from
from sent_tui.store.journal_format import Document
from sent_tui.store.message_documents import draft_document, draft_from


def undo_document(entry: UndoEntry) -> Document:
    """Return a write that can be taken back as a document."""
    return {"id": entry.id, "label": entry.label} | fields.filled(
        group=entry.group,
        moved=dict(entry.moved),
        taught={contact_id: _results_document(results) for contact_id, results in entry.taught.items()},
        added=list(entry.added),
        deleted=[
            {"contact": contact_document(contact)} | fields.given(draft=draft_document(draft) if draft else None)
            for contact, draft in entry.deleted
        ],
        edited=[
            {"id": edit.contact_id, "before": dict(edit.before)}
            | fields.given(left=edit.left)
            | fields.filled(after=dict(edit.after))
            for edit in entry.edited
        ],
        decisions=dict(entry.decisions),
    )


def undo_from(document: Mapping[str, Any]) -> UndoEntry:
    """Return the undoable write of a document; raises DocumentError."""
    decisions = fields.nested(document, "decisions") if "decisions" in document else {}
    moved = fields.nested(document, "moved") if "moved" in document else {}
    taught = fields.nested(document, "taught") if "taught" in document else {}
    return UndoEntry(
        id=fields.key(document, "id"),
        label=fields.text(document, "label"),
        added=fields.texts(document, "added"),
        deleted=tuple(fields.items(document, "deleted", _deletion_from)),
        edited=tuple(fields.items(document, "edited", _edit_from)),
        decisions={number: fields.whole(decisions, number) for number in decisions},
        group=fields.text(document, "group", ""),
        moved={message_id: fields.text(moved, message_id) for message_id in moved},
        taught={contact_id: _results_from(fields.nested(taught, contact_id)) for contact_id in taught},
    )


_RESULTS = {
    f"{channel.value} {word}": (channel, word == "delivered") for channel in Channel for word in ("delivered", "failed")
}
"""How results of messages are named."""


def _results_document(results: Results) -> Document:
    return {name: results[result] for name, result in _RESULTS.items() if results.get(result)}


def _results_from(document: Mapping[str, Any]) -> Results:
    return {result: fields.whole(document, name) for name, result in _RESULTS.items() if name in document}


def undo_head_from(document: Mapping[str, Any]) -> UndoHead:
    """Return the head of an undoable write of a document; raises DocumentError."""
    changed = (document.get(name, ()) for name in ("added", "deleted", "edited"))
    return UndoHead(
        id=fields.key(document, "id"),
        group=fields.text(document, "group", ""),
        label=fields.text(document, "label"),
        contacts=sum(len(items) for items in changed if isinstance(items, list)),
    )


def _deletion_from(document: Mapping[str, Any]) -> tuple[Contact, Draft | None]:
    draft = draft_from(fields.nested(document, "draft")) if "draft" in document else None
    return contact_from(fields.nested(document, "contact")), draft


def _edit_from(document: Mapping[str, Any]) -> ContactEdit:
    return ContactEdit(
        contact_id=fields.key(document, "id"),
        before=dict(fields.nested(document, "before")),
        left=fields.optional_text(document, "left"),
        after=dict(fields.nested(document, "after")) if "after" in document else {},
    )
