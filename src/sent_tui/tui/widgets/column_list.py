"""The columns of a file to be imported: what each of them means, and some of what stands in it."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widgets.option_list import Option

from sent_tui.services.exchange import Column, Field, Meaning, NamedField
from sent_tui.tui.safe import join, safe
from sent_tui.tui.widgets.lines import Lines

_MEANING = 18
_NARROWEST, _WIDEST = 12, 30
NOT_READ = "– not read"


class ColumnList(Lines):
    """One line for each column, one under the cursor."""

    columns: reactive[tuple[Column, ...]] = reactive(())

    @property
    def current(self) -> Column | None:
        """The column under the cursor."""
        at = self.highlighted
        return self.columns[at] if at is not None and at < len(self.columns) else None

    def watch_columns(self) -> None:
        """Draw the columns, and keep the cursor where it is."""
        self._fill()

    def on_resize(self) -> None:
        """Use the new width."""
        self._fill()

    def _fill(self) -> None:
        at = self.highlighted or 0
        width = max(30, self.scrollable_content_region.width)
        self.clear_options()
        self.add_options([Option(column_line(column, width)) for column in self.columns])
        self.highlighted = min(at, len(self.columns) - 1) if self.columns else None


def column_line(column: Column, width: int) -> Content:
    """Return a column on one line of a width in cells: its name, its meaning, and samples."""
    name_width = max(_NARROWEST, min(_WIDEST, width // 3))
    name = safe(column.name, "bold").truncate(name_width - 2, ellipsis=True)
    meaning = meaning_content(column.field).truncate(_MEANING - 1, ellipsis=True)
    samples = safe(" · ".join(column.samples), "$text-muted", width)
    line = Content.assemble(_cell(name, name_width), _cell(meaning, _MEANING), samples)
    return line.truncate(width, ellipsis=True)


def meaning_content(field: Meaning | None) -> Content:
    """Return what a column means, in words."""
    if field is None or field is Field.IGNORED:
        return join((NOT_READ, "$text-muted"))
    if isinstance(field, NamedField):
        return join(("field ", "$text-muted"), safe(field.name, "$accent", 40))
    return join((field.value, "$accent"))


def _cell(content: Content, width: int) -> Content:
    return content.pad_right(max(1, width - content.cell_length))
