"""How well the shown percentages came true.

What people saw before sending is a whole percentage (`core.text.percent`), so it is that which is judged: a message
shown with 92 % is one of those of which 92 in 100 should arrive. Counts are whole numbers for each percentage, so the
order of the messages leaves no trace and memory does not grow with them.

Bins hold about the same number of messages each. Shown percentages crowd between 80 and 97: of ten bins of equal
width, most would be empty and one would hold nearly everything (Bröcker and Smith 2007, "Increasing the reliability
of reliability diagrams").

    Brier score = reliability - resolution + uncertainty + within bins

The first three are Murphy's (1973, "A new vector partition of the probability score"), with the means of each bin; the
last is what they leave out because a bin holds several percentages (Stephenson, Coelho and Jolliffe 2008). Ranges are
Wilson's (1927), at 95 %. They take messages for independent; those to one contact are not quite, so the ranges are a
little too narrow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from enum import StrEnum
from itertools import accumulate
from math import pi, sqrt
from typing import Final

from msgspec import Struct, field

from sent_tui.core.message import Message
from sent_tui.core.results import Result, Uncounted, results
from sent_tui.core.text import percent

BINS: Final = 10
"""A curve has at most so many bins."""
IN_BIN: Final = 20
"""A bin should hold so many messages at least; with fewer, its range says nearly nothing."""
Z: Final = 1.959964
"""The 97.5 % quantile of the normal distribution: ranges are at 95 %."""


class Quality(StrEnum):
    """What the outcome says of the forecast."""

    IN_RANGE = "in_range"
    """What was shown lies within the range of what arrived: nothing speaks against it."""
    TOO_HIGH = "too_high"
    TOO_LOW = "too_low"

    @property
    def label(self) -> str:
        """In words."""
        return {
            Quality.IN_RANGE: "in the range",
            Quality.TOO_HIGH: "too high",
            Quality.TOO_LOW: "too low",
        }[self]


class Rate(Struct, frozen=True):
    """Some attempts together: what was shown on average, and how many arrived."""

    count: int
    shown: float
    """Mean of the shown probabilities, 0 to 1."""
    arrived: int
    brier: float
    """Mean squared difference between what was shown and what happened; 0 is best."""

    @property
    def share(self) -> float:
        """The share that arrived, 0 to 1."""
        return self.arrived / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the 95 % range in which the true share lies."""
        return wilson(self.arrived, self.count)

    @property
    def quality(self) -> Quality:
        """Whether what was shown lies within the range of what arrived."""
        low, high = self.interval
        if low <= self.shown <= high:
            return Quality.IN_RANGE
        return Quality.TOO_HIGH if self.shown > high else Quality.TOO_LOW


class Bin(Struct, frozen=True):
    """Attempts that were shown with about the same percentage."""

    low: int
    high: int
    """The lowest and the highest percentage in it."""
    rate: Rate


class Trait(StrEnum):
    """What the first attempts of a row of a table have in common."""

    CHANNEL = "channel"
    REGION = "region"
    NUMBER_TYPE = "number type"
    MONTH = "month"
    """When the message was written, by UTC."""


class Figure(Struct, frozen=True):
    """One row of a report: the first attempts that it counts."""

    trait: Trait | None
    """None for those that were shown with some percentages."""
    name: str = ""
    """What they have of the trait: "sms", "BR", "mobile", "2026-03"."""
    low: int = 1
    high: int = 99
    """The lowest and the highest percentage that was shown."""

    def counts(self, message: Message) -> bool:
        """Return whether a message is among those of the row."""
        judged = next(_judged(message, results(message)), None)
        if judged is None or judged.is_fallback or not self.low <= judged.percentage <= self.high:
            return False
        return self.trait is None or judged.traits[self.trait] == self.name


class Curve(Struct, frozen=True):
    """How the shown percentages of some attempts came true; of none, it has no bins."""

    bins: tuple[Bin, ...]
    rate: Rate
    reliability: float
    """How far the bins are from what was shown, squared; 0 is best."""
    resolution: float
    """How far the bins are from one another, squared; more is better."""
    uncertainty: float
    """The Brier score of always showing the share that arrived."""
    within_bins: float
    """What the three leave out because a bin holds several percentages."""
    error: float
    """Expected calibration error: the mean distance between what was shown and what arrived, 0 to 1."""
    error_by_chance: float
    """What `error` would be about if every percentage were right, so few messages as these are."""


class Report(Struct, frozen=True):
    """How well the shown percentages came true."""

    first: Curve
    """Of first attempts."""
    fallback: Curve
    """Of later ones: whoever was not reached at first, which is a selected sample."""
    channels: Mapping[str, Rate]
    regions: Mapping[str, Rate]
    number_types: Mapping[str, Rate]
    months: Mapping[str, Rate]
    """By name, of first attempts; the names with most attempts first, months in their order."""
    uncounted: Mapping[Uncounted, int]
    """Attempts that are not judged, and why."""

    def by(self, trait: Trait) -> Mapping[str, Rate]:
        """Return the rates of a trait, by name."""
        return {
            Trait.CHANNEL: self.channels,
            Trait.REGION: self.regions,
            Trait.NUMBER_TYPE: self.number_types,
            Trait.MONTH: self.months,
        }[trait]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every row of it: the bins of first attempts, then the tables."""
        bins = (Figure(None, low=found.low, high=found.high) for found in self.first.bins)
        return *bins, *(Figure(trait, name) for trait in Trait for name in self.by(trait))


class _Judged(Struct, frozen=True):
    """An attempt that is held against what was shown."""

    percentage: int
    arrived: bool
    is_fallback: bool
    traits: Mapping[Trait, str]


def _judged(message: Message, found: Iterable[Result]) -> Iterator[_Judged]:
    """Give those attempts of a message that are judged."""
    for result in found:
        situation, shown = result.situation, result.shown
        if isinstance(result.verdict, Uncounted) or situation is None or shown is None:
            continue
        traits = {
            Trait.CHANNEL: result.attempt.channel.value,
            Trait.REGION: situation.region,
            Trait.NUMBER_TYPE: situation.number_type,
            Trait.MONTH: f"{message.began_at.astimezone(UTC):%Y-%m}",
        }
        yield _Judged(shown_percentage(shown.mean), result.arrived, result.index > 0, traits)


class _Cell(Struct):
    """Attempts by their shown percentage; whole numbers only."""

    shown: Counter[int] = field(default_factory=Counter)
    """How many were shown with each percentage."""
    arrived: Counter[int] = field(default_factory=Counter)
    """How many of them arrived."""

    def add(self, percentage: int, *, arrived: bool) -> None:
        self.shown[percentage] += 1
        self.arrived[percentage] += arrived

    def rate(self, percentages: Iterable[int] | None = None) -> Rate:
        """Return the attempts with some percentages, or all, as one rate."""
        chosen = sorted(self.shown) if percentages is None else percentages
        count = total = arrived = squares = 0
        for shown in chosen:
            here, came = self.shown[shown], self.arrived[shown]
            count += here
            total += here * shown
            arrived += came
            squares += came * (100 - shown) ** 2 + (here - came) * shown**2
        return Rate(count, total / 100 / max(1, count), arrived, squares / 10_000 / max(1, count))


class Calibration:
    """Takes in messages, one after the other in any order, and gives the report of all of them."""

    def __init__(self) -> None:
        self._first = _Cell()
        self._fallback = _Cell()
        self._groups: dict[Trait, dict[str, _Cell]] = {trait: {} for trait in Trait}
        self._uncounted: Counter[Uncounted] = Counter()

    def add(self, message: Message) -> None:
        """Take in the attempts of a message."""
        found = list(results(message))
        self._uncounted.update(result.verdict for result in found if isinstance(result.verdict, Uncounted))
        for judged in _judged(message, found):
            if judged.is_fallback:
                self._fallback.add(judged.percentage, arrived=judged.arrived)
                continue
            self._first.add(judged.percentage, arrived=judged.arrived)
            for trait, name in judged.traits.items():
                self._groups[trait].setdefault(name, _Cell()).add(judged.percentage, arrived=judged.arrived)

    def report(self) -> Report:
        """Return how well the percentages of what was taken in came true."""
        rates = {
            trait: {name: cell.rate() for name, cell in sorted(cells.items())} for trait, cells in self._groups.items()
        }
        return Report(
            first=_curve(self._first),
            fallback=_curve(self._fallback),
            channels=_most_first(rates[Trait.CHANNEL]),
            regions=_most_first(rates[Trait.REGION]),
            number_types=_most_first(rates[Trait.NUMBER_TYPE]),
            months=rates[Trait.MONTH],
            uncounted={why: self._uncounted[why] for why in Uncounted if self._uncounted[why]},
        )


def shown_percentage(probability: float) -> int:
    """Return the whole percentage that people see for a probability: never 0 or 100."""
    return int(percent(probability).rstrip("%"))


def wilson(arrived: int, count: int) -> tuple[float, float]:
    """Return the ends of the 95 % range of a share, 0 to 1; of no message at all, nothing is known."""
    if count == 0:
        return 0.0, 1.0
    share, factor = arrived / count, Z * Z / count
    middle = (share + factor / 2) / (1 + factor)
    half = Z * sqrt(share * (1 - share) / count + factor / (4 * count)) / (1 + factor)
    # At both ends the range holds the share itself, which rounding could put just outside.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def _curve(cell: _Cell) -> Curve:
    whole = cell.rate()
    if whole.count == 0:
        return Curve((), whole, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    bins = tuple(Bin(cut[0], cut[-1], cell.rate(cut)) for cut in _cuts(cell.shown))
    weights = [known.rate.count / whole.count for known in bins]
    rates = [known.rate for known in bins]
    reliability = sum(w * (rate.shown - rate.share) ** 2 for w, rate in zip(weights, rates, strict=True))
    resolution = sum(w * (rate.share - whole.share) ** 2 for w, rate in zip(weights, rates, strict=True))
    uncertainty = whole.share * (1 - whole.share)
    return Curve(
        bins=bins,
        rate=whole,
        reliability=reliability,
        resolution=resolution,
        uncertainty=uncertainty,
        within_bins=whole.brier - (reliability - resolution + uncertainty),
        error=sum(w * abs(rate.shown - rate.share) for w, rate in zip(weights, rates, strict=True)),
        error_by_chance=sum(w * _by_chance(rate) for w, rate in zip(weights, rates, strict=True)),
    )


def _by_chance(rate: Rate) -> float:
    """Return the mean distance of a share from the truth (normal approximation), if what was shown is the truth."""
    return sqrt(2 * rate.shown * (1 - rate.shown) / (pi * rate.count))


def _cuts(shown: Mapping[int, int]) -> list[Sequence[int]]:
    """Return the percentages in groups of about equally many attempts, at most `BINS`."""
    percentages = sorted(shown)
    whole = sum(shown.values())
    wanted = max(1, min(BINS, whole // IN_BIN))
    groups: dict[int, list[int]] = {}
    for percentage, reached in zip(percentages, accumulate(shown[one] for one in percentages), strict=True):
        # By the middle of its attempts, so that a crowded percentage falls into one bin, and none is far too small.
        place = int(wanted * (2 * reached - shown[percentage]) / (2 * whole))
        groups.setdefault(place, []).append(percentage)
    return list(groups.values())


def _most_first(rates: Mapping[str, Rate]) -> dict[str, Rate]:
    return dict(sorted(rates.items(), key=lambda item: (-item[1].count, item[0])))
