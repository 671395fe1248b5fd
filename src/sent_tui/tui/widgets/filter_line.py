"""Filters in one line, each with its key and its count."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from msgspec import Struct
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget


class Way(Struct, frozen=True):
    """One way to write the line."""

    gap: str
    """What stands between two filters."""
    labels: Sequence[str]
    counts: Sequence[int | None]
    """None where no count is shown."""


class FilterLine(Widget):
    """Shows which filter is on, and how much each would show; a click chooses one."""

    DEFAULT_CSS = """
    FilterLine {
        height: 1;
        padding: 0 1;
        background: $surface;
    }
    """

    @property
    @abstractmethod
    def place(self) -> int:
        """The place of the filter that is on, from 0."""

    @abstractmethod
    def ways(self) -> Iterator[Way]:
        """Yield the ways to write the line, the fullest first."""

    @abstractmethod
    def choose(self, place: int) -> None:
        """Do what a click on the filter at a place means."""

    def render(self) -> RenderResult:
        """Return the line."""
        gap, parts = self._fitting()
        return Content(gap).join(parts)

    def on_click(self, event: events.Click) -> None:
        """Choose the filter that was clicked."""
        end = self.styles.padding.left
        gap, parts = self._fitting()
        for place, part in enumerate(parts):
            end += part.cell_length + len(gap)
            if event.x < end:
                self.choose(place)
                return

    def _fitting(self) -> tuple[str, list[Content]]:
        """Return what stands between filters, and each one, in the fullest way there is room for, else in the last."""
        gap, parts = "", list[Content]()
        for way in self.ways():
            gap = way.gap
            parts = [self._part(place, *part) for place, part in enumerate(zip(way.labels, way.counts, strict=True))]
            if sum(part.cell_length + len(gap) for part in parts) - len(gap) <= self.content_size.width:
                break
        return gap, parts

    def _part(self, place: int, label: str, count: int | None) -> Content:
        on = place == self.place
        return Content.assemble(
            (str(place + 1), "bold $primary"),
            (f" {label}", "bold underline" if on else ""),
            ("" if count is None else f" {count:,}", "bold" if on else "$text-muted"),
        )
