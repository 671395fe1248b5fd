"""Laying out content in lines: wrapped at a width, with hanging indents."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import zip_longest
from typing import Final

from msgspec import Struct
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.widget import Widget


class Line(Struct, frozen=True):
    """One paragraph: its first line begins at the left, the others are indented."""

    content: Content
    indent: int = 0
    """Cells by which every line after the first is moved right."""
    first: int = 0
    """Cells by which the first line is moved right."""


BLANK = Line(Content(""))
_MONTHS: Final = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_BEFORE_UNIT: Final = re.compile(rf"(?<=\d) (?=(?:s|min|h|d|w|{_MONTHS})\b)")
"""The space of a span of time or of a day, at which no line ends: `0.2 s`, `5 Oct`."""
_KEPT: Final = "\ue000"
"""Stands for such a space while lines are wrapped; any white space would be a place to wrap."""


def lay_out(lines: Iterable[Line], width: int) -> Content:
    """Return paragraphs as one content, wrapped at a width in cells."""
    return Content("\n").join([row for line in lines for row in _rows(line, max(12, width))])


def _rows(line: Line, width: int) -> list[Content]:
    indent = min(line.indent, width // 2)
    head = line.content.pad_left(line.first) if line.first else line.content
    if head.cell_length <= width and "\n" not in head.plain:
        return [head]
    rows = _wrapped(head, width)
    if not indent or len(rows) == 1:
        return rows
    rest = Content(" ").join([row.rstrip() for row in rows[1:]])
    return [rows[0], *(row.pad_left(indent) for row in _wrapped(rest, width - indent))]


def _wrapped(content: Content, width: int) -> list[Content]:
    """Return the lines of a content, none of which ends between a number and its unit of time, or its month."""
    plain = _BEFORE_UNIT.sub(_KEPT, content.plain)
    if plain == content.plain:
        return content.wrap(width)
    rows = Content(plain, spans=list(content.spans)).wrap(width)
    return [Content(row.plain.replace(_KEPT, " "), spans=list(row.spans)) for row in rows]


class Document(Widget):
    """Paragraphs, wrapped at the width there is."""

    DEFAULT_CSS = """
    Document {
        height: auto;
    }
    """

    lines: reactive[tuple[Line, ...]] = reactive((), repaint=False)

    _laid_out: tuple[tuple[Line, ...], int, Content] = ((), 0, Content(""))
    """The lines, the width and what became of them when they were last laid out."""

    def watch_lines(self, old: tuple[Line, ...]) -> None:
        """Draw only the rows that changed, where there are as many as before: over a slow line, each one counts."""
        shown, width, before = self._laid_out
        if shown is not old or not width:
            self.refresh(layout=True)
            return
        rows = list(zip_longest(before.split("\n"), self._content(width).split("\n")))
        if any(was is None or now is None for was, now in rows):
            self.refresh(layout=True)
            return
        changed = [Region(0, y, width, 1) for y, (was, now) in enumerate(rows) if not was.is_same(now)]
        if changed:
            self.refresh(*changed)

    def render(self) -> RenderResult:
        """Return the paragraphs."""
        return self._content(self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many rows the paragraphs take at a width."""
        return self._content(width).plain.count("\n") + 1

    def _content(self, width: int) -> Content:
        """Return the paragraphs at a width; Textual asks for the same ones several times in a row."""
        lines, known_width, content = self._laid_out
        if lines is not self.lines or known_width != width:
            content = lay_out(self.lines, width)
            self._laid_out = self.lines, width, content
        return content
