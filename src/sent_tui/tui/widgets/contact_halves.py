"""The two halves of an open contact."""

from __future__ import annotations

from collections.abc import Iterable

from textual.reactive import var

from sent_tui.core.rationale import Rationale
from sent_tui.tui.widgets.contact_lines import Profile, history_lines, identity_lines
from sent_tui.tui.widgets.contact_view import ContactView
from sent_tui.tui.widgets.layout import Line

LEAST = 30
"""Cells of width for which everything is laid out at least."""


class IdentityView(ContactView):
    """The left half: who, how, and why."""

    rationale: var[Rationale | None] = var(None)
    """What the estimates rest on; None until that was worked out."""

    def watch_rationale(self) -> None:
        """Draw what came."""
        self.draw()

    def on_resize(self) -> None:
        """Draw as many results as there is room for."""
        self.draw()

    def lines(self, profile: Profile) -> Iterable[Line]:
        """Return everything but the messages."""
        rationale = self.rationale
        known = rationale.channels if rationale is not None and rationale.contact.id == profile.contact.id else None
        return identity_lines(profile, known, max(LEAST, self.scrollable_content_region.width))


class HistoryView(ContactView):
    """The right half: the messages."""

    def lines(self, profile: Profile) -> Iterable[Line]:
        """Return the messages, newest first."""
        return history_lines(profile)
