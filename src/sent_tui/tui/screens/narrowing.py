"""A choice of one line of many, which a few letters make few."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from sent_tui.tui.safe import join
from sent_tui.tui.screens.dialogs import Choice
from sent_tui.tui.screens.once import Dialog
from sent_tui.tui.widgets.fields import TextField
from sent_tui.tui.widgets.lines import Lines


class Narrowing(Dialog[str | None]):
    """Gives back the value of the chosen line, or None. What is offered for a text is up to `fitting`."""

    CSS_PATH = ["dialogs.tcss", "narrowing.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", priority=True),
        Binding("down,ctrl+n", "move('cursor_down')", show=False, priority=True),
        Binding("up,ctrl+p", "move('cursor_up')", show=False, priority=True),
        Binding("pagedown", "move('page_down')", show=False, priority=True),
        Binding("pageup", "move('page_up')", show=False, priority=True),
    ]
    NOTHING_FITS: ClassVar[str] = "Nothing fits."
    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (("↑ ↓", "move"), ("enter", "choose"), ("esc", "cancel"))
    """The keys that are named under the lines, and what they do."""

    def __init__(self, title: Content, placeholder: str, typed: str = "", chosen: str | None = None) -> None:
        super().__init__()
        self._heading = title
        self._placeholder = placeholder
        self._typed = typed
        self._chosen = chosen
        self._offered: tuple[str, ...] = ()

    @abstractmethod
    def fitting(self, typed: str) -> Sequence[Choice]:
        """Return the lines that fit what was typed, the likeliest first."""

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical(classes="dialog"):
            yield Static(self._heading, classes="dialog-title")
            yield TextField(self._typed, placeholder=self._placeholder, limit=40)
            yield Lines(compact=True)
            keys = Content("   ").join([join((key, "bold"), f" {words}") for key, words in self.KEYS])
            yield Static(keys, classes="dialog-note")

    def on_mount(self) -> None:
        """Offer what fits, and begin on what is chosen now."""
        lines = self.query_one(OptionList)
        lines.can_focus = False
        self.offer()
        if self._chosen in self._offered:
            lines.highlighted = self._offered.index(self._chosen)

    def offer(self) -> None:
        """Offer what fits the text in the field."""
        choices = self.fitting(self.query_one(TextField).value)
        lines = [Option(choice.label) for choice in choices]
        offered = self.query_one(OptionList)
        offered.clear_options()
        offered.add_options(lines or [Option(join((self.NOTHING_FITS, "$text-muted")), disabled=True)])
        self._offered = tuple(choice.value for choice in choices)
        offered.highlighted = 0 if choices else None

    @property
    def under_cursor(self) -> str | None:
        """The value of the line under the cursor."""
        at = self.query_one(OptionList).highlighted
        return self._offered[at] if at is not None and at < len(self._offered) else None

    @on(Input.Changed)
    def _look(self) -> None:
        self.offer()

    @on(Input.Submitted)
    def _enter(self) -> None:
        if self.under_cursor is not None:
            self.dismiss(self.under_cursor)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._offered[event.option_index])

    def action_move(self, how: str) -> None:
        """Move through the lines while the letters stay in the field."""
        lines = self.query_one(OptionList)
        actions: dict[str, Callable[[], None]] = {
            "cursor_down": lines.action_cursor_down,
            "cursor_up": lines.action_cursor_up,
            "page_down": lines.action_page_down,
            "page_up": lines.action_page_up,
        }
        actions[how]()

    def action_cancel(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
