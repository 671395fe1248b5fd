"""Draw the README's pictures from the demo data: `python scripts/screenshots.py [--check]`.

With `--check`, nothing is written; the exit code is 1 when a picture is not what the app looks like now.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from sent_tui.gateways.simulator import Simulator
from sent_tui.services.demo import fill_demo
from sent_tui.services.workspace import assemble
from sent_tui.store.memory import MemoryRepository
from sent_tui.tui.app import SentApp

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"
NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
THEMES = {"dark": "sent-dark", "light": "sent-light"}

Act = Callable[[Pilot[None]], Awaitable[None]]


async def list_of_contacts(pilot: Pilot[None]) -> None:
    """Show the list as it opens."""


async def detail(pilot: Pilot[None]) -> None:
    """Open the first contact."""
    await pilot.press("enter")


async def create(pilot: Pilot[None]) -> None:
    """Type a number into the create form."""
    await pilot.press("n")
    await settle(pilot)
    await pilot.press(*"+14155550147")


async def send(pilot: Pilot[None]) -> None:
    """Write a message to the first contact."""
    await pilot.press("s")
    await settle(pilot)
    await pilot.press(*"Your")
    await pilot.press("space", *"parcel", "space", *"is", "space", *"at", "space", *"the", "space", *"door.")


@dataclass(frozen=True)
class Shot:
    """One picture: what to do, and at which size."""

    name: str
    act: Act
    size: tuple[int, int] = (120, 36)


SHOTS = (
    Shot("list", list_of_contacts),
    Shot("list", list_of_contacts, (80, 24)),
    Shot("detail", detail),
    Shot("create", create),
    Shot("send", send),
)


async def settle(pilot: Pilot[None]) -> None:
    """Wait until nothing is under way."""
    for _ in range(4):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def draw(shot: Shot, theme: str) -> str:
    """Return one picture as SVG."""
    repository = MemoryRepository()
    fill_demo(repository, NOW)
    workspace = assemble(repository, Simulator(lambda: NOW), user="demo", clock=lambda: NOW)
    app = SentApp(workspace, theme=theme, follow=False)
    async with app.run_test(size=shot.size) as pilot:
        await settle(pilot)
        await shot.act(pilot)
        await settle(pilot)
        svg = app.export_screenshot(title="sent-tui")
    return re.sub(r"terminal-\d+-", "terminal-", svg)


async def main() -> int:
    """Draw every picture; return the number of stale ones with `--check`."""
    checking = "--check" in sys.argv[1:]
    stale = []
    for shot in SHOTS:
        for name, theme in THEMES.items():
            file = FOLDER / f"{shot.name}-{name}-{shot.size[0]}x{shot.size[1]}.svg"
            svg = await draw(shot, theme)
            if file.exists() and file.read_text(encoding="utf-8") == svg:
                continue
            stale.append(file.name)
            if not checking:
                FOLDER.mkdir(exist_ok=True)
                file.write_text(svg, encoding="utf-8", newline="\n")
    if stale:
        words = "These pictures are stale; run scripts/screenshots.py" if checking else "Drawn anew"
        print(f"{words}: {', '.join(stale)}", file=sys.stderr)
    return int(checking and bool(stale))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
