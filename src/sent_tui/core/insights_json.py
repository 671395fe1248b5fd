"""What came of messages as JSON values."""

from __future__ import annotations

from typing import Any

from sent_tui.core.default_move import DefaultMove
from sent_tui.core.insights import Report, Tally
from sent_tui.core.period import Period

Json = dict[str, Any]


def insights_json(period: Period, report: Report, moves: tuple[DefaultMove, ...]) -> Json:
    """Return a report: shares from 0 to 1, times in seconds, money in US dollars."""
    return {
        "since": period.since.isoformat() if period.since else None,
        "messages": _tally(report.whole),
        "fallback": {
            "possible": report.could_fall_back,
            **{effect.value: count for effect, count in report.effects.items()},
            "saved": round(report.saved, 6),
            "lost": round(report.lost, 6),
        },
        **{
            dimension.value: {name: _tally(tally) for name, tally in tallies.items()}
            for dimension, tallies in report.groups.items()
        },
        "moved_defaults": [_move(move) for move in moves],
    }


def _tally(tally: Tally) -> Json:
    return {
        "count": tally.count,
        "delivered": tally.arrived,
        "ended": tally.ended,
        "share": None if tally.share is None else round(tally.share, 4),
        "cost": round(tally.cost, 6),
        "median_seconds": _seconds(tally.median),
        "p90_seconds": _seconds(tally.slowest_tenth),
    }


def _seconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _move(move: DefaultMove) -> Json:
    before, after = (None if channel is None else channel.value for channel in (move.before, move.after))
    return {
        "contact_id": move.contact_id,
        "at": move.at.isoformat(),
        "before": before,
        "after": after,
        "reason": move.reason,
    }
