"""A panel on which a message is written, and what becomes of it is seen beside the text."""

from __future__ import annotations

from abc import abstractmethod

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import var

from sent_tui.core.channel import Channel
from sent_tui.core.message import Content as Words
from sent_tui.core.message import Template
from sent_tui.services.sending import MAX_TEXT
from sent_tui.tui.keymap import keymap_of
from sent_tui.tui.widgets.composer import Composer
from sent_tui.tui.widgets.composition import TEXT_LIMIT, Stage, too_long
from sent_tui.tui.widgets.outlook import Outlook

COLUMNS_FROM = 100
"""Cells of width from which the outlook stands beside the text, and not beneath it."""
TIGHT_BELOW, LOW_BELOW = 70, 20
"""Cells of width for the text, and of height, below which the button gives way to it."""


class WritingPanel(Vertical):
    """The composer and the outlook, and the commands that change what is written. Whom it is for is up to others."""

    DEFAULT_CSS = """
    WritingPanel {
        height: 1fr;

        &.-columns { layout: horizontal; }
        &.-columns Composer { width: 3fr; height: 100%; padding: 1 2; }
        &.-columns Outlook {
            width: 2fr; height: 100%; max-height: 100%; padding: 1 1 1 2; border-top: none; border-left: solid $border;
        }
        &.-columns MessageText, &.-columns TemplateForm { max-height: 14; margin: 1 0; }

        &.-tight .send-panel--foot { layout: vertical; }
        &.-tight .send-panel--segments { width: 100%; }
        &.-tight .send-panel--foot Button { margin: 0; }
        &.-stacked.-tight.-low .send-panel--foot Button { display: none; }
        &.-low Outlook { max-height: 40%; }
        &.-low.-notice Outlook { max-height: 30%; }
        &.-low.-notice MessageText { min-height: 2; }
        &.-low TemplateForm { height: 1fr; max-height: 100%; margin: 0; }
    }
    """

    templates: var[tuple[Template, ...] | None] = var(None)
    """The approved templates; None until they were read."""
    stage: var[Stage] = var(Stage.WRITING)

    class TemplateWanted(Message):
        """A template is to be chosen."""

    class Left(Message):
        """The person is done here."""

    def __init__(self) -> None:
        super().__init__()
        self.composer = Composer()
        self.outlook = Outlook()
        self._drawing = False

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

    def key(self, command_id: str) -> str:
        """Return the key of a command, as people write it."""
        return keymap_of(self.app).label_of(command_id)

    def tell(self, words: str, style: str = "$text-error") -> None:
        """Say something beneath the text, until that changes; nothing takes the last words away."""
        self.set_class(bool(words), "-notice")
        self.composer.tell(words, style)

    def use_template(self, name: str | None) -> None:
        """Take a template, or free text; what was written for the other one stays."""
        self.composer.use_template(name)
        self.tell_change()

    @abstractmethod
    def tell_change(self) -> None:
        """Say what changed in what is written, once."""

    def why_unfinished(self) -> str:
        """Return what is still to be written before anything can be sent; empty when it is complete."""
        composition, template, text = self.composer.composition, self.composer.template, self.content.text
        if composition.template is not None and template is None:
            return f"The template is not there. {self.key('next-template')} chooses another one, or free text."
        if missing := composition.missing(template):
            return f"Not filled in: {', '.join(missing)}."
        if not text.strip():
            return "There is nothing to send: the message is empty."
        return too_long(text) if len(text) > MAX_TEXT else ""

    def is_open(self) -> bool:
        """Return whether the message can still be changed, or say why not."""
        return self.stage is Stage.WRITING

    @abstractmethod
    def want_send(self, *, later: bool, held: bool = False) -> None:
        """Ask for the message to be sent, or say why it cannot be; `held` until quiet hours are over."""

    @abstractmethod
    def is_night(self) -> bool:
        """Return whether the message would come in quiet hours."""

    @abstractmethod
    def draw(self) -> None:
        """Draw what is known now."""

    def draw_soon(self) -> None:
        """Draw once, however many things changed."""
        if self.is_mounted and not self._drawing:
            self._drawing = True
            self.call_next(self._draw)

    def _draw(self) -> None:
        self._drawing = False
        self.draw()

    def action_send_now(self) -> None:
        """Ask for the message to be sent, or say why it cannot be."""
        self.want_send(later=False)

    def action_schedule(self) -> None:
        """Ask for the message to be sent at a time, or say why it cannot be."""
        self.want_send(later=True)

    def action_hold_back(self) -> None:
        """Ask for the message to be sent when the quiet hours are over, or say that there are none now."""
        if self.is_night():
            self.want_send(later=False, held=True)
        elif self.is_open():
            self.tell(f"It would come in no quiet hours: {self.key('send-now')} sends it.", "$text-warning")

    def action_next_channel(self) -> None:
        """Choose the next channel: automatic, then each one alone."""
        if self.is_open():
            self.composer.use_next_channel()
            self.tell_change()

    def action_next_template(self) -> None:
        """Ask for a template to be chosen."""
        if self.is_open():
            self.post_message(self.TemplateWanted())

    def action_write_plainly(self) -> None:
        """Write typographic characters as GSM-7 has them, which may halve the segments."""
        if self.is_open():
            if not self.composer.write_plainly():
                self.tell("Some characters have no counterpart in GSM-7.", "$text-warning")
            self.tell_change()

    def action_back(self) -> None:
        """Leave; what is written stays."""
        self.post_message(self.Left())

    def on_mount(self) -> None:
        """Draw what is there already."""
        self._draw()

    def on_resize(self) -> None:
        """Put the outlook beside the text where there is room, and the button out of the way where there is little."""
        width, height = self.outer_size
        self.set_class(width >= COLUMNS_FROM, "-columns")
        self.set_class(width < COLUMNS_FROM, "-stacked")
        for_text = width * 3 // 5 if width >= COLUMNS_FROM else width
        self.set_class(for_text < TIGHT_BELOW, "-tight")
        self.set_class(height < LOW_BELOW, "-low")
        self.call_after_refresh(self._draw)

    def watch_templates(self, templates: tuple[Template, ...] | None) -> None:
        """Pass the templates on; with a chosen one among them, the outlook may be another."""
        self.composer.templates = templates

    @on(Composer.Written)
    def _written(self, event: Composer.Written) -> None:
        event.stop()
        self.tell_change()

    @on(Composer.Full)
    def _full(self, event: Composer.Full) -> None:
        event.stop()
        self.tell(f"Not all of it fitted in: no more than {TEXT_LIMIT:,} characters do.", "$text-warning")

    @on(events.Click, ".send-panel--choices")
    def _choice_clicked(self, event: events.Click) -> None:
        event.stop()
        if event.y == 0:
            self.action_next_channel()
        else:
            self.action_next_template()
