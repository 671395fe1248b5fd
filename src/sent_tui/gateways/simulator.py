"""The embedded default gateway: a deterministic network of fictional people. Nothing leaves the machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from math import isfinite
from threading import Lock
from uuid import UUID, uuid5

from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.message import MessageStatus, Template
from sent_tui.gateways.gateway import (
    Finding,
    Letter,
    PermanentGatewayError,
    Receipt,
    Report,
    SendRequest,
    TransientGatewayError,
    UnknownOutcomeError,
    check_number,
    check_request,
)
from sent_tui.gateways.simulator_chance import units
from sent_tui.gateways.simulator_course import course
from sent_tui.gateways.simulator_letters import answer, decisions, last_wrote, reply
from sent_tui.gateways.simulator_lives import registrations
from sent_tui.gateways.simulator_lookup import finding, look_up
from sent_tui.gateways.simulator_numbers import ANSWERED_AFTER, MAGIC_NUMBERS, Fault, MagicNumber
from sent_tui.gateways.simulator_templates import TEMPLATES, named
from sent_tui.gateways.simulator_windows import outage
from sent_tui.gateways.simulator_world import CALM, World

DEFAULT_SEED = 1
RECALLED_AFTER = 5.0
"""Seconds, at pace 1, until it is known that a message whose answer was lost was taken."""

_IDS = UUID("5b0f3d0e-6c55-4a83-9a52-0d6a0c9d7a11")
_NAME = "the network"
_NO_REASON = "the network gave no reason"
_RECEIPTS_KEPT = 10_000


class Simulator:
    """A network in which each number has a hidden truth at each time, drawn from the seed.

    `clock` gives the present time, with a time zone. `world` says how much changes and goes wrong. `pace` multiplies
    every delay: 0 is at once, 2 is half as fast. Several threads and processes may use it at once: with one seed and
    one world, they see the same network.
    """

    def __init__(
        self, clock: Callable[[], datetime], seed: int = DEFAULT_SEED, *, world: World = CALM, pace: float = 1.0
    ) -> None:
        if not (isfinite(pace) and pace >= 0):
            raise ValueError(f"pace must be a number from 0 on, not {pace}")
        self._clock = clock
        self._seed = seed
        self._world = world
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

    @property
    def reroutes(self) -> bool:
        """It leaves fallback to whoever sends."""
        return False

    @property
    def is_armed(self) -> bool:
        """It costs nothing, so that it always is."""
        return True

    def detect(self, number: str) -> tuple[Finding, ...]:
        """Look up which channels reach a number (E.164); 97 of 100 answers are right.

        Raises PermanentGatewayError for what is not E.164, TransientGatewayError for one magic number.
        """
        check_number(number, _NAME)
        magic = MAGIC_NUMBERS.get(number)
        if magic is not None:
            return _detect_magic(magic, self._clock())
        return look_up(self._world, self._seed, number, self._clock())

    def send(self, request: SendRequest) -> Receipt:
        """Hand a message over. The same idempotency key always gives the same message.

        Raises PermanentGatewayError for a request that makes no sense, and TransientGatewayError now and then, as often
        as the world has it; three magic numbers raise one error each.
        """
        check_request(request, _NAME)
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
        stages = magic.course(receipt.channel) if magic else course(self._world, self._seed, receipt)
        now = self._clock()
        reports = (
            Report(
                status=str(stage.status),
                at=receipt.accepted_at + timedelta(seconds=stage.after * self._pace),
                reason_code=stage.reason_code,
                detail=_NO_REASON if stage.status == MessageStatus.FAILED and stage.reason_code is None else "",
            )
            for stage in stages
        )
        return tuple(report for report in reports if report.at <= now)

    def templates(self) -> tuple[Template, ...]:
        """Return the approved templates."""
        return TEMPLATES

    def last_wrote(self, number: str, at: datetime) -> datetime | None:
        """Return when a person last wrote on WhatsApp on their own before a time; None when never.

        Beside `answer` and `decisions` it is what the simulated people write: not a part of what every gateway offers.
        """
        magic = MAGIC_NUMBERS.get(number)
        if magic is not None:
            return None if magic.wrote_ago is None else at - magic.wrote_ago
        return last_wrote(registrations(self._world, self._seed, number, at.timestamp()), at)

    def answer(self, receipt: Receipt) -> Letter | None:
        """Return what the person answered to a message so far."""
        magic = MAGIC_NUMBERS.get(receipt.to)
        if magic is None:
            letter = answer(self._world, self._seed, receipt, course(self._world, self._seed, receipt))
        elif magic.answers:
            letter = reply(receipt, magic.course(receipt.channel), magic.answers, ANSWERED_AFTER)
        else:
            return None
        if letter is None:
            return None
        letter = replace(letter, at=receipt.accepted_at + (letter.at - receipt.accepted_at) * self._pace)
        return letter if letter.at <= self._clock() else None

    def decisions(self, number: str, since: datetime) -> tuple[Letter, ...]:
        """Return the STOP and START that a person wrote on their own since a time, oldest first."""
        if number in MAGIC_NUMBERS:
            return ()
        return tuple(decisions(self._world, self._seed, number, since, self._clock()))

    def letters(self, receipt: Receipt) -> tuple[Letter, ...]:
        """Return the answer to a message, and the STOP and START of its person since then, oldest first."""
        answered = self.answer(receipt)
        decided = self.decisions(receipt.to, receipt.accepted_at)
        return tuple(sorted((answered, *decided) if answered else decided, key=lambda letter: letter.at))

    def _take(self, request: SendRequest) -> tuple[Receipt, bool]:
        """Return the receipt for a request, and whether its key is new to this instance."""
        key = request.idempotency_key
        with self._lock:
            known = self._receipts.get(key)
            if known is not None:
                return known, False
            receipt = self._receipt(request, self._clock())
            if request.to not in MAGIC_NUMBERS:
                self._check_hand_over(receipt)
            self._receipts[key] = receipt
            if len(self._receipts) > _RECEIPTS_KEPT:
                del self._receipts[next(iter(self._receipts))]
            return receipt, True

    def _receipt(self, request: SendRequest, at: datetime) -> Receipt:
        gateway_id = str(uuid5(_IDS, f"{self._seed}:{request.idempotency_key}"))
        return Receipt(named(gateway_id, request.content), request.to, request.channel, at)

    def _check_hand_over(self, receipt: Receipt) -> None:
        """Raise TransientGatewayError for a message that is not taken; the same one is refused for as long."""
        world, seed = self._world, self._seed
        fails, in_outage, *_ = units(f"{seed}|{receipt.gateway_id}|hand-over")
        if fails < world.hand_over_fails:
            raise _too_busy()
        if in_outage < world.outage_refuses and outage(
            world, seed, receipt.to, receipt.channel, receipt.accepted_at.timestamp()
        ):
            raise _too_busy()


def _detect_magic(magic: MagicNumber, now: datetime) -> tuple[Finding, ...]:
    if magic.fault is Fault.NETWORK_DOWN:
        raise _network_down()
    wrote = None if magic.wrote_ago is None else now - magic.wrote_ago
    return (
        finding(Channel.WHATSAPP, magic.whatsapp_found, wrote),
        finding(Channel.SMS, magic.sms_found),
    )


def _network_down() -> TransientGatewayError:
    return TransientGatewayError(
        "The simulated network is down",
        "It could not be reached, and nothing was sent.",
        "Try again later.",
    )


def _too_busy() -> TransientGatewayError:
    return TransientGatewayError(
        "The simulated network did not take the message",
        "It was too busy, and nothing was sent.",
        "Send it again.",
    )
