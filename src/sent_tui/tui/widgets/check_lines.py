"""How sure a contact's channels are, whether a check would pay, and how its default channel moved, in lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from sent_tui.core.ageing import check_words, closed_words, is_closed_by_fact
from sent_tui.core.channel import ChannelStatus
from sent_tui.core.default_move import DefaultMove
from sent_tui.core.recheck import Proposal
from sent_tui.core.text import ago
from sent_tui.tui.safe import join, safe
from sent_tui.tui.widgets.layout import Line

_KEY = ("c", "bold $primary")


def checked_contents(status: ChannelStatus, now: datetime) -> list[Content]:
    """Return when a channel was last looked at and how sure that still is; a closed one, with what opens it again."""
    contents = [safe(check_words(status, now), "$text-muted")]
    if is_closed_by_fact(status):
        contents.append(join((f"{closed_words(status)}: ", "$text-muted"), _KEY, (" checks it", "$text-muted")))
    return contents


def proposal_lines(proposal: Proposal | None) -> list[Line]:
    """Return why the channels should be checked again; nothing when that would not pay."""
    if proposal is None:
        return []
    return [Line(join(("Worth a check (", "$text-warning"), _KEY, ("): ", "$text-warning"), proposal.words))]


def latest_move_line(moves: Sequence[DefaultMove], now: datetime) -> list[Line]:
    """Return how the default channel last moved; nothing while it has stayed what it was at first."""
    if len(moves) < 2:
        return []
    move = moves[-1]
    words = f"Default moved: {move.words}  {ago(move.at, now)}, {move.by.label}"
    return [Line(join((words, "$text-muted"), (f": {move.reason}" if move.reason else "", "$text-muted")))]


def move_rows(moves: Sequence[DefaultMove], now: datetime, limit: int) -> list[Line]:
    """Return the moves of a default channel, the latest first."""
    lines = []
    for move in reversed(moves[-limit:]):
        when = f"{ago(move.at, now)}, {move.by.label}"
        reason = f": {move.reason}" if move.reason else ""
        lines.append(Line(join((move.words, "bold"), f"  {when}", (reason, "$text-muted")), 2))
    older = len(moves) - limit
    return [*lines, Line(safe(f"… and {older} older", "$text-muted"))] if older > 0 else lines
