"""The policies that `routing_lab` compares: what each makes of the reports it hears.

They all hear the same: a person's channels, reports with their times, and a provisional soft failure when the timer ran
out. `Ceiling` also knows how the world was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import inf
from typing import NamedTuple, Protocol

from routing_world import (
    DELIVERED,
    HARD,
    LEVELS,
    MISTYPED,
    NO_REPORT,
    OFF,
    OFF_FACTOR,
    RIGHT,
    SILENT,
    SOFT,
    TYPE_SHARES,
    TYPES,
    Person,
    World,
    first_by_check,
)
from sent_tui.core.delivery import DeliveryModel, Estimate, Outcome, Segment
from sent_tui.core.routing import COST_WEIGHT, SWITCH_MARGIN

START = datetime(2026, 1, 1, tzinfo=UTC)


class Report(NamedTuple):
    """What a policy hears of one attempt."""

    person: Person
    message: int
    channel: str
    kind: str
    """DELIVERED, HARD, SOFT; SILENT when the timer ran out without a report."""
    at: float
    """Days from the start."""
    first: bool


class Choice(NamedTuple):
    """The channels in the order in which they are to be tried."""

    order: Sequence[str]
    chance: float | None = None
    """The probability of delivery that the policy shows for the first one."""


class Policy(Protocol):
    """Something that chooses channels and hears what came of it."""

    def choose(self, person: Person, message: int, at: float) -> Choice:
        """Return the order for a message."""

    def hear(self, report: Report) -> None:
        """Learn from a report."""


class Static:
    """The capability check that was made once, and nothing after it."""

    def __init__(self, world: World) -> None:
        self.channels = world.scenario.channels

    def choose(self, person: Person, message: int, at: float) -> Choice:
        """Return the order that the check gave."""
        return Choice(first_by_check(person.checks, self.channels))

    def hear(self, report: Report) -> None:
        """Learn nothing."""


class LastSuccess(Static):
    """The channel that worked last; the check until one did."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.worked: dict[str, tuple[float, str]] = {}

    def choose(self, person: Person, message: int, at: float) -> Choice:
        """Return the check's order, with the channel that worked last before it."""
        order = first_by_check(person.checks, self.channels)
        last = self.worked.get(person.id)
        return Choice(order if last is None else sorted(order, key=lambda channel: channel != last[1]))

    def hear(self, report: Report) -> None:
        """Remember the latest delivery."""
        if report.kind == DELIVERED:
            told = (report.person.times[report.message], report.channel)
            self.worked[report.person.id] = max(told, self.worked.get(report.person.id, told))


class Oracle(Static):
    """Knows each hidden probability: nobody can do better than this, and nobody can know it."""

    def choose(self, person: Person, message: int, at: float) -> Choice:
        """Return the channels by their true probability."""
        fates = person.fates[message]
        order = sorted(self.channels, key=lambda channel: -fates[channel].chance)
        return Choice(order, fates[order[0]].chance)


class Shipped:
    """The delivery model of sent-tui, fitted again at regular times."""

    outcomes = {DELIVERED: Outcome.DELIVERED, HARD: Outcome.FAILED_HARD, SOFT: Outcome.FAILED_SOFT}

    def __init__(self, world: World, refit_days: float = 30.0, cost_weight: float = 0.0) -> None:
        self.model = DeliveryModel(world.scenario.channels)
        self.refit_days, self.cost_weight = refit_days, cost_weight
        self.next_fit = refit_days
        self.segments: dict[str, Segment] = {}

    def choose(self, person: Person, message: int, at: float) -> Choice:
        """Return the model's ranking, less what a price is worth."""
        if at >= self.next_fit:
            self.model.refit(START + timedelta(days=at))
            self.next_fit = at + self.refit_days
        ranked = self.rank(person, at)
        return Choice([told.channel for told in ranked], ranked[0].mean)

    def rank(self, person: Person, at: float) -> list[Estimate]:
        """Return the estimates, the best first, less what a price is worth."""
        ranked = self.model.rank(person.id, self._segment(person), START + timedelta(days=at))
        return sorted(ranked, key=lambda told: -self.score(person, told, ranked)) if self.cost_weight else ranked

    def score(self, person: Person, first: Estimate, ranked: Sequence[Estimate]) -> float:
        """Return an estimate, less what the dollars of the plan are worth that begins with it."""
        dollars, reached = 0.0, 1.0
        for told in (first, *(told for told in ranked if told is not first)):
            # An SMS is paid for with each attempt, other messages when they arrive.
            dollars += reached * person.price(told.channel) * (1.0 if told.channel == "sms" else told.mean)
            reached *= 1 - told.mean
        return first.mean - self.cost_weight * dollars

    def hear(self, report: Report) -> None:
        """Observe it; the timer is a soft failure until something else is reported."""
        self.model.observe(
            report.person.id,
            self._segment(report.person),
            report.channel,
            self.outcomes.get(report.kind, Outcome.FAILED_SOFT),
            START + timedelta(days=report.at),
            message_id=str(report.message),
            first_choice=report.first,
        )

    def _segment(self, person: Person) -> Segment:
        segment = self.segments.get(person.id)
        if segment is None:
            segment = self.segments[person.id] = Segment(person.place.region, person.said, person.checks)
        return segment


class Routed(Shipped):
    """The model as the router of sent-tui uses it: never fitted again, at the router's price for a point.

    The channel of the last message, to begin with the cheapest, keeps its place unless another is better by the margin.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, refit_days=inf, cost_weight=COST_WEIGHT)
        self.last: dict[str, str] = {}

    def rank(self, person: Person, at: float) -> list[Estimate]:
        """Return the ranking, the last channel with the margin."""
        last = self.last.get(person.id) or min(self.model.channels, key=person.price)
        best = super().rank(person, at)
        margin = SWITCH_MARGIN
        ranked = sorted(best, key=lambda told: -self.score(person, told, best) - margin * (told.channel == last))
        self.last[person.id] = ranked[0].channel
        return ranked


Vector = list[float]


class Mind:
    """What the ceiling believes of one person: for each true number type, a filter for each channel."""

    def __init__(self) -> None:
        self.heard: dict[int, dict[str, str]] = {}
        """By message and channel."""
        self.done = -1
        """The last message that the beliefs contain."""
        self.types: Vector = []
        self.beliefs: list[dict[str, Vector]] = []


class Ceiling:
    """The exact Bayes filter of this very world: it knows its priors, hazards and reporting, but not its luck.

    This bounds what can be learned from the reports. It does not plan ahead: its order is greedy, as fallback shows
    what other channels do.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.channels = world.scenario.channels
        self.minds: dict[str, Mind] = {}
        self.on = {channel: self._likelihoods(channel, 1.0) for channel in self.channels}
        self.off = {channel: self._likelihoods(channel, OFF_FACTOR) for channel in self.channels}

    def choose(self, person: Person, message: int, at: float) -> Choice:
        """Return the channels by their expected probability."""
        mind = self._mind(person)
        types, beliefs = self._until(mind, person, message)
        means = dict.fromkeys(self.channels, 0.0)
        for weight, filters in zip(types, beliefs, strict=True):
            for channel, vector in filters.items():
                if not self.world.out(person.place, channel, at):
                    means[channel] += weight * sum(w * level for w, level in zip(vector, LEVELS, strict=True))
        order = sorted(self.channels, key=lambda channel: -means[channel])
        return Choice(order, means[order[0]] * (1 - OFF * (1 - OFF_FACTOR)))

    def hear(self, report: Report) -> None:
        """Note it; beliefs that contain something else are made anew."""
        if self.world.out(report.person.place, report.channel, report.person.times[report.message]):
            return
        mind = self._mind(report.person)
        told = mind.heard.setdefault(report.message, {})
        if told.get(report.channel) not in (None, report.kind) or report.message <= mind.done:
            mind.beliefs, mind.done = [], -1
        told[report.channel] = report.kind

    def _mind(self, person: Person) -> Mind:
        mind = self.minds.get(person.id)
        if mind is None:
            mind = self.minds[person.id] = Mind()
        return mind

    def _until(self, mind: Mind, person: Person, message: int) -> tuple[Vector, list[dict[str, Vector]]]:
        """Return the beliefs before a message, with all that was heard of those before it."""
        if not mind.beliefs:
            mind.types, mind.beliefs = self._first(person)
        while mind.done < message - 1:
            mind.done += 1
            mind.beliefs = self._before(person, mind.beliefs, mind.done)
            self._learn(mind, mind.heard.get(mind.done, {}))
        return mind.types, self._before(person, mind.beliefs, message)

    def _before(self, person: Person, beliefs: list[dict[str, Vector]], message: int) -> list[dict[str, Vector]]:
        days = person.times[message] - person.times[message - 1] if message else person.age
        return [
            {channel: self._moved(person, kind, channel, vector, days) for channel, vector in filters.items()}
            for kind, filters in zip(TYPES, beliefs, strict=True)
        ]

    def _first(self, person: Person) -> tuple[Vector, list[dict[str, Vector]]]:
        types, beliefs = [], []
        for kind, share in zip(TYPES, TYPE_SHARES, strict=True):
            weight = share * self._said(person, kind)
            filters = {}
            for channel in self.channels:
                reached = self.world.registered(person.place, kind, channel)
                vector = [1 - reached, *(reached * w for w in self.world.levels(person.place, channel))]
                check = person.checks.get(channel, "unknown")
                if check != "unknown":
                    yes = check == "available"
                    vector = [
                        w * (RIGHT if (level > 0) is yes else 1 - RIGHT)
                        for w, level in zip(vector, LEVELS, strict=True)
                    ]
                total = sum(vector)
                weight *= total
                filters[channel] = [w / total for w in vector]
            types.append(weight)
            beliefs.append(filters)
        whole = sum(types)
        return [weight / whole for weight in types], beliefs

    def _said(self, person: Person, kind: str) -> float:
        wrong = MISTYPED / len(TYPES)
        if person.said == "fixed_line_or_mobile":
            return wrong * 2 if kind == "voip" else 1 - wrong
        return wrong + (1 - MISTYPED) * (person.said == kind)

    def _moved(self, person: Person, kind: str, channel: str, vector: Vector, days: float) -> Vector:
        lost, found, changed = self.world.moves(person.place, kind, channel, days)
        reached = 1 - vector[0]
        come = vector[0] * found + reached * (1 - lost) * changed
        stay = (1 - lost) * (1 - changed)
        levels = self.world.levels(person.place, channel)
        moved = [stay * w + come * share for w, share in zip(vector[1:], levels, strict=True)]
        return [vector[0] * (1 - found) + reached * lost, *moved]

    def _learn(self, mind: Mind, told: dict[str, str]) -> None:
        """Take what came of one message: the phone was on, or off, for all channels alike."""
        if not told:
            return
        for index, filters in enumerate(mind.beliefs):
            on = {channel: _dot(filters[channel], self.on[channel][kind]) for channel, kind in told.items()}
            off = {channel: _dot(filters[channel], self.off[channel][kind]) for channel, kind in told.items()}
            all_on, all_off = 1 - OFF, OFF
            for channel in told:
                all_on, all_off = all_on * on[channel], all_off * off[channel]
            for channel, kind in told.items():
                a, b = all_on / on[channel], all_off / max(off[channel], 1e-12)
                likelihood = zip(filters[channel], self.on[channel][kind], self.off[channel][kind], strict=True)
                vector = [w * (a * x + b * y) for w, x, y in likelihood]
                total = sum(vector)
                filters[channel] = [w / total for w in vector]
            mind.types[index] *= all_on + all_off
        whole = sum(mind.types)
        mind.types = [weight / whole for weight in mind.types]

    def _likelihoods(self, channel: str, factor: float) -> dict[str, Vector]:
        unreachable, otherwise = self.world.shares(channel)
        tables: dict[str, Vector] = {DELIVERED: [], HARD: [], SOFT: [], SILENT: []}
        for index, level in enumerate(LEVELS):
            share = unreachable if index == 0 else otherwise
            chances = {DELIVERED: level * factor, HARD: (1 - level * factor) * share}
            chances[SOFT] = 1 - chances[DELIVERED] - chances[HARD]
            for kind, chance in chances.items():
                tables[kind].append(chance * (1 - NO_REPORT[kind]) + 1e-9)
            # Silence until the timer: no report at all, or a late one; of the slow ones, a few come in time.
            late = self.world.scenario.slow - 0.01
            tables[SILENT].append(sum(chance * (NO_REPORT[kind] + late) for kind, chance in chances.items()))
        return tables


def _dot(one: Vector, other: Vector) -> float:
    return sum(x * y for x, y in zip(one, other, strict=True))
