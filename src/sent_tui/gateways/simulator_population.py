"""The people of the simulated network: what is true of each number, drawn from a hash of the seed and the number.

Nothing is stored and no random state is kept, so every process with the same seed meets the same people.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

from sent_tui.core.channel import Channel
from sent_tui.core.message import MessageStatus
from sent_tui.gateways.simulator_numbers import Course, Stage

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
DEPENDABLE = 0.94
"""Share of working channels that nearly always deliver; the rest lose every second to fourth message."""
NEVER_WROTE = 0.3
WRITES_DAILY = 0.25
"""Shares of people on WhatsApp who never wrote, and who write so often that their conversation never closes."""
DAILY_SECONDS = 20 * 3600
SELDOM_SECONDS = 72 * 3600
"""All others write every third day: with those who write daily, 40 % have written in the last 24 hours."""
READS = 0.7
"""Share of delivered WhatsApp messages that are read, and reported as read."""

_SALT = "sent-tui-13"
_TRUTH = Struct(">8HI")
_FATE = Struct(">7H")
_UNIT = 1 / 65536


class Person(NamedTuple):
    """What is so about a number, whatever a lookup says of it."""

    on_whatsapp: bool
    takes_sms: bool
    whatsapp_chance: float
    """Probability that a WhatsApp message is delivered, 0 to 1, if the person is there at all."""
    sms_chance: float
    whatsapp_looked_up: bool
    """What a lookup answers, right or wrong."""
    sms_looked_up: bool
    writes_every: int
    """Seconds between WhatsApp messages from the person; 0 when none ever comes."""
    phase: int

    def last_wrote(self, now: datetime) -> datetime | None:
        """Return when the person last wrote on WhatsApp; None when never."""
        if not self.writes_every:
            return None
        second = int(now.timestamp())
        return datetime.fromtimestamp(second - (second - self.phase) % self.writes_every, now.tzinfo)


def person(seed: int, number: str) -> Person:
    """Return the truth about a number (E.164)."""
    draws = _TRUTH.unpack(blake2b(f"{_SALT}|{seed}|{number}".encode(), digest_size=_TRUTH.size).digest())
    reach, sms, steady_whatsapp, steady_sms, right_whatsapp, right_sms, habit, spread, phase = draws
    on_whatsapp = reach * _UNIT < _whatsapp_share(number)
    takes_sms = sms * _UNIT < SMS_SHARE
    return Person(
        on_whatsapp,
        takes_sms,
        _chance(steady_whatsapp, spread >> 8),
        _chance(steady_sms, spread & 0xFF),
        on_whatsapp is (right_whatsapp * _UNIT < LOOKUP_RIGHT),
        takes_sms is (right_sms * _UNIT < LOOKUP_RIGHT),
        _habit(habit * _UNIT) if on_whatsapp else 0,
        phase,
    )


def course(seed: int, number: str, channel: Channel, gateway_id: str) -> Course:
    """Return all that happens to one message: the same for the same message, whoever asks."""
    truth = person(seed, number)
    name = f"{_SALT}|{seed}|{number}|{channel.value}|{gateway_id}"
    draws = _FATE.unpack(blake2b(name.encode(), digest_size=_FATE.size).digest())
    luck, why, routed, sent, ended, reads, read = (draw * _UNIT for draw in draws)
    whatsapp = channel is Channel.WHATSAPP
    way = (
        Stage(MessageStatus.QUEUED, 0.0),
        Stage(MessageStatus.ROUTED, 0.05 + 0.07 * routed),
        Stage(MessageStatus.SENT, 0.15 + 0.15 * sent),
    )
    end = 0.4 + 1.1 * ended
    if not (truth.on_whatsapp if whatsapp else truth.takes_sms):
        return (*way, Stage(MessageStatus.FAILED, end, "DELIVERY_007" if whatsapp else _no_sms(why)))
    if luck >= (truth.whatsapp_chance if whatsapp else truth.sms_chance):
        return (*way, Stage(MessageStatus.FAILED, end, _soft(why)))
    delivered = (*way, Stage(MessageStatus.DELIVERED, end))
    if whatsapp and reads < READS:
        return (*delivered, Stage(MessageStatus.READ, end + 1.0 + 20.0 * read))
    return delivered


def _whatsapp_share(number: str) -> float:
    return _share_by_beginning(number[1:5])


@lru_cache(maxsize=1024)
def _share_by_beginning(digits: str) -> float:
    for length in (4, 3, 2, 1):
        share = WHATSAPP_SHARE.get(digits[:length])
        if share is not None:
            return share
    return OTHER_SHARE


def _chance(steady: int, spread: int) -> float:
    if steady * _UNIT < DEPENDABLE:
        return 0.95 + 0.05 * spread / 256
    return 0.5 + 0.25 * spread / 256


def _habit(draw: float) -> int:
    if draw < NEVER_WROTE:
        return 0
    return DAILY_SECONDS if draw < NEVER_WROTE + WRITES_DAILY else SELDOM_SECONDS


def _no_sms(why: float) -> str:
    return "DELIVERY_006" if why < 0.5 else "DELIVERY_005"


def _soft(why: float) -> str:
    if why < 0.6:
        return "DELIVERY_003"
    return "DELIVERY_001" if why < 0.95 else "PROVIDER_001"
