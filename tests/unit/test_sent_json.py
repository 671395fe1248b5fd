"""Contacts, messages and plans as JSON in Sent's field names."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, ChannelStatus
from sent_tui.core.contact import Contact, new_contact
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.lifecycle import default_set, normalised, sms_assessed
from sent_tui.core.message import Content, DeliveryEvent, Message
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.progress import accepted, attempted
from sent_tui.core.routing import plan_route
from sent_tui.core.sent_json import contact_json, message_json, number_json, plan_json, sent_fields, timestamp
from tests.factories import steps

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SENT_FIELDS = [
    "id", "customer_id", "phone_number", "format_e164", "format_international", "format_national", "format_rfc",
    "country_code", "region_code", "available_channels", "default_channel", "opt_out", "is_inherited",
    "created_at", "updated_at",
]  # fmt: skip


def number() -> PhoneNumber:
    parsed = parse("(415) 555-0123", "US")
    assert isinstance(parsed, PhoneNumber)
    return parsed


def contact() -> Contact:
    fresh = replace(new_contact(number(), contact_id="c1", at=NOW), name="Ada", tags=("vip",), notes="n")
    fresh = replace(fresh, fields=(("plan", "gold"),))
    return default_set(sms_assessed(normalised(fresh, NOW), None, NOW), NOW)


def test_sent_fields_are_sents_and_only_those() -> None:
    fields = sent_fields(contact())
    assert list(fields) == SENT_FIELDS
    assert fields["available_channels"] == "sms"
    assert fields["default_channel"] == "sms"
    assert fields["country_code"] == "1"
    assert fields["created_at"] == "2026-11-20T12:00:00Z"
    assert fields["updated_at"] is None


def test_channels_never_detected_are_null() -> None:
    assert sent_fields(new_contact(number(), contact_id="c1", at=NOW))["available_channels"] is None


def test_a_contact_adds_local_fields_and_channels() -> None:
    known = contact_json(contact(), Knowledge().estimates(contact(), NOW))
    assert known["local"] == {"name": "Ada", "tags": ["vip"], "notes": "n", "fields": {"plan": "gold"}}
    by_channel = {channel["channel"]: channel for channel in known["channels"]}
    assert set(by_channel) == {"whatsapp", "sms"}
    assert by_channel["sms"]["availability"] == "available"
    assert {"checked_at", "source", "attempts", "delivered", "failed", "estimate", "low", "high"} <= set(
        by_channel["sms"]
    )
    assert known["lifecycle"][0]["step"] == "validate"
    json.dumps(known)


def test_a_number() -> None:
    assert number_json(number())["format_rfc"] == "tel:+1-415-555-0123"


def test_a_plan() -> None:
    closed = contact().with_status(ChannelStatus(Channel.WHATSAPP, Availability.UNAVAILABLE))
    plan = plan_json(plan_route(closed, Content("Hello"), NOW))
    shown = {"channel", "estimate", "low", "high", "cost", "fallback_after", "until", "reason"}
    assert [set(step) for step in plan["steps"]] == [shown]
    assert plan["excluded"][0]["channel"] == "whatsapp"


def test_a_message_with_its_attempts_and_events() -> None:
    planned = Message("m1", "c1", "+14155550123", Content("Hi"), "PLANNED", NOW, NOW, "simulator", steps(Channel.SMS))
    sent = accepted(attempted(planned, Channel.SMS, "k", NOW, 0.0085), 0, "g1", NOW)
    event = DeliveryEvent("e1", "m1", "c1", 0, Channel.SMS, "QUEUED", NOW)
    known = message_json(sent, (event,))
    assert known["attempts"][0]["message_id"] == "g1"
    assert known["events"][0]["status"] == "QUEUED"
    assert known["channel"] == "sms"
    assert known["steps"][0] | {"channel": "sms", "until": "DELIVERED", "fallback_after": 900.0} == known["steps"][0]
    assert (known["final"], known["given_up_at"], known["possible_duplicate"]) == (False, None, None)
    assert message_json(planned)["channel"] is None


def test_times_are_utc_with_a_z() -> None:
    assert timestamp(None) is None
    there = datetime(2026, 11, 20, 14, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(there) == timestamp(there.astimezone(UTC)) == "2026-11-20T12:00:00Z"
    assert timestamp(datetime.min.replace(tzinfo=there.tzinfo)) == "0001-01-01T00:00:00+02:00"
