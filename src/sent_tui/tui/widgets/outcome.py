"""What became of a number, or will: the verdict while it is typed, the lifecycle when it becomes a contact."""

from __future__ import annotations

from enum import StrEnum

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.reactive import var
from textual.widgets import Button

from sent_tui.services.contacts import Created
from sent_tui.tui.safe import join, safe
from sent_tui.tui.widgets.contact_lines import heading
from sent_tui.tui.widgets.layout import BLANK, Document, Line
from sent_tui.tui.widgets.lifecycle_view import Steps, step_lines
from sent_tui.tui.widgets.number_view import Verdict, verdict_lines


class Phase(StrEnum):
    """How far a new contact has come."""

    TYPING = "typing"
    RUNNING = "running"
    DONE = "done"


class Outcome(VerticalScroll):
    """Shows verdict or lifecycle, and the buttons for what can be done then: `use`, `open`, `another`."""

    DEFAULT_CSS = """
    Outcome {
        &:focus { background-tint: $foreground 2%; }
        #use, #after { margin-top: 1; }
        #after { height: auto; }
        #after Button { margin-right: 2; }
    }
    """

    phase: var[Phase] = var(Phase.TYPING)
    verdict: var[Verdict] = var(Verdict)
    """What the text in the number field means."""
    steps: var[Steps] = var(dict)
    """The steps of the lifecycle that began."""
    created: var[Created | None] = var(None)
    """The contact, once it is there."""

    def compose(self) -> ComposeResult:
        """Lay out the page and the buttons beneath it."""
        yield Document()
        yield Button(Content(""), id="use", variant="warning", compact=True)
        with Horizontal(id="after"):
            yield Button(Content("Open"), id="open", variant="primary", compact=True)
            yield Button(Content("New one"), id="another", compact=True)

    def on_mount(self) -> None:
        """Draw what is there already."""
        self._draw()

    def watch_phase(self) -> None:
        """Begin at the top of another page."""
        self._draw()
        self.scroll_home(animate=False)

    def watch_verdict(self) -> None:
        """Draw the verdict."""
        self._draw()

    def watch_steps(self) -> None:
        """Draw how far the lifecycle has come."""
        self._draw()

    def watch_created(self) -> None:
        """Draw the contact."""
        self._draw()

    def _draw(self) -> None:
        if not self.query(Document):
            return
        suggestion = self.verdict.suggestion if self.phase is Phase.TYPING else None
        use = self.query_one("#use", Button)
        use.display = suggestion is not None
        if suggestion is not None:
            use.label = safe(f"Use {suggestion.international} (ctrl+y)")
        self.query_one("#after").display = self.phase is Phase.DONE
        self.query_one(Document).lines = tuple(self._lines())

    def _lines(self) -> list[Line]:
        if self.phase is Phase.TYPING:
            return verdict_lines(self.verdict)
        if self.created is None:
            number = self.verdict.number.international if self.verdict.number else ""
            head = [Line(join(("… Creating", "bold"))), Line(safe(number))]
        else:
            new = self.created.is_new
            sign = ("✓ Created", "bold $text-success") if new else ("● It existed already", "bold $accent")
            head = [Line(join(sign)), *heading(self.created.contact)]
        return [*head, BLANK, *step_lines(self.steps)]
