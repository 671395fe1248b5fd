"""The send panel: a message is written, its route is seen before it goes, and what comes of it after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.document._edit import Edit
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Button, Input, Static, TextArea
from textual.widgets.text_area import EditResult

from sent_tui.core.channel import CHANNEL_ORDER, Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content as Words
from sent_tui.core.message import Draft, MessageStatus, Template, fill
from sent_tui.core.routing import PRICES, ExclusionKind, RoutePlan
from sent_tui.core.segments import SegmentCount, count_segments, gsm7_text
from sent_tui.core.text import ago, display, plural
from sent_tui.services.sending import MAX_TEXT
from sent_tui.tui.commands import SEND, bindings
from sent_tui.tui.safe import BREAK, join, safe, safe_lines
from sent_tui.tui.widgets.layout import BLANK, Document, Line, lay_out
from sent_tui.tui.widgets.route_view import route_content
from sent_tui.tui.widgets.timeline import Story, message_lines, status_words

COLUMNS_FROM = 100
"""Cells of width from which the route stands beside the text, and not beneath it."""
TIGHT_BELOW, LOW_BELOW = 70, 20
"""Cells of width and height below which the button gives way to the text."""
TEXT_LIMIT = 2 * MAX_TEXT
"""Characters that the box takes: more than can be sent, so that what was pasted can be shortened here."""
VARIABLE_LIMIT = 300
"""Characters of one variable of a template."""
SAME_TEXT_WITHIN = timedelta(days=1)
"""How long ago the same text must have gone out for it to be worth a word."""
_LABEL = 9


class Stage(Enum):
    """How far a message has come."""

    WRITING = "writing"
    ASKING = "asking"
    """A person is asked whether it shall go."""
    SENDING = "sending"
    """It is being handed over."""
    SENT = "sent"
    """It was handed over; reports come in."""


@dataclass(frozen=True, slots=True)
class Composition:
    """A message as far as it is written."""

    text: str = ""
    """Free text; kept while a template is chosen."""
    template: str | None = None
    """The name of the chosen template."""
    variables: Mapping[str, str] = field(default_factory=dict)
    channel: Channel | None = None
    """The only channel to use; None leaves the choice to the router."""

    def words(self, template: Template | None) -> Words:
        """Return what would be sent; the places that are not filled in stay visible."""
        if template is None:
            return Words(self.text)
        return fill(template, {name: self.variables[name] for name in template.variables if self._has(name)})

    def missing(self, template: Template | None) -> list[str]:
        """Return the variables that are not filled in."""
        return [name for name in template.variables if not self._has(name)] if template else []

    def draft(self, contact_id: str) -> Draft:
        """Return what is to be kept."""
        return Draft(contact_id, self.text, self.template, dict(self.variables), self.channel)

    def _has(self, name: str) -> bool:
        return bool(self.variables.get(name, "").strip())


def clean(text: str, limit: int, *, lines: bool = False) -> str:
    """Return typed or pasted text as it is shown, sent and kept: nothing in it that a terminal obeys."""
    return display(text, limit + 1, lines=lines)[:limit]


def segment_lines(count: SegmentCount, *, used: bool) -> list[Line]:
    """Return what a text takes as an SMS, and which character makes it dear; muted where no SMS may go."""
    parts = [count.encoding.value, f"{count.units:,} of {count.capacity:,}"]
    if count.segments:
        parts += [plural(count.segments, "segment"), f"${PRICES[Channel.SMS] * count.segments:.4f}"]
    line = join((f"{'SMS':<{_LABEL}}", "$text-muted"), (" · ".join(parts), "" if used else "$text-muted"))
    if count.forced_by is None or count.forced_at is None:
        return [Line(line, _LABEL)]
    style = "$text-warning" if used else "$text-muted"
    cure = "; ctrl+g writes it as GSM-7" if count.substitutes is not None else ""
    why = join((f"“{count.forced_by}”", f"bold {style}"), (f" at {count.forced_at + 1} forces UCS-2{cure}", style))
    return [Line(line, _LABEL), Line(why, _LABEL, _LABEL)]


def warnings(contact: Contact, plan: RoutePlan | None, read_only: str, consent: str = "") -> list[str]:
    """Return what one must know about the contact and the route before sending."""
    found = []
    if read_only:
        found.append(f"Nothing can be sent or kept: {read_only}")
    if contact.opt_out:
        found.append(f"{consent or 'Opted out.'} Nothing may be sent; only the person can opt in again.")
    elif plan is not None:
        found += _route_warnings(plan)
    if contact.extension:
        found.append(f"The extension {contact.extension} is ignored: messages reach the number alone.")
    return found


def _route_warnings(plan: RoutePlan) -> list[str]:
    shut = any(out.kind is ExclusionKind.WINDOW_CLOSED for out in plan.excluded)
    if plan.steps:
        by = plan.steps[0].channel.label
        return [f"Free text goes by {by}: the WhatsApp window is shut. ctrl+o chooses a template."] if shut else []
    if shut:
        return ["Free text has no way: the WhatsApp window is shut. ctrl+o chooses a template, which may go."]
    if any(out.kind is ExclusionKind.PINNED_ELSEWHERE for out in plan.excluded):
        return ["The chosen channel does not reach this number. ctrl+r chooses another one."]
    if not plan.excluded:
        return list(plan.reasons)
    return ["No channel reaches this number, as far as is known. Leave (esc) and check it again (c)."]


class MessageText(TextArea):
    """Takes free text, cleaned and of limited size however it comes in."""

    class Full(Message):
        """Not all of what was typed or pasted fitted in."""

    def __init__(self) -> None:
        super().__init__(compact=True, highlight_cursor_line=False, placeholder="Write a message")
        self.cursor_blink = False

    def edit(self, edit: Edit) -> EditResult:
        """Do an edit with its text cleaned and cut to the room there is."""
        room = max(0, TEXT_LIMIT - len(self.text) + len(self.get_text_range(edit.top, edit.bottom)))
        cleaned = clean(edit.text, TEXT_LIMIT + 1, lines=True)
        edit.text = cleaned[:room]
        result = super().edit(edit)
        if len(cleaned) > room:
            self.post_message(self.Full())
        return result

    def load_text(self, text: str) -> None:
        """Take a text in place of the present one, with the cursor behind it."""
        super().load_text(clean(text, TEXT_LIMIT, lines=True))
        self.move_cursor(self.document.end)


class VariableInput(Input):
    """Takes the value of one variable, and writes it into the values it was given."""

    def __init__(self, variable: str, values: dict[str, str]) -> None:
        self._variable = variable
        self._values = values
        super().__init__(values.get(variable, ""), display(variable, 40), classes="-flat", select_on_focus=False)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Clean what was typed or pasted."""
        return clean(value, VARIABLE_LIMIT)

    def watch_value(self, value: str) -> None:
        """Write the value down."""
        if value or self._variable in self._values:
            self._values[self._variable] = value

    def on_paste(self, event: events.Paste) -> None:
        """Take a text of several lines as one line, and not its first one alone."""
        event.prevent_default()
        event.stop()
        self.replace(" ".join(event.text[: 4 * VARIABLE_LIMIT].split()), *self.selection)


class TemplateForm(VerticalScroll, can_focus=False):
    """The variables of a template, and the message as it will read."""

    def __init__(self) -> None:
        super().__init__()
        self._template: Template | None = None
        self._values: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """Lay out one line for each variable, then the message."""
        for variable in self._template.variables if self._template else ():
            with Horizontal(classes="send-panel--variable"):
                yield Static(safe(variable, "$text-muted", limit=16))
                yield VariableInput(variable, self._values)
        yield Document(classes="send-panel--filled")

    @property
    def place(self) -> VariableInput | None:
        """Where one writes next: the first variable that is empty, else the first one."""
        inputs = list(self.query(VariableInput))
        return next((line for line in inputs if not line.value.strip()), next(iter(inputs), None))

    async def take(self, template: Template | None, values: dict[str, str]) -> None:
        """Show the variables of a template, each with its value."""
        nothing = template is self._template is None
        self._template, self._values = template, values
        if not nothing:
            await self.recompose()

    def draw(self, words: Words, missing: Sequence[str]) -> None:
        """Show the message as it will read; what is missing stands out."""
        text = safe_lines(words.text)
        for name in missing:
            place = display(f"{{{{{name}}}}}", 80)
            start = text.plain.find(place)
            if start >= 0:
                text = text.stylize("bold $text-warning", start, start + len(place))
        filled = self.query_one_optional(".send-panel--filled", Document)
        if filled is not None:
            filled.lines = (Line(text),)
            filled.refresh()


class Composer(Vertical):
    """The writing half of the panel: whom it goes to, the channel, the text or the template, and what that takes."""

    DEFAULT_CSS = """
    Composer {
        height: 1fr;
        min-height: 8;
        padding: 0 1;

        & .send-panel--choices { height: auto; }
        & .send-panel--notice { display: none; }
        &.-notice .send-panel--notice { display: block; }

        & MessageText { height: 1fr; min-height: 3; background: $surface; padding: 0 1; scrollbar-size-vertical: 1; }
        & MessageText:focus { outline-left: outer $primary; }
        &.-template MessageText { display: none; }

        & TemplateForm { height: auto; max-height: 60%; display: none; scrollbar-size-vertical: 1; margin: 0 0 1 0; }
        &.-template TemplateForm { display: block; }
        & .send-panel--variable { height: 1; }
        & .send-panel--variable Static { width: 17; padding: 0 1 0 0; }
        & .send-panel--variable Input { width: 1fr; }
        & .send-panel--filled { margin: 1 0 0 0; }

        & .send-panel--foot { height: auto; }
        & .send-panel--segments { width: 1fr; height: auto; }
        & .send-panel--foot Button { margin: 0 0 0 1; }
    }
    """

    templates: reactive[tuple[Template, ...] | None] = reactive(None)
    """The approved templates; None until they were read."""

    class Written(Message):
        """Something was typed, pasted or chosen."""

    class Full(Message):
        """Not all of what was typed or pasted fitted in; follows the word of what did."""

    def __init__(self) -> None:
        super().__init__()
        self.text = MessageText()
        self.form = TemplateForm()
        self.button = Button(Content("Send"), variant="primary", compact=True)
        self._to = Document()
        self._choices = Static(classes="send-panel--choices")
        self._segments = Static(classes="send-panel--segments")
        self._notice = Document(classes="send-panel--notice")
        self._template_name: str | None = None
        self._values: dict[str, str] = {}
        self._channel: Channel | None = None
        self._wants_focus = False
        """The focus is to go to the text, or to the variables once the template is known."""

    def compose(self) -> ComposeResult:
        """Lay out the recipient, the choices, the text, and what it takes."""
        yield self._to
        yield self._choices
        yield self.text
        yield self.form
        with Horizontal(classes="send-panel--foot"):
            yield self._segments
            yield self.button
        yield self._notice

    @property
    def composition(self) -> Composition:
        """What is written so far."""
        return Composition(self.text.text, self._template_name, self._values, self._channel)

    @property
    def template(self) -> Template | None:
        """The chosen template, once the templates were read."""
        return next((known for known in self.templates or () if known.name == self._template_name), None)

    @property
    def content(self) -> Words:
        """What would be sent."""
        return self.composition.words(self.template)

    @property
    def notice(self) -> str:
        """What was last said beneath the text."""
        return self._notice.lines[0].content.plain if self._notice.lines else ""

    def load(self, draft: Draft, *, focus: bool) -> None:
        """Take what was begun in place of what is there."""
        self._template_name, self._channel = draft.template, draft.channel
        self._values = {name: clean(value, VARIABLE_LIMIT) for name, value in draft.variables.items()}
        self.text.load_text(draft.text)
        self._template_changed(focus=focus)

    def tell(self, words: str, style: str) -> None:
        """Say something beneath the text; nothing takes the last words away."""
        self.set_class(bool(words), "-notice")
        self._notice.lines = (Line(safe(words, style, 600)),)
        self._notice.refresh()

    def use_template(self, name: str | None) -> None:
        """Take a template, or free text; what was written for the other one stays."""
        self._template_name = name
        self._template_changed(focus=True)

    def use_next_channel(self) -> None:
        """Take the next channel: automatic, then each one alone."""
        choices = (None, *CHANNEL_ORDER)
        self._channel = choices[(choices.index(self._channel) + 1) % len(choices)]

    def write_plainly(self) -> bool:
        """Write typographic characters as GSM-7 has them; return False where that is not possible."""
        if self._template_name is not None:
            self._values = {name: gsm7_text(value) or value for name, value in self._values.items()}
            self._template_changed(focus=True)
            return True
        plain = gsm7_text(self.text.text)
        if plain is not None and plain != self.text.text:
            self.text.replace(plain, (0, 0), self.text.document.end, maintain_selection_offset=False)
        return plain is not None

    def focus_text(self) -> None:
        """Put the cursor where one writes."""
        (self.text if self._template_name is None else self.form.place or self.button).focus()

    def follow(self, stage: Stage) -> None:
        """Let nothing be written but while it is time to."""
        self.text.read_only = stage is not Stage.WRITING
        self.text.disabled = self.form.disabled = stage in {Stage.SENDING, Stage.SENT}
        self.button.label = Content("New message" if stage is Stage.SENT else "Send")

    def draw(self, contact: Contact | None, plan: RoutePlan | None, stage: Stage) -> None:
        """Draw what depends on the text and on the route."""
        content = self.content
        segments = segment_lines(count_segments(content.text), used=plan is None or Channel.SMS in plan.channels)
        if len(content.text) > MAX_TEXT:
            segments.append(Line(safe(too_long(content.text), "$text-error"), _LABEL, _LABEL))
        self._to.lines = (_recipient(contact),)
        _put(self._choices, _choices(self._channel, self._template_name, hints=stage is not Stage.SENT))
        _put(self._segments, lay_out(segments, self._segments.size.width))
        if self._template_name is not None:
            self.form.draw(content, self.composition.missing(self.template))

    def watch_templates(self) -> None:
        """Show the chosen template once it is known."""
        if self._template_name is not None:
            self._template_changed(focus=self.has_focus_within)
            self.post_message(self.Written())

    @on(TextArea.Changed)
    @on(Input.Changed)
    def _written(self, event: Message) -> None:
        event.stop()
        self.post_message(self.Written())

    @on(MessageText.Full)
    def _full(self, event: MessageText.Full) -> None:
        event.stop()
        self.post_message(self.Full())

    @on(Input.Submitted)
    def _next_variable(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()

    def _template_changed(self, *, focus: bool) -> None:
        self._wants_focus |= focus
        self.set_class(self._template_name is not None, "-template")
        self.call_next(self._fill_form, self.template, self._values)

    async def _fill_form(self, template: Template | None, values: dict[str, str]) -> None:
        await self.form.take(template, values)
        self.post_message(self.Written())
        if self._wants_focus and (template is not None or self._template_name is None):
            self._wants_focus = False
            self.focus_text()


class Outlook(VerticalScroll):
    """The other half: what to know before sending, the route, and what comes of the message."""

    DEFAULT_CSS = """
    Outlook {
        height: auto;
        max-height: 50%;
        padding: 0 1;
        border-top: solid $border;
        scrollbar-size-vertical: 1;

        &:focus { background-tint: $foreground 3%; }
    }
    """

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        yield Document()

    def draw(self, story: Sequence[Line], warned: Sequence[str], route: Sequence[Line]) -> None:
        """Draw the parts that there are, one under the other."""
        marked = [Line(join(("! ", "bold $text-warning"), words), 2) for words in warned]
        lines: list[Line] = []
        for block in (story, marked, route):
            lines += [BLANK, *block] if lines and block else block
        self.query_one(Document).lines = tuple(lines)


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

    contact: reactive[Contact | None] = reactive(None)
    """Whom the message is for."""
    plan: reactive[RoutePlan | None] = reactive(None)
    """The route that it would take now, or took."""
    templates: reactive[tuple[Template, ...] | None] = reactive(None)
    """The approved templates; None until they were read."""
    story: reactive[Story | None] = reactive(None)
    """The message just sent."""
    recent: reactive[Story | None] = reactive(None)
    """The last message to the contact, to warn of sending the same again."""
    stage: reactive[Stage] = reactive(Stage.WRITING)
    consent: reactive[str] = reactive("")
    """When and how the contact opted out, in words; empty when it may be messaged."""
    read_only: reactive[str] = reactive("")
    """Why nothing can be written, in words; empty when it can."""
    now: reactive[datetime | None] = reactive(None)
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


def route_lines(plan: RoutePlan | None, *, sent: bool) -> list[Line]:
    """Return the route with its title."""
    title = Line(safe("Route as planned" if sent else "Route", "bold $primary"))
    if plan is None:
        return [title, Line(safe("Planning …", "$text-muted"))]
    return [title, *(Line(row, 3) for row in route_content(plan).split("\n"))]


def story_lines(story: Story, now: datetime | None, *, sent: bool) -> list[Line]:
    """Return what came of a message so far, and what can be done next."""
    message = story.message
    lines = [Line(safe("Message", "bold $primary")), *message_lines(story, now or message.updated_at)]
    if not sent:
        return lines
    if message.status == MessageStatus.UNKNOWN:
        lines.append(Line(safe("It is asked after, and never repeated by itself.", "$text-warning")))
    elif not message.is_final:
        lines.append(Line(safe("Reports appear here as they come.", "$text-muted")))
    again = message.is_final and message.status in {MessageStatus.FAILED, MessageStatus.BLOCKED}
    keys = (("n", "bold $primary"), (" new message   ", "$text-muted"))
    retry = (("R", "bold $primary"), (" send it again", "$text-muted")) if again else ()
    return [*lines, Line(join(*keys, *retry))]


def same_text(recent: Story | None, content: Words, now: datetime | None) -> list[str]:
    """Return a warning when the same text went out lately."""
    text = content.text.strip()
    if recent is None or now is None or not text or recent.message.content.text.strip() != text:
        return []
    message = recent.message
    if message.status == MessageStatus.FAILED or now - message.created_at > SAME_TEXT_WITHIN:
        return []
    return [f"The same text went out {ago(message.created_at, now)}: {status_words(message.status)}."]


def too_long(text: str) -> str:
    """Return by how much a text is too long, in words."""
    return f"Too long by {len(text) - MAX_TEXT:,}: {MAX_TEXT:,} characters can be sent."


def _recipient(contact: Contact | None) -> Line:
    if contact is None:
        return Line(safe("No contact is selected.", "$text-muted"))
    facts = f"{contact.format_international}  ·  {contact.region_code}"
    name = (display(contact.name, 80), "bold") if contact.name else ("", "")
    number = (f"  {facts}", "") if contact.name else (facts, "bold")
    return Line(join((f"{'To':<{_LABEL}}", "$text-muted"), name, number), _LABEL)


def _choices(channel: Channel | None, template: str | None, *, hints: bool) -> Content:
    parts: list[Content | tuple[str, str] | str] = [(f"{'Channel':<{_LABEL}}", "$text-muted")]
    for option in (None, *CHANNEL_ORDER):
        style = "bold underline" if option is channel else "$text-muted"
        parts += [(option.label if option else "Automatic", style), "  "]
    parts += [("ctrl+r" if hints else "", "$text-muted"), BREAK, (f"{'Text':<{_LABEL}}", "$text-muted")]
    parts += [(display(template or "Free text", 40), "bold"), ("  ctrl+o" if hints else "", "$text-muted")]
    return join(*parts)


def _put(place: Static, content: Content) -> None:
    """Show content; where it takes as many rows as before, nothing else is drawn: one key costs one line."""
    shown = place.content
    if not isinstance(shown, Content):
        place.update(content)
    elif not shown.is_same(content):
        place.update(content, layout=shown.plain.count("\n") != content.plain.count("\n"))
