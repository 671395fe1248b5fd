"""The choice of a saved view, by a few letters of its name; a name that is free keeps the present list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from sent_tui.core.saved_view import SavedView
from sent_tui.core.search import fold
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.dialogs import Choice
from sent_tui.tui.screens.narrowing import Narrowing

OPEN, SAVE, DELETE = ">", "+", "-"
"""With what the answer begins; the name of the view follows."""


class ChooseView(Narrowing):
    """Gives back what is to be done with which view, such as `>VIPs`, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+r", "delete_view", "Delete", show=False, priority=True)]
    NOTHING_FITS = "No view is saved. Type a name to keep this list."
    KEYS = (("↑ ↓", "move"), ("enter", "open"), ("ctrl+r", "delete"), ("esc", "cancel"))

    def __init__(self, views: Sequence[SavedView], present: SavedView) -> None:
        super().__init__(join("Saved views"), "Name of a view, or a new name for this list")
        self._views = views
        self._present = present

    def fitting(self, typed: str) -> list[Choice]:
        """Return the views that fit, and then the offer to keep the present list under what was typed."""
        name = typed.strip()
        found = [view for view in self._views if fold(name) in fold(view.name)]
        choices = [
            Choice(OPEN + view.name, join(safe(view.name, "bold", 30), "  ", safe(view.words, "$text-muted", 60)))
            for view in found
        ]
        if name:
            known = next((view for view in found if view.is_named(name)), None)
            verb = "Replace " if known else "Save as "
            words = safe(self._present.words, "$text-muted", 60)
            choices.append(
                Choice(SAVE + name, join(("+ ", "bold $primary"), verb, safe(name, "bold", 30), "  ", words))
            )
        return choices

    def action_delete_view(self) -> None:
        """Throw the view under the cursor away, after a question."""
        value = self.under_cursor
        if value is not None and value.startswith(OPEN):
            self.dismiss(DELETE + value.removeprefix(OPEN))
