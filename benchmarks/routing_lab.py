"""How well the delivery model routes, beside other policies, in a world whose truth is known.

`python benchmarks/routing_lab.py [--quick] [--seeds N] [--scale SHARE] [--scenarios TEXT,…]` prints, for each scenario:
the static capability check, the channel that worked last, the delivery model as sent-tui ships it, the Bayes ceiling
(the exact filter that knows the true priors, hazards and reporting of this very world) and the oracle (knows each
hidden probability). Then what the model costs in time, and an outside check: the Thompson row of table 1 in Chapelle
and Li 2011, "An empirical evaluation of Thompson sampling", by the laboratory's own sampler.

first     first attempts that arrived, in percent, with the standard error over seeds
way       share of the way from the static check to the ceiling, in percent
- last    first attempts beside "last success", in points, paired by seed, with its standard error
any       messages that arrived with two attempts allowed
att, $    attempts and dollars for a message
brier, ece   squared error, and calibration error over ten bins, of the probability that is shown
sw, sw!   first channels that changed, for 100 messages; and those right after one known to have been delivered
waste     first attempts on WhatsApp after the contact left it, of those who were routed there and could be reached
          otherwise: mean, and the most
"""

from __future__ import annotations

import argparse
import heapq
import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from math import inf, sqrt
from random import Random
from typing import NamedTuple

from routing_policies import Ceiling, Choice, LastSuccess, Oracle, Policy, Report, Routed, Shipped, Static
from routing_speed import speeds
from routing_world import DELIVERED, DENSE, SCENARIOS, SILENT, SPARSE, TIMER, Person, Scenario, World

POLICIES: dict[str, Callable[[World], Policy]] = {
    "static check": Static,
    "last success": LastSuccess,
    "sent-tui": Shipped,
    "sent-tui, no refit": lambda world: Shipped(world, refit_days=inf),
    "sent-tui, price .5": lambda world: Shipped(world, cost_weight=0.5),
    "sent-tui, price 1": lambda world: Shipped(world, cost_weight=1.0),
    "sent-tui, as routed": Routed,
    "Bayes ceiling": Ceiling,
    "oracle": Oracle,
}
EXTRA = {"sent-tui, no refit", "sent-tui, price .5", "sent-tui, price 1", "sent-tui, as routed"}
"""Left out of all but the two main scenarios."""
BINS = 10
AFTER_LOSS = 3
"""A loss counts when so many messages follow it."""


class Sent(NamedTuple):
    """One message, as it went."""

    choice: Choice
    tried: list[str]
    heard: dict[str, str]
    """The last report of each channel."""
    after_delivery: bool
    """Whether the first attempt of the message before it was known to have arrived when this one was sent."""


@dataclass
class Tally:
    """What one policy came to in one world."""

    messages: int = 0
    first: int = 0
    arrived: int = 0
    attempts: int = 0
    cost: float = 0.0
    squares: float = 0.0
    shown: int = 0
    bins: list[list[float]] = field(default_factory=lambda: [[0, 0.0, 0.0] for _ in range(BINS)])
    switches: int = 0
    switches_after_delivery: int = 0
    wasted: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def calibration(self) -> float:
        """Mean distance between what was shown and what came, weighted by how often it was shown."""
        return sum(abs(shown - came) for _, shown, came in self.bins) / max(1, self.shown)


def play(world: World, policy: Policy) -> Tally:
    """Send every message of a world by a policy, with its reports in the order in which they come."""
    queue: list[tuple[float, int, str, Person, int, str]] = []
    number = 0
    for person in world.people:
        for message, at in enumerate(person.times):
            number += 1
            queue.append((at, number, "send", person, message, ""))
    heapq.heapify(queue)
    sent: dict[tuple[str, int], Sent] = {}

    def attempt(person: Person, message: int, channel: str, at: float) -> None:
        nonlocal number
        fate = person.fates[message][channel]
        sent[person.id, message].tried.append(channel)
        reports = [] if fate.kind == SILENT else [(fate.delay, fate.kind)]
        if not reports or fate.delay > TIMER:
            reports.append((TIMER, SILENT))
        for delay, kind in reports:
            number += 1
            heapq.heappush(queue, (at + delay, number, kind, person, message, channel))

    while queue:
        at, _, kind, person, message, channel = heapq.heappop(queue)
        if kind == "send":
            choice = policy.choose(person, message, at)
            before = sent.get((person.id, message - 1))
            arrived = before is not None and before.heard.get(before.choice.order[0]) == DELIVERED
            sent[person.id, message] = Sent(choice, [], {}, arrived)
            attempt(person, message, choice.order[0], at)
            continue
        known = sent[person.id, message]
        known.heard[channel] = kind
        policy.hear(Report(person, message, channel, kind, at, channel == known.choice.order[0]))
        if kind != DELIVERED and world.scenario.fallback and len(known.tried) == 1 and len(known.choice.order) > 1:
            attempt(person, message, known.choice.order[1], at)
    return tally(world, sent)


def tally(world: World, sent: dict[tuple[str, int], Sent]) -> Tally:
    """Count what came of all messages."""
    found = Tally()
    for person in world.people:
        firsts: list[str] = []
        for message, fates in enumerate(person.fates):
            known = sent[person.id, message]
            first = known.choice.order[0]
            arrived = fates[first].arrives
            found.messages += 1
            found.first += arrived
            found.arrived += any(fates[channel].arrives for channel in known.tried)
            found.attempts += len(known.tried)
            for channel in known.tried:
                found.cost += person.price(channel) if channel == "sms" or fates[channel].arrives else 0.0
            if known.choice.chance is not None:
                found.shown += 1
                found.squares += (known.choice.chance - arrived) ** 2
                of = found.bins[min(BINS - 1, int(known.choice.chance * BINS))]
                of[0], of[1], of[2] = of[0] + 1, of[1] + known.choice.chance, of[2] + arrived
            if firsts and first != firsts[-1]:
                found.switches += 1
                found.switches_after_delivery += known.after_delivery
            firsts.append(first)
        found.wasted += wasted(person, firsts)
    return found


def wasted(person: Person, firsts: list[str]) -> Iterator[int]:
    """Yield, for each time that a contact left WhatsApp, the first attempts that went there all the same."""
    levels = [fates["whatsapp"].level for fates in person.fates]
    for index in range(1, len(levels) - AFTER_LOSS + 1):
        if levels[index - 1] and not levels[index] and firsts[index - 1] == "whatsapp":
            end = index
            while end < len(levels) and not levels[end]:
                end += 1
            others = [fates[channel].level for fates in person.fates[index:end] for channel in fates]
            if others.count(0) == end - index:
                yield firsts[index:end].count("whatsapp")


class Job(NamedTuple):
    """One world, to be played by all policies."""

    scenario: Scenario
    seed: int
    policies: tuple[str, ...]


def run(job: Job) -> dict[str, Tally]:
    """Play one world by every policy."""
    world = World(job.scenario, job.seed)
    found = {}
    for name in job.policies:
        began = time.process_time()
        found[name] = play(world, POLICIES[name](world))
        found[name].seconds = time.process_time() - began
    return found


def mean_and_error(values: list[float]) -> tuple[float, float]:
    """Return the mean of what several seeds gave, and its standard error."""
    return statistics.fmean(values), statistics.stdev(values) / sqrt(len(values)) if len(values) > 1 else 0.0


def print_scenario(scenario: Scenario, runs: list[dict[str, Tally]]) -> None:
    """Print a scenario's table."""
    print(f"\n{scenario.name}: {scenario.people:,} contacts x {scenario.messages}, {len(runs)} seeds")
    print(
        f"{'':<20}{'first':>12}{'way':>7}{'- last':>14}{'any':>7}{'att':>6}{'$/1000':>8}"
        f"{'brier':>8}{'ece':>7}{'sw':>6}{'sw!':>6}{'waste':>11}{'s':>6}"
    )
    for name in runs[0]:
        tallies = [found[name] for found in runs]

        def percent(value: Callable[[Tally], float], of: str = name) -> list[float]:
            return [100 * value(found[of]) / found[of].messages for found in runs]

        first = percent(lambda one: one.first)
        low, high = percent(lambda one: one.first, "static check"), percent(lambda one: one.first, "Bayes ceiling")
        last = percent(lambda one: one.first, "last success")
        way = 100 * (sum(first) - sum(low)) / (sum(high) - sum(low))
        beside, beside_error = mean_and_error([a - b for a, b in zip(first, last, strict=True)])
        mean, error = mean_and_error(first)
        losses = [count for one in tallies for count in one.wasted]
        waste = f"{statistics.fmean(losses):.2f} ≤{max(losses)}" if losses else "–"
        shown = tallies[0].shown > 0
        brier = f"{sum(one.squares for one in tallies) / sum(one.shown for one in tallies):.4f}" if shown else "–"
        ece = f"{statistics.fmean(one.calibration for one in tallies):.4f}" if shown else "–"
        print(
            f"{name:<20}{mean:>7.2f} ±{error:.2f}{way:>7.1f}{beside:>+8.2f} ±{beside_error:.2f}"
            f"{statistics.fmean(percent(lambda one: one.arrived)):>7.2f}"
            f"{statistics.fmean(percent(lambda one: one.attempts)) / 100:>6.3f}"
            f"{statistics.fmean(percent(lambda one: one.cost)) * 10:>8.2f}{brier:>8}{ece:>7}"
            f"{statistics.fmean(percent(lambda one: one.switches)):>6.1f}"
            f"{statistics.fmean(percent(lambda one: one.switches_after_delivery)):>6.2f}{waste:>11}"
            f"{statistics.fmean(one.seconds for one in tallies):>6.1f}"
        )


PUBLISHED = {1: 9105, 3: 9199, 10: 9049, 32: 9451, 100: 11550}
"""Regret of Thompson sampling by delay: Chapelle and Li 2011, table 1."""
STEPS = 1_000_000
REPLACED = 1e-3


def thompson(delay: int, seed: int, steps: int = STEPS) -> float:
    """Return the regret of Thompson sampling where feedback comes in batches.

    Ten items; at each step, with probability 1e-3, one of them is replaced by one whose success probability is drawn
    from Beta(4, 4). A replacement is known at once. Beta(1, 1) priors.
    """
    random = Random(f"{delay}/{seed}")
    draw, uniform = random.betavariate, random.random
    items = range(10)
    truth = [draw(4, 4) for _ in items]
    best = max(truth)
    wins, losses, born = [1] * 10, [1] * 10, [0] * 10
    waiting: list[tuple[int, int, bool]] = []
    regret = 0.0
    next_death = int(random.expovariate(REPLACED))
    for step in range(steps):
        if step >= next_death:
            item = random.randrange(10)
            truth[item], wins[item], losses[item], born[item] = draw(4, 4), 1, 1, step
            best = max(truth)
            next_death = step + 1 + int(random.expovariate(REPLACED))
        chosen, top = 0, -1.0
        for item in items:
            sample = draw(wins[item], losses[item])
            if sample > top:
                chosen, top = item, sample
        regret += best - truth[chosen]
        waiting.append((chosen, step, uniform() < truth[chosen]))
        if len(waiting) == delay:
            for item, when, won in waiting:
                if when >= born[item]:
                    wins[item] += won
                    losses[item] += not won
            waiting.clear()
    return regret


class Check(NamedTuple):
    """One run of the outside check."""

    delay: int
    seed: int
    steps: int


def regret(check: Check) -> float:
    """Return the regret of one run, for as many steps as were published."""
    return thompson(*check) * STEPS / check.steps


def wanted() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description="Compare the delivery model with other policies in a known world.")
    parser.add_argument("--quick", action="store_true", help="one small world of each kind, in less than a minute")
    parser.add_argument("--seeds", type=int, default=5, help="how many worlds of each kind")
    parser.add_argument("--scale", type=float, default=1.0, help="how many of the people: .3 for three of ten")
    parser.add_argument("--scenarios", default="", help="only those whose names contain one of these: dense,tiny")
    parser.add_argument("--policies", default="", help="only those whose names contain one of these")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many worlds are played at once")
    parser.add_argument("--only", choices=("worlds", "speed", "outside"), help="one part alone")
    return parser.parse_args()


def jobs(options: argparse.Namespace) -> list[Job]:
    """Return the worlds that are wanted, each with the policies that play it."""
    names = options.scenarios.split(",") if options.scenarios else [""]
    policies = options.policies.split(",") if options.policies else [""]
    found = []
    for scenario in SCENARIOS:
        if not any(name in scenario.name for name in names):
            continue
        chosen = tuple(
            name
            for name in POLICIES
            if (scenario in (DENSE, SPARSE) or name not in EXTRA)
            and (name in ("static check", "last success", "Bayes ceiling") or any(part in name for part in policies))
        )
        scale = 0.1 if options.quick else options.scale
        scenario = replace(scenario, people=max(100, int(scenario.people * scale)))
        found += [Job(scenario, seed, chosen) for seed in range(1 if options.quick else options.seeds)]
    return found


def main() -> None:
    """Play the worlds, measure the model, and run the outside check."""
    options = wanted()
    began = time.perf_counter()
    with ProcessPoolExecutor(options.processes) as pool:
        if options.only in (None, "worlds"):
            todo = jobs(options)
            results = pool.map(run, todo)
            waiting: list[dict[str, Tally]] = []
            for index, job in enumerate(todo):
                waiting.append(next(results))
                if index + 1 == len(todo) or todo[index + 1].scenario != job.scenario:
                    print_scenario(job.scenario, waiting)
                    waiting = []
        if options.only in (None, "outside"):
            steps, runs = (STEPS // 50, 1) if options.quick else (STEPS, 4)
            checks = [Check(delay, seed, steps) for delay in PUBLISHED for seed in range(runs)]
            found = list(pool.map(regret, checks))
            print(f"\nChapelle and Li 2011, table 1, Thompson row: {runs} runs of {steps:,} steps")
            for place, (delay, published) in enumerate(PUBLISHED.items()):
                ours = statistics.fmean(found[place * runs : (place + 1) * runs])
                print(f"delay {delay:>4}   {ours:>8,.0f}   published {published:>7,}   {ours / published - 1:>+7.1%}")
    if options.only in (None, "speed"):
        print("\nthe model, in processor time")
        for told in speeds():
            print(told)
    print(f"\n{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
