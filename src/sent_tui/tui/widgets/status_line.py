"""The two lines around every screen: where one is, and which keys help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from sent_tui.tui.availability import is_possible
from sent_tui.tui.commands import Command
from sent_tui.tui.keymap import keymap_of
from sent_tui.tui.safe import join, safe

TABS = ("Contacts", "Activity", "Insights")
"""The places that are open from everywhere, by the titles of their screens."""
ROOM_FOR_TABS = 70
"""Columns; with fewer, the top line names only where one is."""


class TopLine(Widget):
    """The name of the program and of the screen at the left, the gateway and the size of the database at the right."""

    DEFAULT_CSS = """
    TopLine {
        dock: top;
        height: 1;
        padding: 0 1;
        background: $panel;
    }
    """

    status: reactive[str] = reactive("")
    """Which gateway, and how many contacts."""

    def __init__(self, title: str, *, tabs: bool = False) -> None:
        """With `tabs`, all places that are open from everywhere are named; the title is one of them."""
        super().__init__()
        self._title = title
        self._has_tabs = tabs

    def on_mount(self) -> None:
        """Follow what the app says of the gateway and the database."""
        self.watch(self.app, "status", self._follow)

    def _follow(self, status: str) -> None:
        self.status = status

    def render(self) -> RenderResult:
        """Return the line; the end of the status gives way where there is no room for both."""
        left = join(("sent-tui", "bold $primary"), "  ", *self._places())
        room = self.content_size.width - left.cell_length - 2
        right = safe(self.status, "$text-muted").truncate(max(0, room), ellipsis=True)
        gap = self.content_size.width - left.cell_length - right.cell_length
        return left if gap < 1 else Content.assemble(left, " " * gap, right)

    def _places(self) -> list[tuple[str, str] | str]:
        """Return the title; with tabs, all of them where there is room."""
        if not self._has_tabs or self.content_size.width < ROOM_FOR_TABS:
            return [(self._title, "bold")]
        styles = {True: "bold underline", False: "$text-muted"}
        return [part for tab in TABS for part in ((tab, styles[tab == self._title]), "  ")]


class KeyLine(Widget):
    """The most useful keys at the left, and the last piece of news at the right."""

    DEFAULT_CSS = """
    KeyLine {
        dock: bottom;
        height: 1;
        padding: 0 1;
        background: $panel;
    }
    """

    news: reactive[str] = reactive("")
    """What happened last, in words."""
    typing: reactive[bool] = reactive(default=False)
    """Whether a text is being typed: then only keys are named that act all the same."""
    instead: reactive[Mapping[str, str]] = reactive[Mapping[str, str]](dict)
    """The commands that are named instead of the usual ones, and the word of each; empty for the usual ones."""

    def __init__(self, *groups: tuple[Command, ...], typing: bool = False) -> None:
        super().__init__()
        self._commands = [command for group in groups for command in group]
        self.set_reactive(KeyLine.typing, typing)

    def render(self) -> RenderResult:
        """Return the line; news goes before hints where there is no room for both."""
        width = self.content_size.width
        news = safe(self.news, "$accent", limit=max(1, width))
        room = width - news.cell_length - (2 if self.news else 0)
        line = Content("")
        for command, key, word in self._keys():
            style = "bold $primary" if is_possible(self.app, command) else "$text-muted"
            hint = join((key, style), " ", (word, "$text-muted"), "  ")
            if line.cell_length + hint.cell_length > room:
                break
            line = Content.assemble(line, hint)
        gap = max(0, width - line.cell_length - news.cell_length)
        return Content.assemble(line, " " * gap, news)

    def _keys(self) -> Iterator[tuple[Command, str, str]]:
        """Yield the commands that have a word and a key, with both."""
        keymap = keymap_of(self.app)
        label = keymap.label_while_typing if self.typing else keymap.label
        for command in self._commands:
            word = self.instead.get(command.name, "") if self.instead else command.hint
            if word and (key := label(command)):
                yield command, key, word
