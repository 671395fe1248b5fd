"""The three places that are open from everywhere: contacts, activity, insights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.screen import Screen

from sent_tui.tui.screens.contacts import ContactsScreen

if TYPE_CHECKING:
    from textual.app import App

    from sent_tui.tui.session import Session

    _Base = App[None]
else:
    _Base = object


LOOKED_AT = frozenset({"Activity", "Insights", "Contact", "Message", "Why"})
"""Titles of the screens on which nothing is typed and for which nobody waits."""


class HasTabs(_Base):
    """Before an app in the bases: one key leads to each place, and back to it where it is open already.

    What stands on a page that was opened from there, such as a contact or a message, is closed on the way; what a
    person may be typing into is not.
    """

    session: Session

    def action_show_activity(self) -> None:
        """Show all messages."""
        # Imported when it is opened: the list is painted before that.
        from sent_tui.tui.screens.activity import ActivityScreen

        def is_it(screen: Screen[object]) -> bool:
            return isinstance(screen, ActivityScreen) and not screen.selection.title

        self._show(is_it, lambda: ActivityScreen(self.session))

    def action_show_insights(self) -> None:
        """Show what came of the messages: to the contacts of a list, where it is filtered or searched."""
        # Imported when it is opened, for the same reason.
        from sent_tui.tui.screens.insights import InsightsScreen

        listed = None
        if isinstance(self.screen, ContactsScreen) and not self.screen.wanted.is_everyone:
            listed = self.screen.results
        self._show(lambda screen: isinstance(screen, InsightsScreen), lambda: InsightsScreen(self.session, listed))

    def _show(self, is_it: Callable[[Screen[object]], bool], make: Callable[[], Screen[None]]) -> None:
        if not any(map(is_it, self.screen_stack)):
            if _is_tab(self.screen):
                self.switch_screen(make())
            else:
                self.push_screen(make())
            return
        while not is_it(self.screen) and _can_be_left(self.screen):
            self.pop_screen()


def _is_tab(screen: Screen[object]) -> bool:
    from sent_tui.tui.screens.activity import ActivityScreen
    from sent_tui.tui.screens.insights import InsightsScreen

    return isinstance(screen, InsightsScreen) or (isinstance(screen, ActivityScreen) and not screen.selection.title)


def _can_be_left(screen: Screen[object]) -> bool:
    """Return whether nothing is lost and nobody waits when a screen is closed."""
    return screen.title in LOOKED_AT
