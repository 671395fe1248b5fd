"""Which channel first, which after it, and why.

The router is deterministic: it gathers what is known of a contact, a content and a time into a `Situation`, and the
same situation always gives the same plan. Channels that must not be used are excluded first, each with its reason; the
others are ranked by estimated delivery less a small price for what the plan then costs, which is

    price of the first + (1 - chance of the first) * price of the second

A person's choice of default channel goes before the ranking.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel, ChannelStatus
from sent_tui.core.comparison import Comparison
from sent_tui.core.consent import TEMPLATE_WINDOW, free_text_is_open, window_closes, window_is_open
from sent_tui.core.contact import Contact
from sent_tui.core.decision import ChannelFacts, Decision, Rules, Situation
from sent_tui.core.delivery import VERSION
from sent_tui.core.estimate import Estimate
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import USUAL, Content, Wishes
from sent_tui.core.patience import CODES, USUAL_PATIENCE, Patience, until_of
from sent_tui.core.prices import FLAT, Prices, category_of
from sent_tui.core.route_plan import Exclusion, ExclusionKind, Hint, HintKind, RoutePlan, RouteStep
from sent_tui.core.route_reasons import evidence, reasons, unavailable, what_would_change, window_closed
from sent_tui.core.segments import count_segments

MAX_STEPS = 3
"""A message takes at most this many routes (Sent's contract)."""
COST_WEIGHT = 1.0
"""Points of delivery probability that a dollar is worth: one point is worth a cent."""
SWITCH_MARGIN = 0.03
"""How much better another channel must look to go before the default one; before the cheapest, where there is none."""
RULES = Rules(SWITCH_MARGIN, COST_WEIGHT, whole_plan=True)
"""What plans are made by, but for one-time codes."""


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
    others = (what_would_change(situation, ranked), *(hint.text for hint in hints))
    sentences = reasons(comparison, ranked, excluded, others)
    if len(ranked) > 1 and not situation.falls_back:
        ranked, sentences = ranked[:1], (*sentences, "No other channel follows: that was asked for.")
    decision = Decision(model, rules, situation)
    return RoutePlan(ranked, excluded, sentences, situation.at, situation.tariff, hints, situation.estimates, decision)


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
        return Exclusion(channel, ExclusionKind.UNAVAILABLE, unavailable(known), known.since)
    needs_window = channel is Channel.WHATSAPP and situation.is_free_text
    if needs_window and not window_is_open(known.last_inbound_at, situation.at):
        closed = window_closes(known.last_inbound_at)
        return Exclusion(channel, ExclusionKind.WINDOW_CLOSED, window_closed(closed), closed)
    return None


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
        reason=evidence(known, situation.at),
        fallback_after=known.fallback_after,
        until=known.until,
    )
