"""What goes on while the app is open: messages are followed, and what other programs write is noticed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from textual import work

if TYPE_CHECKING:
    from textual.app import App

    from sent_tui.services.following import Follower
    from sent_tui.services.workspace import Workspace

    _Base = App[None]
else:
    _Base = object

FOLLOW_EVERY = 0.4
"""Seconds between two looks at the messages under way."""
REFRESH_EVERY = 1.0
"""Seconds between two looks at what other programs wrote."""


class FollowsMessages(_Base):
    """Before an app in the bases: it looks after messages and other programs, in threads."""

    if TYPE_CHECKING:
        workspace: Workspace

        def show_status(self) -> None:
            """Show the gateway as it is now."""

    def begin_following(self) -> None:
        """Look from now on."""
        self.set_interval(FOLLOW_EVERY, self._follow)
        self.set_interval(REFRESH_EVERY, self._refresh)

    @cached_property
    def _follower(self) -> Follower:
        from sent_tui.services.following import Follower

        workspace = self.workspace
        return Follower(workspace.sending, workspace.clock, workspace.bulk, workspace.hearing)

    def _follow(self) -> None:
        busy = any(worker.group == "follow" and not worker.is_finished for worker in self.workers)
        if not busy and not self.workspace.repository.read_only and self._follower.is_due:
            self._follow_messages()

    @work(thread=True, group="follow", exit_on_error=False, description="follow messages")
    def _follow_messages(self) -> None:
        self._follower.tick()
        self.call_later(self.show_status)

    @work(thread=True, group="refresh", exclusive=True, exit_on_error=False, description="look for changes")
    def _refresh(self) -> None:
        self.workspace.repository.refresh()
        self.workspace.repository.maintain()
