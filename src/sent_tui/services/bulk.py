"""Bulk sending: one content to many contacts, at a rate, with progress, to be paused, resumed and cancelled.

The messages are written down first, and none goes out before all are. Then they are claimed a few at a time, with
the pace of all programs together in the same write, and handed over. So it can be killed at any moment, and any
program on the database may take it further.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice

from msgspec import Struct, field
from msgspec.structs import replace

from sent_tui.core.bulk import BulkSend, BulkStatus
from sent_tui.core.message import Content, Message, MessageStatus
from sent_tui.core.message_search import Fate, fate_of
from sent_tui.core.numbering import time_zones_of
from sent_tui.core.progress import followed, scheduled, stopped
from sent_tui.core.quiet_hours import QuietHours
from sent_tui.core.reasons import OPTED_OUT
from sent_tui.errors import NotFoundError, RefusedError, SentTuiError, UsageError
from sent_tui.services.claiming import MISSED_AFTER, Order
from sent_tui.services.contacts import Clock, NewId
from sent_tui.services.forecast import is_asleep
from sent_tui.services.personal import ContentOf
from sent_tui.services.sending import SendingService, check_text, check_time
from sent_tui.store.repository import Repository
from sent_tui.store.transaction import Transaction, contact_or_none

WRITTEN_AT_ONCE = 1_000
"""Messages that are written down in one write."""
CLAIMED_AT_ONCE = 5
"""Messages that are claimed in one write, and then handed over one after another."""
STEPS_AT_ONCE = 20
"""Steps of one bulk send before the next one has its turn."""
UNREACHABLE_AFTER = 3
"""After so many messages in a row that no network took, a bulk send pauses."""
HIGHEST_RATE = 1_000.0
"""Messages a second that a bulk send can have."""


class Progress(Struct, frozen=True):
    """How far a bulk send has come."""

    total: int
    counts: Mapping[str, int]
    """How many messages stand how: waiting, on the way, arrived, failed, filtered, cancelled, unknown.

    While it runs, what others did of it is on the way, until all is counted again.
    """
    rate: float = 0.0
    """Messages a second in this run, so far."""
    left: timedelta | None = None
    """How long it will still take; None while that is not known."""

    @property
    def waiting(self) -> int:
        """How many were not handed over yet."""
        return self.counts.get(WAITING, 0)


WAITING, ON_THE_WAY = "waiting", "on the way"
_GROUPS: Mapping[Fate, str] = {
    Fate.WAITING: WAITING,
    Fate.UNDER_WAY: ON_THE_WAY,
    Fate.DELIVERED: "arrived",
    Fate.FAILED: "failed",
    Fate.UNKNOWN: "unknown",
}
_STOPPED: Mapping[str, str] = {MessageStatus.FILTERED: "filtered", MessageStatus.CANCELLED: "cancelled"}


def group_of(message: Message) -> str:
    """Return how a message of a bulk send is counted.

    One that failed on one channel and goes on by another is on the way; one that was given up is unknown; one that was
    blocked has failed.
    """
    return _GROUPS.get(fate_of(message)) or _STOPPED.get(message.status, "failed")


class _Streak(Struct):
    """How many messages in a row no network took, for each bulk send."""

    count: Counter[str] = field(default_factory=Counter)

    def is_over(self, batch: str, message: Message) -> bool:
        """Return whether there were too many, with one more."""
        if not message.attempts:
            return False
        never_left = message.status == MessageStatus.FAILED and message.attempts[-1].gateway_id is None
        self.count[batch] = self.count[batch] + 1 if never_left else 0
        return self.count[batch] >= UNREACHABLE_AFTER


class BulkService:
    """What can be done with bulk sends."""

    def __init__(self, repository: Repository, sending: SendingService, clock: Clock, new_id: NewId) -> None:
        self._repository = repository
        self._sending = sending
        self._clock = clock
        self._new_id = new_id
        self._streak = _Streak()

    def begin(
        self,
        contact_ids: Sequence[str],
        content_of: ContentOf,
        *,
        text: str,
        rate: float,
        order: Order | None = None,
        quiet: QuietHours | None = None,
        on_written: Callable[[int], None] = lambda count: None,
    ) -> BulkSend:
        """Write the messages down, to begin at `order.send_at` or at once, and return the bulk send.

        A contact that has opted out gets one that is filtered, and one to whom `content_of` gives a reason, one that
        failed with it. A contact that was deleted meanwhile gets none. In the `quiet` hours of a contact, its message
        waits. `on_written` hears how many are written; once it is cancelled, no more are.

        Raises UsageError for a rate or a time that makes no sense; then nothing is stored.
        """
        now, order = self._clock(), order or Order()
        check_rate(rate)
        if order.send_at is not None:
            check_time(order.send_at, now)
        begins = order.send_at or now
        waits = {} if quiet is None else self._waits(contact_ids, content_of, begins, quiet)
        # They are claimed as they are written down, and so the first ones are those that go first.
        ids = sorted(dict.fromkeys(contact_ids), key=lambda contact_id: waits.get(contact_id, begins))
        bulk = BulkSend(self._new_id(), now, text, len(ids), rate, BulkStatus.WRITING, begins, begins)
        order = replace(order, send_at=begins, batch=bulk.id)
        with self._repository.transaction() as tx:
            tx.put_bulk_send(bulk)
        try:
            written = self._write(bulk.id, ids, content_of, order, waits, on_written)
            return self._let_run(bulk.id, written)
        except BaseException:
            with suppress(SentTuiError):
                self.cancel(bulk.id)
            raise

    def _let_run(self, batch: str, written: int) -> BulkSend:
        """Let the messages of a bulk send go out, unless it was cancelled while they were written."""
        with self._repository.transaction() as tx:
            bulk = tx.bulk_send(batch)
            if bulk.status is BulkStatus.WRITING:
                bulk = replace(bulk, status=BulkStatus.RUNNING, total=written)
                tx.put_bulk_send(bulk)
        return bulk

    def step(self, batch: str) -> Sequence[Message]:
        """Claim the messages that may go now, hand them over, and return them as they stand then."""
        with self._repository.transaction() as tx:
            claimed = self._claimed(tx, tx.bulk_send(batch))
        sent = []
        for message in claimed:
            done = self._sending.handing_over.hand_over(message) if message.attempts else message
            sent.append(done)
            if self._streak.is_over(batch, done):
                # One that was cancelled or came to its end meanwhile needs no pause; the others go out all the same.
                with suppress(RefusedError):
                    self.pause(batch, done.attempts[-1].detail)
                self._streak.count[batch] = 0
        return sent

    @property
    def is_running(self) -> bool:
        """Whether any bulk send has begun, runs, and was not left alone for too long."""
        now = self._clock()
        running = (bulk for bulk in self._repository.bulk_sends() if bulk.status is BulkStatus.RUNNING)
        return any(bulk.send_at <= now and not bulk.missed(now, MISSED_AFTER) for bulk in running)

    @property
    def is_open(self) -> bool:
        """Whether any bulk send is being written or runs, now or later, and was not left alone for too long."""
        now = self._clock()
        return any(bulk.is_open and not bulk.missed(now, MISSED_AFTER) for bulk in self._repository.bulk_sends())

    def go_on(self) -> Sequence[Message]:
        """Hand over what of the running bulk sends may go now; one that was left alone for too long is not touched."""
        if not self._sending.is_armed:
            return []
        now = self._clock()
        waiting = [bulk for bulk in self._repository.bulk_sends() if bulk.allowed(now, 1) and self._goes_on(bulk, now)]
        sent: list[Message] = []
        for bulk in waiting:
            if not bulk.missed(now, MISSED_AFTER):
                for _ in range(STEPS_AT_ONCE):
                    some = self.step(bulk.id)
                    sent.extend(some)
                    if not some:
                        break
        return sent

    def run(
        self,
        batch: str,
        *,
        pause: Callable[[float], None],
        on_sent: Callable[[Message], None] = lambda message: None,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> BulkSend:
        """Take a bulk send to its end, unless it is paused, cancelled, or `is_stopped` says so.

        `pause` waits some seconds; `on_sent` hears of each message that was handed over or stopped here. Raises
        RefusedError for one of another gateway.
        """
        if not self._is_ours(batch):
            raise RefusedError("This bulk send does not go on here", "It was written for another gateway.")
        counts, began, done = self._counts(batch), self._clock(), 0
        while (bulk := self._repository.bulk_send(batch)).status is BulkStatus.RUNNING and not is_stopped():
            sent = self.step(batch)
            for message in sent:
                on_sent(message)
                counts[group_of(message)] += 1
                done += 1
            counts[WAITING] = self._repository.waiting(batch)
            counts[ON_THE_WAY] += bulk.total - counts.total()
            on_progress(_progress(bulk, counts, done, self._clock() - began))
            if not sent:
                pause(_until_next(self._repository.bulk_send(batch), self._clock()))
        return bulk

    def progress(self, batch: str) -> Progress:
        """Return how far a bulk send has come; looks at every message of it."""
        return Progress(self._repository.bulk_send(batch).total, self._counts(batch))

    def pause(self, batch: str, why: str = "") -> BulkSend:
        """Let no further message of a bulk send go; raises RefusedError for one that does not run."""
        return self._change(batch, BulkStatus.PAUSED, {BulkStatus.RUNNING, BulkStatus.PAUSED}, why)

    def resume(self, batch: str) -> BulkSend:
        """Let a bulk send go on; raises RefusedError for one that is done, cancelled, or was not written as a whole."""
        return self._change(batch, BulkStatus.RUNNING, {BulkStatus.RUNNING, BulkStatus.PAUSED})

    def cancel(self, batch: str) -> int:
        """Cancel the messages that were not claimed yet, and return how many; raises RefusedError for one that is done.

        Doing it again finishes what was interrupted. One that was never written as a whole has the messages that were.
        """
        bulk = self._change(batch, BulkStatus.CANCELLED, set(BulkStatus) - {BulkStatus.DONE})
        cancelled = 0
        while waiting := self._repository.scheduled(batch, limit=WRITTEN_AT_ONCE):
            with self._repository.transaction() as tx:
                for message in map(tx.message, [message.id for message in waiting]):
                    if message.is_waiting:
                        tx.put_message(stopped(message, MessageStatus.CANCELLED, self._clock()))
                        cancelled += 1
        total = sum(1 for _ in self._repository.of_bulk_send(batch))
        if total != bulk.total:
            with self._repository.transaction() as tx:
                tx.put_bulk_send(replace(tx.bulk_send(batch), total=total))
        return cancelled

    def _write(
        self,
        batch: str,
        ids: Sequence[str],
        content_of: ContentOf,
        order: Order,
        waits: Mapping[str, datetime],
        on_written: Callable[[int], None],
    ) -> int:
        written = 0
        for some in _chunks(ids):
            with self._repository.transaction() as tx:
                if tx.bulk_send(batch).status is not BulkStatus.WRITING:
                    break
                for contact_id in some:
                    own = replace(order, send_at=waits.get(contact_id, order.send_at))
                    written += self._written(tx, contact_id, content_of, own)
            on_written(written)
        return written

    def _waits(
        self, ids: Sequence[str], content_of: ContentOf, begins: datetime, quiet: QuietHours
    ) -> dict[str, datetime]:
        """Return until when the messages wait that would come in the quiet hours of their contacts."""
        found = {}
        for contact_id in ids:
            with suppress(NotFoundError):
                contact = self._repository.get(contact_id)
                content = content_of(contact)
                if isinstance(content, Content) and is_asleep(contact, content, quiet, begins):
                    found[contact_id] = quiet.end_after(begins, time_zones_of(contact.format_e164))
        return found

    def _written(self, tx: Transaction, contact_id: str, content_of: ContentOf, order: Order) -> bool:
        contact, now = contact_or_none(tx, contact_id), self._clock()
        if contact is None:
            return False
        content = _checked(content_of(contact))
        known = content if isinstance(content, Content) else Content("")
        message = self._sending.claiming.written(contact, known, now, order)
        if contact.opt_out:
            message = stopped(message, MessageStatus.FILTERED, now, OPTED_OUT)
        elif not isinstance(content, Content):
            message = stopped(replace(message, reasons=(content,)), MessageStatus.FAILED, now)
        else:
            message = scheduled(message)
        tx.put_message(message)
        if not message.is_waiting:
            tx.put_contact(followed(message, contact))
        return True

    def _claimed(self, tx: Transaction, bulk: BulkSend) -> list[Message]:
        now = self._clock()
        if bulk.status is not BulkStatus.RUNNING:
            return []
        if not self._repository.scheduled(bulk.id, limit=1):
            tx.put_bulk_send(replace(bulk, status=BulkStatus.DONE))
            return []
        allowed = bulk.allowed(now, CLAIMED_AT_ONCE)
        due = (message for message in self._repository.scheduled(bulk.id, limit=allowed) if _is_due(message, now))
        waiting = [tx.message(message.id) for message in due]
        if not waiting:
            return []
        tx.put_bulk_send(bulk.paced(now, len(waiting)))
        return [self._sending.claiming.release(tx, message, now) for message in waiting]

    def _goes_on(self, bulk: BulkSend, now: datetime) -> bool:
        """Return whether the next message of a bulk send is ours, and does not wait for a later time."""
        return all(
            self._sending.is_ours(message) and _is_due(message, now)
            for message in self._repository.scheduled(bulk.id, limit=1)
        )

    def _is_ours(self, batch: str) -> bool:
        return all(self._sending.is_ours(message) for message in self._repository.scheduled(batch, limit=1))

    def _change(self, batch: str, to: BulkStatus, allowed: set[BulkStatus], why: str = "") -> BulkSend:
        with self._repository.transaction() as tx:
            bulk, now = tx.bulk_send(batch), self._clock()
            if bulk.status not in allowed:
                raise RefusedError(f"This bulk send cannot be {_VERBS[to]}", _STANDS[bulk.status])
            bulk = replace(bulk, status=to, why=why, next_at=max(bulk.next_at, now))
            tx.put_bulk_send(bulk)
        return bulk

    def _counts(self, batch: str) -> Counter[str]:
        return Counter(map(group_of, self._repository.of_bulk_send(batch)))


def _is_due(message: Message, now: datetime) -> bool:
    return message.send_at is None or message.send_at <= now


_VERBS = {BulkStatus.PAUSED: "paused", BulkStatus.RUNNING: "resumed", BulkStatus.CANCELLED: "cancelled"}
_STANDS = {
    BulkStatus.WRITING: "Its messages were never written down as a whole, and none was sent. Cancel it and begin anew.",
    BulkStatus.RUNNING: "It is running.",
    BulkStatus.PAUSED: "It is paused.",
    BulkStatus.CANCELLED: "It was cancelled.",
    BulkStatus.DONE: "Every message was handed over or stopped.",
}


def check_rate(rate: float) -> None:
    """Raise UsageError for a rate that makes no sense."""
    if not 0 < rate <= HIGHEST_RATE:
        words = f"It takes a number of messages a second, above 0 and up to {HIGHEST_RATE:,.0f}."
        raise UsageError("This rate makes no sense", words)


def _checked(content: Content | str) -> Content | str:
    """Return a content, or why it cannot be sent."""
    if isinstance(content, Content):
        try:
            check_text(content)
        except UsageError as error:
            return str(error)
    return content


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    left = iter(ids)
    while some := list(islice(left, WRITTEN_AT_ONCE)):
        yield some


def _progress(bulk: BulkSend, counts: Mapping[str, int], done: int, took: timedelta) -> Progress:
    seconds = took.total_seconds()
    rate = done / seconds if seconds > 0 else 0.0
    pace = min(rate, bulk.rate) if rate else bulk.rate
    return Progress(bulk.total, dict(counts), rate, timedelta(seconds=counts[WAITING] / pace))


def _until_next(bulk: BulkSend, now: datetime) -> float:
    """Return how many seconds to wait for the next message, one at most."""
    wait = (max(bulk.next_at, bulk.send_at) - now).total_seconds()
    return min(1.0, max(0.01, wait))
