"""A plan: the channels in their order, what was excluded, and what a person should know of it.

`core.routing` makes plans; whoever shows, keeps or follows one needs no more than this.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from math import prod
from typing import Any

from msgspec import Struct, field

from sent_tui.core.channel import Channel
from sent_tui.core.decision import Decision, decision_json
from sent_tui.core.estimate import Estimate
from sent_tui.core.message import MessageStatus, PlannedStep
from sent_tui.core.prices import Tariff


class ExclusionKind(StrEnum):
    """Why a channel is not in a plan."""

    OPTED_OUT = "opted_out"
    UNAVAILABLE = "unavailable"
    WINDOW_CLOSED = "window_closed"
    PINNED_ELSEWHERE = "pinned_elsewhere"


class Exclusion(Struct, frozen=True):
    """A channel that is not in the plan."""

    channel: Channel
    kind: ExclusionKind
    reason: str
    """In words, for a person."""
    since: datetime | None = None


class HintKind(StrEnum):
    """What a person should know of a step that may be taken all the same."""

    FREE_TEXT_UNANNOUNCED = "free_text_unannounced"
    """Free text by SMS to somebody who never wrote, and to whom no template went out lately."""


class Hint(Struct, frozen=True):
    """Something about a channel of the plan that may stand in the way of the message."""

    channel: Channel
    kind: HintKind
    text: str
    """In words, for a person."""


class RouteStep(Struct, frozen=True):
    """One channel of the plan."""

    channel: Channel
    estimate: Estimate
    cost: float
    """Expected price in dollars when this step is taken."""
    reason: str
    """In words: what the estimate rests on."""
    fallback_after: timedelta
    """How long this step may take."""
    until: MessageStatus = MessageStatus.DELIVERED
    """The status that it has to reach in that time."""

    @property
    def planned(self) -> PlannedStep:
        """What a message keeps of this step."""
        known = self.estimate
        return PlannedStep(self.channel, self.fallback_after, self.until, known.mean, known.low, known.high, self.cost)


class RoutePlan(Struct, frozen=True):
    """The steps in their order, what was excluded, and why."""

    steps: tuple[RouteStep, ...]
    excluded: tuple[Exclusion, ...]
    reasons: tuple[str, ...]
    """Sentences for a person: why this order, and what would change it."""
    decided_at: datetime
    tariff: Tariff | None = None
    """What the costs of the steps were reckoned with; None when nothing was reckoned."""
    hints: tuple[Hint, ...] = ()
    """What may stand in the way of a step, and does not exclude it; `reasons` says it too."""
    estimates: Mapping[Channel, Estimate] = field(default_factory=dict)
    """Of every channel, those that are excluded as well."""
    decision: Decision | None = None
    """All that the plan follows from; None for one that was not reckoned."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels in the order of the plan."""
        return tuple(step.channel for step in self.steps)

    @property
    def planned(self) -> tuple[PlannedStep, ...]:
        """What a message keeps of the steps."""
        return tuple(step.planned for step in self.steps)

    @property
    def record(self) -> dict[str, Any]:
        """What a message keeps of the decision; empty when there is none."""
        return decision_json(self.decision) if self.decision else {}

    @property
    def delivery_chance(self) -> float:
        """Probability that one of the steps delivers, 0 to 1, as if each failed for reasons of its own.

        A phone that is off fails on every channel, so this is a little too high.
        """
        return 1 - prod(1 - step.estimate.mean for step in self.steps)

    @property
    def expected_cost(self) -> float:
        """Expected dollars of the whole plan: each step counts as often as those before it fail."""
        reached, total = 1.0, 0.0
        for step in self.steps:
            total += reached * step.cost
            reached *= 1 - step.estimate.mean
        return total

    def explain(self) -> tuple[str, ...]:
        """Return the plan in sentences: the reasons, then each step, then what was excluded."""
        steps = (f"{number}. {step.channel.label}: {step.reason}" for number, step in enumerate(self.steps, 1))
        left_out = (f"Not {out.channel.label}: {out.reason}" for out in self.excluded)
        return (*self.reasons, *steps, *left_out)
