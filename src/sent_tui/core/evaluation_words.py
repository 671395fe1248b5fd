"""What looking back on messages found, in sentences that claim no more than the numbers do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sent_tui.core.calibration import IN_BIN, Bin, Curve, Figure, Rate, Report, Trait
from sent_tui.core.channel import Channel
from sent_tui.core.number_type import NumberType
from sent_tui.core.numbering import region_name
from sent_tui.core.replay import Comparison
from sent_tui.core.results import Uncounted
from sent_tui.core.text import plural

FEW = 100
"""With fewer messages, it is said that they are few."""
EMPTY = (
    "There is no result yet that could be held against the percentage that was shown before. Send messages: each "
    "result is counted here."
)
"""What is said when there is nothing to compare."""


def share_words(share: float) -> str:
    """Return a share of what happened as a whole percentage."""
    return f"{share:.0%}"


def range_words(low: float, high: float) -> str:
    """Return a range of shares: `80–92%`."""
    return f"{100 * low:.0f}–{100 * high:.0f}%"


def points(distance: float) -> str:
    """Return a distance between two probabilities in points: `2.1 points`."""
    return f"{100 * distance:.1f} points"


def shown_words(found: Bin) -> str:
    """Return the percentages of a bin: `88%`, `76–87%`."""
    return span_of(found.low, found.high)


def span_of(low: int, high: int) -> str:
    """Return some whole percentages: `88%`, `76–87%`."""
    return f"{low}%" if low == high else f"{low}–{high}%"


def figure_words(figure: Figure) -> str:
    """Return what the first attempts of a row have in common: `first attempts in Brazil`."""
    if figure.trait is None:
        return f"first attempts shown with {span_of(figure.low, figure.high)}"
    if figure.trait is Trait.CHANNEL:
        return f"first attempts by {Channel(figure.name).label}"
    if figure.trait is Trait.NUMBER_TYPE:
        return f"first attempts to numbers of type {number_type_words(figure.name)}"
    return f"first attempts in {region_words(figure.name) if figure.trait is Trait.REGION else figure.name}"


def region_words(region: str) -> str:
    """Return a country by its name; one that has none, by its code."""
    return region_name(region) or region or "unknown"


def number_type_words(number_type: str) -> str:
    """Return a number type as people say it; an unknown one as it was written."""
    return NumberType(number_type).label if number_type in set(NumberType) else number_type or "unknown"


def calibration_words(report: Report) -> Iterator[str]:
    """Give the report in sentences: how many messages it rests on, the scores, and what is not in it."""
    curve = report.first
    if not curve.bins:
        yield EMPTY
    else:
        yield from _curve(curve)
    if report.fallback.bins:
        rate = report.fallback.rate
        yield (
            f"Of {plural(rate.count, 'fallback')}, {_arrived(rate)}; {share_words(rate.shown)} was shown on average. "
            "They are not in the tables: whoever gets one was not reached before."
        )
    if report.uncounted:
        yield f"Not counted: {uncounted_words(report.uncounted)}."


def _curve(curve: Curve) -> Iterator[str]:
    rate = curve.rate
    yield f"Of {plural(rate.count, 'first attempt')}, {_arrived(rate)}; {share_words(rate.shown)} was shown on average."
    yield (
        f"Between shown and arrived lie {points(curve.error)} on average; were every percentage right, it would be "
        f"about {points(curve.error_by_chance)} by chance alone."
    )
    if rate.count < FEW:
        yield "These are far too few messages to tell." if rate.count < IN_BIN else "These are few messages."
    yield "A range holds the true share in 19 of 20 cases, so one row in twenty is out of its range by chance."


def _arrived(rate: Rate) -> str:
    return f"{rate.arrived:,} arrived: {share_words(rate.share)} ({range_words(*rate.interval)})"


def uncounted_words(uncounted: Mapping[Uncounted, int]) -> str:
    """Return what is not counted, and why."""
    return ", ".join(f"{count:,} {why.label}" for why, count in uncounted.items())


def replay_words(found: Comparison) -> Iterator[str]:
    """Give a comparison in sentences: what the policy would have tried, what is known of that, and what it costs."""
    if not found.count:
        yield "No message could be compared: there is none that could go by two channels and has a result."
    else:
        yield from _tried(found)
        yield from _arrivals(found)
        own, other = (1000 * cost / found.count for cost in (found.own_cost, found.cost))
        yield (
            f"Expected cost of 1,000 messages by the prices of then, fallback included: ${own:.2f} as it went, "
            f"${other:.2f} with it."
        )
    left_out = [
        *([f"{found.no_choice:,} that could go by one channel only"] if found.no_choice else []),
        *([f"{found.pinned:,} whose channel a person chose"] if found.pinned else []),
        *([uncounted_words(found.uncounted)] if found.uncounted else []),
    ]
    if left_out:
        yield f"Not compared: {', '.join(left_out)}."


def _tried(found: Comparison) -> Iterator[str]:
    yield (
        f"Of {plural(found.count, 'message')} that could go by two channels, it tries the same one first for "
        f"{found.agreed.count:,}."
    )
    for (tried, chosen), count in found.instead.items():
        yield f"For {count:,}, it tries {chosen.label} first instead of {tried.label}."


def _arrivals(found: Comparison) -> Iterator[str]:
    yield f"As it went, {share_words(found.own_share)} of the first attempts arrived."
    if not found.differs:
        yield "With it, the same."
        return
    yield f"With it, {range_words(*found.bounds)} would have: nobody knows what was not tried."
    if found.by_fallback.count:
        yield (
            f"{range_words(*found.bounds_with_fallbacks)}, if a first attempt had gone as the fallback did: of "
            f"these {found.by_fallback.count:,}, {found.by_fallback.arrived:,} arrived."
        )
    if found.unknown.count:
        yield (
            f"About {share_words(found.estimate)}, if the model was right about the {found.unknown.count:,} that were "
            f"not tried: it expected {found.unknown.expected:.0f} of them to arrive."
        )
    known = found.agreed.count + found.by_fallback.count
    if known:
        arrived, expected = (
            found.agreed.arrived + found.by_fallback.arrived,
            found.agreed.expected + found.by_fallback.expected,
        )
        yield f"Of the {known:,} whose result is known, it expected {expected:.0f}, and {arrived:,} arrived."
