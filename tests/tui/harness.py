"""The app for tests: on an empty store in memory, the simulated network and a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from msgspec.structs import replace
from textual import events
from textual.app import App
from textual.keys import _character_to_key
from textual.pilot import Pilot

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
from sent_tui.tui.app import SentApp
from sent_tui.tui.keymap import OWN_KEYS, Keymap

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""The time of every test that does not set another one."""
NARROW, NORMAL, WIDE = (60, 18), (80, 24), (120, 36)
"""Sizes of a terminal, for `run_test(size=...)`."""
_ROUNDS = 50


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
    for _ in range(20 * _ROUNDS):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"it never came true; the screen shows\n{screen_text(pilot.app)}")


async def paste(pilot: Pilot[Any], text: str) -> None:
    """Paste a text into what has the focus, as a terminal does, and wait for what comes of it."""
    pilot.app.post_message(events.Paste(text))
    await settle(pilot)


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after the other, and wait for what comes of each."""
    await settle(pilot)
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def press_at_once(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys faster than the app can follow, and wait for what comes of it."""
    for key in keys:
        name = key if len(key) > 1 or key.isalnum() else _character_to_key(key)
        pilot.app.post_message(events.Key(name, key if len(key) == 1 else None))
    await settle(pilot)


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until no thread works for the app and every message was handled; a dialog that asks is not waited for."""
    for _ in range(_ROUNDS):
        await pilot.pause()
        if not getattr(pilot.app, "are_keys_done", True):
            continue
        busy = [worker for worker in pilot.app.workers if worker._thread_worker and not worker.is_finished]
        if not busy:
            break
        await asyncio.gather(*(worker.wait() for worker in busy), return_exceptions=True)
    else:
        raise AssertionError("the app does not come to rest")
    for _ in range(3):  # a message may ask for a layout, and that for a repaint
        await pilot.pause()
