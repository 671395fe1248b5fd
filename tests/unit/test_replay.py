"""What another policy would have tried first: what is known of it, what is estimated, and the bounds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel
from sent_tui.core.decision import Situation
from sent_tui.core.message import Message, MessageStatus
from sent_tui.core.policies import POLICIES, Choice, Past, choice_of
from sent_tui.core.prices import Tariff
from sent_tui.core.replay import LIMITS, Comparison, Replay
from sent_tui.core.results import Uncounted
from tests.factories import NOW
from tests.logs import ARRIVED, LOST, SMS, UNREACHED, WHATSAPP, Tried, facts, sent, situation


def replayed(policy: str, *messages: Message, since: int = 0) -> Comparison:
    replay = Replay(POLICIES[policy])
    for place, message in enumerate(messages):
        replay.add(message, counts=place >= since)
    [found] = replay.comparisons()
    return found


def tried(channel: Channel, came: bool) -> Tried:
    return (channel, ARRIVED, None) if came else (channel, LOST, UNREACHED)


def choose(policy: str, choice: Choice) -> Channel:
    return POLICIES[policy].choose(choice)


def offered(known: Situation | None = None, past: Past | None = None) -> Choice:
    return choice_of(known or situation(), past or Past())


ONLY_SMS, ONLY_WHATSAPP = offered(situation(is_free_text=True)), offered(situation(pinned=WHATSAPP))


class TestPolicies:
    def test_by_name_of_the_channel(self) -> None:
        assert choose("whatsapp-first", offered()) is WHATSAPP
        assert choose("sms-first", offered()) is SMS
        assert choose("whatsapp-first", ONLY_SMS) is SMS
        assert choose("sms-first", ONLY_WHATSAPP) is WHATSAPP

    @pytest.mark.parametrize(("segments", "chosen"), [(1, SMS), (2, WHATSAPP)])
    def test_by_price(self, segments: int, chosen: Channel) -> None:
        known = situation(tariff=Tariff(whatsapp=0.015, sms=0.01), segments=segments)
        assert choose("cheapest", offered(known)) is chosen

    @pytest.mark.parametrize("policy", ["static-check", "last-success"])
    def test_by_the_check(self, policy: str) -> None:
        for found, chosen in (
            ({WHATSAPP: Availability.UNKNOWN, SMS: Availability.AVAILABLE}, SMS),
            ({WHATSAPP: Availability.UNAVAILABLE}, SMS),
            ({WHATSAPP: Availability.AVAILABLE, SMS: Availability.AVAILABLE}, WHATSAPP),
            ({}, WHATSAPP),
        ):
            assert choose(policy, offered(past=Past(found))) is chosen

    def test_by_what_worked_last(self) -> None:
        assert choose("last-success", offered(past=Past(worked=SMS))) is SMS
        assert choose("last-success", offered(situation(pinned=WHATSAPP), Past(worked=SMS))) is WHATSAPP

    def test_by_the_router(self) -> None:
        assert choose("sent-tui", offered()) is WHATSAPP
        assert choose("sent-tui", offered(situation(0.5, 0.8))) is SMS
        gone = tuple(facts(channel, 0.05, Availability.UNAVAILABLE) for channel in CHANNEL_ORDER)
        assert choose("sent-tui", offered(situation(channels=gone))) is WHATSAPP

    def test_consent_windows_and_pins_bind_all_of_them(self) -> None:
        assert offered().channels == CHANNEL_ORDER
        assert offered(situation(opt_out=True)).channels == ()
        assert offered(situation(pinned=SMS)).channels == (SMS,)
        assert ONLY_SMS.channels == (SMS,)

    def test_what_the_router_concluded_binds_none_of_them(self) -> None:
        gone = (facts(WHATSAPP, 0.05, Availability.UNAVAILABLE), facts(SMS, 0.9))
        assert offered(situation(channels=gone)).channels == CHANNEL_ORDER

    def test_each_says_what_it_does(self) -> None:
        assert all(policy.about and policy.name == name for name, policy in POLICIES.items())


class TestKnown:
    def test_where_it_agrees_the_result_is_known(self) -> None:
        found = replayed("whatsapp-first", sent(0, situation(0.9), tried(WHATSAPP, True)))
        assert (found.count, found.agreed.count, found.agreed.arrived, found.agreed.expected) == (1, 1, 1, 0.9)
        assert found.bounds == found.bounds_with_fallbacks == (1.0, 1.0)
        assert found.estimate == found.own_share == 1
        assert found.instead == {}

    def test_a_fallback_shows_the_other_channel(self) -> None:
        found = replayed("sms-first", sent(0, situation(), tried(WHATSAPP, False), tried(SMS, True)))
        assert (found.by_fallback.count, found.by_fallback.arrived) == (1, 1)
        assert found.bounds == (0.0, 1.0)
        assert found.bounds_with_fallbacks == (1.0, 1.0)
        assert (found.estimate, found.own_share) == (1.0, 0.0)
        assert found.instead == {(WHATSAPP, SMS): 1}

    def test_a_channel_that_was_not_tried_is_estimated(self) -> None:
        found = replayed("sms-first", sent(0, situation(0.9, 0.7), tried(WHATSAPP, True)))
        assert (found.unknown.count, found.unknown.expected, found.unknown.arrived) == (1, 0.7, 0)
        assert found.bounds == found.bounds_with_fallbacks == (0.0, 1.0)
        assert (found.estimate, found.own_share, found.own_elsewhere, found.differs) == (0.7, 1.0, 1, 1)

    def test_a_fallback_without_a_result_shows_nothing(self) -> None:
        blocked = (SMS, MessageStatus.BLOCKED.value, "BUSINESS_003")
        found = replayed("sms-first", sent(0, situation(), tried(WHATSAPP, False), blocked))
        assert (found.by_fallback.count, found.unknown.count) == (0, 1)

    def test_what_cannot_be_compared_is_counted(self) -> None:
        found = replayed(
            "sms-first",
            sent(0, None, tried(WHATSAPP, True)),
            sent(1, situation(pinned=WHATSAPP), tried(WHATSAPP, True)),
            sent(2, situation(is_free_text=True), tried(SMS, True)),
            sent(3, situation(), (WHATSAPP, MessageStatus.SENT.value, None)),
            sent(4, situation(opt_out=True)),
        )
        assert (found.count, found.pinned, found.no_choice) == (0, 1, 1)
        assert found.uncounted == {Uncounted.NO_RECORD: 1, Uncounted.PENDING: 1}
        assert (found.estimate, found.bounds) == (0.0, (0.0, 0.0))

    def test_what_is_older_is_only_remembered(self) -> None:
        older = sent(0, situation(), tried(SMS, True))
        found = replayed("last-success", older, sent(1, situation(), tried(SMS, True)), since=1)
        assert (found.count, found.agreed.count) == (1, 1)

    def test_limits_are_told(self) -> None:
        assert any("the model judges itself" in line for line in LIMITS)


class TestWhatWasKnownThen:
    def test_only_what_was_reported_by_then_counts(self) -> None:
        first = sent(0, situation(), tried(SMS, True), at=NOW)
        at_once = sent(1, situation(), tried(WHATSAPP, True), at=NOW + timedelta(seconds=59))
        found = replayed("last-success", first, at_once)
        assert found.instead == {(SMS, WHATSAPP): 1}
        later = sent(1, situation(), tried(WHATSAPP, True), at=NOW + timedelta(minutes=1))
        assert replayed("last-success", first, later).instead == {(SMS, WHATSAPP): 1, (WHATSAPP, SMS): 1}

    def test_the_last_arrival_counts_and_each_contact_has_its_own(self) -> None:
        log = [
            sent(0, situation(), tried(WHATSAPP, True)),
            sent(1, situation(), tried(WHATSAPP, False), tried(SMS, True)),
            sent(2, situation(), tried(SMS, True)),
            sent(3, situation(), tried(WHATSAPP, True), contact_place=1),
        ]
        assert replayed("last-success", *log).agreed.count == 4

    def test_the_check_is_that_before_the_first_message(self) -> None:
        then = situation(channels=(facts(WHATSAPP, 0.2, Availability.UNAVAILABLE), facts(SMS, 0.9)))
        log = [sent(0, then, tried(SMS, True)), sent(1, situation(), tried(WHATSAPP, True))]
        assert replayed("static-check", *log).instead == {(WHATSAPP, SMS): 1}


class TestCost:
    def test_what_is_known_is_paid_and_the_rest_expected(self) -> None:
        # WhatsApp takes .01 when it arrives, SMS .02 whether it does or not.
        found = replayed("sms-first", sent(0, situation(0.9, 0.7), tried(WHATSAPP, True)))
        assert found.own_cost == pytest.approx(0.01)
        assert found.cost == pytest.approx(0.02 + 0.3 * 0.01)

    def test_a_channel_that_was_closed_is_no_fallback(self) -> None:
        gone = (facts(WHATSAPP, 0.1, Availability.UNAVAILABLE), facts(SMS, 0.9))
        found = replayed("sms-first", sent(0, situation(channels=gone), tried(SMS, False)))
        assert found.cost == found.own_cost == pytest.approx(0.02)

    def test_what_was_to_go_by_one_channel_alone_has_no_fallback(self) -> None:
        alone = situation(0.9, 0.7, falls_back=False)
        found = replayed("sms-first", sent(0, alone, tried(WHATSAPP, True)))
        assert found.own_cost == pytest.approx(0.01)
        assert found.cost == pytest.approx(0.02)


@given(
    st.lists(
        st.tuples(st.sampled_from(Channel), st.booleans(), st.booleans(), st.booleans(), st.floats(0, 1)), max_size=40
    ),
    st.sampled_from(sorted(POLICIES)),
)
def test_the_truth_lies_within_the_bounds(fates: list[tuple[Channel, bool, bool, bool, float]], name: str) -> None:
    """Each message has a fate on each channel, of which the log shows one, or both where the first one failed."""
    messages = []
    truths = []
    for place, (first, whatsapp, sms, falls_back, estimate) in enumerate(fates):
        fate = {WHATSAPP: whatsapp, SMS: sms}
        then = SMS if first is WHATSAPP else WHATSAPP
        both = not fate[first] and falls_back
        steps = [tried(first, fate[first]), *([tried(then, fate[then])] if both else [])]
        messages.append(sent(place, situation(estimate, 0.5), *steps, contact_place=place % 3))
        truths.append(fate)
    policy, chosen = POLICIES[name], []

    def noted(choice: Choice) -> Channel:
        chosen.append(policy.choose(choice))
        return chosen[-1]

    replay = Replay(replace(policy, choose=noted))
    for message in messages:
        replay.add(message)
    [found] = replay.comparisons()
    assert found.count == len(fates)
    truth = sum(fate[channel] for fate, channel in zip(truths, chosen, strict=True)) / max(1, len(fates))
    for low, high in (found.bounds, found.bounds_with_fallbacks):
        assert low - 1e-9 <= truth <= high + 1e-9
    assert found.bounds[0] <= found.bounds_with_fallbacks[0] <= found.estimate + 1e-9
    assert found.estimate - 1e-9 <= found.bounds_with_fallbacks[1] <= found.bounds[1]
