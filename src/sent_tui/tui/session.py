"""What every screen is given: the workspace, and word of each change."""

from __future__ import annotations

from dataclasses import dataclass

from textual.signal import Signal

from sent_tui.services.workspace import Workspace
from sent_tui.store.repository import Change


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the app."""

    workspace: Workspace
    changes: Signal[Change]
    """Told of every change of the repository, on the event loop."""
    region: str = ""
    """The country of numbers without a calling code, ISO 3166-1 alpha-2; empty when none is set."""
