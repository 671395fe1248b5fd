"""What becomes of a message: the warnings and the route before it goes, its timeline afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from sent_tui.core.message import MessageStatus
from sent_tui.core.routing import RoutePlan
from sent_tui.tui.safe import join, safe
from sent_tui.tui.widgets.layout import BLANK, Document, Line
from sent_tui.tui.widgets.route_view import route_content
from sent_tui.tui.widgets.timeline import Story, message_lines


class Outlook(VerticalScroll):
    """The other half: what to know before sending, the route, and what comes of the message."""

    DEFAULT_CSS = """
    Outlook {
        height: auto;
        max-height: 50%;
        padding: 0 1;
        border-top: solid $border;
        scrollbar-size-vertical: 1;

        &:focus { background-tint: $foreground 3%; }
    }
    """

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        yield Document()

    def draw(self, story: Sequence[Line], warned: Sequence[str], route: Sequence[Line]) -> None:
        """Draw the parts that there are, one under the other."""
        marked = [Line(join(("! ", "bold $text-warning"), words), 2) for words in warned]
        lines: list[Line] = []
        for block in (story, marked, route):
            lines += [BLANK, *block] if lines and block else block
        self.query_one(Document).lines = tuple(lines)


def route_lines(plan: RoutePlan | None, *, sent: bool) -> list[Line]:
    """Return the route with its title."""
    title = Line(safe("Route as planned" if sent else "Route", "bold $primary"))
    if plan is None:
        return [title, Line(safe("Planning …", "$text-muted"))]
    return [title, *(Line(row, 3) for row in route_content(plan).split("\n"))]


def story_lines(story: Story, now: datetime | None, *, sent: bool) -> list[Line]:
    """Return what came of a message so far, and what can be done next."""
    message = story.message
    lines = [Line(safe("Message", "bold $primary")), *message_lines(story, now or message.updated_at)]
    if not sent:
        return lines
    if message.status == MessageStatus.UNKNOWN:
        lines.append(Line(safe("It is asked after, and never repeated by itself.", "$text-warning")))
    elif not message.is_final:
        lines.append(Line(safe("Reports appear here as they come.", "$text-muted")))
    again = message.is_final and message.status in {MessageStatus.FAILED, MessageStatus.BLOCKED}
    keys = (("n", "bold $primary"), (" new message   ", "$text-muted"))
    retry = (("R", "bold $primary"), (" send it again", "$text-muted")) if again else ()
    return [*lines, Line(join(*keys, *retry))]
