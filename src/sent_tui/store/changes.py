"""What one write changes, and what is remembered to take it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.store.repository import Change, ChangeKind

if TYPE_CHECKING:
    from sent_tui.store.fresh import FreshContact


@dataclass(frozen=True, slots=True)
class ContactEdit:
    """What one write did to the fields of a contact that stayed."""

    contact_id: str
    before: Mapping[str, Any]
    """The fields that changed, as they were: JSON values by their names in `undo.fields_of`, None for none."""
    left: str | None
    """The `updated_at` that the write left, as in its document."""


@dataclass(frozen=True, slots=True)
class UndoEntry:
    """A write that can be taken back."""

    id: str
    label: str
    added: tuple[str, ...] = ()
    """Ids of contacts."""
    deleted: tuple[tuple[Contact, Draft | None], ...] = ()
    edited: tuple[ContactEdit, ...] = ()
    decisions: Mapping[str, int] = field(default_factory=dict)
    """How many decisions were on record after the write, for each number (E.164) whose consent hangs on it."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned from a group of contacts."""

    key: str
    learned: Mapping[str, Any]
    """In the delivery model's own form: JSON values."""


@dataclass(slots=True)
class Changes:
    """What one write changes: the new state of each record, None for one that is gone."""

    contacts: dict[str, Contact | None] = field(default_factory=dict)
    """Those of `fresh` are not among them."""
    fresh: dict[str, FreshContact] = field(default_factory=dict)
    """New contacts that were given as texts, by their ids."""
    messages: dict[str, Message | None] = field(default_factory=dict)
    events: dict[str, tuple[DeliveryEvent, ...]] = field(default_factory=dict)
    """All events of a message, oldest first."""
    consent: dict[str, tuple[ConsentEvent, ...]] = field(default_factory=dict)
    """All decisions about a number, oldest first."""
    drafts: dict[str, Draft | None] = field(default_factory=dict)
    undo: dict[str, UndoEntry | None] = field(default_factory=dict)
    lessons: dict[str, Lesson | None] = field(default_factory=dict)
    new_events: list[DeliveryEvent] = field(default_factory=list)
    """Those of `events` that were added, as they came."""
    new_consent: list[ConsentEvent] = field(default_factory=list)
    """Those of `consent` that were added, as they came."""

    def __bool__(self) -> bool:
        """Return whether there is anything in it."""
        records = (self.contacts, self.fresh, self.messages, self.events, self.consent, self.drafts)
        return any((*records, self.undo, self.lessons))


def in_time(events: Iterable[DeliveryEvent]) -> tuple[DeliveryEvent, ...]:
    """Return delivery events in the order of their own time; those of one moment as they came."""
    return tuple(sorted(events, key=lambda event: event.at))


def by_decision(events: Iterable[ConsentEvent]) -> tuple[ConsentEvent, ...]:
    """Return decisions, oldest first; those of one moment as they came."""
    return tuple(sorted(events, key=lambda event: event.at))


def news(contacts: Iterable[str], messages: Iterable[str], drafts: Iterable[str]) -> tuple[Change, ...]:
    """Return what a listener has to know of changed records, named by their ids."""
    changed = {ChangeKind.CONTACTS: contacts, ChangeKind.MESSAGES: messages, ChangeKind.DRAFTS: drafts}
    return tuple(Change(kind, frozenset(ids)) for kind, ids in changed.items() if ids)
