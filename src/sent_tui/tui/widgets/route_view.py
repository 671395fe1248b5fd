"""A route plan as people read it: the steps, why, and what was left out."""

from __future__ import annotations

from textual.content import Content

from sent_tui.core.rationale import plan_words
from sent_tui.core.route_plan import RoutePlan
from sent_tui.core.span import span_words
from sent_tui.core.standing import fallback_words
from sent_tui.tui.safe import join
from sent_tui.tui.widgets.channel_badge import estimate_line


def route_title(plan: RoutePlan) -> Content:
    """Return what a plan promises, beside its title."""
    return join(("Route", "bold $primary"), (f"   {plan_words(plan)}" if plan.steps else "", "$text-muted"))


def route_content(plan: RoutePlan) -> Content:
    """Return a plan in a few lines."""
    lines: list[Content] = []
    for number, step in enumerate(plan.steps, 1):
        cost = f"  ${step.cost:.4f}"
        name = join((f"{number}  {step.channel.label:<9}", "bold"))
        lines.append(Content.assemble(name, estimate_line(step.estimate), (cost, "$text-muted")))
        if number < len(plan.steps):
            words = fallback_words(span_words(step.fallback_after), step.until, plan.steps[number].channel)
            lines.append(join((f"   {words}", "$text-muted")))
    lines += [join(("   ", ""), (reason, "")) for reason in plan.reasons]
    if plan.steps:  # without any, the reasons say it
        left_out = ((f"–  {out.channel.label:<9}", out.reason) for out in plan.excluded)
        lines += [join((name, "$text-muted"), (reason, "$text-muted")) for name, reason in left_out]
    return Content("\n").join(lines)


def why_content(plan: RoutePlan) -> list[Content]:
    """Return only the reasons of a plan, each as a paragraph, with what was left out."""
    lines = [join(reason) for reason in plan.reasons]
    lines += [join((f"Not {out.channel.label}: {out.reason}.", "$text-muted")) for out in plan.excluded if plan.steps]
    if len(plan.steps) > 1:
        route = " → ".join(step.channel.label for step in plan.steps)
        lines.append(join((f"{route}: {plan_words(plan)}.", "$text-muted")))
    return lines
