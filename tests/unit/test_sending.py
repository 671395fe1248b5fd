"""Sending, end to end on the simulated network: routes, fallback, learning, and never twice."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Draft, Message, MessageStatus, fill
from sent_tui.errors import NotFoundError, RefusedError, UsageError
from sent_tui.gateways.gateway import Receipt, Report, SendRequest, TransientGatewayError
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.contacts import ContactService, NewContact
from sent_tui.services.duplicates import DuplicateService, proposed
from sent_tui.services.following import Follower
from sent_tui.services.sending import MAX_TEXT, SendingService
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.refusals import LockedError

HELLO = Content("Hello")


class CountingGateway(Simulator):
    """The simulator, counting what is handed over; it can be told to fail when it is asked for reports."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(lambda: desk.now)
        self.keys: Counter[str] = Counter()
        self.channels: list[Channel] = []
        self.mute = False

    def send(self, request: SendRequest) -> Receipt:
        self.keys[request.idempotency_key] += 1
        self.channels.append(request.channel)
        return super().send(request)

    def status(self, receipt: Receipt) -> tuple[Report, ...]:
        if self.mute:
            raise TransientGatewayError("The network is down")
        return super().status(receipt)


class Desk:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.repository = MemoryRepository()
        self.gateway = CountingGateway(self)
        ids = itertools.count(1)
        parts = (self.repository, self.gateway, lambda: self.now, lambda: f"id-{next(ids)}")
        self.contacts = ContactService(*parts)
        self.sending = SendingService(*parts)

    def contact(self, last: int) -> Contact:
        return self.contacts.create(NewContact(f"+1415555{last:04d}")).contact

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def send(self, last: int, content: Content = HELLO, channel: Channel | None = None) -> Message:
        return self.sending.send(self.contact(last).id, content, channel=channel)

    def finish(self, message: Message) -> Message:
        return self.sending.follow(message.id, pause=self.pass_time)

    def now_contact(self, message: Message) -> Contact:
        return self.repository.get(message.contact_id)


@pytest.fixture
def desk() -> Desk:
    return Desk()


class TestDelivery:
    def test_a_message_arrives_by_the_first_channel(self, desk: Desk) -> None:
        sent = desk.send(117)
        assert sent.status == MessageStatus.QUEUED
        done = desk.finish(sent)
        assert done.status == MessageStatus.DELIVERED
        assert desk.gateway.channels == [Channel.WHATSAPP]
        known = desk.now_contact(done).status(Channel.WHATSAPP)
        assert (known.attempts, known.delivered) == (1, 1)
        assert [event.status for event in desk.repository.events(done.id)][-1] == "DELIVERED"
        assert desk.now_contact(done).last_status == "DELIVERED"

    def test_when_whatsapp_fails_sms_takes_over_and_is_the_default_afterwards(self, desk: Desk) -> None:
        done = desk.finish(desk.send(102))
        assert done.status == MessageStatus.DELIVERED
        assert [(a.channel, a.status) for a in done.attempts] == [
            (Channel.WHATSAPP, "FAILED"),
            (Channel.SMS, "DELIVERED"),
        ]
        assert len(desk.gateway.keys) == 2
        contact = desk.now_contact(done)
        assert contact.default_channel is Channel.SMS
        assert contact.availability(Channel.WHATSAPP) is Availability.UNAVAILABLE
        again = desk.finish(desk.sending.send(contact.id, HELLO))
        assert [attempt.channel for attempt in again.attempts] == [Channel.SMS]

    def test_a_soft_failure_also_moves_the_next_message(self, desk: Desk) -> None:
        done = desk.finish(desk.send(103))
        contact = desk.now_contact(done)
        assert contact.availability(Channel.WHATSAPP) is Availability.AVAILABLE
        assert desk.sending.plan(contact.id, HELLO).channels[0] is Channel.SMS

    def test_both_may_fail_and_then_it_is_over(self, desk: Desk) -> None:
        done = desk.finish(desk.send(104))
        assert (done.status, done.is_final, len(done.attempts)) == (MessageStatus.FAILED, True, 2)
        assert desk.now_contact(done).last_status == "FAILED"

    @pytest.mark.parametrize(("last", "status"), [(108, "FILTERED"), (110, "BLOCKED")])
    def test_policy_and_account_end_it_and_teach_nothing(self, desk: Desk, last: int, status: str) -> None:
        done = desk.finish(desk.send(last))
        assert (done.status, len(done.attempts)) == (status, 1)
        assert all(known.attempts == 0 for known in desk.now_contact(done).channels)

    def test_an_unknown_status_on_the_way_is_kept(self, desk: Desk) -> None:
        done = desk.finish(desk.send(119))
        assert done.status == MessageStatus.DELIVERED
        assert "PARKED" in [event.status for event in desk.repository.events(done.id)]

    def test_reports_heard_twice_count_once(self, desk: Desk) -> None:
        done = desk.finish(desk.send(117))
        before = desk.now_contact(done)
        for _ in range(3):
            desk.sending.advance(done.id)
        assert desk.now_contact(done) == before

    def test_patience_ends_following_without_ending_the_message(self, desk: Desk) -> None:
        waiting = desk.finish(desk.send(118))
        assert (waiting.status, waiting.is_final) == ("SENT", False)
        assert desk.sending.open_messages() == [waiting] or tuple(desk.sending.open_messages()) == (waiting,)

    def test_a_network_that_is_down_while_asking_changes_nothing(self, desk: Desk) -> None:
        sent = desk.send(117)
        desk.gateway.mute = True
        desk.pass_time(60)
        assert desk.sending.advance(sent.id).status == MessageStatus.QUEUED


class TestRefusals:
    def test_an_opted_out_contact_gets_nothing(self, desk: Desk) -> None:
        contact = desk.contact(117)
        desk.contacts.opt_out(contact.id, by="kim")
        with pytest.raises(RefusedError) as caught:
            desk.sending.send(contact.id, HELLO)
        assert "opted out" in caught.value.message
        assert not desk.gateway.keys

    def test_what_was_held_back_for_consent_is_kept_once_for_each_try(self, desk: Desk) -> None:
        contact = desk.contact(117)
        desk.contacts.opt_out(contact.id, by="kim")
        desk.repository.save_draft(Draft(contact.id, "Hello"))
        with pytest.raises(RefusedError):
            desk.sending.send(contact.id, HELLO)
        [held] = desk.repository.messages(contact_id=contact.id)
        assert (held.status, held.reason_code, held.attempts, held.route) == ("FILTERED", "CONSENT_001", (), ())
        assert held.is_final
        assert "opted out" in held.reasons[0]
        assert desk.repository.get(contact.id).last_status == "FILTERED"
        assert desk.repository.draft(contact.id) is not None
        assert desk.sending.advance(held.id) == held
        assert not desk.sending.open_messages()
        with pytest.raises(RefusedError, match="opted out"):
            desk.sending.retry(held.id)
        assert len(desk.repository.messages()) == 1
        desk.contacts.opt_in(contact.id, by="kim")
        with pytest.raises(RefusedError, match="stopped by consent"):
            desk.sending.retry(held.id)
        assert desk.finish(desk.sending.send(contact.id, HELLO)).status == "DELIVERED"

    def test_an_empty_message_to_somebody_who_opted_out_is_not_kept(self, desk: Desk) -> None:
        contact = desk.contact(117)
        desk.contacts.opt_out(contact.id, by="kim")
        with pytest.raises(UsageError):
            desk.sending.send(contact.id, Content(" "))
        assert not desk.repository.messages()

    def test_consent_is_looked_at_again_before_the_fallback(self, desk: Desk) -> None:
        sent = desk.send(102)
        desk.contacts.opt_out(sent.contact_id, by="kim")
        done = desk.finish(sent)
        assert (done.status, len(done.attempts)) == (MessageStatus.FILTERED, 1)
        assert done.reason_code == "CONSENT_001"

    def test_a_channel_that_shut_meanwhile_is_not_tried(self, desk: Desk) -> None:
        sent = desk.send(102)
        shut = desk.now_contact(sent).status(Channel.SMS)
        closed = shut.found(Availability.UNAVAILABLE, shut.source, desk.now, "gone")
        desk.repository.update(sent.contact_id, lambda known: known.with_status(closed))
        done = desk.finish(sent)
        assert (done.status, len(done.attempts), done.is_final) == (MessageStatus.FAILED, 1, True)

    def test_a_template_of_the_last_week_announces_free_text(self, desk: Desk) -> None:
        contact = desk.contact(120)
        template = fill(desk.sending.templates()[0], {"name": "Ada"})
        assert [hint.channel for hint in desk.sending.plan(contact.id, HELLO).hints] == [Channel.SMS]
        assert desk.sending.plan(contact.id, template).hints == ()
        desk.finish(desk.sending.send(contact.id, template))
        assert desk.sending.plan(contact.id, HELLO).hints == ()
        desk.now += timedelta(days=7)
        assert len(desk.sending.plan(contact.id, HELLO).hints) == 1
        sent = desk.sending.send(contact.id, HELLO)
        assert any("may be refused" in reason for reason in sent.reasons)

    def test_no_open_channel_says_why(self, desk: Desk) -> None:
        with pytest.raises(RefusedError) as caught:
            desk.send(121)
        assert "WhatsApp" in caught.value.message
        assert "SMS" in caught.value.message

    def test_free_text_in_a_shut_window_goes_by_sms_and_a_template_by_whatsapp(self, desk: Desk) -> None:
        contact = desk.contact(122)
        assert desk.sending.plan(contact.id, HELLO).channels == (Channel.SMS,)
        template = fill(desk.sending.templates()[0], {"name": "Ada"})
        assert desk.sending.plan(contact.id, template).channels[0] is Channel.WHATSAPP

    @pytest.mark.parametrize("text", ["", "  \n "])
    def test_an_empty_message_is_refused(self, desk: Desk, text: str) -> None:
        with pytest.raises(UsageError):
            desk.send(117, Content(text))

    def test_a_message_that_is_too_long_is_refused(self, desk: Desk) -> None:
        with pytest.raises(UsageError) as caught:
            desk.send(117, Content("x" * (MAX_TEXT + 1)))
        assert "1,601" in caught.value.message

    def test_a_pinned_channel_has_no_fallback(self, desk: Desk) -> None:
        done = desk.finish(desk.send(102, channel=Channel.WHATSAPP))
        assert (done.status, len(done.attempts)) == (MessageStatus.FAILED, 1)


class TestTrouble:
    def test_a_network_that_is_down_leaves_a_failed_message_that_can_be_sent_again(self, desk: Desk) -> None:
        failed = desk.send(113)
        assert (failed.status, failed.is_final) == (MessageStatus.FAILED, True)
        assert "network is down" in failed.attempts[0].detail
        assert all(known.attempts == 0 for known in desk.now_contact(failed).channels)
        assert desk.sending.why_no_retry(failed) == ""
        again = desk.sending.retry(failed.id)
        assert again.id != failed.id

    def test_a_refusal_by_the_gateway_goes_on_with_the_next_step(self, desk: Desk) -> None:
        done = desk.finish(desk.send(115))
        assert [attempt.status for attempt in done.attempts] == ["FAILED", "FAILED"]
        assert all(known.attempts == 0 for known in desk.now_contact(done).channels)

    def test_a_lost_answer_is_asked_after_and_never_repeated(self, desk: Desk) -> None:
        lost = desk.send(114)
        assert lost.status == MessageStatus.UNKNOWN
        assert desk.sending.advance(lost.id).status == MessageStatus.UNKNOWN
        done = desk.finish(lost)
        assert done.status == MessageStatus.DELIVERED
        assert set(desk.gateway.keys.values()) == {1}

    def test_a_lost_answer_is_repeated_by_a_person_under_its_old_key(self, desk: Desk) -> None:
        lost = desk.send(114)
        desk.sending.retry(lost.id)
        assert list(desk.gateway.keys.values()) == [2]
        assert len(desk.gateway.keys) == 1

    def test_a_retry_keeps_the_chosen_channel_and_asks_for_consent(self, desk: Desk) -> None:
        failed = desk.finish(desk.send(104, channel=Channel.SMS))
        again = desk.finish(desk.sending.retry(failed.id))
        assert [attempt.channel for attempt in again.attempts] == [Channel.SMS]
        lost = desk.send(114)
        desk.contacts.opt_out(lost.contact_id, by="kim")
        with pytest.raises(RefusedError, match="opted out"):
            desk.sending.retry(lost.id)

    def test_a_lost_answer_is_not_repeated_to_who_opted_out_and_was_deleted(self, desk: Desk) -> None:
        lost = desk.send(114)
        desk.contacts.opt_out(lost.contact_id, by="kim")
        desk.contacts.delete([lost.contact_id])
        with pytest.raises(RefusedError, match="opted out"):
            desk.sending.retry(lost.id)

    def test_a_lost_answer_is_not_repeated_to_the_other_number_of_who_opted_out(self, desk: Desk) -> None:
        lost, kept = desk.send(114), desk.contact(117)
        other = desk.repository.get(lost.contact_id)
        DuplicateService(desk.repository, lambda: desk.now).merge(kept.id, other.id, proposed(kept, other), by="kim")
        desk.contacts.opt_out(kept.id, by="kim")
        with pytest.raises(RefusedError, match="opted out"):
            desk.sending.retry(lost.id)

    def test_a_key_that_is_too_old_is_not_repeated(self, desk: Desk) -> None:
        lost = desk.send(114)
        desk.now += timedelta(hours=23)
        with pytest.raises(RefusedError, match="too old"):
            desk.sending.retry(lost.id)

    def test_an_attempt_that_died_before_its_answer_becomes_unknown(self, desk: Desk) -> None:
        sent = desk.send(117)
        crashed = _as_planned(desk, sent)
        assert desk.sending.advance(crashed.id).status == MessageStatus.PLANNED
        desk.pass_time(61)
        fresh = SendingService(desk.repository, Simulator(lambda: desk.now), lambda: desk.now, lambda: "x")
        assert fresh.advance(crashed.id).status == MessageStatus.UNKNOWN

    def test_two_programs_never_send_the_same_step_twice(self, desk: Desk) -> None:
        sent = desk.send(102)
        desk.pass_time(30)
        other = SendingService(desk.repository, desk.gateway, lambda: desk.now, lambda: "other")
        stale = desk.repository.message(sent.id)
        one = desk.sending.advance(sent.id)
        two = other.advance(stale.id)
        assert len(one.attempts) == len(two.attempts) == 2
        assert desk.gateway.channels == [Channel.WHATSAPP, Channel.SMS]

    def test_a_fallback_that_is_long_overdue_is_left_to_a_person(self, desk: Desk) -> None:
        sent = desk.send(102)
        desk.now += timedelta(hours=2)
        done = desk.sending.advance(sent.id)
        assert (done.status, len(done.attempts), done.is_final) == (MessageStatus.FAILED, 1, True)

    def test_a_deleted_contact_ends_its_message(self, desk: Desk) -> None:
        sent = desk.send(102)
        desk.contacts.delete([sent.contact_id])
        done = desk.finish(sent)
        assert (done.status, len(done.attempts)) == (MessageStatus.FAILED, 1)

    @pytest.mark.parametrize(
        ("last", "seconds", "words"), [(117, 0, "under way"), (117, 60, "arrived"), (108, 60, "consent")]
    )
    def test_why_a_message_is_not_sent_again(self, desk: Desk, last: int, seconds: float, words: str) -> None:
        sent = desk.send(last)
        desk.pass_time(seconds)
        desk.sending.advance(sent.id)
        with pytest.raises(RefusedError) as caught:
            desk.sending.retry(sent.id)
        assert words in caught.value.message


def _as_planned(desk: Desk, sent: Message) -> Message:
    """Put a message back to where a crash between writing and sending would leave it."""
    from msgspec.structs import replace

    attempt = replace(sent.attempts[0], gateway_id=None, accepted_at=None, status="PLANNED")
    crashed = replace(sent, attempts=(attempt,), status="PLANNED")
    desk.gateway._receipts.clear()
    with desk.repository.transaction() as tx:
        tx.put_message(crashed)
    return crashed


class TestTemplates:
    def test_variables_are_filled_in_once(self, desk: Desk) -> None:
        content = desk.sending.template_content("welcome", {"name": "{{name}} O'Hara"})
        assert "Hello {{name}} O'Hara," in content.text
        assert content.template == "welcome"

    def test_missing_and_unknown_variables_are_named(self, desk: Desk) -> None:
        with pytest.raises(UsageError) as caught:
            desk.sending.template_content("order_update", {"name": "Ada", "colour": "red"})
        assert "missing: order, state" in caught.value.message
        assert "not in the template: colour" in caught.value.message

    def test_an_unknown_template_names_the_known_ones(self, desk: Desk) -> None:
        with pytest.raises(NotFoundError) as caught:
            desk.sending.template_content("nope", {})
        assert "welcome" in caught.value.hint


class TestFollower:
    def test_takes_every_open_message_to_its_end(self, desk: Desk) -> None:
        follower = Follower(desk.sending, lambda: desk.now)
        sent = [desk.send(last) for last in (102, 104, 117)]
        for _ in range(40):
            follower.tick()
            desk.pass_time(0.5)
        assert [desk.repository.message(message.id).status for message in sent] == ["DELIVERED", "FAILED", "DELIVERED"]

    def test_forgets_no_message_where_a_look_fails(self, desk: Desk) -> None:
        """The journal may be locked for a moment: at the first look for what is open, at news, or at one message."""
        failing: list[str] = []

        class Failing(SendingService):
            def open_messages(self) -> Sequence[Message]:
                self.fail("open")
                return super().open_messages()

            def message(self, message_id: str) -> Message:
                self.fail("news")
                return super().message(message_id)

            def advance(self, message_id: str) -> Message:
                self.fail("advance")
                return super().advance(message_id)

            def fail(self, part: str) -> None:
                if failing[:1] == [part]:
                    failing.pop()
                    raise LockedError("The database is locked")

        sent = [desk.send(last) for last in (102, 117)]
        follower = Follower(Failing(desk.repository, desk.gateway, lambda: desk.now, lambda: "x"), lambda: desk.now)
        for part in ("open", "advance", "news"):
            if part == "news":
                sent.append(desk.send(102))
            failing.append(part)
            with pytest.raises(LockedError):
                follower.tick()
        for _ in range(40):
            follower.tick()
            desk.pass_time(0.5)
        assert [desk.repository.message(message.id).status for message in sent] == ["DELIVERED"] * 3

    def test_is_due_only_while_there_is_something_to_look_at(self, desk: Desk) -> None:
        follower = Follower(desk.sending, lambda: desk.now)
        assert follower.is_due, "what was under way before has to be found"
        follower.tick()
        assert not follower.is_due
        desk.send(118)
        assert follower.is_due
        follower.tick()
        assert not follower.is_due
        desk.pass_time(0.4)
        assert follower.is_due

    def test_watches_whether_a_whatsapp_message_is_read(self, desk: Desk) -> None:
        follower = Follower(desk.sending, lambda: desk.now)
        sent = desk.send(100)
        for _ in range(60):
            follower.tick()
            desk.pass_time(0.5)
        assert desk.repository.message(sent.id).status == MessageStatus.READ

    def test_one_that_is_never_read_is_looked_at_less_and_less_and_then_left(self, desk: Desk) -> None:
        looks: list[datetime] = []

        class Counting(SendingService):
            def advance(self, message_id: str) -> Message:
                looks.append(desk.now)
                return super().advance(message_id)

        sent = desk.send(117)
        service = Counting(desk.repository, desk.gateway, lambda: desk.now, lambda: "none")
        follower = Follower(service, lambda: desk.now)
        while not desk.repository.message(sent.id).is_final:
            follower.tick()
            desk.pass_time(0.5)
        arrived, looked = desk.now, len(looks)
        while desk.now - arrived < timedelta(days=2):
            follower.tick()
            desk.pass_time(60)
        assert desk.repository.message(sent.id).status == MessageStatus.DELIVERED
        assert 8 < len(looks) - looked < 20
        assert looks[-1] - arrived < timedelta(days=2)
        assert not follower.is_due

    def test_looks_less_often_as_a_message_grows_old(self, desk: Desk) -> None:
        looks = 0

        class Counting(SendingService):
            def advance(self, message_id: str) -> Message:
                nonlocal looks
                looks += 1
                return super().advance(message_id)

        desk.send(118)
        service = Counting(desk.repository, desk.gateway, lambda: desk.now, lambda: "x")
        follower = Follower(service, lambda: desk.now)
        for _ in range(3600):
            follower.tick()
            desk.pass_time(1)
        assert 60 < looks < 250
