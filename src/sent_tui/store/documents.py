"""Every stored record as a JSON object, and back.

A document holds plain JSON values only; a field that has its default is left out. Reading is strict about types and
about fields that a record cannot be without, and lenient about the rest: a missing field has its default, and a field
that is not known is ignored. A word of a set that a later version may have widened never stops the reading:

- an unknown channel: its status is left out and a default channel or pin is none; in a route, an attempt or an event
  it is read as SMS, because their places and keys must stay;
- an unknown availability, number type, source or step result is read as unknown, or as the weakest one;
- an unknown lifecycle step is left out;
- an unknown decision about consent is read as an opt-out, the safe side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel, ChannelStatus, Source
from sent_tui.core.consent import ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact, LifecycleStep, StepKind, StepResult
from sent_tui.core.message import Attempt, Content, DeliveryEvent, Draft, Message
from sent_tui.core.number_type import NumberType
from sent_tui.core.outcome import Outcome
from sent_tui.core.search_entry import Facts
from sent_tui.store import fields
from sent_tui.store.changes import ContactEdit, Lesson, UndoEntry
from sent_tui.store.journal_format import Document

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
SURROGATES = re.compile("[\ud800-\udfff]")
"""Half a character, which no text can hold."""


def sound(document: Document) -> Document:
    """Return a document that can be written as UTF-8: half a character, which no text can hold, is replaced by U+FFFD.

    Raises ValueError for a number that JSON does not know, such as NaN.
    """
    try:
        _encode(document).encode()
    except UnicodeEncodeError:
        mended: Document = mend(document)
        return mended
    return document


def mend(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with each half character in its texts and keys replaced."""
    if isinstance(value, str):
        return SURROGATES.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {mend(key): mend(item) for key, item in value.items()}
    if isinstance(value, list):
        return [mend(item) for item in value]
    return value


def contact_document(contact: Contact) -> Document:
    """Return a contact as a document."""
    document: Document = dict(zip(("id", *NUMBER_FIELDS), _named(contact), strict=True))
    document["number_type"] = contact.number_type._value_
    document["created_at"] = fields.written(contact.created_at)
    document["channels"] = [_status_document(status) for status in contact.channels]
    fields.add_given(
        document,
        updated_at=fields.written(contact.updated_at),
        default_channel=fields.word(contact.default_channel),
        default_since=fields.written(contact.default_since),
        last_message_at=fields.written(contact.last_message_at),
    )
    fields.add_filled(
        document,
        customer_id=contact.customer_id,
        opt_out=contact.opt_out,
        is_inherited=contact.is_inherited,
        default_pinned=contact.default_pinned,
        default_reason=contact.default_reason,
        lifecycle=[_step_document(step) for step in contact.lifecycle],
        name=contact.name,
        tags=list(contact.tags),
        notes=contact.notes,
        extension=contact.extension,
        last_status=str(contact.last_status),
        learned=dict(contact.learned),
    )
    return document


NUMBER_FIELDS = (
    "phone_number",
    "format_e164",
    "format_international",
    "format_national",
    "format_rfc",
    "country_code",
    "region_code",
)
"""The fields of a contact that follow from its number, in their order."""
_named = attrgetter("id", *NUMBER_FIELDS)


def contact_from(document: Mapping[str, Any]) -> Contact:
    """Return the contact of a document; raises DocumentError."""
    channels = fields.items(document, "channels", _status_from) if "channels" in document else _UNTRIED
    return Contact(
        id=fields.key(document, "id"),
        phone_number=fields.text(document, "phone_number"),
        format_e164=fields.key(document, "format_e164"),
        format_international=fields.text(document, "format_international"),
        format_national=fields.text(document, "format_national"),
        format_rfc=fields.text(document, "format_rfc"),
        country_code=fields.text(document, "country_code"),
        region_code=fields.text(document, "region_code"),
        number_type=fields.member(document, "number_type", NumberType, NumberType.UNKNOWN),
        created_at=fields.moment(document, "created_at"),
        updated_at=fields.optional_moment(document, "updated_at"),
        customer_id=fields.text(document, "customer_id", ""),
        default_channel=fields.optional_member(document, "default_channel", Channel),
        opt_out=fields.flag(document, "opt_out"),
        is_inherited=fields.flag(document, "is_inherited"),
        channels=tuple(filter(None, channels)),
        default_pinned=fields.flag(document, "default_pinned"),
        default_reason=fields.text(document, "default_reason", ""),
        default_since=fields.optional_moment(document, "default_since"),
        lifecycle=tuple(filter(None, fields.items(document, "lifecycle", _step_from))),
        name=fields.text(document, "name", ""),
        tags=fields.texts(document, "tags"),
        notes=fields.text(document, "notes", ""),
        extension=fields.text(document, "extension", ""),
        last_message_at=fields.optional_moment(document, "last_message_at"),
        last_status=fields.text(document, "last_status", ""),
        learned=fields.nested(document, "learned") if "learned" in document else {},
    )


def facts_from(document: Mapping[str, Any]) -> Facts:
    """Return what the search wants to know of the contact of a document; raises DocumentError."""
    available = set()
    attempts = delivered = 0
    for status in document.get("channels", ()):
        if isinstance(status, dict) and status.get("channel") in _SEARCHED:
            attempts += fields.whole(status, "attempts")
            delivered += fields.whole(status, "delivered")
            if status.get("availability") == _AVAILABLE:
                available.add(status["channel"])
    return Facts(
        name=fields.text(document, "name", ""),
        tags=fields.texts(document, "tags"),
        notes=fields.text(document, "notes", ""),
        e164=fields.key(document, "format_e164"),
        national=fields.text(document, "format_national"),
        region=fields.text(document, "region_code"),
        whatsapp=Channel.WHATSAPP.value in available,
        sms=Channel.SMS.value in available,
        opted_out=fields.flag(document, "opt_out"),
        attempts=attempts,
        delivered=delivered,
        last_at=fields.optional_moment(document, "last_message_at"),
        last_status=fields.text(document, "last_status", ""),
        created_at=fields.moment(document, "created_at"),
    )


_AVAILABLE = Availability.AVAILABLE.value
_SEARCHED = {channel.value for channel in Channel}


_UNTRIED = [ChannelStatus(channel) for channel in CHANNEL_ORDER]


def _status_document(status: ChannelStatus) -> Document:
    document: Document = {"channel": status.channel._value_}
    fields.add_given(
        document,
        availability=None if status.availability is Availability.UNKNOWN else status.availability._value_,
        since=fields.written(status.since),
        checked_at=fields.written(status.checked_at),
        source=None if status.source is Source.NUMBERING_PLAN else status.source._value_,
        last_delivered_at=fields.written(status.last_delivered_at),
        last_failed_at=fields.written(status.last_failed_at),
        last_inbound_at=fields.written(status.last_inbound_at),
    )
    fields.add_filled(
        document,
        evidence=status.evidence,
        attempts=status.attempts,
        delivered=status.delivered,
        failed=status.failed,
    )
    return document


def _status_from(document: Mapping[str, Any]) -> ChannelStatus | None:
    channel = fields.optional_member(document, "channel", Channel)
    if channel is None:
        return None
    return ChannelStatus(
        channel=channel,
        availability=fields.member(document, "availability", Availability, Availability.UNKNOWN),
        since=fields.optional_moment(document, "since"),
        checked_at=fields.optional_moment(document, "checked_at"),
        source=fields.member(document, "source", Source, Source.NUMBERING_PLAN),
        evidence=fields.text(document, "evidence", ""),
        attempts=fields.whole(document, "attempts"),
        delivered=fields.whole(document, "delivered"),
        failed=fields.whole(document, "failed"),
        last_delivered_at=fields.optional_moment(document, "last_delivered_at"),
        last_failed_at=fields.optional_moment(document, "last_failed_at"),
        last_inbound_at=fields.optional_moment(document, "last_inbound_at"),
    )


def _step_document(step: LifecycleStep) -> Document:
    return {
        "kind": step.kind._value_,
        "result": step.result._value_,
        "at": fields.written(step.at),
        "evidence": step.evidence,
    }


def _step_from(document: Mapping[str, Any]) -> LifecycleStep | None:
    kind = fields.optional_member(document, "kind", StepKind)
    if kind is None:
        return None
    return LifecycleStep(
        kind,
        fields.member(document, "result", StepResult, StepResult.UNKNOWN),
        fields.moment(document, "at"),
        fields.text(document, "evidence", ""),
    )


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
        "route": [channel.value for channel in message.route],
        **fields.given(pinned=fields.word(message.pinned), reason_code=message.reason_code),
        **fields.filled(reasons=list(message.reasons), attempts=list(map(_attempt_document, message.attempts))),
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
        route=tuple(fields.members(Channel).get(name, Channel.SMS) for name in fields.texts(document, "route")),
        reasons=fields.texts(document, "reasons"),
        attempts=tuple(fields.items(document, "attempts", _attempt_from)),
        pinned=fields.optional_member(document, "pinned", Channel),
        reason_code=fields.optional_text(document, "reason_code"),
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
            reason_code=attempt.reason_code,
            learned=fields.word(attempt.learned),
        )
        | fields.filled(cost=attempt.cost, detail=attempt.detail)
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


def consent_document(event: ConsentEvent) -> Document:
    """Return a decision about messages as a document."""
    return {
        "number": event.number,
        "kind": event.kind.value,
        "at": fields.written(event.at),
        "by": event.by,
        "how": event.how,
    }


def consent_from(document: Mapping[str, Any]) -> ConsentEvent:
    """Return the decision of a document; raises DocumentError."""
    return ConsentEvent(
        number=fields.key(document, "number"),
        kind=fields.member(document, "kind", ConsentKind, ConsentKind.OPT_OUT),
        at=fields.moment(document, "at"),
        by=fields.text(document, "by", ""),
        how=fields.text(document, "how", ""),
    )


def draft_document(draft: Draft) -> Document:
    """Return a draft as a document."""
    return (
        {"contact_id": draft.contact_id}
        | fields.given(
            template=draft.template, channel=fields.word(draft.channel), updated_at=fields.written(draft.updated_at)
        )
        | fields.filled(text=draft.text, variables=dict(draft.variables))
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
    )


def lesson_document(lesson: Lesson) -> Document:
    """Return what was learned from a group of contacts as a document."""
    return {"key": lesson.key, "learned": dict(lesson.learned)}


def lesson_from(document: Mapping[str, Any]) -> Lesson:
    """Return what was learned from a group of contacts; raises DocumentError."""
    return Lesson(fields.key(document, "key"), fields.nested(document, "learned"))


def undo_document(entry: UndoEntry) -> Document:
    """Return a write that can be taken back as a document."""
    return {"id": entry.id, "label": entry.label} | fields.filled(
        added=list(entry.added),
        deleted=[
            {"contact": contact_document(contact)} | fields.given(draft=draft_document(draft) if draft else None)
            for contact, draft in entry.deleted
        ],
        edited=[
            {"id": edit.contact_id, "before": dict(edit.before)} | fields.given(left=edit.left) for edit in entry.edited
        ],
        decisions=dict(entry.decisions),
    )


def undo_from(document: Mapping[str, Any]) -> UndoEntry:
    """Return the undoable write of a document; raises DocumentError."""
    decisions = fields.nested(document, "decisions") if "decisions" in document else {}
    return UndoEntry(
        id=fields.key(document, "id"),
        label=fields.text(document, "label"),
        added=fields.texts(document, "added"),
        deleted=tuple(fields.items(document, "deleted", _deletion_from)),
        edited=tuple(fields.items(document, "edited", _edit_from)),
        decisions={number: fields.whole(decisions, number) for number in decisions},
    )


def _deletion_from(document: Mapping[str, Any]) -> tuple[Contact, Draft | None]:
    draft = draft_from(fields.nested(document, "draft")) if "draft" in document else None
    return contact_from(fields.nested(document, "contact")), draft


def _edit_from(document: Mapping[str, Any]) -> ContactEdit:
    return ContactEdit(
        contact_id=fields.key(document, "id"),
        before=dict(fields.nested(document, "before")),
        left=fields.optional_text(document, "left"),
    )
