"""The outbox: what was sent waits, and is called back or goes out once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from sent_tui.core.message import Message, MessageStatus
from sent_tui.gateways.gateway import Receipt, SendRequest, TransientGatewayError
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.following import Follower
from sent_tui.store.tinydb import TinyDBRepository
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.send import SendScreen
from sent_tui.tui.widgets.composition import Stage
from tests.tui.harness import NARROW, NORMAL, WIDE, Clock, make_app, make_contact, press, screen_text, settle, until

READ = "+14155550101"
LONG, SHORT = timedelta(seconds=60), timedelta(milliseconds=1)


class Network(Simulator):
    """The simulator, which counts what it is given."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, pace=0)
        self.requests: list[SendRequest] = []

    def send(self, request: SendRequest) -> Receipt:
        self.requests.append(request)
        return super().send(request)


class Desk:
    def __init__(self, outbox: timedelta) -> None:
        self.clock = Clock()
        self.network = Network(self.clock)
        contact = make_contact(READ, "Ada Okafor")
        self.app = make_app([contact], clock=self.clock, gateway=self.network, outbox=outbox)
        self.contact_id = contact.id
        self.app.workspace.contacts.check(contact.id)

    @property
    def messages(self) -> Sequence[Message]:
        return self.app.workspace.repository.messages(contact_id=self.contact_id)

    @property
    def screen(self) -> SendScreen:
        assert isinstance(self.app.screen, SendScreen)
        return self.app.screen


def one_line(app: SentApp) -> str:
    """Return what is on the screen as one line: sentences are broken anywhere."""
    return " ".join(screen_text(app).replace("│", " ").split())


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_a_message_is_called_back_with_its_text(size: tuple[int, int]) -> None:
    desk = Desk(LONG)
    async with desk.app.run_test(size=size) as pilot:
        await press(pilot, "s", *"Hello", "ctrl+s", "enter")
        [message] = desk.messages
        assert message.is_waiting
        assert desk.network.requests == []
        assert "x calls it back: nothing was sent yet" in one_line(desk.app)
        await press(pilot, "x")
        [message] = desk.messages
        assert (message.status, message.attempts) == (MessageStatus.CANCELLED, ())
        panel = desk.screen.panel
        assert (panel.stage, panel.content.text) == (Stage.WRITING, "Hello")
        assert "Called back: nothing was sent." in one_line(desk.app)
        stored = desk.app.workspace.repository.draft(desk.contact_id)
        assert stored is not None
        assert stored.text == "Hello"
        await press(pilot, "!", "ctrl+s", "enter")
        assert [each.content.text for each in desk.messages] == ["Hello!", "Hello"]
        assert desk.messages[0].is_waiting
    assert [request.content.text for request in desk.network.requests] == ["Hello!"]


async def test_it_goes_out_when_the_seconds_are_over() -> None:
    desk = Desk(SHORT)
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "s", *"Hello", "ctrl+s", "enter")
        await until(pilot, lambda: not desk.messages[0].is_waiting)
        await settle(pilot)
        assert len(desk.network.requests) == 1
        assert "calls it back" not in one_line(desk.app)
        await press(pilot, "x")
        assert desk.messages[0].status != MessageStatus.CANCELLED
    assert len(desk.network.requests) == 1


async def test_a_text_is_sent_and_seen_delivered_in_four_keys_and_its_letters() -> None:
    desk = Desk(SHORT)
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "s", *"Hi", "ctrl+s", "enter")
        await until(pilot, lambda: bool(desk.network.requests))
        follower = Follower(desk.app.workspace.sending, desk.clock, desk.app.workspace.bulk)
        for _ in range(20):
            desk.clock.wait(30)
            follower.tick()
        await settle(pilot)
        assert "delivered" in one_line(desk.app).casefold() or "read" in one_line(desk.app).casefold()


async def test_it_goes_out_after_its_screen_was_left() -> None:
    desk = Desk(timedelta(milliseconds=50))
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "s", *"Hello", "ctrl+s", "enter", "escape")
        assert isinstance(desk.app.screen, ContactsScreen)
        await until(pilot, lambda: bool(desk.network.requests))


async def test_it_goes_out_when_the_app_is_closed() -> None:
    desk = Desk(LONG)
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "s", *"Hello", "ctrl+s", "enter", "ctrl+q")
    assert len(desk.network.requests) == 1
    assert not desk.messages[0].is_waiting


async def test_what_cannot_go_out_when_the_app_is_closed_stays_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(LONG)

    def refuse(message_id: str) -> Message:
        raise TransientGatewayError("The network is down", "Nothing was sent.", "Try again later.")

    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "s", *"Hello", "ctrl+s", "enter")
        monkeypatch.setattr(desk.app.workspace.sending, "dispatch", refuse)
    assert desk.messages[0].is_waiting


async def test_what_went_out_meanwhile_is_not_called_back() -> None:
    desk = Desk(LONG)
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "s", *"Hello", "ctrl+s", "enter")
        panel = desk.screen.panel
        panel.post_message(panel.CallBackWanted(desk.messages[0].id))
        desk.app.workspace.sending.dispatch(desk.messages[0].id)
        await settle(pilot)
        assert desk.messages[0].status != MessageStatus.CANCELLED
        assert panel.stage is Stage.SENT
        assert desk.app.workspace.repository.draft(desk.contact_id) is None
    assert len(desk.network.requests) == 1


async def test_without_an_outbox_it_goes_at_once() -> None:
    desk = Desk(timedelta())
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "s", *"Hello", "ctrl+s", "enter")
        assert len(desk.network.requests) == 1


def test_after_a_crash_it_goes_out_once_whoever_comes_first(tmp_path: Path) -> None:
    clock = Clock()
    network = Network(clock)
    with closing(TinyDBRepository(tmp_path / "contacts.db")) as store:
        crashed = make_app([make_contact(READ, "Ada")], clock=clock, gateway=network, repository=store)
        contact = crashed.workspace.contacts.resolve(READ)
        crashed.workspace.contacts.check(contact.id)
        sending = crashed.workspace.sending
        content = sending.template_content("welcome", {"name": "Ada"})
        sending.schedule(contact.id, content, clock() + timedelta(seconds=5))
    with (
        closing(TinyDBRepository(tmp_path / "contacts.db")) as one,
        closing(TinyDBRepository(tmp_path / "contacts.db")) as two,
    ):
        desks = [make_app(clock=clock, gateway=network, repository=store).workspace for store in (one, two)]
        followers = [Follower(desk.sending, clock, desk.bulk) for desk in desks]
        for follower in followers:
            follower.tick()
        assert network.requests == []
        clock.wait(6)
        for desk, follower in zip(desks, followers, strict=True):
            desk.repository.refresh()
            follower.tick()
        assert len(network.requests) == 1
