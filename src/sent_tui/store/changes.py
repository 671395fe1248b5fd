"""What one write changes, and what is remembered to take it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct, field

from sent_tui.core.bulk import BulkSend
from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import DefaultMove
from sent_tui.core.duplicates import KeptApart, MergedNumber
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.core.pull import PulledPage
from sent_tui.core.uniting import Results
from sent_tui.store.repository import Change, ChangeKind

if TYPE_CHECKING:
    from sent_tui.store.fresh import FreshContact


class ContactEdit(Struct, frozen=True):
    """What one write did to the fields of a contact that stayed."""

    contact_id: str
    before: Mapping[str, Any]
    """The fields that changed, as they were: JSON values by the names of `contact_fields`, None for none."""
    left: str | None
    """The `updated_at` that the write left, as in its document."""
    after: Mapping[str, Any] = field(default_factory=dict)
    """Those of the fields that a person writes, as the write left them."""


class UndoEntry(Struct, frozen=True):
    """A write that can be taken back."""

    id: str
    label: str
    added: tuple[str, ...] = ()
    """Ids of contacts."""
    deleted: tuple[tuple[Contact, Draft | None], ...] = ()
    edited: tuple[ContactEdit, ...] = ()
    decisions: Mapping[str, int] = field(default_factory=dict)
    """How many decisions were on record after the write, for each number (E.164) whose consent hangs on it."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """For each message that came to another contact, the id of the one whose it was."""
    taught: Mapping[str, Results] = field(default_factory=dict)
    """What the messages had taught that were those of a contact, by its id, when they came to another one."""
    group: str = ""
    """What the writes share that are taken back together; empty for one that stands alone."""

    @property
    def head(self) -> UndoHead:
        """What has to be known of it to choose among many."""
        return UndoHead(self.id, self.group, self.label, len(self.added) + len(self.deleted) + len(self.edited))


class UndoHead(NamedTuple):
    """What has to be known of a write that can be taken back to choose among many."""

    id: str
    group: str
    label: str
    contacts: int
    """How many it changed."""

    @property
    def change(self) -> str:
        """What its change is known by: the write itself, or all those of its group."""
        return self.group or self.id


class Lesson(Struct, frozen=True):
    """What was learned from a group of contacts."""

    key: str
    learned: Mapping[str, Any]
    """In the delivery model's own form: JSON values."""


class Changes(Struct):
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
    moves: dict[str, tuple[DefaultMove, ...]] = field(default_factory=dict)
    """All moves of the default channel of a contact on record, oldest first."""
    drafts: dict[str, Draft | None] = field(default_factory=dict)
    undo: dict[str, UndoEntry | None] = field(default_factory=dict)
    lessons: dict[str, Lesson | None] = field(default_factory=dict)
    apart: dict[str, KeptApart | None] = field(default_factory=dict)
    """By the keys of the pairs."""
    merged: dict[str, MergedNumber | None] = field(default_factory=dict)
    """By the numbers (E.164) that went."""
    bulk_sends: dict[str, BulkSend | None] = field(default_factory=dict)
    pulls: dict[str, PulledPage | None] = field(default_factory=dict)
    """Pages of pulls, by their keys."""
    new_events: list[DeliveryEvent] = field(default_factory=list)
    """Those of `events` that were added, as they came."""
    new_consent: list[ConsentEvent] = field(default_factory=list)
    """Those of `consent` that were added, as they came."""
    new_moves: list[DefaultMove] = field(default_factory=list)
    """Those of `moves` that were added, as they came."""

    def __bool__(self) -> bool:
        """Return whether there is anything in it."""
        records = (self.contacts, self.fresh, self.messages, self.events, self.consent, self.drafts)
        others = (self.moves, self.undo, self.lessons, self.apart, self.merged, self.bulk_sends, self.pulls)
        return any((*records, *others))


def outdated(oldest_first: Iterable[UndoHead], limit: int) -> list[str]:
    """Return the ids of the writes that are forgotten, so that no more than the last `limit` changes are kept.

    Writes of one group are one change, however many; it is as old as the last of them.
    """
    writes = list(oldest_first)
    last = {write.change: place for place, write in enumerate(writes)}
    kept = set(sorted(last, key=last.__getitem__)[-limit:])
    return [write.id for write in writes if write.change not in kept]


def in_time(events: Iterable[DeliveryEvent]) -> tuple[DeliveryEvent, ...]:
    """Return delivery events in the order of their own time; those of one moment as they came."""
    return tuple(sorted(events, key=lambda event: event.at))


def by_decision(events: Iterable[ConsentEvent]) -> tuple[ConsentEvent, ...]:
    """Return decisions, oldest first; those of one moment as they came."""
    return tuple(sorted(events, key=lambda event: event.at))


def news(
    contacts: Iterable[str], messages: Iterable[str], drafts: Iterable[str], bulk_sends: Iterable[str]
) -> tuple[Change, ...]:
    """Return what a listener has to know of changed records, named by their ids."""
    changed = {
        ChangeKind.CONTACTS: contacts,
        ChangeKind.MESSAGES: messages,
        ChangeKind.DRAFTS: drafts,
        ChangeKind.BULK_SENDS: bulk_sends,
    }
    return tuple(Change(kind, frozenset(ids)) for kind, ids in changed.items() if ids)
