"""How a channel and its state are written, everywhere the same: by letters first, by colour second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from sent_tui.core.channel import Availability, Channel, ChannelStatus
from sent_tui.core.text import percent, percent_range

if TYPE_CHECKING:
    from sent_tui.core.estimate import Estimate

WORDS = {
    Availability.AVAILABLE: "available",
    Availability.UNAVAILABLE: "not available",
    Availability.UNKNOWN: "unknown",
}
STYLES = {
    Availability.AVAILABLE: "$text-success",
    Availability.UNAVAILABLE: "$text-muted",
    Availability.UNKNOWN: "$text-warning",
}


def badge_text(channel: Channel, availability: Availability) -> str:
    """Return the short form: `WA`, `WA?` when it is not known, a dash when it is not there."""
    if availability is Availability.UNAVAILABLE:
        return "–"
    return channel.badge + ("?" if availability is Availability.UNKNOWN else "")


def default_text(channel: Channel | None, *, pinned: bool) -> str:
    """Return the default channel's mark: filled when the router chose it, a diamond when a person did."""
    return "–" if channel is None else f"{channel.badge} {'◆' if pinned else '●'}"


def availability(status: ChannelStatus) -> Content:
    """Return a channel's availability in words."""
    return Content.styled(WORDS[status.availability], STYLES[status.availability])


def meter(share: float, width: int = 8) -> str:
    """Return a share from 0 to 1 as a thin bar of that many cells."""
    halves = round(max(0.0, min(1.0, share)) * width * 2)
    return ("━" * (halves // 2) + "╸" * (halves % 2)).ljust(width)


def estimate_bar(known: Estimate, width: int = 8) -> str:
    """Return an estimate as a bar of that many cells, on a scale from 0 to 1.

    It is solid up to the low end of the 80 % interval and dashed up to the high one; an upright stroke marks the
    estimate.
    """
    low, mean, high = (max(0.0, min(1.0, share)) * width for share in (known.low, known.mean, known.high))
    mark = min(width - 1, int(mean))
    cells = ["━" if cell < int(low) else "╌" if cell < high else " " for cell in range(width)]
    cells[mark] = "┃"
    return "".join(cells)


def estimate_line(known: Estimate, width: int = 8) -> Content:
    """Return an estimate with its bar and its range."""
    style = "$text-success" if known.mean >= 0.8 else "$text-warning" if known.mean >= 0.5 else "$text-error"
    return Content.assemble(
        (estimate_bar(known, width), style),
        (f" {percent(known.mean):>3}", "bold"),
        (f"  {percent_range(known.low, known.high)}", "$text-muted"),
    )
