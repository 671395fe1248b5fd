"""Whatever comes as an answer of Sent's is read, or left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.message import Content, MessageStatus
from sent_tui.gateways.gateway import Receipt
from sent_tui.gateways.sent_answers import (
    ROUTE_FAILED,
    SETTLED_AFTER,
    is_this,
    moment,
    part,
    parts,
    read_account,
    read_findings,
    read_lookup,
    read_receipt,
    read_reports,
    read_template,
    text,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TO = "+14155550100"
RECEIPT = Receipt("m-1", TO, Channel.WHATSAPP, NOW)
AUTOMATIC = Receipt("m-1", TO, Channel.WHATSAPP, NOW, automatic=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
FIELDS = ("recipients", "message_id", "to", "events", "status", "timestamp", "channel", "channels", "name", "variables")
SHAPED = st.dictionaries(st.sampled_from(FIELDS), JSON | st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON)))


def events(*told: tuple[float, str] | tuple[float, str, str]) -> list[dict[str, Any]]:
    return [
        {"timestamp": NOW + timedelta(seconds=one[0]), "status": one[1], "reason_code": (*one, None)[2]} for one in told
    ]


def statuses(message: object, receipt: Receipt, seconds: float = 3600) -> list[str]:
    return [report.status for report in read_reports(message, receipt, NOW + timedelta(seconds=seconds))]


@given(JSON | SHAPED)
def test_nothing_that_comes_is_stumbled_on(data: object) -> None:
    read_receipt(data, TO, Channel.SMS, NOW, automatic=True)
    read_findings(data)
    read_lookup(data)
    read_account(data)
    read_template(data)
    is_this(data, TO, Content("x"), Channel.SMS)
    is_this(data, TO, Content("x", "t"), None)
    for receipt in (RECEIPT, AUTOMATIC):
        reports = read_reports(data, receipt, NOW)
        assert all(report.status and report.at.tzinfo for report in reports)


def test_fields_of_models_and_of_objects() -> None:
    assert part({"a": 1}, "a") == 1
    assert part(RECEIPT, "to") == TO
    assert part(None, "a") is None
    assert text({"a": " one\n\x00 two "}, "a") == "one \x00 two"
    assert text({"a": "x" * 5000}, "a") == "x" * 200
    assert text({"a": 1}, "a") == ""
    assert parts({"a": "no list"}, "a") == ()


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2026-03-02T09:30:00.1234567Z", NOW.replace(microsecond=123456)),
        ("2026-03-02T09:30:00", NOW),
        ("2026-03-02T10:30:00+01:00", NOW),
        (NOW.replace(tzinfo=None), NOW),
        ("soon", None),
        (17, None),
        (None, None),
    ],
)
def test_times(value: object, at: datetime | None) -> None:
    assert moment(value) == at


def test_a_receipt_is_that_of_the_number() -> None:
    rows = [{"to": "+14155550199", "message_id": "other"}, {"to": TO, "message_id": "m-1"}]
    assert read_receipt({"recipients": rows}, TO, Channel.WHATSAPP, NOW, automatic=False) == RECEIPT
    assert read_receipt({"recipients": rows[:1]}, TO, Channel.SMS, NOW, automatic=False) is not None
    nameless: tuple[object, ...] = (
        {"recipients": []},
        {"recipients": [{"to": TO}]},
        {"recipients": [*rows[:1], {}]},
        1,
    )
    for data in nameless:
        assert read_receipt(data, TO, Channel.SMS, NOW, automatic=False) is None


@pytest.mark.parametrize(
    ("listed", "whatsapp", "sms"),
    [
        ("sms,whatsapp", Availability.AVAILABLE, Availability.AVAILABLE),
        (" SMS ; rcs,,", Availability.UNAVAILABLE, Availability.AVAILABLE),
        ("rcs", Availability.UNAVAILABLE, Availability.UNAVAILABLE),
        ("", Availability.UNKNOWN, Availability.UNKNOWN),
        (" , ", Availability.UNKNOWN, Availability.UNKNOWN),
        (None, Availability.UNKNOWN, Availability.UNKNOWN),
    ],
)
def test_channels_are_read_tolerantly(listed: str | None, whatsapp: Availability, sms: Availability) -> None:
    found = {each.channel: each for each in read_findings({"available_channels": listed})}
    assert (found[Channel.WHATSAPP].availability, found[Channel.SMS].availability) == (whatsapp, sms)
    if listed and "rcs" in listed:
        assert "rcs" in found[Channel.SMS].evidence


def test_a_number_that_sent_does_not_know_says_nothing() -> None:
    assert {each.availability for each in read_findings(None)} == {Availability.UNKNOWN}


@pytest.mark.parametrize(
    ("data", "sms", "words"),
    [
        ({"line_type": "Mobile", "carrier_name": "Harbour"}, Availability.AVAILABLE, "Mobile of Harbour (paid lookup)"),
        ({"line_type": "Fixed Line"}, Availability.UNAVAILABLE, "Fixed Line (paid lookup)"),
        ({"line_type": "satellite"}, Availability.UNKNOWN, "satellite (paid lookup)"),
        (
            {"is_voip": True, "is_ported": True},
            Availability.UNKNOWN,
            "line of unknown kind over the internet, ported (paid lookup)",
        ),
    ],
)
def test_a_paid_lookup_speaks_of_the_line(data: object, sms: Availability, words: str) -> None:
    (found,) = read_lookup(data)
    assert (found.channel, found.availability, found.evidence) == (Channel.SMS, sms, words)


def test_a_number_that_is_not_in_use_has_no_channel() -> None:
    assert {each.availability for each in read_lookup({"is_valid": False})} == {Availability.UNAVAILABLE}


def test_an_account_has_the_channels_that_sent_names() -> None:
    channels = {"sms": {"configured": True, "phone_number": TO}, "rcs": {"configured": False}, "telex": None}
    account = read_account({"id": "c-1", "name": "Lantern", "type": "user", "channels": channels})
    assert (account.name, account.kind, account.usable) == ("Lantern", "user", ("SMS",))
    assert [(each.name, each.is_set_up, each.sender) for each in account.channels] == [
        ("sms", True, TO),
        ("rcs", False, ""),
    ]
    assert read_account({"id": "c-1"}).name == "c-1"


def test_a_template_stands_for_its_text() -> None:
    template = read_template(
        {"name": "order", "variables": ["name", "no", "name", 7, "a b", "{{x}}"], "category": "MARKETING"}
    )
    assert template is not None
    assert template.body == "Template order with name: {{name}}, no: {{no}}"
    assert (template.variables, template.category, template.language) == (("name", "no"), "marketing", "en")
    assert read_template({"name": ""}) is None


def test_reports_are_sorted_and_unknown_ones_stay() -> None:
    told = events((2, "delivered"), (0, "QUEUED"), (1, "Pondering"))
    assert statuses({"events": told}, RECEIPT) == ["QUEUED", "Pondering", "DELIVERED"]


@pytest.mark.parametrize("status", [MessageStatus.RECEIVED, MessageStatus.PLANNED, MessageStatus.UNKNOWN, ROUTE_FAILED])
def test_a_status_that_means_something_else_here_is_told_apart(status: str) -> None:
    assert statuses({"events": events((0, status))}, RECEIPT) == [f"{status} (Sent)"]


def test_events_without_a_time_or_a_status_are_left_out() -> None:
    told = [{"status": "SENT"}, {"timestamp": NOW}, *events((0, "QUEUED")), "SENT", None]
    assert statuses({"events": told}, RECEIPT) == ["QUEUED"]


def test_without_a_history_the_present_status_counts_from_the_hand_over() -> None:
    (report,) = read_reports({"status": "FAILED", "reason_code": "DELIVERY_007", "reason": "why"}, RECEIPT, NOW)
    assert (report.status, report.at, report.reason_code, report.detail) == ("FAILED", NOW, "DELIVERY_007", "why")


def test_a_pinned_message_fails_at_once() -> None:
    assert statuses({"events": events((0, "QUEUED"), (1, "FAILED"))}, RECEIPT, 1) == ["QUEUED", "FAILED"]


def test_with_automatic_routing_a_failure_is_the_end_when_nothing_follows() -> None:
    told = {"events": events((0, "QUEUED"), (1, "FAILED", "DELIVERY_007")), "channel": "sms"}
    settled = 1 + SETTLED_AFTER.total_seconds()
    assert statuses(told, AUTOMATIC, settled - 1) == ["QUEUED", ROUTE_FAILED]
    assert statuses(told, AUTOMATIC, settled) == ["QUEUED", ROUTE_FAILED, "FAILED"]
    last = read_reports(told, AUTOMATIC, NOW + timedelta(hours=1))[-1]
    assert (last.channel, last.reason_code, last.elsewhere) == (Channel.SMS, "DELIVERY_007", False)


def test_with_automatic_routing_another_way_may_deliver() -> None:
    told = {"events": events((0, "QUEUED"), (1, "FAILED"), (2, "QUEUED"), (3, "DELIVERED")), "channel": "SMS"}
    reports = read_reports(told, AUTOMATIC, NOW + timedelta(hours=1))
    assert [report.status for report in reports] == ["QUEUED", ROUTE_FAILED, "QUEUED", "DELIVERED"]
    assert [report.channel for report in reports] == [None, None, None, Channel.SMS]


@pytest.mark.parametrize(
    ("channel", "known", "elsewhere"),
    [("whatsapp", Channel.WHATSAPP, False), ("rcs", None, True), ("sent", None, False), (None, None, False)],
)
def test_the_channel_that_sent_took(channel: str | None, known: Channel | None, elsewhere: bool) -> None:
    told = {"events": events((1, "DELIVERED")), "channel": channel}
    (automatic,) = read_reports(told, AUTOMATIC, NOW)
    assert (automatic.channel, automatic.elsewhere) == (known, elsewhere)
    (pinned,) = read_reports(told, RECEIPT, NOW)
    assert (pinned.channel, pinned.elsewhere) == (None, False)


SENT: dict[str, object] = {
    "direction": "OUTBOUND",
    "phone": TO,
    "channel": "sms",
    "message_body": {"content": "Hello  there"},
    "template_name": "order",
    "template_id": "t-2",
}


@pytest.mark.parametrize(
    ("change", "content", "channel", "fits"),
    [
        ({}, Content("Hello there"), Channel.SMS, True),
        ({}, Content("Hello there"), None, True),
        ({"channel": None, "direction": None, "phone": None}, Content("Hello there"), Channel.SMS, True),
        ({}, Content("Hello there"), Channel.WHATSAPP, False),
        ({}, Content("Hello"), Channel.SMS, False),
        ({"message_body": None}, Content("Hello there"), Channel.SMS, False),
        ({"direction": "Inbound"}, Content("Hello there"), Channel.SMS, False),
        ({"phone": "+14155550199"}, Content("Hello there"), Channel.SMS, False),
        ({}, Content("…", "order"), Channel.SMS, True),
        ({}, Content("…", "order#t-2"), Channel.SMS, True),
        ({}, Content("…", "order#t-3"), Channel.SMS, False),
        ({}, Content("…", "hours"), Channel.SMS, False),
    ],
)
def test_which_message_of_a_conversation_is_the_one(
    change: dict[str, object], content: Content, channel: Channel | None, fits: bool
) -> None:
    assert is_this({**SENT, **change}, TO, content, channel) is fits
