"""Pictures of the app as SVG that are the same each time."""

from __future__ import annotations

import re

from sent_tui.tui.app import SentApp


def picture(app: SentApp) -> str:
    """Return what is on the screen."""
    return re.sub(r"terminal-\d+-", "terminal-", app.export_screenshot(title="sent-tui"))
