"""How many contacts are marked, and the filters that are on, each as a chip that can be removed."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from sent_tui.core.marks import NO_MARKS, Marks
from sent_tui.core.search_filters import Filter
from sent_tui.core.text import display
from sent_tui.tui.keymap import keymap_of
from sent_tui.tui.safe import join, safe

_GAP = " "
_LONGEST = 30
"""Characters of a chip."""
_ON_MARKED = {
    "send": "send",
    "check": "check",
    "tag": "tag",
    "toggle-consent": "opt out",
    "export-contacts": "export",
    "delete": "delete",
    "clear-marks": "none",
}
"""The commands that are named beside the number of marks, and their words."""
_STYLE = "$text-primary on $primary-muted"


class ChipBar(Widget):
    """Shows the number of marks and the filters in the order in which they were added; away without any."""

    DEFAULT_CSS = """
    ChipBar {
        height: 1;
        padding: 0 1;
        background: $surface;
        display: none;
        &.-filled { display: block; }
    }
    """

    filters: reactive[tuple[Filter, ...]] = reactive(())
    marks: reactive[Marks] = reactive(NO_MARKS)

    @dataclass(eq=False, repr=False)
    class Removed(Message):
        """A chip was clicked."""

        filter: Filter

    def watch_filters(self) -> None:
        """Come and go with the marks and the chips."""
        self.set_class(bool(self.filters or self.marks), "-filled")

    watch_marks = watch_filters

    def render(self) -> RenderResult:
        """Return the line: the marks, the chips, and how the last of them is taken off."""
        shown = self._shown()
        line = Content.assemble(self._head(len(shown)), Content(_GAP).join(map(_chip, shown)))
        room = self.content_size.width - line.cell_length
        hint = next((hint for hint in self._hints() if len(hint) <= room), "")
        return Content.assemble(line, safe(hint, "$text-muted"))

    def _hints(self) -> tuple[str, ...]:
        """Return what helps here, the fullest first."""
        label = keymap_of(self.app).label_of
        if self.filters:
            return (f"  {label('drop-filter')} removes the last",)
        every = "  ".join(f"{label(command)} {word}" for command, word in _ON_MARKED.items())
        return every, f"{label('tag')} tag  {label('clear-marks')} none"

    def on_click(self, event: events.Click) -> None:
        """Remove the filter that was clicked."""
        shown = self._shown()
        end = self.styles.padding.left + self._head(len(shown)).cell_length
        if event.x < end:
            return
        for known in shown:
            end += _chip(known).cell_length + len(_GAP)
            if event.x < end:
                self.post_message(self.Removed(known))
                return

    def _head(self, shown: int) -> Content:
        """Return what stands before the chips: how many contacts are marked, and how many chips are hidden."""
        marked = join((f"✓ {len(self.marks):,} marked", "bold $primary"), "  ") if self.marks else Content("")
        hidden = len(self.filters) - shown
        return Content.assemble(marked, safe(f"+{hidden}{_GAP}", "$text-muted") if hidden else "")

    def _shown(self) -> tuple[Filter, ...]:
        """Return the filters for whose chips there is room; the first ones give way."""
        for first in range(len(self.filters)):
            kept = self.filters[first:]
            room = self.content_size.width - self._head(len(kept)).cell_length
            if sum(_chip(known).cell_length + len(_GAP) for known in kept) - len(_GAP) <= room:
                return kept
        return self.filters[-1:]


def _chip(known: Filter) -> Content:
    return join((" ", _STYLE), (display(known.words, _LONGEST), _STYLE), (" ", _STYLE))
