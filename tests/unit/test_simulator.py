"""The simulated network: magic numbers, hidden truths, and no memory."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact, new_contact
from sent_tui.core.lifecycle import default_set, normalised, sms_assessed, whatsapp_detected
from sent_tui.core.message import ATTEMPT_ENDED, STATUS_WORDS, Content
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.reasons import reason_of
from sent_tui.core.routing import plan_route
from sent_tui.gateways import simulator as module
from sent_tui.gateways.gateway import Receipt, SendRequest, UnknownOutcomeError
from sent_tui.gateways.simulator import RECALLED_AFTER, Simulator
from sent_tui.gateways.simulator_course import course
from sent_tui.gateways.simulator_numbers import MAGIC_NUMBERS, PARKED, Course, Fault
from sent_tui.gateways.simulator_population import person
from sent_tui.gateways.simulator_world import CALM
from sent_tui.services.contacts import ContactService, NewContact
from sent_tui.services.sending import SendingService
from sent_tui.store.memory import MemoryRepository

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DOCS = Path(__file__).parents[2] / "docs" / "simulator.md"
BRAZIL = [f"+5511999{n:06d}" for n in range(4000)]
NUMBERS = st.integers(10**7, 10**14).map(lambda digits: f"+{digits}")
CHANNELS = st.sampled_from(Channel)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Simulator:
    return Simulator(clock)


def request(to: str, channel: Channel = Channel.WHATSAPP, key: str = "key") -> SendRequest:
    return SendRequest(key, to, channel, Content("Hello"))


def end(to: str, channel: Channel) -> tuple[str, str | None]:
    """Return the last status and reason of a message."""
    clock = Clock()
    simulator = Simulator(clock)
    receipt = simulator.send(request(to, channel))
    clock.advance(3600)
    last = simulator.status(receipt)[-1]
    return last.status, last.reason_code


def calm_course(number: str, channel: Channel, gateway_id: str = "id") -> Course:
    """Return all that happens to a message where nothing changes and nothing is lost."""
    return course(CALM, 1, Receipt(gateway_id, number, channel, NOW))


def detected(number: str) -> Contact:
    """Return the contact that the lifecycle makes of a number."""
    parsed = parse(number)
    assert isinstance(parsed, PhoneNumber)
    whatsapp, sms = Simulator(lambda: NOW).detect(number)
    contact = normalised(new_contact(parsed, contact_id="1", at=NOW), NOW)
    contact = whatsapp_detected(
        contact, whatsapp.availability, NOW, whatsapp.evidence, last_inbound_at=whatsapp.last_inbound_at
    )
    return default_set(sms_assessed(contact, sms.availability, NOW, sms.evidence), NOW)


class TestMagicNumbers:
    @pytest.mark.parametrize("number", MAGIC_NUMBERS)
    def test_they_are_reserved_for_fiction_and_valid(self, number: str) -> None:
        assert re.fullmatch(r"\+141555501\d\d", number)
        parsed = parse(number)
        assert isinstance(parsed, PhoneNumber)
        assert parsed.is_valid

    @pytest.mark.parametrize("number", MAGIC_NUMBERS)
    def test_the_documentation_has_each_of_them(self, number: str) -> None:
        row = f"| `{number}` | {MAGIC_NUMBERS[number].what_happens} | `sent-tui send {number} "
        assert row in DOCS.read_text(encoding="utf-8")

    def test_the_documentation_has_no_others(self) -> None:
        rows = re.findall(r"^\| `(\+\d+)` ", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
        assert rows == list(MAGIC_NUMBERS)

    @pytest.mark.parametrize(
        ("number", "whatsapp", "sms"),
        [
            ("+14155550100", ("READ", None), ("DELIVERED", None)),
            ("+14155550101", ("READ", None), ("DELIVERED", None)),
            ("+14155550102", ("FAILED", "DELIVERY_007"), ("DELIVERED", None)),
            ("+14155550103", ("FAILED", "DELIVERY_003"), ("DELIVERED", None)),
            ("+14155550104", ("FAILED", "DELIVERY_003"), ("FAILED", "DELIVERY_003")),
            ("+14155550105", ("FAILED", "DELIVERY_007"), ("FAILED", "DELIVERY_005")),
            ("+14155550106", ("FAILED", "DELIVERY_007"), ("DELIVERED", None)),
            ("+14155550107", ("DELIVERED", None), ("FAILED", "DELIVERY_006")),
            ("+14155550108", ("FILTERED", "CONSENT_001"), ("FILTERED", "CONSENT_001")),
            ("+14155550109", ("FILTERED", "POLICY_001"), ("FILTERED", "POLICY_001")),
            ("+14155550110", ("BLOCKED", "BUSINESS_003"), ("BLOCKED", "BUSINESS_003")),
            ("+14155550111", ("BLOCKED", "BUSINESS_008"), ("DELIVERED", None)),
            ("+14155550112", ("FAILED", "PROVIDER_001"), ("DELIVERED", None)),
            ("+14155550116", ("DELIVERED", None), ("DELIVERED", None)),
            ("+14155550117", ("DELIVERED", None), ("DELIVERED", None)),
            ("+14155550118", ("SENT", None), ("SENT", None)),
            ("+14155550119", ("DELIVERED", None), ("DELIVERED", None)),
            ("+14155550120", ("DELIVERED", None), ("DELIVERED", None)),
            ("+14155550121", ("FAILED", "DELIVERY_007"), ("FAILED", "DELIVERY_006")),
            ("+14155550122", ("DELIVERED", None), ("DELIVERED", None)),
            ("+14155550198", ("DELIVERED", None), ("DELIVERED", None)),
            ("+14155550199", ("DELIVERED", None), ("DELIVERED", None)),
        ],
    )
    def test_each_does_what_it_is_for(
        self, number: str, whatsapp: tuple[str, str | None], sms: tuple[str, str | None]
    ) -> None:
        assert end(number, Channel.WHATSAPP) == whatsapp
        assert end(number, Channel.SMS) == sms

    @pytest.mark.parametrize(
        ("number", "route"),
        [
            ("+14155550101", [Channel.WHATSAPP, Channel.SMS]),
            ("+14155550102", [Channel.WHATSAPP, Channel.SMS]),
            ("+14155550103", [Channel.WHATSAPP, Channel.SMS]),
            ("+14155550104", [Channel.WHATSAPP, Channel.SMS]),
            ("+14155550105", [Channel.WHATSAPP, Channel.SMS]),
            ("+14155550106", [Channel.SMS]),
            ("+14155550107", [Channel.SMS, Channel.WHATSAPP]),
            ("+14155550111", [Channel.WHATSAPP, Channel.SMS]),
            ("+14155550112", [Channel.WHATSAPP, Channel.SMS]),
            ("+14155550121", []),
            ("+14155550122", [Channel.SMS]),
            ("+14155550198", [Channel.SMS]),
            ("+14155550199", [Channel.WHATSAPP, Channel.SMS]),
        ],
    )
    def test_free_text_takes_the_route_to_practise(self, number: str, route: list[Channel]) -> None:
        assert list(plan_route(detected(number), Content("Hello"), NOW).channels) == route

    def test_a_closed_conversation_lets_a_template_through(self) -> None:
        welcome = Content("Welcome", template="welcome")
        assert plan_route(detected("+14155550122"), welcome, NOW).channels[0] is Channel.WHATSAPP

    def test_those_that_fall_back_wrote_an_hour_ago(self, simulator: Simulator, clock: Clock) -> None:
        for number in ("+14155550102", "+14155550103", "+14155550107", "+14155550112"):
            assert simulator.detect(number)[0].last_inbound_at == clock.now - timedelta(hours=1)

    def test_a_slow_one_takes_half_a_minute(self, simulator: Simulator, clock: Clock) -> None:
        receipt = simulator.send(request("+14155550116"))
        clock.advance(29.9)
        assert simulator.status(receipt)[-1].status == "SENT"
        clock.advance(0.1)
        assert simulator.status(receipt)[-1].status == "DELIVERED"

    def test_one_passes_through_a_status_that_nobody_knows(self, simulator: Simulator, clock: Clock) -> None:
        receipt = simulator.send(request("+14155550119"))
        clock.advance(3600)
        statuses = [report.status for report in simulator.status(receipt)]
        assert statuses == ["QUEUED", "ROUTED", "SENT", PARKED, "DELIVERED"]
        assert PARKED not in STATUS_WORDS

    def test_a_lost_answer_is_known_after_a_while(self, simulator: Simulator, clock: Clock) -> None:
        lost = request("+14155550114")
        with pytest.raises(UnknownOutcomeError):
            simulator.send(lost)
        clock.advance(RECALLED_AFTER - 0.1)
        assert simulator.recall(lost) is None
        clock.advance(0.1)
        receipt = simulator.recall(lost)
        assert receipt is not None
        assert simulator.status(receipt)[-1].status == "DELIVERED"

    def test_another_process_finds_a_lost_answer_too(self, simulator: Simulator, clock: Clock) -> None:
        lost = request("+14155550114")
        with pytest.raises(UnknownOutcomeError):
            simulator.send(lost)
        found = Simulator(clock).recall(lost)
        clock.advance(10)
        known = simulator.recall(lost)
        assert found is not None
        assert known is not None
        assert found.gateway_id == known.gateway_id

    @pytest.mark.parametrize(
        ("number", "status", "tried"),
        [
            ("+14155550101", "READ", [Channel.WHATSAPP]),
            ("+14155550102", "DELIVERED", [Channel.WHATSAPP, Channel.SMS]),
            ("+14155550104", "FAILED", [Channel.WHATSAPP, Channel.SMS]),
            ("+14155550107", "DELIVERED", [Channel.SMS, Channel.WHATSAPP]),
            ("+14155550108", "FILTERED", [Channel.WHATSAPP]),
            ("+14155550110", "BLOCKED", [Channel.WHATSAPP]),
            ("+14155550112", "DELIVERED", [Channel.WHATSAPP, Channel.SMS]),
            ("+14155550113", "FAILED", [Channel.SMS]),
            ("+14155550114", "DELIVERED", [Channel.WHATSAPP]),
            ("+14155550115", "FAILED", [Channel.WHATSAPP, Channel.SMS]),
            ("+14155550118", "SENT", [Channel.WHATSAPP]),
            ("+14155550119", "DELIVERED", [Channel.WHATSAPP]),
        ],
    )
    def test_each_can_be_practised(self, clock: Clock, number: str, status: str, tried: list[Channel]) -> None:
        repository, simulator = MemoryRepository(), Simulator(clock)
        ids = map(str, count())
        contacts = ContactService(repository, simulator, clock, lambda: next(ids))
        sending = SendingService(repository, simulator, clock, lambda: next(ids))
        message = sending.send(contacts.create(NewContact(number)).contact.id, Content("Hello"))
        message = sending.follow(message.id, pause=clock.advance)
        assert (message.status, [attempt.channel for attempt in message.attempts]) == (status, tried)

    def test_they_ignore_the_seed(self, clock: Clock) -> None:
        one, two = Simulator(clock, seed=1), Simulator(clock, seed=2)
        for number, magic in MAGIC_NUMBERS.items():
            if magic.fault is not Fault.NETWORK_DOWN:
                assert one.detect(number) == two.detect(number)


class TestPeople:
    @pytest.mark.parametrize(
        ("prefix", "share"),
        [
            ("+5511", 0.95),
            ("+9198", 0.93),
            ("+4915", 0.85),
            ("+4477", 0.75),
            ("+1202", 0.35),
            ("+1876", 0.8),
            ("+86", 0.05),
        ],
    )
    def test_whatsapp_is_as_common_as_in_the_country(self, prefix: str, share: float) -> None:
        registered = sum(person(1, f"{prefix}{n:07d}").on_whatsapp for n in range(4000))
        assert registered / 4000 == pytest.approx(share, abs=0.03)

    def test_a_lookup_is_nearly_always_right(self, simulator: Simulator) -> None:
        right = {Channel.WHATSAPP: 0, Channel.SMS: 0}
        for number in BRAZIL:
            truth = person(1, number)
            for finding in simulator.detect(number):
                there = truth.on_whatsapp if finding.channel is Channel.WHATSAPP else truth.takes_sms
                right[finding.channel] += there is (finding.availability is Availability.AVAILABLE)
        assert all(count / len(BRAZIL) == pytest.approx(0.97, abs=0.015) for count in right.values())

    def test_two_in_five_wrote_in_the_last_day(self, simulator: Simulator) -> None:
        registered = [number for number in BRAZIL if person(1, number).on_whatsapp]
        wrote = [person(1, number).last_wrote(NOW) for number in registered]
        recent = sum(1 for at in wrote if at is not None and NOW - at < timedelta(hours=24))
        assert recent / len(registered) == pytest.approx(0.4, abs=0.04)

    def test_only_those_who_are_there_wrote(self, simulator: Simulator) -> None:
        for number in BRAZIL:
            whatsapp, sms = simulator.detect(number)
            assert sms.last_inbound_at is None
            if whatsapp.last_inbound_at is not None:
                assert whatsapp.availability is Availability.AVAILABLE
                assert person(1, number).on_whatsapp

    @given(NUMBERS, st.integers(0, 10**6))
    def test_what_was_written_stays_written(self, number: str, later: int) -> None:
        truth = person(1, number)
        first, second = truth.last_wrote(NOW), truth.last_wrote(NOW + timedelta(seconds=later))
        assert (first is None) is (second is None)
        if first is not None and second is not None:
            assert first <= second <= NOW + timedelta(seconds=later)
            assert (second - first).total_seconds() % truth.writes_every == 0

    def test_times_keep_the_zone_of_the_clock(self) -> None:
        zone = timezone(timedelta(hours=5, minutes=30))
        number = next(number for number in BRAZIL if person(1, number).last_wrote(NOW))
        wrote = person(1, number).last_wrote(NOW.astimezone(zone))
        assert wrote == person(1, number).last_wrote(NOW)
        assert wrote is not None
        assert wrote.tzinfo is zone

    def test_evidence_is_in_words(self, simulator: Simulator) -> None:
        said = {finding.evidence for number in BRAZIL for finding in simulator.detect(number)}
        assert said == {
            "registered on WhatsApp (simulated lookup)",
            "not registered on WhatsApp (simulated lookup)",
            "takes SMS (simulated lookup)",
            "does not take SMS (simulated lookup)",
        }

    def test_another_seed_is_another_population(self, clock: Clock) -> None:
        one, two = Simulator(clock, seed=1), Simulator(clock, seed=2)
        assert [one.detect(number) for number in BRAZIL] != [two.detect(number) for number in BRAZIL]


class TestCourses:
    @given(NUMBERS, CHANNELS, st.uuids().map(str))
    def test_every_message_takes_a_possible_way(self, number: str, channel: Channel, gateway_id: str) -> None:
        stages = calm_course(number, channel, gateway_id)
        statuses = [str(stage.status) for stage in stages]
        assert statuses[:3] == ["QUEUED", "ROUTED", "SENT"]
        assert statuses[3:] in (["DELIVERED"], ["FAILED"], ["DELIVERED", "READ"])
        times = [stage.after for stage in stages]
        assert times == sorted(times)
        assert times[0] == 0
        assert times[2] <= 0.3
        assert 0.4 <= times[3] <= 1.5
        assert channel is Channel.WHATSAPP or "READ" not in statuses
        assert (reason_of(stages[3].reason_code) is not None) is (statuses[3] == "FAILED")

    @given(NUMBERS, CHANNELS, st.uuids().map(str))
    def test_the_same_message_always_ends_alike(self, number: str, channel: Channel, gateway_id: str) -> None:
        assert calm_course(number, channel, gateway_id) == calm_course(number, channel, gateway_id)

    def test_who_is_not_there_is_never_reached(self) -> None:
        for number in BRAZIL:
            truth = person(1, number)
            if not truth.on_whatsapp:
                assert calm_course(number, Channel.WHATSAPP)[-1].reason_code == "DELIVERY_007"
            if not truth.takes_sms:
                assert calm_course(number, Channel.SMS)[-1].reason_code in {"DELIVERY_005", "DELIVERY_006"}

    def test_who_is_there_is_usually_reached(self) -> None:
        there = [number for number in BRAZIL if person(1, number).on_whatsapp]
        failed = sum(calm_course(number, Channel.WHATSAPP)[-1].status == "FAILED" for number in there)
        assert failed / len(there) == pytest.approx(0.1, abs=0.015)


class TestPace:
    @pytest.mark.parametrize(("pace", "seconds"), [(0.0, 0.0), (0.5, 0.4), (1.0, 0.8), (3.0, 2.4)])
    def test_it_stretches_every_delay(self, clock: Clock, pace: float, seconds: float) -> None:
        simulator = Simulator(clock, pace=pace)
        receipt = simulator.send(request("+14155550117"))
        clock.advance(3600)
        assert simulator.status(receipt)[-1].at - receipt.accepted_at == timedelta(seconds=seconds)

    @pytest.mark.parametrize("pace", [-1.0, float("nan"), float("inf")])
    def test_it_must_make_sense(self, clock: Clock, pace: float) -> None:
        with pytest.raises(ValueError, match="pace"):
            Simulator(clock, pace=pace)


class TestMemory:
    def test_the_order_of_questions_changes_no_answer(self, clock: Clock) -> None:
        forth = [Simulator(clock).detect(number) for number in BRAZIL[:200]]
        one = Simulator(clock)
        back = [one.detect(number) for number in reversed(BRAZIL[:200])]
        assert back == list(reversed(forth))

    def test_a_receipt_is_enough_to_ask_for_a_status(self, simulator: Simulator, clock: Clock) -> None:
        receipt = simulator.send(request("+5511999000001"))
        clock.advance(60)
        assert Simulator(clock).status(receipt) == simulator.status(receipt)

    def test_a_clock_that_went_back_shows_nothing_yet(self, simulator: Simulator, clock: Clock) -> None:
        receipt = simulator.send(request("+14155550101"))
        clock.advance(-10)
        assert simulator.status(receipt) == ()

    def test_threads_with_one_key_get_one_receipt(self) -> None:
        ticks = iter(range(10**6))
        simulator = Simulator(lambda: NOW + timedelta(seconds=next(ticks)))
        send: Callable[[int], Receipt] = lambda _: simulator.send(request("+14155550101"))  # noqa: E731
        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(send, range(200)))) == 1

    def test_it_forgets_the_oldest_receipts(self, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_RECEIPTS_KEPT", 2)
        simulator = Simulator(clock)
        for key in ("a", "b", "c"):
            simulator.send(request("+14155550101", key=key))
        assert simulator.recall(request("+14155550101", key="a")) is None
        assert simulator.recall(request("+14155550101", key="b")) is not None

    def test_it_loads_no_number_tables(self) -> None:
        code = "import sys, sent_tui.gateways.simulator; sys.exit('phonenumbers' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_templates_are_a_handful(simulator: Simulator) -> None:
    names = {template.name for template in simulator.templates()}
    assert names == {"welcome", "order_update", "appointment_reminder", "one_time_code", "payment_reminder"}


def test_every_magic_ending_is_known() -> None:
    for magic in MAGIC_NUMBERS.values():
        for channel in Channel:
            last = magic.course(channel)[-1]
            assert last.status in ATTEMPT_ENDED or magic.number == "+14155550118"
