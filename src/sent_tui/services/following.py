"""Following messages: which are under way, and when each is worth another look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sent_tui.core.channel import Channel
from sent_tui.core.message import Message, MessageStatus
from sent_tui.services.sending import SendingService

_PACE = (
    (timedelta(seconds=15), timedelta(milliseconds=400)),
    (timedelta(minutes=2), timedelta(seconds=2)),
    (timedelta(hours=1), timedelta(seconds=30)),
    (timedelta(days=2), timedelta(minutes=10)),
)
"""Up to which age a message is looked at how often."""
READ_WITHIN = timedelta(seconds=30)
"""How long a message that arrived on WhatsApp is watched for being read."""


class Follower:
    """Advances every message that is due. Not for use from several threads at once."""

    def __init__(self, sending: SendingService, clock: Callable[[], datetime]) -> None:
        self._sending = sending
        self._clock = clock
        self._due: dict[str, datetime] = {}
        self._watched: dict[str, Message] = {}

    @property
    def is_due(self) -> bool:
        """Whether any message is worth a look now; asks only what is in memory."""
        return bool(self._due_at(self._clock()))

    def tick(self) -> Sequence[Message]:
        """Advance the messages that are due and return those that moved, as they are now."""
        now = self._clock()
        moved = []
        for message in self._due_at(now):
            changed = self._sending.advance(message.id)
            self._schedule(changed, now)
            if changed != message:
                moved.append(changed)
        return moved

    def _due_at(self, now: datetime) -> list[Message]:
        waiting = {message.id: message for message in (*self._watched.values(), *self._sending.open_messages())}
        self._due = {message_id: due for message_id, due in self._due.items() if message_id in waiting}
        return [message for message in waiting.values() if self._due.get(message.id, now) <= now]

    def _schedule(self, message: Message, now: datetime) -> None:
        age = now - message.created_at
        pause = next((pause for limit, pause in _PACE if age < limit), timedelta(days=1))
        self._due[message.id] = now + pause
        if message.status == MessageStatus.DELIVERED and message.channel is Channel.WHATSAPP and _fresh(message, now):
            self._watched[message.id] = message
        else:
            self._watched.pop(message.id, None)


def _fresh(message: Message, now: datetime) -> bool:
    return now - message.updated_at < READ_WITHIN
