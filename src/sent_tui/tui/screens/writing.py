"""The commands of a screen with a panel on which a message is written: where nothing has the focus, they come here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sent_tui.tui.widgets.writing_panel import WritingPanel


class Writes:
    """Before a screen in the bases: each command is passed on to its panel."""

    if TYPE_CHECKING:

        @property
        def panel(self) -> WritingPanel:
            """Where a message is written."""

    def action_send_now(self) -> None:
        """Send, after a question."""
        self.panel.action_send_now()

    def action_schedule(self) -> None:
        """Ask when the message shall go out."""
        self.panel.action_schedule()

    def action_hold_back(self) -> None:
        """Send when the quiet hours of the recipient are over."""
        self.panel.action_hold_back()

    def action_next_channel(self) -> None:
        """Choose the next channel."""
        self.panel.action_next_channel()

    def action_next_template(self) -> None:
        """Choose a template, or free text."""
        self.panel.action_next_template()

    def action_write_plainly(self) -> None:
        """Write typographic characters as GSM-7 has them."""
        self.panel.action_write_plainly()

    def action_back(self) -> None:
        """Leave; what is written stays."""
        self.panel.action_back()
