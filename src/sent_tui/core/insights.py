"""What came of the messages of a period: delivery, fallbacks, cost and time, as a whole and by kind.

Everything is added up in one pass, in memory that does not grow with the messages. Counted is every message that was
handed to a network, by what is known of it now. Times are kept in steps of 5 %, so that a median or another quantile
is right to within 2.5 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, tzinfo
from enum import StrEnum
from functools import lru_cache
from math import ceil, exp, log
from typing import Final

from msgspec import Struct, field

from sent_tui.core.channel import Channel
from sent_tui.core.message import REACHED, Attempt, Message
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.prices import Prices, category_of
from sent_tui.core.segments import count_segments

_STEP: Final = log(1.05)
_SHORTEST: Final = 0.1
"""Seconds: what took less is counted as that."""
_KNOWN_NUMBERS: Final = 65_536


class Dimension(StrEnum):
    """By what messages are told apart."""

    CHANNEL = "channel"
    COUNTRY = "country"
    NUMBER_TYPE = "number_type"
    DAY = "day"


class Effect(StrEnum):
    """What a fallback did."""

    FELL_BACK = "fell_back"
    """The message went on to another channel."""
    RESCUED = "rescued"
    """It arrived by a later step, and the first one had not."""
    CHEAPER = "cheaper"
    """It arrived by the first step, and that one costs less than the next one in its plan."""


class Try(Struct, frozen=True):
    """One attempt of a message."""

    channel: Channel
    arrived: bool
    ended: bool
    cost: float
    """Dollars by the price list: WhatsApp's when it arrived, SMS's for each segment when it was handed over."""
    seconds: float | None
    """From when the gateway took it until it arrived."""


class Outcome(Struct, frozen=True):
    """What came of one message."""

    region: str
    """ISO 3166-1 alpha-2; empty where the number says none."""
    number_type: str
    day: date
    """When it was written, as in every list of messages."""
    tries: tuple[Try, ...]
    next_cost: float | None
    """What the second step of its plan costs when it arrives; None where there is none."""
    is_over: bool
    """Whether nothing more is looked for: no further step follows, and it is no longer asked after."""

    @property
    def arrived(self) -> bool:
        """Whether any step arrived."""
        return any(each.arrived for each in self.tries)

    @property
    def ended(self) -> bool:
        """Whether it arrived, or nothing more is expected."""
        return self.arrived or self.is_over

    @property
    def cost(self) -> float:
        """Dollars of all steps together."""
        return sum(each.cost for each in self.tries)

    @property
    def seconds(self) -> float | None:
        """How long the step that arrived first took; None while none did."""
        return next((each.seconds for each in self.tries if each.arrived), None)

    def has(self, effect: Effect) -> bool:
        """Return whether a fallback had an effect on it."""
        first = self.tries[0]
        match effect:
            case Effect.FELL_BACK:
                return len(self.tries) > 1
            case Effect.RESCUED:
                return self.arrived and not first.arrived
            case _:
                return first.arrived and self.next_cost is not None and first.cost < self.next_cost

    def names(self, dimension: Dimension) -> frozenset[str]:
        """Return under which names it is counted: of channels, all by which it was tried."""
        match dimension:
            case Dimension.CHANNEL:
                return frozenset(each.channel.value for each in self.tries)
            case Dimension.COUNTRY:
                return frozenset({self.region})
            case Dimension.NUMBER_TYPE:
                return frozenset({self.number_type})
            case _:
                return frozenset({self.day.isoformat()})


def outcome_of(message: Message, prices: Prices, zone: tzinfo | None) -> Outcome | None:
    """Return what came of a message; None for one that no network took. Days are those of the zone."""
    if message.is_inbound or not message.attempts or message.never_left:
        return None
    region, number_type = _origin(message.to)
    tariff = prices.tariff(region, category_of(message.content))
    segments = count_segments(message.content.text).segments

    def price(channel: Channel) -> float:
        return tariff.sms * segments if channel is Channel.SMS else tariff.whatsapp

    following = next((step.channel for step in message.steps[1:2]), None)
    return Outcome(
        region,
        number_type,
        message.created_at.astimezone(zone).date(),
        tuple(_try(attempt, price(attempt.channel)) for attempt in message.attempts),
        None if following is None else price(following),
        message.is_final,
    )


def _try(attempt: Attempt, price: float) -> Try:
    arrived = attempt.status in REACHED
    is_due = arrived or (attempt.channel is Channel.SMS and attempt.gateway_id is not None)
    seconds = None
    if arrived and attempt.ended_at is not None:
        seconds = max(0.0, (attempt.ended_at - (attempt.accepted_at or attempt.started_at)).total_seconds())
    return Try(attempt.channel, arrived, attempt.is_final, price if is_due else 0.0, seconds)


@lru_cache(maxsize=_KNOWN_NUMBERS)
def _origin(e164: str) -> tuple[str, str]:
    """Return the country and the type of a number, both empty for one that is not valid."""
    number = parse(e164)
    return (number.region_code, number.number_type.value) if isinstance(number, PhoneNumber) else ("", "")


class Tally(Struct, frozen=True):
    """Some messages together."""

    count: int = 0
    arrived: int = 0
    ended: int = 0
    """How many arrived, or came to another end."""
    cost: float = 0.0
    """US dollars by the price list."""
    median: float | None = None
    """Seconds from handed over to arrived, of those that arrived; None where none did."""
    slowest_tenth: float | None = None
    """The time that one in ten takes longer than, in seconds."""

    @property
    def share(self) -> float | None:
        """The share that arrived of those that came to an end, 0 to 1; None where none did."""
        return self.arrived / self.ended if self.ended else None


class _Sum(Struct):
    count: int = 0
    arrived: int = 0
    ended: int = 0
    cost: float = 0.0
    times: Counter[int] = field(default_factory=Counter)

    def add(self, *, arrived: bool, ended: bool, cost: float, seconds: float | None) -> None:
        self.count += 1
        self.arrived += arrived
        self.ended += ended or arrived
        self.cost += cost
        if seconds is not None:
            self.times[ceil(log(max(seconds, _SHORTEST) / _SHORTEST) / _STEP)] += 1

    def tally(self) -> Tally:
        return Tally(self.count, self.arrived, self.ended, self.cost, self._quantile(0.5), self._quantile(0.9))

    def _quantile(self, share: float) -> float | None:
        wanted = share * self.times.total()
        passed = 0
        for step in sorted(self.times):
            passed += self.times[step]
            if passed >= wanted:
                return _SHORTEST * exp(_STEP * (step - 0.5)) if step else _SHORTEST
        return None


class Report(Struct, frozen=True):
    """What came of the messages of a period."""

    whole: Tally
    groups: Mapping[Dimension, Mapping[str, Tally]]
    """By name, those with most messages first, days in their order. Of channels, attempts are counted."""
    could_fall_back: int
    """Messages whose plan had a second step."""
    effects: Mapping[Effect, int]
    """How many messages a fallback had an effect on."""
    saved: float
    """Dollars that the next step would have cost more, of messages that arrived by a cheaper first one."""
    lost: float
    """Dollars for attempts that did not arrive."""


class Insights:
    """Takes in messages, one after the other in any order, and gives the report of all of them."""

    def __init__(self, prices: Prices, zone: tzinfo | None) -> None:
        self._prices = prices
        self._zone = zone
        self._whole = _Sum()
        self._groups: dict[Dimension, dict[str, _Sum]] = {dimension: {} for dimension in Dimension}
        self._could_fall_back = 0
        self._effects: Counter[Effect] = Counter()
        self._saved = self._lost = 0.0

    def add(self, message: Message) -> None:
        """Take a message in."""
        outcome = outcome_of(message, self._prices, self._zone)
        if outcome is None:
            return
        facts = {"arrived": outcome.arrived, "ended": outcome.ended}
        self._whole.add(**facts, cost=outcome.cost, seconds=outcome.seconds)
        for dimension in (Dimension.COUNTRY, Dimension.NUMBER_TYPE, Dimension.DAY):
            for name in outcome.names(dimension):
                self._sum(dimension, name).add(**facts, cost=outcome.cost, seconds=outcome.seconds)
        for each in outcome.tries:
            known = self._sum(Dimension.CHANNEL, each.channel.value)
            known.add(arrived=each.arrived, ended=each.ended, cost=each.cost, seconds=each.seconds)
        self._add_effects(outcome)

    def _add_effects(self, outcome: Outcome) -> None:
        self._could_fall_back += outcome.next_cost is not None or len(outcome.tries) > 1
        self._effects.update(effect for effect in Effect if outcome.has(effect))
        self._lost += sum(each.cost for each in outcome.tries if each.ended and not each.arrived)
        if outcome.has(Effect.CHEAPER) and outcome.next_cost is not None:
            self._saved += outcome.next_cost - outcome.tries[0].cost

    def _sum(self, dimension: Dimension, name: str) -> _Sum:
        return self._groups[dimension].setdefault(name, _Sum())

    def report(self) -> Report:
        """Return what came of the messages that were taken in."""
        groups = {
            dimension: {name: found.tally() for name, found in sorted(sums.items())}
            for dimension, sums in self._groups.items()
        }
        for dimension in (Dimension.CHANNEL, Dimension.COUNTRY, Dimension.NUMBER_TYPE):
            groups[dimension] = dict(sorted(groups[dimension].items(), key=lambda item: -item[1].count))
        effects = {effect: self._effects[effect] for effect in Effect}
        return Report(self._whole.tally(), groups, self._could_fall_back, effects, self._saved, self._lost)


class Figure(Struct, frozen=True):
    """A number of the report, as the messages that it counts: those under a name, or with an effect; else all."""

    dimension: Dimension | None = None
    name: str = ""
    effect: Effect | None = None

    def counts(self, outcome: Outcome | None) -> bool:
        """Return whether a message is among those that it counts, by what came of it."""
        if outcome is None:
            return False
        if self.effect is not None:
            return outcome.has(self.effect)
        return self.dimension is None or self.name in outcome.names(self.dimension)
