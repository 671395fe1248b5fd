"""Whose account it is, and sending live only after a person said so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.widgets import Button

from fault_campaign.sent_server import KEY, Fault, SentServer, envelope
from sent_tui.core.secret import Secret
from sent_tui.gateways.sent import SentGateway
from sent_tui.tui.app import SentApp
from sent_tui.tui.live import SIMULATED, STOPPED
from sent_tui.tui.screens.dialogs import Confirm
from tests.tui.harness import NARROW, NORMAL, NOW, WIDE, make_app, make_contact, screen_text, settle, until

ADA = make_contact("+14155550100", "Ada")


class Live:
    """The app on the live gateway, whose server is on this machine."""

    def __init__(self) -> None:
        self.server = SentServer(lambda: NOW)
        self.gateway = SentGateway(lambda: NOW, lambda: Secret(KEY), lambda: self.server.address)
        self.app = make_app([ADA], gateway=self.gateway)

    def close(self) -> None:
        self.gateway.close()
        self.server.close()


@pytest.fixture
def live() -> Iterator[Live]:
    live = Live()
    yield live
    live.close()


def notices(app: SentApp) -> list[str]:
    return [notice.message for notice in app._notifications]


async def test_the_top_line_says_whose_account_it_is(live: Live) -> None:
    async with live.app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert "Sent sandbox · 1 contact" in screen_text(live.app)
        assert live.server.world.heard == [], "nothing is asked by an app that does nothing in the background"
        live.app.ask_account()
        await settle(pilot)
        assert "Sent sandbox · Lantern Supply · SMS WhatsApp CARRIER_PIGEON · 1 contact" in screen_text(live.app)


async def test_an_app_that_works_in_the_background_asks_by_itself(live: Live) -> None:
    app = SentApp(live.app.workspace)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: "Lantern Supply" in app.status)
        assert app.status.startswith("Sent sandbox · Lantern Supply")
        assert {heard.method for heard in live.server.world.heard} == {"GET"}


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_where_there_is_little_room_the_mode_stays(live: Live, size: tuple[int, int]) -> None:
    async with live.app.run_test(size=size) as pilot:
        live.app.ask_account()
        await settle(pilot)
        assert "Sent sandbox · Lantern Supply" in screen_text(live.app).splitlines()[0]


async def test_live_sending_begins_after_a_question_that_names_the_account(live: Live) -> None:
    async with live.app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("L")
        await settle(pilot)
        assert isinstance(live.app.screen, Confirm)
        shown = screen_text(live.app)
        assert "Send live from Lantern Supply?" in shown
        assert "Channels: SMS, WhatsApp, CARRIER_PIGEON." in shown
        assert isinstance(live.app.focused, Button)
        assert live.app.focused.id == "no"
        assert not live.gateway.is_armed
        await pilot.press("y")
        await settle(pilot)
        assert live.gateway.is_armed
        assert "Sent LIVE · Lantern Supply" in screen_text(live.app)
        assert notices(live.app) == ["Live: messages go out from Lantern Supply until sent-tui is closed."]


@pytest.mark.parametrize("key", ["escape", "n", "enter"])
async def test_without_a_yes_nothing_is_armed(live: Live, key: str) -> None:
    async with live.app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("L")
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)
        assert not isinstance(live.app.screen, Confirm)
        assert not live.gateway.is_armed
        assert "Sent sandbox" in screen_text(live.app)


async def test_the_same_key_stops_it(live: Live) -> None:
    live.gateway.arm()
    async with live.app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        assert "Sent LIVE" in screen_text(live.app)
        await pilot.press("L")
        await settle(pilot)
        assert not live.gateway.is_armed
        assert "Sent sandbox" in screen_text(live.app)
        assert notices(live.app) == [STOPPED]


async def test_two_presses_ask_once(live: Live) -> None:
    async with live.app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        live.app.action_switch_live()
        live.app.action_switch_live()
        await settle(pilot)
        assert sum(isinstance(screen, Confirm) for screen in live.app.screen_stack) == 1


@pytest.mark.parametrize("fault", [Fault.FAULT_BEFORE, Fault.HTML, Fault.RATE_LIMITED, Fault.REDIRECTED])
async def test_an_account_that_cannot_be_told_is_not_armed(live: Live, fault: Fault) -> None:
    live.server.world.faults = lambda heard: fault
    async with live.app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("L")
        await settle(pilot)
        assert not isinstance(live.app.screen, Confirm)
        assert not live.gateway.is_armed
        assert any("Nothing was sent." in notice for notice in notices(live.app))
        assert KEY not in screen_text(live.app)


async def test_an_account_that_fails_between_question_and_answer_is_not_armed(live: Live) -> None:
    async with live.app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("L")
        await settle(pilot)
        live.server.world.faults = lambda heard: Fault.FAULT_BEFORE
        await pilot.press("y")
        await settle(pilot)
        assert not live.gateway.is_armed
        assert notices(live.app) != []


async def test_a_hostile_account_name_is_tamed(live: Live) -> None:
    name = "[/red]\x1b[31m[@click=app.quit]x\u202e"
    live.server.world.answers["/v3/me"] = envelope(live.server.world, {"name": name, "channels": {"[b]": None}})
    async with live.app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("L")
        await settle(pilot)
        shown = screen_text(live.app)
        assert "[/red]" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        await pilot.press("y")
        await settle(pilot)
        assert live.gateway.is_armed


async def test_the_simulator_says_that_nothing_goes_out() -> None:
    app = make_app([ADA])
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("L")
        await settle(pilot)
        assert notices(app) == [SIMULATED]
        assert not isinstance(app.screen, Confirm)
