"""From a number to a contact: what each step of the lifecycle decides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.contact import Contact, LifecycleStep, StepKind, StepResult, new_contact
from sent_tui.core.default_move import MovedBy
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.number_type import NumberType
from sent_tui.core.phone import PhoneNumber
from sent_tui.core.routing import choose_default

PROVEN_FOR = timedelta(days=30)
"""How long a delivery outweighs a lookup that says the channel is not there."""

_CARRIES_SMS = {
    NumberType.MOBILE: Availability.AVAILABLE,
    NumberType.FIXED_LINE_OR_MOBILE: Availability.AVAILABLE,
    NumberType.VOIP: Availability.UNKNOWN,
    NumberType.PERSONAL_NUMBER: Availability.UNKNOWN,
    NumberType.PAGER: Availability.UNKNOWN,
    NumberType.UNKNOWN: Availability.UNKNOWN,
}
"""What the number type says about SMS; every other type takes none."""

_RESULTS = {
    Availability.AVAILABLE: StepResult.YES,
    Availability.UNAVAILABLE: StepResult.NO,
    Availability.UNKNOWN: StepResult.UNKNOWN,
}


def sms_by_type(number_type: NumberType) -> Availability:
    """Return what the numbering plan says about SMS."""
    return _CARRIES_SMS.get(number_type, Availability.UNAVAILABLE)


def normalised(contact: Contact, at: datetime) -> Contact:
    """Return the contact with its first two steps recorded; its number was found valid."""
    kind = contact.number_type.label
    valid = LifecycleStep(StepKind.VALIDATE, StepResult.YES, at, f"valid {kind} number in {contact.region_code}")
    written = LifecycleStep(StepKind.NORMALISE, StepResult.YES, at, contact.format_e164)
    return contact.with_step(valid).with_step(written)


def whatsapp_detected(
    contact: Contact,
    found: Availability,
    at: datetime,
    evidence: str,
    *,
    last_inbound_at: datetime | None = None,
) -> Contact:
    """Return the contact after a lookup of WhatsApp."""
    status = _looked_up(contact.status(Channel.WHATSAPP), found, at, evidence)
    inbound = [at for at in (status.last_inbound_at, last_inbound_at) if at is not None]
    status = replace(status, last_inbound_at=max(inbound, default=None))
    contact = contact.with_status(status)
    if found is Availability.UNKNOWN and status.availability is not Availability.UNKNOWN:
        return contact  # the step that found it out stands
    return contact.with_step(
        LifecycleStep(StepKind.DETECT_WHATSAPP, _RESULTS[status.availability], at, status.evidence)
    )


def sms_assessed(contact: Contact, found: Availability | None, at: datetime, evidence: str = "") -> Contact:
    """Return the contact after SMS was assessed: by its number type, and by a lookup if there was one.

    A lookup cannot give SMS to a number whose type takes none. One without an answer keeps what an earlier lookup or a
    delivery found.
    """
    status = contact.status(Channel.SMS)
    by_type = sms_by_type(contact.number_type)
    has_answer = found not in {None, Availability.UNKNOWN}
    if by_type is Availability.UNAVAILABLE or (not has_answer and status.source is Source.NUMBERING_PLAN):
        words = f"a {contact.number_type.label} number"
        status = status.found(by_type, Source.NUMBERING_PLAN, at, words)
    elif has_answer:
        status = _looked_up(status, found or by_type, at, evidence)
    else:
        return contact
    step = LifecycleStep(StepKind.ASSESS_SMS, _RESULTS[status.availability], at, status.evidence)
    return contact.with_status(status).with_step(step)


def default_set(
    contact: Contact, at: datetime, knowledge: Knowledge | None = None, *, by: MovedBy = MovedBy.LIFECYCLE
) -> Contact:
    """Return the contact with the default channel that it should have now; `by` says what moves it, if it does."""
    channel, reason = choose_default(contact, at, knowledge)
    result = StepResult.YES if channel else StepResult.NO
    evidence = f"{channel.label}: {reason}" if channel else reason
    moved = contact.with_default(channel, pinned=contact.default_pinned, reason=reason, at=at, by=by)
    return moved.with_step(LifecycleStep(StepKind.SET_DEFAULT, result, at, evidence))


def _looked_up(status: ChannelStatus, found: Availability, at: datetime, evidence: str) -> ChannelStatus:
    proven = status.last_delivered_at is not None and at - status.last_delivered_at < PROVEN_FOR
    if found is Availability.UNKNOWN and status.checked_at is not None:
        return status
    if found is Availability.UNAVAILABLE and proven and status.is_available:
        return replace(status, checked_at=at, evidence=f"a message was delivered lately, though: {evidence}")
    return status.found(found, Source.LOOKUP, at, evidence)


def checked(
    contact: Contact,
    whatsapp: Lookup | None,
    sms: Lookup | None,
    at: datetime,
    knowledge: Knowledge | None = None,
    *,
    by: MovedBy = MovedBy.CHECK,
) -> Contact:
    """Return the contact after its channels were looked up, with the default channel that follows from it."""
    if whatsapp is not None:
        inbound = whatsapp.last_inbound_at
        contact = whatsapp_detected(contact, whatsapp.availability, at, whatsapp.evidence, last_inbound_at=inbound)
    contact = sms_assessed(contact, sms.availability if sms else None, at, sms.evidence if sms else "")
    return default_set(contact, at, knowledge, by=by)


class Lookup(Protocol):
    """What a lookup found out about one channel."""

    @property
    def availability(self) -> Availability:
        """Whether the channel reaches the number."""
        ...

    @property
    def evidence(self) -> str:
        """What was found, in words."""
        ...

    @property
    def last_inbound_at(self) -> datetime | None:
        """When the person last wrote on the channel, if that is known."""
        ...


def first_lifecycle(
    number: PhoneNumber, contact_id: str, at: datetime, whatsapp: Lookup | None = None, sms: Lookup | None = None
) -> Contact:
    """Return a contact for a valid number after all steps; a channel without a lookup rests on the numbering plan.

    When the person last wrote is left to `with_inbound`.
    """
    contact = normalised(new_contact(number, contact_id=contact_id, at=at), at)
    if whatsapp is not None:
        contact = whatsapp_detected(contact, whatsapp.availability, at, whatsapp.evidence)
    found, evidence = (sms.availability, sms.evidence) if sms is not None else (None, "")
    return default_set(sms_assessed(contact, found, at, evidence), at)


def with_inbound(contact: Contact, at: datetime) -> Contact:
    """Return a contact with the time when the person last wrote on WhatsApp, as a lookup knows it."""
    return contact.with_status(replace(contact.status(Channel.WHATSAPP), last_inbound_at=at))
