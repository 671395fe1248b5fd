"""Logs for tests: messages with the decision on their route and what became of each attempt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel, Source
from sent_tui.core.decision import ChannelFacts, Decision, Situation, decision_json
from sent_tui.core.delivery import VERSION
from sent_tui.core.estimate import Estimate
from sent_tui.core.message import Message, MessageStatus
from sent_tui.core.prices import Tariff
from sent_tui.core.routing import RULES
from tests.factories import NOW, attempt, message

Tried = tuple[Channel, str, str | None]
"""One attempt: its channel, the status it ended with, and the reason code."""

WHATSAPP, SMS = Channel.WHATSAPP, Channel.SMS
ARRIVED, LOST = MessageStatus.DELIVERED.value, MessageStatus.FAILED.value
UNREACHED = "DELIVERY_003"
"""A reason code that counts as not reached this time."""


def situation(whatsapp: float = 0.9, sms: float = 0.8, **changes: Any) -> Situation:
    """Return what was known of a contact whose channels are open, with the estimates of both."""
    estimates = zip(CHANNEL_ORDER, (whatsapp, sms), strict=True)
    fields: dict[str, Any] = {
        "at": NOW,
        "region": "US",
        "number_type": "mobile",
        "opt_out": False,
        "default_channel": None,
        "default_pinned": False,
        "pinned": None,
        "is_free_text": False,
        "category": "utility",
        "segments": 1,
        "tariff": Tariff(whatsapp=0.01, sms=0.02),
        "last_template_at": None,
        "channels": tuple(facts(channel, mean) for channel, mean in estimates),
    }
    return Situation(**(fields | changes))


def facts(channel: Channel, mean: float, availability: Availability = Availability.AVAILABLE) -> ChannelFacts:
    """Return what was known of a channel: available by a look-up, and an estimate."""
    estimate = Estimate(channel.value, mean, mean / 2, (1 + mean) / 2, 1.0, 0, 0, mean, 0)
    return ChannelFacts(channel, availability, None, Source.LOOKUP, "looked up", None, estimate, timedelta(minutes=15))


def record(known: Situation) -> dict[str, Any]:
    """Return what is kept of a decision by the present rules."""
    return decision_json(Decision(VERSION, RULES, known))


def sent(
    place: int, known: Situation | None, *tried: Tried, contact_place: int = 0, at: datetime | None = None
) -> Message:
    """Return a message with its attempts, one minute apart; without a situation, none was kept."""
    began = at or NOW + timedelta(hours=place)
    attempts = [
        attempt(
            channel=channel,
            started_at=began + timedelta(minutes=minute),
            accepted_at=began + timedelta(minutes=minute),
            ended_at=began + timedelta(minutes=minute + 1),
            status=status,
            reason_code=code,
            decision={},
        )
        for minute, (channel, status, code) in enumerate(tried)
    ]
    return message(
        place,
        contact_place,
        created_at=began,
        updated_at=began,
        status=tried[-1][1] if tried else MessageStatus.PLANNED.value,
        attempts=tuple(attempts),
        decision={} if known is None else record(replace(known, at=began)),
    )


def log(outcomes: Sequence[tuple[float, bool]], channel: Channel = WHATSAPP, **changes: Any) -> list[Message]:
    """Return one message for each shown probability, all tried on one channel, and whether it arrived."""
    return [
        sent(
            place, situation(shown, shown, **changes), (channel, ARRIVED, None) if came else (channel, LOST, UNREACHED)
        )
        for place, (shown, came) in enumerate(outcomes)
    ]
