"""A pane about a contact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.reactive import var

from sent_tui.tui.widgets.layout import Document, Line

if TYPE_CHECKING:
    from sent_tui.tui.widgets.contact_lines import Profile


class ContactView(VerticalScroll):
    """One scrolling pane about a contact."""

    profile: var[Profile | None] = var(None)

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        yield Document()

    def watch_profile(self, old: Profile | None, new: Profile | None) -> None:
        """Draw the contact; another one begins at the top."""
        self.draw()
        if old is None or new is None or old.contact.id != new.contact.id:
            self.scroll_home(animate=False)

    def lines(self, profile: Profile) -> Iterable[Line]:
        """Return what the pane shows of a contact: the preview beside the list."""
        # Imported with the first contact that is shown: the list is painted before that.
        from sent_tui.tui.widgets.contact_lines import preview_lines

        return preview_lines(profile)

    def on_mount(self) -> None:
        """Draw what is there already."""
        self.draw()

    def draw(self) -> None:
        """Draw the contact anew."""
        if self.is_mounted:
            self.query_one(Document).lines = tuple(self.lines(self.profile)) if self.profile else ()
