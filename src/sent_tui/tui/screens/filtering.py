"""The search and the filters of a list: they combine, can be seen, and are taken off one after the other."""

from __future__ import annotations

from textual import on, work
from textual.reactive import var

from sent_tui.core.search import ChannelFilter, ContactQuery, containing, with_channels
from sent_tui.core.search_filters import Filter, filtered, read_filter, with_filter
from sent_tui.tui.screens.on_list import OnList
from sent_tui.tui.screens.searching import Searches
from sent_tui.tui.widgets.chip_bar import ChipBar
from sent_tui.tui.widgets.filter_bar import FilterBar


class Filtering(Searches, OnList):
    """A list that is searched and filtered."""

    query_text: var[str] = var("", init=False)
    """The words that are searched for."""
    channel_filter: var[ChannelFilter] = var(ChannelFilter.ALL, init=False)
    filters: var[tuple[Filter, ...]] = var((), init=False)
    """The filters beside it, in the order in which they were added."""

    @property
    def wanted(self) -> ContactQuery:
        """What is looked for: the words, the channel filter and the other filters."""
        return self._without_filters & filtered(self.filters)

    @property
    def _without_filters(self) -> ContactQuery:
        return containing(self.query_text, forgiving=True) & with_channels(self.channel_filter)

    def watch_query_text(self) -> None:
        """Search for the new words."""
        self.reload()

    def watch_channel_filter(self) -> None:
        """Search within the new filter."""
        self.reload()

    def watch_filters(self) -> None:
        """Search within the new filters."""
        self.reload()

    @on(FilterBar.Chosen)
    def _filter_clicked(self, event: FilterBar.Chosen) -> None:
        self.channel_filter = event.wanted

    @on(ChipBar.Removed)
    def _chip_clicked(self, event: ChipBar.Removed) -> None:
        self.filters = tuple(known for known in self.filters if known != event.filter)

    def action_filter(self, index: int) -> None:
        """Turn a channel filter on."""
        self.channel_filter = list(ChannelFilter)[index]

    def action_step_filter(self, step: int) -> None:
        """Turn the next or the previous channel filter on."""
        filters = list(ChannelFilter)
        self.channel_filter = filters[(filters.index(self.channel_filter) + step) % len(filters)]

    @work(exit_on_error=False, description="choose a filter")
    async def action_add_filter(self) -> None:
        """Add a filter: a tag, a country, failing, never messaged or opted out."""
        # Imported when it is opened: the list is painted before that.
        from sent_tui.tui.screens.filters import ChooseFilter

        elsewhere = filtered(known for known in self.filters if known.field != "region")
        chosen = await self.app.push_screen_wait(
            ChooseFilter(self.session, self.wanted, self._without_filters & elsewhere)
        )
        added = read_filter(chosen) if chosen else None
        if added is not None:
            self.filters = with_filter(self.filters, added)

    def action_drop_filter(self) -> None:
        """Take the last filter off."""
        if not self.filters:
            self.say("There is no filter to remove.")
        self.filters = self.filters[:-1]

    def action_step_back(self) -> None:
        """Leave the search, then clear it, then take the filters off, the last one first; never quit."""
        if self.search.has_focus:
            self.contact_list.focus()
        elif self.query_text:
            self.search.value = ""
        elif self.filters:
            self.filters = self.filters[:-1]
        else:
            self.channel_filter = ChannelFilter.ALL

    def show_everyone(self) -> None:
        """Clear the search and the filters."""
        self.search.value = ""
        self.filters = ()
        self.channel_filter = ChannelFilter.ALL
