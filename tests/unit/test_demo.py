"""The demo: fictional people, and a history that adds up."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.consent import THE_PERSON, ConsentKind, window_is_open
from sent_tui.core.contact import Contact, StepKind
from sent_tui.core.message import ENDED, REACHED, DeliveryEvent, Message, MessageStatus
from sent_tui.core.outcome import Outcome
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.reasons import outcome_of
from sent_tui.core.routing import choose_default
from sent_tui.gateways.gateway import Receipt
from sent_tui.gateways.simulator import Simulator
from sent_tui.gateways.simulator_course import PROVIDER_FAULTS
from sent_tui.gateways.simulator_numbers import MAGIC_NUMBERS
from sent_tui.gateways.simulator_world import ROUGH
from sent_tui.services.demo import MOST_DAYS, WORLD, Demo, demo, demo_contacts, fill_demo
from sent_tui.services.demo_agenda import Agenda
from sent_tui.services.demo_desk import Desk
from sent_tui.services.demo_people import MOST, people
from sent_tui.services.workspace import assemble
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


def sent(lived: Demo) -> list[Message]:
    """Return the messages that the desk wrote."""
    return [message for message in lived.messages if not message.is_inbound]


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
        taught: Counter[tuple[str, Channel, bool]] = Counter()
        for message in lived.messages:
            for attempt in message.attempts:
                if attempt.learned is not None:
                    taught[message.contact_id, attempt.channel, attempt.learned is Outcome.DELIVERED] += 1
        for contact in lived.contacts:
            for status in contact.channels:
                delivered, failed = (taught[contact.id, status.channel, arrived] for arrived in (True, False))
                assert (status.delivered, status.failed) == (delivered, failed)
                assert status.attempts == delivered + failed

    def test_each_result_was_learned(self, lived: Demo) -> None:
        for message in lived.messages:
            for attempt in message.attempts:
                if attempt.gateway_id is not None and attempt.overdue_at is None:
                    assert attempt.learned is outcome_of(attempt.status, attempt.reason_code)

    def test_attempts_follow_from_the_events(self, lived: Demo) -> None:
        heard: dict[tuple[str, int], list[DeliveryEvent]] = {}
        for event in lived.events:
            heard.setdefault((event.message_id, event.attempt), []).append(event)
        for message in lived.messages:
            for index, attempt in enumerate(message.attempts):
                events = heard.get((message.id, index), [])
                assert bool(events) is (attempt.gateway_id is not None)
                assert all(event.channel is attempt.channel for event in events)
                said = {(event.status, event.reason_code) for event in events} | {("FAILED", None)}
                assert (attempt.status, attempt.reason_code) in said
        assert set(heard) <= {(one.id, index) for one in lived.messages for index in range(len(one.attempts))}

    def test_the_last_message_is_on_the_contact(self, any_time: tuple[Demo, datetime]) -> None:
        lived, _ = any_time
        last = {message.contact_id: message for message in sorted(lived.messages, key=lambda one: one.created_at)}
        for contact in lived.contacts:
            message = last.get(contact.id)
            assert contact.last_message_at == (message.created_at if message else None)
            assert contact.last_status == (message.status if message else "")

    def test_every_message_is_of_these_two_months(self, any_time: tuple[Demo, datetime]) -> None:
        lived, now = any_time
        for message in sent(lived):
            assert now - timedelta(days=60) <= message.created_at < now
            assert message.updated_at <= now
            assert message.route[: len(message.attempts)] == tuple(attempt.channel for attempt in message.attempts)
            assert message.reasons

    def test_few_messages_wait_for_a_report(self, any_time: tuple[Demo, datetime]) -> None:
        lived, _ = any_time
        under_way = [message for message in sent(lived) if not message.is_final]
        assert len(under_way) <= 0.05 * len(lived.messages)
        assert all(message.attempts[-1].gateway_id for message in under_way)
        assert all(message.status != MessageStatus.FAILED for message in under_way)

    def test_events_come_in_order_and_once(self, lived: Demo) -> None:
        assert len({event.id for event in lived.events}) == len(lived.events)
        assert all(event.at < NOW for event in lived.events)
        assert [event.at for event in lived.events] == sorted(event.at for event in lived.events)

    def test_all_that_can_happen_has_happened(self, any_time: tuple[Demo, datetime]) -> None:
        lived, _ = any_time
        statuses = Counter(message.status for message in lived.messages)
        assert set(statuses) >= {"DELIVERED", "READ", "FAILED", "FILTERED", "RECEIVED"}
        assert statuses["FAILED"] >= 3
        assert statuses["READ"] >= 50
        assert 200 <= len(sent(lived)) <= 600
        fell_back = [message for message in lived.messages if len(message.attempts) > 1]
        assert len(fell_back) >= 5
        assert any(message.status in ENDED for message in fell_back)
        assert 1 <= sum(contact.last_status == MessageStatus.FAILED for contact in lived.contacts) <= 20

    def test_the_simulator_tells_the_same_history(self, lived: Demo) -> None:
        simulator = Simulator(lambda: NOW, world=WORLD)
        events = {(event.message_id, event.attempt, event.status, event.at) for event in lived.events}
        for message in lived.messages:
            for index, attempt in enumerate(message.attempts):
                if attempt.gateway_id is not None and attempt.accepted_at is not None:
                    receipt = Receipt(attempt.gateway_id, message.to, attempt.channel, attempt.accepted_at)
                    reports = simulator.status(receipt)
                    assert {(message.id, index, report.status, report.at) for report in reports} <= events

    def test_templates_are_filled_in(self, lived: Demo) -> None:
        used = {message.content.template for message in lived.messages}
        assert None in used
        assert len(used) >= 5
        assert not any("{{" in message.content.text for message in lived.messages)

    def test_free_text_by_whatsapp_went_into_open_conversations(self, lived: Demo) -> None:
        free = [message for message in sent(lived) if message.content.is_free_text]
        assert any(Channel.WHATSAPP in message.route for message in free)
        assert any(Channel.WHATSAPP not in message.route for message in free)


class TestChannels:
    def test_the_default_is_what_the_router_chose(self, any_time: tuple[Demo, datetime]) -> None:
        lived, now = any_time
        detected = [contact for contact in lived.contacts if contact.detected]
        assert all(contact.default_reason for contact in detected)
        # Since it was chosen, time has passed; that seldom makes a difference.
        moved = [contact for contact in detected if choose_default(contact, now)[0] is not contact.default_channel]
        assert len(moved) <= 3

    def test_every_sort_of_reach_is_there(self, any_time: tuple[Demo, datetime]) -> None:
        lived, now = any_time
        reach = Counter(contact.available_channels for contact in lived.contacts)
        assert all(reach[channels] >= 10 for channels in ("sms,whatsapp", "sms", "whatsapp"))
        assert 3 <= reach[""] <= 45
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
        for message in sent(lived):
            if message.contact_id in out:
                assert message.created_at < when[message.to]


class TestOrder:
    def test_what_happens_comes_in_the_order_of_time(self) -> None:
        agenda, heard = Agenda(NOW), list[tuple[str, datetime]]()

        def act(name: str, *then: tuple[int, str]) -> None:
            heard.append((name, agenda()))
            for minutes, follows in then:
                agenda.plan(agenda.at + timedelta(minutes=minutes), partial(act, follows))

        for minutes, name in ((5, "late"), (1, "first"), (5, "later"), (9, "never")):
            agenda.plan(NOW + timedelta(minutes=minutes), partial(act, name, (3, f"after {name}")))
        agenda.run(NOW + timedelta(minutes=9))
        assert [name for name, _ in heard] == ["first", "after first", "late", "later", "after late", "after later"]
        assert [(at - NOW).seconds // 60 for _, at in heard] == [1, 4, 5, 5, 8, 8]
        assert agenda() == NOW + timedelta(minutes=9)

    def test_messages_of_all_contacts_are_written_in_turns(self, lived: Demo) -> None:
        written = [message.created_at for message in lived.messages]
        assert written == sorted(written)
        assert len({message.contact_id for message in lived.messages[:40]}) > 20

    def test_a_plan_rests_on_what_was_heard_before_it(self, busy: Demo) -> None:
        """A channel that failed for good is not tried again, unless a check or the person said otherwise."""
        shut: dict[tuple[str, Channel], datetime] = {}
        for event in busy.events:
            if event.status == "FAILED" and outcome_of(event.status, event.reason_code) is Outcome.FAILED_HARD:
                shut.setdefault((event.contact_id, event.channel), event.at)
        again = [
            message
            for message in sent(busy)
            for attempt in message.attempts
            if (since := shut.get((message.contact_id, attempt.channel))) and since < attempt.started_at
        ]
        assert len(shut) >= 10
        reopened = {message.contact_id for message in again}
        checked = {
            contact.id
            for contact in busy.contacts
            for status in contact.channels
            if (at := shut.get((contact.id, status.channel))) and (status.since or at) > at
        }
        assert reopened <= checked

    def test_groups_are_learned_from_as_they_come(self, busy: Demo) -> None:
        lately = [message for message in sent(busy) if message.created_at > NOW - timedelta(days=5)]
        spoken_of = [message for message in lately if any("people like this" in why for why in message.reasons)]
        assert len(spoken_of) > 0.9 * len(lately)


@pytest.fixture(scope="module")
def busy() -> Demo:
    return demo(NOW, 300, days=90)


class TestBusyDesk:
    def test_thousands_of_messages_went_to_and_fro(self, busy: Demo) -> None:
        assert 3000 <= len(sent(busy)) <= 4000
        assert 800 <= len(busy.messages) - len(sent(busy)) <= 2000
        assert min(message.created_at for message in sent(busy)) >= NOW - timedelta(days=91)

    def test_it_works_on_working_days(self, busy: Demo) -> None:
        by_day = Counter(message.created_at.weekday() for message in sent(busy))
        assert min(by_day[day] for day in range(5)) > 3 * max(by_day[5], by_day[6]) > 0

    def test_an_outage_was_got_over_by_the_next_channel(self, busy: Demo) -> None:
        """In one of them, several messages failed by a fault of the provider, and most arrived all the same."""
        faults = {code for codes in PROVIDER_FAULTS.values() for code in codes}
        hit: dict[str, list[Message]] = {}
        for message in sent(busy):
            if message.attempts[0].reason_code in faults:
                hit.setdefault(f"{message.created_at:%F} {message.attempts[0].channel}", []).append(message)
        worst = max(hit.values(), key=len)
        assert len(worst) >= 3
        saved = [message for message in worst if len(message.attempts) > 1 and message.status in REACHED]
        assert saved
        written = {(message.contact_id, message.content.text): message for message in sent(busy)}
        for message in worst:
            if message not in saved and message.status == MessageStatus.FAILED:
                assert written[message.contact_id, message.content.text].created_at > message.created_at

    def test_what_took_too_long_went_by_the_next_channel(self, busy: Demo) -> None:
        overdue = [message for message in sent(busy) if any(attempt.overdue_at for attempt in message.attempts)]
        assert 0.02 < len(overdue) / len(sent(busy)) < 0.1
        assert any(len(message.attempts) > 1 and message.status in REACHED for message in overdue)

    def test_defaults_moved_and_contacts_left(self, busy: Demo) -> None:
        moved = [
            contact
            for contact in busy.contacts
            if contact.default_since is not None and contact.default_since > contact.created_at + timedelta(minutes=1)
        ]
        assert len(moved) >= 20
        assert 8 <= sum(contact.opt_out for contact in busy.contacts) <= 25
        assert any(event.by == THE_PERSON for event in busy.consent)
        assert any(event.by != THE_PERSON for event in busy.consent)

    def test_most_messages_arrived(self, busy: Demo) -> None:
        arrived = sum(message.status in REACHED for message in sent(busy))
        assert 0.9 < arrived / len(sent(busy)) < 0.98

    def test_channels_were_checked_again(self, busy: Demo) -> None:
        checked = [
            step.at - contact.created_at
            for contact in busy.contacts
            for step in contact.lifecycle
            if step.kind is StepKind.DETECT_WHATSAPP
        ]
        assert sum(age > timedelta(days=29) for age in checked) > 100

    def test_what_the_network_did_not_take_was_sent_again(self, busy: Demo) -> None:
        refused = [message for message in sent(busy) if message.attempts[0].gateway_id is None]
        assert refused
        for message in refused:
            assert (message.status, len(message.attempts)) == ("FAILED", 1)
            assert any(
                other.content == message.content
                and timedelta() < other.created_at - message.created_at < timedelta(hours=1)
                for other in sent(busy)
            )

    def test_who_writes_stop_of_their_own_accord_is_heard(self) -> None:
        now = NOW + timedelta(days=400)
        desk, invited = Desk(now, 7, ROUGH, 60), list(people(150, 7))
        contacts = {person.number: desk.expect(person) for person in invited}
        desk.play()
        network = Simulator(lambda: now, world=ROUGH)
        decided = {(event.number, event.kind, event.at) for event in desk.books.consent}
        letters = [
            letter
            for number, contact_id in contacts.items()
            for letter in network.decisions(number, desk.books.contacts[contact_id].created_at + timedelta(seconds=1))
        ]
        assert {letter.text for letter in letters} == {"STOP", "START"}
        for letter in letters:
            kind = ConsentKind.OPT_OUT if letter.text == "STOP" else ConsentKind.OPT_IN
            assert (letter.number, kind, letter.at) in decided

    @pytest.mark.parametrize("days", [0, -1, MOST_DAYS + 1])
    def test_days_have_bounds(self, days: int) -> None:
        with pytest.raises(ValueError, match="days"):
            demo(NOW, 5, days=days)

    @pytest.mark.parametrize("days", [1, 7, MOST_DAYS])
    def test_any_number_of_days_can_be_played(self, days: int) -> None:
        played = demo(NOW, 4, days=days)
        assert all(NOW - timedelta(days=days + 1) <= message.created_at < NOW for message in sent(played))
        assert played == demo(NOW, 4, days=days)


class TestSameAgain:
    def test_the_same_time_gives_the_same_demo(self, lived: Demo) -> None:
        assert demo(NOW) == lived

    def test_the_zone_of_the_clock_makes_no_difference(self, lived: Demo) -> None:
        elsewhere = demo(NOW.astimezone(timezone(timedelta(0), "elsewhere")))
        assert elsewhere == lived

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
        assert {message.id for message in repository.messages(only_open=True)} == {
            message.id for message in sent(lived) if not message.is_final
        }

    def test_the_application_has_nothing_to_correct(self) -> None:
        repository = MemoryRepository()
        fill_demo(repository, NOW, 120, days=30)
        workspace = assemble(repository, Simulator(lambda: NOW, world=WORLD), user="demo", clock=lambda: NOW)
        under_way = workspace.sending.open_messages()
        assert under_way
        for message in under_way:
            assert workspace.sending.advance(message.id) == message

    def test_filling_twice_adds_nothing(self, lived: Demo) -> None:
        repository = MemoryRepository()
        fill_demo(repository, NOW)
        fill_demo(repository, NOW)
        assert repository.page().total == len(lived.contacts)
        assert len(repository.messages()) == len(lived.messages)
