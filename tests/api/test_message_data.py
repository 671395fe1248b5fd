"""What Sent's names make of the states that only sent-tui knows."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from sent_tui.api.message_data import activity_data, happenings, message_data, template_id, wire_status
from sent_tui.api.messages import shown
from sent_tui.core.channel import Channel
from sent_tui.core.message import Content, MessageStatus
from sent_tui.store.memory import MemoryRepository
from tests.factories import NOW, attempt, contact, event, known_contact, message, number, steps, waiting

if TYPE_CHECKING:
    from sent_tui.api.desk import Desk

LATER = NOW + timedelta(minutes=5)


def statuses(*given: object, **changes: object) -> list[str]:
    return [each.status for each in happenings(message(**changes), given)]  # type: ignore[arg-type]


def test_what_is_just_being_handed_over_is_queued() -> None:
    planned = message(status="PLANNED", attempts=(attempt(status="PLANNED", gateway_id=None, ended_at=None),))
    assert wire_status(planned) == "QUEUED"
    assert wire_status(waiting(send_at=NOW)) == "QUEUED"
    assert wire_status(waiting(send_at=NOW + timedelta(hours=1))) == "SCHEDULED"


def test_what_may_have_been_sent_is_no_more_than_processed() -> None:
    lost = attempt(status="UNKNOWN", gateway_id=None, ended_at=None)
    assert wire_status(message(status="UNKNOWN", attempts=(lost,))) == "PROCESSED"
    assert statuses(status="UNKNOWN", attempts=(lost,), updated_at=LATER) == ["QUEUED", "PROCESSED"]


def test_a_status_that_is_not_known_stays_as_it_is() -> None:
    assert wire_status(message(status="PARKED")) == "PARKED"
    parked = event(1, status="PARKED")
    assert statuses(parked, attempts=(attempt(status="PARKED", ended_at=None),), status="PARKED") == [
        "QUEUED",
        "PARKED",
    ]


def test_each_way_that_is_tried_begins_queued() -> None:
    tried = (
        attempt(0, status="FAILED", reason_code="DELIVERY_007"),
        attempt(2, channel=Channel.SMS, status="DELIVERED", reason_code=None),
    )
    heard = (
        event(0, status="QUEUED", reason_code=None),
        event(1, status="FAILED", reason_code="DELIVERY_007"),
        event(3, attempt=1, channel=Channel.SMS, status="SENT", reason_code=None),
        event(4, attempt=1, channel=Channel.SMS, status="DELIVERED", reason_code=None),
    )
    sent = message(status="DELIVERED", attempts=tried, steps=steps())
    assert [each.status for each in happenings(sent, heard)] == ["QUEUED", "FAILED", "QUEUED", "SENT", "DELIVERED"]
    newest, *_, oldest = activity_data(sent, heard)
    assert (newest["status"], oldest["status"]) == ("DELIVERED", "QUEUED")
    prices = {each["status"]: each["price"] for each in activity_data(sent, heard)}
    assert (prices["SENT"], prices["DELIVERED"]) == ("0.0075", "0.0000")
    data = message_data(sent, heard, known_contact(), "customer")
    assert (data["channel"], data["status"], data["price"]) == ("sms", "DELIVERED", 0.015)
    assert "reason_code" not in data


def test_a_number_is_written_as_what_it_is_whatever_its_contact_has_by_now() -> None:
    own = message_data(message(), (), contact(region_code="CA"), "customer")
    assert (own["phone"], own["phone_international"], own["region_code"]) == (number(), "+1 200-555-0100", "CA")
    merged = message_data(message(to="+442079460001"), (), contact(region_code="CA"), "customer")
    assert (merged["phone_international"], merged["region_code"]) == ("+44 20 7946 0001", "GB")
    assert merged["contact_id"] == contact().id


def test_the_contact_is_the_one_that_has_the_message_not_the_one_that_has_the_number() -> None:
    repository = MemoryRepository()
    repository.add([contact(0, region_code="CA"), contact(1)])
    merged = message(0, 1, to=number(0))
    workspace = SimpleNamespace(repository=repository)
    desk = cast("Desk", SimpleNamespace(workspace=workspace, customer_id="customer"))
    data = shown(desk, merged)
    assert (data["contact_id"], data["region_code"]) == (contact(1).id, None)
    assert shown(desk, message(0))["region_code"] == "CA"
    repository.delete([contact(0).id])
    assert shown(desk, message(0))["region_code"] is None


def test_a_refusal_at_the_hand_over_is_told() -> None:
    refused = attempt(status="FAILED", gateway_id=None, reason_code=None)
    assert statuses(status="FAILED", attempts=(refused,), steps=steps(Channel.SMS)) == ["QUEUED", "FAILED"]


def test_a_fallback_that_consent_stopped_is_told() -> None:
    failed = attempt(status="FAILED", reason_code="DELIVERY_007")
    heard = event(1, status="FAILED", reason_code="DELIVERY_007")
    told = happenings(
        message(status="FILTERED", reason_code="CONSENT_001", attempts=(failed,), updated_at=LATER), [heard]
    )
    assert [(each.status, each.reason_code) for each in told] == [
        ("QUEUED", None),
        ("FAILED", "DELIVERY_007"),
        ("FILTERED", "CONSENT_001"),
    ]


def test_what_a_person_wrote_was_received() -> None:
    inbound = message(status=MessageStatus.RECEIVED, attempts=(), steps=steps(Channel.WHATSAPP))
    data = message_data(inbound, (), None, "customer")
    assert (data["direction"], data["channel"], data["status"]) == ("inbound", "whatsapp", "RECEIVED")
    assert [each["status"] for each in data["events"]] == ["RECEIVED"]
    assert (data["phone_international"], data["region_code"]) == (None, None)


def test_a_scheduled_message_that_was_called_off_tells_its_time() -> None:
    off = waiting(send_at=NOW + timedelta(hours=1), status="CANCELLED", updated_at=LATER)
    newest, *_ = activity_data(off, ())
    assert (newest["status"], newest["scheduled_at"]) == ("CANCELLED", "2026-03-02T10:30:00Z")
    assert message_data(off, (), None, "customer")["scheduled_at"] == "2026-03-02T10:30:00Z"


def test_a_template_is_named_by_an_id_of_its_own() -> None:
    data = message_data(
        message(content=Content("Hello Ada", "welcome", {"name": "Ada"}, "marketing")), (), None, "customer"
    )
    assert data["template_id"] == template_id("welcome") != template_id("order_update")
    assert (data["template_name"], data["template_category"]) == ("welcome", "MARKETING")
