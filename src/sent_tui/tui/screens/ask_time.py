"""The question when a message shall go out: read while it is typed, with the time at which it arrives there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual import on, work
from textual.message import Message
from textual.reactive import var
from textual.widgets import Input, Static

from sent_tui.core.moments import EXAMPLES, local_times, read_moment
from sent_tui.core.numbering import time_zones_of
from sent_tui.core.quiet_hours import QuietHours
from sent_tui.errors import UsageError
from sent_tui.services.sending import check_time
from sent_tui.tui.background import TellsFailures
from sent_tui.tui.safe import BREAK, join, safe
from sent_tui.tui.screens.asking import AskLine


class AskTime(TellsFailures, AskLine):
    """Gives back the text of a time that can be used, or None; `read_time` reads it."""

    zones: var[tuple[str, ...]] = var(())
    """The time zones in which the contact may be, as far as the number tells: IANA names."""

    @dataclass(eq=False, repr=False)
    class ZonesRead(Message):
        """The time zones of the contact are known."""

        zones: tuple[str, ...]

    def __init__(
        self,
        to: str,
        now: datetime,
        *,
        number: str = "",
        present: datetime | None = None,
        quiet: QuietHours | None = None,
    ) -> None:
        """Ask when a message to somebody goes out; the number (E.164) tells what time it is there.

        `present` is the time that was said before, and is offered again unless it is past; `quiet` are the hours of the
        night there.
        """
        super().__init__(
            join("Send to ", safe(to, "bold", 40), " later"),
            join((EXAMPLES, "$text-muted")),
            yes="Go on",
            value=f"{present.astimezone():%Y-%m-%d %H:%M}" if present is not None and present > now else "",
            placeholder="when",
            limit=60,
            why_not=lambda text: why_no_time(text, now),
        )
        self._number = number
        self._quiet = quiet
        self._now = now

    def on_mount(self) -> None:
        """Tell the time that is offered, and find out what time it is there."""
        self.watch_zones()
        if self._number:
            self._read_zones()

    @work(thread=True, exit_on_error=False, group="zones", description="read the time zones")
    def _read_zones(self) -> None:
        self.post_message(self.ZonesRead(time_zones_of(self._number)))

    def on_ask_time_zones_read(self, message: ZonesRead) -> None:
        """Tell the time there."""
        self.zones = message.zones

    def watch_zones(self) -> None:
        """Read the text anew."""
        for field in self.query(Input):
            self._tell(field.value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._tell(event.value)

    def _tell(self, text: str) -> None:
        at = read_moment(text, self._now)
        line = join("")
        if text.strip() and at is None:
            line = join(("… not a time yet", "$text-muted"))
        elif at is not None:
            line = join(("→ ", "bold $primary"), time_words(at))
            if there := local_times(at, self.zones):
                line += join((f"   {there} there", "$text-muted"))
            if self._quiet is not None and self._quiet.covers(at, self.zones):
                hours = f"between {self._quiet.begin:%H:%M} and {self._quiet.end:%H:%M}"
                line += BREAK + join(("! ", "bold $text-warning"), f"It is night there: {hours}.")
        self.query_one("#why-not", Static).update(line)


def time_words(at: datetime) -> str:
    """Return a time of this machine as people write it, with its day: "Fri 27 Nov 2026, 09:00"."""
    local = at.astimezone()
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def why_no_time(text: str, now: datetime) -> str:
    """Return why nothing can be sent at the time that a text names, in words; empty when it can."""
    at = read_moment(text, now)
    if at is None:
        return "This is not a time. Write one like those above."
    try:
        check_time(at, now)
    except UsageError as error:
        return f"{error.title}. {error.message}"
    return ""
