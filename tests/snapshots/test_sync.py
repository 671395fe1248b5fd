"""How the page that syncs looks: under way, when all fits, and with conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fault_campaign.sent_server import KEY, SentServer, booked, contact_id
from sent_tui.core.channel import Channel
from sent_tui.core.secret import Secret
from sent_tui.gateways.sent import SentGateway
from sent_tui.services.sync_report import SyncProgress
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.sync import SyncScreen
from sent_tui.tui.widgets.sync_lines import progress_lines
from tests.snapshots.test_screens import SIZES, THEMES, normalised, svg
from tests.tui.harness import NOW, make_app, make_contact, press

__all__ = ["svg"]
NUMBERS = [f"+12125550{place}" for place in range(100, 112)]
EARLIER = NOW - timedelta(days=30)


@pytest.fixture
def server() -> Iterator[SentServer]:
    server = SentServer(lambda: NOW)
    server.world.book = [booked(number, EARLIER) for number in NUMBERS]
    yield server
    server.close()


def app_on(server: SentServer, theme: str) -> SentApp:
    gateway = SentGateway(lambda: NOW, lambda: Secret(KEY), lambda: server.address)
    return make_app([make_contact(number) for number in NUMBERS[:4]], gateway=gateway, theme=theme)


async def picture(app: SentApp, size: str, *, under_way: bool = False) -> str:
    async with app.run_test(size=SIZES[size]) as pilot:
        await press(pilot, "Y")
        if under_way:
            assert isinstance(app.screen, SyncScreen)
            app.screen.lines = progress_lines(SyncProgress(4_200, 12_408, timedelta(seconds=42)))
            await pilot.pause()
        shown = normalised(app)
    app.workspace.close()
    return shown


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_under_way(server: SentServer, size: str, theme: str, svg: Any) -> None:
    assert await picture(app_on(server, theme), size, under_way=True) == svg


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_all_fits(server: SentServer, size: str, theme: str, svg: Any) -> None:
    server.world.book[5] |= {"opt_out": True}
    assert await picture(app_on(server, theme), size) == svg


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_conflicts(server: SentServer, size: str, theme: str, svg: Any) -> None:
    app = app_on(server, theme)
    contacts = app.workspace.contacts
    ids = [row.id for row in app.workspace.repository.page().rows]
    contacts.opt_out(ids[0], by="ada")
    contacts.set_default(ids[1], Channel.SMS)
    server.world.book[6] |= {"format_e164": "+1 555", "phone_number": "555"}
    server.world.book.append(booked(NUMBERS[2], NOW, id=contact_id("another")))
    assert await picture(app, size) == svg
