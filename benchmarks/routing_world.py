"""A population with hidden truth, for `routing_lab`: who can be reached how, and what every attempt would bring.

Everything is drawn beforehand and kept by contact, message and channel, so that all policies meet the same luck (common
random numbers): whether an attempt arrives does not depend on who asks. The model under test has another grid, other
priors, other hazards and no knowledge of how the world works.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp
from random import Random
from typing import NamedTuple

LEVELS = (0.0, 0.35, 0.55, 0.70, 0.80, 0.88, 0.93, 0.96, 0.985)
"""True delivery probabilities while the phone is on; the first: not reachable."""
TYPES = ("mobile", "fixed_line", "voip")
TYPE_SHARES = (0.88, 0.06, 0.06)
DELIVERED, HARD, SOFT, SILENT = "delivered", "failed_hard", "failed_soft", "silent"
"""What is reported of an attempt; of a silent one nothing."""
MINUTE = 1 / 1440
TIMER = 30 * MINUTE
"""After so many days without a report, the next channel is tried."""


class Place(NamedTuple):
    """A country."""

    region: str
    share: float
    registered: Mapping[str, float]
    """Share of mobile numbers on each channel."""
    quality: float
    """Shifts SMS from bad (0) to good (1)."""
    sms_price: float
    typed: bool = True
    """Whether the numbering plan tells a mobile number from a fixed line."""


def _place(region: str, share: float, whatsapp: float, rcs: float, quality: float, price: float) -> Place:
    return Place(region, share, {"whatsapp": whatsapp, "rcs": rcs, "sms": 0.97}, quality, price, region != "US")


PLACES = (
    _place("BR", 0.20, 0.93, 0.40, 0.45, 0.030),
    _place("IN", 0.18, 0.90, 0.50, 0.30, 0.020),
    _place("US", 0.20, 0.35, 0.55, 0.85, 0.008),
    _place("DE", 0.12, 0.80, 0.45, 0.80, 0.080),
    _place("GB", 0.10, 0.75, 0.50, 0.85, 0.045),
    _place("NG", 0.10, 0.85, 0.15, 0.35, 0.050),
    _place("JP", 0.10, 0.08, 0.30, 0.75, 0.070),
)
NO_SMS = tuple(
    place._replace(registered={**place.registered, "whatsapp": 0.96, "sms": 0.45}, quality=0.0) for place in PLACES
)
"""Nearly everybody is on WhatsApp, and most SMS come to nothing."""
NO_WHATSAPP = tuple(place._replace(registered={**place.registered, "whatsapp": 0.04}) for place in PLACES)
"""Hardly anybody is on WhatsApp, and SMS is as good as it is there."""
PRICES = {"whatsapp": 0.012, "rcs": 0.010}
"""Dollars for each delivered message; SMS costs by country and by attempt."""
BY_TYPE = {
    "whatsapp": {"mobile": 1.0, "fixed_line": 0.15, "voip": 0.5},
    "rcs": {"mobile": 1.0, "fixed_line": 0.0, "voip": 0.0},
    "sms": {"mobile": 1.0, "fixed_line": 0.06, "voip": 0.65},
}
LOST_A_DAY = {"whatsapp": 0.0008, "rcs": 0.0010, "sms": 0.0002}
CHANGED_A_DAY = {"whatsapp": 0.0003, "rcs": 0.0003, "sms": 0.0008}
"""Carriers and handsets: the delivery probability is drawn anew."""
OFF, OFF_FACTOR = 0.02, 0.12
"""A handset that is off for a message, and what is left of the delivery probability then."""
HARD_SHARE = {"whatsapp": (0.95, 0.02), "rcs": (0.90, 0.03), "sms": (0.85, 0.05)}
"""How many failures come with a fact about the recipient: when not reachable, and otherwise."""
NO_REPORT = {DELIVERED: 0.02, HARD: 0.03, SOFT: 0.15}
CHECKED, RIGHT = 0.85, 0.97
"""How many contacts were checked when they were made, and how many of these checks were right."""
MISTYPED = 0.04


@dataclass(frozen=True)
class Scenario:
    """A world, and what is allowed in it."""

    name: str
    people: int = 1000
    messages: int = 30
    gap: float = 10.0
    """Mean days between two messages to a contact."""
    channels: tuple[str, ...] = ("whatsapp", "sms")
    churn: float = 1.0
    fallback: bool = True
    classes: bool = True
    """Whether failures come with their class."""
    shift: float = 0.0
    """Added to the share of people on WhatsApp."""
    checked: float = CHECKED
    slow: float = 0.07
    """Share of reports that take up to three days; the others take minutes."""
    places: tuple[Place, ...] = PLACES
    outage: tuple[str, float, float] | None = None
    """A region where WhatsApp brings nothing from one day to another."""


DENSE = Scenario("1,000 x 30")
SPARSE = Scenario("10,000 x 5", people=10_000, messages=5, gap=25.0)
SCENARIOS = (
    DENSE,
    SPARSE,
    replace(DENSE, name="churn x 4", churn=4.0),
    replace(DENSE, name="prior wrong by .3", shift=-0.3, checked=0.0),
    replace(DENSE, name="no error classes", classes=False),
    replace(DENSE, name="no fallback", fallback=False),
    replace(DENSE, name="regional outage", outage=("BR", 120.0, 124.0)),
    Scenario("tiny team", people=200, messages=10),
    replace(DENSE, name="three channels", channels=("whatsapp", "rcs", "sms")),
    replace(DENSE, name="SMS nearly dead", places=NO_SMS),
    replace(DENSE, name="WhatsApp nearly dead", places=NO_WHATSAPP),
    replace(DENSE, name="late reports", slow=0.5),
    replace(DENSE, name="one country", places=PLACES[:1]),
    Scenario("one country, few messages", people=2000, messages=4, gap=40.0, places=PLACES[1:2]),
)


class Fate(NamedTuple):
    """What would become of one message on one channel."""

    arrives: bool
    kind: str
    """What is known in the end; SILENT when nothing is ever reported."""
    delay: float
    """Days until it is reported."""
    chance: float
    """The hidden probability of delivery, the phone being on or off."""
    level: int


@dataclass
class Person:
    """A contact, and all that would happen to it."""

    id: str
    place: Place
    kind: str
    """The true number type."""
    said: str
    """What the numbering plan says it is."""
    checks: dict[str, str]
    age: float
    """Days from the check to the first message."""
    times: list[float] = field(default_factory=list)
    fates: list[dict[str, Fate]] = field(default_factory=list)

    def price(self, channel: str) -> float:
        """Return dollars for a message."""
        return self.place.sms_price if channel == "sms" else PRICES[channel]


class World:
    """A scenario with its people, and the true parameters for those who may know them."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.places = tuple(
            replace_registered(place, scenario.shift) if scenario.shift else place for place in scenario.places
        )
        random = Random(f"{scenario.name}/{seed}")
        self.people = [self._person(Random(random.random()), number) for number in range(scenario.people)]

    def registered(self, place: Place, kind: str, channel: str) -> float:
        """Return the long-run share of such numbers that a channel reaches."""
        return place.registered[channel] * BY_TYPE[channel][kind]

    def levels(self, place: Place, channel: str) -> tuple[float, ...]:
        """Return how the delivery probabilities of reachable numbers are distributed over LEVELS[1:]."""
        if channel == "sms":
            good, bad = (
                (0.00, 0.01, 0.02, 0.05, 0.12, 0.25, 0.35, 0.20),
                (0.06, 0.10, 0.16, 0.24, 0.22, 0.14, 0.06, 0.02),
            )
            return tuple(place.quality * g + (1 - place.quality) * b for g, b in zip(good, bad, strict=True))
        return (0.03, 0.03, 0.03, 0.05, 0.11, 0.20, 0.30, 0.25)

    def moves(self, place: Place, kind: str, channel: str, days: float) -> tuple[float, float, float]:
        """Return the probabilities, within some days, that a channel is lost, found, or of another quality."""
        lost = LOST_A_DAY[channel] * self.scenario.churn * days
        share = self.registered(place, kind, channel)
        found = lost * share / (1 - share) if share < 1 else lost
        changed = CHANGED_A_DAY[channel] * self.scenario.churn * days
        return 1 - exp(-lost), 1 - exp(-found), 1 - exp(-changed)

    def shares(self, channel: str) -> tuple[float, float]:
        """Return how many failures come as facts: of those not reachable, and of the others."""
        return HARD_SHARE[channel] if self.scenario.classes else (0.0, 0.0)

    def out(self, place: Place, channel: str, at: float) -> bool:
        """Return whether there is an outage."""
        outage = self.scenario.outage
        return (
            outage is not None and channel == "whatsapp" and place.region == outage[0] and outage[1] <= at < outage[2]
        )

    def _person(self, random: Random, number: int) -> Person:
        place = random.choices(self.places, [place.share for place in self.places])[0]
        kind = random.choices(TYPES, TYPE_SHARES)[0]
        said = random.choice(TYPES) if random.random() < MISTYPED else kind
        if not place.typed:
            said = "voip" if said == "voip" else "fixed_line_or_mobile"
        levels = {channel: self._first(random, place, kind, channel) for channel in self.scenario.channels}
        checks = {channel: self._check(random, levels[channel] > 0) for channel in levels if channel != "sms"}
        person = Person(f"p{number}", place, kind, said, checks, random.uniform(0, 600))
        at = random.uniform(0, self.scenario.gap)
        last = at - person.age
        for _ in range(self.scenario.messages):
            for channel in levels:
                levels[channel] = self._moved(random, person, channel, levels[channel], at - last)
            person.times.append(at)
            off = random.random() < OFF
            person.fates.append(
                {channel: self._fate(random, place, channel, level, off, at) for channel, level in levels.items()}
            )
            last, at = at, at + random.expovariate(1 / self.scenario.gap)
        return person

    def _first(self, random: Random, place: Place, kind: str, channel: str) -> int:
        reached = random.random() < self.registered(place, kind, channel)
        level = self._level(random, place, channel)
        return level if reached else 0

    def _level(self, random: Random, place: Place, channel: str) -> int:
        return random.choices(range(1, len(LEVELS)), self.levels(place, channel))[0]

    def _check(self, random: Random, reached: bool) -> str:
        looked, right = random.random() < self.scenario.checked, random.random() < RIGHT
        return ("available" if reached is right else "unavailable") if looked else "unknown"

    def _moved(self, random: Random, person: Person, channel: str, level: int, days: float) -> int:
        lost, found, changed = self.moves(person.place, person.kind, channel, days)
        one, other, drawn = random.random(), random.random(), self._level(random, person.place, channel)
        if level == 0:
            return drawn if one < found else 0
        if one < lost:
            return 0
        return drawn if other < changed else level

    def _fate(self, random: Random, place: Place, channel: str, level: int, off: bool, at: float) -> Fate:
        chance = LEVELS[level] * (1 - OFF * (1 - OFF_FACTOR))
        luck, fact, silence, slow = (random.random() for _ in range(4))
        if self.out(place, channel, at):
            chance = 0.0
            arrives = False
        else:
            arrives = luck < LEVELS[level] * (OFF_FACTOR if off else 1.0)
        unreachable, otherwise = self.shares(channel)
        is_fact = fact < (unreachable if level == 0 else otherwise)
        kind = DELIVERED if arrives else HARD if is_fact else SOFT
        # Most reports come within minutes; some take up to three days.
        delay = (
            random.lognormvariate(0.7, 1.0) * MINUTE
            if slow < 1 - self.scenario.slow
            else random.uniform(20 * MINUTE, 3.0)
        )
        if silence < NO_REPORT[kind]:
            kind = SILENT
        return Fate(arrives, kind, delay, chance, level)


def replace_registered(place: Place, shift: float) -> Place:
    """Return a place where more or fewer people are on WhatsApp."""
    share = min(0.97, max(0.03, place.registered["whatsapp"] + shift))
    return place._replace(registered={**place.registered, "whatsapp": share})


def first_by_check(checks: Mapping[str, str], channels: Sequence[str]) -> list[str]:
    """Return the channels in their order, those first that a check found."""
    return sorted(channels, key=lambda channel: checks.get(channel) != "available" and channel != "sms")
