"""Messages for later, and messages called off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Draft, Message, MessageStatus, Wishes
from sent_tui.core.standing import standing
from sent_tui.errors import RefusedError, UsageError
from sent_tui.gateways.gateway import UnknownOutcomeError
from sent_tui.services.following import Follower
from tests.network import HELLO, ScriptedDesk


@pytest.fixture
def desk() -> ScriptedDesk:
    return ScriptedDesk()


def scheduled(desk: ScriptedDesk, hours: float = 2, wishes: Wishes | None = None) -> Message:
    contact = desk.contact(len(desk.repository.messages()))
    return desk.sending.schedule(contact.id, HELLO, desk.now + timedelta(hours=hours), wishes=wishes or Wishes())


def opt_out(desk: ScriptedDesk, message: Message) -> None:
    desk.repository.update(message.contact_id, lambda contact: replace(contact, opt_out=True))


class TestScheduling:
    def test_nothing_is_handed_over_before_its_time(self, desk: ScriptedDesk) -> None:
        message = scheduled(desk)
        assert (message.status, message.attempts, message.is_final) == ("SCHEDULED", (), False)
        assert message.created_at == desk.now
        assert standing(message) == ("It is to go out on 20 Nov 2026, 14:00 UTC.",)
        assert desk.advanced(message) == message
        assert not desk.network.taken
        assert desk.contact_of(message).last_message_at is None
        assert not desk.sending.open_messages()
        assert list(desk.sending.scheduled()) == [message]

    def test_it_goes_out_once_when_it_is_due(self, desk: ScriptedDesk) -> None:
        message = scheduled(desk)
        desk.later(hours=2)
        other, _ = desk.another()
        sent = desk.sending.advance(message.id)
        other.advance(message.id)
        assert (sent.status, len(desk.network.taken)) == ("QUEUED", 1)
        assert desk.contact_of(message).last_message_at == desk.now
        assert not desk.sending.scheduled()

    def test_the_follower_sends_it(self, desk: ScriptedDesk) -> None:
        early, late = scheduled(desk, 1), scheduled(desk, 3)
        follower = Follower(desk.sending, lambda: desk.now)
        follower.tick()
        assert not follower.is_due
        third = scheduled(desk, 2)
        follower.tick()
        for _ in range(3):
            desk.later(hours=1)
            assert follower.is_due
            follower.tick()
        sent = list(dict.fromkeys(request.to for request in desk.network.taken))
        assert sent == [early.to, third.to, late.to]

    def test_it_is_planned_anew(self, desk: ScriptedDesk) -> None:
        message = scheduled(desk, wishes=Wishes(fallback_after=timedelta(minutes=3)))
        assert message.route == (Channel.WHATSAPP, Channel.SMS)

        def no_whatsapp(contact: Contact) -> Contact:
            status = contact.status(Channel.WHATSAPP)
            return contact.with_status(status.found(Availability.UNAVAILABLE, status.source, desk.now, "gone"))

        desk.repository.update(message.contact_id, no_whatsapp)
        desk.later(hours=2)
        sent = desk.advanced(message)
        assert (sent.route, desk.network.channels) == ((Channel.SMS,), [Channel.SMS])
        assert sent.steps[0].fallback_after == timedelta(minutes=3)
        assert "not available" in " ".join(sent.reasons)

    def test_windows_count_as_they_are_then(self, desk: ScriptedDesk) -> None:
        message = scheduled(desk, hours=25)
        assert message.route == (Channel.SMS,), "the conversation will have closed"

    def test_who_opts_out_meanwhile_gets_nothing(self, desk: ScriptedDesk) -> None:
        message = scheduled(desk)
        opt_out(desk, message)
        desk.later(hours=2)
        held = desk.advanced(message)
        assert (held.status, held.reason_code, held.attempts) == ("FILTERED", "CONSENT_001", ())
        assert not desk.network.taken

    def test_a_deleted_contact_gets_nothing(self, desk: ScriptedDesk) -> None:
        message = scheduled(desk)
        desk.repository.delete([message.contact_id])
        desk.later(hours=2)
        ended = desk.advanced(message)
        assert (ended.status, ended.is_final, ended.reasons) == ("FAILED", True, ("The contact was deleted.",))

    def test_no_way_any_more(self, desk: ScriptedDesk) -> None:
        message = scheduled(desk)

        def nowhere(contact: Contact) -> Contact:
            for status in contact.channels:
                closed = status.found(Availability.UNAVAILABLE, status.source, desk.now, "gone")
                contact = contact.with_status(closed)
            return contact

        desk.repository.update(message.contact_id, nowhere)
        desk.later(hours=2)
        ended = desk.advanced(message)
        assert (ended.status, ended.attempts, ended.is_final) == ("FAILED", (), True)
        assert ended.reasons[0].startswith("No channel is open.")

    @pytest.mark.parametrize("hours", [-1, 0, 24 * 400])
    def test_a_time_that_makes_no_sense(self, desk: ScriptedDesk, hours: float) -> None:
        with pytest.raises(UsageError, match="This time is"):
            scheduled(desk, hours)
        assert not desk.repository.messages()

    def test_what_is_known_to_be_refused_is_refused_at_once(self, desk: ScriptedDesk) -> None:
        contact = desk.contact()
        with pytest.raises(UsageError, match="nothing to send"):
            desk.sending.schedule(contact.id, Content(" "), desk.now + timedelta(hours=1))
        desk.repository.update(contact.id, lambda known: replace(known, opt_out=True))
        with pytest.raises(RefusedError, match="opted out"):
            desk.sending.schedule(contact.id, HELLO, desk.now + timedelta(hours=1))
        assert [message.status for message in desk.repository.messages()] == ["FILTERED"]

    def test_the_draft_becomes_the_message(self, desk: ScriptedDesk) -> None:
        contact, other = desk.contact(), desk.contact(1)
        for one in (contact, other):
            desk.repository.save_draft(Draft(one.id, "Hello"))
        desk.sending.schedule(contact.id, HELLO, desk.now + timedelta(hours=1))
        assert [draft.contact_id for draft in desk.repository.drafts()] == [other.id]


class TestMissed:
    def test_a_person_decides(self, desk: ScriptedDesk) -> None:
        message = scheduled(desk)
        desk.later(hours=26, seconds=1)
        follower = Follower(desk.sending, lambda: desk.now)
        follower.tick()
        assert desk.advanced(message) == message
        assert not desk.network.taken
        assert desk.sending.why_no_retry(message) == ""
        assert desk.sending.retry(message.id).status == "QUEUED"
        assert len(desk.network.taken) == 1

    def test_within_a_day_it_still_goes(self, desk: ScriptedDesk) -> None:
        message = scheduled(desk)
        desk.later(hours=26)
        assert desk.advanced(message).status == "QUEUED"

    def test_one_that_is_not_due_is_not_sent_by_hand(self, desk: ScriptedDesk) -> None:
        message = scheduled(desk)
        with pytest.raises(RefusedError, match="waits for its time"):
            desk.sending.retry(message.id)


class TestCancelling:
    def test_one_that_waits(self, desk: ScriptedDesk) -> None:
        message = desk.sending.cancel(scheduled(desk).id)
        assert (message.status, message.is_final) == ("CANCELLED", True)
        desk.later(hours=3)
        assert desk.advanced(message) == message
        assert not desk.network.taken
        assert desk.sending.retry(message.id).status == "QUEUED"

    def test_under_way_no_further_step_goes_out(self, desk: ScriptedDesk) -> None:
        message = desk.sending.cancel(desk.send().id)
        assert (message.status, message.next_channel) == ("QUEUED", None)
        desk.report(message, 0, "FAILED")
        desk.later(hours=1)
        message = desk.advanced(message)
        assert (message.status, message.is_final, len(desk.network.taken)) == ("FAILED", True, 1)

    def test_after_a_failed_step(self, desk: ScriptedDesk) -> None:
        message = desk.send()
        desk.report(message, 0, "FAILED")
        desk.sending.handing_over.fetched(message)
        message = desk.sending.cancel(message.id)
        assert (message.status, message.is_final) == ("CANCELLED", True)
        assert desk.advanced(message).status == "CANCELLED"
        assert len(desk.network.taken) == 1

    def test_of_unknown_outcome_it_is_still_asked_after(self, desk: ScriptedDesk) -> None:
        desk.network.error = UnknownOutcomeError("lost")
        message = desk.sending.cancel(desk.send().id)
        assert (message.status, message.is_final) == (MessageStatus.UNKNOWN, False)

    def test_what_a_person_wrote(self, desk: ScriptedDesk) -> None:
        message = replace(desk.send(), id="wrote", status="RECEIVED", attempts=())
        with desk.repository.transaction() as tx:
            tx.put_message(message)
        with pytest.raises(RefusedError, match="The person wrote it"):
            desk.sending.cancel("wrote")

    @pytest.mark.parametrize(
        ("status", "words"),
        [("DELIVERED", "arrived already"), ("FILTERED", "consent or policy"), ("BLOCKED", "did not arrive")],
    )
    def test_an_end_is_told(self, desk: ScriptedDesk, status: str, words: str) -> None:
        message = desk.send()
        desk.report(message, 0, status)
        desk.advanced(message)
        with pytest.raises(RefusedError, match=words):
            desk.sending.cancel(message.id)


class TestTheOutbox:
    def test_a_person_may_hand_it_over_before_its_time(self, desk: ScriptedDesk) -> None:
        message = scheduled(desk)
        sent = desk.sending.dispatch(message.id)
        assert (sent.status, len(desk.network.taken)) == ("QUEUED", 1)
        assert desk.sending.dispatch(message.id) == sent
        assert len(desk.network.taken) == 1

    def test_what_was_called_back_never_goes_out(self, desk: ScriptedDesk) -> None:
        message = scheduled(desk)
        assert desk.sending.call_back(message.id).status == MessageStatus.CANCELLED
        assert desk.sending.dispatch(message.id).status == MessageStatus.CANCELLED
        desk.later(hours=3)
        assert desk.advanced(message).status == MessageStatus.CANCELLED
        assert not desk.network.taken

    def test_what_went_out_is_not_called_back_and_keeps_its_next_steps(self, desk: ScriptedDesk) -> None:
        message = desk.sending.dispatch(scheduled(desk).id)
        with pytest.raises(RefusedError, match="handed over already"):
            desk.sending.call_back(message.id)
        assert desk.sending.message(message.id) == message
        assert message.next_channel is Channel.SMS
