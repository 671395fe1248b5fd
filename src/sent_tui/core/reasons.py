"""What a reason code means: looked up as it comes, in words, and as evidence about the recipient.

A code that is not known counts as a passing failure, and `heard` counts such codes so that somebody can be told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from sent_tui.core.message import REACHED, Message, MessageStatus
from sent_tui.core.outcome import Outcome
from sent_tui.core.reason_codes import TABLE, Family, ReasonClass, ReasonCode

OPTED_OUT: Final = "CONSENT_001"
"""Why a message to somebody who opted out was stopped."""
NO_CONVERSATION: Final = "BUSINESS_008"
"""Why free text was not sent where the person has to write first."""
UNKNOWN: Final = ReasonClass.TRANSIENT
"""What a failure with a code that is not known is taken for."""
MOST_HEARD: Final = 20
"""So many unknown codes are told at most."""

_PREFIXES: Final = {
    "sent": (Family.SENT,),
    **dict.fromkeys(("whatsapp", "wa", "meta"), (Family.WHATSAPP,)),
    "twilio": (Family.TWILIO,),
    "smpp": (Family.SMPP,),
    **dict.fromkeys(("gsm", "tp-status"), (Family.GSM,)),
    "sms": (Family.TWILIO, Family.SMPP, Family.GSM),
}
"""The families that a word before a code narrows it down to."""
_NUMBERED: Final = frozenset({Family.SMPP, Family.GSM})
"""Families whose codes are numbers: with their own prefix, those may be decimal too."""
_PREFIXED = re.compile(r"([A-Za-z][A-Za-z-]*)[ ]?[:/][ ]?(.+)")
_HEX = re.compile(r"0X0*([0-9A-F]{1,8})")
_SHORT = re.compile(r"[0-9]{1,2}")
"""Too many networks count from 1 for such a number to mean anything without a prefix."""


def _plain(text: str) -> str:
    """Return a code in capitals, without zeros that say nothing."""
    text = text.upper()
    number = _HEX.fullmatch(text)
    return f"0x{number[1]}" if number else text


def _keys(reason: ReasonCode) -> tuple[str, ...]:
    number = () if reason.number is None else (f"0x{reason.number:X}",)
    return tuple(dict.fromkeys((_plain(reason.code), *number)))


_IN_FAMILY: Final = {(reason.family, key): reason for reason in TABLE for key in _keys(reason)}


def reason_of(code: str | None) -> ReasonCode | None:
    """Return what is known of a code as it came: any case, spaces around it, a prefix such as `whatsapp:`.

    None for one that is not known, and for one that means different things in several families and has no prefix
    that tells them apart.
    """
    text = " ".join((code or "").split())
    families = tuple(Family)
    prefixed = _PREFIXED.fullmatch(text)
    if prefixed:
        families, text = _PREFIXES.get(prefixed[1].lower(), ()), prefixed[2]
    elif _SHORT.fullmatch(text):
        return None
    found = [reason for family in families if (reason := _within(family, text, alone=len(families) == 1))]
    return found[0] if len(found) == 1 else None


def _within(family: Family, text: str, *, alone: bool) -> ReasonCode | None:
    if alone and family in _NUMBERED and text.isascii() and text.isdigit() and len(text) <= len("4294967295"):
        text = f"0x{int(text):X}"
    return _IN_FAMILY.get((family, _plain(text)))


def reason_words(code: str | None) -> str:
    """Return a reason code in words; a code that is not known is shown as it came."""
    if not code:
        return ""
    known = reason_of(code)
    return known.words if known else f"reason {code}"


def outcome_of(status: str, reason_code: str | None) -> Outcome | None:
    """Return what a status says about the recipient's channel; None when it says nothing.

    A failure without a code, or with one that is not known, is a passing one.
    """
    if status in REACHED:
        return Outcome.DELIVERED
    if status != MessageStatus.FAILED:
        return None
    known = reason_of(reason_code)
    return known.outcome if known else UNKNOWN.outcome


class HeardCode(Struct, frozen=True):
    """A code that came with a message and is not in the table."""

    code: str
    """As it came; safe to show only through `core.text.display`."""
    count: int
    """How many attempts it came with."""
    failed: int
    """How many of them failed: these counted a little against the channel."""

    @property
    def taken_for(self) -> str:
        """What was made of it, in words."""
        if not self.failed:
            return "it came with a message that was stopped, which says nothing about the recipient"
        return "taken for a passing failure, which counts a little against the channel"


def heard(messages: Iterable[Message]) -> tuple[HeardCode, ...]:
    """Return the codes of messages that are not known, the most frequent first; at most `MOST_HEARD`."""
    counts: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for message in messages:
        for attempt in message.attempts:
            code = attempt.reason_code
            if code and reason_of(code) is None:
                counts[code] += 1
                failed[code] += attempt.status == MessageStatus.FAILED
    ranked = sorted(counts, key=lambda code: (-counts[code], code))
    return tuple(HeardCode(code, counts[code], failed[code]) for code in ranked[:MOST_HEARD])
