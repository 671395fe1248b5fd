"""The two halves of an open contact."""

from __future__ import annotations

from collections.abc import Iterable

from sent_tui.tui.widgets.contact_lines import Profile, history_lines, identity_lines
from sent_tui.tui.widgets.contact_view import ContactView
from sent_tui.tui.widgets.layout import Line


class IdentityView(ContactView):
    """The left half: who, how, and why."""

    def lines(self, profile: Profile) -> Iterable[Line]:
        """Return everything but the messages."""
        return identity_lines(profile)


class HistoryView(ContactView):
    """The right half: the messages."""

    def lines(self, profile: Profile) -> Iterable[Line]:
        """Return the messages, newest first."""
        return history_lines(profile)
