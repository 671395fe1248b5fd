"""The gateway: what every network that carries messages offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.message import Content, Template
from sent_tui.errors import ExitCode, NetworkError


class TransientGatewayError(NetworkError):
    """Nothing was sent; the same request may work later."""


class PermanentGatewayError(NetworkError):
    """Nothing was sent, and the same request will never work."""

    exit_code = ExitCode.FAILED


class UnknownOutcomeError(NetworkError):
    """The request was handed over and the answer was lost: it may have been sent, or not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a lookup says about one channel of a number."""

    channel: Channel
    availability: Availability
    evidence: str
    last_inbound_at: datetime | None = None
    """When the person last wrote on this channel, if the gateway knows."""


@dataclass(frozen=True, slots=True)
class SendRequest:
    """One message on one channel."""

    idempotency_key: str
    """The same for every repetition of one intended send; `^[A-Za-z0-9_-]{1,255}$`."""
    to: str
    """E.164."""
    channel: Channel
    content: Content


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof that the gateway took a message."""

    gateway_id: str
    to: str
    channel: Channel
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """One status that a message reached, by Sent's names."""

    status: str
    at: datetime
    reason_code: str | None = None
    detail: str = ""


class Gateway(Protocol):
    """A network. Calls block for seconds at most and are made off the event loop.

    Each raises TransientGatewayError, PermanentGatewayError or, from `send` alone, UnknownOutcomeError.
    """

    @property
    def name(self) -> str:
        """The name by which it is chosen: `simulator`, `sent`."""
        ...

    @property
    def label(self) -> str:
        """How the status line names it, with what a person must know: simulated, sandbox or live."""
        ...

    def detect(self, number: str) -> tuple[Finding, ...]:
        """Look up which channels reach a number (E.164)."""
        ...

    def send(self, request: SendRequest) -> Receipt:
        """Hand a message over. The same idempotency key always gives the same receipt, and one message."""
        ...

    def recall(self, request: SendRequest) -> Receipt | None:
        """Return the receipt of a request whose answer was lost; None while it cannot be told. Sends nothing."""
        ...

    def status(self, receipt: Receipt) -> tuple[Report, ...]:
        """Return every report so far about a message, oldest first."""
        ...

    def templates(self) -> tuple[Template, ...]:
        """Return the approved templates."""
        ...
