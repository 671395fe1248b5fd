"""What the children do that send messages, and the gateway that counts what it is given."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from fault_campaign.jobs import Channel as Wire
from fault_campaign.subjects import AT, PATIENCE, identity, person
from sent_tui.core.bulk import BulkStatus
from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Message, MessageStatus, Template
from sent_tui.gateways.gateway import Finding, Receipt, Report, SendRequest, TransientGatewayError
from sent_tui.services.bulk import BulkService
from sent_tui.services.claiming import GIVE_UP_AFTER
from sent_tui.services.sending import SendingService
from sent_tui.store.tinydb import TinyDBRepository

HANDED_OVER = "handed-over"
"""The file in which the gateway counts: a line for each hand-over, with key, channel, number and text."""
SOON = timedelta(hours=1)
"""When scheduled messages are to go out."""
RATE = 2.0
"""Messages a second in a bulk send."""
TIMERS = timedelta(minutes=10).total_seconds()
"""A process that goes on after more seconds than this is one that lets timers run out."""
LATER = timedelta(minutes=2)
"""So much later a fresh process goes on."""
RESENDS = "sends again"
"""The weakness of a process that sends again, under a new key, what it knows no outcome of."""
FAILS_EVERY = 3
"""To one in so many contacts WhatsApp fails, and SMS is the way."""
SILENT_EVERY = 2
"""With timers, WhatsApp never reports anything of one in so many contacts."""
REFUSES_EVERY = 7
"""One in so many hand-overs does not take place: the network cannot be reached."""


@dataclass(frozen=True)
class HandedOver:
    """One message that the gateway was given."""

    key: str
    channel: str
    to: str
    text: str


def handed_over(folder: Path) -> list[HandedOver]:
    """Return everything that the gateway was given, in order; a line that was never finished was not taken."""
    path = folder / HANDED_OVER
    data = path.read_text() if path.exists() else ""
    return [HandedOver(*line.split("\t")) for line in data.splitlines(keepends=False)] if data else []


class CountingGateway:
    """A network that writes down each hand-over before it answers.

    With `dies`, the process is killed right after so many hand-overs, or right before one if it is negative. With
    `is_silent`, it reports nothing of some of its WhatsApp messages.
    """

    name = "counting"
    label = "counting"
    reroutes = False
    is_armed = True

    def __init__(self, folder: Path, dies: int = 0, *, is_silent: bool = False) -> None:
        self._folder = folder
        self._is_silent = is_silent
        self._dies = dies
        self._given = 0
        self._file = os.open(folder / HANDED_OVER, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def detect(self, number: str) -> tuple[Finding, ...]:
        """Find nothing."""
        return ()

    def send(self, request: SendRequest) -> Receipt:
        """Take a message; raises TransientGatewayError for some, of which it takes nothing."""
        if sum(request.idempotency_key.encode()) % REFUSES_EVERY == 0:
            raise TransientGatewayError("The network is down", "Nothing was sent.")
        self._given += 1
        if self._given == -self._dies:
            os.kill(os.getpid(), signal.SIGKILL)
        line = f"{request.idempotency_key}\t{request.channel}\t{request.to}\t{request.content.text}"
        os.write(self._file, f"{line}\n".encode())
        if self._given == self._dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return _receipt(request)

    def recall(self, request: SendRequest) -> Receipt | None:
        """Return the receipt of a message that was taken; of every second one it cannot tell."""
        if sum(request.idempotency_key.encode()) % 2:
            return None
        keys = {entry.key for entry in handed_over(self._folder)}
        return _receipt(request) if request.idempotency_key in keys else None

    def status(self, receipt: Receipt) -> tuple[Report, ...]:
        """Report the end at once, or nothing."""
        if self._is_silent and receipt.channel is Channel.WHATSAPP and int(receipt.to[-4:]) % SILENT_EVERY == 0:
            return ()
        fails = receipt.channel is Channel.WHATSAPP and int(receipt.to[-4:]) % FAILS_EVERY == 0
        if fails:
            return (Report(MessageStatus.FAILED, receipt.accepted_at, "DELIVERY_003"),)
        return (Report(MessageStatus.DELIVERED, receipt.accepted_at),)

    def templates(self) -> tuple[Template, ...]:
        """Have none."""
        return ()


def _receipt(request: SendRequest) -> Receipt:
    return Receipt(f"taken-{request.idempotency_key}", request.to, request.channel, AT)


def _open_contact(place: int) -> Contact:
    """Return a contact that both channels reach, with an open conversation."""
    contact = person(str(place), f"recipient {place}")
    for status in contact.channels:
        found = status.found(Availability.AVAILABLE, Source.LOOKUP, AT, "made for this")
        contact = contact.with_status(replace(found, last_inbound_at=AT))
    return contact


class _Program:
    """The services of one process, with a clock that only moves when it is told to."""

    def __init__(self, path: Path, at: datetime, dies: int = 0, *, is_silent: bool = False) -> None:
        numbers = count(1)
        prefix = f"{os.getpid()}-{os.urandom(3).hex()}"
        self.now = at
        self.repository = TinyDBRepository(path, lock_timeout=PATIENCE)
        gateway = CountingGateway(path.parent, dies, is_silent=is_silent)
        parts = (lambda: self.now, lambda: f"{prefix}-{next(numbers)}")
        self.sending = SendingService(self.repository, gateway, *parts)
        self.bulk = BulkService(self.repository, self.sending, *parts)

    def look(self) -> None:
        """Take every message one step on."""
        for message in (*self.sending.open_messages(), *self.sending.scheduled()):
            self.sending.advance(message.id)


def sender(wire: Wire, path: str, texts: list[str], dies: int = 0) -> None:
    """Send each text to a contact of its own, and follow it; each send that returned is told."""
    program = _Program(Path(path), AT, dies)
    repository, service = program.repository, program.sending
    repository.add([_open_contact(place) for place in range(len(texts))])
    wire.say("READY")
    wire.heard()
    for place, text in enumerate(texts):
        message = service.send(identity(str(place)), Content(text))
        wire.say("ACK", message.id)
        for _ in range(4):
            message = service.advance(message.id)
    wire.say("DONE")
    repository.close()


def scheduler(wire: Wire, path: str, texts: list[str], dies: int = 0) -> None:
    """Schedule each text for a contact of its own, then let the time come and send them; each stored one is told."""
    program = _Program(Path(path), AT, dies)
    program.repository.add([_open_contact(place) for place in range(len(texts))])
    wire.say("READY")
    wire.heard()
    for place, text in enumerate(texts):
        wire.say("ACK", program.sending.schedule(identity(str(place)), Content(text), AT + SOON).id)
    program.now = AT + SOON
    for _ in range(4):
        program.look()
    wire.say("DONE")
    program.repository.close()


def bulk_sender(wire: Wire, path: str, texts: list[str], dies: int = 0) -> None:
    """Send each text to a contact of its own, in one bulk send; its messages are told once it has begun."""
    program = _Program(Path(path), AT, dies)
    people = [_open_contact(place) for place in range(len(texts))]
    program.repository.add(people)
    wire.say("READY")
    wire.heard()
    said = dict(zip((person.id for person in people), texts, strict=True))
    bulk = program.bulk.begin(list(said), lambda person: Content(said[person.id]), text="", rate=RATE)
    for message in program.repository.of_bulk_send(bulk.id):
        wire.say("ACK", message.id)
    _run(program, bulk.id)
    program.look()
    wire.say("DONE")
    program.repository.close()


def patient(wire: Wire, path: str, texts: list[str], dies: int = 0) -> None:
    """Send each text to a contact of its own, and let the time of the steps run out, so that others follow."""
    program = _Program(Path(path), AT, dies, is_silent=True)
    program.repository.add([_open_contact(place) for place in range(len(texts))])
    wire.say("READY")
    wire.heard()
    for place, text in enumerate(texts):
        wire.say("ACK", program.sending.send(identity(str(place)), Content(text)).id)
    for _ in range(4):
        program.now += timedelta(minutes=8)
        program.look()
    wire.say("DONE")
    program.repository.close()


def _run(program: _Program, batch: str) -> None:
    def pause(seconds: float) -> None:
        program.now += timedelta(seconds=seconds)

    program.bulk.run(batch, pause=pause)


def resumer(wire: Wire, path: str, weakness: str = "", later: float = LATER.total_seconds()) -> None:
    """Go on, as a fresh process so many seconds later, until nothing moves any more; tell every message."""
    program = _Program(Path(path), AT + timedelta(seconds=later), is_silent=later > TIMERS)
    repository, service = program.repository, program.sending
    if weakness == RESENDS:
        for message in service.open_messages():
            if service.advance(message.id).status == MessageStatus.UNKNOWN:
                service.send(message.contact_id, message.content)
    for bulk in repository.bulk_sends():
        if bulk.status in {BulkStatus.RUNNING, BulkStatus.PAUSED}:
            program.bulk.resume(bulk.id)
            _run(program, bulk.id)
        elif bulk.status is BulkStatus.WRITING:
            program.bulk.cancel(bulk.id)
    before: list[Message] = []
    while (messages := list(repository.messages())) != before:
        before = messages
        program.look()
        program.now += timedelta(minutes=2)
    program.now += GIVE_UP_AFTER
    program.look()
    wire.say("MESSAGES", [_told(message) for message in repository.messages()])
    repository.close()


def _told(message: Message) -> dict[str, Any]:
    attempts: Iterable[dict[str, Any]] = (
        {"key": attempt.idempotency_key, "status": attempt.status, "channel": attempt.channel}
        for attempt in message.attempts
    )
    return {
        "id": message.id,
        "status": message.status,
        "text": message.content.text,
        "final": message.is_final,
        "attempts": list(attempts),
    }


SENDING_JOBS: dict[str, Callable[..., None]] = {
    "sender": sender,
    "scheduler": scheduler,
    "bulk_sender": bulk_sender,
    "patient": patient,
    "resumer": resumer,
}
