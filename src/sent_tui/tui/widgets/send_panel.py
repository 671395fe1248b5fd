"""The send panel: a message is written, its route is seen before it goes, and what comes of it after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual import on
from textual.message import Message
from textual.reactive import var
from textual.widgets import Button

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content as Words
from sent_tui.core.message import Draft
from sent_tui.core.rationale import Rationale
from sent_tui.core.recheck import Proposal
from sent_tui.core.route_plan import RoutePlan
from sent_tui.tui.commands import SEND, bindings
from sent_tui.tui.widgets.composer import recipient_line
from sent_tui.tui.widgets.composition import Stage, same_text, warnings
from sent_tui.tui.widgets.outlook import is_in_vain, planned_lines, route_lines, story_lines
from sent_tui.tui.widgets.timeline import Story
from sent_tui.tui.widgets.writing_panel import WritingPanel


class SendPanel(WritingPanel):
    """Writes one message to one contact. Whoever hosts it plans, keeps drafts, asks and sends."""

    DEFAULT_CSS = """
    SendPanel {
        &.-sent Composer { height: auto; min-height: 0; }
        &.-sent Outlook { height: 1fr; max-height: 100%; }
        &.-sent.-columns Composer { height: 100%; }
        &.-sent.-columns Outlook { height: 100%; }
        &.-stacked.-sent MessageText, &.-stacked.-sent TemplateForm, &.-stacked.-sent .send-panel--choices {
            display: none;
        }
    }
    """
    BINDINGS = bindings(SEND)

    contact: var[Contact | None] = var(None)
    """Whom the message is for."""
    plan: var[RoutePlan | None] = var(None)
    """The route that it would take now, or took."""
    story: var[Story | None] = var(None)
    """The message just sent."""
    rationale: var[Rationale | None] = var(None)
    """What the estimates rest on after the message, and so what was learned from it; None until it is known."""
    recent: var[Story | None] = var(None)
    """The last message to the contact, to warn of sending the same again."""
    consent: var[str] = var("")
    """When and how the contact opted out, in words; empty when it may be messaged."""
    read_only: var[str] = var("")
    """Why nothing can be written, in words; empty when it can."""
    proposal: var[Proposal | None] = var(None)
    """Why the channels should be checked again, if that would pay."""
    quiet: var[str] = var("")
    """That it is night where the contact is, in words; empty where it is not."""
    now: var[datetime | None] = var(None)
    """The time against which ages are told."""

    @dataclass(eq=False, repr=False)
    class Changed(Message):
        """What is to be sent changed, or the channel."""

        content: Words
        channel: Channel | None
        draft: Draft

    @dataclass(eq=False, repr=False)
    class SendWanted(Message):
        """The message is to be sent."""

        content: Words
        channel: Channel | None
        later: bool = False
        """Whether it is to be asked when."""
        held: bool = False
        """Whether it waits until the quiet hours are over."""

    @dataclass(eq=False, repr=False)
    class RetryWanted(Message):
        """A message that was sent is to be sent again."""

        message_id: str

    @dataclass(eq=False, repr=False)
    class CallBackWanted(Message):
        """A message that waits in the outbox is to be called back."""

        message_id: str

    def __init__(self) -> None:
        super().__init__()
        self._told: tuple[Words, Channel | None] | None = None
        """What the host knows of."""
        self._took_focus = False
        """The focus left the text while it was locked."""

    @property
    def draft(self) -> Draft | None:
        """What is to be kept; None for what was sent, or is just going."""
        if self.contact is None or self.stage in {Stage.SENDING, Stage.SENT}:
            return None
        return self.written(self.contact.id)

    @property
    def warnings(self) -> list[str]:
        """What one must know before sending."""
        if self.contact is None or self.stage is Stage.SENT:
            return []
        found = warnings(self.contact, self.plan, self.key, read_only=self.read_only, consent=self.consent)
        if self.quiet and not self.contact.opt_out:
            found.append(f"{self.quiet} {self.key('hold-back')} holds it until then.")
        return found + same_text(self.recent, self.content, self.now)

    def written(self, contact_id: str) -> Draft:
        """Return what stands in the fields, also of what was sent."""
        return self.composer.composition.draft(contact_id)

    def begin(self, contact: Contact | None, draft: Draft | None = None, *, focus: bool = False) -> None:
        """Show a contact, with what was begun for it."""
        self.tell_change()
        self.composer.load(draft or Draft(contact.id if contact else ""), focus=focus)
        self.contact, self.plan, self.story, self.recent = contact, None, None, None
        self.rationale = None
        self.stage = Stage.WRITING
        self.tell("")
        self._told = (self.content, self.channel)

    def focus_text(self) -> None:
        """Put the cursor where one writes, or reads when all is written."""
        if self.stage is Stage.SENT:
            self.outlook.focus()
        else:
            self.composer.focus_text()

    def why_not(self) -> str:
        """Return why the message cannot be sent, and what to do; empty when it can."""
        if self.contact is None:
            return "There is no contact to send to."
        if self.composer.composition.template is not None and self.composer.template is None:
            return self.why_unfinished()
        if self.plan is None:
            return "The route is not known yet."
        if self.read_only or not self.plan.steps:
            return self.warnings[0]
        return self.why_unfinished()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the letters that act after sending to others until then."""
        if action == "call_back":
            return self._waits
        return action not in {"new_message", "retry"} or self.stage is Stage.SENT

    @property
    def hints(self) -> dict[str, str]:
        """The commands that act on what was sent, and a word for each; empty while a message is being written."""
        if self.stage is not Stage.SENT or self.story is None:
            return {}
        named = {"back": "back", "new_message": "new message", "show_help": "help"}
        if self._waits:
            named["call_back"] = "call back"
        if is_in_vain(self.story.message):
            named["retry"] = "send again"
        return named

    @property
    def _waits(self) -> bool:
        """Whether the message is in the outbox."""
        return self.stage is Stage.SENT and self.story is not None and self.story.message.is_waiting

    def is_night(self) -> bool:
        """Return whether it is night where the contact is."""
        return bool(self.quiet)

    def want_send(self, *, later: bool, held: bool = False) -> None:
        """Ask for the message to be sent, at once or at a time, or say why it cannot be."""
        if not self.is_open():
            return
        why_not = self.why_not()
        self.tell(why_not)
        if not why_not:
            self.post_message(self.SendWanted(self.content, self.channel, later, held))

    def action_new_message(self) -> None:
        """Begin another message after one was sent."""
        if self.stage is not Stage.SENT:
            self.tell("This message is not sent yet.", "$text-warning")
            return
        sent = self.story
        self.begin(self.contact, focus=True)
        self.recent, self._told = sent, None
        self.tell_change()

    def action_retry(self) -> None:
        """Ask for the message to be sent again."""
        if self.stage is Stage.SENT and self.story is not None:
            self.post_message(self.RetryWanted(self.story.message.id))
        else:
            self.tell("No message was sent yet that could be sent again.", "$text-warning")

    def action_call_back(self) -> None:
        """Ask for the message to be called back, while it waits in the outbox."""
        if self.story is not None and self._waits:
            self.post_message(self.CallBackWanted(self.story.message.id))

    def watch_stage(self, stage: Stage) -> None:
        """Lock the text while it goes, and after."""
        if stage in {Stage.SENDING, Stage.SENT} and self.has_focus_within:
            self._took_focus = True
            self.outlook.focus()
        self.composer.follow(stage)
        self.set_class(stage is Stage.SENT, "-sent")
        if stage is Stage.WRITING and self._took_focus:
            self._took_focus = False
            self.focus_text()
        self.draw_soon()

    def watch_contact(self) -> None:
        """Draw anew."""
        self.draw_soon()

    watch_plan = watch_proposal = watch_story = watch_rationale = watch_contact
    watch_recent = watch_consent = watch_read_only = watch_now = watch_quiet = watch_contact

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if self.stage is Stage.SENT:
            self.action_new_message()
        else:
            self.action_send_now()

    def is_open(self) -> bool:
        """Return whether the message can still be changed, or say why not."""
        if self.stage is not Stage.WRITING:
            sent = f"This message is on its way. {self.key('new-message')} begins another one."
            self.tell(sent if self.stage is Stage.SENT else "Already sending.", "$text-warning")
        return self.stage is Stage.WRITING

    def tell_change(self) -> None:
        """Say what changed, once; what was loaded and not touched is no change."""
        self.draw_soon()
        present, draft = (self.content, self.channel), self.draft
        if draft is None or present == self._told:
            return
        self._told = present
        self.tell("")
        self.post_message(self.Changed(*present, draft))

    def draw(self) -> None:
        """Draw the text, and what becomes of it."""
        sent = self.stage is Stage.SENT
        self.composer.draw(recipient_line(self.contact), self.content, self.plan, self.stage)
        story = story_lines(self.story, self.now, self.key, sent=sent) if self.story else []
        barred = self.contact is None or (self.contact.opt_out and not sent)
        if sent and self.story is not None:
            route = planned_lines(self.story.message, self.rationale)
        else:
            route = [] if barred else route_lines(self.plan, self.proposal)
        self.outlook.draw(story, self.warnings, route)
