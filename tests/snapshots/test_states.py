"""How the contact list looks while it is read, when it cannot be read, and when the network is not reached."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from textual.pilot import Pilot

from fault_campaign.sent_server import KEY, SentServer
from sent_tui.core.search import EVERYONE, ContactQuery
from sent_tui.core.secret import Secret
from sent_tui.errors import DatabaseError
from sent_tui.gateways.sent import SentGateway
from sent_tui.store.memory import MemoryRepository
from sent_tui.tui.app import SentApp
from tests.snapshots.test_screens import NOW, SIZES, THEMES, normalised, svg
from tests.tui.harness import make_app, make_contact, press, screen_text, settle, until

__all__ = ["svg"]
EVERY_SIZE = pytest.mark.parametrize("size", SIZES)
BOTH_THEMES = pytest.mark.parametrize("theme", THEMES)
PEOPLE = [make_contact("+14155550123", "Ada Okafor"), make_contact("+14155550124", "Bo Lindqvist")]
UNREADABLE = DatabaseError(
    "The database cannot be read", "contacts.db: Input/output error.", "Check the disk, then start sent-tui again."
)


class Slow(MemoryRepository):
    """Reads its rows when it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def page(self, query: ContactQuery = EVERYONE, **options: Any) -> Any:
        assert self.go.wait(60)
        return super().page(query, **options)


class Unreadable(MemoryRepository):
    """Its rows cannot be read until the disk is mended."""

    is_mended = False

    def page(self, query: ContactQuery = EVERYONE, **options: Any) -> Any:
        if not self.is_mended:
            raise UNREADABLE
        return super().page(query, **options)


@pytest.fixture
def slow() -> Iterator[Slow]:
    repository = Slow()
    yield repository
    repository.go.set()


def away() -> SentGateway:
    """Return a gateway at a port on which nobody listens any more."""
    server = SentServer(lambda: NOW)
    server.close()
    return SentGateway(lambda: NOW, lambda: Secret(KEY), lambda: server.address)


@BOTH_THEMES
@EVERY_SIZE
async def test_reading(slow: Slow, size: str, theme: str, svg: Any) -> None:
    app = make_app(PEOPLE, repository=slow, theme=theme)
    async with app.run_test(size=SIZES[size]) as pilot:
        await until(pilot, lambda: "Reading the contacts" in screen_text(app))
        assert normalised(app) == svg
        slow.go.set()
        await settle(pilot)
        assert "Reading the contacts" not in screen_text(app)
        assert "Bo Lindqvist" in screen_text(app)


@BOTH_THEMES
@EVERY_SIZE
async def test_unreadable(size: str, theme: str, svg: Any) -> None:
    repository = Unreadable()
    app = make_app(PEOPLE, repository=repository, theme=theme)
    async with app.run_test(size=SIZES[size]) as pilot:
        await settle(pilot)
        assert normalised(app) == svg
        repository.is_mended = True
        await press(pilot, "escape")
        assert "Bo Lindqvist" in screen_text(app)


async def ask_whose_account(app: SentApp, pilot: Pilot[None]) -> None:
    await settle(pilot)
    app.ask_account()
    await settle(pilot)


@BOTH_THEMES
@EVERY_SIZE
async def test_not_reached(size: str, theme: str, svg: Any) -> None:
    app = make_app(PEOPLE, gateway=away(), theme=theme)
    async with app.run_test(size=SIZES[size], notifications=True) as pilot:
        await ask_whose_account(app, pilot)
        assert normalised(app) == svg
    app.workspace.close()


@EVERY_SIZE
async def test_not_sent(size: str, svg: Any) -> None:
    app = make_app(PEOPLE, gateway=away(), theme="sent-dark")
    async with app.run_test(size=SIZES[size]) as pilot:
        await press(pilot, "s", *"Hello", "ctrl+s", "y")
        await until(pilot, lambda: re.search(r"What you wrote is\s+kept", screen_text(app)))
        assert normalised(app) == svg
    app.workspace.close()
