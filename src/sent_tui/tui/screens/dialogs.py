"""Small dialogs: a question with two answers, and a choice of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from sent_tui.tui.screens.once import Dialog
from sent_tui.tui.widgets.lines import Lines


class Confirm(Dialog[bool]):
    """Asks before something that is hard to take back. Escape and the first button say no."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "Cancel"),
        Binding("left,right", "app.focus_next", show=False),
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("n", "answer(False)", "No", show=False),
    ]

    def __init__(self, title: Content, body: Content, *, yes: str, no: str = "Cancel", dangerous: bool = False) -> None:
        super().__init__()
        self._heading = title
        self._body = body
        self._yes = yes
        self._no = no
        self._dangerous = dangerous

    def compose(self) -> ComposeResult:
        """Lay out the question and its answers."""
        with Vertical(classes="dialog"):
            yield Static(self._heading, classes="dialog-title")
            yield Static(self._body, classes="dialog-body")
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content(self._no), id="no", compact=True)
                yield Button(
                    Content(self._yes), id="yes", variant="error" if self._dangerous else "primary", compact=True
                )

    def on_mount(self) -> None:
        """Begin on the harmless answer when the other one does damage."""
        for button in self.query("#no" if self._dangerous else "#yes"):
            button.focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """Answer by a key."""
        self.dismiss(answer)


class Choice(Struct, frozen=True):
    """One line to choose."""

    value: str
    label: Content


class Choose(Dialog[str | None]):
    """Offers some lines; gives back the value of the chosen one, or None."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Cancel"),
        Binding("j", "move('down')", show=False),
        Binding("k", "move('up')", show=False),
    ]

    def __init__(self, title: Content, choices: Sequence[Choice], *, note: Content | None = None, at: int = 0) -> None:
        super().__init__()
        self._heading = title
        self._choices = choices
        self._note = note
        self._at = at

    def compose(self) -> ComposeResult:
        """Lay out the lines."""
        with Vertical(classes="dialog"):
            yield Static(self._heading, classes="dialog-title")
            yield Lines(*(Option(choice.label) for choice in self._choices), compact=True)
            if self._note is not None:
                yield Static(self._note, classes="dialog-note")

    def on_mount(self) -> None:
        """Begin on the present choice."""
        for lines in self.query(OptionList):
            lines.highlighted = self._at

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the choice back."""
        self.dismiss(self._choices[event.option_index].value)

    def action_move(self, direction: str) -> None:
        """Move by a line."""
        lines = self.query_one(OptionList)
        lines.action_cursor_down() if direction == "down" else lines.action_cursor_up()

    def action_cancel(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
