"""What becomes of a message: the warnings and the route before it goes, its timeline afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from sent_tui.core.message import Message, MessageStatus
from sent_tui.core.rationale import Rationale
from sent_tui.core.recheck import Proposal
from sent_tui.core.route_plan import RoutePlan
from sent_tui.tui.keymap import Label
from sent_tui.tui.safe import join, safe
from sent_tui.tui.widgets.course_view import course_lines
from sent_tui.tui.widgets.layout import BLANK, Document, Line
from sent_tui.tui.widgets.route_view import route_content, route_title
from sent_tui.tui.widgets.timeline import Story, message_lines


class Outlook(VerticalScroll):
    """The other half: what to know before sending, the route, and what comes of the message."""

    DEFAULT_CSS = """
    Outlook {
        height: auto;
        max-height: 50%;
        padding: 0 0 0 1;
        border-top: solid $border;

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


def route_lines(plan: RoutePlan | None, proposal: Proposal | None = None) -> list[Line]:
    """Return the route that a message would take, with its title, and why a check could change it."""
    if plan is None:
        return [Line(safe("Route", "bold $primary")), Line(safe("Planning …", "$text-muted"))]
    rows = [Line(route_title(plan)), *(Line(row, 3) for row in route_content(plan).split("\n"))]
    # Where this message takes another way than a template would, the proposal is not about it.
    if proposal is not None and next(iter(plan.channels), None) is proposal.first:
        rows.append(Line(join(("?  ", "$text-warning"), f"Worth a check: {proposal.words}"), 3))
    return rows


def planned_lines(message: Message, rationale: Rationale | None) -> list[Line]:
    """Return what came of a message against what was planned, and why it was planned so."""
    title = Line(safe("Route as planned, and as it went", "bold $primary"))
    return [title, *course_lines(message, rationale), *(Line(safe(words), 5, 3) for words in reasons_then(message))]


def reasons_then(message: Message) -> tuple[str, ...]:
    """Return the reasons that were given before a message went, without those of its steps, which have lines here."""
    steps = tuple(f"{number}. " for number in range(1, len(message.steps) + 1))
    return tuple(words for words in message.reasons if not words.startswith(steps))


def story_lines(story: Story, now: datetime | None, key: Label, *, sent: bool) -> list[Line]:
    """Return what came of a message so far, and what can be done next."""
    message = story.message
    lines = [Line(safe("Message", "bold $primary")), *message_lines(story, now or message.updated_at)]
    if not sent:
        return lines
    if message.is_waiting:
        return [
            *lines,
            Line(join((key("call-back"), "bold $primary"), (" calls it back: nothing was sent yet", "$text-muted"))),
        ]
    if message.status == MessageStatus.UNKNOWN:
        lines.append(Line(safe("It is asked after, and never repeated by itself.", "$text-warning")))
    elif not message.is_final:
        lines.append(Line(safe("Reports appear here as they come.", "$text-muted")))
    keys = ((key("new-message"), "bold $primary"), (" new message   ", "$text-muted"))
    retry = ((key("retry"), "bold $primary"), (" send it again", "$text-muted")) if is_in_vain(message) else ()
    return [*lines, Line(join(*keys, *retry))]


def is_in_vain(message: Message) -> bool:
    """Return whether a message came to nothing, so that it may be worth sending again."""
    return message.is_final and message.status in {MessageStatus.FAILED, MessageStatus.BLOCKED}
