"""Looking for messages in a thread, and telling what is found step by step."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct
from textual.message import Message as Event

from sent_tui.core.message import Message
from sent_tui.core.message_search import MessageQuery, MessageResults, MessageSelection
from sent_tui.core.search_match import IsCancelled
from sent_tui.errors import SentTuiError
from sent_tui.services.activity import ActivityService
from sent_tui.store.repository import Repository
from sent_tui.tui.activity import ActivityRows
from sent_tui.tui.messages import MessagesCounted, MessagesFound, MessagesSifted

SCREENFUL = 120
"""So many rows are shown before all are found."""
_KNOWN_NAMES = 4_096
"""Names of contacts that are kept while rows are drawn."""

Tell = Callable[[Event], object]
"""Told of each step; of none once nobody waits."""


class Ask(Struct, frozen=True):
    """What is looked for, and what the list needs to know of it."""

    number: int
    """Which search it is."""
    selection: MessageSelection
    query: MessageQuery
    words: str
    """What is searched for in names and numbers of contacts."""
    kept: str
    """Id of the message on which the cursor stays; empty for none."""
    height: int
    """Rows that are seen at once."""
    glances: bool
    """Whether the first rows are wanted before all."""


def look(repository: Repository, ask: Ask, tell: Tell, is_cancelled: IsCancelled) -> None:
    """Find the first messages, then all of them, and count; raises SearchCancelledError when nobody waits."""
    service = ActivityService(repository)
    named, left_out = service.of_contacts(ask.words)
    query = ask.query & named
    told = _Telling(repository, ask, tell, left_out)
    if ask.selection.keeps is not None:
        sifted = service.sift(
            ask.selection,
            query,
            is_cancelled=is_cancelled,
            on_progress=lambda done, total: tell(MessagesSifted(ask.number, done, total)),
        )
        told.rows(sifted.results)
        tell(MessagesCounted(ask.number, sifted.counts))
        return
    if ask.glances:
        first = service.find(ask.selection, query, limit=SCREENFUL)
        told.rows(first, is_whole=len(first) < SCREENFUL)
    told.rows(service.find(ask.selection, query, is_cancelled=is_cancelled))
    tell(MessagesCounted(ask.number, service.count(ask.selection, query)))


class _Telling:
    """Makes rows of what is found, the seen ones read ahead: the event loop finds them in memory."""

    def __init__(self, repository: Repository, ask: Ask, tell: Tell, left_out: int) -> None:
        self._ask = ask
        self._tell = tell
        self._left_out = left_out
        self._name_of = names(repository)

    def rows(self, results: MessageResults, *, is_whole: bool = True) -> None:
        rows = ActivityRows(results, self._name_of)
        place = results.place(self._ask.kept) if self._ask.kept else None
        middle = place or 0
        rows[max(0, middle - self._ask.height) : middle + self._ask.height]
        self._tell(MessagesFound(self._ask.number, rows, self._ask.kept, place, is_whole, self._left_out))


def names(repository: Repository) -> Callable[[Message], str]:
    """Return what finds the name of a message's contact: its number where it has none, or is gone."""

    @lru_cache(maxsize=_KNOWN_NAMES)
    def name_of(contact_id: str) -> str | None:
        try:
            return repository.get(contact_id).title
        except SentTuiError:
            return None

    return lambda message: name_of(message.contact_id) or message.to
