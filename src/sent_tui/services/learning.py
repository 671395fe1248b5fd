"""Learning anew: what every contact's reports taught, worked out again from the reports themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec import Struct

from sent_tui.core.contact import Contact
from sent_tui.core.knowledge import EPOCH, Epoch, Knowledge
from sent_tui.core.message import Message
from sent_tui.errors import NotFoundError
from sent_tui.store.repository import Repository
from sent_tui.store.transaction import Transaction

BATCH = 50
"""So many contacts are learned anew in one write: others have to wait no longer than for these."""
LOOKED_AT = 500
"""So many contacts are looked at, at the most, to tell how things stand."""


class Progress(Struct, frozen=True):
    """How far learning anew has come."""

    contacts: int
    """Gone through so far."""
    total: int
    results: int
    """Attempts whose result says something about the contact."""
    learned: int
    """Contacts about which these say something."""


OnProgress = Callable[[Progress], None]


class Standing(Struct, frozen=True):
    """Whether what results taught is there."""

    looked_at: int
    """Contacts with results, of those written to last."""
    missing: int
    """How many of them bring nothing along, or have groups that did not learn from them."""
    unfinished: bool
    """Whether learning anew was begun and not brought to its end."""

    @property
    def is_sound(self) -> bool:
        """Whether there is nothing to learn anew."""
        return not (self.missing or self.unfinished)


class LearningService:
    """Keeps what the delivery model learned in step with the reports."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def relearn(self, *, on_progress: OnProgress = lambda progress: None) -> Progress:
        """Learn from the reports about every contact anew, and return what that came to.

        Afterwards all is as if the reports had just been heard for the first time; what groups knew from contacts that
        had been deleted is gone. It is done in small writes, so that others may write meanwhile. It may be stopped
        after any of them: until it is run again, groups know less, and nothing wrong. No default channel moves before
        its contact's next result. Raises DatabaseError where nothing can be written.
        """
        with self._repository.transaction() as tx:
            epoch = Epoch.of(tx.lesson).begun()
            tx.put_lesson(EPOCH, epoch.state())
        rows = self._repository.answer()
        progress = Progress(0, len(rows), 0, 0)
        on_progress(progress)
        for start in range(0, len(rows), BATCH):
            batch = [row.id for row in rows[start : start + BATCH]]
            found = self._learn(batch)
            results, learned = progress.results + sum(found), progress.learned + sum(map(bool, found))
            progress = Progress(start + len(batch), len(rows), results, learned)
            on_progress(progress)
        with self._repository.transaction() as tx:
            if Epoch.of(tx.lesson).number == epoch.number:
                tx.put_lesson(EPOCH, Epoch(epoch.number).state())
        return progress

    def standing(self, messages: Sequence[Message]) -> Standing:
        """Return whether what results taught is there, as far as these messages tell, the newest first."""
        knowledge = Knowledge(self._repository.lesson)
        taught = (message.contact_id for message in messages if _has_taught(message))
        looked_at = missing = 0
        for contact_id in dict.fromkeys(taught):
            if looked_at == LOOKED_AT:
                break
            with suppress(NotFoundError):
                missing += not knowledge.is_learned(self._repository.get(contact_id))
                looked_at += 1
        return Standing(looked_at, missing, not Epoch.of(self._repository.lesson).is_done)

    def _learn(self, contact_ids: Sequence[str]) -> list[int]:
        """Learn anew from the reports about some contacts, and return how many results each of them has."""
        found = []
        with self._repository.transaction() as tx:
            knowledge = Knowledge(tx.lesson)
            for contact_id in contact_ids:
                with suppress(NotFoundError):
                    found.append(self._learn_one(tx, tx.contact(contact_id), knowledge))
            for name, lesson in knowledge.lessons().items():
                tx.put_lesson(name, lesson)
        return found

    def _learn_one(self, tx: Transaction, contact: Contact, knowledge: Knowledge) -> int:
        sent = self._repository.messages(contact_id=contact.id)
        if not (sent or contact.learned):
            return 0
        events = (event for message in sent for event in self._repository.events(message.id))
        learned = knowledge.relearned(contact, sent, events)
        tx.put_contact(learned)
        knowledge.let_go(learned)
        return len(learned.learned.get("attempts", ()))


def _has_taught(message: Message) -> bool:
    return any(attempt.learned is not None for attempt in message.attempts)
