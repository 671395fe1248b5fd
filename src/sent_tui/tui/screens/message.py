"""One message: what it says, what was planned and why, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message as Event
from textual.reactive import var
from textual.worker import get_current_worker

from sent_tui.core.message import Message
from sent_tui.core.rationale import Rationale
from sent_tui.errors import SentTuiError
from sent_tui.store.repository import Change
from sent_tui.tui.commands import EVERYWHERE, MESSAGE, bindings
from sent_tui.tui.messages import RationaleRead, WorkFailed
from sent_tui.tui.rationale import ReadsRationale
from sent_tui.tui.screens.on_contact import OnContact
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.layout import Document
from sent_tui.tui.widgets.message_view import whole_message
from sent_tui.tui.widgets.status_line import KeyLine, TopLine
from sent_tui.tui.widgets.timeline import Story


class MessageScreen(ReadsRationale, OnContact):
    """The messages of a contact, one at a time, beginning with the newest or the one that is named."""

    @dataclass
    class MessagesRead(Event):
        """The messages were read."""

        messages: Sequence[Message]

    TITLE = "Message"
    BINDINGS: ClassVar[list[BindingType]] = bindings(MESSAGE)
    AUTO_FOCUS = "#message"

    place: var[int] = var(0)
    """Which message is shown; 0 is the newest."""
    rationale: var[Rationale | None] = var(None)

    page = getters.query_one("#message", VerticalScroll)

    def __init__(self, session: Session, contact_id: str, message_id: str = "") -> None:
        super().__init__(session)
        self._contact_id = contact_id
        self._wanted_id = message_id
        """The message to begin with."""
        self._messages: Sequence[Message] = ()

    @property
    def contact_id(self) -> str:
        """Whose messages they are."""
        return self._contact_id

    @property
    def message(self) -> Message | None:
        """The message that is shown."""
        return self._messages[self.place] if self.place < len(self._messages) else None

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Message")
        with VerticalScroll(id="message"):
            yield Document()
        yield KeyLine(MESSAGE, EVERYWHERE)

    def on_mount(self) -> None:
        """Read the messages and listen to changes."""
        self.session.changes.subscribe(self, self._repository_changed, immediate=True)
        self.reload()

    @work(thread=True, exclusive=True, group="message", exit_on_error=False, description="read the messages")
    def reload(self) -> None:
        """Read the messages anew: there may be thousands."""
        worker = get_current_worker()
        try:
            messages = self.workspace.repository.messages(contact_id=self._contact_id)
        except SentTuiError as error:
            self.post_message(WorkFailed.of(error))
            return
        if not worker.is_cancelled:
            self.post_message(self.MessagesRead(messages))

    def on_message_screen_messages_read(self, event: MessagesRead) -> None:
        """Show the messages; the one that is shown stays."""
        shown_id = self.message.id if self.message is not None else self._wanted_id
        self._messages = event.messages
        names = [message.id for message in self._messages]
        self.place = names.index(shown_id) if shown_id in names else 0
        self._draw()
        # What is heavier comes after the paint.
        self.page.call_after_refresh(self.read_rationale, self._contact_id)

    def watch_place(self) -> None:
        """Show another message from its beginning."""
        self._draw()
        if self.is_mounted:
            self.page.scroll_home(animate=False)

    def on_rationale_read(self, message: RationaleRead) -> None:
        """Show what was learned; the messages of a contact that was deleted stay."""
        self.rationale = message.rationale
        self._draw()

    def _draw(self) -> None:
        message = self.message
        if message is None or not self.is_mounted:
            return
        try:
            story = Story(message, self.workspace.repository.events(message.id))
        except SentTuiError as error:
            self.post_message(WorkFailed.of(error))
            return
        lines = whole_message(story, self.rationale, self.workspace.clock(), self.place, len(self._messages))
        self.query_one(Document).lines = tuple(lines)

    def _repository_changed(self, change: Change) -> None:
        if self.concerns(change, [message.id for message in self._messages]):
            self.reload()

    def action_next_message(self, step: int) -> None:
        """Show an older or a newer message."""
        if 0 <= self.place + step < len(self._messages):
            self.place += step
        else:
            self.say("There is no older message." if step > 0 else "This is the newest message.")

    def action_retry(self) -> None:
        """Send this message again, or say why not."""
        if self.message is not None:
            self.send_again(self.message)

    def action_cancel(self) -> None:
        """Call this message off, after a question."""
        if self.message is not None:
            self.call_off(self.message)

    def action_back(self) -> None:
        """Return to the contact."""
        self.dismiss()
