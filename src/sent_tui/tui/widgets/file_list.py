"""The files of a folder, one line each, to choose one from while its name is being typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.cells import cell_len
from textual.content import Content
from textual.widgets.option_list import Option

from sent_tui.core.text import relative_time
from sent_tui.services.exchange.folder import Entry
from sent_tui.tui.safe import join, safe
from sent_tui.tui.widgets.lines import Lines

MOST_SHOWN = 500
"""Names that are listed; who looks for one of more types a letter of it."""
_SIZE, _AGE = 9, 9
_UNITS = ("B", "kB", "MB", "GB")


class FileList(Lines):
    """Entries of a folder. It never has the focus: the field above it keeps that."""

    can_focus = False
    _entries: tuple[Entry, ...] = ()
    _left_out = 0
    _now: datetime | None = None

    def show(self, entries: Sequence[Entry], now: datetime, *, at: int | None) -> None:
        """Show entries, with the cursor at one of them or at none."""
        self._entries = tuple(entries[:MOST_SHOWN])
        self._left_out = len(entries) - len(self._entries)
        self._now = now
        self._fill(at)

    @property
    def current(self) -> Entry | None:
        """The entry under the cursor."""
        at = self.highlighted
        return self._entries[at] if at is not None and at < len(self._entries) else None

    def on_resize(self) -> None:
        """Use the new width."""
        self._fill(self.highlighted)

    def _fill(self, at: int | None) -> None:
        width = max(20, self.scrollable_content_region.width)
        options = [Option(entry_line(entry, width, self._now)) for entry in self._entries]
        if self._left_out:
            words = f"… and {self._left_out:,} more: type the beginning of a name"
            options.append(Option(safe(words, "$text-muted"), disabled=True))
        self.clear_options()
        self.add_options(options)
        self.highlighted = at if self._entries else None


def entry_line(entry: Entry, width: int, now: datetime | None) -> Content:
    """Return an entry on one line of a width in cells: its name, its size, and when it was last written."""
    name = entry.name + ("/" if entry.is_folder else "")
    size = "" if entry.is_folder or entry.changed_at is None else size_words(entry.size)
    age = relative_time(entry.changed_at, now) if entry.changed_at is not None and now is not None else ""
    style = "bold $primary" if entry.is_folder else "" if entry.is_readable else "$text-muted"
    shown = safe(name, style, width).truncate(width - _SIZE - _AGE - 2, ellipsis=True)
    gap = width - _SIZE - _AGE - shown.cell_length
    return Content.assemble(shown, " " * gap, join((f"{size:>{_SIZE}}{_right(age)}", "$text-muted")))


def size_words(size: int) -> str:
    """Return a number of bytes as people write it: "48 kB"."""
    amount, unit = float(size), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.1f} {_UNITS[unit]}" if unit and amount < 10 else f"{amount:.0f} {_UNITS[unit]}"


def _right(text: str) -> str:
    return " " * max(1, _AGE - cell_len(text)) + text
