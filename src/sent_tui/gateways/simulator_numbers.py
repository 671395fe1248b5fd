"""The simulator's magic numbers: one for each outcome worth practising.

All lie in +1 415 555 0100 to 0199, which is reserved for fiction: nobody can be called there, and the numbers are
valid all the same. What they do never depends on the seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from msgspec import Struct

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.message import MessageStatus


class Stage(Struct, frozen=True):
    """One status on the way of a message."""

    status: str
    after: float
    """Seconds from the hand-over, at pace 1."""
    reason_code: str | None = None


Course = tuple[Stage, ...]
"""All that happens to one message on one channel, oldest first."""

ON_THE_WAY: Course = (
    Stage(MessageStatus.QUEUED, 0.0),
    Stage(MessageStatus.ROUTED, 0.1),
    Stage(MessageStatus.SENT, 0.3),
)
ANSWERED_AFTER = 10.0
"""Seconds, at pace 1, after which some of them answer a message that arrived."""
PARKED = "PARKED"
"""A status that no contract knows: clients must show it as it is and go on waiting."""


class Fault(StrEnum):
    """What goes wrong before there is a receipt."""

    NETWORK_DOWN = "network_down"
    """Lookup and hand-over fail; nothing was sent."""
    ANSWER_LOST = "answer_lost"
    """The message is taken and the answer does not come."""
    REFUSED = "refused"
    """The message is not taken, and never will be."""


def _ends(status: str, after: float, reason_code: str | None = None) -> Course:
    return (*ON_THE_WAY, Stage(status, after, reason_code))


def _stopped(status: str, reason_code: str) -> Course:
    """Return the course of a message that no provider ever gets."""
    return (Stage(MessageStatus.QUEUED, 0.0), Stage(status, 0.5, reason_code))


def _fails(reason_code: str) -> Course:
    return _ends(MessageStatus.FAILED, 1.0, reason_code)


DELIVERED = _ends(MessageStatus.DELIVERED, 0.8)
READ = (*DELIVERED, Stage(MessageStatus.READ, 0.8))


class MagicNumber(Struct, frozen=True):
    """A number whose behaviour is fixed and documented."""

    number: str
    """E.164."""
    what_happens: str
    """In words, for the documentation."""
    whatsapp: Course = DELIVERED
    sms: Course = DELIVERED
    whatsapp_found: Availability = Availability.AVAILABLE
    """What the lookup says, true or not."""
    sms_found: Availability = Availability.AVAILABLE
    wrote_ago: timedelta | None = timedelta(hours=1)
    """How long before each lookup the person last wrote on WhatsApp."""
    answers: str = ""
    """What the person answers to each message."""
    fault: Fault | None = None

    def course(self, channel: Channel) -> Course:
        """Return what happens to a message on a channel."""
        return self.whatsapp if channel is Channel.WHATSAPP else self.sms


_TABLE = (
    MagicNumber(
        "+14155550100",
        "Delivered on WhatsApp; read ten seconds later.",
        whatsapp=(*DELIVERED, Stage(MessageStatus.READ, 10.8)),
    ),
    MagicNumber("+14155550101", "Delivered on WhatsApp and read at once.", whatsapp=READ),
    MagicNumber(
        "+14155550102",
        "The lookup is wrong: WhatsApp fails, not registered (DELIVERY_007). SMS delivers.",
        whatsapp=_fails("DELIVERY_007"),
    ),
    MagicNumber(
        "+14155550103",
        "The phone is off: WhatsApp fails by time-out (DELIVERY_003). SMS delivers.",
        whatsapp=_fails("DELIVERY_003"),
    ),
    MagicNumber(
        "+14155550104",
        "The phone stays off: WhatsApp and SMS both fail (DELIVERY_003). Trying again is allowed.",
        whatsapp=_fails("DELIVERY_003"),
        sms=_fails("DELIVERY_003"),
    ),
    MagicNumber(
        "+14155550105",
        "The number is dead: WhatsApp fails (DELIVERY_007), then SMS, not in service (DELIVERY_005).",
        whatsapp=_fails("DELIVERY_007"),
        sms=_fails("DELIVERY_005"),
    ),
    MagicNumber(
        "+14155550106",
        "Not on WhatsApp, and the lookup says so. SMS delivers.",
        whatsapp=_fails("DELIVERY_007"),
        whatsapp_found=Availability.UNAVAILABLE,
        wrote_ago=None,
    ),
    MagicNumber(
        "+14155550107",
        "A landline, which the lookup does not know: SMS goes first and fails (DELIVERY_006). WhatsApp delivers.",
        sms=_fails("DELIVERY_006"),
        whatsapp_found=Availability.UNKNOWN,
    ),
    MagicNumber(
        "+14155550108",
        "FILTERED: the person has opted out (CONSENT_001). Never sent again.",
        whatsapp=_stopped(MessageStatus.FILTERED, "CONSENT_001"),
        sms=_stopped(MessageStatus.FILTERED, "CONSENT_001"),
    ),
    MagicNumber(
        "+14155550109",
        "FILTERED: the carrier stops it for its content (POLICY_001).",
        whatsapp=_ends(MessageStatus.FILTERED, 0.5, "POLICY_001"),
        sms=_ends(MessageStatus.FILTERED, 0.5, "POLICY_001"),
    ),
    MagicNumber(
        "+14155550110",
        "BLOCKED: the account balance is too low (BUSINESS_003).",
        whatsapp=_stopped(MessageStatus.BLOCKED, "BUSINESS_003"),
        sms=_stopped(MessageStatus.BLOCKED, "BUSINESS_003"),
    ),
    MagicNumber(
        "+14155550111",
        "BLOCKED on WhatsApp: no open conversation (BUSINESS_008). SMS, when chosen, delivers.",
        whatsapp=_stopped(MessageStatus.BLOCKED, "BUSINESS_008"),
    ),
    MagicNumber(
        "+14155550112",
        "The provider has a fault: WhatsApp fails (PROVIDER_001), which says nothing about the person. SMS delivers.",
        whatsapp=_fails("PROVIDER_001"),
    ),
    MagicNumber(
        "+14155550113",
        "The network is down: neither the lookup nor the hand-over works, and nothing is sent.",
        fault=Fault.NETWORK_DOWN,
    ),
    MagicNumber(
        "+14155550114",
        "The answer to the hand-over is lost, so the outcome is unknown. In truth it is delivered.",
        fault=Fault.ANSWER_LOST,
    ),
    MagicNumber(
        "+14155550115",
        "The network refuses the message for good, on either channel; nothing is sent.",
        fault=Fault.REFUSED,
    ),
    MagicNumber(
        "+14155550116",
        "Slow: delivered after 30 seconds.",
        whatsapp=_ends(MessageStatus.DELIVERED, 30.0),
        sms=_ends(MessageStatus.DELIVERED, 30.0),
    ),
    MagicNumber("+14155550117", "Delivered on WhatsApp and never read."),
    MagicNumber(
        "+14155550118",
        "Stays SENT: no report ever comes.",
        whatsapp=ON_THE_WAY,
        sms=ON_THE_WAY,
    ),
    MagicNumber(
        "+14155550119",
        "Passes through PARKED, a status that no client knows, and is delivered.",
        whatsapp=(*ON_THE_WAY, Stage(PARKED, 0.6), Stage(MessageStatus.DELIVERED, 1.5)),
        sms=(*ON_THE_WAY, Stage(PARKED, 0.6), Stage(MessageStatus.DELIVERED, 1.5)),
    ),
    MagicNumber(
        "+14155550120",
        "The lookup has no answer: WhatsApp stays unknown, SMS rests on the numbering plan. Either delivers.",
        whatsapp_found=Availability.UNKNOWN,
        sms_found=Availability.UNKNOWN,
        wrote_ago=None,
    ),
    MagicNumber(
        "+14155550121",
        "On neither channel, and the lookup says so: there is no route.",
        whatsapp=_fails("DELIVERY_007"),
        sms=_fails("DELIVERY_006"),
        whatsapp_found=Availability.UNAVAILABLE,
        sms_found=Availability.UNAVAILABLE,
        wrote_ago=None,
    ),
    MagicNumber(
        "+14155550122",
        "Last wrote on WhatsApp 30 hours ago: free text goes by SMS, a template by WhatsApp. Both deliver.",
        wrote_ago=timedelta(hours=30),
    ),
    MagicNumber(
        "+14155550198",
        "Wrote 30 hours ago, and answers ten seconds after a message arrived: free text then goes by WhatsApp.",
        wrote_ago=timedelta(hours=30),
        answers="Thank you! Can you tell me more?",
    ),
    MagicNumber(
        "+14155550199",
        "Answers STOP ten seconds after a message arrived, and so opts out.",
        answers="STOP",
    ),
)

MAGIC_NUMBERS: Mapping[str, MagicNumber] = {magic.number: magic for magic in _TABLE}
"""Every magic number by its E.164 form."""
