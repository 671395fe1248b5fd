"""Finding messages as people ask for them: by filters, by words about the contact, and those that a figure counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.message_search import (
    EVERY_MESSAGE,
    Facet,
    MessageCounts,
    MessageQuery,
    MessageResults,
    MessageSelection,
    facet_of,
)
from sent_tui.core.search import containing
from sent_tui.core.search_match import IsCancelled, SearchCancelledError, never
from sent_tui.store.repository import Repository

MOST_CONTACTS = 2_000
"""The messages of so many contacts are looked for at most: more words say sooner who is meant."""
TOLD_EVERY = 500
"""Messages between two words of progress."""

OnSifted = Callable[[int, int], object]
"""Told how many messages were looked at, and of how many."""


class Sifted(Struct, frozen=True):
    """Messages that were looked at one by one."""

    results: MessageResults
    counts: MessageCounts
    """How many of each facet there are, whatever the query says of facets."""


class ActivityService:
    """Looks for messages; changes nothing."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def of_contacts(self, words: str) -> tuple[MessageQuery, int]:
        """Return the query for the messages of contacts that fit some words, and how many contacts it leaves out."""
        if not words.strip():
            return EVERY_MESSAGE, 0
        found = self._repository.answer(containing(words, forgiving=True))
        ids = frozenset(row.id for row in found[:MOST_CONTACTS])
        return MessageQuery(contacts=ids), len(found) - len(ids)

    def find(
        self,
        selection: MessageSelection,
        query: MessageQuery,
        *,
        limit: int | None = None,
        is_cancelled: IsCancelled = never,
    ) -> MessageResults:
        """Return the messages of a selection that a query means, newest first. The selection must not sift.

        Raises SearchCancelledError when nobody waits for it.
        """
        return self._repository.select(selection.query & query, limit=limit, is_cancelled=is_cancelled)

    def count(self, selection: MessageSelection, query: MessageQuery) -> MessageCounts:
        """Return how many there are of each facet, whatever the query says of facets."""
        return self._repository.count_messages(selection.query & query)

    def sift(
        self,
        selection: MessageSelection,
        query: MessageQuery,
        *,
        is_cancelled: IsCancelled = never,
        on_progress: OnSifted | None = None,
    ) -> Sifted:
        """Look at each message of a selection, and return those that a query means.

        Raises SearchCancelledError when nobody waits for it.
        """
        without_facets = replace(query, fates=None, channel=None, fell_back=None)
        within = self._repository.select(selection.query & without_facets, is_cancelled=is_cancelled)
        places: list[int] = []
        counts: Counter[Facet] = Counter()
        for place, message in enumerate(within):
            if place % TOLD_EVERY == 0:
                if is_cancelled():
                    raise SearchCancelledError
                if on_progress is not None:
                    on_progress(place, len(within))
            if selection.keeps is None or selection.keeps(message):
                facet = facet_of(message)
                counts[facet] += 1
                if query.takes(facet):
                    places.append(place)
        return Sifted(within.only(places), MessageCounts(counts))
