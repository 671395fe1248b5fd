"""How checks age in the app, when one is proposed, and checking a whole list again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from sent_tui.core.channel import Channel
from sent_tui.errors import DatabaseError
from sent_tui.gateways.gateway import Finding, TransientGatewayError
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.checking import CheckingService
from sent_tui.services.contacts import NewContact
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.check_many import CheckMany
from sent_tui.tui.screens.dialogs import Choose
from sent_tui.tui.widgets.check_lines import checked_contents
from sent_tui.tui.widgets.send_panel import SendPanel
from tests.tui.harness import NARROW, NORMAL, NOW, WIDE, make_app, press, screen_text, settle, until

BOTH, ONLY_SMS = "+14155550100", "+14155550106"
REASON = "WhatsApp was last checked 12 months ago; if it is gone, SMS would go first"


class Network(Simulator):
    """A simulated network that does something before each look-up."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(clock, pace=0)
        self.asked: list[str] = []
        self.before_each: Callable[[], None] = lambda: None

    def detect(self, number: str) -> tuple[Finding, ...]:
        self.asked.append(number)
        self.before_each()
        return super().detect(number)


class Desk:
    def __init__(self) -> None:
        self.now = NOW
        self.network = Network(lambda: self.now)
        self.app = make_app(clock=lambda: self.now, gateway=self.network)
        contacts = self.app.workspace.contacts
        for number, name in ((BOTH, "Ada Okafor"), (ONLY_SMS, "Bo Lindqvist")):
            contacts.create(NewContact(number, name=name))
        self.network.asked.clear()
        self.now += timedelta(days=365)

    @property
    def dialog(self) -> CheckMany:
        assert isinstance(self.app.screen, CheckMany)
        return self.app.screen


@pytest.fixture
def desk() -> Desk:
    return Desk()


def one_line(app: SentApp) -> str:
    """Return what is on the screen as one line: sentences are broken anywhere."""
    return " ".join(screen_text(app).replace("│", " ").split())


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE, (140, 40)])
async def test_an_open_contact_says_how_sure_its_checks_are_and_proposes_one(desk: Desk, size: tuple[int, int]) -> None:
    async with desk.app.run_test(size=size) as pilot:
        await press(pilot, "enter")
        await press(pilot, *["pagedown"] * (size[1] < 20))
        shown = one_line(desk.app)
        assert "about 90% likely still true" in shown or size == NARROW
        await press(pilot, "c")
        await press(pilot, "home")
        assert "Worth a check" not in one_line(desk.app)
        assert desk.network.asked == [BOTH]


async def test_the_reason_is_told_with_the_contact_and_with_the_route(desk: Desk) -> None:
    async with desk.app.run_test(size=(120, 60)) as pilot:
        await press(pilot, "enter")
        assert f"Worth a check (c): {REASON}; worth 7 points" in one_line(desk.app)
        await press(pilot, "s")
        panel = desk.app.screen.query_one(SendPanel)
        assert panel.proposal is not None
        assert panel.proposal.reason == REASON
        await press(pilot, *"Hello")
        assert panel.proposal is not None
        # Free text goes by SMS here, and whether WhatsApp is gone changes nothing about that.
        assert "Worth a check" not in one_line(desk.app)
        panel.use_template("welcome")
        await settle(pilot)
        assert "Worth a check: WhatsApp" in one_line(desk.app)
        desk.app.workspace.contacts.check(desk.app.workspace.contacts.resolve(BOTH).id)
        await settle(pilot)
        assert panel.proposal is None
        assert "Worth a check" not in one_line(desk.app)


async def test_the_moves_of_the_default_channel_are_listed(desk: Desk) -> None:
    contacts = desk.app.workspace.contacts
    contact_id = contacts.resolve(BOTH).id
    contacts.set_default(contact_id, Channel.SMS)
    async with desk.app.run_test(size=(120, 70)) as pilot:
        await press(pilot, "enter")
        shown = one_line(desk.app)
        assert "Default moved: WhatsApp → SMS just now, by a person: chosen by a person" in shown
        assert "none → WhatsApp on 2 Mar 2026, when the contact was made" in shown
        for step in range(11):
            contacts.set_default(contact_id, Channel.WHATSAPP if step % 2 else Channel.SMS)
        await settle(pilot)
        assert "… and 2 older" in one_line(desk.app)


async def test_a_channel_that_a_fact_closed_says_what_opens_it(desk: Desk) -> None:
    app = desk.app
    contact = app.workspace.contacts.create(NewContact("+14155550102", name="Aa first")).contact
    sent = app.workspace.sending.send(contact.id, app.workspace.sending.template_content("welcome", {"name": "Aa"}))
    app.workspace.sending.follow(sent.id, pause=lambda seconds: None)
    async with app.run_test(size=(120, 60)) as pilot:
        await press(pilot, "enter")
        assert "left out since 2 Mar 2027" in one_line(app)
        whatsapp = app.workspace.repository.get(contact.id).status(Channel.WHATSAPP)
        [sure, closed] = [content.plain for content in checked_contents(whatsapp, desk.now)]
        assert sure == "closed by a delivery result just now; about 99% likely still true"
        assert closed.endswith("until a check finds it again or the person writes on it: c checks it")


async def test_nothing_is_checked_without_an_answer(desk: Desk) -> None:
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "C")
        assert isinstance(desk.app.screen, Choose)
        assert "All 2 contacts" in screen_text(desk.app)
        await press(pilot, "escape")
        assert desk.network.asked == []
        await press(pilot, "slash", *"nobody", "escape", "C")
        assert not isinstance(desk.app.screen, Choose)
        assert "There is no contact in this list." in screen_text(desk.app)


@pytest.mark.parametrize("size", [NARROW, NORMAL, (140, 40)])
async def test_a_list_is_checked(desk: Desk, size: tuple[int, int]) -> None:
    async with desk.app.run_test(size=size) as pilot:
        await press(pilot, "C", "down", "enter")
        assert desk.network.asked == [BOTH, ONLY_SMS]
        report = desk.dialog.report
        assert report is not None
        assert (report.checked, report.is_cancelled) == (2, False)
        shown = screen_text(desk.app)
        assert "Checked 2 contacts." in shown
        assert "esc closes" in shown
        await press(pilot, "escape")
        assert not isinstance(desk.app.screen, CheckMany)


async def test_only_those_for_whom_it_pays(desk: Desk) -> None:
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "C", "enter")
        assert desk.network.asked == [BOTH]
        assert desk.dialog.looked_at == (0, 2)
        await press(pilot, "enter")
        await press(pilot, "C", "enter")
        assert desk.network.asked == [BOTH]
        assert "Checked 0 contacts." in screen_text(desk.app)


async def test_a_filter_narrows_it_down(desk: Desk) -> None:
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "2", "C", "down", "enter")
        assert desk.network.asked == [BOTH]


async def test_escape_stops_it_and_keeps_what_is_done(desk: Desk) -> None:
    async with desk.app.run_test(size=NORMAL) as pilot:

        def stop() -> None:
            desk.network.before_each = lambda: None
            desk.app.call_from_thread(desk.dialog.action_back)

        desk.network.before_each = stop
        await press(pilot, "C", "down", "enter")
        await until(pilot, lambda: desk.dialog.report is not None)
        report = desk.dialog.report
        assert report is not None
        assert (report.is_cancelled, report.checked) == (True, 1)
        assert desk.network.asked == [BOTH]
        assert "Stopped. Checked 1 contact." in screen_text(desk.app)


async def test_progress_is_shown(desk: Desk) -> None:
    seen: list[str] = []

    def look() -> None:
        seen.append(desk.app.call_from_thread(lambda: screen_text(desk.app)))
        desk.now += timedelta(seconds=2)

    desk.network.before_each = look
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "C", "down", "enter")
        await settle(pilot)
        assert "esc stops; what is checked by then is kept" in seen[-1]
        progress = desk.dialog.progress
        assert progress is not None
        assert (progress.done, progress.total) == (2, 2)


async def test_who_is_not_answered_for_is_counted(desk: Desk) -> None:
    def refuse() -> None:
        raise TransientGatewayError("The network is down")

    desk.network.before_each = refuse
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "C", "down", "enter")
        assert "2 without an answer" in screen_text(desk.app)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DatabaseError("The disk is full", "Nothing was stored."), "✗ The disk is full. Nothing was stored."),
        (RuntimeError("oh"), "✗ Something went wrong. What was checked so far is kept."),
    ],
)
async def test_a_failure_is_told_in_words(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(CheckingService, "check_many", fail)
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "C", "down", "enter")
        await settle(pilot)
        assert words in screen_text(desk.app)
        await press(pilot, "q")
        assert not isinstance(desk.app.screen, CheckMany)


async def test_a_database_that_is_only_read_is_left_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(desk.app.workspace.repository), "read_only", "It was opened for reading only.")
    async with desk.app.run_test(size=NORMAL) as pilot:
        await press(pilot, "C")
        assert not isinstance(desk.app.screen, Choose)
        assert "The database is read-only." in screen_text(desk.app)
