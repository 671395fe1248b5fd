"""What a terminal shows, cell by cell, so that of an update only the cells go out that differ.

Textual sends a widget's lines whole: a change of the focus is 28 kB at 120x40, of which a few rows look different.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import cell_len

_TOKEN: Final = re.compile(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H|\x1b\[(?P<style>[0-9;]*)m|(?P<text>[^\x00-\x1f\x7f]+)|\n"
)
_MODES: Final = re.compile(r"(?:\x1b\[[?<>=][0-9;]*[a-zA-Z]|\x1b\[[0-9;]*t|\x1b\][^\x07\x1b]*\x07|\x07)*")
"""Modes, titles, bells: they change no cell."""
_CLEARS: Final = re.compile(r"\x1b\[\?[0-9;]*1049[hl]")
_CODE: Final = re.compile(
    r"(?P<text>38;2;\d+;\d+;\d+|38;5;\d+|(?:3[0-79]|9[0-7])(?!\d))"
    r"|(?P<ground>48;2;\d+;\d+;\d+|48;5;\d+|(?:4[0-79]|10[0-7])(?!\d))"
    r"|(?P<attribute>\d+)"
)
"""The codes of a style one after the other: a colour of the text, one of the ground, or an attribute."""
_OFF: Final = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
"""What takes an attribute back (ECMA-48); 22 takes back bold and dim alike."""
_UNSEEN: Final = frozenset({"1", "2", "3"})
"""Attributes that a space does not show: bold, dim and italic."""
_GAP: Final = 4
"""So many cells that stay are sent along rather than stepped over."""
_PICTURES: Final = 0x1F000
"""From this code point on, terminals disagree about the room that a character takes."""

_Row = list[tuple[str, str]]
_UNKNOWN: Final = ("", "")


class CellScreen:
    """The cells of a terminal: each one's character and style, as far as they are known."""

    def __init__(self) -> None:
        self._rows: dict[int, _Row | None] = {}
        """None for a row with characters of another width than one cell: such a row is sent as it comes."""
        self._place: tuple[int, int] | None = None
        """Where the terminal's own cursor is, as row and column; None when that is not known."""
        self._style = ""
        """The style in which the terminal writes."""
        self._out: list[str] = []

    def forget(self) -> None:
        """Take nothing for known: the terminal was cleared, resized, or in other hands."""
        self._rows.clear()
        self._place = None

    def changes(self, data: str) -> str:
        """Return what has to be sent in the place of some output, so that the terminal shows the same."""
        if _MODES.fullmatch(data):
            if _CLEARS.search(data):
                self.forget()
            return data
        tokens = list(_TOKEN.finditer(data))
        if sum(len(token[0]) for token in tokens) != len(data) or tokens[0]["row"] is None:
            self.forget()
            return data
        self._out = []
        row, column, style = 0, 0, ""
        for token in tokens:
            if token["text"] is not None:
                column += self._write(row, column, token["text"], style)
            elif token["style"] is not None:
                style = _joined(style, token["style"])
            elif token["row"] is not None:
                row, column = int(token["row"]) - 1, int(token["column"]) - 1
                if column == 0 and self._rows.get(row, ()) is None:
                    del self._rows[row]
        self._switch_to("")
        if tokens[-1]["row"] is not None:
            self._go(row, column)
        return "".join(self._out)

    def _write(self, row: int, column: int, text: str, style: str) -> int:
        """Send what is new of some text at a place, and return its width in cells."""
        if not _is_even(text):
            self._rows[row] = None
        cells = self._rows.setdefault(row, [])
        if cells is None:
            width = cell_len(text)
            self._send(row, column, text, style, width)
            return width
        end = column + len(text)
        cells.extend([_UNKNOWN] * (end - len(cells)))
        blank = _on_blank(style)
        wanted = [(character, blank if character == " " else style) for character in text]
        if cells[column:end] != wanted:
            for first, last in _spans(cells[column:end], wanted):
                self._send(row, column + first, text[first:last], style, last - first)
            cells[column:end] = wanted
        return len(text)

    def _send(self, row: int, column: int, text: str, style: str, width: int) -> None:
        style = style if text.strip(" ") else _on_blank(style, self._style)
        between = self._between(row, column)
        if between and _looks_alike(between, self._style):
            self._out.append(_text(between))
            self._place = (row, column)
        elif between and _looks_alike(between, style):
            self._switch_to(style)
            self._out.append(_text(between))
            self._place = (row, column)
        self._go(row, column)
        self._switch_to(style)
        self._out.append(text)
        self._place = (row, column + width)

    def _between(self, row: int, column: int) -> _Row:
        """Return the cells between the cursor and a place behind it in its row; none where they are many."""
        cells = self._rows.get(row)
        if cells is None or self._place is None or self._place[0] != row or not 0 < column - self._place[1] <= _GAP:
            return []
        return cells[self._place[1] : column]

    def _go(self, row: int, column: int) -> None:
        if self._place == (row, column):
            return
        if self._place is not None and self._place[0] == row and self._place[1] < column:
            steps = column - self._place[1]
            self._out.append(f"\x1b[{steps}C" if steps > 1 else "\x1b[C")
        else:
            self._out.append(f"\x1b[{row + 1};{column + 1}H" if column else f"\x1b[{row + 1}H")
        self._place = (row, column)

    def _switch_to(self, style: str) -> None:
        if style != self._style:
            self._out.append(f"\x1b[{_switch(self._style, style)}m")
            self._style = style


@lru_cache(4096)
def _switch(old: str, new: str) -> str:
    """Return the shortest codes (SGR) that lead from one style to another: what differs, or all of it anew."""
    before, after = _parts(old), _parts(new)
    anew = f"0;{new}" if old and new else new or "0"
    gone = before.attributes - after.attributes
    if gone - _OFF.keys():
        return anew
    off = {_OFF[attribute] for attribute in gone}
    kept = {attribute for attribute in before.attributes if _OFF.get(attribute) not in off}
    codes = [*sorted(off), *sorted(after.attributes - kept)]
    if before.text != after.text:
        codes.append(after.text or "39")
    if before.ground != after.ground:
        codes.append(after.ground or "49")
    return min(";".join(codes), anew, key=len)


class _Parts(NamedTuple):
    """A style taken apart into its codes."""

    attributes: frozenset[str]
    text: str
    ground: str


@lru_cache(4096)
def _parts(style: str) -> _Parts:
    attributes, text, ground = set(), "", ""
    # From the beginning, because the parts of a colour may look like codes: 48;2;10;111;93 is one, and not 93 too.
    for code in _CODE.finditer(style):
        if code["attribute"]:
            attributes.add(code["attribute"])
        text, ground = code["text"] or text, code["ground"] or ground
    return _Parts(frozenset(attributes), text, ground)


@lru_cache(4096)
def _on_blank(style: str, present: str = "") -> str:
    """Return what a space shows of a style: its ground alone, or all of it where that is seen.

    Where a space shows the same in the present style of the terminal, that one is returned.
    """
    parts = _parts(style)
    shown = parts.ground if parts.attributes <= _UNSEEN else style
    return present if present and _on_blank(present) == shown else shown


def _looks_alike(cells: _Row, style: str) -> bool:
    """Return whether cells look the same when they are written in a style."""
    blank = _on_blank(style)
    return all(character and shown == (blank if character == " " else style) for character, shown in cells)


def _text(cells: _Row) -> str:
    return "".join(character for character, _ in cells)


def _joined(style: str, more: str) -> str:
    """Return a style with what a sequence adds to it; SGR 0, and nothing, take all of it back."""
    if more in {"", "0"}:
        return ""
    return f"{style};{more}" if style else more


def _spans(old: _Row, new: _Row) -> list[tuple[int, int]]:
    """Return where two pieces of a row differ, from and to, with small gaps filled."""
    spans: list[tuple[int, int]] = []
    for place, (before, after) in enumerate(zip(old, new, strict=True)):
        if before == after:
            continue
        if spans and place - spans[-1][1] <= _GAP:
            spans[-1] = (spans[-1][0], place + 1)
        else:
            spans.append((place, place + 1))
    return spans


def _is_even(text: str) -> bool:
    """Return whether every character takes one cell on any terminal."""
    return text.isascii() or all(map(_takes_one_cell, text))


@lru_cache(4096)
def _takes_one_cell(character: str) -> bool:
    if unicodedata.category(character)[0] == "M" or ord(character) >= _PICTURES:
        return False
    return cell_len(character) == 1
