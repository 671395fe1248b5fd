"""Consent: who opted out or in, when and how, and when a conversation is open for free text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WHATSAPP_WINDOW = timedelta(hours=24)
"""Free text on WhatsApp needs a message from the person within this time (WhatsApp's customer service window)."""


class ConsentKind(StrEnum):
    """What a person decided about being messaged."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """One decision about messages to a number. It outlives the contact, as the proof of why messages stopped."""

    number: str
    """E.164."""
    kind: ConsentKind
    at: datetime
    by: str
    """Who recorded it: a user name, or `the person` for a keyword."""
    how: str
    """The words or the action behind it."""


class Keyword(StrEnum):
    """What a whole inbound message can ask for, by Sent's contract."""

    STOP = "stop"
    START = "start"
    HELP = "help"


_KEYWORDS = {
    **dict.fromkeys(("stop", "cancel", "unsubscribe", "quit", "end"), Keyword.STOP),
    **dict.fromkeys(("start", "unstop", "subscribe"), Keyword.START),
    **dict.fromkeys(("help", "info"), Keyword.HELP),
}


def keyword(text: str) -> Keyword | None:
    """Return the keyword that an inbound message is: the whole trimmed text, in any case."""
    return _KEYWORDS.get(text.strip().casefold())


def window_closes(last_inbound: datetime | None) -> datetime | None:
    """Return when the WhatsApp conversation closes for free text; None when the person never wrote."""
    return None if last_inbound is None else last_inbound + WHATSAPP_WINDOW


def window_is_open(last_inbound: datetime | None, now: datetime) -> bool:
    """Return whether free text may go by WhatsApp now."""
    closes = window_closes(last_inbound)
    return closes is not None and now < closes
