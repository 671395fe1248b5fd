"""Telling Sent what persons decided here: opt-outs, opt-ins, and the default channels that they chose.

Before Sent is told something, its contact is read again, so that nothing is overwritten that changed there meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from sent_tui.core.conflict import Conflict, ConflictKind
from sent_tui.core.contact import Contact
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.pull import ReadContacts, mark_of
from sent_tui.core.push import Push, pending
from sent_tui.core.sent_contact import SentContact
from sent_tui.errors import NotFoundError
from sent_tui.gateways.gateway import NothingThereError, PermanentGatewayError
from sent_tui.services.sync_merging import merged, number_of
from sent_tui.services.sync_report import Stage
from sent_tui.services.sync_run import SyncRun
from sent_tui.store.transaction import contact_or_none

_TOLD_EVERY: Final = 500
_NOTHING_TOLD: Final = "Nothing could be told."


class Pusher:
    """Finds out what Sent is to be told of the contacts of a run's account, and tells it."""

    def __init__(self, run: SyncRun) -> None:
        self._run = run

    def wanted(self, read: ReadContacts | None) -> list[str]:
        """Return the ids of the contacts of which Sent is to be told something; none when it was cancelled meanwhile.

        `read` holds the contacts that a whole pull has just read: the others of the account are conflicts.
        """
        found, unknown, account = [], 0, self._run.account
        for contact in self._contacts():
            if contact.sent is None:
                unknown += contact.opt_out or contact.default_pinned
                continue
            if account and contact.customer_id != account:
                continue
            if read is not None and mark_of(contact.sent.id, contact.format_e164) not in read:
                self._list(ConflictKind.GONE, contact, "It may have been deleted there. It stays here.")
            elif self._pending(contact):
                found.append(contact.id)
        if self._run.report.is_cancelled:
            return []
        self._run.report.unknown_there = unknown
        return found

    def tell(self, contact_ids: list[str]) -> None:
        """Tell Sent what was decided about contacts, one after the other, while live sending is armed.

        Raises a NetworkError; the report then tells of how many contacts Sent was not told.
        """
        run, started = self._run, self._run.clock()
        run.report.waiting = len(contact_ids)
        for done, contact_id in enumerate(contact_ids, 1):
            if run.is_stopped() or not run.gateway.is_armed:
                return
            self._tell_of(contact_id)
            run.report.waiting = len(contact_ids) - done
            run.tell(Stage.PUSH, done, len(contact_ids), started)

    def _contacts(self) -> Iterator[Contact]:
        run = self._run
        rows, started = run.repository.answer(), run.clock()
        for place, row in enumerate(rows):
            if run.is_stopped():
                return
            if place % _TOLD_EVERY == 0:
                run.tell(Stage.LOOK, place, len(rows), started)
            try:
                yield run.repository.get(row.id)
            except NotFoundError:
                continue  # somebody deleted it meanwhile

    def _pending(self, contact: Contact) -> Push:
        known = contact.sent
        # Decisions are looked up where they matter alone.
        has_other = known is not None and known.opt_out is not contact.opt_out
        return pending(contact, self._run.repository.consent_history(contact.format_e164) if has_other else ())

    def _tell_of(self, contact_id: str) -> None:
        """Tell Sent of a contact; of one that somebody deleted here meanwhile there is nothing to tell."""
        try:
            contact = self._run.repository.get(contact_id)
        except NotFoundError:
            return
        sent_id = contact.sent.id if contact.sent is not None else ""
        if not sent_id:
            return
        try:
            there = self._run.asker.ask(lambda: self._run.directory.contact(sent_id))
        except PermanentGatewayError as error:
            self._list(ConflictKind.NOT_TAKEN, contact, f"It could not be read there: {error.message}")
            return
        if there is None:
            self._list(ConflictKind.GONE, contact, _NOTHING_TOLD)
        elif number_of(there) != contact.format_e164:
            words = f"At Sent it has the number {there.format_e164}. Nothing was told."
            self._list(ConflictKind.MOVED_ID, contact, words)
        else:
            self._change(contact, sent_id, self._still_pending(contact, there))

    def _change(self, contact: Contact, sent_id: str, push: Push) -> None:
        """Change a contact at Sent, and take in what it answers."""
        run = self._run
        if not push:
            return
        try:
            there = run.asker.ask(
                lambda: run.directory.update_contact(
                    sent_id, opt_out=push.opt_out, default_channel=push.default_channel
                )
            )
        except NothingThereError:
            self._list(ConflictKind.GONE, contact, _NOTHING_TOLD)
        except PermanentGatewayError as error:
            self._list(ConflictKind.NOT_TAKEN, contact, f"{push.words}: {error.message}")
        else:
            if self._still_pending(contact, there, is_answer=True):
                self._list(ConflictKind.NOT_TAKEN, contact, f"{push.words}: its answer says otherwise.")
            else:
                run.report.pushed += 1

    def _list(self, kind: ConflictKind, contact: Contact, words: str) -> None:
        self._run.report.add(Conflict(kind, contact.format_e164, contact.id, words))

    def _still_pending(self, contact: Contact, there: SentContact, *, is_answer: bool = False) -> Push:
        """Merge a contact with what Sent has, and return what it is to be told then.

        The answer to a change is newer than what was read before it, whatever its time says.
        """
        with self._run.repository.transaction() as tx:
            before = contact_or_none(tx, contact.id)
            if before is None:
                return Push()
            known = before.sent.stamp if before.sent is not None else None
            if is_answer and known is not None and (there.stamp is None or there.stamp < known):
                there = replace(there, updated_at=known)
            taken = merged(tx, before, there, self._run.clock(), Knowledge(tx.lesson))
        taken.count_again(self._run.report)
        return self._pending(taken.contact or before)
