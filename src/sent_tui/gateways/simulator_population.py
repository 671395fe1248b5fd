"""The people of the simulated network: what is true of each number to begin with.

All of it is drawn from a hash of the seed and the number. Nothing is stored and no random state is kept, so every
process with the same seed meets the same people.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

from sent_tui.gateways.simulator_chance import SALT

WHATSAPP_SHARE: Mapping[str, float] = {
    **dict.fromkeys(("55",), 0.95),
    **dict.fromkeys(("91", "234", "254", "27", "62", "60", "971", "966"), 0.93),
    **dict.fromkeys(("52", "54", "57", "56", "51", "34", "39", "351", "90", "92", "65", "852"), 0.91),
    **dict.fromkeys(("49", "41", "43", "31", "972"), 0.85),
    **dict.fromkeys(("44", "353", "32"), 0.75),
    **dict.fromkeys(("1876", "1868", "1246", "1809", "1829", "1849", "1787", "1939", "1242"), 0.8),
    **dict.fromkeys(("33", "48", "46", "45", "61", "64", "420"), 0.55),
    **dict.fromkeys(("1", "81", "82", "84", "47", "358"), 0.35),
    "86": 0.05,
}
"""Share of numbers that are on WhatsApp, by calling code; in North America also with the area code."""
OTHER_SHARE = 0.6
"""The same for every calling code that is not in the table."""
SMS_SHARE = 0.965
LOOKUP_RIGHT = 0.97
RELIABLE = 9
"""What working channels deliver is distributed as Beta(9, 1): 90 % on average, most of them more, a few far less."""
NEVER_WROTE = 0.3
WRITES_DAILY = 0.25
"""Shares of people on WhatsApp who never wrote, and who write so often that their conversation never closes."""
DAILY_SECONDS = 20 * 3600
SELDOM_SECONDS = 72 * 3600
"""All others write every third day: with those who write daily, 40 % have written in the last 24 hours."""

_TRUTH = Struct(">7H2xI")
_UNIT = 1 / 65536


class Place(NamedTuple):
    """Numbers that begin alike, and share what is so in a country."""

    prefix: str
    """The first digits, without plus."""
    whatsapp_share: float


class Person(NamedTuple):
    """What is so about a number, whatever a lookup says of it."""

    on_whatsapp: bool
    takes_sms: bool
    whatsapp_chance: float
    """Probability that a WhatsApp message is delivered, 0 to 1, if the person is there at all."""
    sms_chance: float
    whatsapp_right: bool
    """Whether a lookup of WhatsApp tells the truth that it knows, or its opposite."""
    sms_right: bool
    writes_every: int
    """Seconds between WhatsApp messages from the person, while on WhatsApp; 0 when none ever comes."""
    phase: int

    def last_wrote(self, now: datetime) -> datetime | None:
        """Return when the person last wrote on WhatsApp, being there; None when never."""
        if not (self.on_whatsapp and self.writes_every):
            return None
        second = int(now.timestamp())
        return datetime.fromtimestamp(second - (second - self.phase) % self.writes_every, now.tzinfo)


def person(seed: int, number: str, owner: int = 0) -> Person:
    """Return the truth about a number (E.164) as it is to begin with, or when a later owner gets it."""
    name = f"{number}#{owner}" if owner else number
    draws = _TRUTH.unpack(blake2b(f"{SALT}|{seed}|{name}".encode(), digest_size=_TRUTH.size).digest())
    reach, sms, whatsapp_chance, sms_chance, right_whatsapp, right_sms, habit, phase = draws
    return Person(
        reach * _UNIT < place_of(number).whatsapp_share,
        sms * _UNIT < SMS_SHARE,
        quality(whatsapp_chance * _UNIT),
        quality(sms_chance * _UNIT),
        right_whatsapp * _UNIT < LOOKUP_RIGHT,
        right_sms * _UNIT < LOOKUP_RIGHT,
        _habit(habit * _UNIT),
        phase,
    )


@lru_cache(maxsize=4096)
def may_take_sms(number: str) -> bool:
    """Return whether the numbering plan leaves SMS to a number (E.164): fixed lines and toll-free numbers have none."""
    # Nothing but an SMS on its way needs the numbering plan, and its tables are large.
    from sent_tui.core.channel import Availability
    from sent_tui.core.lifecycle import sms_by_type
    from sent_tui.core.phone import PhoneNumber, parse

    known = parse(number)
    return not isinstance(known, PhoneNumber) or sms_by_type(known.number_type) is not Availability.UNAVAILABLE


def place_of(number: str) -> Place:
    """Return where a number (E.164) belongs."""
    return _place_by_beginning(number[1:5])


@lru_cache(maxsize=1024)
def _place_by_beginning(digits: str) -> Place:
    for length in (4, 3, 2, 1):
        share = WHATSAPP_SHARE.get(digits[:length])
        if share is not None:
            return Place(digits[:length], share)
    return Place(digits[:2], OTHER_SHARE)


def quality(unit: float) -> float:
    """Return the probability that a working channel delivers, from a number below 1: that quantile of Beta(9, 1)."""
    return float(unit ** (1 / RELIABLE))


def _habit(draw: float) -> int:
    if draw < NEVER_WROTE:
        return 0
    return DAILY_SECONDS if draw < NEVER_WROTE + WRITES_DAILY else SELDOM_SECONDS
