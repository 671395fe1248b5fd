"""The lifecycle of a contact while it runs: each step with its sign, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping

from sent_tui.core.contact import LifecycleStep, StepKind, StepResult
from sent_tui.tui.safe import join
from sent_tui.tui.widgets.layout import Line

Steps = Mapping[StepKind, LifecycleStep | None]
"""The steps that began; None for one that is running."""

SIGNS = {
    StepResult.YES: ("✓", "$text-success"),
    StepResult.NO: ("✗", "$text-muted"),
    StepResult.UNKNOWN: ("?", "$text-warning"),
}
"""How a step ended, by a sign first and by colour second."""
RUNNING = ("…", "$accent")
WAITING = ("·", "$text-muted")


def step_lines(steps: Steps) -> list[Line]:
    """Return every step in its order: ended, running or waiting."""
    return [_line(kind, steps) for kind in StepKind]


def _line(kind: StepKind, steps: Steps) -> Line:
    if kind not in steps:
        return Line(join(WAITING, " ", (kind.label, "$text-muted")))
    step = steps[kind]
    if step is None:
        return Line(join(RUNNING, f" {kind.label}"))
    return Line(join(SIGNS[step.result], f" {kind.label}: ", (step.evidence, "$text-muted")), indent=2)
