"""The field for a phone number: formatted while it is typed, and aware of a pasted list."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message
from textual.reactive import var

from sent_tui.core.as_you_type import format_as_you_type
from sent_tui.core.phone_doubts import legible
from sent_tui.core.text import display
from sent_tui.tui.batch import MOST_LINES
from sent_tui.tui.widgets.fields import TextField

LONGEST_NUMBER = 60
"""Characters of one number: room for any, with an extension and separators of the person's own."""
LONGEST_LINE = 250
"""Characters of a line of a list: more than any number has, so that what is longer stays too long."""


class PhoneInput(TextField):
    """One phone number. What is typed keeps its order and its characters; only separators come and go."""

    country: var[str | None] = var(None)
    """Whose national format the number may be in."""
    formats: var[bool] = var(default=False)
    """Whether the tables of the numbering plans are there, which take a tenth of a second to load."""

    @dataclass(eq=False, repr=False)
    class ListPasted(Message):
        """Several lines were pasted; none of them is in the field."""

        lines: tuple[str, ...]
        """The first of them."""
        count: int
        """How many there were."""

    @dataclass(eq=False, repr=False)
    class PasteRefused(Message):
        """A pasted line has no room in the field. Part of it could be another number, so none of it was taken."""

    def __init__(self, value: str = "", *, field_id: str | None = None) -> None:
        super().__init__(value, placeholder="+1 415 555 0123", limit=LONGEST_NUMBER, field_id=field_id)

    def replace(self, text: str, start: int, end: int) -> None:
        """Put text in place of a part of the number and format the whole anew."""
        start, end = sorted((max(0, start), min(len(self.value), end)))
        text = self._fitting(text, start, end)
        typed = self.value[:start] + text + self.value[end:]
        shown = format_as_you_type(typed, self.country, self.value) if self.formats else typed
        self.value = shown
        self.cursor_position = caret_in(shown, typed, start + len(text))

    def take(self, text: str) -> None:
        """Take one pasted number, or tell of a list."""
        lines = [line for line in text.splitlines() if line.strip()]
        if not lines:
            return
        if len(lines) > 1:
            self.post_message(self.ListPasted(tuple(map(_clean, lines[:MOST_LINES])), len(lines)))
            return
        number = legible(lines[0]).strip()
        start, end = sorted(self.selection)
        if len(number) > LONGEST_NUMBER - len(self.value) + end - start:
            self.post_message(self.PasteRefused())
            return
        self.replace(number, start, end)

    def watch_formats(self) -> None:
        """Format what was typed before."""
        if self.formats and self.value and all(map(_is_key, self.value)):
            self.value = format_as_you_type(self.value, self.country)
            self.cursor_position = len(self.value)

    def watch_country(self, old: str | None, new: str | None) -> None:
        """Write a number that has the format of one country in that of another."""
        keys = "".join(filter(_is_key, self.value))
        if self.formats and self.value in {keys, format_as_you_type(keys, old)}:
            self.value = format_as_you_type(keys, new)
            self.cursor_position = len(self.value)


def caret_in(shown: str, typed: str, caret: int) -> int:
    """Return where the caret belongs after `typed` became `shown`: behind the same digit or letter as before."""
    if shown == typed:
        return caret
    if caret == len(typed):
        return len(shown)
    keys = sum(map(_is_key, typed[:caret]))
    behind = (position for position in range(len(shown)) if sum(map(_is_key, shown[:position])) == keys)
    return next(behind, len(shown))


def _clean(line: str) -> str:
    return display(legible(line[: LONGEST_LINE + 1]), LONGEST_LINE + 1).strip()


def _is_key(char: str) -> bool:
    return char.isalnum() or char in "+＋"
