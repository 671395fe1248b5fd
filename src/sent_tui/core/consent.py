"""Consent: who opted out or in, when and how, what a keyword asks for, and when free text may go.

Free text is bound to what the person did (Sent's contract): WhatsApp needs a message from the person within 24 hours;
SMS and automatic routing need one at any time, or an approved template that went out within seven days.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from sent_tui.core.message import Message, MessageStatus

WHATSAPP_WINDOW = timedelta(hours=24)
"""Free text on WhatsApp needs a message from the person within this time (WhatsApp's customer service window)."""
TEMPLATE_WINDOW = timedelta(days=7)
"""For so long an approved template lets free text follow by SMS or automatic routing, where the person never wrote."""
THE_PERSON: Final = "the person"
"""Who decided by a keyword."""


class ConsentKind(StrEnum):
    """What a person decided about being messaged."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"


class ConsentEvent(Struct, frozen=True):
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


KEYWORDS: Final = {
    **dict.fromkeys(("stop", "cancel", "unsubscribe", "quit", "end"), Keyword.STOP),
    **dict.fromkeys(("start", "unstop", "subscribe"), Keyword.START),
    **dict.fromkeys(("help", "info"), Keyword.HELP),
}
"""Each word in small letters."""
_CLOSING: Final = ".!,;。｡،"
"""What people put behind a word without meaning more; a question mark is none of it, for it asks."""
_DECIDES: Final = {Keyword.STOP: ConsentKind.OPT_OUT, Keyword.START: ConsentKind.OPT_IN}


def keyword(text: str) -> Keyword | None:
    """Return the keyword that an inbound message is.

    That is the whole message, in any case and width of letters, without the spaces and invisible characters around it
    and without full stops, exclamation marks and commas behind it.
    """
    return KEYWORDS.get(_word(text))


def decision(text: str, number: str, at: datetime) -> ConsentEvent | None:
    """Return what an inbound message from a number (E.164) decides; None for one that decides nothing."""
    word = _word(text)
    kind = _DECIDES.get(KEYWORDS[word]) if word in KEYWORDS else None
    return None if kind is None else ConsentEvent(number, kind, at, THE_PERSON, f"wrote {word.upper()}")


def opted_out(history: Sequence[ConsentEvent]) -> bool:
    """Return whether the last decision in a history, oldest first, is an opt-out."""
    return bool(history) and history[-1].kind is ConsentKind.OPT_OUT


def window_closes(last_inbound: datetime | None) -> datetime | None:
    """Return when the WhatsApp conversation closes for free text; None when the person never wrote."""
    return None if last_inbound is None else last_inbound + WHATSAPP_WINDOW


def window_is_open(last_inbound: datetime | None, now: datetime) -> bool:
    """Return whether free text may go by WhatsApp now."""
    closes = window_closes(last_inbound)
    return closes is not None and now < closes


def free_text_is_open(last_inbound: datetime | None, last_template: datetime | None, now: datetime) -> bool:
    """Return whether free text may go by SMS, or by automatic routing, now.

    `last_inbound` is when the person last wrote, on whatever channel; `last_template` when a template last went out.
    """
    return last_inbound is not None or (last_template is not None and now < last_template + TEMPLATE_WINDOW)


def last_template_at(messages: Iterable[Message]) -> datetime | None:
    """Return when a template of these messages last went out; one that failed or was stopped does not count."""
    times = (
        attempt.accepted_at
        for message in messages
        if not message.content.is_free_text
        for attempt in message.attempts
        if attempt.accepted_at is not None and attempt.status not in _CAME_TO_NOTHING
    )
    return max(times, default=None)


_CAME_TO_NOTHING: Final = frozenset(
    {MessageStatus.FAILED, MessageStatus.FILTERED, MessageStatus.BLOCKED, MessageStatus.CANCELLED}
)


def _word(text: str) -> str:
    """Return a message as a keyword would be written; what is no keyword may come out as anything."""
    trimmed = _trimmed(unicodedata.normalize("NFKC", text))
    return _trimmed(trimmed.rstrip(_CLOSING)).casefold()


def _trimmed(text: str) -> str:
    """Return a text without spaces, controls and invisible characters around it."""
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_blank(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Zs"}
