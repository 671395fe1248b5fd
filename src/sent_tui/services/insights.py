"""What came of the messages of a period and some contacts, in one pass over them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo

from msgspec import Struct

from sent_tui.core.default_move import DefaultMove, MovedBy
from sent_tui.core.insights import Figure, Insights, Report, outcome_of
from sent_tui.core.insights_words import figure_words
from sent_tui.core.message import Message
from sent_tui.core.message_search import OUTGOING, MessageQuery, MessageSelection
from sent_tui.core.period import EVER, Period
from sent_tui.core.prices import Prices
from sent_tui.core.search_index import Results
from sent_tui.core.search_match import IsCancelled, SearchCancelledError, never
from sent_tui.store.repository import Repository

TOLD_EVERY = 500
"""Messages between two words of progress."""


class Scope(Struct, frozen=True):
    """Which messages are looked at."""

    period: Period = EVER
    contacts: Results | None = None
    """Only messages to these; None for all."""

    @property
    def query(self) -> MessageQuery:
        """What a query can say of it."""
        return MessageQuery(fates=OUTGOING, since=self.period.since, before=self.period.before)

    def membership(self) -> Callable[[str], bool]:
        """Return what says whether a contact is among them; each is looked up once."""
        contacts, known = self.contacts, dict[str, bool]()
        if contacts is None:
            return lambda _: True

        def is_among(contact_id: str) -> bool:
            if contact_id not in known:
                known[contact_id] = contacts.place(contact_id) is not None
            return known[contact_id]

        return is_among


class Found(Struct, frozen=True):
    """What was found."""

    report: Report
    moves: tuple[DefaultMove, ...]
    """Moves of default channels by what was learned, the latest first."""


class InsightsService:
    """Adds up what came of messages; changes nothing."""

    def __init__(self, repository: Repository, prices: Prices, zone: tzinfo | None) -> None:
        self._repository = repository
        self._prices = prices
        self._zone = zone
        """Whose days are counted."""

    def look(
        self,
        scope: Scope,
        *,
        is_cancelled: IsCancelled = never,
        on_progress: Callable[[int, int], object] | None = None,
    ) -> Found:
        """Return what came of the messages of a scope; `on_progress` is told how many of how many were looked at.

        Raises SearchCancelledError as soon as nobody waits for it.
        """
        messages = self._repository.select(scope.query, is_cancelled=is_cancelled)
        is_among, insights = scope.membership(), Insights(self._prices, self._zone)
        for place, message in enumerate(messages):
            if place % TOLD_EVERY == 0:
                if is_cancelled():
                    raise SearchCancelledError
                if on_progress is not None:
                    on_progress(place, len(messages))
            if is_among(message.contact_id):
                insights.add(message)
        return Found(insights.report(), self._moves(scope, is_among))

    def selection(self, figure: Figure, scope: Scope) -> MessageSelection:
        """Return the messages that a figure counts."""
        is_among = scope.membership()

        def keeps(message: Message) -> bool:
            return is_among(message.contact_id) and figure.counts(outcome_of(message, self._prices, self._zone))

        period = "" if scope.period == EVER else f", {scope.period.title}"
        among = "" if scope.contacts is None else ", to the listed contacts"
        return MessageSelection(f"Messages {figure_words(figure)}{among}{period}", scope.query, keeps)

    def _moves(self, scope: Scope, is_among: Callable[[str], bool]) -> tuple[DefaultMove, ...]:
        found = (move for move in self._repository.all_default_moves() if move.by is MovedBy.LEARNED)
        within = [move for move in found if _is_within(move.at, scope.period) and is_among(move.contact_id)]
        return tuple(sorted(within, key=lambda move: move.at, reverse=True))


def _is_within(at: datetime, period: Period) -> bool:
    return (period.since is None or at >= period.since) and (period.before is None or at < period.before)
