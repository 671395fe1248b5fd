"""Looking up the channels of contacts again: of one, of many, and of those for whom it would pay."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact, LifecycleStep, StepKind
from sent_tui.core.default_move import MovedBy
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.lifecycle import checked
from sent_tui.core.recheck import Proposal, Rechecks
from sent_tui.core.search import EVERYONE, ContactQuery, ContactRow, opted_out
from sent_tui.core.search_match import IsCancelled, never
from sent_tui.errors import NetworkError, NotFoundError
from sent_tui.gateways.gateway import Finding, Gateway
from sent_tui.services.check_run import (
    CheckReport,
    CheckRun,
    OnChecked,
    OnFailed,
    OnProgress,
    by_channel,
    nobody,
)
from sent_tui.store.repository import Repository

OnStep = Callable[[StepKind, LifecycleStep | None], None]
"""Told that a step begins (None) and how it ended."""
OnLook = Callable[[int, int], None]
"""Told how many contacts of how many were looked at."""
_TOLD_EVERY = 500
_LOOKED_UP = (StepKind.DETECT_WHATSAPP, StepKind.ASSESS_SMS, StepKind.SET_DEFAULT)


class CheckingService:
    """Finds out anew which channels reach contacts. `clock` gives the present time, aware, in UTC."""

    def __init__(self, repository: Repository, gateway: Gateway, clock: Callable[[], datetime]) -> None:
        self._repository = repository
        self._gateway = gateway
        self._clock = clock

    def check(
        self, contact_id: str, *, on_step: OnStep = lambda kind, step: None, by: MovedBy = MovedBy.CHECK
    ) -> Contact:
        """Look up the channels of a contact and set its default channel by what was found.

        A network that cannot be reached is no error: the step is recorded as unknown, with the reason. `by` says what
        moves the default channel, if it does move.
        """
        on_step(StepKind.DETECT_WHATSAPP, None)
        contact = self._keep(contact_id, looked_up(self._gateway, self._repository.get(contact_id).format_e164), by)
        for step in contact.lifecycle:
            if step.kind in _LOOKED_UP:
                on_step(step.kind, step)
        return contact

    def found(self, contact_id: str, findings: Iterable[Finding]) -> Contact:
        """Keep what a register said about the channels of a contact, and set its default channel by it."""
        return self._keep(contact_id, by_channel(findings), MovedBy.CHECK)

    def check_many(
        self,
        contact_ids: Sequence[str],
        *,
        since: datetime | None = None,
        rate: float | None = None,
        pause: Callable[[float], None] = time.sleep,
        on_progress: OnProgress = nobody,
        on_checked: OnChecked = nobody,
        on_failed: OnFailed = lambda contact, error: None,
        is_cancelled: IsCancelled = never,
    ) -> CheckReport:
        """Look up the channels of many contacts, one after the other, and store what was found in small writes.

        A contact that was checked at `since` or later is passed over, so that a run can be taken up again. `rate` is
        the most lookups a second. Who cannot be reached is asked once more at the end, and then reported; when the
        network answers nobody, the run ends early. What was found is kept, also when the run is cancelled or broken
        off. Raises DatabaseError.
        """
        run = CheckRun(
            self._repository,
            self._gateway,
            self._clock,
            len(contact_ids),
            since=since,
            rate=rate,
            pause=pause,
            on_progress=on_progress,
            on_checked=on_checked,
            on_failed=on_failed,
            is_cancelled=is_cancelled,
        )
        return run.over(contact_ids)

    def proposal(self, contact: Contact) -> Proposal | None:
        """Return why the channels of a contact should be checked again; None when that would change nothing."""
        return Rechecks(self._clock(), self._repository.lesson).proposal(contact)

    def proposals(
        self,
        query: ContactQuery = EVERYONE,
        *,
        limit: int | None = None,
        on_look: OnLook = lambda done, total: None,
        is_cancelled: IsCancelled = never,
    ) -> tuple[list[Proposal], int]:
        """Return the checks that would pay, the best first and no more than `limit`, and how many there are in all.

        Contacts are read one after the other; with a limit, no more than that many are kept in memory. `on_look` is
        told now and then how many of how many were looked at.
        """
        rechecks = Rechecks(self._clock(), self._repository.lesson)
        best: list[tuple[float, int, Proposal]] = []
        total = 0
        rows = self._repository.answer(query & opted_out(wanted=False))
        for place, contact in enumerate(self._contacts(rows)):
            if is_cancelled():
                break
            if place % _TOLD_EVERY == 0:
                on_look(place, len(rows))
            proposal = rechecks.proposal(contact)
            if proposal is None:
                continue
            total += 1
            # Of equal ones, the first in the order of names goes before the others.
            entry = (proposal.gain, -place, proposal)
            if limit is None or len(best) < limit:
                heapq.heappush(best, entry)
            else:
                heapq.heappushpop(best, entry)
        return [proposal for _, _, proposal in sorted(best, reverse=True)], total

    def _keep(self, contact_id: str, findings: Mapping[Channel, Finding], by: MovedBy) -> Contact:
        at, whatsapp, sms = self._clock(), findings.get(Channel.WHATSAPP), findings.get(Channel.SMS)
        with self._repository.transaction() as tx:
            known = checked(tx.contact(contact_id), whatsapp, sms, at, Knowledge(tx.lesson), by=by)
            tx.put_contact(replace(known, updated_at=at))
            return tx.contact(contact_id)

    def _contacts(self, rows: Iterable[ContactRow]) -> Iterator[Contact]:
        for row in rows:
            try:
                yield self._repository.get(row.id)
            except NotFoundError:
                continue  # somebody deleted it meanwhile


def looked_up(gateway: Gateway, number: str) -> dict[Channel, Finding]:
    """Return what a lookup finds out about the channels of a number; a network that is down finds out nothing."""
    try:
        return by_channel(gateway.detect(number))
    except NetworkError as error:
        words = f"not found out: {error.title.lower()}"
        return {channel: Finding(channel, Availability.UNKNOWN, words) for channel in Channel}
