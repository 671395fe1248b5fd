"""The field over a list in which one searches while typing."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Input

from sent_tui.tui.widgets.row_list import RowList


class SearchField(Input):
    """A line of text. Enter goes to the list beneath it, and so does the key that follows at once."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "leave", "To the list", show=False, priority=True)]

    def __init__(self, placeholder: str, over: type[RowList]) -> None:
        """Make the field over a kind of list, which is on the same screen."""
        super().__init__(placeholder=placeholder, id="search", classes="-flat")
        self.cursor_blink = False
        self._over = over

    def action_leave(self) -> None:
        """Give the focus to the list."""
        self.screen.set_focus(self.screen.query_one(self._over))

    def on_key(self, event: events.Key) -> None:
        """Let the arrows walk the list while a search is being typed."""
        moves = {"down": 1, "up": -1}
        if event.key in moves:
            event.stop()
            self.screen.query_one(self._over).action_move(moves[event.key])
