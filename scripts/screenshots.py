"""Draw the pictures of the README and the walk-through from the demo data: `python scripts/screenshots.py [--check]`.

With `--check`, nothing is written; the exit code is 1 when a picture is not what the app looks like now.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.pilot import Pilot

from at_rest import settle
from drawing import picture
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.demo import Demo, demo, put_demo
from sent_tui.services.workspace import assemble
from sent_tui.store.memory import MemoryRepository
from sent_tui.tui.app import SentApp
from walk_through import walk

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


async def activity(pilot: Pilot[None]) -> None:
    """Show all messages."""
    await pilot.press("a")


async def insights(pilot: Pilot[None]) -> None:
    """Show what came of the messages."""
    await pilot.press("i")


GUESTS = """Name;Mobile;Groups;Notes;Customer no
Guest One;+1 202-555-0131;hotel;Late arrival;7001
Guest Two;12025550147.0;hotel, vip;Asks for tea;7002
Guest Three;070-1740605;;;7003
Guest Four;+46 70 174 06 12;hotel;;7004
Guest Five;;;Wrote by mail;7005
"""
"""A table with two good numbers, one that a spreadsheet spoilt, one without its country, and a row without any."""


def write_guests(folder: Path) -> Path:
    """Write the table into a folder, and return that."""
    (folder / "hotel guests.csv").write_text(GUESTS, encoding="utf-8")
    return folder


async def import_file(pilot: Pilot[None]) -> None:
    """Look at a file before it is imported."""
    app = pilot.app
    if not isinstance(app, SentApp):
        raise TypeError("no other app imports files")
    with TemporaryDirectory() as folder:
        app.session.places.folder = write_guests(Path(folder))
        await pilot.press("I")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)


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
    Shot("import", import_file),
    Shot("activity", activity),
    Shot("insights", insights),
)


async def draw(shot: Shot, theme: str, lived: Demo) -> str:
    """Return one picture as SVG."""
    repository = MemoryRepository()
    put_demo(repository, lived)
    workspace = assemble(repository, Simulator(lambda: NOW), user="demo", clock=lambda: NOW)
    app = SentApp(workspace, theme=theme, follow=False)
    async with app.run_test(size=shot.size) as pilot:
        await settle(pilot)
        await shot.act(pilot)
        await settle(pilot)
        return picture(app)


async def pictures() -> AsyncIterator[tuple[str, str]]:
    """Yield every picture: the name of its file, and the SVG."""
    lived = demo(NOW)
    for shot in SHOTS:
        for name, theme in THEMES.items():
            yield f"{shot.name}-{name}-{shot.size[0]}x{shot.size[1]}.svg", await draw(shot, theme, lived)
    async for name, svg in walk():
        yield name, svg


async def main() -> int:
    """Draw every picture; return the number of stale ones with `--check`."""
    checking = "--check" in sys.argv[1:]
    stale = []
    async for name, svg in pictures():
        file = FOLDER / name
        if file.exists() and file.read_text(encoding="utf-8") == svg:
            continue
        stale.append(name)
        if not checking:
            FOLDER.mkdir(exist_ok=True)
            file.write_text(svg, encoding="utf-8", newline="\n")
    if stale:
        words = "These pictures are stale; run scripts/screenshots.py" if checking else "Drawn anew"
        print(f"{words}: {', '.join(stale)}", file=sys.stderr)
    return int(checking and bool(stale))


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    sys.exit(asyncio.run(main()))
