"""The app for tests: on an empty store in memory, the simulated network and a clock that stands still."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from msgspec.structs import replace
from textual import events
from textual.app import App
from textual.keys import _character_to_key
from textual.pilot import Pilot

from at_rest import PATIENCE
from at_rest import settle as settle
from sent_tui.core.contact import Contact, new_contact
from sent_tui.core.lifecycle import normalised
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.quiet_hours import QuietHours
from sent_tui.gateways.gateway import Gateway
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.settings import SettingsService
from sent_tui.services.workspace import assemble
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.repository import Repository
from sent_tui.tui import keys_in_turn
from sent_tui.tui.app import SentApp
from sent_tui.tui.keymap import OWN_KEYS, Keymap

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""The time of every test that does not set another one."""
NARROW, NORMAL, WIDE = (60, 18), (80, 24), (120, 36)
"""Sizes of a terminal, for `run_test(size=...)`."""
KEYS_PATIENCE = keys_in_turn.PATIENCE
"""Seconds that a key waits for its turn in the app."""


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        """Let some seconds pass."""
        self.now += timedelta(seconds=seconds)


def make_contact(number: str, name: str = "", *, contact_id: str = "", **fields: Any) -> Contact:
    """Return a contact of a valid number in international format, whose channels were never looked up."""
    understood = parse(number)
    assert isinstance(understood, PhoneNumber), number
    contact = new_contact(understood, contact_id=contact_id or f"c{understood.whatsapp_id}", at=NOW)
    return normalised(replace(contact, name=name, **fields), NOW)


def make_app(
    contacts: Iterable[Contact] = (),
    *,
    clock: Callable[[], datetime] = lambda: NOW,
    gateway: Gateway | None = None,
    repository: Repository | None = None,
    theme: str = "",
    keymap: Keymap = OWN_KEYS,
    ascii_only: bool = False,
    outbox: timedelta = timedelta(),
    pause: timedelta = timedelta(),
    settings: SettingsService | None = None,
    quiet: QuietHours | None = None,
) -> SentApp:
    """Return the app on some contacts; it does nothing in the background, and new ids count from `id-1`."""
    store = MemoryRepository() if repository is None else repository
    store.add(contacts)
    numbers = count(1)
    workspace = assemble(
        store,
        Simulator(clock, pace=0) if gateway is None else gateway,
        user="tester",
        clock=clock,
        new_id=lambda: f"id-{next(numbers)}",
    )
    return SentApp(
        workspace,
        theme=theme,
        follow=False,
        keymap=keymap,
        ascii_only=ascii_only,
        outbox=outbox,
        pause=pause,
        settings=settings,
        quiet=quiet,
    )


def screen_text(app: App[Any]) -> str:
    """Return what the topmost screen shows, line by line, without the spaces at the ends of lines."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Wait until a condition holds while something is still under way."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"it never came true; the screen shows\n{screen_text(pilot.app)}"
        await pilot.pause(0.01)


async def paste(pilot: Pilot[Any], text: str) -> None:
    """Paste a text into what has the focus, as a terminal does, and wait for what comes of it."""
    pilot.app.post_message(events.Paste(text))
    await settle_patiently(pilot)


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after the other, and wait for what comes of each."""
    await settle(pilot)
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def type_ahead(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys faster than the app can follow."""
    for key in keys:
        name = key if len(key) > 1 or key.isalnum() else _character_to_key(key)
        pilot.app.post_message(events.Key(name, key if len(key) == 1 else None))


async def press_at_once(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys faster than the app can follow, and wait for what comes of it."""
    type_ahead(pilot, *keys)
    await settle_patiently(pilot)


async def settle_patiently(pilot: Pilot[Any]) -> None:
    """Wait as `settle` does, while keys wait for their turn as long as a busy machine takes."""
    vars(keys_in_turn)["PATIENCE"] = PATIENCE
    try:
        await settle(pilot)
    finally:
        vars(keys_in_turn)["PATIENCE"] = KEYS_PATIENCE
