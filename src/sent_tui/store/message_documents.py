"""Messages, their delivery events, drafts and bulk sends as JSON objects, and back, as `documents` has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sent_tui.core.bulk import BulkSend, BulkStatus
from sent_tui.core.channel import Channel
from sent_tui.core.message import (
    USUAL,
    Attempt,
    Content,
    DeliveryEvent,
    Draft,
    Message,
    MessageStatus,
    PlannedStep,
    Wishes,
)
from sent_tui.core.outcome import Outcome
from sent_tui.store import fields
from sent_tui.store.journal_format import Document


def message_document(message: Message) -> Document:
    """Return a message as a document."""
    return {
        "id": message.id,
        "contact_id": message.contact_id,
        "to": message.to,
        "content": {"text": message.content.text}
        | fields.given(template=message.content.template, category=message.content.category)
        | fields.filled(variables=dict(message.content.variables)),
        "status": str(message.status),
        "created_at": fields.written(message.created_at),
        "updated_at": fields.written(message.updated_at),
        "gateway": message.gateway,
        "steps": [_planned_document(step) for step in message.steps],
        **fields.given(
            pinned=fields.word(message.pinned),
            reason_code=message.reason_code,
            send_at=fields.written(message.send_at),
            batch=message.batch,
            given_up_at=fields.written(message.given_up_at),
        ),
        **fields.filled(
            wishes=_wishes_document(message.wishes),
            reasons=list(message.reasons),
            attempts=list(map(_attempt_document, message.attempts)),
            decision=dict(message.decision),
            is_foreign=message.is_foreign,
        ),
    }


def message_from(document: Mapping[str, Any]) -> Message:
    """Return the message of a document; raises DocumentError."""
    content = fields.nested(document, "content")
    return Message(
        id=fields.key(document, "id"),
        contact_id=fields.text(document, "contact_id"),
        to=fields.text(document, "to"),
        content=Content(
            text=fields.text(content, "text"),
            template=fields.optional_text(content, "template"),
            variables=fields.variables(content),
            category=fields.optional_text(content, "category"),
        ),
        status=fields.text(document, "status"),
        created_at=fields.moment(document, "created_at"),
        updated_at=fields.moment(document, "updated_at"),
        gateway=fields.text(document, "gateway"),
        steps=_steps_from(document),
        reasons=fields.texts(document, "reasons"),
        attempts=tuple(fields.items(document, "attempts", _attempt_from)),
        pinned=fields.optional_member(document, "pinned", Channel),
        reason_code=fields.optional_text(document, "reason_code"),
        send_at=fields.optional_moment(document, "send_at"),
        batch=fields.optional_text(document, "batch"),
        wishes=_wishes_from(fields.nested(document, "wishes")) if "wishes" in document else USUAL,
        given_up_at=fields.optional_moment(document, "given_up_at"),
        decision=fields.nested(document, "decision") if "decision" in document else {},
        is_foreign=fields.flag(document, "is_foreign"),
    )


def _wishes_document(wishes: Wishes) -> Document:
    """Return what a person asked of the route; what is usual is left out."""
    return fields.given(after=fields.seconds(wishes.fallback_after)) | fields.filled(
        until="" if wishes.until is MessageStatus.DELIVERED else wishes.until.value, alone=not wishes.fallback
    )


def _wishes_from(document: Mapping[str, Any]) -> Wishes:
    return Wishes(
        fallback_after=fields.optional_span(document, "after"),
        until=fields.member(document, "until", MessageStatus, MessageStatus.DELIVERED),
        fallback=not fields.flag(document, "alone"),
    )


def _steps_from(document: Mapping[str, Any]) -> tuple[PlannedStep, ...]:
    """Return the plan of a message; an older document has nothing but the channels, in `route`."""
    if "steps" in document:
        return tuple(fields.items(document, "steps", _planned_from))
    channels = fields.members(Channel)
    return tuple(PlannedStep(channels.get(name, Channel.SMS)) for name in fields.texts(document, "route"))


def _planned_document(step: PlannedStep) -> Document:
    return (
        {"channel": step.channel.value}
        | fields.given(after=fields.seconds(step.fallback_after), estimate=step.estimate, low=step.low, high=step.high)
        | fields.filled(until="" if step.until is MessageStatus.DELIVERED else step.until.value, cost=step.cost)
    )


def _planned_from(document: Mapping[str, Any]) -> PlannedStep:
    return PlannedStep(
        channel=fields.member(document, "channel", Channel, Channel.SMS),
        fallback_after=fields.optional_span(document, "after"),
        until=fields.member(document, "until", MessageStatus, MessageStatus.DELIVERED),
        estimate=fields.optional_amount(document, "estimate"),
        low=fields.optional_amount(document, "low"),
        high=fields.optional_amount(document, "high"),
        cost=fields.amount(document, "cost"),
    )


def _attempt_document(attempt: Attempt) -> Document:
    return (
        {
            "channel": attempt.channel.value,
            "idempotency_key": attempt.idempotency_key,
            "started_at": fields.written(attempt.started_at),
            "status": str(attempt.status),
        }
        | fields.given(
            gateway_id=attempt.gateway_id,
            accepted_at=fields.written(attempt.accepted_at),
            ended_at=fields.written(attempt.ended_at),
            overdue_at=fields.written(attempt.overdue_at),
            reason_code=attempt.reason_code,
            learned=fields.word(attempt.learned),
        )
        | fields.filled(
            cost=attempt.cost,
            detail=attempt.detail,
            decision=dict(attempt.decision),
            is_untaught=attempt.is_untaught,
        )
    )


def _attempt_from(document: Mapping[str, Any]) -> Attempt:
    learned = document.get("learned")
    return Attempt(
        channel=fields.member(document, "channel", Channel, Channel.SMS),
        idempotency_key=fields.text(document, "idempotency_key"),
        started_at=fields.moment(document, "started_at"),
        status=fields.text(document, "status"),
        gateway_id=fields.optional_text(document, "gateway_id"),
        accepted_at=fields.optional_moment(document, "accepted_at"),
        ended_at=fields.optional_moment(document, "ended_at"),
        reason_code=fields.optional_text(document, "reason_code"),
        cost=fields.amount(document, "cost"),
        learned=None if learned is None else fields.member(document, "learned", Outcome, Outcome.FAILED_SOFT),
        detail=fields.text(document, "detail", ""),
        overdue_at=fields.optional_moment(document, "overdue_at"),
        decision=fields.nested(document, "decision") if "decision" in document else {},
        is_untaught=fields.flag(document, "is_untaught"),
    )


def event_document(event: DeliveryEvent) -> Document:
    """Return a delivery event as a document."""
    return (
        {
            "id": event.id,
            "message_id": event.message_id,
            "contact_id": event.contact_id,
            "attempt": event.attempt,
            "channel": event.channel.value,
            "status": str(event.status),
            "at": fields.written(event.at),
        }
        | fields.given(reason_code=event.reason_code)
        | fields.filled(detail=event.detail)
    )


def event_from(document: Mapping[str, Any]) -> DeliveryEvent:
    """Return the delivery event of a document; raises DocumentError."""
    return DeliveryEvent(
        id=fields.key(document, "id"),
        message_id=fields.text(document, "message_id"),
        contact_id=fields.text(document, "contact_id"),
        attempt=fields.whole(document, "attempt"),
        channel=fields.member(document, "channel", Channel, Channel.SMS),
        status=fields.text(document, "status"),
        at=fields.moment(document, "at"),
        reason_code=fields.optional_text(document, "reason_code"),
        detail=fields.text(document, "detail", ""),
    )


def draft_document(draft: Draft) -> Document:
    """Return a draft as a document."""
    return (
        {"contact_id": draft.contact_id}
        | fields.given(
            template=draft.template,
            channel=fields.word(draft.channel),
            updated_at=fields.written(draft.updated_at),
            send_at=fields.written(draft.send_at),
        )
        | fields.filled(text=draft.text, variables=dict(draft.variables), recipients=list(draft.recipients))
    )


def draft_from(document: Mapping[str, Any]) -> Draft:
    """Return the draft of a document; raises DocumentError."""
    return Draft(
        contact_id=fields.key(document, "contact_id"),
        text=fields.text(document, "text", ""),
        template=fields.optional_text(document, "template"),
        variables=fields.variables(document),
        channel=fields.optional_member(document, "channel", Channel),
        updated_at=fields.optional_moment(document, "updated_at"),
        send_at=fields.optional_moment(document, "send_at"),
        recipients=fields.texts(document, "recipients"),
    )


def bulk_send_document(bulk: BulkSend) -> Document:
    """Return a bulk send as a document."""
    return {
        "id": bulk.id,
        "created_at": fields.written(bulk.created_at),
        "text": bulk.text,
        "total": bulk.total,
        "rate": bulk.rate,
        "status": bulk.status.value,
        "send_at": fields.written(bulk.send_at),
        "next_at": fields.written(bulk.next_at),
    } | fields.filled(why=bulk.why)


def bulk_send_from(document: Mapping[str, Any]) -> BulkSend:
    """Return the bulk send of a document; raises DocumentError. One of an unknown status is paused."""
    return BulkSend(
        id=fields.key(document, "id"),
        created_at=fields.moment(document, "created_at"),
        text=fields.text(document, "text", ""),
        total=fields.whole(document, "total"),
        rate=fields.rate(document, "rate"),
        status=fields.member(document, "status", BulkStatus, BulkStatus.PAUSED),
        send_at=fields.moment(document, "send_at"),
        next_at=fields.moment(document, "next_at"),
        why=fields.text(document, "why", ""),
    )
