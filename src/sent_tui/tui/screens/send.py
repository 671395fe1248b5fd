"""The send screen: one message to one contact, from the first word to the last report."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from sent_tui.tui.commands import EVERYWHERE, SEND, bindings
from sent_tui.tui.screens.on_contact import OnContact
from sent_tui.tui.screens.send_host import SendHost
from sent_tui.tui.screens.writing import Writes
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.composition import Stage
from sent_tui.tui.widgets.send_panel import SendPanel
from sent_tui.tui.widgets.status_line import KeyLine, TopLine


class SendScreen(Writes, OnContact):
    """The send panel on the whole screen."""

    TITLE = "Send"
    BINDINGS: ClassVar[list[BindingType]] = bindings(SEND)
    AUTO_FOCUS = ""

    def __init__(self, session: Session, contact_id: str) -> None:
        super().__init__(session)
        self._contact_id = contact_id
        self.host = SendHost(session)

    @property
    def contact_id(self) -> str:
        """Whom the message is for."""
        return self._contact_id

    @property
    def panel(self) -> SendPanel:
        """What is written, and where it goes."""
        return self.host.panel

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Send")
        yield self.host
        yield KeyLine(SEND, EVERYWHERE, typing=True)

    def on_mount(self) -> None:
        """Show the contact with its draft, and begin to write."""
        self.host.show(self._contact_id, focus=True)
        self.watch(self.panel, "stage", self._name_keys, init=False)
        self.watch(self.panel, "story", self._name_keys)

    def _name_keys(self) -> None:
        """Name the keys that act on what is shown."""
        line = self.query_one(KeyLine)
        line.typing, line.instead = self.panel.stage is not Stage.SENT, self.panel.hints

    def on_screen_resume(self) -> None:
        """Bring the route and the draft up to date after another screen was open."""
        self.host.catch_up()

    def on_writing_panel_left(self) -> None:
        """Go back to where one came from."""
        self.dismiss()

    def action_new_message(self) -> None:
        """Begin another message."""
        self.panel.action_new_message()

    def action_retry(self) -> None:
        """Send the message again."""
        self.panel.action_retry()

    def action_call_back(self) -> None:
        """Call the message back, while it waits in the outbox."""
        self.panel.action_call_back()
