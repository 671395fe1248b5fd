"""A list that is searched while one types: keys that come faster than the search are meant for what it will find."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from textual import getters

from sent_tui.tui.widgets.search_field import SearchField

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.screen import Screen

    _Base = Screen[Any]
else:
    _Base = object


class Searches(_Base):
    """Before a screen in the bases: what keys ask to do with a row is done once the search is shown, in their order."""

    search = getters.query_one(SearchField)

    _held: tuple[tuple[str, DOMNode | None], ...] = ()
    """The actions that wait, each with where it is."""

    @property
    @abstractmethod
    def is_searching(self) -> bool:
        """Whether what was typed is not answered yet."""

    @abstractmethod
    def is_about_row(self, action: str) -> bool:
        """Return whether an action is about the row under the cursor."""

    def hold(self, action: str, namespace: DOMNode | None) -> bool:
        """Keep what a key asks to do with a row while a search is under way."""
        if not self.is_searching or not self.is_about_row(action):
            return False
        self._held = (*self._held, (action, namespace))
        return True

    @property
    def is_holding(self) -> bool:
        """Whether an action waits for the search."""
        return bool(self._held)

    async def do_held(self) -> None:
        """Do what waited, as long as the screen is the one on top."""
        held, self._held = self._held, ()
        for action in held:
            if self.is_current:
                await self.app.run_action(*action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let a slash be typed into a text."""
        if action == "focus_search" and self.focused is not None and self.focused.check_consume_key("slash", "/"):
            return False
        return super().check_action(action, parameters)

    def action_focus_search(self) -> None:
        """Begin to search, at once: the next key may be there already."""
        self.set_focus(self.search)
