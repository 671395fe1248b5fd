"""Fallback by timer: what is late is marked, taught for the time being, and followed by the next step once."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import DeliveryEvent, Duplicate, Message, MessageStatus, Wishes
from sent_tui.core.outcome import Outcome
from sent_tui.core.progress import accepted, attempted, reported, taught
from sent_tui.core.routing import plan_route
from sent_tui.core.standing import overdue_words, standing
from sent_tui.gateways.gateway import TransientGatewayError, UnknownOutcomeError
from sent_tui.services.following import Follower
from sent_tui.store.refusals import MessageNotFoundError
from tests.factories import NOW
from tests.network import ScriptedDesk

WHATSAPP, SMS = Channel.WHATSAPP, Channel.SMS
READ = Wishes(until=MessageStatus.READ)


@pytest.fixture
def desk() -> ScriptedDesk:
    return ScriptedDesk()


def late(desk: ScriptedDesk, wishes: Wishes | None = None) -> Message:
    """Return a message whose first step was sent and is overdue."""
    message = desk.send(wishes)
    desk.report(message, 0, "SENT")
    desk.later(minutes=16)
    return desk.advanced(message)


class TestFallback:
    def test_the_next_step_goes_out_when_the_time_is_over(self, desk: ScriptedDesk) -> None:
        message = desk.send()
        assert [step.channel for step in message.steps] == [WHATSAPP, SMS]
        desk.later(minutes=14, seconds=59)
        assert len(desk.advanced(message).attempts) == 1
        desk.later(seconds=1)
        message = desk.advanced(message)
        assert [attempt.channel for attempt in message.attempts] == [WHATSAPP, SMS]
        assert message.attempts[0].overdue_at == desk.now
        assert desk.advanced(message) == message
        assert set(desk.network.keys.values()) == {1}
        assert overdue_words(message, 0) == "no report of delivery within 15m"
        assert overdue_words(message, 1) == ""

    def test_what_is_late_counts_as_a_soft_failure_until_a_report_comes(self, desk: ScriptedDesk) -> None:
        message = late(desk)
        known = desk.contact_of(message).status(WHATSAPP)
        assert (known.attempts, known.failed, message.attempts[0].learned) == (1, 1, Outcome.FAILED_SOFT)
        assert known.last_failed_at == message.attempts[0].overdue_at
        desk.report(message, 0, "DELIVERED")
        message = desk.advanced(message)
        known = desk.contact_of(message).status(WHATSAPP)
        assert (known.attempts, known.failed, known.delivered, known.last_failed_at) == (1, 0, 1, None)

    def test_a_report_that_says_nothing_takes_it_back(self, desk: ScriptedDesk) -> None:
        message = late(desk)
        desk.report(message, 0, "BLOCKED", "BUSINESS_003")
        message = desk.advanced(message)
        known = desk.contact_of(message)
        assert (known.status(WHATSAPP).attempts, known.learned, message.attempts[0].learned) == (0, {}, None)

    def test_a_late_delivery_is_a_possible_duplicate_and_then_a_confirmed_one(self, desk: ScriptedDesk) -> None:
        message = late(desk)
        desk.report(message, 0, "DELIVERED")
        message = desk.advanced(message)
        assert (message.status, message.possible_duplicate) == ("DELIVERED", Duplicate.POSSIBLE)
        assert standing(message) == ("It may have arrived twice: WhatsApp is confirmed, SMS is not.",)
        assert (message.is_done, message.is_final) == (True, False)
        desk.report(message, 1, "DELIVERED")
        message = desk.advanced(message)
        assert (message.is_final, message.possible_duplicate) == (True, Duplicate.CONFIRMED)
        assert standing(message) == ("It arrived twice: WhatsApp and SMS are both confirmed.",)

    def test_both_may_fail(self, desk: ScriptedDesk) -> None:
        message = late(desk)
        desk.report(message, 1, "FAILED")
        message = desk.advanced(message)
        assert (message.status, message.is_final) == ("SENT", False)
        desk.report(message, 0, "FAILED")
        message = desk.advanced(message)
        assert (message.status, message.is_final, message.possible_duplicate) == ("FAILED", True, None)

    def test_a_lost_answer_never_falls_back_by_timer(self, desk: ScriptedDesk) -> None:
        desk.network.error = UnknownOutcomeError("lost")
        message = desk.send()
        desk.later(minutes=45)
        assert desk.advanced(message).status == MessageStatus.UNKNOWN
        desk.network.recalls = True
        message = desk.advanced(message)
        assert (message.status, len(message.attempts)) == ("QUEUED", 1)

    def test_a_network_that_does_not_answer_is_no_missing_report(self, desk: ScriptedDesk) -> None:
        message = desk.send()
        desk.network.is_mute = True
        desk.later(minutes=30)
        assert desk.advanced(message) == message
        desk.network.is_mute = False
        assert len(desk.advanced(message).attempts) == 2

    def test_a_step_that_was_delivered_in_time_is_not_late(self, desk: ScriptedDesk) -> None:
        message = desk.send()
        desk.report(message, 0, "DELIVERED")
        desk.later(hours=1)
        message = desk.advanced(message)
        assert (message.status, len(message.attempts), message.is_final) == ("DELIVERED", 1, True)


class TestLastStep:
    def test_nothing_more_is_sent_and_it_is_asked_after_for_three_days(self, desk: ScriptedDesk) -> None:
        message = desk.send(Wishes(fallback=False))
        assert len(message.steps) == 1
        desk.later(minutes=16)
        message = desk.advanced(message)
        assert (len(message.attempts), message.is_final, message.attempts[0].learned) == (1, False, Outcome.FAILED_SOFT)
        desk.later(days=2, hours=23)
        assert desk.advanced(message).given_up_at is None
        desk.later(hours=1)
        message = desk.advanced(message)
        assert (message.status, message.is_final, message.given_up_at) == ("QUEUED", True, desk.now)
        assert standing(message) == ("No report for 3 days; it is no longer asked after.",)
        assert "may have arrived" in desk.sending.why_no_retry(message)

    def test_a_report_after_that_is_taken_in_all_the_same(self, desk: ScriptedDesk) -> None:
        message = desk.send()
        desk.later(days=4)
        message = desk.advanced(message)
        assert len(message.attempts) == 1, "too old for a fallback"
        assert message.given_up_at is not None
        desk.report(message, 0, "DELIVERED")
        message = desk.advanced(message)
        assert (message.status, standing(message)) == ("DELIVERED", ())

    def test_a_lost_answer_is_given_up_too(self, desk: ScriptedDesk) -> None:
        desk.network.error = UnknownOutcomeError("lost")
        message = desk.send()
        desk.later(days=4)
        assert desk.advanced(message).is_final

    def test_nothing_is_given_up_while_the_network_does_not_answer(self, desk: ScriptedDesk) -> None:
        message = desk.send()
        desk.network.is_mute = True
        desk.later(days=4)
        assert not desk.advanced(message).is_final


class TestWishes:
    def test_a_time_of_ones_own(self, desk: ScriptedDesk) -> None:
        message = desk.send(Wishes(fallback_after=timedelta(seconds=30)))
        desk.later(seconds=31)
        assert len(desk.advanced(message).attempts) == 2

    def test_a_one_time_code_waits_a_minute(self, desk: ScriptedDesk) -> None:
        message = desk.send(content=desk.sending.template_content("code", {"code": "123"}))
        assert {step.fallback_after for step in message.steps} == {timedelta(minutes=1)}

    def test_until_sent(self, desk: ScriptedDesk) -> None:
        message = desk.send(Wishes(until=MessageStatus.SENT))
        desk.report(message, 0, "SENT")
        desk.later(minutes=20)
        assert len(desk.advanced(message).attempts) == 1

    def test_until_read(self, desk: ScriptedDesk) -> None:
        message = desk.send(READ)
        assert [step.until for step in message.steps] == ["READ", "DELIVERED"]
        desk.report(message, 0, "DELIVERED")
        message = desk.advanced(message)
        assert not message.is_done
        desk.later(minutes=16)
        message = desk.advanced(message)
        assert [attempt.status for attempt in message.attempts] == ["DELIVERED", "QUEUED"]
        assert (message.status, message.is_done, message.is_final) == ("DELIVERED", True, False)
        known = desk.contact_of(message).status(WHATSAPP)
        assert (known.delivered, known.failed) == (1, 0), "not being read says nothing about the channel"

    def test_read_in_time(self, desk: ScriptedDesk) -> None:
        message = desk.send(READ)
        desk.report(message, 0, "READ")
        desk.later(minutes=16)
        assert desk.advanced(message).is_final


class TestConsent:
    def test_who_opts_out_meanwhile_gets_no_second_step(self, desk: ScriptedDesk) -> None:
        message = desk.send()
        desk.repository.update(message.contact_id, lambda contact: replace(contact, opt_out=True))
        desk.later(minutes=16)
        message = desk.advanced(message)
        assert (message.route, len(message.attempts), message.is_final) == ((WHATSAPP,), 1, False)
        desk.report(message, 0, "FAILED")
        assert desk.advanced(message).is_final

    def test_a_deleted_contact_gets_none_either(self, desk: ScriptedDesk) -> None:
        message = desk.send()
        desk.repository.delete([message.contact_id])
        desk.later(minutes=16)
        message = desk.advanced(message)
        assert (len(message.attempts), message.next_channel) == (1, None)

    def test_a_channel_that_closed_is_not_used(self, desk: ScriptedDesk) -> None:
        message = desk.send()

        def closed(contact: Contact) -> Contact:
            status = contact.status(SMS)
            return contact.with_status(status.found(status.availability.UNAVAILABLE, status.source, desk.now, "gone"))

        desk.repository.update(message.contact_id, closed)
        desk.later(minutes=16)
        assert len(desk.advanced(message).attempts) == 1


class TestSeveralPrograms:
    def test_a_late_step_is_followed_once(self, desk: ScriptedDesk) -> None:
        message = desk.send()
        desk.later(minutes=16)
        other, _ = desk.another()
        desk.sending.advance(message.id)
        other.advance(message.id)
        assert desk.network.channels == [WHATSAPP, SMS]

    def test_one_that_was_followed_meanwhile_is_left_alone(self, desk: ScriptedDesk) -> None:
        message = desk.send()
        desk.later(minutes=16)
        assert desk.sending.claiming.needs(message, desk.now, is_answered=True)
        other, _ = desk.another()
        followed = other.advance(message.id)
        with desk.repository.transaction() as tx:
            assert desk.sending.claiming.go_on(tx, message.id, desk.now, is_answered=True) == followed

    def test_a_refused_repetition_leaves_the_outcome_unknown(self, desk: ScriptedDesk) -> None:
        desk.network.error = UnknownOutcomeError("lost")
        message = desk.send()
        desk.network.error = TransientGatewayError("The network is down")
        again = desk.sending.retry(message.id)
        assert again.status == MessageStatus.UNKNOWN
        assert "down" in again.attempts[0].detail


class TestFollowing:
    def test_the_timer_is_looked_at_when_it_runs_out(self, desk: ScriptedDesk) -> None:
        message = desk.send(Wishes(fallback_after=timedelta(seconds=100, milliseconds=300)))
        follower = Follower(desk.sending, lambda: desk.now)
        for _ in range(100):
            follower.tick()
            desk.later(seconds=1)
        assert len(desk.repository.message(message.id).attempts) == 1
        desk.later(milliseconds=300)
        assert follower.is_due
        follower.tick()
        assert len(desk.repository.message(message.id).attempts) == 2

    def test_what_others_write_is_heard_and_what_is_deleted_is_let_go(self, desk: ScriptedDesk) -> None:
        follower = Follower(desk.sending, lambda: desk.now)
        follower.tick()
        assert not follower.is_due
        message = desk.send()
        assert follower.is_due
        follower.tick()
        assert not follower.is_due
        desk.report(message, 0, "DELIVERED")
        desk.later(seconds=1)
        assert [moved.status for moved in follower.tick()] == ["DELIVERED"]
        follower.end()
        desk.send()
        assert not follower._news

    def test_a_message_that_is_gone_is_passed_over(self, desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        message = desk.send()
        follower = Follower(desk.sending, lambda: desk.now)
        follower.tick()
        desk.later(seconds=1)

        def gone(message_id: str) -> Message:
            raise MessageNotFoundError(message_id)

        monkeypatch.setattr(desk.sending, "message", gone)
        assert follower.is_due
        assert follower.tick() == []
        with desk.repository.transaction() as tx:
            tx.put_message(replace(message, reasons=("changed",)))
        assert follower.tick() == []
        assert not follower.is_due

    def test_a_look_that_failed_is_repeated(self, desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        desk.send()
        follower = Follower(desk.sending, lambda: desk.now)
        with monkeypatch.context() as patched:
            patched.setattr(desk.sending, "advance", lambda message_id: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                follower.tick()
        assert not follower.is_due
        desk.later(seconds=3)
        assert follower.is_due

    def test_many_messages_take_turns(self, desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(5):
            desk.send()
        monkeypatch.setattr("sent_tui.services.following.AT_ONCE", 2)
        follower = Follower(desk.sending, lambda: desk.now)
        looked_at: list[str] = []
        advance = desk.sending.advance

        def watched(message_id: str) -> Message:
            looked_at.append(message_id)
            return advance(message_id)

        monkeypatch.setattr(desk.sending, "advance", watched)
        for _ in range(3):
            follower.tick()
        assert len(looked_at) == len(set(looked_at)) == 5


def told_of(message: Message, contact: Contact, events: list[DeliveryEvent | int]) -> tuple[Message, Contact]:
    """Return what a message and its contact become by reports and timers, a number being the attempt of a timer."""
    knowledge = Knowledge()
    for event in events:
        if isinstance(event, DeliveryEvent):
            message = reported(message, event)
            message, contact = taught(message, contact, event.attempt, event.at, knowledge)
        elif not message.attempts[event].is_final and message.attempts[event].overdue_at is None:
            attempts = list(message.attempts)
            since = (attempts[event].accepted_at or NOW) + (message.steps[event].fallback_after or timedelta())
            attempts[event] = replace(attempts[event], overdue_at=since)
            message = replace(message, attempts=tuple(attempts))
            message, contact = taught(message, contact, event, since, knowledge)
    return message, contact


ENDS = st.sampled_from(
    [
        [],
        [("DELIVERED", None)],
        [("FAILED", None)],
        [("FAILED", "DELIVERY_003")],
        [("FILTERED", "CONSENT_001")],
        [("FAILED", None), ("DELIVERED", None)],
    ]
)


def seen(message: Message, contact: Contact) -> tuple[object, ...]:
    """Return everything that the next plan rests on, and the plan.

    The default channel is left out: it keeps its place until another one is clearly better, so it remembers the order.
    """
    contact = replace(contact, default_channel=None)
    plan = plan_route(contact, None, message.created_at + timedelta(hours=1))
    statuses = [
        (one.attempts, one.delivered, one.failed, one.availability, one.last_delivered_at, one.last_failed_at)
        for one in contact.channels
    ]
    return repr(contact.learned), tuple(statuses), plan.channels, repr(plan.estimates)


@settings(max_examples=80, deadline=None)
@given(ENDS, ENDS, st.booleans(), st.booleans(), st.randoms(use_true_random=False))
def test_results_in_any_order_and_twice_leave_the_same_contact_and_plan(
    first: list[tuple[str, str | None]], second: list[tuple[str, str | None]], late0: bool, late1: bool, dice: Random
) -> None:
    desk = ScriptedDesk()
    message = desk.send()
    contact = desk.contact_of(message)
    message = accepted(attempted(message, SMS, "key-1", desk.now, 0.01), 1, "g1", desk.now)
    events: list[DeliveryEvent | int] = [index for index, is_late in ((0, late0), (1, late1)) if is_late]
    for index, reports in enumerate((first, second)):
        for number, (status, code) in enumerate([("SENT", None), *reports]):
            at, channel = desk.now + timedelta(minutes=20 + number + 10 * index), message.attempts[index].channel
            event = DeliveryEvent(f"{index}/{status}", message.id, contact.id, index, channel, status, at, code)
            events.append(event)
    outcomes = {seen(*told_of(message, contact, [*events, *events]))}
    for _ in range(6):
        mixed = [*events, *events]
        dice.shuffle(mixed)
        outcomes.add(seen(*told_of(message, contact, mixed)))
    assert len(outcomes) == 1


def test_what_timers_taught_is_learned_again_when_it_was_lost(desk: ScriptedDesk) -> None:
    message = late(desk)
    known = desk.contact_of(message)
    desk.repository.update(known.id, lambda contact: replace(contact, learned={}))
    before, after = Knowledge(desk.repository.lesson).estimates(known, desk.now), desk.sending.plan(known.id).estimates
    assert after[WHATSAPP].failed == before[WHATSAPP].failed == 1
    assert after[WHATSAPP].mean == pytest.approx(before[WHATSAPP].mean, abs=0.02)
