"""What the router asks of the delivery model: a contact brings its own piece along, groups are found by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.contact import Contact, LifecycleStep, StepKind, StepResult
from sent_tui.core.delivery import VERSION
from sent_tui.core.knowledge import EPOCH, Epoch, Knowledge, is_forgotten, segment_of
from sent_tui.core.message import Content, DeliveryEvent
from sent_tui.core.outcome import Outcome
from sent_tui.core.progress import accepted, attempted, reported, taught
from tests import factories

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WHATSAPP, SMS = Channel.WHATSAPP, Channel.SMS


def checked(place: int = 0, source: Source = Source.LOOKUP) -> Contact:
    contact = factories.contact(place)
    status = contact.status(WHATSAPP).found(Availability.AVAILABLE, source, NOW, "looked up")
    return contact.with_status(status)


def failing(knowledge: Knowledge, contact: Contact, times: int = 3) -> Contact:
    for place in range(times):
        contact = knowledge.learned(
            contact, WHATSAPP, Outcome.FAILED_HARD, NOW, message_id=f"m{place}", first_choice=True
        )
    return contact


def mean(knowledge: Knowledge, contact: Contact, channel: Channel = WHATSAPP) -> float:
    return knowledge.estimates(contact, NOW)[channel].mean


def test_what_a_contact_brings_along_is_enough() -> None:
    contact = failing(Knowledge(), checked())
    fresh = replace(contact, learned=json.loads(json.dumps(contact.learned)))
    known = Knowledge().estimates(fresh, NOW)[WHATSAPP]
    assert known.mean < 0.1 < mean(Knowledge(), checked())
    assert (known.delivered, known.failed) == (0, 3)
    assert mean(Knowledge(), fresh, SMS) == pytest.approx(mean(Knowledge(), checked(), SMS), abs=0.15)


def test_others_learn_by_name() -> None:
    here = Knowledge()
    failing(here, checked(0))
    lessons: dict[str, dict[str, Any]] = json.loads(json.dumps(here.lessons()))
    assert lessons
    there = Knowledge(lessons.get)
    other = there.estimates(checked(1), NOW)[WHATSAPP]
    assert other.group_size == 1
    assert other.mean < mean(Knowledge(), checked(1))
    assert there.lessons() == {}


def test_lessons_of_another_version_are_none() -> None:
    here = Knowledge()
    contact = failing(here, checked(0))
    lessons = {name: lesson | {"version": VERSION + 1} for name, lesson in here.lessons().items()}
    assert mean(Knowledge(lessons.get), checked(1)) == mean(Knowledge(), checked(1))
    stale = replace(contact, learned=dict(contact.learned) | {"version": VERSION + 1})
    assert mean(Knowledge(), stale) == mean(Knowledge(), checked())


def test_the_same_result_again_changes_nothing() -> None:
    knowledge = Knowledge()
    contact = failing(knowledge, checked())
    lessons = knowledge.lessons()
    assert failing(knowledge, contact) is contact
    assert knowledge.lessons() == lessons


def test_letting_go_forgets_nothing_that_others_learned() -> None:
    knowledge = Knowledge()
    contact = failing(knowledge, checked(0))
    before = knowledge.estimates(contact, NOW), knowledge.estimates(checked(1), NOW)
    knowledge.let_go(contact)
    assert (knowledge.estimates(contact, NOW), knowledge.estimates(checked(1), NOW)) == before


def test_reports_teach_again_what_was_forgotten() -> None:
    contact, events = replace(checked(), learned={}), []
    for place, reports in enumerate([["DELIVERED", "READ"], ["FAILED"], ["FAILED", "DELIVERED"], ["BLOCKED"]]):
        message = factories.message(place, contact_id=contact.id, content=Content("Hello"), attempts=())
        message = accepted(attempted(message, SMS, f"k{place}", NOW, 0.0), 0, f"g{place}", NOW)
        for number, status in enumerate(reports):
            at = NOW + timedelta(minutes=10 * place + number)
            event = factories.event(
                10 * place + number,
                message_id=message.id,
                channel=SMS,
                status=status,
                attempt=0,
                at=at,
                reason_code=None,
            )
            message, contact = taught(reported(message, event), contact, 0, at)
            events.append(event)
    assert not is_forgotten(contact)
    lost = replace(contact, learned={})
    assert is_forgotten(lost)
    assert not is_forgotten(checked())
    for told in (events, events[::-1]):
        assert Knowledge().replayed(lost, (), told).learned == contact.learned


class TestSegment:
    def test_a_lookup_is_a_check(self) -> None:
        segment = segment_of(checked())
        assert segment.checks == {"whatsapp": "available", "sms": "unknown"}
        assert (segment.region, segment.number_type) == ("US", checked().number_type.value)

    @pytest.mark.parametrize(("result", "said"), [(StepResult.YES, "available"), (StepResult.NO, "unavailable")])
    def test_a_delivery_is_none(self, result: StepResult, said: str) -> None:
        contact = checked(source=Source.DELIVERY)
        assert segment_of(contact).checks["whatsapp"] == "unknown"
        step = LifecycleStep(StepKind.DETECT_WHATSAPP, result, NOW, "")
        assert segment_of(contact.with_step(step)).checks["whatsapp"] == said

    def test_a_person_who_wrote_says_yes(self) -> None:
        contact = factories.contact(0).with_step(LifecycleStep(StepKind.DETECT_WHATSAPP, StepResult.NO, NOW, ""))
        for hours, said in ((-1, "unknown"), (1, "available")):
            wrote = replace(contact.status(WHATSAPP), last_inbound_at=NOW + timedelta(hours=hours))
            assert segment_of(contact.with_status(wrote)).checks["whatsapp"] == said


class Event(NamedTuple):
    """A result of somebody, or what is done to the knowledge of somebody."""

    person: int
    outcome: Outcome | None
    """None for learning this person anew."""
    hours: int
    message: str


class Archive:
    """Contacts and lessons as a store keeps them, each change by a knowledge of its own."""

    def __init__(self) -> None:
        self.contacts = [checked(place) for place in range(3)]
        self.lessons: dict[str, dict[str, Any]] = {}
        self.events: list[list[DeliveryEvent]] = [[], [], []]

    def take(self, told: Event) -> None:
        knowledge, contact = Knowledge(self.lessons.get), self.contacts[told.person]
        if told.outcome is None:
            contact = knowledge.relearned(contact, (), self.events[told.person])
        else:
            at = NOW + timedelta(hours=told.hours)
            contact = knowledge.learned(contact, SMS, told.outcome, at, message_id=told.message, first_choice=True)
            self.events[told.person].append(event_of(told, contact, at))
        self.contacts[told.person] = replace(contact, learned=json.loads(json.dumps(contact.learned)))
        self.lessons |= json.loads(json.dumps(knowledge.lessons()))

    def begin(self) -> None:
        self.lessons[EPOCH] = Epoch.of(self.lessons.get).begun().state()

    def finish(self) -> None:
        for person in range(3):
            self.take(Event(person, None, 0, ""))
        self.lessons[EPOCH] = Epoch(Epoch.of(self.lessons.get).number).state()


def event_of(told: Event, contact: Contact, at: datetime) -> DeliveryEvent:
    assert told.outcome is not None
    status = "DELIVERED" if told.outcome is Outcome.DELIVERED else "FAILED"
    code = "30006" if told.outcome is Outcome.FAILED_HARD else None
    return factories.event(
        0,
        message_id=told.message,
        contact_id=contact.id,
        channel=SMS,
        status=status,
        attempt=0,
        at=at,
        reason_code=code,
    )


def bare(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != "epoch"}


happenings = st.lists(
    st.builds(
        Event,
        st.integers(0, 2),
        st.sampled_from([*Outcome, None]),
        st.integers(-40, 40),
        st.sampled_from("abcde"),
    ),
    max_size=14,
)


@given(happenings, happenings, happenings)
@settings(deadline=None, max_examples=40)
def test_learning_anew_is_learning_for_the_first_time(
    before: list[Event], meanwhile: list[Event], after: list[Event]
) -> None:
    archive, fresh = Archive(), Archive()
    for told in before:
        archive.take(told)
    archive.begin()
    for told in meanwhile:
        archive.take(told)
    archive.begin()
    assert Epoch.of(archive.lessons.get) == Epoch(1, is_done=False), "an epoch that is not done goes on"
    archive.finish()
    for told in after:
        archive.take(told)
    for told in (*before, *meanwhile, *after):
        fresh.take(told)
    fresh.finish()
    assert [bare(contact.learned) for contact in archive.contacts] == [
        bare(contact.learned) for contact in fresh.contacts
    ]
    for name, lesson in fresh.lessons.items():
        if name != EPOCH and lesson["people"]:
            assert bare(archive.lessons[name]) == bare(lesson)
    reader = Knowledge(archive.lessons.get)
    for contact, events in zip(archive.contacts, archive.events, strict=True):
        assert reader.is_learned(contact) is bool(events)


def test_what_a_contact_brings_along_from_an_earlier_epoch_holds_for_itself() -> None:
    here = Knowledge()
    contact = failing(here, checked())
    lessons = {**here.lessons(), EPOCH: Epoch(1, is_done=False).state()}
    there = Knowledge(lessons.get)
    assert mean(there, contact) < 0.1
    assert there.estimates(checked(1), NOW)[WHATSAPP].group_size == 0, "its groups do not know of it"
    assert not there.is_learned(contact)
    again = failing(there, contact)
    assert again.learned["epoch"] == 1
    assert bare(again.learned) == contact.learned
    assert there.estimates(checked(1), NOW)[WHATSAPP].group_size == 1
    assert Knowledge(lessons.get).is_learned(again) is False
    assert Knowledge({**lessons, **there.lessons()}.get).is_learned(again)


def test_an_epoch_of_another_version_is_not_done() -> None:
    state = Epoch(3).state()
    assert Epoch.of({EPOCH: state}.get) == Epoch(3)
    assert Epoch.of({EPOCH: state | {"version": VERSION + 1}}.get) == Epoch(3, is_done=False)
    assert Epoch.of(lambda name: None).begun() == Epoch(1, is_done=False)
    assert Knowledge().is_learned(checked()) is False
