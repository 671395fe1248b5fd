"""Messages of a list taken out to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import getters, work

from sent_tui.core.text import plural
from sent_tui.tui.screens.on_contact import OnContact
from sent_tui.tui.widgets.message_list import MessageList

if TYPE_CHECKING:
    from sent_tui.services.exchange import IsCancelled, OnProgress


class WritesMessages(OnContact):
    """A list of messages that can be written to a file, as it is filtered."""

    messages = getters.query_one(MessageList)

    @work(exit_on_error=False, description="export messages")
    async def action_export_messages(self) -> None:
        """Ask for a file, and write the messages of the list to it."""
        count = len(self.messages.results)
        if not count or not self.is_active:
            self.say("There is no message in this list.")
            return
        # Imported when it is opened: the list is painted before that.
        from sent_tui.tui.screens.export import ExportRun, file_to_write

        question = f"A table (CSV) of {plural(count, 'message')}, as the list is filtered"
        target = await file_to_write(self, "Export messages", question, "messages.csv", (".csv",))
        if target is None:
            return
        path, is_there = target
        # By now all rows are found, and not only the first ones.
        exchange, found = self.workspace.exchange, self.messages.results

        def write(on_progress: OnProgress, is_cancelled: IsCancelled) -> int:
            return exchange.export_messages(
                path, found, overwrite=is_there, on_progress=on_progress, is_cancelled=is_cancelled
            )

        self.app.push_screen(ExportRun(path, write, of_what="message"))
