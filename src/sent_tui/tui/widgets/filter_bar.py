"""The channel filters in one line, each with its key and its count."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from sent_tui.core.search import ChannelFilter
from sent_tui.core.search_index import Counts

_GAP = "  "
_SHORT = {ChannelFilter.WHATSAPP: "WA", ChannelFilter.OPTED_OUT: "Out"}


class FilterBar(Widget):
    """Shows which filter is on, and what each would show."""

    DEFAULT_CSS = """
    FilterBar {
        height: 1;
        padding: 0 1;
        background: $surface;
    }
    """

    chosen: reactive[ChannelFilter] = reactive(ChannelFilter.ALL)
    counts: reactive[Counts | None] = reactive(None)
    """None while they are being counted for the first time."""

    @dataclass
    class Chosen(Message):
        """A filter was clicked."""

        wanted: ChannelFilter

    def render(self) -> RenderResult:
        """Return the line."""
        return Content(_GAP).join(self._parts())

    def on_click(self, event: events.Click) -> None:
        """Choose the filter that was clicked."""
        end = self.styles.padding.left
        for wanted, part in zip(ChannelFilter, self._parts(), strict=True):
            end += part.cell_length + len(_GAP)
            if event.x < end:
                self.post_message(self.Chosen(wanted))
                return

    def _parts(self) -> list[Content]:
        """Return each filter; in little room the names are short, and then the counts go."""
        room = self.content_size.width
        for short, counted in ((False, True), (True, True), (True, False)):
            parts = [self._filter(*item, short, counted) for item in enumerate(ChannelFilter)]
            if sum(part.cell_length + len(_GAP) for part in parts) - len(_GAP) <= room:
                break
        return parts

    def _filter(self, index: int, wanted: ChannelFilter, short: bool, counted: bool) -> Content:
        label = _SHORT.get(wanted, wanted.label) if short else wanted.label
        count = f" {self.counts[wanted]:,}" if counted and self.counts else ""
        on = wanted is self.chosen
        return Content.assemble(
            (str(index + 1), "bold $primary"),
            (f" {label}", "bold underline" if on else ""),
            (count, "bold" if on else "$text-muted"),
        )
