"""The two lines around every screen: where one is, and which keys help."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from sent_tui.tui.commands import Command
from sent_tui.tui.safe import join, safe


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

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def on_mount(self) -> None:
        """Follow what the app says of the gateway and the database."""
        self.watch(self.app, "status", self._follow)

    def _follow(self, status: str) -> None:
        self.status = status

    def render(self) -> RenderResult:
        """Return the line; the status gives way when there is no room for both."""
        left = join(("sent-tui", "bold $primary"), ("  ", ""), (self._title, "bold"))
        right = safe(self.status, "$text-muted")
        gap = self.content_size.width - left.cell_length - right.cell_length
        return left if gap < 1 else Content.assemble(left, " " * gap, right)


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

    def __init__(self, *groups: tuple[Command, ...], typing: bool = False) -> None:
        """With `typing`, only keys are named that act while a text is being typed."""
        super().__init__()
        hints = [command for group in groups for command in group if command.hint]
        labels = [(command.typing_label if typing else command.key_label, command.hint) for command in hints]
        self._hints = [(key, hint) for key, hint in labels if key]

    def render(self) -> RenderResult:
        """Return the line; news goes before hints where there is no room for both."""
        width = self.content_size.width
        news = safe(self.news, "$accent", limit=max(1, width))
        room = width - news.cell_length - (2 if self.news else 0)
        line = Content("")
        for key, words in self._hints:
            hint = join((key, "bold $primary"), " ", (words, "$text-muted"), "  ")
            if line.cell_length + hint.cell_length > room:
                break
            line = Content.assemble(line, hint)
        gap = max(0, width - line.cell_length - news.cell_length)
        return Content.assemble(line, " " * gap, news)
