"""Pictures of the app as SVG that are the same each time."""

from __future__ import annotations

import asyncio
import re

from textual.pilot import Pilot

from sent_tui.tui.app import SentApp


async def settle(pilot: Pilot[None]) -> None:
    """Wait until nothing is under way; a dialog that asks is not waited for."""
    for _ in range(4):
        busy = [worker for worker in pilot.app.workers if worker._thread_worker and not worker.is_finished]  # noqa: SLF001
        await asyncio.gather(*(worker.wait() for worker in busy), return_exceptions=True)
        await pilot.pause()


def picture(app: SentApp) -> str:
    """Return what is on the screen."""
    return re.sub(r"terminal-\d+-", "terminal-", app.export_screenshot(title="sent-tui"))
