"""The pages that any screen leads to. Each is imported when it is opened: the list is painted before that."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual import work

from sent_tui.tui.keymap import keymap_of
from sent_tui.tui.messages import ContactRequested, SendRequested, WorkDone

if TYPE_CHECKING:
    from textual.app import App

    from sent_tui.core.bulk import BulkSend
    from sent_tui.services.drafts_to_many import DraftToMany
    from sent_tui.services.settings import SettingsService
    from sent_tui.tui.session import Session

    _Base = App[None]
else:
    _Base = object


@runtime_checkable
class HasBatch(Protocol):
    """A screen with messages that may belong to a bulk send."""

    @property
    def batch_id(self) -> str:
        """The bulk send that is meant there; empty when there is none."""
        ...


class OpensPages(_Base):
    """Before an app in the bases: it opens a page that a command or a screen asks for, once."""

    if TYPE_CHECKING:
        session: Session
        settings: SettingsService | None

    def on_send_requested(self, message: SendRequested) -> None:
        """Open the send screen."""
        from sent_tui.tui.screens.send import SendScreen

        if not isinstance(self.screen, SendScreen):
            self.push_screen(SendScreen(self.session, message.contact_id))

    def on_contact_requested(self, message: ContactRequested) -> None:
        """Open a contact."""
        from sent_tui.tui.screens.detail import ContactScreen

        self.push_screen(ContactScreen(self.session, message.contact_id))

    def action_command_palette(self) -> None:
        """Open the command palette."""
        from textual.command import CommandPalette

        from sent_tui.tui.palette import Palette

        if not isinstance(self.screen, CommandPalette):
            self.push_screen(Palette())

    def action_show_help(self) -> None:
        """Show the keys of the present screen."""
        from sent_tui.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    @work(thread=True, group="bulk sends", exit_on_error=False, description="read the bulk sends")
    def action_show_bulk_sends(self) -> None:
        """Open the bulk send of the message under the cursor; of others, and of drafts to many, have one chosen."""
        from sent_tui.tui.screens.bulk_sends import bulk_sends_of

        batch = self.screen.batch_id if isinstance(self.screen, HasBatch) else ""
        workspace = self.session.workspace
        found = [] if batch else bulk_sends_of(workspace.repository)
        drafts = [] if batch else workspace.drafts_to_many.all()
        self.call_from_thread(self._open_bulk_send, batch, found, drafts)

    def _open_bulk_send(self, batch: str, found: Sequence[tuple[BulkSend, int]], drafts: Sequence[DraftToMany]) -> None:
        from sent_tui.tui.screens.bulk_run import BulkRun
        from sent_tui.tui.screens.bulk_sends import bulk_send_question

        def opened(chosen: str | None) -> None:
            draft = next((draft for draft in drafts if draft.draft.contact_id == chosen), None)
            if draft is not None:
                self._go_on_with(draft)
            elif chosen is not None:
                self.push_screen(BulkRun(self.session, chosen))

        if batch or (len(found) == 1 and not drafts):
            opened(batch or found[0][0].id)
        elif found or drafts:
            self.push_screen(bulk_send_question(found, self.session.workspace.clock(), drafts), opened)
        else:
            key = keymap_of(self).label_of("send")
            self.post_message(WorkDone(f"No bulk send was begun yet: {key} sends to the marked contacts."))

    @work(exit_on_error=False, description="go on with a draft")
    async def _go_on_with(self, draft: DraftToMany) -> None:
        """Go on to write a message to many."""
        from sent_tui.core.confirming import NAMED
        from sent_tui.tui.chosen import Chosen
        from sent_tui.tui.screens.bulk_run import BulkRun
        from sent_tui.tui.screens.send_many import SendMany

        numbers, workspace = list(draft.recipients), self.session.workspace
        names = await asyncio.to_thread(workspace.bulk_edit.first_names, numbers, NAMED)
        begun = await self.push_screen_wait(SendMany(self.session, Chosen(numbers, names, 0)))
        if begun is not None:
            self.post_message(WorkDone(begun.words))
            self.push_screen(BulkRun(self.session, begun.batch))

    def action_show_calibration(self) -> None:
        """Show whether the percentages came true."""
        from sent_tui.tui.screens.calibration import CalibrationScreen

        if not any(isinstance(screen, CalibrationScreen) for screen in self.screen_stack):
            self.push_screen(CalibrationScreen(self.session))

    def action_show_settings(self) -> None:
        """Show the settings."""
        from sent_tui.tui.screens.settings import SettingsScreen

        if self.settings is not None and not any(isinstance(screen, SettingsScreen) for screen in self.screen_stack):
            self.push_screen(SettingsScreen(self.settings))

    def why_disabled(self, command: str) -> str:
        """Return why a command of every screen is not possible."""
        return "This app was opened without settings." if command == "show_settings" and not self.settings else ""
