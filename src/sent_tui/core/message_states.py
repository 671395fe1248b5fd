"""The states of a message, and the moves between them.

A state follows from what is written down about a message; it is not stored beside it. Every function of
`core.progress` makes its move through `moved`, so that no other moves can be made.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from sent_tui.core.message import ATTEMPT_ENDED, REACHED, Message, MessageStatus


class State(StrEnum):
    """Where a message stands in its life."""

    DRAFT = "draft"
    """Being written: nothing of it is stored as a message."""
    SCHEDULED = "scheduled"
    """Stored, and not handed over before its time."""
    PLANNED = "planned"
    """The next attempt is on disk with its idempotency key, and just being handed over."""
    HANDED_OVER = "handed over"
    """The gateway took it; nothing was reported yet."""
    REPORTED = "reported"
    """A report came that is no end."""
    UNKNOWN = "unknown"
    """It was handed over, and the answer was lost."""
    FAILED = "failed, another step follows"
    """A step failed, and the plan has another one."""
    STOPPED = "stopped"
    """Final: every step failed, or consent, policy or a person ended it."""
    GIVEN_UP = "given up"
    """Final: no report came for too long."""
    ARRIVED = "arrived"
    """Final: it was delivered, or read."""


FINAL = frozenset({State.STOPPED, State.GIVEN_UP, State.ARRIVED})
"""States that nothing leaves but a report that the message arrived."""

MOVES: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SCHEDULED, State.PLANNED, State.STOPPED}),
    State.SCHEDULED: frozenset({State.PLANNED, State.STOPPED}),
    State.PLANNED: frozenset(
        {State.HANDED_OVER, State.REPORTED, State.UNKNOWN, State.FAILED, State.STOPPED, State.GIVEN_UP, State.ARRIVED}
    ),
    State.HANDED_OVER: frozenset(
        {State.REPORTED, State.PLANNED, State.FAILED, State.STOPPED, State.GIVEN_UP, State.ARRIVED}
    ),
    State.REPORTED: frozenset(
        {State.HANDED_OVER, State.PLANNED, State.FAILED, State.STOPPED, State.GIVEN_UP, State.ARRIVED}
    ),
    State.UNKNOWN: frozenset(
        {State.HANDED_OVER, State.REPORTED, State.FAILED, State.STOPPED, State.GIVEN_UP, State.ARRIVED}
    ),
    State.FAILED: frozenset({State.PLANNED, State.REPORTED, State.STOPPED, State.ARRIVED}),
    State.STOPPED: frozenset({State.REPORTED, State.ARRIVED}),
    State.GIVEN_UP: frozenset({State.STOPPED, State.ARRIVED}),
    State.ARRIVED: frozenset(),
}
"""The moves that are allowed. A state may always stay as it is.

From reported back to handed over: a network that takes another way queues a message again. From failed or stopped to
reported: it was delivered after all, and is to be read before the time of its step is over.
"""


class IllegalMoveError(ValueError):
    """A move that the table does not have."""


def state_of(message: Message | None) -> State:
    """Return the state of a message; one that is not stored yet is a draft, one from a person has arrived."""
    if message is None:
        return State.DRAFT
    if message.is_inbound or (message.status in REACHED and not message.awaits_read):
        return State.ARRIVED
    if message.is_waiting:
        return State.SCHEDULED
    if message.given_up_at is not None:
        return State.STOPPED if message.status in ATTEMPT_ENDED else State.GIVEN_UP
    return _under_way(message)


def _under_way(message: Message) -> State:
    status = message.status
    if status == MessageStatus.FAILED and message.next_channel is not None:
        return State.FAILED
    if status in ATTEMPT_ENDED and status not in REACHED:
        return State.STOPPED
    known = {MessageStatus.PLANNED: State.PLANNED, MessageStatus.UNKNOWN: State.UNKNOWN}
    if status in known:
        return known[MessageStatus(status)]
    return State.HANDED_OVER if status == MessageStatus.QUEUED else State.REPORTED


def moved(before: Message | None, after: Message) -> Message:
    """Return the message after a move; raises IllegalMoveError for one that the table does not have."""
    left, entered = state_of(before), state_of(after)
    if entered is not left and entered not in MOVES[left]:
        raise IllegalMoveError(f"a message does not go from {left} to {entered}")
    return after
