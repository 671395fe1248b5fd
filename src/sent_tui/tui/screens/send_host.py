"""What is done for the send panel: plan, keep drafts, ask, send, and follow what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message as Event
from textual.worker import Worker, WorkerState

from sent_tui.core.channel import Channel
from sent_tui.core.message import Content as Words
from sent_tui.core.message import Draft, Message, MessageStatus
from sent_tui.core.route_plan import RoutePlan
from sent_tui.errors import NotFoundError, SentTuiError
from sent_tui.store.repository import Change, ChangeKind
from sent_tui.tui.background import TellsFailures
from sent_tui.tui.drafts import DraftKeeper
from sent_tui.tui.messages import MessageHeld, RationaleRead, WorkDone, WorkFailed
from sent_tui.tui.profile import Proposed
from sent_tui.tui.rationale import ReadsRationale
from sent_tui.tui.screens.going_out import GoesOut
from sent_tui.tui.screens.quiet import MindsQuietHours
from sent_tui.tui.screens.send_questions import Wanted, opted_out_words
from sent_tui.tui.screens.templates import OffersTemplates
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.composition import Stage
from sent_tui.tui.widgets.send_panel import SendPanel
from sent_tui.tui.widgets.timeline import Story


class SendHost(MindsQuietHours, GoesOut, OffersTemplates, ReadsRationale, TellsFailures, Vertical):
    """The send panel with all that it needs. Its screen says which contact to show, and when to catch up."""

    @dataclass
    class DraftFailed(Event):
        """A draft could not be kept."""

        error: str

    @dataclass
    class Handed(Event):
        """A message was handed over, or not."""

        wanted: Wanted
        message: Message | None
        """None when nothing was stored or sent."""
        error: str = ""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.workspace = session.workspace
        self.panel = SendPanel()
        self._drafts = DraftKeeper(self.workspace.repository.save_draft)
        self._kept: dict[str, Draft] = {}
        """For each contact, the draft that is on disk or on its way there."""
        self._loaded: Draft | None = None
        """The draft with which the panel began."""
        self._proposed = Proposed(self.workspace)
        self._in_flight = False
        self._gone = False
        """The contact was deleted meanwhile."""

    def compose(self) -> ComposeResult:
        """Lay out the panel."""
        yield self.panel

    def show(self, contact_id: str, *, focus: bool = False) -> None:
        """Show a contact with its draft; the same one again only brings the route up to date."""
        panel, is_other = self.panel, self.panel.contact is None or self.panel.contact.id != contact_id
        try:
            if is_other or self._is_behind(contact_id):
                self.begin_writing(contact_id, focus=focus)
            elif focus:
                panel.focus_text()
        except SentTuiError as error:
            if is_other:
                panel.begin(None)
            if not isinstance(error, NotFoundError):
                self.post_message(WorkFailed.of(error))
        if panel.contact is not None:
            self.want_templates()
            self.want_zones()
            self.replan()

    def begin_writing(self, contact_id: str, *, focus: bool) -> None:
        """Show a contact with its draft."""
        repository, panel, newest = self.workspace.repository, self.panel, self._newest(contact_id)
        contact, self._loaded = repository.get(contact_id), repository.draft(contact_id)
        panel.begin(contact, self._drafts.waiting(contact_id) or self._loaded, focus=focus)
        self._kept[contact_id] = panel.draft or Draft(contact_id)
        panel.recent = self._story(newest) if newest else None

    def on_mount(self) -> None:
        """Listen to changes of the contact and of what was sent to it."""
        self.session.changes.subscribe(self, self._records_changed, immediate=True)

    def catch_up(self) -> None:
        """Bring everything up to date: the time went on, and the draft may have been changed or sent elsewhere."""
        if self.panel.contact is not None:
            self.show(self.panel.contact.id)

    async def on_unmount(self) -> None:
        """Keep what was written to the last letter."""
        draft = self.panel.draft
        if draft is not None:
            self._note(draft)
        with suppress(SentTuiError):
            await asyncio.to_thread(self._drafts.drain)

    def on_send_panel_changed(self, event: SendPanel.Changed) -> None:
        """Plan for what is written now, and keep it."""
        event.stop()
        self.replan()
        if self._note(event.draft):
            self._save_drafts()

    def on_send_panel_send_wanted(self, event: SendPanel.SendWanted) -> None:
        """Ask whether it shall go, once."""
        event.stop()
        panel = self.panel
        self.replan()
        why_not = "Already sending." if self._in_flight else panel.why_not()
        contact, plan, content, channel = panel.contact, panel.plan, panel.content, panel.channel
        if why_not or contact is None or plan is None:
            panel.tell(why_not)
            return
        wanted = Wanted(
            contact=contact,
            content=content,
            channel=channel,
            plan=plan,
            deliver=lambda: self.deliver(contact.id, content, channel),
            draft=panel.draft,
        )
        until = self.quiet_until() if event.held else None
        self._begin(self.at(wanted, until) if until is not None else wanted, later=event.later)

    def on_send_panel_retry_wanted(self, event: SendPanel.RetryWanted) -> None:
        """Ask whether a message shall go again, where that is allowed."""
        event.stop()
        panel, sending = self.panel, self.workspace.sending
        try:
            message = self.workspace.repository.message(event.message_id)
            contact = self.workspace.repository.get(message.contact_id)
            channel = message.channel if message.status == MessageStatus.UNKNOWN else None
            plan = sending.plan(contact.id, message.content, channel=channel)
            why_not = "Already sending." if self._in_flight else sending.why_no_retry(message)
        except SentTuiError as error:
            panel.tell(str(error))
            return
        if why_not or not plan.steps:
            panel.tell(f"Not sent again. {why_not or plan.reasons[0]}", "$text-warning")
            return
        self._begin(Wanted(contact, message.content, channel, plan, lambda: sending.retry(message.id)))

    def on_send_host_draft_failed(self, event: DraftFailed) -> None:
        """Say that what is written would be lost."""
        self.panel.tell(f"The draft is not kept. {event.error}")

    def on_send_host_handed(self, event: Handed) -> None:
        """Show what was sent, or give back what was not."""
        self._in_flight = False
        panel, wanted, message = self.panel, event.wanted, event.message
        if panel.contact is None or panel.contact.id != wanted.contact.id:
            self._tell_elsewhere(event)
            return
        failed = message is None or message.never_left
        if failed and wanted.draft is not None:
            panel.stage = Stage.WRITING
            panel.tell(f"{_failure(event)} What you wrote is kept; ctrl+s sends it when that is mended.")
            self.replan()
            return
        if message is not None:
            panel.now = self.workspace.clock()
            self._show_story(message)
        panel.stage = Stage.SENT
        panel.tell(_failure(event) if failed else event.error)
        if not failed:
            self._kept[wanted.contact.id] = Draft(wanted.contact.id)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Let the panel go after an error in the program, and say that the outcome is not known."""
        if event.state is WorkerState.ERROR and event.worker.group in {"ask", "send"} and self._in_flight:
            self._in_flight = False
            self.panel.stage = Stage.WRITING
            words = "Something went wrong in sent-tui. Look at the messages of this contact before you send again."
            self.panel.tell(words)

    def _begin(self, wanted: Wanted, *, later: bool = False) -> None:
        self._in_flight = True
        stage, self.panel.stage = self.panel.stage, Stage.ASKING
        self._ask(wanted, stage, later)

    @work(exit_on_error=False, group="ask", description="ask before sending")
    async def _ask(self, wanted: Wanted, stage: Stage, later: bool) -> None:
        """Ask when it shall go, where that is wanted, and whether; then hand it over."""
        asked, words = await self.timed(wanted) if later else wanted, "Nothing was sent."
        if asked is not None and not (words := await self.objection(asked)):
            self.panel.stage = Stage.SENDING
            self.panel.tell("Sending …", "$text-muted")
            self._hand_over(asked)
            return
        self._in_flight = False
        self.panel.stage = stage
        self.panel.tell(words, "$text-warning")
        self.replan()

    @work(thread=True, exit_on_error=False, group="send", description="send a message")
    def _hand_over(self, wanted: Wanted) -> None:
        """Send, and find out what is stored even where that failed half-way, so that nothing goes twice."""
        app, repository = self.app, self.workspace.repository
        before = self._newest(wanted.contact.id)
        error = ""
        try:
            with suppress(SentTuiError):
                self._drafts.drain()
            self._drafts.forget(wanted.contact.id)
            message: Message | None = wanted.deliver()
            if message is not None and message.is_waiting and wanted.send_at is None:
                app.post_message(MessageHeld(message.id, self.session.outbox))
        except SentTuiError as failure:
            error, newest = str(failure), self._newest(wanted.contact.id)
            message = newest if newest is not None and (before is None or newest.id != before.id) else None
        if wanted.draft is not None and (message is None or message.never_left) and not repository.read_only:
            with suppress(SentTuiError):
                repository.save_draft(replace(wanted.draft, updated_at=self.workspace.clock()))
        if not self.post_message(self.Handed(wanted, message, error)) and error:
            app.post_message(WorkFailed("Nothing was sent" if message is None else "Sending was interrupted", error))

    def on_rationale_read(self, message: RationaleRead) -> None:
        """Show what was learned."""
        message.stop()
        if self.panel.contact is not None and self.panel.contact.id == message.contact_id:
            self.panel.rationale = message.rationale

    def _is_behind(self, contact_id: str) -> bool:
        """Return whether the draft was changed elsewhere, while nothing is being written here."""
        panel, kept = self.panel, self._kept.get(contact_id)
        if panel.stage is not Stage.WRITING or panel.has_focus_within or self._drafts.waiting(contact_id) is not None:
            return False
        stored = self.workspace.repository.draft(contact_id)
        same = stored == self._loaded or replace(stored or Draft(contact_id), updated_at=None) == kept
        return panel.draft == kept and not same

    @work(thread=True, exit_on_error=False, group="drafts", description="keep a draft")
    def _save_drafts(self) -> None:
        try:
            self._drafts.drain()
        except SentTuiError as error:
            self.post_message(self.DraftFailed(str(error)))

    def replan(self) -> None:
        """Bring the contact, the route and the time up to date; what was sent keeps the route it had."""
        panel = self.panel
        if panel.contact is None or panel.stage in {Stage.SENDING, Stage.SENT}:
            return
        panel.now, panel.read_only = self.workspace.clock(), self.workspace.repository.read_only
        panel.plan = self.route(panel.contact.id, panel.content, panel.channel)
        panel.quiet = self.quiet_words()
        with suppress(SentTuiError):
            panel.contact = self.workspace.repository.get(panel.contact.id)
            panel.proposal = self._proposed.to(panel.contact)
            panel.consent = opted_out_words(self.workspace.repository, panel.contact, panel.now)

    def route(self, contact_id: str, content: Words, channel: Channel | None, at: datetime | None = None) -> RoutePlan:
        """Return the route of a time, or of now; without steps where the contact was deleted, or cannot be read."""
        self._gone = False
        try:
            return self.workspace.sending.plan(contact_id, content, channel=channel, at=at)
        except NotFoundError:
            self._gone = True
            reason = "The contact was deleted. u brings it back."
        except SentTuiError as error:
            reason = str(error)
        return RoutePlan((), (), (reason,), self.workspace.clock())

    def _records_changed(self, change: Change) -> None:
        panel = self.panel
        if panel.contact is None:
            return
        if change.kind is ChangeKind.CONTACTS and panel.contact.id in change.ids:
            self.replan()
        elif change.kind is ChangeKind.MESSAGES:
            with suppress(SentTuiError):  # what cannot be read stays as it was shown
                self._read_messages(panel.contact.id, change.ids)

    def _read_messages(self, contact_id: str, changed: Collection[str]) -> None:
        panel = self.panel
        if panel.story is None:
            newest = self._newest(contact_id)
            panel.recent = self._story(newest) if newest else None
        elif panel.story.message.id in changed:
            panel.now = self.workspace.clock()
            self._show_story(self.workspace.repository.message(panel.story.message.id))

    def _show_story(self, message: Message) -> None:
        """Show how a message goes, and find out what was learned from it, once something was."""
        self.panel.story = self._story(message)
        if any(attempt.learned is not None for attempt in message.attempts):
            self.read_rationale(message.contact_id)

    def _newest(self, contact_id: str) -> Message | None:
        return next(iter(self.workspace.repository.messages(contact_id=contact_id, limit=1)), None)

    def _story(self, message: Message) -> Story:
        return Story(message, self.workspace.repository.events(message.id))

    def _note(self, draft: Draft) -> bool:
        """Note a draft that changed; return whether somebody has to write it."""
        known = self._kept.get(draft.contact_id)
        if draft == known or self._gone or self.workspace.repository.read_only:
            return False
        self._kept[draft.contact_id] = draft
        return self._drafts.put(replace(draft, updated_at=self.workspace.clock()))

    def _tell_elsewhere(self, event: Handed) -> None:
        """Say what came of a message after the panel went on to another contact."""
        name = event.wanted.contact.title
        if event.message is None or event.message.never_left:
            self.post_message(WorkFailed(f"Nothing was sent to {name}", _failure(event)))
        else:
            self.post_message(WorkDone(f"Sent to {name}."))


def _failure(event: SendHost.Handed) -> str:
    """Return why nothing was sent, in words."""
    if event.error or event.message is None:
        return event.error
    return event.message.attempts[-1].detail
