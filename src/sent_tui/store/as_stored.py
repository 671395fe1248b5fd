"""Contacts as they are read back: most are already, and need no document to be made to see it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from operator import attrgetter

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.contact import Contact, Fields, LifecycleStep, StepKind, StepResult
from sent_tui.core.default_move import MovedBy
from sent_tui.core.number_type import NumberType
from sent_tui.core.sent_contact import SentCopy
from sent_tui.store.documents import SURROGATES, contact_document, contact_from, sound


def as_stored(contact: Contact) -> Contact:
    """Return a contact as it is read back from its document; raises ValueError for one that could not be.

    A document is made only where something might change on the way.
    """
    return contact if _is_as_stored(contact) else contact_from(sound(contact_document(contact)))


def _is_as_stored(contact: Contact) -> bool:
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
        and (contact.sent is None or (bool(contact.sent.id) and _COPY.fits(contact.sent, texts)))
        and {str}.issuperset(map(type, contact.tags))
        and not SURROGATES.search("".join((*texts, *contact.tags)))
        and (not contact.fields or _are_as_stored(contact.fields))
    )
    if fits:
        if len(_settled_parts) > _PARTS_KEPT:
            _settled_parts.clear()
        _settled_parts.update((id(part), part) for part in (*statuses, *steps))
    return fits


def _are_as_stored(fields: Fields) -> bool:
    texts = list(chain.from_iterable(fields))
    is_plain = {tuple}.issuperset(map(type, fields)) and {str}.issuperset(map(type, texts))
    return is_plain and not SURROGATES.search("".join(texts))


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
    default_by=(MovedBy,),
    lifecycle=(tuple,),
    name=(str,),
    tags=(tuple,),
    notes=(str,),
    fields=(tuple,),
    extension=(str,),
    last_message_at=_TIMES,
    last_status=(str,),
    sent=(SentCopy, None),
)
_COPY = _Mould(SentCopy, id=(str,), channels=(str,), default_channel=(str,), opt_out=(bool, None), stamp=_TIMES)
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
