"""Help: the keys of the screen beneath, and how to read its signs."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sent_tui.tui.commands import EVERYWHERE, SCREENS, Command
from sent_tui.tui.safe import join
from sent_tui.tui.screens.once import Dialog

SIGNS = (
    ("WA", "WhatsApp reaches this number"),
    ("WA?", "not known yet; a check or a first message will tell"),
    ("–", "this channel does not reach it"),
    ("●", "default channel, chosen by the router"),
    ("◆", "default channel, chosen by a person; learning leaves it alone"),
    ("opt-out", "no message is sent to this contact"),
)
"""The signs of the list, and what they mean."""


class HelpScreen(Dialog[None]):
    """Lists every key of a screen."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close"),
        Binding("j", "scroll('down')", show=False),
        Binding("k", "scroll('up')", show=False),
    ]

    def __init__(self, screen_title: str) -> None:
        super().__init__()
        self._screen_title = screen_title

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        with VerticalScroll(classes="help", can_focus=True):
            yield Static(self._content())

    def action_scroll(self, direction: str) -> None:
        """Scroll by a line."""
        page = self.query_one(VerticalScroll)
        page.scroll_relative(y=1 if direction == "down" else -1, animate=False)

    def _content(self) -> Content:
        groups = SCREENS.get(self._screen_title, (EVERYWHERE,))
        lines = [join((f"Keys: {self._screen_title.lower()}", "bold $primary")), Content("")]
        for group in groups:
            lines += [*map(_key_line, group), Content("")]
        lines += [join(("Signs", "bold $primary")), Content("")]
        lines += [join((f"  {sign:<20}", "bold"), meaning) for sign, meaning in SIGNS]
        lines += [
            Content(""),
            join(
                (
                    "  Select text with the mouse while holding Shift (Option on macOS). Esc closes this page.",
                    "$text-muted",
                )
            ),
        ]
        return Content("\n").join(lines)


def _key_line(command: Command) -> Content:
    return join((f"  {command.all_keys:<20}", "bold"), command.title)
