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
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, TypeVar

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel, ChannelStatus, Source
from sent_tui.core.consent import ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact, LifecycleStep, StepKind, StepResult
from sent_tui.core.delivery import Outcome
from sent_tui.core.message import Attempt, Content, DeliveryEvent, Draft, Message
from sent_tui.core.number_type import NumberType
from sent_tui.core.search_entry import Facts
from sent_tui.store.changes import ContactEdit, UndoEntry
from sent_tui.store.journal_format import Document

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_SURROGATES = re.compile("[\ud800-\udfff]")


class DocumentError(ValueError):
    """A document that cannot be what it should be; the text says why."""


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
        return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {mend(key): mend(item) for key, item in value.items()}
    if isinstance(value, list):
        return [mend(item) for item in value]
    return value


def contact_document(contact: Contact) -> Document:
    """Return a contact as a document."""
    document: Document = dict(zip(_NAMES, _named(contact), strict=True))
    document["number_type"] = contact.number_type._value_
    document["created_at"] = _written(contact.created_at)
    document["channels"] = [_status_document(status) for status in contact.channels]
    _add_given(
        document,
        updated_at=_written(contact.updated_at),
        default_channel=_word(contact.default_channel),
        default_since=_written(contact.default_since),
        last_message_at=_written(contact.last_message_at),
    )
    _add_filled(
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
    )
    return document


_NAMES = (
    "id",
    "phone_number",
    "format_e164",
    "format_international",
    "format_national",
    "format_rfc",
    "country_code",
    "region_code",
)
_named = attrgetter(*_NAMES)


def contact_from(document: Mapping[str, Any]) -> Contact:
    """Return the contact of a document; raises DocumentError."""
    channels = _list(document, "channels", _status_from) if "channels" in document else _UNTRIED
    return Contact(
        id=_key(document, "id"),
        phone_number=_text(document, "phone_number"),
        format_e164=_key(document, "format_e164"),
        format_international=_text(document, "format_international"),
        format_national=_text(document, "format_national"),
        format_rfc=_text(document, "format_rfc"),
        country_code=_text(document, "country_code"),
        region_code=_text(document, "region_code"),
        number_type=_enum(document, "number_type", NumberType, NumberType.UNKNOWN),
        created_at=_time(document, "created_at"),
        updated_at=_optional_time(document, "updated_at"),
        customer_id=_text(document, "customer_id", ""),
        default_channel=_optional_enum(document, "default_channel", Channel),
        opt_out=_flag(document, "opt_out"),
        is_inherited=_flag(document, "is_inherited"),
        channels=tuple(filter(None, channels)),
        default_pinned=_flag(document, "default_pinned"),
        default_reason=_text(document, "default_reason", ""),
        default_since=_optional_time(document, "default_since"),
        lifecycle=tuple(filter(None, _list(document, "lifecycle", _step_from))),
        name=_text(document, "name", ""),
        tags=_texts(document, "tags"),
        notes=_text(document, "notes", ""),
        extension=_text(document, "extension", ""),
        last_message_at=_optional_time(document, "last_message_at"),
        last_status=_text(document, "last_status", ""),
    )


def facts_from(document: Mapping[str, Any]) -> Facts:
    """Return what the search wants to know of the contact of a document; raises DocumentError."""
    available = set()
    attempts = delivered = 0
    for status in document.get("channels", ()):
        if isinstance(status, dict) and status.get("channel") in _SEARCHED:
            attempts += _whole(status, "attempts")
            delivered += _whole(status, "delivered")
            if status.get("availability") == _AVAILABLE:
                available.add(status["channel"])
    return Facts(
        name=_text(document, "name", ""),
        tags=_texts(document, "tags"),
        notes=_text(document, "notes", ""),
        e164=_key(document, "format_e164"),
        national=_text(document, "format_national"),
        region=_text(document, "region_code"),
        whatsapp=Channel.WHATSAPP.value in available,
        sms=Channel.SMS.value in available,
        opted_out=_flag(document, "opt_out"),
        attempts=attempts,
        delivered=delivered,
        last_at=_optional_time(document, "last_message_at"),
        last_status=_text(document, "last_status", ""),
        created_at=_time(document, "created_at"),
    )


_AVAILABLE = Availability.AVAILABLE.value
_SEARCHED = {channel.value for channel in Channel}


def settled(contact: Contact) -> Contact:
    """Return a contact as it is read back from its document; raises ValueError for one that could not be.

    A document is made only where something might change on the way.
    """
    return contact if _is_settled(contact) else contact_from(sound(contact_document(contact)))


def _is_settled(contact: Contact) -> bool:
    """Return whether every value is just what would be read back."""
    texts: list[str] = []
    if not (contact.id and contact.format_e164 and _CONTACT.fits(contact, texts)):
        return False
    # The contacts of one write share most of their statuses and steps.
    statuses = [status for status in contact.channels if _settled_parts.get(id(status)) is not status]
    steps = [step for step in contact.lifecycle if _settled_parts.get(id(step)) is not step]
    fits = (
        all(_STATUS.fits(status, texts) for status in statuses)
        and all(_STEP.fits(step, texts) for step in steps)
        and {str}.issuperset(map(type, contact.tags))
        and not _SURROGATES.search("".join((*texts, *contact.tags)))
    )
    if fits:
        if len(_settled_parts) > _PARTS_KEPT:
            _settled_parts.clear()
        _settled_parts.update((id(part), part) for part in (*statuses, *steps))
    return fits


_PARTS_KEPT = 256
_settled_parts: dict[int, object] = {}
"""Statuses and steps that were found to be just what would be read back, by their identity."""


class _Mould:
    """The types that the fields of a record have when it was read."""

    def __init__(self, kind: type, /, **types: tuple[type | None, ...]) -> None:
        self._kind = kind
        self._types = [{type(None) if each is None else each for each in allowed} for allowed in types.values()]
        self._values = attrgetter(*types)
        self._times = [place for place, allowed in enumerate(types.values()) if datetime in allowed]
        self._texts = [place for place, allowed in enumerate(types.values()) if str in allowed]
        self._known: set[tuple[type, ...]] = set()

    def fits(self, record: object, texts: list[str]) -> bool:
        """Return whether a record has these types and times in UTC, and add its texts to those given."""
        values = self._values(record)
        types = (type(record), *map(type, values))
        if types not in self._known:
            if not all(each in allowed for each, allowed in zip(types, [{self._kind}, *self._types], strict=True)):
                return False
            self._known.add(types)
        texts += [values[place] for place in self._texts]
        for place in self._times:
            at = values[place]
            if at is not None and at.tzinfo is not UTC:
                return False
        return True


_TIMES = (datetime, None)
_CONTACT = _Mould(
    Contact,
    id=(str,),
    phone_number=(str,),
    format_e164=(str,),
    format_international=(str,),
    format_national=(str,),
    format_rfc=(str,),
    country_code=(str,),
    region_code=(str,),
    number_type=(NumberType,),
    created_at=(datetime,),
    updated_at=_TIMES,
    customer_id=(str,),
    default_channel=(Channel, None),
    opt_out=(bool,),
    is_inherited=(bool,),
    channels=(tuple,),
    default_pinned=(bool,),
    default_reason=(str,),
    default_since=_TIMES,
    lifecycle=(tuple,),
    name=(str,),
    tags=(tuple,),
    notes=(str,),
    extension=(str,),
    last_message_at=_TIMES,
    last_status=(str,),
)
_STATUS = _Mould(
    ChannelStatus,
    channel=(Channel,),
    availability=(Availability,),
    since=_TIMES,
    checked_at=_TIMES,
    source=(Source,),
    evidence=(str,),
    attempts=(int,),
    delivered=(int,),
    failed=(int,),
    last_delivered_at=_TIMES,
    last_failed_at=_TIMES,
    last_inbound_at=_TIMES,
)
_STEP = _Mould(LifecycleStep, kind=(StepKind,), result=(StepResult,), at=(datetime,), evidence=(str,))
_UNTRIED = [ChannelStatus(channel) for channel in CHANNEL_ORDER]


def _status_document(status: ChannelStatus) -> Document:
    document: Document = {"channel": status.channel._value_}
    _add_given(
        document,
        availability=None if status.availability is Availability.UNKNOWN else status.availability._value_,
        since=_written(status.since),
        checked_at=_written(status.checked_at),
        source=None if status.source is Source.NUMBERING_PLAN else status.source._value_,
        last_delivered_at=_written(status.last_delivered_at),
        last_failed_at=_written(status.last_failed_at),
        last_inbound_at=_written(status.last_inbound_at),
    )
    _add_filled(
        document,
        evidence=status.evidence,
        attempts=status.attempts,
        delivered=status.delivered,
        failed=status.failed,
    )
    return document


def _status_from(document: Mapping[str, Any]) -> ChannelStatus | None:
    channel = _optional_enum(document, "channel", Channel)
    if channel is None:
        return None
    return ChannelStatus(
        channel=channel,
        availability=_enum(document, "availability", Availability, Availability.UNKNOWN),
        since=_optional_time(document, "since"),
        checked_at=_optional_time(document, "checked_at"),
        source=_enum(document, "source", Source, Source.NUMBERING_PLAN),
        evidence=_text(document, "evidence", ""),
        attempts=_whole(document, "attempts"),
        delivered=_whole(document, "delivered"),
        failed=_whole(document, "failed"),
        last_delivered_at=_optional_time(document, "last_delivered_at"),
        last_failed_at=_optional_time(document, "last_failed_at"),
        last_inbound_at=_optional_time(document, "last_inbound_at"),
    )


def _step_document(step: LifecycleStep) -> Document:
    return {
        "kind": step.kind._value_,
        "result": step.result._value_,
        "at": _written(step.at),
        "evidence": step.evidence,
    }


def _step_from(document: Mapping[str, Any]) -> LifecycleStep | None:
    kind = _optional_enum(document, "kind", StepKind)
    if kind is None:
        return None
    return LifecycleStep(
        kind,
        _enum(document, "result", StepResult, StepResult.UNKNOWN),
        _time(document, "at"),
        _text(document, "evidence", ""),
    )


def message_document(message: Message) -> Document:
    """Return a message as a document."""
    return {
        "id": message.id,
        "contact_id": message.contact_id,
        "to": message.to,
        "content": {"text": message.content.text}
        | _given(template=message.content.template)
        | _filled(variables=dict(message.content.variables)),
        "status": str(message.status),
        "created_at": _written(message.created_at),
        "updated_at": _written(message.updated_at),
        "gateway": message.gateway,
        "route": [channel.value for channel in message.route],
        **_given(pinned=_word(message.pinned)),
        **_filled(reasons=list(message.reasons), attempts=list(map(_attempt_document, message.attempts))),
    }


def message_from(document: Mapping[str, Any]) -> Message:
    """Return the message of a document; raises DocumentError."""
    content = _object(document, "content")
    return Message(
        id=_key(document, "id"),
        contact_id=_text(document, "contact_id"),
        to=_text(document, "to"),
        content=Content(
            text=_text(content, "text"),
            template=_optional_text(content, "template"),
            variables=_variables(content),
        ),
        status=_text(document, "status"),
        created_at=_time(document, "created_at"),
        updated_at=_time(document, "updated_at"),
        gateway=_text(document, "gateway"),
        route=tuple(_members(Channel).get(name, Channel.SMS) for name in _texts(document, "route")),
        reasons=_texts(document, "reasons"),
        attempts=tuple(_list(document, "attempts", _attempt_from)),
        pinned=_optional_enum(document, "pinned", Channel),
    )


def _attempt_document(attempt: Attempt) -> Document:
    return (
        {
            "channel": attempt.channel.value,
            "idempotency_key": attempt.idempotency_key,
            "started_at": _written(attempt.started_at),
            "status": str(attempt.status),
        }
        | _given(
            gateway_id=attempt.gateway_id,
            accepted_at=_written(attempt.accepted_at),
            ended_at=_written(attempt.ended_at),
            reason_code=attempt.reason_code,
            learned=_word(attempt.learned),
        )
        | _filled(cost=attempt.cost, detail=attempt.detail)
    )


def _attempt_from(document: Mapping[str, Any]) -> Attempt:
    learned = document.get("learned")
    return Attempt(
        channel=_enum(document, "channel", Channel, Channel.SMS),
        idempotency_key=_text(document, "idempotency_key"),
        started_at=_time(document, "started_at"),
        status=_text(document, "status"),
        gateway_id=_optional_text(document, "gateway_id"),
        accepted_at=_optional_time(document, "accepted_at"),
        ended_at=_optional_time(document, "ended_at"),
        reason_code=_optional_text(document, "reason_code"),
        cost=_amount(document, "cost"),
        learned=None if learned is None else _enum(document, "learned", Outcome, Outcome.FAILED_SOFT),
        detail=_text(document, "detail", ""),
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
            "at": _written(event.at),
        }
        | _given(reason_code=event.reason_code)
        | _filled(detail=event.detail)
    )


def event_from(document: Mapping[str, Any]) -> DeliveryEvent:
    """Return the delivery event of a document; raises DocumentError."""
    return DeliveryEvent(
        id=_key(document, "id"),
        message_id=_text(document, "message_id"),
        contact_id=_text(document, "contact_id"),
        attempt=_whole(document, "attempt"),
        channel=_enum(document, "channel", Channel, Channel.SMS),
        status=_text(document, "status"),
        at=_time(document, "at"),
        reason_code=_optional_text(document, "reason_code"),
        detail=_text(document, "detail", ""),
    )


def consent_document(event: ConsentEvent) -> Document:
    """Return a decision about messages as a document."""
    return {
        "number": event.number,
        "kind": event.kind.value,
        "at": _written(event.at),
        "by": event.by,
        "how": event.how,
    }


def consent_from(document: Mapping[str, Any]) -> ConsentEvent:
    """Return the decision of a document; raises DocumentError."""
    return ConsentEvent(
        number=_key(document, "number"),
        kind=_enum(document, "kind", ConsentKind, ConsentKind.OPT_OUT),
        at=_time(document, "at"),
        by=_text(document, "by", ""),
        how=_text(document, "how", ""),
    )


def draft_document(draft: Draft) -> Document:
    """Return a draft as a document."""
    return (
        {"contact_id": draft.contact_id}
        | _given(template=draft.template, channel=_word(draft.channel), updated_at=_written(draft.updated_at))
        | _filled(text=draft.text, variables=dict(draft.variables))
    )


def draft_from(document: Mapping[str, Any]) -> Draft:
    """Return the draft of a document; raises DocumentError."""
    return Draft(
        contact_id=_key(document, "contact_id"),
        text=_text(document, "text", ""),
        template=_optional_text(document, "template"),
        variables=_variables(document),
        channel=_optional_enum(document, "channel", Channel),
        updated_at=_optional_time(document, "updated_at"),
    )


def undo_document(entry: UndoEntry) -> Document:
    """Return a write that can be taken back as a document."""
    return {"id": entry.id, "label": entry.label} | _filled(
        added=list(entry.added),
        deleted=[
            {"contact": contact_document(contact)} | _given(draft=draft_document(draft) if draft else None)
            for contact, draft in entry.deleted
        ],
        edited=[{"id": edit.contact_id, "before": dict(edit.before)} | _given(left=edit.left) for edit in entry.edited],
        decisions=dict(entry.decisions),
    )


def undo_from(document: Mapping[str, Any]) -> UndoEntry:
    """Return the undoable write of a document; raises DocumentError."""
    decisions = _object(document, "decisions") if "decisions" in document else {}
    return UndoEntry(
        id=_key(document, "id"),
        label=_text(document, "label"),
        added=_texts(document, "added"),
        deleted=tuple(_list(document, "deleted", _deletion_from)),
        edited=tuple(_list(document, "edited", _edit_from)),
        decisions={number: _whole(decisions, number) for number in decisions},
    )


def _deletion_from(document: Mapping[str, Any]) -> tuple[Contact, Draft | None]:
    draft = draft_from(_object(document, "draft")) if "draft" in document else None
    return contact_from(_object(document, "contact")), draft


def _edit_from(document: Mapping[str, Any]) -> ContactEdit:
    return ContactEdit(
        contact_id=_key(document, "id"),
        before=dict(_object(document, "before")),
        left=_optional_text(document, "left"),
    )


def _add_given(document: Document, **fields: Any) -> None:  # noqa: ANN401 - any JSON value
    """Put the fields that are not None into a document."""
    for name, value in fields.items():
        if value is not None:
            document[name] = value


def _add_filled(document: Document, **fields: Any) -> None:  # noqa: ANN401 - any JSON value
    """Put the fields that are not empty, zero or false into a document."""
    for name, value in fields.items():
        if value:
            document[name] = value


def _given(**fields: Any) -> Document:  # noqa: ANN401 - any JSON value
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def _filled(**fields: Any) -> Document:  # noqa: ANN401 - any JSON value
    """Return the fields that are not empty, zero or false."""
    return {name: value for name, value in fields.items() if value}


def _word(member: StrEnum | None) -> str | None:
    return None if member is None else member._value_


def _written(at: datetime | None) -> str | None:
    """Return a time as ISO 8601 with its offset; one without a zone is taken as UTC."""
    if at is None:
        return None
    if at.tzinfo is UTC:
        return _written_utc(at)
    return (at if at.utcoffset() is not None else at.replace(tzinfo=UTC)).isoformat()


@lru_cache(maxsize=1024)
def _written_utc(at: datetime) -> str:
    """Return a time in UTC as text; kept, because the records of one write have the same times."""
    return at.isoformat()


def _text(document: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = document.get(name, default)
    if isinstance(value, str):
        return value
    raise _wrong(document, name, "a text")


def _key(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if isinstance(value, str) and value:
        return value
    raise _wrong(document, name, "a text that is not empty")


def _optional_text(document: Mapping[str, Any], name: str) -> str | None:
    return None if document.get(name) is None else _text(document, name)


def _texts(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = document.get(name, ())
    if isinstance(values, list | tuple) and all(isinstance(value, str) for value in values):
        return tuple(values)
    raise _wrong(document, name, "a list of texts")


def _variables(document: Mapping[str, Any]) -> dict[str, str]:
    values = document.get("variables", {})
    if isinstance(values, dict) and all(isinstance(value, str) for value in values.values()):
        return dict(values)
    raise _wrong(document, "variables", "texts by name")


def _flag(document: Mapping[str, Any], name: str) -> bool:
    value = document.get(name, False)
    if isinstance(value, bool):
        return value
    raise _wrong(document, name, "true or false")


def _whole(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name, 0)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _wrong(document, name, "a whole number")


def _amount(document: Mapping[str, Any], name: str) -> float:
    value = document.get(name, 0.0)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise _wrong(document, name, "a number")


def _time(document: Mapping[str, Any], name: str) -> datetime:
    value = document.get(name)
    try:
        return _read_time(value)
    except (TypeError, ValueError):
        raise _wrong(document, name, "a time") from None


def _optional_time(document: Mapping[str, Any], name: str) -> datetime | None:
    return None if document.get(name) is None else _time(document, name)


@lru_cache(maxsize=1024)
def _read_time(text: Any) -> datetime:  # noqa: ANN401 - any JSON value
    """Return the time of a text; kept, because the records of one write have the same times."""
    at = datetime.fromisoformat(text)
    return at if at.utcoffset() is not None else at.replace(tzinfo=UTC)


def _enum(document: Mapping[str, Any], name: str, kind: type[E], unknown: E) -> E:
    """Return a member by its value; `unknown` when it is missing or no member of this version."""
    value = document.get(name, unknown)
    if not isinstance(value, str):
        raise _wrong(document, name, "a word")
    known: E = _members(kind).get(value, unknown)
    return known


def _optional_enum(document: Mapping[str, Any], name: str, kind: type[E]) -> E | None:
    value = document.get(name)
    if value is None or isinstance(value, str):
        known: E | None = None if value is None else _members(kind).get(value)
        return known
    raise _wrong(document, name, "a word")


@cache
def _members(kind: type[StrEnum]) -> Mapping[str, Any]:
    return {member.value: member for member in kind}


def _object(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    if isinstance(value, dict):
        return value
    raise _wrong(document, name, "an object")


def _list(document: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any]], T]) -> list[T]:
    values = document.get(name, [])
    if isinstance(values, list) and all(isinstance(value, dict) for value in values):
        return [read(value) for value in values]
    raise _wrong(document, name, "a list of objects")


def _wrong(document: Mapping[str, Any], name: str, wanted: str) -> DocumentError:
    if name in document:
        return DocumentError(f"its field {name} is not {wanted}")
    return DocumentError(f"its field {name} is missing")
