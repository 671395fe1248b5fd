"""Sync in the app: begun by a key, stopped, gone on with, and its conflicts walked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from at_rest import PATIENCE
from fault_campaign.sent_server import CUSTOMER, KEY, Fault, SentServer, booked, contact_id
from sent_tui.core.conversation import conversation_id
from sent_tui.core.secret import Secret
from sent_tui.gateways.sent import SentGateway
from sent_tui.services import asking
from sent_tui.tui.app import SentApp
from sent_tui.tui.live import NO_ACCOUNT
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.detail import ContactScreen
from sent_tui.tui.screens.help import HelpScreen
from sent_tui.tui.screens.sync import SyncScreen
from sent_tui.tui.widgets.contact_lines import facts_block
from sent_tui.tui.widgets.sync_lines import Conflicts
from tests.tui.harness import NARROW, NORMAL, NOW, WIDE, make_app, make_contact, press, screen_text, settle, until

ADA, BO = "+12125550100", "+12125550101"
EARLIER = NOW - timedelta(days=30)


class Office:
    """The app on the live gateway, whose server is on this machine."""

    def __init__(self) -> None:
        self.server = SentServer(lambda: NOW)
        self.world = self.server.world
        self.world.book = [booked(ADA, EARLIER, opt_out=True), booked(BO, EARLIER)]
        self.gateway = SentGateway(lambda: NOW, lambda: Secret(KEY), lambda: self.server.address)
        self.app = make_app([make_contact(ADA, "Ada Okafor"), make_contact(BO, "Bo")], gateway=self.gateway)

    def opt(self, number: str, *, out: bool) -> None:
        found = self.app.workspace.repository.find(number)
        assert found is not None
        contacts = self.app.workspace.contacts
        (contacts.opt_out if out else contacts.opt_in)(found.id, by="tester")

    def close(self) -> None:
        self.gateway.close()
        self.server.close()


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.close()


def sync(app: SentApp) -> SyncScreen:
    assert isinstance(app.screen, SyncScreen)
    return app.screen


def one_line(app: SentApp) -> str:
    return " ".join(screen_text(app).replace("│", " ").split())


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_what_it_came_to_is_told(office: Office, size: tuple[int, int]) -> None:
    async with office.app.run_test(size=size) as pilot:
        await press(pilot, "Y")
        shown = one_line(office.app)
        assert "Read 2 of 2 contacts: 0 new, 2 changed, 0 as before." in shown
        assert "1 contact opted out at Sent, and now here" in shown
        assert "Everything fits." in shown
        assert not sync(office.app).conflicts.display
        await press(pilot, "escape")
        assert isinstance(office.app.screen, ContactsScreen)


async def test_what_waits_is_told_once_live(office: Office) -> None:
    async with office.app.run_test(size=NORMAL) as pilot:
        office.opt(BO, out=True)
        await press(pilot, "Y")
        assert "Sent is still to be told of 1 contact: L sends live, then r tells it." in one_line(office.app)
        office.gateway.arm()
        await press(pilot, "r")
        assert "1 contact told to Sent" in one_line(office.app)
        assert [heard.body for heard in office.world.heard if heard.method == "PATCH"] == [{"opt_out": True}]


async def test_conflicts_are_walked_and_lead_to_their_contacts(office: Office) -> None:
    office.world.book.append(booked("+1", EARLIER, id=contact_id("x")))
    async with office.app.run_test(size=NORMAL) as pilot:
        office.opt(ADA, out=False)
        office.opt(BO, out=True)
        await press(pilot, "Y")
        screen = sync(office.app)
        assert screen.report is not None
        assert [conflict.number for conflict in screen.report.conflicts] == [ADA, BO, "+1"]
        assert "3 conflicts" in one_line(office.app)
        assert screen.conflicts.highlighted == 0
        await press(pilot, "j", "enter")
        opened = office.app.screen
        assert isinstance(opened, ContactScreen)
        assert opened.profile is not None
        assert "Bo" in screen_text(office.app)
        assert "channels sms,whatsapp, default whatsapp" in facts_block(opened.profile)[-1].content.plain
        await press(pilot, "escape", "j", "enter")
        sync(office.app)
        assert "It has no contact here." in screen_text(office.app)
        await press(pilot, "k", "k")
        screen.action_open_conflict()
        await settle(pilot)
        assert "Ada Okafor" in screen_text(office.app)


async def test_it_is_stopped_and_goes_on(office: Office) -> None:
    office.world.book += [booked(f"+12135550{place}", EARLIER) for place in range(100, 200)]
    reached, goes_on = threading.Event(), threading.Event()

    def hold(page: int) -> None:
        if page == 2 and not goes_on.is_set():
            reached.set()
            goes_on.wait(PATIENCE)

    office.world.on_page = hold
    async with office.app.run_test(size=NORMAL) as pilot:
        await pilot.press("Y", "r")
        await until(pilot, reached.is_set)
        await until(pilot, lambda: "100 of 102" in screen_text(office.app))
        await pilot.press("escape")
        await until(pilot, lambda: "Stopping" in screen_text(office.app))
        goes_on.set()
        await settle(pilot)
        assert "Stopped. What was read is kept; r goes on." in one_line(office.app)
        await press(pilot, "r")
        assert "Read 102 of 102 contacts" in one_line(office.app)


async def test_who_does_not_wait_for_the_stop_goes_back_at_once(office: Office) -> None:
    reached, goes_on = threading.Event(), threading.Event()

    def hold(page: int) -> None:
        reached.set()
        goes_on.wait(PATIENCE)

    office.world.on_page = hold
    async with office.app.run_test(size=NORMAL) as pilot:
        await pilot.press("Y")
        await until(pilot, reached.is_set)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(office.app.screen, ContactsScreen))
        goes_on.set()
        await settle(pilot)


async def test_trouble_is_told_with_what_was_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PAUSES", ())
    office.world.faults = lambda heard: Fault.HTML if "page=1" in heard.path else None
    async with office.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "Y")
        assert "✗ What came is no answer of Sent's." in one_line(office.app)
        assert "Read 0 contacts" in one_line(office.app)
        office.world.faults = lambda heard: None
        await press(pilot, "r")
        assert "Read 2 of 2 contacts" in one_line(office.app)


async def test_a_defect_of_ours_lets_one_go_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sent_tui.services.sync_pull.take", lambda *args: 1 / 0)
    async with office.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "Y")
        assert "Something went wrong. What was read so far is kept." in one_line(office.app)
        await press(pilot, "escape")
        assert isinstance(office.app.screen, ContactsScreen)


async def test_it_is_opened_once_and_has_help(office: Office) -> None:
    async with office.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "Y", "Y")
        assert [type(screen) for screen in office.app.screen_stack].count(SyncScreen) == 1
        await press(pilot, "question_mark")
        assert isinstance(office.app.screen, HelpScreen)


async def test_a_simulated_network_has_nothing_to_sync_with() -> None:
    app = make_app([make_contact(ADA, "Ada")])
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "Y")
        assert [notice.message for notice in app._notifications] == [NO_ACCOUNT]
        await press(pilot, "enter", "H")
        assert "no account to read from" in screen_text(app)


async def test_very_many_conflicts_are_counted(office: Office) -> None:
    office.world.book = [booked(f"+{place}", EARLIER) for place in range(300)]
    async with office.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "Y")
        assert "300 conflicts; the first 200 are listed" in one_line(office.app)
        assert office.app.screen.query_one(Conflicts).option_count == 200


async def test_the_messages_of_an_open_contact_are_read_from_sent(office: Office) -> None:
    office.world.letters[conversation_id(CUSTOMER, contact_id(ADA))] = [
        {
            "id": "letter-1",
            "direction": "INBOUND",
            "channel": "sms",
            "status": "RECEIVED",
            "created_at": EARLIER.isoformat(),
            "message_body": {"content": "Are you there?"},
        }
    ]
    async with office.app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter", "H")
        shown = one_line(office.app)
        assert "Are you there?" in shown
        assert "1 from the person added" in shown
