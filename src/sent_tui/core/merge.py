"""Merging a contact with Sent's: what Sent's copy changes here, and what does not fit.

Sent wins on its own fields; local fields, learned state and what a person chose here stay. Each side's change is told
by `Contact.sent`, what Sent said when it was last read. A copy that is older than that changes nothing. An opt-out of
Sent's is always taken; one that was decided here stays until Sent, which knew of it, says otherwise later.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from math import inf
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.conflict import Conflict, ConflictKind
from sent_tui.core.consent import THE_PERSON, ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import MovedBy
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.lifecycle import default_set, sms_assessed, whatsapp_detected
from sent_tui.core.sent_contact import SentContact, SentCopy

BY_SENT: Final = "Sent"
"""Who decided, where Sent said so."""
_WRITTEN: Final = re.compile(r"[0-9+()./ \-]{3,40}")
_TEL: Final = re.compile(r"tel:\+[0-9\-]{3,40}")
_REGION: Final = re.compile(r"[A-Z]{2}|001")
_TRUNK: Final = 2
"""Digits that a national number may have before those of the international one."""


class Merged(Struct, frozen=True):
    """What a contact becomes by Sent's copy."""

    contact: Contact
    conflicts: tuple[Conflict, ...] = ()
    decision: ConsentEvent | None = None
    """What Sent said about messages, where that was taken."""


def merge(
    local: Contact,
    remote: SentContact,
    history: Sequence[ConsentEvent],
    at: datetime,
    knowledge: Knowledge | None = None,
) -> Merged:
    """Return what a contact becomes by Sent's copy of the same number.

    `history` holds every decision about the number, oldest first; `at` is the present time.
    """
    known = local.sent if local.sent is not None and local.sent.id == remote.id else None
    if known is not None and _is_older(remote.stamp, known.stamp):
        return Merged(local)
    conflicts = () if known is not None else _other_link(local, remote)
    if any(conflict.kind is ConflictKind.SHARED_NUMBER for conflict in conflicts) and _gives_way(remote, local.sent):
        contact, decision, _ = _consent(local, None, remote, history, at)
        return Merged(contact, conflicts, decision)
    contact, decision, about_consent = _consent(local, known, remote, history, at)
    contact = _channels(_formats(contact, remote), known, remote, at, knowledge or Knowledge())
    contact, about_default = _default(contact, known, remote, at)
    contact = replace(
        contact,
        customer_id=remote.customer_id,
        is_inherited=remote.is_inherited,
        created_at=remote.created_at or contact.created_at,
        updated_at=max(filter(None, (contact.updated_at, remote.updated_at)), default=None),
        sent=remote.copy,
    )
    return Merged(contact, (*conflicts, *about_consent, *about_default), decision)


def lifted_since(contact: Contact, history: Sequence[ConsentEvent]) -> ConsentEvent | None:
    """Return what Sent said after the person's own keyword, where that was read later; None where nothing follows.

    Sent does what a keyword asks. So who is not opted out there, by a copy that is later than the STOP, opted in since.
    """
    last, known = history[-1] if history else None, contact.sent
    if not contact.opt_out or last is None or last.by != THE_PERSON or known is None or known.opt_out is not False:
        return None
    if known.stamp is None or known.stamp <= last.at:
        return None
    words = f"not opted out at Sent ({known.id})"
    return ConsentEvent(contact.format_e164, ConsentKind.OPT_IN, known.stamp, BY_SENT, words)


def _is_older(stamp: datetime | None, than: datetime | None) -> bool:
    return stamp is not None and than is not None and stamp < than


def _other_link(local: Contact, remote: SentContact) -> tuple[Conflict, ...]:
    """Return what does not fit where a contact belongs to another contact of Sent's."""
    if local.sent is None:
        return ()
    if local.customer_id and local.customer_id != remote.customer_id:
        words = "It was a contact of another account, and now belongs to this one."
        return (Conflict(ConflictKind.OTHER_ACCOUNT, local.format_e164, local.id, words),)
    ids = ", ".join(sorted((local.sent.id, remote.id)))
    words = f"The one that changed last counts; an opt-out of either is kept. Ids: {ids}."
    return (Conflict(ConflictKind.SHARED_NUMBER, local.format_e164, local.id, words),)


def _gives_way(remote: SentContact, known: SentCopy | None) -> bool:
    """Return whether of two contacts of Sent's with one number the known one counts."""
    return known is not None and _rank(known.stamp, known.id) > _rank(remote.stamp, remote.id)


def _rank(stamp: datetime | None, sent_id: str) -> tuple[float, str]:
    return (-inf if stamp is None else stamp.timestamp(), sent_id)


def _consent(
    local: Contact, known: SentCopy | None, remote: SentContact, history: Sequence[ConsentEvent], at: datetime
) -> tuple[Contact, ConsentEvent | None, tuple[Conflict, ...]]:
    """Return the contact with the consent that counts, the decision of Sent's that was taken, and what differs."""
    said, last = remote.opt_out, history[-1] if history else None
    if said is None or said is local.opt_out:
        return local, None, ()
    knew = known is not None and known.opt_out is True
    if said:
        if knew and last is not None and _is_later_here(last, ConsentKind.OPT_IN, remote.stamp):
            return local, None, ()
        is_in_here = last is not None and last.kind is ConsentKind.OPT_IN
        words = "Opted in here, opted out at Sent: opted out." if is_in_here else ""
        event = _decided(local, ConsentKind.OPT_OUT, remote, last, at)
        return replace(local, opt_out=True), event, _about_opt_out(local, words)
    if knew and known is not None and _is_lifted(known, remote, last):
        event = _decided(local, ConsentKind.OPT_IN, remote, last, at)
        return replace(local, opt_out=False), event, ()
    # Where Sent changed nothing since it was last read, it is just not told yet.
    is_told = known is None or _is_older(known.stamp, remote.stamp)
    return local, None, _about_opt_out(local, "Opted out here, not at Sent: it stays opted out." if is_told else "")


def _is_later_here(last: ConsentEvent, kind: ConsentKind, stamp: datetime | None) -> bool:
    """Return whether a person decided so here after Sent had changed the contact last."""
    return last.kind is kind and last.by != BY_SENT and (stamp is None or last.at > stamp)


def _is_lifted(known: SentCopy, remote: SentContact, last: ConsentEvent | None) -> bool:
    """Return whether Sent, which knew of the opt-out, took it back after every decision here."""
    if remote.stamp is None or (known.stamp is not None and remote.stamp <= known.stamp):
        return False
    return last is None or last.at < remote.stamp


def _decided(
    local: Contact, kind: ConsentKind, remote: SentContact, last: ConsentEvent | None, at: datetime
) -> ConsentEvent:
    """Return Sent's decision, at the time when Sent changed the contact, and after every other one."""
    when = min(remote.stamp or at, at)
    if last is not None and when <= last.at:
        when = max(at, last.at)
    words = "opted out" if kind is ConsentKind.OPT_OUT else "not opted out"
    return ConsentEvent(local.format_e164, kind, when, BY_SENT, f"{words} at Sent ({remote.id})")


def _about_opt_out(local: Contact, words: str) -> tuple[Conflict, ...]:
    return (Conflict(ConflictKind.OPT_OUT, local.format_e164, local.id, words),) if words else ()


def _formats(contact: Contact, remote: SentContact) -> Contact:
    """Return the contact with the number as Sent writes it, as far as that is the same number."""
    digits = contact.format_e164[1:]
    international, national, tel = remote.format_international, remote.format_national, remote.format_rfc
    is_written = _WRITTEN.fullmatch(international) and _digits(international) == digits
    is_national = _WRITTEN.fullmatch(national) and any(
        digits.endswith(_digits(national)[trunk:]) for trunk in range(_TRUNK + 1)
    )
    is_tel = _TEL.fullmatch(tel) and _digits(tel) == digits
    code = remote.country_code
    return replace(
        contact,
        phone_number=remote.phone_number or contact.phone_number,
        format_international=international if is_written else contact.format_international,
        format_national=national if is_national else contact.format_national,
        format_rfc=tel if is_tel else contact.format_rfc,
        country_code=code if code.isdecimal() and digits.startswith(code) else contact.country_code,
        region_code=remote.region_code if _REGION.fullmatch(remote.region_code) else contact.region_code,
    )


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _channels(
    contact: Contact, known: SentCopy | None, remote: SentContact, at: datetime, knowledge: Knowledge
) -> Contact:
    """Return the contact with the channels that Sent lists, where it says something other than before.

    What was found out about a channel later than Sent changed the contact stays.
    """
    names, stamp = remote.available_channels, remote.stamp or at
    if not names or (known is not None and known.channels == remote.copy.channels):
        return contact
    evidence = f"Sent lists {', '.join(names)}"
    before = contact
    if not _is_known_since(contact, Channel.WHATSAPP, stamp):
        contact = whatsapp_detected(contact, _listed(Channel.WHATSAPP, names), stamp, evidence)
    if not _is_known_since(contact, Channel.SMS, stamp):
        contact = sms_assessed(contact, _listed(Channel.SMS, names), stamp, evidence)
    return contact if contact == before else default_set(contact, at, knowledge, by=MovedBy.CHECK)


def _listed(channel: Channel, names: Sequence[str]) -> Availability:
    return Availability.AVAILABLE if channel.value in names else Availability.UNAVAILABLE


def _is_known_since(contact: Contact, channel: Channel, stamp: datetime) -> bool:
    status = contact.status(channel)
    if status.availability is Availability.UNKNOWN or status.source is Source.NUMBERING_PLAN:
        return False
    return status.checked_at is not None and status.checked_at > stamp


def _default(
    contact: Contact, known: SentCopy | None, remote: SentContact, at: datetime
) -> tuple[Contact, tuple[Conflict, ...]]:
    """Return the contact with the default channel that counts, and what differs.

    What Sent changed since it was last read is taken, unless a person here changed it since as well. What moved here
    by learning stays until Sent changes its own.
    """
    ours, said = contact.default_channel.value if contact.default_channel else "", remote.default_channel
    if said in {"", ours} or (known is not None and said == known.default_channel):
        return contact, ()
    channel = next((each for each in Channel if each.value == said), None)
    if contact.default_pinned and (known is None or ours != known.default_channel):
        return contact, (_two_defaults(contact, said, "the one chosen here stays"),)
    if channel is None or contact.availability(channel) is Availability.UNAVAILABLE:
        return contact, ()
    stamp = min(remote.stamp or at, at)
    moved = contact.with_default(
        channel, pinned=contact.default_pinned, reason="the default at Sent", at=stamp, by=MovedBy.SENT
    )
    about = (_two_defaults(contact, said, "Sent's is the later choice, and counts"),) if contact.default_pinned else ()
    return moved, about


def _two_defaults(contact: Contact, said: str, words: str) -> Conflict:
    here = contact.default_channel.label if contact.default_channel else "none"
    labels = {channel.value: channel.label for channel in Channel}
    told = f"{here} here, {labels.get(said, said)} at Sent: {words}."
    return Conflict(ConflictKind.DEFAULT_CHANNEL, contact.format_e164, contact.id, told)
