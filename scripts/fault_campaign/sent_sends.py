"""Messages through the live gateway while its server fails in every way: none goes out twice, and none is lost.

The control is the SDK as it comes: it repeats requests by itself, without a key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from fault_campaign.sent_server import KEY, Fault, Heard, SentServer
from fault_campaign.table import Figures, control, ours
from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Message, MessageStatus
from sent_tui.core.secret import Secret
from sent_tui.gateways.sent import SentGateway
from sent_tui.services.contacts import NewContact
from sent_tui.services.workspace import Workspace, assemble
from sent_tui.store.memory import MemoryRepository

HELLO = Content("Hello there", "welcome", {"name": "Ada"})
BEGAN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FAULT = "a server that fails"
RESTARTED_EVERY = 20
AREAS = (212, 303, 312, 415, 512, 617, 702, 808, 916, 978)
CONTROL_SENDS = 20


class House:
    """Services on a store, whose gateway asks a server of this machine."""

    def __init__(self) -> None:
        self.now = BEGAN
        self.server = SentServer(lambda: self.now)
        self.world = self.server.world
        self.repository = MemoryRepository()
        self.gateways: list[SentGateway] = []
        self.workspace = self.restarted()

    def restarted(self, *, live: bool = True) -> Workspace:
        """Return services as another run has them: nothing but the store is kept."""
        gateway = SentGateway(
            lambda: self.now, lambda: Secret(KEY), lambda: self.server.address, chance=lambda: 0.0, answer_within=0.3
        )
        if live:
            gateway.arm()
        self.gateways.append(gateway)
        self.workspace = assemble(self.repository, gateway, user="ada", clock=lambda: self.now)
        return self.workspace

    def contact(self, number: str = "+14155550100") -> Contact:
        """Return the contact with a number, made when it is missing."""
        return self.workspace.contacts.create(NewContact(number)).contact

    def send(self, channel: Channel | None = None, number: str = "+14155550100") -> Message:
        """Send a template."""
        return self.workspace.sending.send(self.contact(number).id, HELLO, channel=channel)

    def settled(self, message: Message, seconds: float = 600) -> Message:
        """Return a message after some time in which it was looked at."""
        for _ in range(6):
            self.now += timedelta(seconds=seconds / 6)
            message = self.workspace.sending.advance(message.id)
        return message

    def close(self) -> None:
        """Let go of connections, and stop the server."""
        for gateway in self.gateways:
            gateway.close()
        self.server.close()


def campaign(sends: int, seed: int) -> list[Figures]:
    """Send so many messages, every second one into a fault, and judge each attempt; then let the control do it."""
    return [_ours(sends, seed), _control(seed)]


def _ours(sends: int, seed: int) -> Figures:
    figures = ours(FAULT)
    house, stranger = House(), SentServer(lambda: BEGAN)
    rng = Random(seed)
    house.world.elsewhere, house.world.retry_after = stranger.url, "1"
    try:
        house.world.faults = lambda heard: (
            rng.choice((*Fault, *[None] * len(Fault))) if heard.method == "POST" else None
        )
        sent = []
        for place in range(sends):
            sent.append(house.send(rng.choice((None, *Channel)), _number(place)))
            house.now += timedelta(seconds=rng.choice((0.2, 2, 30)))
            if place % RESTARTED_EVERY == RESTARTED_EVERY - 1:
                house.restarted()
        house.world.faults = lambda heard: None
        for message in sent:
            _judge(house, house.settled(message), figures)
        figures.bad["without a key"] += sum(not heard.key for heard in house.world.posts)
        figures.bad["the key went elsewhere"] += len(stranger.world.heard)
        figures.bad["made twice"] += _repeated(house)
    finally:
        house.close()
        stranger.close()
    return figures


def _control(seed: int) -> Figures:
    """Send by the SDK alone, into answers that are lost."""
    import sent_dm

    figures = control(FAULT, "the SDK as it comes")
    house = House()
    rng = Random(seed)
    lost = (Fault.FAULT_AFTER, Fault.DROPPED_AFTER, None)
    try:
        with sent_dm.Sent(api_key=KEY, base_url=house.server.url) as client:
            for place in range(CONTROL_SENDS):
                house.world.faults = _once(rng.choice(lost))
                client.messages.send(to=[_number(place)], text="Hello there")
                taken = sum(message.to == _number(place) for message in house.world.taken)
                figures.add("sent twice" if taken > 1 else "")
    finally:
        house.close()
    return figures


def _once(fault: Fault | None) -> Callable[[Heard], Fault | None]:
    left = [fault]
    return lambda heard: left.pop() if left else None


def _judge(house: House, message: Message, figures: Figures) -> None:
    taken = Counter(each.key for each in house.world.taken)
    for attempt in message.attempts:
        times = taken[attempt.idempotency_key]
        problem = ""
        if times > 1:
            problem = "sent twice"
        elif times and attempt.status not in {MessageStatus.DELIVERED, MessageStatus.UNKNOWN}:
            problem = "told as not sent"
        elif not times and attempt.status not in {MessageStatus.FAILED, MessageStatus.UNKNOWN}:
            problem = "invented"
        figures.add(problem, message)
        figures.info[str(attempt.status).lower()] += 1
        figures.info["unknown, though it was taken"] += bool(times) and attempt.status == MessageStatus.UNKNOWN


def _repeated(house: House) -> int:
    """Return how many hand-overs were made more than once, though nobody asked for it."""
    return sum(times - 1 for times in Counter(heard.key for heard in house.world.posts).values())


def _number(place: int) -> str:
    return f"+1{AREAS[place // 100 % len(AREAS)]}55501{place % 100:02}"
