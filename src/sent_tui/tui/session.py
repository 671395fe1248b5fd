"""What every screen is given: the workspace, and word of each change."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from msgspec import Struct, field
from textual.signal import Signal

from sent_tui.core.message import Draft
from sent_tui.core.quiet_hours import QuietHours
from sent_tui.services.workspace import Workspace
from sent_tui.store.repository import Change


class Places(Struct):
    """Where a person was last."""

    folder: Path = Path()
    """The folder of the last file that was read or written; at first the present one."""


class Unsent(Struct):
    """What was written and not sent, where no contact has it as a draft."""

    to_many: Draft | None = None
    """The last message to many that was written, for whomever it was: it is offered for others as well."""


class Session(Struct, frozen=True):
    """One run of the app."""

    workspace: Workspace
    changes: Signal[Change]
    """Told of every change of the repository, on the event loop."""
    region: str = ""
    """The country of numbers without a calling code, ISO 3166-1 alpha-2; empty when none is set."""
    rate: float = 5.0
    """Messages a second that go out to many contacts."""
    outbox: timedelta = timedelta()
    """How long a message that was sent waits, in which it can be called back; zero for not at all."""
    pause: timedelta = timedelta()
    """How long keys rest before what stands beside a list follows its cursor; zero for at once."""
    quiet: QuietHours | None = None
    """When a message would wake somebody, by the clock of the recipient; None where nobody minds."""
    places: Places = field(default_factory=Places)
    unsent: Unsent = field(default_factory=Unsent)
