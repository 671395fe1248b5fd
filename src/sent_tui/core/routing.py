"""Which channel first, which after it, and why.

The router is deterministic: the same contact, content and time always give the same plan. Channels that must not be
used are excluded first, each with its reason; the others are ranked by estimated delivery less a small price for
cost. A person's choice of default channel goes before the ranking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import prod

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel, ChannelStatus
from sent_tui.core.channel_record import estimate, learn
from sent_tui.core.consent import TEMPLATE_WINDOW, free_text_is_open, window_closes, window_is_open
from sent_tui.core.contact import Contact
from sent_tui.core.estimate import Estimate
from sent_tui.core.message import Content
from sent_tui.core.outcome import Outcome
from sent_tui.core.prices import FLAT, Prices, Tariff, category_of
from sent_tui.core.segments import count_segments
from sent_tui.core.text import percent

MAX_STEPS = 3
"""A message takes at most this many routes (Sent's contract)."""
COST_WEIGHT = 1.0
"""Points of delivery probability that a dollar is worth: one point is worth a cent."""
SWITCH_MARGIN = 0.03
"""How much better another channel must look before the default channel moves to it."""
FALLBACK_AFTER: Mapping[Channel, timedelta] = {
    Channel.WHATSAPP: timedelta(minutes=15),
    Channel.SMS: timedelta(minutes=15),
}
"""How long a step may stay without a final report before a person is asked."""


class ExclusionKind(StrEnum):
    """Why a channel is not in a plan."""

    OPTED_OUT = "opted_out"
    UNAVAILABLE = "unavailable"
    WINDOW_CLOSED = "window_closed"
    PINNED_ELSEWHERE = "pinned_elsewhere"


@dataclass(frozen=True, slots=True)
class Exclusion:
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


@dataclass(frozen=True, slots=True)
class Hint:
    """Something about a channel of the plan that may stand in the way of the message."""

    channel: Channel
    kind: HintKind
    text: str
    """In words, for a person."""


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One channel of the plan."""

    channel: Channel
    estimate: Estimate
    cost: float
    """Expected price in dollars when this step is taken."""
    reason: str
    """In words: what the estimate rests on."""
    fallback_after: timedelta
    """How long this step may take."""


@dataclass(frozen=True, slots=True)
class RoutePlan:
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

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels in the order of the plan."""
        return tuple(step.channel for step in self.steps)

    @property
    def delivery_chance(self) -> float:
        """Probability that one of the steps delivers, 0 to 1."""
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


def plan_route(
    contact: Contact,
    content: Content | None,
    now: datetime,
    *,
    pinned: Channel | None = None,
    prices: Prices = FLAT,
    last_template_at: datetime | None = None,
) -> RoutePlan:
    """Return the plan for a message to a contact.

    Without content the plan is for an approved template, which no conversation window binds. With `pinned`, only
    that channel may be used. `prices` says what the steps cost, and `last_template_at` when a template last went out.
    """
    tariff = prices.tariff(contact.region_code, category_of(content))
    excluded = tuple(
        out for channel in CHANNEL_ORDER if (out := _exclusion(contact, channel, content, now, pinned)) is not None
    )
    shut = {out.channel for out in excluded}
    segments = max(1, count_segments(content.text).segments) if content else 1
    open_steps = [_step(contact.status(channel), segments, tariff) for channel in CHANNEL_ORDER if channel not in shut]
    ranked = tuple(sorted(open_steps, key=lambda step: _rank(contact, step))[:MAX_STEPS])
    hints = _hints(contact, content, ranked, now, last_template_at)
    changed = (_what_would_change(contact, ranked, segments, tariff), *(hint.text for hint in hints))
    return RoutePlan(ranked, excluded, _reasons(contact, ranked, excluded, pinned, changed), now, tariff, hints)


def choose_default(contact: Contact, now: datetime) -> tuple[Channel | None, str]:
    """Return the default channel that a contact should have, and why.

    A person's choice stays. Otherwise it is the first available channel of the plan for a template, in which the
    present default keeps its place unless another one is better by the margin. It is reckoned with the same price in
    every country, so that no default moves because a price list was edited.
    """
    if contact.default_pinned:
        return contact.default_channel, contact.default_reason
    plan = plan_route(replace(contact, opt_out=False), None, now)
    for step in plan.steps:
        if contact.status(step.channel).is_available:
            return step.channel, step.reason
    return None, "no channel is known to reach this number"


def _exclusion(
    contact: Contact, channel: Channel, content: Content | None, now: datetime, pinned: Channel | None
) -> Exclusion | None:
    status = contact.status(channel)
    if contact.opt_out:
        return Exclusion(channel, ExclusionKind.OPTED_OUT, "the contact has opted out of all messages")
    if pinned is not None and channel is not pinned:
        return Exclusion(channel, ExclusionKind.PINNED_ELSEWHERE, f"{pinned.label} was chosen for this message")
    if status.availability is Availability.UNAVAILABLE:
        return Exclusion(channel, ExclusionKind.UNAVAILABLE, _unavailable(status), status.since)
    needs_window = channel is Channel.WHATSAPP and content is not None and content.is_free_text
    if needs_window and not window_is_open(status.last_inbound_at, now):
        closed = window_closes(status.last_inbound_at)
        return Exclusion(channel, ExclusionKind.WINDOW_CLOSED, _window_closed(closed), closed)
    return None


def _unavailable(status: ChannelStatus) -> str:
    since = f" since {_day(status.since)}" if status.since else ""
    return f"not available{since}: {status.evidence or status.source.label}"


def _window_closed(closed: datetime | None) -> str:
    if closed is None:
        return (
            "free text needs a WhatsApp message from the person within 24 hours, and there was none; a template may go"
        )
    return f"the 24 hours for free text ended on {_day(closed)} at {closed:%H:%M} UTC; a template may go"


def _hints(
    contact: Contact,
    content: Content | None,
    steps: tuple[RouteStep, ...],
    now: datetime,
    last_template_at: datetime | None,
) -> tuple[Hint, ...]:
    goes_by_sms = any(step.channel is Channel.SMS for step in steps)
    if content is None or not content.is_free_text or not goes_by_sms:
        return ()
    if free_text_is_open(contact.last_inbound_at, last_template_at, now):
        return ()
    text = (
        f"Free text by SMS may be refused: the person never wrote, and no template went out in the last "
        f"{TEMPLATE_WINDOW.days} days; a template may go."
    )
    return (Hint(Channel.SMS, HintKind.FREE_TEXT_UNANNOUNCED, text),)


def _step(status: ChannelStatus, segments: int, tariff: Tariff) -> RouteStep:
    known = estimate(status)
    cost = tariff.expected(status.channel, known.mean, segments)
    return RouteStep(status.channel, known, cost, _evidence(status, known), FALLBACK_AFTER[status.channel])


def _rank(contact: Contact, step: RouteStep) -> tuple[bool, float, float, int]:
    chosen = contact.default_channel is step.channel
    score = step.estimate.mean - COST_WEIGHT * step.cost + SWITCH_MARGIN * chosen
    return (
        not (chosen and contact.default_pinned),
        -round(score, 9),
        step.cost,
        CHANNEL_ORDER.index(step.channel),
    )


def _evidence(status: ChannelStatus, known: Estimate) -> str:
    tried = known.delivered + known.failed
    if tried:
        interval = f"{percent(known.low)}–{percent(known.high)}"
        return f"{known.delivered} of {tried} delivered; estimate {percent(known.mean)} ({interval})"
    basis = {
        Availability.AVAILABLE: f"available by {status.source.label}, no messages yet",
        Availability.UNKNOWN: "not known to be available, no messages yet",
        Availability.UNAVAILABLE: "not available",
    }[status.availability]
    return f"{basis}; assumed {percent(known.mean)}"


def _reasons(
    contact: Contact,
    steps: tuple[RouteStep, ...],
    excluded: tuple[Exclusion, ...],
    pinned: Channel | None,
    others: tuple[str, ...],
) -> tuple[str, ...]:
    if not steps:
        return (_no_way(contact, excluded),)
    sentences = (_why_first(contact, steps, pinned), *others)
    return tuple(sentence for sentence in sentences if sentence)


def _no_way(contact: Contact, excluded: tuple[Exclusion, ...]) -> str:
    if contact.opt_out:
        return "No message may be sent: the contact has opted out."
    shut = "; ".join(f"{out.channel.label}: {out.reason}" for out in excluded)
    return f"No channel is open. {shut}."


def _why_first(contact: Contact, steps: tuple[RouteStep, ...], pinned: Channel | None) -> str:
    first = steps[0]
    name = first.channel.label
    if pinned is first.channel:
        return f"{name} only: it was chosen for this message."
    if contact.default_pinned and contact.default_channel is first.channel:
        return f"{name} first: a person made it the default channel."
    if len(steps) == 1:
        return f"{name}: the only channel that is open."
    second = steps[1]
    gap = first.estimate.mean - second.estimate.mean
    if gap < 0:
        if contact.default_channel is first.channel:
            return f"{name} first: it is the default, and {second.channel.label} is not better by enough to change."
        return f"{name} first: it costs less, and {second.channel.label} is hardly more likely to arrive."
    if round(gap, 3) == 0:
        return f"{name} first: as likely to arrive as {second.channel.label}, and preferred at the same estimate."
    other = f"{second.channel.label} {percent(second.estimate.mean)}"
    return f"{name} first: {percent(first.estimate.mean)} likely to arrive, {other}."


def _what_would_change(contact: Contact, steps: tuple[RouteStep, ...], segments: int, tariff: Tariff) -> str:
    """Return how many failures of the first channel would put the second one first."""
    if len(steps) < 2 or contact.default_pinned:
        return ""
    first, second = steps[0], steps[1]
    status = contact.status(first.channel)
    at = status.checked_at or contact.created_at
    for failures in range(1, 10):
        status = learn(status, Outcome.FAILED_SOFT, at, "")
        if _rank(contact, _step(status, segments, tariff)) > _rank(contact, second):
            more = "One more failed message" if failures == 1 else f"{failures} more failed messages"
            return f"{more} on {first.channel.label} would put {second.channel.label} first."
    return ""


def _day(at: datetime | None) -> str:
    return f"{at.day} {at:%b %Y}" if at else ""
