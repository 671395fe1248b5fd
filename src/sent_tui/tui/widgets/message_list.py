"""All messages in rows: when, what became of each, by which channels, whose it is, and what it says."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from textual.reactive import reactive

from sent_tui.core.channel import Channel
from sent_tui.core.message import STATUS_WORDS, Message
from sent_tui.core.message_search import Fate, MessageResults, fate_of
from sent_tui.core.reasons import reason_words
from sent_tui.core.text import display, relative_time
from sent_tui.tui.activity import ActivityRow, ActivityRows
from sent_tui.tui.widgets.row_list import Look, RowList, cell, cut
from sent_tui.tui.widgets.timeline import status_sign

STYLES = {
    Fate.DELIVERED: "good",
    Fate.FAILED: "bad",
    Fate.STOPPED: "bad",
    Fate.UNKNOWN: "warning",
    Fate.UNDER_WAY: "warning",
    Fate.WAITING: "muted",
    Fate.RECEIVED: "mark",
}
_SHORT = {Channel.WHATSAPP: "WA"}
_WHEN, _STATUS, _CHANNEL, _NUMBER = 9, 18, 10, 17
_NARROW, _SHORT_STATUS = 70, 13
_LEAST_NAME, _MOST_NAME, _LEAST_TEXT = 14, 26, 12


@lru_cache(maxsize=8)
def widths(width: int) -> dict[str, int]:
    """Return the columns that fit into a width in cells, and how wide each is, in their order."""
    status = _STATUS if width >= _NARROW else _SHORT_STATUS
    room = width - _WHEN - status - _LEAST_NAME
    columns = {"when": _WHEN, "status": status}
    if room >= _CHANNEL:
        columns["channel"], room = _CHANNEL, room - _CHANNEL
    name = min(_MOST_NAME, _LEAST_NAME + max(0, room - _LEAST_TEXT) // 3)
    room -= name - _LEAST_NAME
    columns["name"] = name
    if room >= _NUMBER + 30:
        columns["number"], room = _NUMBER, room - _NUMBER
    if room > 0:
        columns["text"] = room
    return columns


HEADINGS = {
    "when": "When",
    "status": "Status",
    "channel": "Channel",
    "name": "Contact",
    "number": "Number",
    "text": "Text",
}


class MessageList(RowList):
    """Messages in rows. The screen gives it rows, and says where the cursor stays."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "message-list--heading",
        "message-list--cursor",
        "message-list--good",
        "message-list--warning",
        "message-list--bad",
        "message-list--muted",
        "message-list--mark",
    }
    DEFAULT_CSS = """
    MessageList {
        & > .message-list--heading { color: $text-muted; text-style: bold; background: $surface; }
        & > .message-list--cursor { background: $block-cursor-blurred-background; text-style: bold; }
        &:focus > .message-list--cursor { background: $block-cursor-background; }
        & > .message-list--good { color: $text-success; }
        & > .message-list--warning { color: $text-warning; }
        & > .message-list--bad { color: $text-error; }
        & > .message-list--muted { color: $text-muted; }
        & > .message-list--mark { color: $primary; }
    }
    """
    HEAD, PARTS = 1, "message-list"

    now: reactive[datetime | None] = reactive(None, repaint=False)
    """The time against which ages are told, from the next rows on."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = ActivityRows()

    @property
    def row_count(self) -> int:
        """How many messages there are."""
        return len(self._rows)

    @property
    def current(self) -> Message | None:
        """The message under the cursor."""
        return self._rows[self.cursor].message if self.cursor < len(self._rows) else None

    @property
    def name_shown(self) -> str:
        """The name of the contact of the message under the cursor; foreign text."""
        return self._rows[self.cursor].name if self.cursor < len(self._rows) else ""

    def read_again(self) -> None:
        """Read the same messages anew and show them as they are."""
        self._rows = self._rows.again()
        self.rows_changed(self.cursor)

    @property
    def results(self) -> MessageResults:
        """The messages of all rows."""
        return self._rows.results

    def show(self, rows: ActivityRows, place: int | None) -> None:
        """Show other rows, with the cursor at a place; None leaves it on its row."""
        self._rows = rows
        self.rows_changed(self.cursor if place is None else place)

    def head(self, room: int) -> str:
        """Return the names of the columns."""
        return " " + "".join(cell(HEADINGS[name], width) for name, width in widths(room - 1).items())

    def cells(self, row: int, room: int, look: Look) -> list[Segment]:
        """Return what stands in the columns of a message."""
        known = self._rows[row]
        if known.message is None:
            return [Segment(cut("This message cannot be read: run `sent-tui db check`.", room), look("bad"))]
        segments = []
        for name, width in widths(room).items():
            segments += self._cell(name, width, known, known.message, look)
        return segments

    def _cell(self, name: str, room: int, row: ActivityRow, message: Message, look: Look) -> list[Segment]:
        match name:
            case "when":
                age = relative_time(message.created_at, self.now or message.created_at)
                return [Segment(cell(age, room), look("muted"))]
            case "status":
                words = f"{status_sign(message.status)} {STATUS_WORDS.get(message.status) or display(message.status)}"
                return [Segment(cell(words, room), look(STYLES[fate_of(message)]))]
            case "channel":
                return [Segment(cell(channel_words(message), room), look())]
            case "name":
                return [Segment(cell(display(row.name, 60), room), look())]
            case "number":
                return [Segment(cell(display(message.to, 40), room), look("muted"))]
            case _:
                return _text_cells(message, room, look)


def _text_cells(message: Message, room: int, look: Look) -> list[Segment]:
    """Return what a message says; before it, why it did not arrive."""
    text = display(message.content.text)
    why = why_not_words(message)
    if not why:
        return [Segment(cut(text, room), look())]
    shown = Segment(cut(display(why, 80), room), look("bad"))
    rest = room - shown.cell_length - 3
    return [shown, Segment(f" · {cut(text, rest)}", look("muted"))] if rest > 3 else [shown]


def why_not_words(message: Message) -> str:
    """Return why a message did not arrive, as the last word on it says; empty where it did, or may."""
    if fate_of(message) not in {Fate.FAILED, Fate.STOPPED}:
        return ""
    last = message.attempts[-1] if message.attempts else None
    code = message.reason_code or (last.reason_code if last else None)
    return reason_words(code) or (last.detail if last else "")


def channel_words(message: Message) -> str:
    """Return the channels by which a message was tried, in their order: "WhatsApp", "WA → SMS"."""
    tried = [channel for channel, _ in groupby(attempt.channel for attempt in message.attempts)]
    if len(tried) > 1:
        return " → ".join(_SHORT.get(channel, channel.label) for channel in tried)
    channel = message.channel or (message.route[0] if message.route else None)
    return channel.label if channel is not None else "–"
