"""Messages of one bulk send that came to one contact when two were merged: one goes out, the others are held back.

Which one goes is decided when a message has its turn, by what became of the others until then. So nobody gets two,
whenever the contacts were merged; and where they are parted again, what was held back can wait for its turn anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from sent_tui.core.message import REACHED, Message, MessageStatus
from sent_tui.core.message_states import State, state_of
from sent_tui.core.progress import stopped

MERGED: Final = "The contact was merged with another one of this bulk send, and gets one message."
"""Why a message was held back."""


def is_one_too_many(message: Message, others: Iterable[Message], number: str) -> bool:
    """Return whether another message of the same bulk send stands for one, among those of its contact.

    That is one that went out, or may have, and did not fail as a whole; also one that was sent again by hand before the
    contacts were merged. While none did, the one that was written for the present number (E.164) of the contact goes
    before those that came by a merge. For a message that has ended, one that waits stands as well.
    """
    if message.batch is None:
        return False
    beside = (other for other in others if other.id != message.id and _is_another(other, message))
    return any(_stands_for(other, message, number) for other in beside)


def _is_another(other: Message, message: Message) -> bool:
    """Return whether a message says what one of a bulk send does: as one of the same, or sent again by hand."""
    if other.batch is not None or other.is_inbound:
        return other.batch == message.batch
    is_same = other.content == message.content and other.created_at >= message.created_at
    return is_same and other.to != message.to


def _stands_for(other: Message, message: Message, number: str) -> bool:
    if other.is_waiting:
        return message.is_final or other.to == number != message.to
    if state_of(other) is State.FAILED is state_of(message):
        # Each of them has another step: one takes it.
        return (other.to != number, other.id) < (message.to != number, message.id)
    return not _has_missed(other)


def held_back(message: Message, at: datetime) -> Message:
    """Return a message that waits, ended because its contact gets another one of its bulk send."""
    return stopped(replace(message, reasons=(MERGED,)), MessageStatus.CANCELLED, at)


def is_held_back(message: Message) -> bool:
    """Return whether a message was ended so."""
    return message.status == MessageStatus.CANCELLED and not message.attempts and message.reasons == (MERGED,)


def waiting_again(message: Message) -> Message:
    """Return a message that was held back as it was before: no move of its own, but one that is taken back."""
    return replace(message, status=MessageStatus.SCHEDULED.value, reasons=())


def _has_missed(message: Message) -> bool:
    """Return whether a message ended and no attempt of it arrived or may still arrive."""
    is_over = message.is_final and all(attempt.is_final for attempt in message.attempts)
    return is_over and message.status not in REACHED
