"""The router: what is excluded, how the rest is ranked, and what it says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import MovedBy
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import Content, Wishes
from sent_tui.core.number_type import NumberType
from sent_tui.core.outcome import Outcome
from sent_tui.core.prices import Tariff, read_prices
from sent_tui.core.route_plan import ExclusionKind, HintKind, RoutePlan
from sent_tui.core.routing import RULES, choose_default, decide, plan_route

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TEXT = Content("Hello")
TEMPLATE = Content("Hello", template="welcome")


def status(
    channel: Channel, availability: Availability = Availability.AVAILABLE, delivered: int = 0, failed: int = 0
) -> ChannelStatus:
    return ChannelStatus(
        channel,
        availability,
        since=NOW - timedelta(days=3),
        checked_at=NOW,
        source=Source.LOOKUP,
        evidence="looked up",
        attempts=delivered + failed,
        delivered=delivered,
        failed=failed,
    )


def person(*channels: ChannelStatus) -> Contact:
    bare = Contact(
        id="c1",
        phone_number="+14155550123",
        format_e164="+14155550123",
        format_international="+1 415-555-0123",
        format_national="(415) 555-0123",
        format_rfc="tel:+1-415-555-0123",
        country_code="1",
        region_code="US",
        number_type=NumberType.MOBILE,
        created_at=NOW,
    )
    for known in channels:
        bare = bare.with_status(known)
    return taught(bare)


def after_failures(contact: Contact, times: int) -> RoutePlan:
    """Return the plan after soft failures on WhatsApp, now, from which others learn as well."""
    knowledge = Knowledge()
    for place in range(times):
        contact = knowledge.learned(
            contact, Channel.WHATSAPP, Outcome.FAILED_SOFT, NOW, message_id=f"more-{place}", first_choice=True
        )
    return plan_route(contact, TEMPLATE, NOW, knowledge=knowledge)


def taught(contact: Contact) -> Contact:
    """Return a contact that brings along what its counts stand for."""
    knowledge = Knowledge()
    for known in contact.channels:
        outcomes = [Outcome.DELIVERED] * known.delivered + [Outcome.FAILED_SOFT] * known.failed
        for place, outcome in enumerate(outcomes):
            contact = knowledge.learned(
                contact,
                known.channel,
                outcome,
                NOW - timedelta(days=1),
                message_id=f"{known.channel}-{place}",
                first_choice=True,
            )
    return contact


BOTH = (status(Channel.WHATSAPP), status(Channel.SMS))


class TestExclusions:
    def test_opted_out_excludes_everything(self) -> None:
        plan = plan_route(replace(person(*BOTH), opt_out=True), TEMPLATE, NOW)
        assert plan.steps == ()
        assert {out.kind for out in plan.excluded} == {ExclusionKind.OPTED_OUT}
        assert "opted out" in plan.reasons[0]

    def test_unavailable_channel_names_its_evidence_and_day(self) -> None:
        plan = plan_route(
            person(status(Channel.WHATSAPP, Availability.UNAVAILABLE), status(Channel.SMS)), TEMPLATE, NOW
        )
        [out] = plan.excluded
        assert plan.channels == (Channel.SMS,)
        assert out.kind is ExclusionKind.UNAVAILABLE
        assert out.reason == "not available since 17 Nov 2026: looked up"
        assert plan.reasons == ("SMS: the only channel that is open.",)

    def test_unavailable_without_a_day_or_evidence(self) -> None:
        bare = ChannelStatus(Channel.WHATSAPP, Availability.UNAVAILABLE)
        [out] = plan_route(person(bare, status(Channel.SMS)), TEMPLATE, NOW).excluded
        assert out.reason == "not available: numbering plan"

    @pytest.mark.parametrize(
        ("hours", "channels"),
        [(None, (Channel.SMS,)), (23.9, (Channel.WHATSAPP, Channel.SMS)), (24, (Channel.SMS,)), (48, (Channel.SMS,))],
    )
    def test_free_text_needs_an_open_window(self, hours: float | None, channels: tuple[Channel, ...]) -> None:
        wrote = None if hours is None else NOW - timedelta(hours=hours)
        contact = person(replace(status(Channel.WHATSAPP), last_inbound_at=wrote), status(Channel.SMS))
        plan = plan_route(contact, TEXT, NOW)
        assert plan.channels == channels
        if channels == (Channel.SMS,):
            assert plan.excluded[0].kind is ExclusionKind.WINDOW_CLOSED
            assert "template may go" in plan.excluded[0].reason

    def test_a_template_needs_no_window(self) -> None:
        assert plan_route(person(*BOTH), TEMPLATE, NOW).channels == (Channel.WHATSAPP, Channel.SMS)

    def test_pinned_channel_excludes_the_others(self) -> None:
        plan = plan_route(person(*BOTH), TEMPLATE, NOW, pinned=Channel.SMS)
        assert plan.channels == (Channel.SMS,)
        assert plan.excluded[0].kind is ExclusionKind.PINNED_ELSEWHERE
        assert plan.reasons == ("SMS only: it was chosen for this message.",)

    def test_nothing_open_says_why_for_each(self) -> None:
        shut = [status(channel, Availability.UNAVAILABLE) for channel in Channel]
        plan = plan_route(person(*shut), TEMPLATE, NOW)
        assert plan.steps == ()
        assert "WhatsApp: not available" in plan.reasons[0]
        assert "SMS: not available" in plan.reasons[0]


class TestRanking:
    def test_the_likelier_channel_goes_first(self) -> None:
        contact = person(status(Channel.WHATSAPP, failed=2), status(Channel.SMS, delivered=5))
        plan = plan_route(contact, TEMPLATE, NOW)
        assert plan.channels == (Channel.SMS, Channel.WHATSAPP)
        assert plan.reasons[0].startswith("SMS first: 92% likely to arrive, WhatsApp 57%")

    def test_within_the_margin_the_cheaper_one_goes_first(self) -> None:
        plan = plan_route(person(*BOTH), TEMPLATE, NOW)
        assert plan.channels[0] is Channel.WHATSAPP
        assert plan.reasons[0] == "WhatsApp first: it costs less, and SMS is hardly more likely to arrive."

    def test_a_persons_choice_goes_first(self) -> None:
        contact = person(status(Channel.WHATSAPP, delivered=9), status(Channel.SMS, failed=3))
        pinned = contact.with_default(Channel.SMS, pinned=True, reason="chosen by a person", at=NOW, by=MovedBy.PERSON)
        plan = plan_route(pinned, TEMPLATE, NOW)
        assert plan.channels == (Channel.SMS, Channel.WHATSAPP)
        assert plan.reasons == ("SMS first: a person made it the default channel.",)

    def test_the_present_default_keeps_its_place_within_the_margin(self) -> None:
        contact = person(status(Channel.WHATSAPP, delivered=3), status(Channel.SMS, delivered=2))
        settled = contact.with_default(Channel.SMS, pinned=False, reason="", at=NOW, by=MovedBy.LEARNED)
        plan = plan_route(settled, TEMPLATE, NOW)
        assert plan.channels[0] is Channel.SMS
        assert "it is the default" in plan.reasons[0]

    def test_a_cheaper_channel_goes_first_when_hardly_less_likely(self) -> None:
        contact = person(status(Channel.WHATSAPP, delivered=2), status(Channel.SMS, delivered=3))
        long = Content("x" * 1000, template="welcome")
        plan = plan_route(contact, long, NOW)
        assert plan.channels[0] is Channel.WHATSAPP
        assert "costs less" in plan.reasons[0]

    def test_a_cheap_channel_that_hardly_works_saves_nothing_and_goes_last(self) -> None:
        contact = person(status(Channel.WHATSAPP, failed=8), status(Channel.SMS, failed=8))
        dear = read_prices({"default": {"whatsapp": 0.01, "sms": 0.5}})
        plan = plan_route(contact, TEMPLATE, NOW, prices=dear)
        assert plan.decision is not None
        whatsapp, sms = (plan.estimates[channel].mean for channel in (Channel.WHATSAPP, Channel.SMS))
        unlikely, likely = (
            replace(known, estimate=known.estimate._replace(mean=mean))
            for known, mean in zip(plan.decision.situation.channels, (0.02, 0.30), strict=True)
        )
        assert max(whatsapp, sms) < 0.3
        hopeless = replace(plan.decision.situation, channels=(unlikely, likely))
        assert decide(hopeless).channels == (Channel.SMS, Channel.WHATSAPP)
        by_step = replace(RULES, whole_plan=False)
        assert decide(hopeless, by_step).channels == (Channel.WHATSAPP, Channel.SMS)
        alone = replace(hopeless, falls_back=False)
        assert decide(alone).channels == (Channel.WHATSAPP,)

    def test_what_would_change_is_true(self) -> None:
        contact = person(*BOTH)
        plan = plan_route(contact, TEMPLATE, NOW)
        assert plan.reasons[-1] == "One more failed message on WhatsApp would put SMS first."
        assert after_failures(contact, 1).channels[0] is Channel.SMS

    @given(st.integers(0, 8), st.integers(0, 8))
    @settings(deadline=None)
    def test_so_many_failures_and_no_fewer_would_change_it(self, whatsapp: int, sms: int) -> None:
        contact = person(status(Channel.WHATSAPP, delivered=whatsapp), status(Channel.SMS, delivered=sms))
        plan = plan_route(contact, TEMPLATE, NOW)
        told = re.match(r"(One|\d+) more failed messages? on WhatsApp", plan.reasons[-1])
        if told:
            count = 1 if told[1] == "One" else int(told[1])
            assert after_failures(contact, count).channels[0] is Channel.SMS
            assert after_failures(contact, count - 1).channels[0] is Channel.WHATSAPP

    def test_several_failures_are_counted(self) -> None:
        contact = person(status(Channel.WHATSAPP, delivered=10), status(Channel.SMS, failed=1))
        reasons = plan_route(contact, TEMPLATE, NOW).reasons
        assert "more failed messages on WhatsApp would put SMS first." in reasons[-1]

    def test_a_lead_that_no_few_failures_undo_is_not_mentioned(self) -> None:
        contact = person(status(Channel.WHATSAPP, delivered=5), status(Channel.SMS))
        dear, alone = read_prices({"default": {"sms": 10.0}}), Wishes(fallback=False)
        assert len(plan_route(contact, TEMPLATE, NOW, wishes=alone).reasons) == 3
        assert len(plan_route(contact, TEMPLATE, NOW, prices=dear, wishes=alone).reasons) == 2


class TestPlan:
    def test_chance_and_cost_follow_from_the_steps(self) -> None:
        plan = plan_route(person(*BOTH), TEMPLATE, NOW)
        first, second = plan.steps
        assert plan.delivery_chance == pytest.approx(1 - (1 - first.estimate.mean) * (1 - second.estimate.mean))
        assert plan.expected_cost == pytest.approx(first.cost + (1 - first.estimate.mean) * second.cost)

    def test_long_text_costs_by_segment(self) -> None:
        one = plan_route(person(*BOTH), Content("x" * 160), NOW).steps[0]
        two = plan_route(person(*BOTH), Content("x" * 161), NOW).steps[0]
        assert two.cost == pytest.approx(2 * one.cost)

    def test_explanation_has_reasons_steps_and_exclusions(self) -> None:
        contact = person(status(Channel.WHATSAPP, Availability.UNKNOWN), status(Channel.SMS, delivered=7, failed=1))
        lines = plan_route(contact, TEXT, NOW).explain()
        assert any(line.startswith("1. SMS: 7 of 8 delivered; estimate") for line in lines)
        assert any(line.startswith("Not WhatsApp: free text needs") for line in lines)

    def test_an_unknown_channel_claims_nothing(self) -> None:
        plan = plan_route(person(status(Channel.WHATSAPP, Availability.UNKNOWN)), TEMPLATE, NOW)
        assert plan.steps[0].reason == "not known to be available, no messages yet; assumed 81% (54–97%)"


class TestDefault:
    def test_the_first_available_channel(self) -> None:
        contact = person(status(Channel.WHATSAPP, Availability.UNKNOWN), status(Channel.SMS))
        assert choose_default(contact, NOW)[0] is Channel.SMS

    def test_none_when_nothing_is_known_to_reach_it(self) -> None:
        unknown = [status(channel, Availability.UNKNOWN) for channel in Channel]
        assert choose_default(person(*unknown), NOW) == (None, "no channel is known to reach this number")

    def test_a_persons_choice_stays(self) -> None:
        contact = person(status(Channel.WHATSAPP, Availability.UNAVAILABLE), status(Channel.SMS))
        pinned = contact.with_default(
            Channel.WHATSAPP, pinned=True, reason="chosen by a person", at=NOW, by=MovedBy.PERSON
        )
        assert choose_default(pinned, NOW) == (Channel.WHATSAPP, "chosen by a person")

    def test_an_opted_out_contact_keeps_its_default(self) -> None:
        assert choose_default(replace(person(*BOTH), opt_out=True), NOW)[0] is Channel.WHATSAPP


counts = st.integers(min_value=0, max_value=9)
availabilities = st.sampled_from(list(Availability))
known_channels = st.tuples(
    *(st.builds(status, st.just(channel), availabilities, counts, counts) for channel in Channel)
)


@given(known_channels, st.booleans(), st.sampled_from([TEXT, TEMPLATE, None]), st.sampled_from([None, *Channel]))
def test_every_channel_is_a_step_or_excluded_and_none_twice(
    known: tuple[ChannelStatus, ...], opt_out: bool, content: Content | None, pinned: Channel | None
) -> None:
    contact = replace(person(*known), opt_out=opt_out)
    plan = plan_route(contact, content, NOW, pinned=pinned)
    assert sorted([*plan.channels, *(out.channel for out in plan.excluded)]) == sorted(Channel)
    assert plan == plan_route(contact, content, NOW, pinned=pinned)
    assert not (contact.opt_out and plan.steps)
    assert 0 <= plan.delivery_chance <= 1
    assert plan.reasons


class TestPrices:
    PRICES = read_prices(
        {
            "default": {"sms": 0.08, "whatsapp": {"marketing": 0.07, "utility": 0.02, "service": 0}},
            "US": {"sms": 0.01, "whatsapp": {"marketing": 0.2}},
        }
    )

    def test_a_plan_costs_what_the_country_and_the_category_cost(self) -> None:
        marketing = Content("Hello", template="welcome", category="marketing")
        plan = plan_route(person(*BOTH), marketing, NOW, prices=self.PRICES)
        assert plan.tariff == Tariff(whatsapp=0.2, sms=0.01)
        costs = {step.channel: step.cost for step in plan.steps}
        assert costs[Channel.SMS] == 0.01
        assert costs[Channel.WHATSAPP] == pytest.approx(0.2 * plan.steps[1].estimate.mean)
        abroad = plan_route(replace(person(*BOTH), region_code="DE"), marketing, NOW, prices=self.PRICES)
        assert abroad.tariff == Tariff(whatsapp=0.07, sms=0.08)

    def test_the_price_decides_where_the_chances_are_equal(self) -> None:
        marketing = Content("Hello", template="welcome", category="marketing")
        assert plan_route(person(*BOTH), marketing, NOW, prices=self.PRICES).channels[0] is Channel.SMS
        assert plan_route(person(*BOTH), TEMPLATE, NOW, prices=self.PRICES).channels[0] is Channel.SMS
        abroad = replace(person(*BOTH), region_code="DE")
        assert plan_route(abroad, marketing, NOW, prices=self.PRICES).channels[0] is Channel.WHATSAPP

    def test_free_text_in_an_open_conversation_has_its_own_price(self) -> None:
        wrote = replace(status(Channel.WHATSAPP), last_inbound_at=NOW)
        plan = plan_route(person(wrote, status(Channel.SMS)), TEXT, NOW, prices=self.PRICES)
        assert [step.cost for step in plan.steps] == [0, 0.01]


class TestHints:
    NEVER_WROTE = person(status(Channel.WHATSAPP, Availability.UNKNOWN), status(Channel.SMS))

    def test_free_text_by_sms_that_nothing_announced_is_a_hint_and_no_exclusion(self) -> None:
        plan = plan_route(self.NEVER_WROTE, TEXT, NOW)
        assert plan.channels == (Channel.SMS,)
        [hint] = plan.hints
        assert (hint.channel, hint.kind) == (Channel.SMS, HintKind.FREE_TEXT_UNANNOUNCED)
        assert hint.text == plan.reasons[-1]
        assert hint.text in plan.explain()

    @pytest.mark.parametrize("content", [TEMPLATE, None])
    def test_a_template_needs_no_announcement(self, content: Content | None) -> None:
        assert plan_route(self.NEVER_WROTE, content, NOW).hints == ()

    @pytest.mark.parametrize("channel", list(Channel))
    def test_a_message_from_the_person_on_any_channel_is_enough_for_ever(self, channel: Channel) -> None:
        wrote = replace(self.NEVER_WROTE.status(channel), last_inbound_at=NOW - timedelta(days=900))
        assert plan_route(self.NEVER_WROTE.with_status(wrote), TEXT, NOW).hints == ()

    @pytest.mark.parametrize(("days", "hints"), [(0, 0), (6.9, 0), (7, 1)])
    def test_a_template_of_the_last_week_is_enough(self, days: float, hints: int) -> None:
        template_at = NOW - timedelta(days=days)
        assert len(plan_route(self.NEVER_WROTE, TEXT, NOW, last_template_at=template_at).hints) == hints

    def test_no_hint_about_a_channel_that_is_not_taken(self) -> None:
        contact = person(status(Channel.WHATSAPP), status(Channel.SMS, Availability.UNAVAILABLE))
        assert plan_route(contact, TEXT, NOW).hints == ()
        assert plan_route(replace(self.NEVER_WROTE, opt_out=True), TEXT, NOW).hints == ()
