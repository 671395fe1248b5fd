"""What is done for the send panel: plan, keep drafts, ask, send, and follow what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size
from textual.message import Message as Event
from textual.worker import Worker, WorkerState

from sent_tui.core.channel import Channel
from sent_tui.core.consent import ConsentKind
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content as Words
from sent_tui.core.message import Draft, Message, MessageStatus, Template
from sent_tui.core.routing import RoutePlan
from sent_tui.core.segments import count_segments
from sent_tui.core.text import ago, plural
from sent_tui.errors import NotFoundError, SentTuiError
from sent_tui.store.repository import Change, ChangeKind
from sent_tui.tui.background import TellsFailures
from sent_tui.tui.drafts import DraftKeeper
from sent_tui.tui.messages import WorkDone, WorkFailed
from sent_tui.tui.safe import BREAK, join, safe
from sent_tui.tui.screens.dialogs import Choice, Choose, Confirm
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.composition import Stage, same_text
from sent_tui.tui.widgets.layout import BLANK, Line, lay_out
from sent_tui.tui.widgets.send_panel import SendPanel
from sent_tui.tui.widgets.timeline import Story

MAX_TEMPLATES = 200
"""Templates that are offered for a choice."""
_LABEL = 9
_FRAME = 11
"""Rows of the question around its facts and its text."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked to be sent."""

    contact: Contact
    content: Words
    channel: Channel | None
    """The only channel to use; None leaves the choice to the router."""
    plan: RoutePlan
    """The route that the person saw."""
    deliver: Callable[[], Message]
    """Sends it."""
    draft: Draft | None = None
    """What to keep when nothing was sent; None for a message that was sent before."""


def never_left(message: Message) -> bool:
    """Return whether a message ended before any network took it."""
    taken = any(attempt.gateway_id for attempt in message.attempts)
    ended = message.status in {MessageStatus.FAILED, MessageStatus.FILTERED}
    return ended and message.is_final and not taken


def question(wanted: Wanted, plan: RoutePlan, gateway: str, warned: Sequence[str], size: Size) -> Confirm:
    """Return the question that names everything that is about to happen, as large as the screen allows."""
    contact, text = wanted.contact, wanted.content.text
    first, *others = [step.channel.label for step in plan.steps]
    then = "".join(f", then {name} if that fails" for name in others) or ", and no other"
    rows = [
        ("Number", join((contact.format_international, "bold"), f"  {contact.region_code}")),
        ("Channel", join((first, "bold"), then)),
        ("Cost", join(f"about ${plan.expected_cost:.4f}")),
        ("Through", safe(gateway)),
    ]
    if Channel.SMS in plan.channels:
        count = count_segments(text)
        rows.insert(2, ("SMS", join(f"{plural(count.segments, 'segment')}, {count.encoding.value}")))
    lines = [Line(join((f"{label:<{_LABEL}}", "$text-muted"), value), _LABEL) for label, value in rows]
    width = min(58, size.width * 96 // 100 - 6)
    room = size.height * 96 // 100 - len(rows) - 2 * len(warned) - _FRAME
    lines += [BLANK, Line(safe(f"“{text.strip()}”", limit=max(1, min(room, 6)) * width))]
    lines += [Line(join(("! ", "bold $text-warning"), words), 2) for words in warned]
    return Confirm(join("Send to ", safe(contact.title, "bold", 40), "?"), lay_out(lines, width), yes="Send")


class SendHost(TellsFailures, Vertical):
    """The send panel with all that it needs. Its screen says which contact to show, and when to catch up."""

    @dataclass
    class TemplatesRead(Event):
        """The templates came, or the words for why not."""

        templates: tuple[Template, ...]
        error: str = ""

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
        self._in_flight = False
        self._choosing = False
        self._reading = False
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
                self._begin_writing(contact_id, focus=focus)
            elif focus:
                panel.focus_text()
        except SentTuiError as error:
            if is_other:
                panel.begin(None)
            if not isinstance(error, NotFoundError):
                self.post_message(WorkFailed.of(error))
        if panel.contact is not None:
            self._want_templates()
            self._replan()

    def _begin_writing(self, contact_id: str, *, focus: bool) -> None:
        repository, panel = self.workspace.repository, self.panel
        contact, loaded, newest = repository.get(contact_id), repository.draft(contact_id), self._newest(contact_id)
        self._loaded = loaded
        panel.begin(contact, self._drafts.waiting(contact_id) or loaded, focus=focus)
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
        self._replan()
        self._keep(event.draft)

    def on_send_panel_template_wanted(self, event: SendPanel.TemplateWanted) -> None:
        """Offer the templates."""
        event.stop()
        if self.panel.templates is None:
            self.panel.tell("Reading the templates …", "$text-muted")
            self._want_templates()
        elif not self._choosing:
            self._choosing = True
            self._choose_template(self.panel.templates[:MAX_TEMPLATES])

    def on_send_panel_send_wanted(self, event: SendPanel.SendWanted) -> None:
        """Ask whether it shall go, once."""
        event.stop()
        panel, sending = self.panel, self.workspace.sending
        self._replan()
        why_not = "Already sending." if self._in_flight else panel.why_not()
        contact, plan, content, channel = panel.contact, panel.plan, panel.content, panel.channel
        if why_not or contact is None or plan is None:
            panel.tell(why_not)
            return
        self._begin(
            Wanted(
                contact=contact,
                content=content,
                channel=channel,
                plan=plan,
                deliver=lambda: sending.send(contact.id, content, channel=channel),
                draft=panel.draft,
            )
        )

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

    def on_send_host_templates_read(self, event: TemplatesRead) -> None:
        """Give the panel the templates."""
        self._reading = False
        if event.error:
            self.panel.tell(f"The templates could not be read: {event.error}", "$text-warning")
        else:
            self.panel.templates = event.templates

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
        failed = message is None or never_left(message)
        if failed and wanted.draft is not None:
            panel.stage = Stage.WRITING
            panel.tell(f"{_failure(event)} What you wrote is kept; ctrl+s sends it when that is mended.")
            self._replan()
            return
        if message is not None:
            panel.now = self.workspace.clock()
            panel.story = self._story(message)
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

    def _begin(self, wanted: Wanted) -> None:
        self._in_flight = True
        stage, self.panel.stage = self.panel.stage, Stage.ASKING
        self._ask(wanted, stage)

    @work(exit_on_error=False, group="ask", description="ask before sending")
    async def _ask(self, wanted: Wanted, stage: Stage) -> None:
        """Ask until the answer is no, or the route that was agreed to is the route of now."""
        panel, plan, words = self.panel, wanted.plan, "Nothing was sent."
        while plan.steps:
            if not await self.app.push_screen_wait(self._question(wanted, plan)):
                break
            agreed, plan = plan.channels, self._plan(wanted.contact.id, wanted.content, wanted.channel)
            if plan.channels == agreed:
                panel.stage = Stage.SENDING
                panel.tell("Sending …", "$text-muted")
                self._hand_over(wanted)
                return
            words = "The route changed while you were asked. Nothing was sent."
        self._in_flight = False
        panel.stage = stage
        panel.tell(words, "$text-warning")
        self._replan()

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
        except SentTuiError as failure:
            error, newest = str(failure), self._newest(wanted.contact.id)
            message = newest if newest is not None and (before is None or newest.id != before.id) else None
        if wanted.draft is not None and (message is None or never_left(message)) and not repository.read_only:
            with suppress(SentTuiError):
                repository.save_draft(replace(wanted.draft, updated_at=self.workspace.clock()))
        if not self.post_message(self.Handed(wanted, message, error)) and error:
            app.post_message(WorkFailed("Nothing was sent" if message is None else "Sending was interrupted", error))

    def _is_behind(self, contact_id: str) -> bool:
        """Return whether the draft was changed elsewhere, while nothing is being written here."""
        panel, kept = self.panel, self._kept.get(contact_id)
        if panel.stage is not Stage.WRITING or panel.has_focus_within or self._drafts.waiting(contact_id) is not None:
            return False
        stored = self.workspace.repository.draft(contact_id)
        same = stored == self._loaded or replace(stored or Draft(contact_id), updated_at=None) == kept
        return panel.draft == kept and not same

    def _want_templates(self) -> None:
        if self.panel.templates is None and not self._reading:
            self._reading = True
            self._read_templates()

    @work(thread=True, exit_on_error=False, group="templates", description="read the templates")
    def _read_templates(self) -> None:
        try:
            self.post_message(self.TemplatesRead(self.workspace.sending.templates()))
        except SentTuiError as error:
            self.post_message(self.TemplatesRead((), str(error)))

    @work(thread=True, exit_on_error=False, group="drafts", description="keep a draft")
    def _save_drafts(self) -> None:
        try:
            self._drafts.drain()
        except SentTuiError as error:
            self.post_message(self.DraftFailed(str(error)))

    @work(exit_on_error=False, group="template", description="choose a template")
    async def _choose_template(self, templates: tuple[Template, ...]) -> None:
        """Offer free text and the templates."""
        choices = [Choice("", join(("Free text", "bold"), ("  written by hand", "$text-muted")))]
        for template in templates:
            name, body = safe(template.name, "bold", 40), safe(template.body, "$text-muted", 52)
            choices.append(Choice(template.name, join(name, (f"  {template.category}", "$text-muted"), BREAK, body)))
        present = self.panel.composer.composition.template
        at = next((place for place, choice in enumerate(choices) if choice.value == (present or "")), 0)
        note = join("WhatsApp takes a template at any time, free text only within a day of the person's last message.")
        try:
            answer = await self.app.push_screen_wait(Choose(join("Template"), choices, note=note, at=at))
        finally:
            self._choosing = False
        if answer is not None and answer != (present or ""):
            self.panel.use_template(answer or None)

    def _question(self, wanted: Wanted, plan: RoutePlan) -> Confirm:
        warned = same_text(self.panel.recent, wanted.content, self.workspace.clock())
        return question(wanted, plan, self.workspace.gateway.label, warned, self.screen.size)

    def _replan(self) -> None:
        """Bring the contact, the route and the time up to date; what was sent keeps the route it had."""
        panel = self.panel
        if panel.contact is None or panel.stage in {Stage.SENDING, Stage.SENT}:
            return
        panel.now = self.workspace.clock()
        panel.read_only = self.workspace.repository.read_only
        panel.plan = self._plan(panel.contact.id, panel.content, panel.channel)
        with suppress(SentTuiError):
            panel.contact = self.workspace.repository.get(panel.contact.id)
            panel.consent = self._consent(panel.contact) if panel.contact.opt_out else ""

    def _plan(self, contact_id: str, content: Words, channel: Channel | None) -> RoutePlan:
        """Return the route of now; one without steps for a contact that was deleted, or cannot be read."""
        self._gone = False
        try:
            return self.workspace.sending.plan(contact_id, content, channel=channel)
        except NotFoundError:
            self._gone = True
            reason = "The contact was deleted. u brings it back."
        except SentTuiError as error:
            reason = str(error)
        return RoutePlan((), (), (reason,), self.workspace.clock())

    def _consent(self, contact: Contact) -> str:
        history = self.workspace.repository.consent_history(contact.format_e164)
        last = next((event for event in reversed(history) if event.kind is ConsentKind.OPT_OUT), None)
        return f"Opted out {ago(last.at, self.workspace.clock())} by {last.by}: {last.how}." if last else ""

    def _records_changed(self, change: Change) -> None:
        panel = self.panel
        if panel.contact is None:
            return
        if change.kind is ChangeKind.CONTACTS and panel.contact.id in change.ids:
            self._replan()
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
            panel.story = self._story(self.workspace.repository.message(panel.story.message.id))

    def _newest(self, contact_id: str) -> Message | None:
        return next(iter(self.workspace.repository.messages(contact_id=contact_id, limit=1)), None)

    def _story(self, message: Message) -> Story:
        return Story(message, self.workspace.repository.events(message.id))

    def _keep(self, draft: Draft) -> None:
        if self._note(draft):
            self._save_drafts()

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
        if event.message is None or never_left(event.message):
            self.post_message(WorkFailed(f"Nothing was sent to {name}", _failure(event)))
        else:
            self.post_message(WorkDone(f"Sent to {name}."))


def _failure(event: SendHost.Handed) -> str:
    """Return why nothing was sent, in words."""
    if event.error or event.message is None:
        return event.error
    return event.message.attempts[-1].detail
