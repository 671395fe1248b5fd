"""The outbox: a message that a person sent waits a few seconds, in which it can be called back.

It is stored as one that goes out at a time. Whoever comes first hands it over: this app when the seconds are over or it
is closed, or after a crash any program that looks after messages. The store lets only one of them do it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from textual import work

from sent_tui.errors import SentTuiError
from sent_tui.store.repository import ChangeKind
from sent_tui.tui.messages import MessageHeld, RepositoryChanged

if TYPE_CHECKING:
    from textual.app import App
    from textual.timer import Timer

    from sent_tui.services.workspace import Workspace

    _Base = App[None]
else:
    _Base = object


class HoldsMessages(_Base):
    """Before an app in the bases: it hands over what waits in the outbox, whichever screen is open by then."""

    if TYPE_CHECKING:
        workspace: Workspace

        def show_title(self) -> None:
            """Say in the title of the terminal how things stand."""

    _held: dict[str, Timer]
    """For each message that waits, what will hand it over."""

    def on_message_held(self, message: MessageHeld) -> None:
        """Hand a message over after some seconds."""
        wait = message.seconds.total_seconds()
        self._held[message.message_id] = self.set_timer(wait, lambda: self._let_go(message.message_id))
        self.show_title()

    def on_repository_changed(self, message: RepositoryChanged) -> None:
        """Hold no longer what was called back, or went out elsewhere."""
        if message.change.kind is not ChangeKind.MESSAGES:
            return
        for message_id in self._held.keys() & set(message.change.ids):
            with suppress(SentTuiError):  # what cannot be read is tried when its time comes
                if not self.workspace.repository.message(message_id).is_waiting:
                    self._held.pop(message_id).stop()
                    self.show_title()

    def _let_go(self, message_id: str) -> None:
        if self._held.pop(message_id, None) is not None:
            self.show_title()
            self._dispatch(message_id)

    @work(thread=True, group="outbox", exit_on_error=False, description="hand over a message")
    def _dispatch(self, message_id: str) -> None:
        self.workspace.sending.dispatch(message_id)

    def empty_outbox(self) -> None:
        """Hand over all that waits, at once; it blocks, and is called off the event loop when the app ends."""
        for message_id in list(self._held):
            with suppress(SentTuiError):  # it stays stored, and goes out when sent-tui runs again
                self.workspace.sending.dispatch(message_id)
