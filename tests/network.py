"""A network for tests that reports what it is told to, and a desk on it with a clock of its own."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Message, Template, Wishes
from sent_tui.gateways.gateway import Finding, Receipt, Report, SendRequest, TransientGatewayError
from sent_tui.services.bulk import BulkService
from sent_tui.services.sending import SendingService
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.repository import Repository
from tests import factories

HELLO = Content("Hello")


class ScriptedNetwork:
    """Takes everything, and reports what a test puts into `reports`; `error` is raised by every hand-over instead."""

    name = "scripted"
    label = "scripted"
    reroutes = False
    is_armed = True

    def __init__(self, desk: ScriptedDesk) -> None:
        self._desk = desk
        self.taken: list[SendRequest] = []
        self.reports: dict[str, list[Report]] = {}
        """By idempotency key."""
        self.error: Exception | None = None
        self.is_mute = False
        """Whether it does not answer when it is asked for reports."""
        self.recalls = False
        """Whether it knows of what was handed over when it is asked after a lost answer."""

    @property
    def keys(self) -> Counter[str]:
        """How often each key was handed over."""
        return Counter(request.idempotency_key for request in self.taken)

    @property
    def channels(self) -> list[Channel]:
        """The channels of what was handed over."""
        return [request.channel for request in self.taken]

    def detect(self, number: str) -> tuple[Finding, ...]:
        return ()

    def send(self, request: SendRequest) -> Receipt:
        if self.error is not None:
            raise self.error
        self.taken.append(request)
        return self._receipt(request)

    def recall(self, request: SendRequest) -> Receipt | None:
        return self._receipt(request) if self.recalls else None

    def status(self, receipt: Receipt) -> tuple[Report, ...]:
        if self.is_mute:
            raise TransientGatewayError("The network is down")
        return tuple(self.reports.get(receipt.gateway_id.removeprefix("g-"), ()))

    def templates(self) -> tuple[Template, ...]:
        return (
            Template("welcome", "Hello {{name}}", ("name",), category="marketing"),
            Template("code", "{{code}} is your code", ("code",), category="authentication"),
        )

    def _receipt(self, request: SendRequest) -> Receipt:
        return Receipt(f"g-{request.idempotency_key}", request.to, request.channel, self._desk.now)


class ScriptedDesk:
    """Services on a store and the network; contacts are open on both channels."""

    def __init__(self, repository: Repository | None = None) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.repository = MemoryRepository() if repository is None else repository
        self.network = ScriptedNetwork(self)
        self._ids = itertools.count(1)
        self.sending, self.bulk = self.another()

    def another(self) -> tuple[SendingService, BulkService]:
        """Return services as another program on the same database has them."""
        parts = (self.repository, self.network, lambda: self.now, lambda: f"id-{next(self._ids)}")
        sending = SendingService(*parts)
        return sending, BulkService(self.repository, sending, parts[2], parts[3])

    def contact(self, place: int = 0, name: str = "") -> Contact:
        contact = factories.contact(place, name=name)
        for status in contact.channels:
            found = status.found(Availability.AVAILABLE, Source.LOOKUP, self.now, "made for this")
            contact = contact.with_status(replace(found, last_inbound_at=self.now))
        self.repository.add([contact])
        return contact

    def send(self, wishes: Wishes | None = None, content: Content = HELLO) -> Message:
        contact = self.contact(len(self.repository.messages()))
        return self.sending.send(contact.id, content, wishes=wishes or Wishes())

    def report(self, message: Message, index: int, status: str, code: str | None = None) -> None:
        """Let the network report about an attempt, now."""
        key = message.attempts[index].idempotency_key
        self.network.reports.setdefault(key, []).append(Report(status, self.now, code))

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def advanced(self, message: Message) -> Message:
        return self.sending.advance(message.id)

    def contact_of(self, message: Message) -> Contact:
        return self.repository.get(message.contact_id)
