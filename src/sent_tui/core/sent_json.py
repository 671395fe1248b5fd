"""Contacts, messages and plans as JSON, in Sent's field names."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sent_tui.core.ageing import confidence, is_closed_by_fact
from sent_tui.core.channel import Channel, ChannelStatus
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import DefaultMove
from sent_tui.core.delivery import Explanation
from sent_tui.core.estimate import Estimate
from sent_tui.core.message import Attempt, DeliveryEvent, Message, PlannedStep
from sent_tui.core.phone import PhoneNumber
from sent_tui.core.rationale import Rationale
from sent_tui.core.recheck import Proposal
from sent_tui.core.route_plan import RoutePlan
from sent_tui.core.sent_contact import SentCopy

Json = dict[str, Any]
"""A JSON object."""


def timestamp(at: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC with a `Z`."""
    if at is None:
        return None
    # The first and the last day that there is do not exist in every zone.
    with suppress(OverflowError):
        at = at.astimezone(UTC)
    return at.isoformat().replace("+00:00", "Z")


def number_json(number: PhoneNumber) -> Json:
    """Return the formats and facts of a number."""
    return {
        "phone_number": number.raw,
        "valid": number.is_valid,
        "format_e164": number.e164,
        "format_international": number.international,
        "format_national": number.national,
        "format_rfc": number.rfc3966,
        "country_code": number.country_code,
        "region_code": number.region_code,
        "number_type": number.number_type.value,
        "extension": number.extension,
        "doubts": [doubt.value for doubt in number.doubts],
    }


def sent_fields(contact: Contact) -> Json:
    """Return Sent's own fields of a contact, and no others."""
    return {
        "id": contact.id,
        "customer_id": contact.customer_id,
        "phone_number": contact.phone_number,
        "format_e164": contact.format_e164,
        "format_international": contact.format_international,
        "format_national": contact.format_national,
        "format_rfc": contact.format_rfc,
        "country_code": contact.country_code,
        "region_code": contact.region_code,
        "available_channels": contact.available_channels,
        "default_channel": contact.default_channel.value if contact.default_channel else None,
        "opt_out": contact.opt_out,
        "is_inherited": contact.is_inherited,
        "created_at": timestamp(contact.created_at),
        "updated_at": timestamp(contact.updated_at),
    }


def contact_json(contact: Contact, estimates: Mapping[Channel, Estimate]) -> Json:
    """Return a contact with Sent's fields, our local ones, and what is known of each channel."""
    return {
        **sent_fields(contact),
        "number_type": contact.number_type.value,
        "at_sent": at_sent_json(contact.sent) if contact.sent is not None else None,
        "default_pinned": contact.default_pinned,
        "default_reason": contact.default_reason,
        "local": {
            "name": contact.name,
            "tags": list(contact.tags),
            "notes": contact.notes,
            "fields": dict(contact.fields),
        },
        "channels": [channel_json(status, estimates[status.channel]) for status in contact.channels],
        "lifecycle": [
            {
                "step": step.kind.value,
                "result": step.result.value,
                "at": timestamp(step.at),
                "evidence": step.evidence,
            }
            for step in contact.lifecycle
        ],
    }


def at_sent_json(copy: SentCopy) -> Json:
    """Return what Sent said of a contact when it was last read; channels that are not known here among it."""
    return {
        "id": copy.id,
        "available_channels": copy.channels or None,
        "default_channel": copy.default_channel or None,
        "opt_out": copy.opt_out,
        "updated_at": timestamp(copy.stamp),
    }


def channel_json(status: ChannelStatus, known: Estimate) -> Json:
    """Return what is known of one channel, with the estimate of the next message's delivery."""
    return {
        "channel": status.channel.value,
        "availability": status.availability.value,
        "since": timestamp(status.since),
        "checked_at": timestamp(status.checked_at),
        "source": status.source.value,
        "evidence": status.evidence,
        "attempts": status.attempts,
        "delivered": status.delivered,
        "failed": status.failed,
        "last_delivered_at": timestamp(status.last_delivered_at),
        "last_failed_at": timestamp(status.last_failed_at),
        "last_inbound_at": timestamp(status.last_inbound_at),
        "estimate": round(known.mean, 4),
        "low": round(known.low, 4),
        "high": round(known.high, 4),
    }


def check_json(status: ChannelStatus, now: datetime) -> Json:
    """Return when a channel was last seen as it is said to be, and how sure that still is."""
    known = confidence(status, now)
    return {
        "channel": status.channel.value,
        "availability": status.availability.value,
        "seen_at": timestamp(known.at) if known else None,
        "age": known.age.value if known else None,
        "holds": round(known.probability, 4) if known else None,
        "held_at_first": round(known.at_first, 4) if known else None,
        "closed_by_fact": is_closed_by_fact(status),
    }


def proposal_json(proposal: Proposal) -> Json:
    """Return why a check of a contact would pay."""
    return {
        "contact_id": proposal.contact_id,
        "channel": proposal.channel.value,
        "answer": proposal.answer.value,
        "chance": round(proposal.chance, 4),
        "first": proposal.first.value if proposal.first else None,
        "then": proposal.then.value if proposal.then else None,
        "gain": round(proposal.gain, 4),
        "reason": proposal.reason,
    }


def move_json(move: DefaultMove) -> Json:
    """Return one move of a default channel."""
    return {
        "at": timestamp(move.at),
        "from": move.before.value if move.before else None,
        "to": move.after.value if move.after else None,
        "by": move.by.value,
        "reason": move.reason,
    }


def plan_json(plan: RoutePlan) -> Json:
    """Return a route plan."""
    return {
        "steps": [
            {
                "channel": step.channel.value,
                "estimate": round(step.estimate.mean, 4),
                "low": round(step.estimate.low, 4),
                "high": round(step.estimate.high, 4),
                "cost": round(step.cost, 6),
                "fallback_after": step.fallback_after.total_seconds(),
                "until": step.until.value,
                "reason": step.reason,
            }
            for step in plan.steps
        ],
        "excluded": [
            {
                "channel": out.channel.value,
                "kind": out.kind.value,
                "reason": out.reason,
                "since": timestamp(out.since),
            }
            for out in plan.excluded
        ],
        "hints": [{"channel": hint.channel.value, "kind": hint.kind.value, "text": hint.text} for hint in plan.hints],
        "reasons": list(plan.reasons),
        "delivery_chance": round(plan.delivery_chance, 4),
        "expected_cost": round(plan.expected_cost, 6),
    }


def rationale_json(rationale: Rationale) -> Json:
    """Return a route plan, and what the estimate of each channel rests on."""
    channels = [explanation_json(explanation) for explanation in rationale.channels.values()]
    return plan_json(rationale.plan) | {"channels": channels}


def explanation_json(explanation: Explanation) -> Json:
    """Return what the estimate of a channel rests on."""
    known = explanation.estimate
    return {
        "channel": known.channel,
        "state": explanation.words,
        "estimate": round(known.mean, 4),
        "low": round(known.low, 4),
        "high": round(known.high, 4),
        "reachable": round(known.reachable, 4),
        "delivered": known.delivered,
        "failed": known.failed,
        "observations": round(explanation.observations, 1),
        "people_like_this": {
            "number": known.others,
            "in_common": explanation.group_level,
            "estimate": round(known.group_mean, 4),
            "counts": round(explanation.group_weight, 4),
        },
        "evidence": [
            {
                "at": timestamp(told.at),
                "outcome": told.outcome.value,
                "message_id": told.message_id,
                "moved": round(told.moved, 4),
                "before": round(told.before, 4),
                "after": round(told.after, 4),
            }
            for told in explanation.evidence
        ],
    }


def message_json(message: Message, events: tuple[DeliveryEvent, ...] = ()) -> Json:
    """Return a message with its attempts and delivery events."""
    return {
        "id": message.id,
        "contact_id": message.contact_id,
        "to": message.to,
        "status": message.status,
        "channel": message.channel.value if message.channel else None,
        "reason_code": message.reason_code,
        "text": message.content.text,
        "template": message.content.template,
        "gateway": message.gateway,
        "route": [channel.value for channel in message.route],
        "steps": [planned_json(step) for step in message.steps],
        "send_at": timestamp(message.send_at),
        "batch": message.batch,
        "final": message.is_final,
        "given_up_at": timestamp(message.given_up_at),
        "possible_duplicate": message.possible_duplicate,
        "sent_elsewhere": message.is_foreign,
        "reasons": list(message.reasons),
        "created_at": timestamp(message.created_at),
        "updated_at": timestamp(message.updated_at),
        "attempts": [attempt_json(attempt) for attempt in message.attempts],
        "events": [event_json(event) for event in events],
    }


def planned_json(step: PlannedStep) -> Json:
    """Return one step of the plan that a message was given; times in seconds."""
    return {
        "channel": step.channel.value,
        "fallback_after": None if step.fallback_after is None else step.fallback_after.total_seconds(),
        "until": step.until.value,
        "estimate": _rounded(step.estimate, 4),
        "low": _rounded(step.low, 4),
        "high": _rounded(step.high, 4),
        "cost": round(step.cost, 6),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def attempt_json(attempt: Attempt) -> Json:
    """Return one attempt."""
    return {
        "channel": attempt.channel.value,
        "status": attempt.status,
        "reason_code": attempt.reason_code,
        "detail": attempt.detail,
        "message_id": attempt.gateway_id,
        "started_at": timestamp(attempt.started_at),
        "overdue_at": timestamp(attempt.overdue_at),
        "ended_at": timestamp(attempt.ended_at),
        "cost": round(attempt.cost, 6),
    }


def event_json(event: DeliveryEvent) -> Json:
    """Return one delivery event."""
    return {
        "attempt": event.attempt,
        "channel": event.channel.value,
        "status": event.status,
        "at": timestamp(event.at),
        "reason_code": event.reason_code,
        "detail": event.detail,
    }
