"""The lifecycle of a contact while it runs: each step with its sign, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from sent_tui.core.contact import LifecycleStep, StepKind, StepResult
from sent_tui.tui.safe import join, safe

SIGNS = {
    StepResult.YES: ("✓", "$text-success"),
    StepResult.NO: ("✗", "$text-muted"),
    StepResult.UNKNOWN: ("?", "$text-warning"),
}
"""How a step ended, by a sign first and by colour second."""
RUNNING = ("…", "$accent")
WAITING = ("·", "$text-muted")


class LifecycleView(Vertical):
    """Every step in its order: waiting, running or ended."""

    DEFAULT_CSS = """
    LifecycleView {
        height: auto;
        .step { height: auto; layout: horizontal; }
        .step--name { width: 28; height: auto; }
        .step--evidence { width: 1fr; height: auto; color: $text-muted; }
        &.-stacked .step { layout: vertical; }
        &.-stacked .step--evidence { width: 1fr; padding-left: 2; }
    }
    """

    steps: reactive[Mapping[StepKind, LifecycleStep | None]] = reactive(dict, always_update=True)
    """The steps that began; None for one that is running."""

    def compose(self) -> ComposeResult:
        """Lay out one row for each step."""
        for kind in StepKind:
            with Container(classes="step", id=kind.value):
                yield Static(classes="step--name")
                yield Static(classes="step--evidence")

    def on_mount(self) -> None:
        """Draw what is there already."""
        self.watch_steps()

    def on_resize(self) -> None:
        """Put the evidence beneath its step where there is no room beside it."""
        self.set_class(self.size.width < 60, "-stacked")

    def watch_steps(self) -> None:
        """Draw the steps."""
        if not self.is_mounted:
            return
        for kind in StepKind:
            row = self.query_one(f"#{kind.value}")
            row.query_one(".step--name", Static).update(self._name(kind))
            evidence = row.query_one(".step--evidence", Static)
            step = self.steps.get(kind)
            evidence.update(safe(step.evidence) if step else Content(""))
            evidence.display = step is not None

    def _name(self, kind: StepKind) -> Content:
        step = self.steps.get(kind)
        if step is not None:
            sign = SIGNS[step.result]
        else:
            sign = RUNNING if kind in self.steps else WAITING
        return join(sign, " ", (kind.label, "" if kind in self.steps else "$text-muted"))
