"""Which channel first, which after it, and why.

The router is deterministic: the same contact, content and time always give the same plan. Channels that must not be
used are excluded first, each with its reason; the others are ranked by estimated delivery less a small price for
cost. A person's choice of default channel goes before the ranking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import inf, prod

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel, ChannelStatus
from sent_tui.core.consent import TEMPLATE_WINDOW, free_text_is_open, window_closes, window_is_open
from sent_tui.core.contact import Contact
from sent_tui.core.estimate import Estimate
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import Content
from sent_tui.core.prices import FLAT, Prices, Tariff, category_of
from sent_tui.core.segments import count_segments
from sent_tui.core.text import people_like_this, percent

MAX_STEPS = 3
"""A message takes at most this many routes (Sent's contract)."""
COST_WEIGHT = 1.0
"""Points of delivery probability that a dollar is worth: one point is worth a cent."""
SWITCH_MARGIN = 0.03
"""How much better another channel must look to go before the default one; before the cheapest, where there is none."""
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
    estimates: Mapping[Channel, Estimate] = field(default_factory=dict)
    """Of every channel, those that are excluded as well."""

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
    knowledge: Knowledge | None = None,
    prices: Prices = FLAT,
    last_template_at: datetime | None = None,
) -> RoutePlan:
    """Return the plan for a message to a contact.

    Without content the plan is for an approved template, which no conversation window binds. With `pinned`, only
    that channel may be used. `knowledge` gives the estimates; without it, they rest on what the contact brings along.
    `prices` says what the steps cost, and `last_template_at` when a template last went out.
    """
    knowledge = knowledge or Knowledge()
    tariff = prices.tariff(contact.region_code, category_of(content))
    excluded = tuple(
        out for channel in CHANNEL_ORDER if (out := _exclusion(contact, channel, content, now, pinned)) is not None
    )
    shut = {out.channel for out in excluded}
    segments = max(1, count_segments(content.text).segments) if content else 1
    known = knowledge.estimates(contact, now)
    open_steps = [
        _step(contact.status(channel), known[channel], segments, tariff)
        for channel in CHANNEL_ORDER
        if channel not in shut
    ]
    comparison = _Comparison(contact, frozenset(CHANNEL_ORDER) - shut, tariff, segments)
    ranked = comparison.ranked(open_steps)
    hints = _hints(contact, content, ranked, now, last_template_at)
    changed = (_what_would_change(comparison, ranked, knowledge, now), *(hint.text for hint in hints))
    reasons = _reasons(contact, ranked, excluded, pinned, changed)
    return RoutePlan(ranked, excluded, reasons, now, tariff, hints, known)


def choose_default(contact: Contact, now: datetime, knowledge: Knowledge | None = None) -> tuple[Channel | None, str]:
    """Return the default channel that a contact should have, and why.

    A person's choice stays. Otherwise it is the first available channel of the plan for a template, in which the
    present default keeps its place unless another one is better by the margin. It is reckoned with the same price in
    every country, so that no default moves because a price list was edited.
    """
    if contact.default_pinned:
        return contact.default_channel, contact.default_reason
    plan = plan_route(replace(contact, opt_out=False), None, now, knowledge=knowledge)
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


def _step(status: ChannelStatus, known: Estimate, segments: int, tariff: Tariff) -> RouteStep:
    cost = tariff.expected(status.channel, known.mean, segments)
    return RouteStep(status.channel, known, cost, _evidence(status, known), FALLBACK_AFTER[status.channel])


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What the order of the open channels goes by."""

    contact: Contact
    open: frozenset[Channel]
    tariff: Tariff
    segments: int

    @property
    def incumbent(self) -> Channel | None:
        """The channel that holds the first place until another one is better by the margin.

        That is the default channel; where that is none or not open, the cheapest.
        """
        if self.contact.default_channel in self.open:
            return self.contact.default_channel
        prices = {channel: self.tariff.expected(channel, 1.0, self.segments) for channel in CHANNEL_ORDER}
        return min((channel for channel in CHANNEL_ORDER if channel in self.open), key=prices.__getitem__, default=None)

    def score(self, channel: Channel, mean: float) -> float:
        """Return an estimate less the price, with the margin for the incumbent."""
        if channel not in self.open:
            return -inf
        cost = COST_WEIGHT * self.tariff.expected(channel, mean, self.segments)
        return mean - cost + SWITCH_MARGIN * (channel is self.incumbent)

    def ranked(self, steps: Iterable[RouteStep]) -> tuple[RouteStep, ...]:
        """Return steps in the order in which they are taken, no more than a message may take."""
        chosen = self.contact.default_channel if self.contact.default_pinned else None

        def rank(step: RouteStep) -> tuple[bool, float, float, int]:
            score = round(self.score(step.channel, step.estimate.mean), 9)
            return step.channel is not chosen, -score, step.cost, CHANNEL_ORDER.index(step.channel)

        return tuple(sorted(steps, key=rank)[:MAX_STEPS])


def _evidence(status: ChannelStatus, known: Estimate) -> str:
    """Return what an estimate rests on, claiming no more than that."""
    tried = known.delivered + known.failed
    interval = f"{percent(known.low)}–{percent(known.high)}"
    others = f"{people_like_this(known.group_size)}: {percent(known.group_mean)}"
    if tried:
        own = f"{known.delivered} of {tried} delivered; estimate {percent(known.mean)} ({interval})"
        return f"{own}; {others}" if known.group_size else own
    if known.group_size:
        return f"no messages yet; {others}; estimate {percent(known.mean)} ({interval})"
    basis = f"available by {status.source.label}" if status.is_available else "not known to be available"
    return f"{basis}, no messages yet; assumed {percent(known.mean)} ({interval})"


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
    other = f"{second.channel.label} {percent(second.estimate.mean)}"
    if first.estimate.mean >= second.estimate.mean:
        return f"{name} first: {percent(first.estimate.mean)} likely to arrive, {other}."
    if contact.default_channel is first.channel:
        return f"{name} first: it is the default, and {second.channel.label} is not better by enough to change."
    return f"{name} first: it costs less, and {second.channel.label} is hardly more likely to arrive."


def _what_would_change(
    comparison: _Comparison, steps: tuple[RouteStep, ...], knowledge: Knowledge, now: datetime
) -> str:
    """Return how many failures of the first channel would put another one first."""
    contact = comparison.contact
    if len(steps) < 2 or contact.default_pinned:
        return ""
    flip = knowledge.flip(contact, now, comparison.score)
    if flip is None or flip.first != steps[0].channel:
        return ""
    more = "One more failed message" if flip.failures == 1 else f"{flip.failures} more failed messages"
    return f"{more} on {Channel(flip.first).label} would put {Channel(flip.then).label} first."


def _day(at: datetime | None) -> str:
    return f"{at.day} {at:%b %Y}" if at else ""
