"""A question that is answered by one line of text."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.once import Dialog
from sent_tui.tui.widgets.fields import TextField

WhyNot = Callable[[str], str]
"""Says in words why an answer cannot be taken; nothing where it can."""


def anything(text: str) -> str:
    """Take any answer but an empty one."""
    return "" if text.strip() else "Type something, or leave with esc."


class AskLine(Dialog[str | None]):
    """Gives back what was typed, or None. An answer that cannot be taken is told, and the question stays."""

    CSS_PATH = ["dialogs.tcss", "asking.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", priority=True)]
    AUTO_FOCUS = "TextField"

    def __init__(
        self,
        title: Content,
        body: Content,
        *,
        yes: str,
        value: str = "",
        placeholder: str = "",
        limit: int = 200,
        why_not: WhyNot = anything,
    ) -> None:
        super().__init__()
        self._heading = title
        self._body = body
        self._yes = yes
        self._field = TextField(value, placeholder=placeholder, limit=limit)
        self._why_not = why_not

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical(classes="dialog"):
            yield Static(self._heading, classes="dialog-title")
            yield Static(self._body, classes="dialog-body")
            yield self._field
            yield Static(id="why-not")
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content("Cancel (esc)"), id="no", compact=True)
                yield Button(Content(f"{self._yes} (enter)"), id="yes", variant="primary", compact=True)

    @on(Input.Submitted)
    def _entered(self) -> None:
        self._answer()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self._answer() if event.button.id == "yes" else self.action_cancel()

    def _answer(self) -> None:
        why_not = self._why_not(self._field.value)
        if why_not:
            self.query_one("#why-not", Static).update(join(("✗ ", "bold $text-error"), safe(why_not, limit=400)))
        else:
            self.dismiss(self._field.value.strip())

    def action_cancel(self) -> None:
        """Answer nothing."""
        self.dismiss(None)
