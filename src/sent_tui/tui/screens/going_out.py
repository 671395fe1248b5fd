"""When a message of the send panel goes out: after the seconds of the outbox, or at a time that a person says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import work
from textual.message import Message as Event

from sent_tui.core.channel import Channel
from sent_tui.core.message import Content, Draft, Message
from sent_tui.core.moments import read_moment
from sent_tui.core.route_plan import RoutePlan
from sent_tui.errors import SentTuiError
from sent_tui.tui.messages import WorkFailed
from sent_tui.tui.screens.ask_time import AskTime
from sent_tui.tui.screens.send_questions import Wanted, question
from sent_tui.tui.widgets.composition import same_text
from sent_tui.tui.widgets.send_panel import SendPanel

if TYPE_CHECKING:
    from textual.containers import Vertical

    from sent_tui.services.workspace import Workspace
    from sent_tui.tui.session import Session

    _Base = Vertical
else:
    _Base = object


class GoesOut(_Base):
    """Before a host of the send panel in the bases: until its messages go out, they can be called back."""

    if TYPE_CHECKING:
        session: Session
        workspace: Workspace
        panel: SendPanel

        def begin_writing(self, contact_id: str, *, focus: bool) -> None:
            """Show a contact with its draft."""

        def replan(self) -> None:
            """Bring the route up to date."""

        def route(
            self, contact_id: str, content: Content, channel: Channel | None, at: datetime | None = None
        ) -> RoutePlan:
            """Return the route of a time, or of now."""

    @dataclass
    class CalledBack(Event):
        """A message was called back, and its text is a draft again."""

        contact_id: str

    def deliver(self, contact_id: str, content: Content, channel: Channel | None) -> Message:
        """Send a message, or put it into the outbox."""
        sending, outbox = self.workspace.sending, self.session.outbox
        if not outbox:
            return sending.send(contact_id, content, channel=channel)
        return sending.schedule(contact_id, content, self.workspace.clock() + outbox, channel=channel)

    async def timed(self, wanted: Wanted) -> Wanted | None:
        """Ask when a message shall go out, and return it with that time; None where no time was said."""
        contact = wanted.contact
        text = await self.app.push_screen_wait(
            AskTime(contact.title, self.workspace.clock(), number=contact.format_e164, quiet=self.session.quiet)
        )
        at = read_moment(text, self.workspace.clock()) if text else None
        return None if at is None else self.at(wanted, at)

    def at(self, wanted: Wanted, at: datetime) -> Wanted:
        """Return a message that goes out at a time, with the route of that time."""
        sending, contact, content, channel = self.workspace.sending, wanted.contact, wanted.content, wanted.channel
        return replace(
            wanted,
            plan=self.route(contact.id, content, channel, at),
            deliver=lambda: sending.schedule(contact.id, content, at, channel=channel),
            send_at=at,
        )

    async def objection(self, wanted: Wanted) -> str:
        """Ask until the answer is no, which is told in words, or the route that was agreed to is the one it takes."""
        plan, words = wanted.plan, "Nothing was sent."
        while plan.steps and await self._agrees(wanted, plan):
            agreed, plan = plan.channels, self.route(wanted.contact.id, wanted.content, wanted.channel, wanted.send_at)
            if plan.channels == agreed:
                return ""
            words = "The route changed while you were asked. Nothing was sent."
        return words

    async def _agrees(self, wanted: Wanted, plan: RoutePlan) -> bool:
        warned = same_text(self.panel.recent, wanted.content, self.workspace.clock())
        if wanted.send_at is None and self.panel.quiet:
            warned.append(self.panel.quiet)
        asked = question(wanted, plan, self.workspace.gateway.label, warned, self.screen.size)
        return await self.app.push_screen_wait(asked)

    def on_send_panel_call_back_wanted(self, event: SendPanel.CallBackWanted) -> None:
        """Call a message back."""
        event.stop()
        if self.panel.contact is not None:
            self._call_back(event.message_id, self.panel.written(self.panel.contact.id))

    @work(thread=True, exit_on_error=False, group="call back", description="call a message back")
    def _call_back(self, message_id: str, draft: Draft) -> None:
        """Cancel a message that waits, and keep what was written; one that is on its way stays so."""
        app = self.app
        try:
            self.workspace.sending.call_back(message_id)
            self.workspace.repository.save_draft(replace(draft, updated_at=self.workspace.clock()))
        except SentTuiError as error:
            app.post_message(WorkFailed.of(error))
        else:
            self.post_message(self.CalledBack(draft.contact_id))

    def on_goes_out_called_back(self, event: CalledBack) -> None:
        """Give back what was written."""
        event.stop()
        if self.panel.contact is not None and self.panel.contact.id == event.contact_id:
            self.begin_writing(event.contact_id, focus=True)
            self.replan()
            self.panel.tell("Called back: nothing was sent.", "$text-success")
