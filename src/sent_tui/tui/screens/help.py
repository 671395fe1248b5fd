"""Help: the keys of what has the focus and of the screen beneath, and how to read its signs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea

from sent_tui.core.search import fold
from sent_tui.tui.availability import why_not
from sent_tui.tui.commands import EVERYWHERE, SCREENS, Command
from sent_tui.tui.keymap import keymap_of
from sent_tui.tui.keynames import key_label
from sent_tui.tui.safe import join
from sent_tui.tui.screens.once import Dialog
from sent_tui.tui.widgets.fields import TextField
from sent_tui.tui.widgets.layout import BLANK, Document, Line

SIGNS = (
    ("WA", "WhatsApp reaches this number"),
    ("WA?", "not known yet; a check or a first message will tell"),
    ("–", "this channel does not reach it"),
    ("●", "default channel, chosen by the router"),
    ("◆", "default channel, chosen by a person; learning leaves it alone"),
    ("━━━╌┃╌", "an estimate: solid up to the low end of its range, dashed to the high end, ┃ where it stands"),
    ("●○✗ in a chart", "a result: delivered, not reached, cannot be reached; above it the estimate after it"),
    ("opt-out", "no message is sent to this contact"),
)
"""The signs of the list, and what they mean."""

_SIGN = 20
"""Cells of the keys and signs at the left."""
_INDENT = _SIGN + 2
LAST_WORDS = "  Select text with the mouse while holding Shift (Option on macOS). Esc closes this page."


class HelpScreen(Dialog[None]):
    """Lists every key of a screen, first those of the widget that has the focus."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "step_back", "Show all again, or close"),
        Binding("q,question_mark,f1", "dismiss", "Close"),
        Binding("slash", "filter", "Find a key by what it does"),
        Binding("j", "scroll('down')", show=False),
        Binding("k", "scroll('up')", show=False),
    ]

    def __init__(self, beneath: Screen[Any]) -> None:
        super().__init__()
        self._beneath = beneath

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        with VerticalScroll(classes="help", can_focus=True):
            yield TextField(placeholder="What the key does", limit=40)
            yield Document()

    @property
    def _page(self) -> VerticalScroll:
        return self.query_one(VerticalScroll)

    @property
    def _field(self) -> TextField:
        return self.query_one(TextField)

    def on_mount(self) -> None:
        """Begin with all keys."""
        self._field.display = False
        self.query_one(Document).lines = self._content("")

    def action_filter(self) -> None:
        """Have a few letters typed of what the key does."""
        self._field.display = True
        self._page.scroll_home(animate=False)
        self._field.focus()

    def action_step_back(self) -> None:
        """Show all keys again; with nothing left to take off, close."""
        if self._field.display:
            self._field.value = ""
            self._field.display = False
            self._page.focus()
        else:
            self.dismiss(None)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.query_one(Document).lines = self._content(event.value)

    @on(Input.Submitted)
    def _read(self) -> None:
        self._page.focus()

    def action_scroll(self, direction: str) -> None:
        """Scroll by a line."""
        self._page.scroll_relative(y=1 if direction == "down" else -1, animate=False)

    def _content(self, typed: str) -> tuple[Line, ...]:
        """Return all that there is to say, or the keys that fit some words."""
        words = fold(typed).split()
        if not words:
            return tuple(self._everything())
        groups = SCREENS.get(self._beneath.title or "", (EVERYWHERE,))
        keys = [
            *self._focus_keys(),
            *(line for group in groups for command in group for line in self._key_lines(command)),
        ]
        fitting = [line for line in keys if all(word in fold(line.content.plain) for word in words)]
        nothing = Line(join(("No key of this screen fits. : looks among all commands.", "$text-muted")))
        return BLANK, *(fitting or [nothing])

    def _everything(self) -> Iterator[Line]:
        focused, keys = self._beneath.focused, list(self._focus_keys())
        if focused is not None and keys:
            yield from (_title(f"Keys: {_name(focused)}"), BLANK, *keys, BLANK)
        title = self._beneath.title or ""
        yield Line(join((f"Keys: {title.lower()}", "bold $primary"), ("   / finds one", "$text-muted")))
        yield BLANK
        for group in SCREENS.get(title, (EVERYWHERE,)):
            for command in group:
                yield from self._key_lines(command)
            yield BLANK
        yield from (_title("Signs"), BLANK)
        for sign, meaning in SIGNS:
            yield Line(join((f"  {sign:<{_SIGN}}", "bold"), meaning), _INDENT)
        yield from (BLANK, Line(join((LAST_WORDS, "$text-muted")), 2))

    def _focus_keys(self) -> Iterator[Line]:
        """Yield the keys of the widget that has the focus, which no group of commands names."""
        focused = self._beneath.focused
        if focused is None:
            return
        named = {command.name for group in SCREENS.get(self._beneath.title or "", ()) for command in group}
        keys: dict[str, list[str]] = {}
        for key, (node, binding, *_) in self._beneath.active_bindings.items():
            scrolls = binding.action.startswith(("scroll", "page"))
            if node is focused and binding.description and binding.action not in named and not scrolls:
                keys.setdefault(binding.description, []).append(key_label(key))
        for description, labels in keys.items():
            yield Line(join((f"  {'  '.join(labels[:2]):<{_SIGN}}", "bold"), description), _INDENT)

    def _key_lines(self, command: Command) -> Iterator[Line]:
        keymap = keymap_of(self.app)
        reason = why_not(self.app, self._beneath, command)
        keys = (f"  {keymap.labels(command):<{_SIGN}}", "$text-muted" if reason else "bold")
        before = keymap.labels_before(command)
        instead = (f"   instead of {before}" if before else "", "$text-muted")
        yield Line(join(keys, (command.title, "$text-muted" if reason else ""), instead), _INDENT)
        if reason:
            yield Line(join((f"Not now: {reason}", "$text-warning")), _INDENT, _INDENT)


def _title(text: str) -> Line:
    return Line(join((text, "bold $primary")))


def _name(widget: Widget) -> str:
    if isinstance(widget, Input | TextArea):
        return "the text that is typed"
    return (widget.BINDING_GROUP_TITLE or "what has the focus").lower()
