"""What the delivery model costs in processor time, each beside its bar: for `routing_lab`.

Figures are medians. What is quickest beside them says what an idle machine would do: on a busy one, processor time is
more, as programs share caches and cores.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from routing_policies import START
from sent_tui.core.delivery import DeliveryModel, Outcome, Segment

CHECKS = ("available", "unavailable", "unknown")
SEGMENTS = [Segment(region, "mobile", {"whatsapp": check}) for region in ("BR", "US", "DE", "IN") for check in CHECKS]
GAP = timedelta(days=9)
"""Between two messages to a contact."""
BATCH = 500
"""Updates that are measured together."""
LONG = 100
"""Contacts that have many messages."""


class Figure(NamedTuple):
    """What something costs, and what it may cost."""

    what: str
    values: Sequence[float]
    """Of each measurement."""
    unit: str
    bar: float | None = None
    """In the same unit; None where there is none."""

    def __str__(self) -> str:
        """Return it as a line of the report."""
        value, least = statistics.median(self.values), min(self.values)
        quickest = f"quickest {least:>6.2f}" if len(self.values) > 1 else " " * 15
        beside = "" if self.bar is None else f"   bar {self.bar:>4g}   {'met' if value <= self.bar else 'MISSED'}"
        return f"{self.what:<40}{value:>9.2f} {self.unit}   {quickest}{beside}".rstrip()


def speeds(people: int = 10_000, messages: int = 5) -> list[Figure]:
    """Return what the model costs, with so many contacts and messages to each."""
    random = Random(5)
    model, batches = DeliveryModel(), []
    for message in range(messages):
        for batch in range(0, people, BATCH):
            reports = [_report(person, random, message) for person in range(batch, batch + BATCH)]
            began = time.process_time()
            for report in reports:
                model.observe(*report, message_id=str(message))
            batches.append((time.process_time() - began) / BATCH * 1e6)
    found = [Figure("an update", batches, "µs", 20)]

    now = START + messages * GAP

    def rank(person: int) -> object:
        return model.rank(f"p{person}", SEGMENTS[person % 12], now)

    def explain(person: int) -> object:
        contact, segment = f"p{person}", SEGMENTS[person % 12]
        told = [model.explain(contact, segment, channel, now) for channel in model.channels]
        return model.rank(contact, segment, now), told, model.failures_to_flip(contact, segment, now)

    everybody = range(people)
    found.append(Figure(f"rank {people:,} for the first time", [_spent(rank, everybody)], "ms"))
    found.append(Figure(f"rank {people:,} again", [_spent(rank, everybody) for _ in range(3)], "ms", 100))
    found.append(Figure("decide and explain", [_spent(explain, [person]) for person in range(1000)], "ms", 1))
    for message in range(messages, 50):
        for person in range(LONG):
            model.observe(*_report(person, random, message), message_id=str(message))
    now = START + 50 * GAP
    long = [_spent(explain, [person]) for person in range(LONG)]
    found.append(Figure("decide and explain after 50 messages", long, "ms", 1))
    found.append(Figure(f"fit {people * messages:,} attempts", [_spent(lambda _: model.refit(now), [0])], "ms"))
    state = model.to_state()
    load = _spent(lambda _: DeliveryModel.from_state(state), [0])
    found.append(Figure(f"load {people:,} contacts", [load], "ms"))
    bare = statistics.median(imported("pass"))
    core = [spent - bare for spent in imported("import sent_tui.core.delivery")]
    return [*found, Figure("import the core, over bare Python", core, "ms", 30)]


def imported(statement: str, runs: int = 15) -> list[float]:
    """Return the milliseconds of processor time of each Python that runs one statement, with its bytecode ready."""
    command = [sys.executable, "-c", statement]
    times = []
    with TemporaryDirectory() as bytecode:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": ""}
        for run in range(runs + 1):
            before = _used()
            subprocess.run(command, check=True, env=environment)
            if run:
                times.append(_used() - before)
    return [spent * 1e3 for spent in times]


def _report(person: int, random: Random, message: int) -> tuple[str, Segment, str, Outcome, datetime]:
    """Return what is reported of one message, in the order in which the model takes it."""
    channel = "whatsapp" if random.random() < 0.6 else "sms"
    outcome = Outcome.DELIVERED if random.random() < 0.9 else Outcome.FAILED_SOFT
    if channel == "whatsapp" and person % 5 == 0:
        outcome = Outcome.FAILED_HARD
    return f"p{person}", SEGMENTS[person % 12], channel, outcome, START + message * GAP + timedelta(seconds=person)


def _spent(work: Callable[[int], object], over: Iterable[int]) -> float:
    """Return the milliseconds of processor time that some work takes for all of these."""
    began = time.process_time()
    for number in over:
        work(number)
    return (time.process_time() - began) * 1e3


def _used() -> float:
    """Return the seconds of processor time of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
