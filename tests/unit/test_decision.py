"""What is kept of a decision gives the same plan again."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel, ChannelStatus, Source
from sent_tui.core.comparison import Comparison
from sent_tui.core.contact import Contact
from sent_tui.core.decision import Decision, Rules, decision_from, decision_json
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import Content, Wishes
from sent_tui.core.number_type import NumberType
from sent_tui.core.outcome import Outcome
from sent_tui.core.patience import LONGEST, SHORTEST, UNTIL
from sent_tui.core.prices import Tariff, read_prices
from sent_tui.core.route_plan import RoutePlan
from sent_tui.core.routing import COST_WEIGHT, RULES, SWITCH_MARGIN, decide, plan_route, reproduce
from sent_tui.core.text import percent, percent_range
from tests.factories import NOW, contact
from tests.logs import situation

PRICES = read_prices({"default": {"sms": 0.08, "whatsapp": {"marketing": 0.07, "utility": 0.02, "service": 0}}})
moments = st.integers(0, 400 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes))
texts = st.text(max_size=12)


@st.composite
def statuses(draw: st.DrawFn, channel: Channel) -> ChannelStatus:
    return ChannelStatus(
        channel,
        draw(st.sampled_from(Availability)),
        since=draw(st.none() | moments),
        source=draw(st.sampled_from(Source)),
        evidence=draw(texts),
        last_inbound_at=draw(st.none() | moments | st.just(NOW - timedelta(hours=1))),
    )


@st.composite
def people(draw: st.DrawFn) -> tuple[Contact, Knowledge]:
    """Draw a contact with results on its channels, and what was learned from them and from others."""
    known = contact(
        region_code=draw(st.sampled_from(["US", "BR", "001", ""])),
        number_type=draw(st.sampled_from(NumberType)),
        opt_out=draw(st.booleans()),
        default_channel=draw(st.none() | st.sampled_from(Channel)),
        default_pinned=draw(st.booleans()),
        channels=tuple(draw(statuses(channel)) for channel in CHANNEL_ORDER),
    )
    knowledge = Knowledge()
    results = draw(st.lists(st.tuples(st.sampled_from(Channel), st.sampled_from(Outcome), moments), max_size=6))
    for place, (channel, outcome, at) in enumerate(results):
        known = knowledge.learned(known, channel, outcome, at, message_id=f"m{place}", first_choice=place % 2 == 0)
    for place, outcome in enumerate(draw(st.lists(st.sampled_from(Outcome), max_size=3))):
        other = replace(known, id=f"other{place}", learned={})
        knowledge.learned(other, draw(st.sampled_from(Channel)), outcome, NOW, message_id="m", first_choice=True)
    return known, knowledge


contents = st.none() | st.builds(
    Content,
    st.text(max_size=400),
    template=st.none() | texts,
    category=st.none() | st.sampled_from(["marketing", "utility", "odd"]),
)


wishes = st.builds(
    Wishes,
    fallback_after=st.none() | st.timedeltas(SHORTEST, LONGEST),
    until=st.sampled_from(UNTIL),
    fallback=st.booleans(),
)


@given(people(), contents, moments, st.none() | st.sampled_from(Channel), st.none() | moments, wishes)
def test_a_decision_gives_its_plan_again(
    person: tuple[Contact, Knowledge],
    content: Content | None,
    at: datetime,
    pinned: Channel | None,
    template_at: datetime | None,
    asked: Wishes,
) -> None:
    known, knowledge = person
    plan = plan_route(
        known,
        content,
        at,
        pinned=pinned,
        knowledge=knowledge,
        prices=PRICES,
        last_template_at=template_at,
        wishes=asked,
    )
    assert plan.decision is not None
    kept = json.loads(json.dumps(decision_json(plan.decision)))
    again = reproduce(decision_from(kept))
    assert again == plan
    assert again.explain() == plan.explain()
    assert again.channels == plan.channels


plans = st.builds(
    lambda person, content, at, pinned, asked: plan_route(
        person[0], content, at, pinned=pinned, knowledge=person[1], prices=PRICES, wishes=asked
    ),
    people(),
    contents,
    moments,
    st.none() | st.sampled_from(Channel),
    wishes,
)
dollars = st.sampled_from([0.0, 0.005, 0.01, 0.03, 0.1])
close_plans = st.builds(
    lambda chance, lead, tariff, default: decide(
        situation(chance / 100, min(100, max(0, chance + lead)) / 100, tariff=tariff, default_channel=default)
    ),
    st.integers(0, 100),
    st.integers(-12, 12),
    st.builds(Tariff, whatsapp=dollars, sms=dollars),
    st.none() | st.sampled_from(Channel),
)
"""Plans where the channels are about as likely to deliver, so that prices and the default channel decide."""


@given(people(), contents, moments, st.none() | st.sampled_from(Channel), wishes)
def test_whoever_opted_out_never_gets_a_step(
    person: tuple[Contact, Knowledge], content: Content | None, at: datetime, pinned: Channel | None, asked: Wishes
) -> None:
    gone = replace(person[0], opt_out=True)
    plan = plan_route(gone, content, at, pinned=pinned, knowledge=person[1], prices=PRICES, wishes=asked)
    assert plan.steps == ()
    assert {out.channel for out in plan.excluded} == set(Channel)
    assert plan.explain()[0] == "No message may be sent: the contact has opted out."


class Report(NamedTuple):
    """What is heard of an attempt to reach one of three people."""

    person: int
    channel: Channel
    outcome: Outcome
    days: int
    message: str
    first: bool


# Few people, times and messages, so that many reports are about one attempt, or of the same time.
reports = st.builds(
    Report,
    st.integers(0, 2),
    st.sampled_from(Channel),
    st.sampled_from(Outcome),
    st.integers(0, 3),
    st.sampled_from("abcd"),
    st.booleans(),
)
logs = st.lists(reports, max_size=16)


def shown_after(log: list[Report]) -> list[object]:
    """Return all that is shown of three people after some reports."""
    knowledge, people = Knowledge(), [contact(place) for place in range(3)]
    for told in log:
        people[told.person] = knowledge.learned(
            people[told.person],
            told.channel,
            told.outcome,
            NOW - timedelta(days=30 * told.days),
            message_id=told.message,
            first_choice=told.first,
        )
    shown: list[object] = []
    for person in people:
        plan = plan_route(person, None, NOW, knowledge=knowledge, prices=PRICES)
        why = [knowledge.explanation(person, channel, NOW) for channel in CHANNEL_ORDER]
        shown += [plan, plan.channels, plan.explain(), why]
    return shown


@given(logs, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=50)
def test_the_same_reports_in_any_order_and_repeated_give_the_same_plan(log: list[Report], random: Random) -> None:
    again = [*log, *random.choices(log, k=len(log))] if log else []
    random.shuffle(again)
    assert shown_after(again) == shown_after(log)


def comparison(plan: RoutePlan) -> Comparison:
    assert plan.decision is not None
    is_open = frozenset(Channel) - {out.channel for out in plan.excluded}
    return Comparison(plan.decision.situation, plan.decision.rules, is_open)


@given(
    st.integers(0, 100),
    st.integers(-12, 12),
    st.builds(Tariff, whatsapp=dollars, sms=dollars),
    st.none() | st.sampled_from(Channel),
    st.sampled_from(["utility", "authentication"]),
)
@settings(max_examples=500)
def test_cost_never_beats_delivery_beyond_the_margin(
    chance: int, lead: int, tariff: Tariff, default: Channel | None, category: str
) -> None:
    sms = min(100, max(0, chance + lead))
    known = situation(chance / 100, sms / 100, tariff=tariff, default_channel=default, category=category)
    means = {Channel.WHATSAPP: chance / 100, Channel.SMS: sms / 100}
    each = {Channel.WHATSAPP: tariff.whatsapp * chance / 100, Channel.SMS: tariff.sms}
    first, second = decide(known).channels

    def whole(begin: Channel, then: Channel) -> float:
        return each[begin] + (1 - means[begin]) * each[then]

    saved = max(0.0, whole(second, first) - whole(first, second)) * (category != "authentication")
    assert means[second] - means[first] <= SWITCH_MARGIN + COST_WEIGHT * saved + 1e-9


@given(plans | close_plans)
@settings(max_examples=500)
def test_the_first_sentence_is_true(plan: RoutePlan) -> None:
    known, sentence = comparison(plan), plan.reasons[0]
    others = [channel for channel in known.open if channel is not plan.channels[0]]
    if not others:
        return
    [other], first, means = others, plan.channels[0], known.means
    lead, shown = means[other] - means[first], (percent(means[first]), percent(means[other]))
    more = known.cost(other, means) - known.cost(first, means)
    prices = [known.situation.price(channel, 1.0) for channel in (first, other)]
    assert sentence.startswith(f"{first.label} first: ")
    match sentence.partition(": ")[2]:
        case "a person made it the default channel.":
            assert known.situation.default_pinned
        case words if "it is the default" in words:
            assert (known.situation.default_channel, lead > 0) == (first, True)
        case words if words.startswith("it costs less"):
            assert 0 < lead <= known.rules.margin
            assert more > 0
        case words if words.startswith("its price is lower"):
            assert 0 < lead <= known.rules.margin
            assert (more <= 0, prices[0] < prices[1]) == (True, True)
        case words if "hardly more likely" in words:
            assert 0 < lead <= known.rules.margin
        case words if "more." in words:
            told = f"{shown[0]} likely to arrive; {other.label} {shown[1]}, but to begin with it costs about $"
            assert words == f"{told}{more:.4f} more."
            assert more > 0
        case words if "as is" in words:
            assert words == f"{shown[0]} likely to arrive, as is {other.label}."
            assert shown[0] == shown[1]
        case words:
            assert words == f"{shown[0]} likely to arrive, {other.label} {shown[1]}."
            assert lead < 0


@given(plans)
def test_every_percentage_of_an_explanation_is_one_of_the_data(plan: RoutePlan) -> None:
    for step, line in zip(plan.steps, plan.explain()[len(plan.reasons) :], strict=False):
        known = step.estimate
        tried = known.delivered + known.failed
        own = [percent(known.mean), percent_range(known.low, known.high)]
        people = [percent(known.group_mean)] if known.others else []
        assert re.findall(r"\d+(?:–\d+)?%", line) == ([*own, *people] if tried else [*people, *own])
        assert (f"{known.delivered} of {tried} delivered" in line) == bool(tried)
        assert ("no messages yet" in line) == (not tried)


def test_old_results_are_said_to_be_old() -> None:
    def told(days: int) -> str:
        known, knowledge = contact(), Knowledge()
        at = NOW - timedelta(days=days)
        known = knowledge.learned(known, Channel.SMS, Outcome.DELIVERED, at, message_id="m", first_choice=True)
        seen = replace(known.status(Channel.SMS), last_delivered_at=at, last_failed_at=at - timedelta(days=900))
        plan = plan_route(known.with_status(seen), None, NOW, knowledge=knowledge)
        return next(step.reason for step in plan.steps if step.channel is Channel.SMS)

    assert told(89).startswith("1 of 1 delivered; estimate ")
    assert told(90).startswith("1 of 1 delivered, the last 3 months ago; estimate ")
    assert told(1100).startswith("1 of 1 delivered, the last 3 years ago; estimate ")


def test_a_record_of_older_rules_counts_the_price_of_one_step() -> None:
    written = record()
    assert written.pop("whole_plan") is True
    assert decision_from(written).rules == replace(RULES, whole_plan=False)


def decided() -> RoutePlan:
    open_to_both = tuple(ChannelStatus(channel, Availability.AVAILABLE) for channel in CHANNEL_ORDER)
    return plan_route(contact(channels=open_to_both), Content("Hello", template="welcome"), NOW)


def record() -> dict[str, Any]:
    plan = decided()
    assert plan.decision is not None
    return decision_json(plan.decision)


def test_the_rules_of_that_time_are_kept() -> None:
    plan = decided()
    assert plan.decision is not None
    assert plan.decision.rules == RULES
    fallen = replace(
        plan.decision.situation,
        channels=tuple(
            replace(known, estimate=known.estimate._replace(mean=mean))
            for known, mean in zip(plan.decision.situation.channels, (0.80, 0.84), strict=True)
        ),
    )
    assert decide(fallen).channels == (Channel.SMS, Channel.WHATSAPP)
    lenient = Decision(1, Rules(margin=0.1, cost_weight=1.0), fallen)
    assert reproduce(decision_from(decision_json(lenient))).channels == (Channel.WHATSAPP, Channel.SMS)


def test_a_record_is_small_and_holds_no_text_of_the_message() -> None:
    plan = plan_route(contact(), Content("a secret"), NOW)
    assert plan.decision is not None
    written = json.dumps(decision_json(plan.decision))
    assert "secret" not in written
    assert len(written) < 900


def test_estimates_are_found_by_their_channel() -> None:
    plan = decided()
    assert plan.decision is not None
    situation = plan.decision.situation
    assert situation.estimates == plan.estimates
    assert replace(situation, channels=()).estimates == {}


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"version": None},
        {"at": None},
        {"at": "yesterday"},
        {"prices": [1.0]},
        {"prices": None},
        {"prices": [float("nan"), 0.0]},
        {"segments": "many"},
        {"channels": [1]},
        {"channels": [{"channel": "pigeon"}]},
        {"flip": ["whatsapp"]},
        {"default": "pigeon"},
        {"channels": [{**record()["channels"][0], "after": 1e300}]},
        {"channels": [{**record()["channels"][0], "until": "SOME DAY"}]},
    ],
)
def test_what_is_no_decision_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"decision|pigeon|isoformat|many|unpack|SOME DAY"):
        decision_from(record() | change)


def test_a_one_time_code_costs_what_it_costs() -> None:
    known = situation(0.95, 0.88, tariff=Tariff(whatsapp=0.2, sms=0.001))
    assert decide(known).channels == (Channel.SMS, Channel.WHATSAPP)
    code = decide(replace(known, category="authentication"))
    assert code.channels == (Channel.WHATSAPP, Channel.SMS)
    assert code.decision is not None
    assert code.decision.rules.cost_weight == 0
    assert reproduce(code.decision) == code
