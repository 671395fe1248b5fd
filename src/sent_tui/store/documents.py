"""Every stored record as a JSON object, and back; messages are in `message_documents`, undo in `undo_documents`.

A document holds plain JSON values only; a field that has its default is left out. Reading is strict about types and
about fields that a record cannot be without, and lenient about the rest: a missing field has its default, and a field
that is not known is ignored. A word of a set that a later version may have widened never stops the reading:

- an unknown channel: its status is left out and a default channel or pin is none; in a route, an attempt or an event
  it is read as SMS, because their places and keys must stay;
- an unknown availability, number type, source or step result is read as unknown, or as the weakest one;
- an unknown lifecycle step is left out;
- what moved a default channel is read as the lifecycle where it is unknown;
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
from sent_tui.core.default_move import DefaultMove, MovedBy
from sent_tui.core.duplicates import KeptApart, MergedNumber
from sent_tui.core.number_type import NumberType
from sent_tui.core.pull import PulledPage
from sent_tui.core.search_entry import Facts
from sent_tui.core.sent_contact import SentCopy
from sent_tui.store import fields
from sent_tui.store.changes import Lesson
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
        default_by=None if contact.default_by is MovedBy.LIFECYCLE else contact.default_by._value_,
        last_message_at=fields.written(contact.last_message_at),
        sent=None if contact.sent is None else _copy_document(contact.sent),
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
        fields=list(map(list, contact.fields)),
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
        default_by=fields.member(document, "default_by", MovedBy, MovedBy.LIFECYCLE),
        lifecycle=tuple(filter(None, fields.items(document, "lifecycle", _step_from))),
        name=fields.text(document, "name", ""),
        tags=fields.texts(document, "tags"),
        notes=fields.text(document, "notes", ""),
        fields=fields.pairs(document, "fields"),
        extension=fields.text(document, "extension", ""),
        last_message_at=fields.optional_moment(document, "last_message_at"),
        last_status=fields.text(document, "last_status", ""),
        learned=fields.nested(document, "learned") if "learned" in document else {},
        sent=_copy_from(fields.nested(document, "sent")) if "sent" in document else None,
    )


def _copy_document(copy: SentCopy) -> Document:
    return (
        {"id": copy.id}
        | fields.given(opt_out=copy.opt_out, stamp=fields.written(copy.stamp))
        | fields.filled(channels=copy.channels, default_channel=copy.default_channel)
    )


def _copy_from(document: Mapping[str, Any]) -> SentCopy:
    return SentCopy(
        id=fields.key(document, "id"),
        channels=fields.text(document, "channels", ""),
        default_channel=fields.text(document, "default_channel", ""),
        opt_out=fields.flag(document, "opt_out") if "opt_out" in document else None,
        stamp=fields.optional_moment(document, "stamp"),
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
        default=fields.optional_member(document, "default_channel", Channel),
        opted_out=fields.flag(document, "opt_out"),
        attempts=attempts,
        delivered=delivered,
        last_at=fields.optional_moment(document, "last_message_at"),
        last_status=fields.text(document, "last_status", ""),
        created_at=fields.moment(document, "created_at"),
        fields=fields.pairs(document, "fields"),
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


def move_document(move: DefaultMove) -> Document:
    """Return a move of a default channel as a document."""
    return (
        {"contact_id": move.contact_id, "at": fields.written(move.at), "by": move.by.value}
        | fields.given(before=fields.word(move.before), after=fields.word(move.after))
        | fields.filled(reason=move.reason)
    )


def move_from(document: Mapping[str, Any]) -> DefaultMove:
    """Return the move of a document; raises DocumentError."""
    return DefaultMove(
        contact_id=fields.key(document, "contact_id"),
        at=fields.moment(document, "at"),
        before=fields.optional_member(document, "before", Channel),
        after=fields.optional_member(document, "after", Channel),
        reason=fields.text(document, "reason", ""),
        by=fields.member(document, "by", MovedBy, MovedBy.LIFECYCLE),
    )


def lesson_document(lesson: Lesson) -> Document:
    """Return what was learned from a group of contacts as a document."""
    return {"key": lesson.key, "learned": dict(lesson.learned)}


def lesson_from(document: Mapping[str, Any]) -> Lesson:
    """Return what was learned from a group of contacts; raises DocumentError."""
    return Lesson(fields.key(document, "key"), fields.nested(document, "learned"))


def apart_document(apart: KeptApart) -> Document:
    """Return the word that two numbers are not one person as a document."""
    return {
        "key": apart.key,
        "first": apart.first,
        "second": apart.second,
        "by": apart.by,
        "at": fields.written(apart.at),
    }


def apart_from(document: Mapping[str, Any]) -> KeptApart:
    """Return the word that two numbers are not one person of a document; raises DocumentError."""
    return KeptApart(
        first=fields.key(document, "first"),
        second=fields.key(document, "second"),
        by=fields.text(document, "by", ""),
        at=fields.moment(document, "at"),
    )


def merged_document(merged: MergedNumber) -> Document:
    """Return whose a number is since a merge as a document."""
    return {"number": merged.number, "into": merged.into, "by": merged.by, "at": fields.written(merged.at)}


def merged_from(document: Mapping[str, Any]) -> MergedNumber:
    """Return whose a number is since a merge of a document; raises DocumentError."""
    return MergedNumber(
        number=fields.key(document, "number"),
        into=fields.key(document, "into"),
        by=fields.text(document, "by", ""),
        at=fields.moment(document, "at"),
    )


def page_document(page: PulledPage) -> Document:
    """Return a page of a pull as a document."""
    return {
        "key": page.key,
        "account": page.account,
        "page": page.page,
        "at": fields.written(page.at),
        "marks": page.marks.hex(),
    } | fields.given(total=page.total)


def page_from(document: Mapping[str, Any]) -> PulledPage:
    """Return the page of a pull of a document; raises DocumentError."""
    try:
        marks = bytes.fromhex(fields.text(document, "marks"))
    except ValueError:
        raise fields.DocumentError("marks is not made of hexadecimal digits") from None
    return PulledPage(
        account=fields.text(document, "account"),
        page=fields.whole(document, "page"),
        at=fields.moment(document, "at"),
        total=fields.whole(document, "total") if "total" in document else None,
        marks=marks,
    )
