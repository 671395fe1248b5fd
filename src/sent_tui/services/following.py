"""Following messages: which are under way or wait for their time, and when each is worth another look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from threading import Lock
from typing import TYPE_CHECKING

from sent_tui.core.channel import Channel
from sent_tui.core.message import Message, MessageStatus
from sent_tui.core.progress import due_at
from sent_tui.errors import NotFoundError
from sent_tui.services.claiming import is_missed
from sent_tui.services.sending import SendingService
from sent_tui.store.repository import Change, ChangeKind

if TYPE_CHECKING:
    from sent_tui.services.bulk import BulkService
    from sent_tui.services.hearing import HearingService

_PACE = (
    (timedelta(seconds=15), timedelta(milliseconds=400)),
    (timedelta(minutes=2), timedelta(seconds=2)),
    (timedelta(hours=1), timedelta(seconds=30)),
    (timedelta(days=2), timedelta(minutes=10)),
)
"""Up to which age a message is looked at how often."""
READ_WITHIN = timedelta(days=1)
"""How long a message that arrived on WhatsApp is watched for being read: after as long again each time."""
AT_ONCE = 50
"""So many messages are looked at in one go at most."""
UNARMED_LOOK = timedelta(seconds=30)
"""How often a message that is due and may not go out from here is looked at."""
BULK_LOOK = timedelta(seconds=1)
"""How often a bulk send that is not done is taken further."""
AGAIN = timedelta(seconds=2)
"""When a message is looked at again after a look that failed."""


class Follower:
    """Advances every message that is due: those under way, those whose time has come, and bulk sends.

    With `hearing`, it also takes in what people answer.
    What is due is kept in memory, and changes are heard as they happen, so that a look costs nothing while there is
    nothing to do. `tick` is not for several threads at once.
    """

    def __init__(
        self,
        sending: SendingService,
        clock: Callable[[], datetime],
        bulk: BulkService | None = None,
        hearing: HearingService | None = None,
    ) -> None:
        self._sending = sending
        self._hearing = hearing
        self._clock = clock
        self._bulk = bulk
        self._bulk_at: datetime | None = clock() if bulk is not None else None
        """When it is looked for bulk sends that may go on; None while there is none, until something changes."""
        self._has_bulk_news = False
        self._due: dict[str, datetime] = {}
        """When each message is worth a look."""
        self._queue: list[tuple[datetime, str]] = []
        """A heap; an entry that is not as in `_due` counts no more."""
        self._news: set[str] = set()
        self._lock = Lock()
        self._is_new = True
        self.end = sending.subscribe(self._heard)
        """Stops hearing of changes."""

    @property
    def is_due(self) -> bool:
        """Whether any message is worth a look now; asks only what is in memory."""
        now = self._clock()
        if self._is_new or self._news or self._has_bulk_news or (self._bulk_at is not None and self._bulk_at <= now):
            return True
        return bool(self._queue) and self._queue[0][0] <= now

    def tick(self) -> Sequence[Message]:
        """Advance the messages that are due and return those that moved, as they are now, and what people wrote.

        Raises what a look raises, such as DatabaseError; nothing is forgotten then, and the next tick goes on.
        """
        self._take_news()
        now, moved = self._clock(), []
        due = self._pop_due(now)
        for message_id in due:
            self._put(message_id, now + AGAIN)
        for message_id in due:
            try:
                message = self._sending.message(message_id)
            except NotFoundError:
                self._put(message_id, None)
                continue
            changed = self._sending.advance(message_id)
            self._plan(changed, now)
            if changed != message:
                moved.append(changed)
            if self._hearing is not None:
                moved.extend(self._hearing.hear(changed))
        if self._bulk is not None and self._bulk_at is not None and self._bulk_at <= now:
            moved.extend(self._bulk.go_on())
            self._bulk_at = now + BULK_LOOK if self._bulk.is_open else None
        self._take_news()
        return moved

    def _heard(self, change: Change) -> None:
        if change.kind is ChangeKind.MESSAGES:
            with self._lock:
                self._news |= change.ids
        elif change.kind is ChangeKind.BULK_SENDS:
            # One that was paused may go on, and no message tells of that.
            self._has_bulk_news = self._bulk is not None

    def _take_news(self) -> None:
        """Take in which messages began, ended or were changed by others."""
        now = self._clock()
        if self._is_new:
            for message in (*self._sending.open_messages(), *self._sending.scheduled()):
                self._plan_first(message, now)
            for message in self._hearing.awaited(now) if self._hearing is not None else ():
                self._put(message.id, now)
            self._is_new = False
        with self._lock:
            news, self._news = self._news, set()
            has_bulk_news, self._has_bulk_news = self._has_bulk_news, False
        if (news or has_bulk_news) and self._bulk is not None and self._bulk_at is None:
            self._bulk_at = now
        try:
            for message_id in tuple(news):
                self._take_in(message_id, now)
                news.discard(message_id)
        finally:
            with self._lock:
                self._news |= news

    def _take_in(self, message_id: str, now: datetime) -> None:
        try:
            self._plan_first(self._sending.message(message_id), now)
        except NotFoundError:
            self._put(message_id, None)

    def _plan_first(self, message: Message, now: datetime) -> None:
        """Plan the first look at a message; of a known one, only let it go when it has come to its end."""
        if message.is_waiting:
            is_ours = message.batch is None and not is_missed(message, now)
            self._put(message.id, message.began_at if is_ours else None)
        elif message.is_final:
            if not self._is_watched(message, now):
                self._put(message.id, None)
        elif message.id not in self._due:
            self._put(message.id, now)
        else:
            timer = due_at(message)
            if timer is not None and timer < self._due[message.id]:
                self._put(message.id, timer)

    def _plan(self, message: Message, now: datetime) -> None:
        """Plan the next look at a message that was just looked at."""
        if message.is_final and not self._is_watched(message, now):
            self._put(message.id, None)
            return
        if message.is_waiting:
            if message.began_at <= now and message.batch is None and not is_missed(message, now):
                # It may not go out from here.
                self._put(message.id, now + UNARMED_LOOK)
            else:
                self._plan_first(message, now)
            return
        due = now + (_read_pause(message, now) if message.is_final else _pause(message, now))
        timer = due_at(message)
        self._put(message.id, due if timer is None or timer <= now else min(due, timer))

    def _is_watched(self, message: Message, now: datetime) -> bool:
        """Return whether a message that has come to its end is looked at all the same."""
        is_answered = self._hearing is not None and self._hearing.may_be_answered(message, now)
        return is_answered or _may_be_read(message, now)

    def _put(self, message_id: str, due: datetime | None) -> None:
        if due is None:
            self._due.pop(message_id, None)
        elif self._due.get(message_id) != due:
            self._due[message_id] = due
            heappush(self._queue, (due, message_id))

    def _pop_due(self, now: datetime) -> Sequence[str]:
        """Return the messages that are due, each once, the longest waiting first."""
        found: dict[str, None] = {}
        while self._queue and self._queue[0][0] <= now and len(found) < AT_ONCE:
            due, message_id = heappop(self._queue)
            if self._due.get(message_id) == due:
                found[message_id] = None
                del self._due[message_id]
        return list(found)


def _pause(message: Message, now: datetime) -> timedelta:
    age = now - message.began_at
    return next((pause for limit, pause in _PACE if age < limit), timedelta(days=1))


def _read_pause(message: Message, now: datetime) -> timedelta:
    """Return the pause for a message that arrived: most are read soon, and many may be watched at once."""
    return max(AGAIN, now - message.updated_at)


def _may_be_read(message: Message, now: datetime) -> bool:
    """Return whether a message that arrived on WhatsApp lately is watched for being read."""
    arrived = message.status == MessageStatus.DELIVERED and message.channel is Channel.WHATSAPP
    return arrived and now - message.updated_at < READ_WITHIN
