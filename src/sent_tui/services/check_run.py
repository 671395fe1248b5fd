"""One run over many contacts whose channels are looked up again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.lifecycle import checked
from sent_tui.core.search_match import IsCancelled
from sent_tui.errors import NetworkError, NotFoundError
from sent_tui.gateways.gateway import Finding, Gateway, TransientGatewayError
from sent_tui.store.repository import Repository
from sent_tui.store.transaction import contact_or_none

AT_ONCE = 20
"""Contacts of one write: few enough to lose little, to show progress, and to let others write."""
STORE_EVERY = timedelta(seconds=1)
"""What was found is stored at least as often, where the network is slow."""
GIVE_UP_AFTER = 10
"""So many contacts in a row that the network does not answer for end the run."""


@dataclass(frozen=True, slots=True)
class CheckProgress:
    """How far a run is."""

    done: int
    total: int
    elapsed: timedelta

    @property
    def rate(self) -> float:
        """Contacts a second."""
        seconds = self.elapsed.total_seconds()
        return self.done / seconds if seconds > 0 else 0.0

    @property
    def left(self) -> timedelta | None:
        """How long the rest takes at this rate; None while that cannot be told."""
        return timedelta(seconds=(self.total - self.done) / self.rate) if self.rate and self.total else None


@dataclass(slots=True)
class CheckReport:
    """What a run came to."""

    checked: int = 0
    changed: int = 0
    """Of those, how many have another availability on some channel."""
    moved: int = 0
    """Of those, how many have another default channel."""
    skipped: int = 0
    """Checked already since the run was first begun."""
    gone: int = 0
    """Deleted meanwhile."""
    failed: int = 0
    """The network gave no answer for them."""
    is_cancelled: bool = False
    trouble: str = ""
    """Why the run ended early; empty when it did not."""


OnProgress = Callable[[CheckProgress], None]
OnChecked = Callable[[Contact], None]
"""Told of each contact when what was found is stored."""
OnFailed = Callable[[Contact, NetworkError], None]


def nobody(_news: object) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class CheckRun:
    """A run; `over` is called once."""

    repository: Repository
    gateway: Gateway
    clock: Callable[[], datetime]
    total: int
    since: datetime | None
    rate: float | None
    pause: Callable[[float], None]
    on_progress: OnProgress
    on_checked: OnChecked
    on_failed: OnFailed
    is_cancelled: IsCancelled
    report: CheckReport = field(default_factory=CheckReport)
    _found: list[tuple[str, dict[Channel, Finding]]] = field(default_factory=list)
    """What is not stored yet."""
    _unanswered: dict[str, tuple[Contact, NetworkError]] = field(default_factory=dict)
    """Whom the network gave no answer for, by their ids; they are asked for once more."""
    _in_a_row: int = 0
    """How often the network gave no answer, without an answer in between."""
    _asked: int = 0
    _began: datetime = field(init=False)
    _stored_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._began = self._stored_at = self.clock()

    def over(self, contact_ids: Sequence[str]) -> CheckReport:
        """Look all of them up, and then once more those for whom the network gave no answer."""
        try:
            self._ask_for(contact_ids)
            self._in_a_row = 0
            self._ask_for(list(self._unanswered))
        finally:
            # Also when a person breaks it off: what was found is not lost.
            self._store()
        for contact, error in self._unanswered.values():
            self._failed(contact, error)
        return self.report

    def _ask_for(self, contact_ids: Iterable[str]) -> None:
        for contact_id in contact_ids:
            if self._is_over():
                return
            contact = self._wanted(contact_id)
            if contact is not None:
                self._ask(contact)
            if len(self._found) >= AT_ONCE or self.clock() - self._stored_at >= STORE_EVERY:
                self._store()

    def _is_over(self) -> bool:
        self.report.is_cancelled = self.report.is_cancelled or self.is_cancelled()
        return self.report.is_cancelled or bool(self.report.trouble)

    def _wanted(self, contact_id: str) -> Contact | None:
        """Return a contact that is to be looked up; None for one that is gone, or was checked in this run already."""
        try:
            contact = self.repository.get(contact_id)
        except NotFoundError:
            self.report.gone += 1
            return None
        if self.since is not None and was_checked(contact, self.since):
            self.report.skipped += 1
            return None
        return contact

    def _ask(self, contact: Contact) -> None:
        self._keep_pace()
        try:
            findings = self.gateway.detect(contact.format_e164)
        except TransientGatewayError as error:
            self._unanswered[contact.id] = contact, error
            self._in_a_row += 1
            if self._in_a_row >= GIVE_UP_AFTER:
                self.report.trouble = f"The network gave no answer {self._in_a_row} times in a row. {error}"
            return
        except NetworkError as error:
            self._unanswered.pop(contact.id, None)
            self._failed(contact, error)
        else:
            self._unanswered.pop(contact.id, None)
            self._found.append((contact.id, by_channel(findings)))
        self._in_a_row = 0

    def _keep_pace(self) -> None:
        if self.rate:
            due = self._began + timedelta(seconds=self._asked / self.rate)
            wait = (due - self.clock()).total_seconds()
            if wait > 0:
                self.pause(wait)
        self._asked += 1

    def _failed(self, contact: Contact, error: NetworkError) -> None:
        self.report.failed += 1
        self.on_failed(contact, error)

    def _store(self) -> None:
        """Store what was found since the last time, and tell of it."""
        found, self._found = self._found, []
        self._stored_at = at = self.clock()
        stored: list[Contact] = []
        if found:
            with self.repository.transaction() as tx:
                knowledge = Knowledge(tx.lesson)
                for contact_id, findings in found:
                    before = contact_or_none(tx, contact_id)
                    if before is None:
                        self.report.gone += 1
                        continue
                    tx.put_contact(_after(before, findings, at, knowledge))
                    knowledge.let_go(before)
                    stored.append(tx.contact(contact_id))
                    self._count(before, stored[-1])
        for contact in stored:
            self.on_checked(contact)
        report = self.report
        done = report.checked + report.skipped + report.gone + report.failed
        self.on_progress(CheckProgress(done, self.total, at - self._began))

    def _count(self, before: Contact, after: Contact) -> None:
        self.report.checked += 1
        self.report.changed += any(
            after.availability(channel) is not before.availability(channel) for channel in Channel
        )
        self.report.moved += after.default_channel is not before.default_channel


def was_checked(contact: Contact, since: datetime) -> bool:
    """Return whether a lookup of WhatsApp gave an answer at some time or later."""
    status = contact.status(Channel.WHATSAPP)
    is_known = status.availability is not Availability.UNKNOWN
    return is_known and status.checked_at is not None and status.checked_at >= since


def by_channel(findings: Iterable[Finding]) -> dict[Channel, Finding]:
    """Return what a lookup said, by channel."""
    return {finding.channel: finding for finding in findings}


def _after(before: Contact, findings: dict[Channel, Finding], at: datetime, knowledge: Knowledge) -> Contact:
    whatsapp, sms = findings.get(Channel.WHATSAPP), findings.get(Channel.SMS)
    return replace(checked(before, whatsapp, sms, at, knowledge), updated_at=at)
