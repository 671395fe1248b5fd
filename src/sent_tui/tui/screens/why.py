"""Why: what the route of a message to a contact rests on, channel by channel."""

from __future__ import annotations

from typing import ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.reactive import var

from sent_tui.core.channel import CHANNEL_ORDER
from sent_tui.core.rationale import Rationale
from sent_tui.store.repository import Change
from sent_tui.tui.commands import EVERYWHERE, WHY, bindings
from sent_tui.tui.messages import RationaleRead
from sent_tui.tui.rationale import ReadsRationale
from sent_tui.tui.screens.on_contact import OnContact
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.layout import Document
from sent_tui.tui.widgets.rationale_lines import channel_lines, decision_lines
from sent_tui.tui.widgets.status_line import KeyLine, TopLine

COLUMNS_FROM = 100
"""Cells of width from which the channels stand side by side."""


class WhyScreen(ReadsRationale, OnContact):
    """The decision on top, then each channel; side by side where there is room."""

    CSS_PATH = "why.tcss"
    TITLE = "Why"
    BINDINGS: ClassVar[list[BindingType]] = bindings(WHY)
    AUTO_FOCUS = "#why"

    rationale: var[Rationale | None] = var(None)

    page = getters.query_one("#why", VerticalScroll)

    def __init__(self, session: Session, contact_id: str) -> None:
        super().__init__(session)
        self._contact_id = contact_id

    @property
    def contact_id(self) -> str:
        """Whose route it is."""
        return self._contact_id

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Why")
        with VerticalScroll(id="why"):
            yield Document(id="decision")
            with Container(id="channels"):
                for channel in CHANNEL_ORDER:
                    yield Document(id=channel.value)
        yield KeyLine(WHY, EVERYWHERE)

    def on_mount(self) -> None:
        """Read what there is to tell, and listen to changes."""
        self.session.changes.subscribe(self, self._repository_changed, immediate=True)
        self.read_rationale(self._contact_id)

    def on_resize(self, event: events.Resize) -> None:
        """Put the channels side by side where there is room."""
        self.set_class(event.size.width >= COLUMNS_FROM, "-columns")
        self.call_after_refresh(self._draw)

    def on_rationale_read(self, message: RationaleRead) -> None:
        """Show it; of a contact that is gone there is nothing to show."""
        if message.rationale is None:
            self.dismiss()
        else:
            self.rationale = message.rationale

    def watch_rationale(self) -> None:
        """Draw it."""
        self._draw()

    def _draw(self) -> None:
        rationale = self.rationale
        if rationale is None or not self.is_mounted:
            return
        self.query_one("#decision", Document).lines = tuple(decision_lines(rationale))
        for channel in rationale.channels:
            place = self.query_one(f"#{channel.value}", Document)
            place.lines = tuple(channel_lines(rationale, channel, place.content_size.width))

    def _repository_changed(self, change: Change) -> None:
        if self.concerns(change):
            self.read_rationale(self._contact_id)

    def action_back(self) -> None:
        """Return to where one came from."""
        self.dismiss()
