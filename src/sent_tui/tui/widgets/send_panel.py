"""The send panel: a message is written, its route is seen before it goes, and what comes of it after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import var
from textual.widgets import Button

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content as Words
from sent_tui.core.message import Draft, Template
from sent_tui.core.routing import RoutePlan
from sent_tui.services.sending import MAX_TEXT
from sent_tui.tui.commands import SEND, bindings
from sent_tui.tui.widgets.composer import Composer
from sent_tui.tui.widgets.composition import TEXT_LIMIT, Stage, same_text, too_long, warnings
from sent_tui.tui.widgets.outlook import Outlook, route_lines, story_lines
from sent_tui.tui.widgets.timeline import Story

COLUMNS_FROM = 100
"""Cells of width from which the route stands beside the text, and not beneath it."""
TIGHT_BELOW, LOW_BELOW = 70, 20
"""Cells of width and height below which the button gives way to the text."""


class SendPanel(Vertical):
    """Writes one message to one contact. Whoever hosts it plans, keeps drafts, asks and sends."""

    DEFAULT_CSS = """
    SendPanel {
        height: 1fr;

        &.-columns { layout: horizontal; }
        &.-columns Composer { width: 3fr; height: 100%; padding: 1 2; }
        &.-columns Outlook {
            width: 2fr; height: 100%; max-height: 100%; padding: 1 2; border-top: none; border-left: solid $border;
        }
        &.-columns MessageText, &.-columns TemplateForm { max-height: 14; margin: 1 0; }

        &.-tight .send-panel--foot { layout: vertical; }
        &.-tight .send-panel--segments { width: 100%; }
        &.-tight .send-panel--foot Button { margin: 0; }
        &.-tight.-low .send-panel--foot Button { display: none; }
        &.-low Outlook { max-height: 40%; }
        &.-low.-notice Outlook { max-height: 30%; }
        &.-low.-notice MessageText { min-height: 2; }
        &.-low TemplateForm { height: 1fr; max-height: 100%; margin: 0; }

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
    templates: var[tuple[Template, ...] | None] = var(None)
    """The approved templates; None until they were read."""
    story: var[Story | None] = var(None)
    """The message just sent."""
    recent: var[Story | None] = var(None)
    """The last message to the contact, to warn of sending the same again."""
    stage: var[Stage] = var(Stage.WRITING)
    consent: var[str] = var("")
    """When and how the contact opted out, in words; empty when it may be messaged."""
    read_only: var[str] = var("")
    """Why nothing can be written, in words; empty when it can."""
    now: var[datetime | None] = var(None)
    """The time against which ages are told."""

    @dataclass
    class Changed(Message):
        """What is to be sent changed, or the channel."""

        content: Words
        channel: Channel | None
        draft: Draft

    @dataclass
    class SendWanted(Message):
        """The message is to be sent."""

        content: Words
        channel: Channel | None

    @dataclass
    class RetryWanted(Message):
        """A message that was sent is to be sent again."""

        message_id: str

    class TemplateWanted(Message):
        """A template is to be chosen."""

    class Left(Message):
        """The person is done here."""

    def __init__(self) -> None:
        super().__init__()
        self.composer = Composer()
        self.outlook = Outlook()
        self._told: tuple[Words, Channel | None] | None = None
        """What the host knows of."""
        self._drawing = False
        self._took_focus = False
        """The focus left the text while it was locked."""

    def compose(self) -> ComposeResult:
        """Lay out the two halves."""
        yield self.composer
        yield self.outlook

    @property
    def content(self) -> Words:
        """What would be sent."""
        return self.composer.content

    @property
    def channel(self) -> Channel | None:
        """The only channel to use; None leaves the choice to the router."""
        return self.composer.composition.channel

    @property
    def draft(self) -> Draft | None:
        """What is to be kept; None for what was sent, or is just going."""
        if self.contact is None or self.stage in {Stage.SENDING, Stage.SENT}:
            return None
        return self.composer.composition.draft(self.contact.id)

    @property
    def warnings(self) -> list[str]:
        """What one must know before sending."""
        if self.contact is None or self.stage is Stage.SENT:
            return []
        found = warnings(self.contact, self.plan, self.read_only, self.consent)
        return found + same_text(self.recent, self.content, self.now)

    def begin(self, contact: Contact | None, draft: Draft | None = None, *, focus: bool = False) -> None:
        """Show a contact, with what was begun for it."""
        self._tell_change()
        self.composer.load(draft or Draft(contact.id if contact else ""), focus=focus)
        self.contact, self.plan, self.story, self.recent = contact, None, None, None
        self.stage = Stage.WRITING
        self.tell("")
        self._told = (self.content, self.channel)

    def tell(self, words: str, style: str = "$text-error") -> None:
        """Say something beneath the text, until that changes; nothing takes the last words away."""
        self.set_class(bool(words), "-notice")
        self.composer.tell(words, style)

    def use_template(self, name: str | None) -> None:
        """Take a template, or free text; what was written for the other one stays."""
        self.composer.use_template(name)
        self._tell_change()

    def focus_text(self) -> None:
        """Put the cursor where one writes, or reads when all is written."""
        if self.stage is Stage.SENT:
            self.outlook.focus()
        else:
            self.composer.focus_text()

    def why_not(self) -> str:
        """Return why the message cannot be sent, and what to do; empty when it can."""
        composition, template, text = self.composer.composition, self.composer.template, self.content.text
        if self.contact is None:
            return "There is no contact to send to."
        if composition.template is not None and template is None:
            return "The template is not there. ctrl+o chooses another one, or free text."
        if self.plan is None:
            return "The route is not known yet."
        if self.read_only or not self.plan.steps:
            return self.warnings[0]
        if missing := composition.missing(template):
            return f"Not filled in: {', '.join(missing)}."
        if not text.strip():
            return "There is nothing to send: the message is empty."
        return too_long(text) if len(text) > MAX_TEXT else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the letters that act after sending to others until then."""
        return action not in {"new_message", "retry"} or self.stage is Stage.SENT

    def action_send_now(self) -> None:
        """Ask for the message to be sent, or say why it cannot be."""
        if not self._is_open():
            return
        why_not = self.why_not()
        self.tell(why_not)
        if not why_not:
            self.post_message(self.SendWanted(self.content, self.channel))

    def action_next_channel(self) -> None:
        """Choose the next channel: automatic, then each one alone."""
        if self._is_open():
            self.composer.use_next_channel()
            self._tell_change()

    def action_next_template(self) -> None:
        """Ask for a template to be chosen."""
        if self._is_open():
            self.post_message(self.TemplateWanted())

    def action_write_plainly(self) -> None:
        """Write typographic characters as GSM-7 has them, which may halve the segments."""
        if self._is_open():
            if not self.composer.write_plainly():
                self.tell("Some characters have no counterpart in GSM-7.", "$text-warning")
            self._tell_change()

    def action_new_message(self) -> None:
        """Begin another message after one was sent."""
        if self.stage is not Stage.SENT:
            self.tell("This message is not sent yet.", "$text-warning")
            return
        sent = self.story
        self.begin(self.contact, focus=True)
        self.recent, self._told = sent, None
        self._tell_change()

    def action_retry(self) -> None:
        """Ask for the message to be sent again."""
        if self.stage is Stage.SENT and self.story is not None:
            self.post_message(self.RetryWanted(self.story.message.id))
        else:
            self.tell("No message was sent yet that could be sent again.", "$text-warning")

    def action_back(self) -> None:
        """Leave; the draft stays."""
        self.post_message(self.Left())

    def on_mount(self) -> None:
        """Draw what is there already."""
        self._draw()

    def on_resize(self) -> None:
        """Put the route beside the text where there is room, and the button out of the way where there is little."""
        width, height = self.outer_size
        self.set_class(width >= COLUMNS_FROM, "-columns")
        self.set_class(width < COLUMNS_FROM, "-stacked")
        self.set_class(width < TIGHT_BELOW, "-tight")
        self.set_class(height < LOW_BELOW, "-low")
        self.call_after_refresh(self._draw)

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
        self._draw_soon()

    def watch_templates(self, templates: tuple[Template, ...] | None) -> None:
        """Pass the templates on; with a chosen one among them, the route may be another."""
        self.composer.templates = templates

    def watch_contact(self) -> None:
        """Draw anew."""
        self._draw_soon()

    watch_plan = watch_story = watch_recent = watch_consent = watch_read_only = watch_now = watch_contact

    @on(Composer.Written)
    def _written(self, event: Composer.Written) -> None:
        event.stop()
        self._tell_change()

    @on(Composer.Full)
    def _full(self, event: Composer.Full) -> None:
        event.stop()
        self.tell(f"Not all of it fitted in: no more than {TEXT_LIMIT:,} characters do.", "$text-warning")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if self.stage is Stage.SENT:
            self.action_new_message()
        else:
            self.action_send_now()

    @on(events.Click, ".send-panel--choices")
    def _choice_clicked(self, event: events.Click) -> None:
        event.stop()
        if event.y == 0:
            self.action_next_channel()
        else:
            self.action_next_template()

    def _is_open(self) -> bool:
        """Return whether the message can still be changed, or say why not."""
        if self.stage is not Stage.WRITING:
            sent = "This message is on its way. n begins another one."
            self.tell(sent if self.stage is Stage.SENT else "Already sending.", "$text-warning")
        return self.stage is Stage.WRITING

    def _tell_change(self) -> None:
        """Say what changed, once; what was loaded and not touched is no change."""
        self._draw_soon()
        present, draft = (self.content, self.channel), self.draft
        if draft is None or present == self._told:
            return
        self._told = present
        self.tell("")
        self.post_message(self.Changed(*present, draft))

    def _draw_soon(self) -> None:
        """Draw once, however many things changed."""
        if self.is_mounted and not self._drawing:
            self._drawing = True
            self.call_next(self._draw)

    def _draw(self) -> None:
        self._drawing = False
        sent = self.stage is Stage.SENT
        self.composer.draw(self.contact, self.plan, self.stage)
        story = story_lines(self.story, self.now, sent=sent) if self.story else []
        barred = self.contact is None or (self.contact.opt_out and not sent)
        self.outlook.draw(story, self.warnings, [] if barred else route_lines(self.plan, sent=sent))
