"""Taking a contact of Sent's in, inside a write: it is found by its number, merged, and stored where it changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.conflict import Conflict, ConflictKind
from sent_tui.core.consent import ConsentEvent, ConsentKind, opted_out
from sent_tui.core.contact import Contact, new_contact
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.lifecycle import first_lifecycle, normalised
from sent_tui.core.merge import BY_SENT, merge
from sent_tui.core.phone import InvalidNumber, PhoneNumber, parse
from sent_tui.core.sent_contact import SentContact
from sent_tui.services.sync_report import SyncReport
from sent_tui.store.transaction import Transaction, contact_or_none

_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")


class Taken(Struct, frozen=True):
    """What became of a contact of Sent's."""

    contact: Contact | None
    """None for one that is not taken."""
    number: str
    """E.164; of one that is not taken, as Sent writes it."""
    is_new: bool = False
    is_changed: bool = False
    """Whether something changed that is more than what is kept of Sent's copy."""
    is_merged: bool = False
    """Whether the number was taken over by another contact here, which stands in `contact`."""
    decided: ConsentKind | None = None
    """What of Sent's about messages was taken."""
    conflicts: tuple[Conflict, ...] = ()

    def count(self, report: SyncReport) -> None:
        """Add this to a report."""
        if self.is_merged:
            report.merged += 1
        elif self.contact is not None:
            report.new += self.is_new
            report.changed += self.is_changed and not self.is_new
            report.same += not (self.is_new or self.is_changed)
        self.count_again(report)

    def count_again(self, report: SyncReport) -> None:
        """Add to a report what was found out when a contact was read again in the same run."""
        report.opted_out += self.decided is ConsentKind.OPT_OUT
        report.opted_in += self.decided is ConsentKind.OPT_IN
        for conflict in self.conflicts:
            report.add(conflict)


def take(tx: Transaction, row: SentContact, at: datetime, knowledge: Knowledge, new_id: Callable[[], str]) -> Taken:
    """Take a contact of Sent's in: into the one with its number, or as a contact that is made for it.

    A number whose contact was merged with another one here belongs to that one.
    """
    number = parse(row.format_e164)
    if isinstance(number, InvalidNumber):
        words = f"{number.message} It was passed over{f' ({row.id})' if row.id else ''}."
        return _passed_over(row.format_e164, words)
    if not _ID.fullmatch(row.id):
        words = "It has no id that can be used. It was passed over."
        return _passed_over(number.e164, words)
    local = tx.find(number.e164)
    keeper = tx.merged_into(number.e164) if local is None else None
    if keeper is not None:
        return _merged_away(tx, keeper, number, row, at)
    holder = _holder(tx, row.id, local)
    before = local or _made(tx, number, row, row.id if holder is None else new_id(), at)
    conflicts: tuple[Conflict, ...] = ()
    if holder is not None and holder.format_e164 != number.e164:
        words = f"It has the id of {holder.format_international} here ({row.id})."
        conflicts = (Conflict(ConflictKind.MOVED_ID, number.e164, before.id, words),)
    taken = merged(tx, before, row, at, knowledge, is_new=local is None)
    return replace(taken, conflicts=(*conflicts, *taken.conflicts))


def _holder(tx: Transaction, sent_id: str, local: Contact | None) -> Contact | None:
    """Return the contact here that an id of Sent's stands for; the one of its number, if that is one of several."""
    if local is not None and local.id == sent_id:
        return local
    return contact_or_none(tx, sent_id) or next(iter(tx.linked(sent_id)), None)


def _merged_away(tx: Transaction, keeper: Contact, number: PhoneNumber, row: SentContact, at: datetime) -> Taken:
    """Keep what Sent says of a number that another contact took over: an opt-out counts for that one as well.

    It is taken once: after somebody opted the contact in, not before Sent changed its own anew.
    """
    taken = Taken(keeper, number.e164, is_merged=True)
    history, stamp = tx.consent_history(keeper.format_e164), min(row.stamp or at, at)
    is_known = opted_out(tx.consent_history(number.e164)) and (not history or stamp <= history[-1].at)
    if not row.opt_out or keeper.opt_out or is_known:
        return taken
    out = ConsentEvent(number.e164, ConsentKind.OPT_OUT, stamp, BY_SENT, f"opted out at Sent ({row.id})")
    tx.add_consent(out)
    when = max([stamp, *(event.at for event in history)])
    how = f"{out.how} as {number.international}, which was merged with it"
    tx.add_consent(replace(out, number=keeper.format_e164, at=when, how=how))
    keeper = replace(keeper, opt_out=True, updated_at=at)
    tx.put_contact(keeper)
    return replace(taken, contact=keeper, decided=ConsentKind.OPT_OUT)


def number_of(row: SentContact) -> str:
    """Return the number of a contact of Sent's in E.164; one that is not valid as it is written."""
    number = parse(row.format_e164)
    return row.format_e164 if isinstance(number, InvalidNumber) else number.e164


def _passed_over(number: str, words: str) -> Taken:
    return Taken(None, number, conflicts=(Conflict(ConflictKind.NOT_A_NUMBER, number, words=words),))


def merged(
    tx: Transaction, before: Contact, row: SentContact, at: datetime, knowledge: Knowledge, *, is_new: bool = False
) -> Taken:
    """Merge a contact with Sent's copy of it, and store what changed; one that is new, whatever it is."""
    found = merge(before, row, tx.consent_history(before.format_e164), at, knowledge)
    knowledge.let_go(before)
    if is_new or found.contact != before:
        tx.put_contact(found.contact)
    if found.decision is not None:
        tx.add_consent(found.decision)
    is_changed = replace(found.contact, sent=before.sent) != before
    decided = found.decision.kind if found.decision is not None else None
    return Taken(found.contact, before.format_e164, is_new, is_changed, decided=decided, conflicts=found.conflicts)


def _made(tx: Transaction, number: PhoneNumber, row: SentContact, contact_id: str, at: datetime) -> Contact:
    """Return a contact for a number that none has; who opted out before starts opted out."""
    # What Sent lists of its channels is merged in; without that, they rest on the numbering plan.
    is_listed = bool(row.available_channels)
    contact = (
        normalised(new_contact(number, contact_id=contact_id, at=at), at)
        if is_listed
        else first_lifecycle(number, contact_id, at)
    )
    return replace(contact, opt_out=opted_out(tx.consent_history(number.e164)))
