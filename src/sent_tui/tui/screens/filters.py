"""The choice of a filter, by a few letters of a tag, of a country, or of what is true of contacts."""

from __future__ import annotations

from dataclasses import dataclass

from textual import work
from textual.content import Content
from textual.message import Message
from textual.worker import get_current_worker

from sent_tui.core.numbering import region_name
from sent_tui.core.search import ContactQuery, fold
from sent_tui.core.search_facets import Facets
from sent_tui.core.search_filters import SWITCHES, Filter
from sent_tui.core.search_match import SearchCancelledError
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.dialogs import Choice
from sent_tui.tui.screens.narrowing import Narrowing
from sent_tui.tui.session import Session

OFFERED = 200
"""So many lines are offered at most; more letters bring the others."""
_WIDTH = 34
"""Cells of a line before its count."""


class ChooseFilter(Narrowing):
    """Gives back a filter as it is written down, or None. Each shows how many contacts it would leave."""

    NOTHING_FITS = "No tag or country fits."

    @dataclass(eq=False, repr=False)
    class Counted(Message):
        """It is known how many contacts each filter would leave."""

        facets: Facets

    def __init__(self, session: Session, query: ContactQuery, elsewhere: ContactQuery) -> None:
        """`query` is what the list shows; `elsewhere` the same without its region, for another one takes its place."""
        super().__init__(join("Filter the list"), "Tag, country, failing, never messaged …")
        self.workspace = session.workspace
        self._query = query
        self._elsewhere = elsewhere
        self._facets: Facets | None = None

    def on_mount(self) -> None:
        """Begin to count."""
        self._count()

    @work(thread=True, group="count", exit_on_error=False, description="count by filters")
    def _count(self) -> None:
        worker, repository = get_current_worker(), self.workspace.repository

        def counted(query: ContactQuery) -> Facets:
            return repository.facets(query, is_cancelled=lambda: worker.is_cancelled)

        try:
            found = counted(self._query)
            if self._elsewhere != self._query:
                regions = counted(self._elsewhere)
                found = {known: count for known, count in found.items() if known.field != "region"}
                found |= {known: count for known, count in regions.items() if known.field == "region"}
        except SearchCancelledError:
            return
        self.post_message(self.Counted(found))

    def on_choose_filter_counted(self, message: Counted) -> None:
        """Offer every tag and country there is."""
        self._facets = message.facets
        self.offer()

    def fitting(self, typed: str) -> list[Choice]:
        """Return the filters that fit: what is true of contacts first, then countries, then tags, by their counts."""
        wanted = fold(typed.strip().removeprefix("#"))
        facets = dict.fromkeys(SWITCHES, None) if self._facets is None else self._facets
        found = [known for known in facets if _fits(known, wanted)]
        if wanted:
            found.sort(key=lambda known: not _words(known)[0].startswith(wanted))
        return [Choice(known.text, self._line(known)) for known in found[:OFFERED]]

    def _line(self, known: Filter) -> Content:
        name = region_name(known.value) if known.field == "region" else ""
        words = join((known.words, "bold"), f"  {name}" if name else "").truncate(_WIDTH, ellipsis=True)
        count = self._facets[known] if self._facets else None
        return Content.assemble(words.pad_right(_WIDTH - words.cell_length), _count_words(count))


def _count_words(count: int | None) -> Content:
    return safe("counting …" if count is None else f"{count:>10,}", "$text-muted")


def _words(known: Filter) -> tuple[str, ...]:
    """Return by what a filter is looked for."""
    if known.field == "region":
        return fold(known.value), *fold(region_name(known.value)).split()
    return (fold(known.words.removeprefix("#")),)


def _fits(known: Filter, wanted: str) -> bool:
    words = _words(known)
    return any(word.startswith(wanted) for word in words) or wanted in " ".join(words)
