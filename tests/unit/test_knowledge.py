"""What the router asks of the delivery model: a contact brings its own piece along, groups are found by name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.contact import Contact, LifecycleStep, StepKind, StepResult
from sent_tui.core.delivery import VERSION
from sent_tui.core.knowledge import Knowledge, is_forgotten, segment_of
from sent_tui.core.message import Content
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
        assert Knowledge().replayed(lost, told).learned == contact.learned


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
