"""The embedded default gateway: a deterministic network of fictional people. Nothing leaves the machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from math import isfinite
from threading import Lock
from uuid import UUID, uuid5

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.message import Template
from sent_tui.gateways.gateway import (
    Finding,
    PermanentGatewayError,
    Receipt,
    Report,
    SendRequest,
    TransientGatewayError,
    UnknownOutcomeError,
)
from sent_tui.gateways.simulator_numbers import MAGIC_NUMBERS, Fault, MagicNumber
from sent_tui.gateways.simulator_population import course, person

DEFAULT_SEED = 1
RECALLED_AFTER = 5.0
"""Seconds, at pace 1, until it is known that a message whose answer was lost was taken."""

_IDS = UUID("5b0f3d0e-6c55-4a83-9a52-0d6a0c9d7a11")
_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,255}")
_RECEIPTS_KEPT = 10_000
_SOURCE = "simulated lookup"
_EVIDENCE = {
    (Channel.WHATSAPP, Availability.AVAILABLE): f"registered on WhatsApp ({_SOURCE})",
    (Channel.WHATSAPP, Availability.UNAVAILABLE): f"not registered on WhatsApp ({_SOURCE})",
    (Channel.WHATSAPP, Availability.UNKNOWN): f"no answer about WhatsApp ({_SOURCE})",
    (Channel.SMS, Availability.AVAILABLE): f"takes SMS ({_SOURCE})",
    (Channel.SMS, Availability.UNAVAILABLE): f"does not take SMS ({_SOURCE})",
    (Channel.SMS, Availability.UNKNOWN): f"no answer about SMS ({_SOURCE})",
}
_FINDINGS = {(channel, found): Finding(channel, found, words) for (channel, found), words in _EVIDENCE.items()}
"""Without a time when the person wrote: the same for everybody."""
_WHATSAPP, _SMS = (
    {True: _FINDINGS[channel, Availability.AVAILABLE], False: _FINDINGS[channel, Availability.UNAVAILABLE]}
    for channel in (Channel.WHATSAPP, Channel.SMS)
)
_TEMPLATES = (
    Template(
        "welcome",
        "Hello {{name}}, welcome to Lantern Supply. Reply to this message whenever you need us.",
        ("name",),
        category="marketing",
    ),
    Template(
        "order_update",
        "Hello {{name}}, your order {{order}} is {{state}}. We will write again when that changes.",
        ("name", "order", "state"),
    ),
    Template(
        "appointment_reminder",
        "Hello {{name}}, we expect you on {{date}} at {{time}}. Reply C to confirm or R for another time.",
        ("name", "date", "time"),
    ),
    Template(
        "one_time_code",
        "{{code}} is your Lantern Supply code. It is good for 10 minutes. Do not pass it on.",
        ("code",),
        category="authentication",
    ),
    Template(
        "payment_reminder",
        "Hello {{name}}, invoice {{invoice}} over {{amount}} was due on {{date}}. If you have paid already, thank you.",
        ("name", "invoice", "amount", "date"),
    ),
)


class Simulator:
    """A network in which each number has a fixed, hidden truth, drawn from the seed.

    `clock` gives the present time, with a time zone. `pace` multiplies every delay: 0 is at once, 2 is half as fast.
    Several threads and processes may use it at once: with one seed, they see the same network.
    """

    def __init__(self, clock: Callable[[], datetime], seed: int = DEFAULT_SEED, *, pace: float = 1.0) -> None:
        if not (isfinite(pace) and pace >= 0):
            raise ValueError(f"pace must be a number from 0 on, not {pace}")
        self._clock = clock
        self._seed = seed
        self._pace = pace
        self._lock = Lock()
        self._receipts: dict[str, Receipt] = {}

    @property
    def name(self) -> str:
        """The name by which it is chosen."""
        return "simulator"

    @property
    def label(self) -> str:
        """How the status line names it."""
        return "simulator"

    def detect(self, number: str) -> tuple[Finding, ...]:
        """Look up which channels reach a number (E.164); 97 of 100 answers are right.

        Raises PermanentGatewayError for what is not E.164, TransientGatewayError for one magic number.
        """
        _check_number(number)
        magic = MAGIC_NUMBERS.get(number)
        if magic is not None:
            return _detect_magic(magic, self._clock())
        truth = person(self._seed, number)
        sms = _SMS[truth.sms_looked_up]
        wrote = truth.last_wrote(self._clock()) if truth.whatsapp_looked_up else None
        if wrote is not None:
            return _finding(Channel.WHATSAPP, Availability.AVAILABLE, wrote), sms
        return _WHATSAPP[truth.whatsapp_looked_up], sms

    def send(self, request: SendRequest) -> Receipt:
        """Hand a message over. The same idempotency key always gives the same message.

        Raises PermanentGatewayError for a request that makes no sense; three magic numbers raise one error each.
        """
        _check_request(request)
        magic = MAGIC_NUMBERS.get(request.to)
        fault = magic.fault if magic else None
        if fault is Fault.NETWORK_DOWN:
            raise _network_down()
        if fault is Fault.REFUSED:
            raise PermanentGatewayError(
                "The simulated network refused the message",
                f"It takes no message to {request.to}.",
                "Trying again will not help. Nothing was sent.",
            )
        receipt, is_new = self._take(request)
        if fault is Fault.ANSWER_LOST and is_new:
            raise UnknownOutcomeError(
                "The answer of the simulated network was lost",
                "The message was handed over. It may have been sent, or not.",
                "Wait until that is known before sending it again.",
            )
        return receipt

    def recall(self, request: SendRequest) -> Receipt | None:
        """Return the receipt of a request whose answer was lost; None while it cannot be told.

        It knows what this instance took. Of what another process handed over it knows only the magic number whose
        answers are always lost.
        """
        magic = MAGIC_NUMBERS.get(request.to)
        loses = magic is not None and magic.fault is Fault.ANSWER_LOST
        now = self._clock()
        with self._lock:
            known = self._receipts.get(request.idempotency_key)
        if known is None:
            return self._receipt(request, now) if loses else None
        if loses and now < known.accepted_at + timedelta(seconds=RECALLED_AFTER * self._pace):
            return None
        return known

    def status(self, receipt: Receipt) -> tuple[Report, ...]:
        """Return every report so far about a message, oldest first; times count from when it was accepted."""
        magic = MAGIC_NUMBERS.get(receipt.to)
        stages = (
            magic.course(receipt.channel)
            if magic
            else course(self._seed, receipt.to, receipt.channel, receipt.gateway_id)
        )
        now = self._clock()
        reports = (
            Report(
                status=str(stage.status),
                at=receipt.accepted_at + timedelta(seconds=stage.after * self._pace),
                reason_code=stage.reason_code,
                detail="simulated",
            )
            for stage in stages
        )
        return tuple(report for report in reports if report.at <= now)

    def templates(self) -> tuple[Template, ...]:
        """Return the approved templates."""
        return _TEMPLATES

    def _take(self, request: SendRequest) -> tuple[Receipt, bool]:
        """Return the receipt for a request, and whether its key is new to this instance."""
        key = request.idempotency_key
        with self._lock:
            known = self._receipts.get(key)
            if known is not None:
                return known, False
            receipt = self._receipts[key] = self._receipt(request, self._clock())
            if len(self._receipts) > _RECEIPTS_KEPT:
                del self._receipts[next(iter(self._receipts))]
            return receipt, True

    def _receipt(self, request: SendRequest, at: datetime) -> Receipt:
        gateway_id = uuid5(_IDS, f"{self._seed}:{request.idempotency_key}")
        return Receipt(str(gateway_id), request.to, request.channel, at)


def _detect_magic(magic: MagicNumber, now: datetime) -> tuple[Finding, ...]:
    if magic.fault is Fault.NETWORK_DOWN:
        raise _network_down()
    wrote = None if magic.wrote_ago is None else now - magic.wrote_ago
    return (
        _finding(Channel.WHATSAPP, magic.whatsapp_found, wrote),
        _finding(Channel.SMS, magic.sms_found),
    )


def _finding(channel: Channel, availability: Availability, last_inbound_at: datetime | None = None) -> Finding:
    if last_inbound_at is None:
        return _FINDINGS[channel, availability]
    return Finding(channel, availability, _EVIDENCE[channel, availability], last_inbound_at)


def _network_down() -> TransientGatewayError:
    return TransientGatewayError(
        "The simulated network is down",
        "It could not be reached, and nothing was sent.",
        "Try again later.",
    )


def _check_number(number: str) -> None:
    if not _E164.fullmatch(number):
        raise PermanentGatewayError(
            "Not a number that the network understands",
            "It takes numbers in E.164 form only, such as +14155550100.",
        )


def _check_request(request: SendRequest) -> None:
    _check_number(request.to)
    if not _KEY.fullmatch(request.idempotency_key):
        raise PermanentGatewayError(
            "Not an idempotency key that the network understands",
            "It is made of 1 to 255 letters, digits, underscores and hyphens.",
        )
    if not request.content.text.strip():
        raise PermanentGatewayError("The message is empty", "There is nothing to send.", "Write a text.")
