"""What came of messages, in words: the same on the screen and on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sent_tui.core.channel import Channel
from sent_tui.core.course import duration
from sent_tui.core.default_move import DefaultMove
from sent_tui.core.evaluation_words import number_type_words, region_words, share_words
from sent_tui.core.insights import Dimension, Effect, Figure, Report, Tally
from sent_tui.core.text import plural

TITLES = {
    Dimension.CHANNEL: "Channel",
    Dimension.COUNTRY: "Country",
    Dimension.NUMBER_TYPE: "Type of number",
    Dimension.DAY: "Day",
}
"""The heading of each group."""
EMPTY = "No message went out in this time."


def name_words(dimension: Dimension, name: str) -> str:
    """Return the name of a row as people say it; may hold foreign text."""
    match dimension:
        case Dimension.CHANNEL:
            return Channel(name).label
        case Dimension.COUNTRY:
            return region_words(name)
        case Dimension.NUMBER_TYPE:
            return number_type_words(name)
        case _:
            return name


def dollars(amount: float) -> str:
    """Return an amount of US dollars: "$12.40", "$0.008"."""
    return f"${amount:,.2f}" if amount >= 0.1 or not amount else f"${amount:.3f}"


def time_words(seconds: float | None) -> str:
    """Return how long something took: "1.4 s", "3 min"; a dash where nothing did."""
    if seconds is None:
        return "–"
    return duration(timedelta(seconds=round(seconds, 1 if seconds < 10 else 0)))


def arrived_words(tally: Tally) -> str:
    """Return the share that arrived: "94%"; a dash where nothing came to an end."""
    return "–" if tally.share is None else share_words(tally.share)


def whole_words(report: Report) -> str:
    """Return the sentence about all messages."""
    whole = report.whole
    if not whole.count:
        return EMPTY
    open_ones = whole.count - whole.ended
    under_way = f"; {open_ones:,} still under way" if open_ones else ""
    return (
        f"{plural(whole.count, 'message')}, {arrived_words(whole)} delivered{under_way}. Half took less than "
        f"{time_words(whole.median)}, one in ten more than {time_words(whole.slowest_tenth)}. "
        f"{dollars(whole.cost)} by the price list."
    )


def effect_words(report: Report, effect: Effect) -> str:
    """Return the sentence about an effect of fallbacks; empty where there was none."""
    count = report.effects[effect]
    if not count:
        return ""
    match effect:
        case Effect.FELL_BACK:
            share = share_words(count / max(1, report.could_fall_back))
            return f"{plural(count, 'message')} went on to another channel, {share} of those that could."
        case Effect.RESCUED:
            share = share_words(count / report.whole.count)
            return f"{plural(count, 'message')} arrived only by that: {share} of all."
        case _:
            return (
                f"{plural(count, 'message')} arrived by a first step that costs less than the next: "
                f"{dollars(report.saved)} saved."
            )


def lost_words(report: Report) -> str:
    """Return the sentence about money for attempts that did not arrive; empty where there was none."""
    return f"{dollars(report.lost)} went to attempts that did not arrive." if report.lost else ""


def fallback_words(report: Report) -> Iterator[str]:
    """Give all sentences about fallbacks."""
    yield from filter(None, (*(effect_words(report, effect) for effect in Effect), lost_words(report)))


def figure_words(figure: Figure) -> str:
    """Return which messages a figure counts, as a title: "by SMS", "to Brazil", "that went on to another channel"."""
    if figure.effect is not None:
        return {
            Effect.FELL_BACK: "that went on to another channel",
            Effect.RESCUED: "that arrived only by a fallback",
            Effect.CHEAPER: "that arrived by a cheaper first step",
        }[figure.effect]
    if figure.dimension is None:
        return "that went out"
    words = name_words(figure.dimension, figure.name)
    match figure.dimension:
        case Dimension.CHANNEL:
            return f"tried on {words}"
        case Dimension.COUNTRY:
            return f"to {words}"
        case Dimension.NUMBER_TYPE:
            return f"to numbers of the type “{words}”"
        case _:
            return f"that were written on {words}"


def moved_words(moves: tuple[DefaultMove, ...]) -> str:
    """Return the sentence about default channels that moved by what was learned."""
    if not moves:
        return "No default channel moved by a delivery result."
    contacts = len({move.contact_id for move in moves})
    return f"The default channel of {plural(contacts, 'contact')} moved by delivery results."
