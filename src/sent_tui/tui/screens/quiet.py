"""Whether it is night where the recipient of the send panel is, and until when a message can be held back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from sent_tui.core.moments import local_times
from sent_tui.core.numbering import time_zones_of
from sent_tui.core.quiet_hours import may_wake

if TYPE_CHECKING:
    from textual.containers import Vertical

    from sent_tui.services.workspace import Workspace
    from sent_tui.tui.session import Session
    from sent_tui.tui.widgets.send_panel import SendPanel

    _Base = Vertical
else:
    _Base = object


class MindsQuietHours(_Base):
    """Before a host of the send panel in the bases: it says when a message would come in the quiet hours."""

    if TYPE_CHECKING:
        session: Session
        workspace: Workspace
        panel: SendPanel

        def replan(self) -> None:
            """Bring the route and the time up to date."""

    _zones: tuple[str, tuple[str, ...]] = ("", ())
    """The number that was asked for last, and its time zones, once they are known."""

    @dataclass(eq=False, repr=False)
    class ZonesRead(Message):
        """The time zones of a number are known."""

        number: str
        zones: tuple[str, ...]

    def want_zones(self) -> None:
        """Find out the time zones of the contact, unless they are known; off the event loop, for a table is read."""
        contact = self.panel.contact
        if self.session.quiet is not None and contact is not None and self._zones[0] != contact.format_e164:
            self._zones = contact.format_e164, ()
            self._read_zones(contact.format_e164)

    @work(thread=True, exit_on_error=False, group="zones", description="read the time zones")
    def _read_zones(self, number: str) -> None:
        self.post_message(self.ZonesRead(number, time_zones_of(number)))

    def on_minds_quiet_hours_zones_read(self, event: ZonesRead) -> None:
        """Say what time it is there."""
        event.stop()
        if event.number == self._zones[0]:
            self._zones = event.number, event.zones
            self.replan()

    def quiet_until(self) -> datetime | None:
        """Return when the quiet hours end in which a message would arrive now; None where it would in none."""
        hours, zones, at = self.session.quiet, self._zones[1], self.workspace.clock() + self.session.outbox
        if hours is None or may_wake(self.panel.content) or not hours.covers(at, zones):
            return None
        return hours.end_after(at, zones)

    def quiet_words(self) -> str:
        """Return that it is night there, in words; empty where it is not."""
        until, zones = self.quiet_until(), self._zones[1]
        if until is None:
            return ""
        now, end = local_times(self.workspace.clock(), zones), local_times(until, zones)
        return f"It is {now} there: the quiet hours end at {end}."
