"""How a contact's default channel moved: when, from where, where to, why and by what.

A move is told by the two states of the contact around it (`moves_between`), so that whoever stores a contact cannot
forget it. The first default of a contact that was made with one needs no record: the contact itself tells of it
(`first_move`), until anything about its default changes.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from sent_tui.core.channel import Availability, Channel

if TYPE_CHECKING:
    from sent_tui.core.contact import Contact


class MovedBy(StrEnum):
    """What moved a default channel."""

    LIFECYCLE = "lifecycle"
    CHECK = "check"
    LEARNED = "learned"
    INBOUND = "inbound"
    PERSON = "person"
    SENT = "sent"
    UNDO = "undo"

    @property
    def label(self) -> str:
        """What it was, for a sentence: "SMS → WhatsApp, by a check"."""
        return {
            MovedBy.LIFECYCLE: "when the contact was made",
            MovedBy.CHECK: "by a check",
            MovedBy.LEARNED: "by a delivery result",
            MovedBy.INBOUND: "because the person wrote",
            MovedBy.PERSON: "by a person",
            MovedBy.SENT: "at Sent",
            MovedBy.UNDO: "by an undo",
        }[self]


class DefaultMove(Struct, frozen=True):
    """One move of the default channel of one contact."""

    contact_id: str
    at: datetime
    """When; of a delivery result that was heard late, when it happened."""
    before: Channel | None
    after: Channel | None
    reason: str
    """In words: what the new default rested on then."""
    by: MovedBy

    @property
    def words(self) -> str:
        """From where it moved where to: "SMS → WhatsApp"."""
        return f"{_name(self.before)} → {_name(self.after)}"


def first_move(contact: Contact) -> DefaultMove | None:
    """Return how a contact came to the default that it has, as it tells itself; None while it has none."""
    if contact.default_channel is None:
        return None
    at = contact.default_since or contact.created_at
    return DefaultMove(contact.id, at, None, contact.default_channel, contact.default_reason, contact.default_by)


def moves_between(before: Contact, after: Contact, *, is_told: bool) -> tuple[DefaultMove, ...]:
    """Return what has to be recorded when a contact takes a new state, oldest first.

    `is_told` says whether any move of it is on record. If none is, its first default goes on record before the
    contact forgets how it came to it.
    """
    is_moved = after.default_channel is not before.default_channel
    if not is_moved and after.default_reason == before.default_reason and after.default_since == before.default_since:
        return ()
    first = None if is_told else first_move(before)
    moves = () if first is None else (first,)
    if not is_moved:
        return moves
    at = after.default_since or after.created_at
    channels = before.default_channel, after.default_channel
    return (*moves, DefaultMove(after.id, at, *channels, _reason(before, after), after.default_by))


def _reason(before: Contact, after: Contact) -> str:
    """Return what the new default rests on; where the old one was closed, that goes before it."""
    old, new = before.default_channel, after.default_channel
    if old is None or after.default_by is MovedBy.PERSON or after.availability(old) is not Availability.UNAVAILABLE:
        return after.default_reason
    status = after.status(old)
    closed = f"{old.label} is not available: {status.evidence or status.source.label}"
    return f"{closed}; {new.label}: {after.default_reason}" if new is not None else closed


def _name(channel: Channel | None) -> str:
    return channel.label if channel is not None else "none"
