"""Where a message is written: whom it is for, by which channel, and its text or template."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.document._edit import Edit
from textual.message import Message
from textual.reactive import var
from textual.widgets import Button, Input, Static, TextArea
from textual.widgets.text_area import EditResult

from sent_tui.core.channel import CHANNEL_ORDER, Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content as Words
from sent_tui.core.message import Draft, Template
from sent_tui.core.route_plan import RoutePlan
from sent_tui.core.segments import count_segments, gsm7_text
from sent_tui.core.text import display
from sent_tui.services.sending import MAX_TEXT
from sent_tui.tui.keymap import Label, keymap_of
from sent_tui.tui.safe import BREAK, join, safe, safe_lines
from sent_tui.tui.widgets.composition import (
    LABEL,
    TEXT_LIMIT,
    VARIABLE_LIMIT,
    Composition,
    Stage,
    clean,
    segment_lines,
    too_long,
)
from sent_tui.tui.widgets.layout import Document, Line, lay_out


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

        & TemplateForm { height: auto; max-height: 60%; display: none; margin: 0 0 1 0; }
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

    templates: var[tuple[Template, ...] | None] = var(None)
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

    def prefill(self, values: dict[str, str]) -> None:
        """Write values into variables that are empty."""
        self._values |= {name: value for name, value in values.items() if not self._values.get(name, "").strip()}

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

    def draw(self, to: Line, content: Words, plan: RoutePlan | None, stage: Stage) -> None:
        """Draw what depends on the text and on the route; `content` is what is sent, or what one of many is sent."""
        key = keymap_of(self.app).label_of
        segments = segment_lines(count_segments(content.text), plan, key)
        if len(content.text) > MAX_TEXT:
            segments.append(Line(safe(too_long(content.text), "$text-error"), LABEL, LABEL))
        self._to.lines = (to,)
        _put(self._choices, _choices(self._channel, self._template_name, None if stage is Stage.SENT else key))
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


def recipient_line(contact: Contact | None) -> Line:
    """Return whom a message to one contact is for."""
    if contact is None:
        return Line(safe("No contact is selected.", "$text-muted"))
    facts = f"{contact.format_international}  ·  {contact.region_code}"
    name = (display(contact.name, 80), "bold") if contact.name else ("", "")
    number = (f"  {facts}", "") if contact.name else (facts, "bold")
    return Line(join((f"{'To':<{LABEL}}", "$text-muted"), name, number), LABEL)


def _choices(channel: Channel | None, template: str | None, key: Label | None) -> Content:
    parts: list[Content | tuple[str, str] | str] = [(f"{'Channel':<{LABEL}}", "$text-muted")]
    for option in (None, *CHANNEL_ORDER):
        style = "bold underline" if option is channel else "$text-muted"
        parts += [(option.label if option else "Automatic", style), "  "]
    parts += [(key("next-channel") if key else "", "$text-muted"), BREAK, (f"{'Text':<{LABEL}}", "$text-muted")]
    parts += [
        (display(template or "Free text", 40), "bold"),
        (f"  {key('next-template')}" if key else "", "$text-muted"),
    ]
    return join(*parts)


def _put(place: Static, content: Content) -> None:
    """Show content; where it takes as many rows as before, nothing else is drawn: one key costs one line."""
    shown = place.content
    if not isinstance(shown, Content):
        place.update(content)
    elif not shown.is_same(content):
        place.update(content, layout=shown.plain.count("\n") != content.plain.count("\n"))
