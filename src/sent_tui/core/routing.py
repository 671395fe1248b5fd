"""Which channel first, which after it, and why.

The router is deterministic: it gathers what is known of a contact, a content and a time into a `Situation`, and the
same situation always gives the same plan. Channels that must not be used are excluded first, each with its reason; the
others are ranked by estimated delivery less a small price for what the plan then costs, which is

    price of the first + (1 - chance of the first) * price of the second

A person's choice of default channel goes before the ranking.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from math import prod
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel, ChannelStatus
from sent_tui.core.comparison import Comparison
from sent_tui.core.consent import TEMPLATE_WINDOW, free_text_is_open, window_closes, window_is_open
from sent_tui.core.contact import Contact
from sent_tui.core.decision import ChannelFacts, Decision, Rules, Situation, decision_json
from sent_tui.core.delivery import VERSION
from sent_tui.core.estimate import Estimate
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import USUAL, Content, MessageStatus, PlannedStep, Wishes
from sent_tui.core.patience import CODES, USUAL_PATIENCE, Patience, until_of
from sent_tui.core.prices import FLAT, Prices, Tariff, category_of
from sent_tui.core.segments import count_segments
from sent_tui.core.text import like_words, long_ago, percent, percent_range

MAX_STEPS = 3
"""A message takes at most this many routes (Sent's contract)."""
COST_WEIGHT = 1.0
"""Points of delivery probability that a dollar is worth: one point is worth a cent."""
SWITCH_MARGIN = 0.03
"""How much better another channel must look to go before the default one; before the cheapest, where there is none."""
OLD_RESULT = timedelta(days=90)
"""From this age on, it is said how old the last result of a contact is."""
RULES = Rules(SWITCH_MARGIN, COST_WEIGHT, whole_plan=True)
"""What plans are made by, but for one-time codes."""


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
    wishes: Wishes = USUAL,
    patience: Patience = USUAL_PATIENCE,
) -> RoutePlan:
    """Return the plan for a message to a contact; without content, for a template, which no window binds.

    `pinned` is the only channel that may be used. `knowledge` gives the estimates; without it, they rest on what the
    contact brings along. `prices` says what the steps cost, and `last_template_at` when a template last went out.
    `patience` says how long each step may take, and `wishes` what a person asked of the plan instead.
    """
    knowledge = knowledge or Knowledge()
    situation = _situation(contact, content, now, knowledge, prices, wishes, patience)
    situation = replace(situation, pinned=pinned, last_template_at=last_template_at)
    return decide(_with_flip(situation, contact, knowledge))


def template_plan(contact: Contact, now: datetime, knowledge: Knowledge | None = None) -> RoutePlan:
    """Return the plan for a template by the same prices in every country, without what would change it."""
    return decide(_situation(contact, None, now, knowledge or Knowledge(), FLAT, USUAL, USUAL_PATIENCE))


def _situation(
    contact: Contact,
    content: Content | None,
    now: datetime,
    knowledge: Knowledge,
    prices: Prices,
    wishes: Wishes,
    patience: Patience,
) -> Situation:
    known, category = knowledge.estimates(contact, now), category_of(content)
    return Situation(
        at=now,
        region=contact.region_code,
        number_type=contact.number_type.value,
        opt_out=contact.opt_out,
        default_channel=contact.default_channel,
        default_pinned=contact.default_pinned,
        pinned=None,
        is_free_text=content is not None and content.is_free_text,
        category=category,
        segments=max(1, count_segments(content.text).segments) if content else 1,
        tariff=prices.tariff(contact.region_code, category),
        falls_back=wishes.fallback,
        last_template_at=None,
        channels=tuple(
            _facts(contact.status(channel), known[channel], patience.of(channel, category, wishes), wishes)
            for channel in CHANNEL_ORDER
        ),
    )


def rules_of(category: str) -> Rules:
    """Return what a plan for a message of a category is made by: a one-time code may cost what it costs."""
    return replace(RULES, cost_weight=0.0) if category == CODES else RULES


def decide(situation: Situation, rules: Rules | None = None, *, model: int = VERSION) -> RoutePlan:
    """Return the plan for what was known: the same for the same situation and rules, without any by those of today.

    `model` is the version of the delivery model that gave the estimates; nothing but the record depends on it.
    """
    rules = rules or rules_of(situation.category)
    excluded = tuple(out for known in situation.channels if (out := _exclusion(situation, known)) is not None)
    comparison = _comparison(situation, rules)
    steps = {known.channel: _step(situation, known) for known in situation.channels}
    ranked = tuple(steps[channel] for channel in comparison.order[:MAX_STEPS])
    hints = _hints(situation, ranked)
    reasons = _reasons(comparison, ranked, excluded, (_what_would_change(situation, ranked), *(h.text for h in hints)))
    if len(ranked) > 1 and not situation.falls_back:
        ranked, reasons = ranked[:1], (*reasons, "No other channel follows: that was asked for.")
    decision = Decision(model, rules, situation)
    return RoutePlan(ranked, excluded, reasons, situation.at, situation.tariff, hints, situation.estimates, decision)


def reproduce(decision: Decision) -> RoutePlan:
    """Return the plan that a decision was, made again from its record, by the rules of that time."""
    return decide(decision.situation, decision.rules, model=decision.model)


def choose_default(contact: Contact, now: datetime, knowledge: Knowledge | None = None) -> tuple[Channel | None, str]:
    """Return the default channel that a contact should have, and why.

    A person's choice stays. Otherwise it is the first available channel of the plan for a template, in which the
    present default keeps its place unless another one is better by the margin. It is reckoned with the same price in
    every country, so that no default moves because a price list was edited.
    """
    if contact.default_pinned:
        return contact.default_channel, contact.default_reason
    plan = template_plan(replace(contact, opt_out=False), now, knowledge)
    for step in plan.steps:
        if contact.status(step.channel).is_available:
            return step.channel, step.reason
    return None, "no channel is known to reach this number"


def _facts(status: ChannelStatus, known: Estimate, fallback_after: timedelta, wishes: Wishes) -> ChannelFacts:
    return ChannelFacts(
        channel=status.channel,
        availability=status.availability,
        since=status.since,
        source=status.source,
        evidence=status.evidence,
        last_inbound_at=status.last_inbound_at,
        estimate=known,
        fallback_after=fallback_after,
        until=until_of(status.channel, wishes),
        last_result_at=max((at for at in (status.last_delivered_at, status.last_failed_at) if at), default=None),
    )


def _with_flip(situation: Situation, contact: Contact, knowledge: Knowledge) -> Situation:
    """Return the situation with what would change the order; not asked where there is none to change."""
    comparison = _comparison(situation, rules_of(situation.category))
    if len(comparison.open) < 2 or situation.default_pinned:
        return situation
    return replace(situation, flip=knowledge.flip(contact, situation.at, comparison.score))


def _comparison(situation: Situation, rules: Rules) -> Comparison:
    is_open = (known.channel for known in situation.channels if _exclusion(situation, known) is None)
    return Comparison(situation, rules, frozenset(is_open))


def _exclusion(situation: Situation, known: ChannelFacts) -> Exclusion | None:
    channel, pinned = known.channel, situation.pinned
    if situation.opt_out:
        return Exclusion(channel, ExclusionKind.OPTED_OUT, "the contact has opted out of all messages")
    if pinned is not None and channel is not pinned:
        return Exclusion(channel, ExclusionKind.PINNED_ELSEWHERE, f"{pinned.label} was chosen for this message")
    if known.availability is Availability.UNAVAILABLE:
        return Exclusion(channel, ExclusionKind.UNAVAILABLE, _unavailable(known), known.since)
    needs_window = channel is Channel.WHATSAPP and situation.is_free_text
    if needs_window and not window_is_open(known.last_inbound_at, situation.at):
        closed = window_closes(known.last_inbound_at)
        return Exclusion(channel, ExclusionKind.WINDOW_CLOSED, _window_closed(closed), closed)
    return None


def _unavailable(known: ChannelFacts) -> str:
    since = f" since {_day(known.since)}" if known.since else ""
    return f"not available{since}: {known.evidence or known.source.label}"


def _window_closed(closed: datetime | None) -> str:
    if closed is None:
        return (
            "free text needs a WhatsApp message from the person within 24 hours, and there was none; a template may go"
        )
    return f"the 24 hours for free text ended on {_day(closed)} at {closed:%H:%M} UTC; a template may go"


def _hints(situation: Situation, steps: tuple[RouteStep, ...]) -> tuple[Hint, ...]:
    goes_by_sms = any(step.channel is Channel.SMS for step in steps)
    if not situation.is_free_text or not goes_by_sms:
        return ()
    if free_text_is_open(situation.last_inbound_at, situation.last_template_at, situation.at):
        return ()
    text = (
        f"Free text by SMS may be refused: the person never wrote, and no template went out in the last "
        f"{TEMPLATE_WINDOW.days} days; a template may go."
    )
    return (Hint(Channel.SMS, HintKind.FREE_TEXT_UNANNOUNCED, text),)


def _step(situation: Situation, known: ChannelFacts) -> RouteStep:
    return RouteStep(
        channel=known.channel,
        estimate=known.estimate,
        cost=situation.price(known.channel, known.estimate.mean),
        reason=_evidence(known, situation.at),
        fallback_after=known.fallback_after,
        until=known.until,
    )


def _evidence(facts: ChannelFacts, now: datetime) -> str:
    """Return what an estimate rests on, claiming no more than that."""
    known = facts.estimate
    tried = known.delivered + known.failed
    interval = percent_range(known.low, known.high)
    others = like_words(known.others, known.group_mean)
    if tried:
        last = facts.last_result_at
        old = f", the last {long_ago(last, now)}" if last is not None and now - last >= OLD_RESULT else ""
        own = f"{known.delivered} of {tried} delivered{old}; estimate {percent(known.mean)} ({interval})"
        return f"{own}; {others}" if known.others else own
    if known.others:
        return f"no messages yet; {others}; estimate {percent(known.mean)} ({interval})"
    basis = f"available by {facts.source.label}" if facts.is_available else "not known to be available"
    return f"{basis}, no messages yet; assumed {percent(known.mean)} ({interval})"


def _reasons(
    comparison: Comparison, steps: tuple[RouteStep, ...], excluded: tuple[Exclusion, ...], others: tuple[str, ...]
) -> tuple[str, ...]:
    if not steps:
        return (_no_way(comparison.situation, excluded),)
    return tuple(sentence for sentence in (_why_first(comparison, steps), *others) if sentence)


def _no_way(situation: Situation, excluded: tuple[Exclusion, ...]) -> str:
    if situation.opt_out:
        return "No message may be sent: the contact has opted out."
    shut = "; ".join(f"{out.channel.label}: {out.reason}" for out in excluded)
    return f"No channel is open. {shut}."


def _why_first(comparison: Comparison, steps: tuple[RouteStep, ...]) -> str:
    situation, first = comparison.situation, steps[0]
    name = first.channel.label
    if situation.pinned is first.channel:
        return f"{name} only: it was chosen for this message."
    if situation.default_pinned and situation.default_channel is first.channel:
        return f"{name} first: a person made it the default channel."
    if len(steps) == 1:
        return f"{name}: the only channel that is open."
    return f"{name} first: {_beside(comparison, first, steps[1])}"


def _beside(comparison: Comparison, first: RouteStep, second: RouteStep) -> str:
    """Return why one channel goes before another one, claiming no more than the numbers that are shown."""
    name, chance, other = second.channel.label, percent(first.estimate.mean), percent(second.estimate.mean)
    lead = second.estimate.mean - first.estimate.mean
    if lead <= 0:
        beside = f"as is {name}" if chance == other else f"{name} {other}"
        return f"{chance} likely to arrive, {beside}."
    situation, means = comparison.situation, comparison.means
    if situation.default_channel is first.channel:
        return f"it is the default, and {name} is not better by enough to change."
    more = comparison.cost(second.channel, means) - comparison.cost(first.channel, means)
    if lead > comparison.rules.margin:
        return f"{chance} likely to arrive; {name} {other}, but to begin with it costs about ${more:.4f} more."
    if more > 0 or situation.price(first.channel, 1.0) < situation.price(second.channel, 1.0):
        return f"it costs less, and {name} is hardly more likely to arrive."
    return f"{chance} likely to arrive, and {name} is hardly more likely to."


def _what_would_change(situation: Situation, steps: tuple[RouteStep, ...]) -> str:
    """Return how many failures of the first channel would put another one first."""
    flip = situation.flip
    if flip is None or not steps or flip.first != steps[0].channel:
        return ""
    more = "One more failed message" if flip.failures == 1 else f"{flip.failures} more failed messages"
    return f"{more} on {Channel(flip.first).label} would put {Channel(flip.then).label} first."


def _day(at: datetime | None) -> str:
    return f"{at.day} {at:%b %Y}" if at else ""
