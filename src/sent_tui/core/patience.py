"""How long a step of a plan may take before the next one goes out."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from msgspec import Struct

from sent_tui.core.channel import Channel
from sent_tui.core.message import USUAL, MessageStatus, Wishes

SHORTEST = timedelta(seconds=10)
LONGEST = timedelta(days=1)
"""Together the times that a step can be given."""
CODES: Final = "authentication"
"""The category of templates with one-time codes, which are of no use when they come late."""
UNTIL: Final = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)
"""The statuses that a step can be asked to reach."""


class Patience(Struct, frozen=True):
    """How long the steps of a plan may take where nothing else is asked for."""

    whatsapp: timedelta = timedelta(minutes=15)
    sms: timedelta = timedelta(minutes=30)
    codes: timedelta = timedelta(minutes=1)
    """By whatever channel, for a one-time code."""

    def of(self, channel: Channel, category: str, wishes: Wishes = USUAL) -> timedelta:
        """Return how long a step may take. `category` is that of `prices.category_of`."""
        if wishes.fallback_after is not None:
            return wishes.fallback_after
        if category == CODES:
            return self.codes
        return self.whatsapp if channel is Channel.WHATSAPP else self.sms


USUAL_PATIENCE: Final = Patience()


def until_of(channel: Channel, wishes: Wishes) -> MessageStatus:
    """Return the status that a step has to reach. An SMS is never reported as read: there it is delivery."""
    if channel is Channel.SMS and wishes.until is MessageStatus.READ:
        return MessageStatus.DELIVERED
    return wishes.until
