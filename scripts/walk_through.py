"""One story at the desk, from the list as it opens to what came of it: a picture of each step, on the demo data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from textual.pilot import Pilot

from at_rest import settle
from drawing import picture
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.demo import fill_demo
from sent_tui.services.following import Follower
from sent_tui.services.workspace import Workspace, assemble
from sent_tui.store.memory import MemoryRepository
from sent_tui.tui.app import SentApp

SIZE = (100, 30)
BEGIN = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
TEXT = "Hello Anders, your invoice is paid. Thank you!"
UNDER_WAY = timedelta(seconds=30)
"""After so long, the message has arrived and every report is in."""


class Desk:
    """The app of the story, and its time."""

    def __init__(self) -> None:
        self.now = BEGIN
        repository, numbers = MemoryRepository(), count(1)
        fill_demo(repository, BEGIN)
        self.workspace: Workspace = assemble(
            repository,
            Simulator(self.time),
            user="demo",
            clock=self.time,
            new_id=lambda: f"step-{next(numbers)}",
        )
        self.app = SentApp(self.workspace, theme="sent-dark", follow=False)

    def time(self) -> datetime:
        """Return what time it is in the story."""
        return self.now

    async def press(self, pilot: Pilot[None], *keys: str) -> None:
        """Press keys, and wait for what comes of each."""
        for key in keys:
            await pilot.press(key)
            await settle(pilot)

    async def wait(self, pilot: Pilot[None]) -> None:
        """Let the message arrive, as the app hears of it."""
        workspace = self.workspace
        follower = Follower(workspace.sending, workspace.clock, workspace.bulk, workspace.hearing)
        for _ in range(3):
            self.now += UNDER_WAY / 3
            await asyncio.to_thread(follower.tick)
            await settle(pilot)


Act = Callable[[Desk, Pilot[None]], Awaitable[None]]


def keys(*pressed: str) -> Act:
    """Return the step of pressing some keys."""

    async def act(desk: Desk, pilot: Pilot[None]) -> None:
        await desk.press(pilot, *pressed)

    return act


async def write(desk: Desk, pilot: Pilot[None]) -> None:
    """Leave the reasons, open the send screen and write the text."""
    await desk.press(pilot, "escape", "s")
    await pilot.press(*({" ": "space"}.get(char, char) for char in TEXT))


async def send(desk: Desk, pilot: Pilot[None]) -> None:
    """Agree, and watch the message arrive."""
    await desk.press(pilot, "enter")
    await desk.wait(pilot)


@dataclass(frozen=True)
class Step:
    """One picture: its name, and what leads to it from the picture before."""

    name: str
    act: Act


STEPS = (
    Step("list", keys()),
    Step("found", keys("slash", *"0667")),
    Step("contact", keys("enter", "enter")),
    Step("why", keys("w")),
    Step("written", write),
    Step("asked", keys("ctrl+s")),
    Step("arrived", send),
    Step("marked", keys("escape", "escape", "escape", "escape", "slash", *"tag:trial", "enter", "plus", "number_sign")),
    Step("activity", keys("escape", "minus", "a")),
    Step("insights", keys("i")),
)


async def walk() -> AsyncIterator[tuple[str, str]]:
    """Yield each picture of the story: the name of its file, and the SVG."""
    desk = Desk()
    async with desk.app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        for number, step in enumerate(STEPS, 1):
            await step.act(desk, pilot)
            await settle(pilot)
            yield f"walk-{number:02}-{step.name}.svg", picture(desk.app)
