"""The demo: fictional people, and a history that adds up."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.consent import ConsentKind, window_is_open
from sent_tui.core.contact import Contact, StepKind
from sent_tui.core.message import ENDED, MessageStatus
from sent_tui.core.outcome import Outcome
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.reasons import outcome_of
from sent_tui.core.routing import choose_default
from sent_tui.gateways.gateway import Receipt
from sent_tui.gateways.simulator import Simulator
from sent_tui.gateways.simulator_numbers import MAGIC_NUMBERS
from sent_tui.services.demo import Demo, demo, demo_contacts, fill_demo
from sent_tui.services.demo_people import MOST, people
from sent_tui.store.memory import MemoryRepository

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TIMES = [NOW, datetime(2026, 7, 19, 0, 1, tzinfo=UTC), datetime(2027, 12, 31, 23, 59, 30, tzinfo=UTC)]
RESERVED = re.compile(
    r"""
      \+1 [2-9]\d\d 55501\d\d                    # North America: 555-0100 to 0199 in every area code
    | \+44 (207946|161496|131496|113496) 0\d{3}  # Ofcom
    | \+44 8081570 \d{3}
    | \+61 [2378] 5550 \d{4}                    # ACMA
    | \+61 491570 (006|110|156|157|158|159)
    | \+33 (19900|46571) \d{4}                  # ARCEP
    | \+49 3023125 \d{3}                        # Bundesnetzagentur
    | \+49 (15228817386|15228895456|17139200\d\d)
    | \+46 701740 (60[5-9]|6[1-9]\d)            # PTS
    | \+46 313900 6\d\d
    | \+46 8465004 \d\d
    """,
    re.VERBOSE,
)


@pytest.fixture(scope="module")
def lived() -> Demo:
    return demo(NOW)


@pytest.fixture(scope="module", params=TIMES, ids=str)
def any_time(request: pytest.FixtureRequest) -> tuple[Demo, datetime]:
    return demo(request.param), request.param


def open_for_free_text(contact: Contact, now: datetime) -> bool:
    status = contact.status(Channel.WHATSAPP)
    return status.is_available and window_is_open(status.last_inbound_at, now)


class TestPeople:
    @pytest.mark.parametrize("wanted", [1, 200, MOST])
    def test_all_numbers_are_reserved_valid_and_different(self, wanted: int) -> None:
        numbers = [person.number for person in people(wanted, 7)]
        assert len(numbers) == len(set(numbers)) == wanted
        assert [number for number in numbers if not RESERVED.fullmatch(number)] == []
        parsed = [parse(number) for number in numbers]
        assert all(isinstance(number, PhoneNumber) and number.is_valid for number in parsed)

    @pytest.mark.parametrize("wanted", [0, -1, MOST + 1])
    def test_there_are_not_so_many(self, wanted: int) -> None:
        with pytest.raises(ValueError, match="people"):
            demo(NOW, wanted)

    def test_they_come_from_a_dozen_countries(self, lived: Demo) -> None:
        regions = Counter(contact.region_code for contact in lived.contacts)
        assert set(regions) >= {"US", "CA", "GB", "AU", "FR", "DE", "SE", "JM", "PR", "DO", "VI", "GU", "VC"}
        assert min(regions.values()) >= 3

    def test_the_list_begins_with_ada(self, lived: Demo) -> None:
        ada = min((contact for contact in lived.contacts if contact.name), key=lambda contact: contact.name)
        assert (ada.name, ada.format_international) == ("Ada Okafor", "+1 415-555-0123")
        assert ada.default_channel is Channel.WHATSAPP
        assert all(status.is_available for status in ada.channels)
        assert ada.last_message_at == NOW - timedelta(minutes=2)

    def test_names_do_not_repeat(self, lived: Demo) -> None:
        names = [contact.name for contact in lived.contacts if contact.name]
        assert len(names) == len(set(names))

    def test_some_have_no_name_some_have_tags_and_notes(self, lived: Demo) -> None:
        assert 8 <= sum(not contact.name for contact in lived.contacts) <= 30
        assert len({tag for contact in lived.contacts for tag in contact.tags}) >= 6
        assert sum(bool(contact.notes) for contact in lived.contacts) >= 30

    def test_a_fallback_waits_to_be_practised(self, lived: Demo) -> None:
        felix = next(contact for contact in lived.contacts if contact.format_e164 == "+14155550102")
        assert felix.last_message_at is None
        assert open_for_free_text(felix, NOW)
        practice = [contact for contact in lived.contacts if "practice" in contact.tags]
        assert all(contact.format_e164 in MAGIC_NUMBERS for contact in practice)

    def test_one_was_never_looked_up(self, lived: Demo) -> None:
        fresh = [contact for contact in lived.contacts if not contact.detected]
        assert [contact.format_e164 for contact in fresh] == ["+14155550188"]
        assert fresh[0].available_channels is None


class TestHistory:
    def test_counts_equal_the_messages(self, any_time: tuple[Demo, datetime]) -> None:
        lived, _ = any_time
        delivered: Counter[tuple[str, Channel]] = Counter()
        failed: Counter[tuple[str, Channel]] = Counter()
        for message in lived.messages:
            for attempt in message.attempts:
                outcome = outcome_of(attempt.status, attempt.reason_code)
                key = message.contact_id, attempt.channel
                delivered[key] += outcome is Outcome.DELIVERED
                failed[key] += outcome in {Outcome.FAILED_SOFT, Outcome.FAILED_HARD}
        for contact in lived.contacts:
            for status in contact.channels:
                key = contact.id, status.channel
                assert (status.delivered, status.failed) == (delivered[key], failed[key])
                assert status.attempts == delivered[key] + failed[key]

    def test_attempts_equal_the_events(self, lived: Demo) -> None:
        last = {(event.message_id, event.attempt): event for event in lived.events}
        attempts = [(message, index) for message in lived.messages for index in range(len(message.attempts))]
        assert len(last) == len(attempts)
        for message, index in attempts:
            attempt, event = message.attempts[index], last[message.id, index]
            assert (attempt.status, attempt.reason_code, attempt.channel) == (
                event.status,
                event.reason_code,
                event.channel,
            )

    def test_the_last_message_is_on_the_contact(self, any_time: tuple[Demo, datetime]) -> None:
        lived, _ = any_time
        last = {message.contact_id: message for message in sorted(lived.messages, key=lambda one: one.created_at)}
        for contact in lived.contacts:
            message = last.get(contact.id)
            assert contact.last_message_at == (message.created_at if message else None)
            assert contact.last_status == (message.status if message else "")

    def test_every_message_has_come_to_its_end(self, any_time: tuple[Demo, datetime]) -> None:
        lived, now = any_time
        for message in lived.messages:
            assert message.is_final
            assert now - timedelta(days=60) <= message.created_at < now
            assert message.updated_at <= now
            assert message.route[: len(message.attempts)] == tuple(attempt.channel for attempt in message.attempts)
            assert message.reasons

    def test_events_come_in_order_and_once(self, lived: Demo) -> None:
        assert len({event.id for event in lived.events}) == len(lived.events)
        assert all(event.at <= NOW for event in lived.events)
        for one, other in pairwise(lived.events):
            assert one.message_id != other.message_id or one.at <= other.at

    def test_all_that_can_happen_has_happened(self, any_time: tuple[Demo, datetime]) -> None:
        lived, _ = any_time
        statuses = Counter(message.status for message in lived.messages)
        assert set(statuses) == {"DELIVERED", "READ", "FAILED", "FILTERED"}
        assert statuses["FILTERED"] == 1
        assert statuses["FAILED"] >= 3
        assert statuses["READ"] >= 50
        assert 200 <= len(lived.messages) <= 600
        fell_back = [message for message in lived.messages if len(message.attempts) > 1]
        assert len(fell_back) >= 8
        assert any(message.status in ENDED for message in fell_back)
        assert 3 <= sum(contact.last_status == MessageStatus.FAILED for contact in lived.contacts) <= 20

    def test_the_simulator_tells_the_same_history(self, lived: Demo) -> None:
        simulator = Simulator(lambda: NOW)
        for message in lived.messages:
            for attempt in message.attempts:
                assert attempt.gateway_id is not None
                assert attempt.accepted_at is not None
                receipt = Receipt(attempt.gateway_id, message.to, attempt.channel, attempt.accepted_at)
                assert simulator.status(receipt)[-1].status == attempt.status

    def test_templates_are_filled_in(self, lived: Demo) -> None:
        used = {message.content.template for message in lived.messages}
        assert None in used
        assert len(used) >= 5
        assert not any("{{" in message.content.text for message in lived.messages)

    def test_free_text_by_whatsapp_went_into_open_conversations(self, lived: Demo) -> None:
        free = [message for message in lived.messages if message.content.is_free_text]
        assert any(Channel.WHATSAPP in message.route for message in free)
        assert any(Channel.WHATSAPP not in message.route for message in free)


class TestChannels:
    def test_the_default_is_what_the_router_chooses(self, any_time: tuple[Demo, datetime]) -> None:
        lived, now = any_time
        for contact in lived.contacts:
            if contact.detected:
                assert choose_default(contact, now)[0] is contact.default_channel
                assert contact.default_reason

    def test_every_sort_of_reach_is_there(self, any_time: tuple[Demo, datetime]) -> None:
        lived, now = any_time
        reach = Counter(contact.available_channels for contact in lived.contacts)
        assert all(reach[channels] >= 10 for channels in ("sms,whatsapp", "sms", "whatsapp"))
        assert 3 <= reach[""] <= 30
        assert sum(open_for_free_text(contact, now) for contact in lived.contacts) >= 20
        assert sum(contact.default_pinned for contact in lived.contacts) == 1

    def test_no_fixed_line_takes_sms(self, lived: Demo) -> None:
        for contact in lived.contacts:
            if contact.number_type.value in {"fixed_line", "toll_free"}:
                assert contact.availability(Channel.SMS) is Availability.UNAVAILABLE

    def test_each_step_of_the_lifecycle_has_its_evidence(self, lived: Demo) -> None:
        for contact in lived.contacts:
            steps = [step.kind for step in contact.lifecycle]
            assert steps == (list(StepKind) if contact.detected else [StepKind.VALIDATE, StepKind.NORMALISE])
            assert all(step.evidence and step.at >= contact.created_at for step in contact.lifecycle)


class TestConsent:
    def test_a_few_have_opted_out_and_it_is_written_down(self, any_time: tuple[Demo, datetime]) -> None:
        lived, now = any_time
        last = {decision.number: decision for decision in lived.consent}
        out = [contact for contact in lived.contacts if contact.opt_out]
        assert 6 <= len(out) <= 10
        for contact in lived.contacts:
            decision = last.get(contact.format_e164)
            assert contact.opt_out is (decision is not None and decision.kind is ConsentKind.OPT_OUT)
        assert all(decision.by and decision.how and decision.at <= now for decision in lived.consent)
        assert {decision.kind for decision in lived.consent} == set(ConsentKind)

    def test_nobody_was_written_to_after_opting_out(self, any_time: tuple[Demo, datetime]) -> None:
        lived, _ = any_time
        out = {contact.id: contact.format_e164 for contact in lived.contacts if contact.opt_out}
        when = {decision.number: decision.at for decision in lived.consent}
        for message in lived.messages:
            if message.contact_id in out:
                assert message.created_at < when[message.to]


class TestSameAgain:
    def test_the_same_time_gives_the_same_demo(self, lived: Demo) -> None:
        assert demo(NOW) == lived

    def test_another_seed_gives_another_one(self, lived: Demo) -> None:
        other = demo(NOW, seed=8)
        assert {one.id for one in other.contacts}.isdisjoint(one.id for one in lived.contacts)

    def test_ids_do_not_depend_on_the_time(self, lived: Demo) -> None:
        later = demo(NOW + timedelta(days=3))
        assert [contact.id for contact in later.contacts] == [contact.id for contact in lived.contacts]

    @pytest.mark.parametrize("count", [1, 30, 200])
    def test_there_are_as_many_as_asked_for(self, count: int) -> None:
        assert len(demo_contacts(NOW, count)) == count


class TestFilling:
    def test_all_of_it_is_stored(self, lived: Demo) -> None:
        repository = MemoryRepository()
        fill_demo(repository, NOW)
        assert repository.page().total == len(lived.contacts)
        assert len(repository.messages()) == len(lived.messages)
        message = lived.messages[0]
        assert repository.message(message.id) == message
        assert [event for event in lived.events if event.message_id == message.id] == list(
            repository.events(message.id)
        )
        decision = lived.consent[0]
        assert decision in repository.consent_history(decision.number)
        assert not repository.messages(only_open=True)

    def test_filling_twice_adds_nothing(self, lived: Demo) -> None:
        repository = MemoryRepository()
        fill_demo(repository, NOW)
        fill_demo(repository, NOW)
        assert repository.page().total == len(lived.contacts)
        assert len(repository.messages()) == len(lived.messages)
