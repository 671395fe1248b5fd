"""For how long the event loop is held, while somebody works with a large list: what typing and scrolling wait for.

`python benchmarks/loop_gap.py [CONTACTS] [--keep DIR]` opens the app without a terminal, lets a heartbeat ask for its
turn every millisecond, and prints the longest gap between two of its turns, and the one that 99 of 100 stay below, in
milliseconds. A frame is 16 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot

from databases import database, keep_option, kept
from sent_tui.services.workspace import open_workspace
from sent_tui.tui.app import SentApp
from sent_tui.tui.launch import TURN, hurry

COUNT = 20_000
SIZE = (120, 36)
BEAT = 0.001
"""Seconds between two turns of the heartbeat."""
TYPED = "maria garcia"
PAGES = 20
FILTERS = "2345612345"
BETWEEN_KEYS = 0.08
"""Seconds between two keys of a quick hand."""


class Heartbeat:
    """Notes when it gets its turn on the event loop."""

    def __init__(self) -> None:
        self.gaps: list[float] = []

    async def beat(self) -> None:
        """Ask for a turn again and again, until it is cancelled."""
        last = time.perf_counter()
        while True:
            await asyncio.sleep(BEAT)
            now = time.perf_counter()
            self.gaps.append(max(0.0, now - last - BEAT))
            last = now


async def measured(work: Callable[[], Awaitable[None]]) -> list[float]:
    """Return the gaps of the event loop during some work, shortest first."""
    heartbeat = Heartbeat()
    beating = asyncio.create_task(heartbeat.beat())
    await work()
    beating.cancel()
    return sorted(heartbeat.gaps)


def keys(pilot: Pilot[None], *names: str) -> Callable[[], Awaitable[None]]:
    """Return the work of pressing keys one after the other, and waiting for what comes of them."""

    async def press() -> None:
        for name in names:
            await pilot.press(name)
            await asyncio.sleep(BETWEEN_KEYS)
        await asyncio.sleep(1)

    return press


async def watch(path: Path) -> None:
    """Open the app, do what people do, and print the gaps."""
    workspace = open_workspace(path, user="benchmark")
    app = SentApp(workspace)
    try:
        async with app.run_test(size=SIZE) as pilot:
            await asyncio.sleep(3)
            works = {
                "idle, 3 s": lambda: asyncio.sleep(3),
                f"typing {len(TYPED)} letters": keys(pilot, "slash", *("space" if c == " " else c for c in TYPED)),
                "leaving the search": keys(pilot, "escape", "escape"),
                f"page down x {PAGES}": keys(pilot, *["pagedown"] * PAGES),
                "switching filters": keys(pilot, *FILTERS),
            }
            print(f"{'event loop held, in ms':<26}{'longest':>9}{'p99':>9}{'turns':>9}")
            for name, work in works.items():
                gaps = await measured(work)
                longest, p99 = gaps[-1] * 1000, gaps[int(0.99 * len(gaps))] * 1000
                print(f"{name:<26}{longest:>9.1f}{p99:>9.1f}{len(gaps):>9,}")
    finally:
        workspace.close()


def main() -> None:
    """Fill a database and watch the app on it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contacts", nargs="?", type=int, default=COUNT)
    keep_option(parser)
    wanted = parser.parse_args()
    # As when the app is started on a terminal.
    hurry()
    sys.setswitchinterval(TURN)
    with kept(wanted.keep) as folder:
        path = database(folder, wanted.contacts)
        print(f"{wanted.contacts:,} contacts")
        asyncio.run(watch(path))


if __name__ == "__main__":
    main()
