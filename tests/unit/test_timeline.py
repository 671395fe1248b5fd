"""What happened to a message, moment by moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.timeline import Moment, moments
from tests.factories import NOW, attempt, event, message, waiting

WHATSAPP = Channel.WHATSAPP


def later(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


def test_everything_in_the_order_of_time() -> None:
    tried = attempt(accepted_at=NOW + later(1), overdue_at=NOW + later(20))
    known = replace(message(0), attempts=(tried,), given_up_at=NOW + later(60))
    told = [
        event(5, status="FAILED", reason_code="DELIVERY_003"),
        event(2, status="SENT", reason_code=None),
        event(30, status="READ"),
        event(6, status="FAILED", reason_code=None, detail="phone off"),
    ]
    assert moments(known, told) == [
        Moment(NOW, "written down"),
        Moment(NOW, "begun", WHATSAPP),
        Moment(NOW + later(1), "taken by the gateway", WHATSAPP),
        Moment(NOW + later(2), "sent", WHATSAPP, "SENT"),
        Moment(NOW + later(5), "failed: the phone could not be reached in time (DELIVERY_003)", WHATSAPP, "FAILED"),
        Moment(NOW + later(6), "failed: phone off", WHATSAPP, "FAILED"),
        Moment(NOW + later(20), "overdue: it took longer than its step may", WHATSAPP),
        Moment(NOW + later(30), "read (DELIVERY_003)", WHATSAPP, "READ"),
        Moment(NOW + later(60), "no longer asked after: no report came"),
    ]


def words(*args: Any) -> list[str]:
    return [moment.words for moment in moments(*args)]


def test_how_it_ended_before_it_went_out() -> None:
    called_off = replace(waiting(), status="CANCELLED", updated_at=NOW + later(9))
    assert moments(called_off, [])[-1] == Moment(NOW + later(9), "cancelled")
    opted_out = message(0, status="FILTERED", attempts=(), reason_code="CONSENT_001")
    assert words(opted_out, []) == ["written down", "filtered: the person has opted out (CONSENT_001)"]
    gone = message(0, status="FAILED", attempts=(), steps=(), reasons=("The contact was deleted.",))
    assert words(gone, []) == ["written down", "failed: The contact was deleted."]


def test_what_stopped_it_after_a_step() -> None:
    failed = attempt(status="FAILED", reason_code="DELIVERY_003")
    known = message(
        0, status="FILTERED", attempts=(failed,), steps=(), reason_code="CONSENT_001", updated_at=NOW + later(7)
    )
    assert words(known, [event(5, status="FAILED")])[-1] == "filtered: the person has opted out (CONSENT_001)"
    assert words(replace(known, status="FAILED", reason_code=None), [event(5, status="FAILED")])[-1].startswith(
        "failed"
    )


def test_what_no_gateway_took() -> None:
    refused = attempt(status="FAILED", gateway_id=None, accepted_at=None, ended_at=NOW + later(1), detail="no balance")
    known = message(0, status="FAILED", attempts=(refused,), steps=())
    assert words(known, []) == ["written down", "begun", "not taken by the gateway: no balance"]


def test_one_that_waits_and_one_from_the_person() -> None:
    assert [moment.words for moment in moments(waiting(send_at=NOW + later(5)), [])] == ["written down", "to go out"]
    assert [moment.words for moment in moments(message(0, status="RECEIVED", attempts=()), [])] == ["received"]
