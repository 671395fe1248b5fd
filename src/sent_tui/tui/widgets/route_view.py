"""A route plan as people read it: the steps, why, and what was left out."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from sent_tui.core.routing import RoutePlan
from sent_tui.core.text import percent
from sent_tui.tui.safe import join
from sent_tui.tui.widgets.channel_badge import estimate_line


def route_content(plan: RoutePlan) -> Content:
    """Return a plan in a few lines."""
    lines: list[Content] = []
    for number, step in enumerate(plan.steps, 1):
        cost = f"  ${step.cost:.4f}"
        name = join((f"{number}  {step.channel.label:<9}", "bold"))
        lines.append(Content.assemble(name, estimate_line(step.estimate), (cost, "$text-muted")))
    lines += [join(("   ", ""), (reason, "")) for reason in plan.reasons]
    if plan.steps:  # without any, the reasons say it
        left_out = ((f"–  {out.channel.label:<9}", out.reason) for out in plan.excluded)
        lines += [join((name, "$text-muted"), (reason, "$text-muted")) for name, reason in left_out]
    if len(plan.steps) > 1:
        chance = f"   {percent(plan.delivery_chance)} by one of them, for about ${plan.expected_cost:.4f}"
        lines.append(join((chance, "$text-muted")))
    return Content("\n").join(lines)


def why_content(plan: RoutePlan) -> list[Content]:
    """Return only the reasons of a plan, each as a paragraph, with what was left out."""
    lines = [join(reason) for reason in plan.reasons]
    lines += [join((f"Not {out.channel.label}: {out.reason}.", "$text-muted")) for out in plan.excluded if plan.steps]
    if len(plan.steps) > 1:
        route = " → ".join(step.channel.label for step in plan.steps)
        cost = f"{route}: {percent(plan.delivery_chance)} by one of them, about ${plan.expected_cost:.4f}."
        lines.append(join((cost, "$text-muted")))
    return lines


class RouteView(Static):
    """Shows a plan, and says when there is none yet."""

    plan: reactive[RoutePlan | None] = reactive(None)

    def watch_plan(self, plan: RoutePlan | None) -> None:
        """Draw the new plan."""
        self.update(route_content(plan) if plan else Content.styled("Planning …", "$text-muted"))
