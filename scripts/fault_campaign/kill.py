"""Writers that are killed at random moments."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from fault_campaign import layout
from fault_campaign.client import Running, Server
from fault_campaign.steps import KINDS, State, Step, script, states
from fault_campaign.subjects import OURS, PLAIN
from fault_campaign.table import Figures, control, ours

LENGTH = 30
"""So many writes are on the way when a writer is killed."""


@dataclass
class Acknowledged:
    """What a writer said until it ended."""

    count: int = 0
    errors: list[str] = field(default_factory=list)

    def hear(self, child: Running) -> None:
        """Listen until the child ends, or is done."""
        for line in child.rest():
            if line.kind == "ACK":
                self.count = int(line.value)
            elif line.kind == "ERR":
                self.errors.append(str(line.value))
            if line.kind in {"DONE", "ERR"}:
                break


def kinds_of(subject: str) -> tuple[str, ...]:
    """Return the kinds of writes that a store knows."""
    if subject == PLAIN:
        return ("add", "edit", "delete", "bulk")
    return (*KINDS, "compact") if layout.has_commands() else KINDS


def allowed(steps: Sequence[Step], acknowledged: int) -> list[State]:
    """Return what may be there: what was acknowledged, and that with the write that was under way."""
    return states(steps)[acknowledged : acknowledged + 2]


When = Callable[[Running, Acknowledged], bool]
"""Waits for the moment to kill; returns False to let the writer live."""


def killed_once(
    server: Server, folder: Path, subject: str, seed: str, when: When, weakness: str = ""
) -> tuple[str, Acknowledged]:
    """Kill a writer once the moment has come; return what is wrong with the database, and what it had said."""
    path = folder / layout.DATABASE
    steps = script(Random(seed), kinds_of(subject), LENGTH)
    heard = Acknowledged()
    with server.writer(path, subject, steps, weakness) as child:
        child.ask("open")
        child.say("all")
        if when(child, heard):
            child.kill()
        heard.hear(child)
    problem = server.check(path, subject).problem(*allowed(steps, heard.count))
    return problem or ("failing" if heard.errors else ""), heard


def after_acknowledgements(count: int, seconds: float = 0.0) -> When:
    """Wait for so many acknowledgements, and a time: the writer is somewhere in its next write."""

    def when(child: Running, heard: Acknowledged) -> bool:
        while heard.count < count and (line := child.line()) is not None and line.kind == "ACK":
            heard.count = int(line.value)
        if seconds:
            time.sleep(seconds)
        return True

    return when


def _span(server: Server, folder: Path, subject: str, seed: int) -> float:
    """Return how many seconds a writer takes that nobody kills."""
    took = 0.0

    def when(child: Running, heard: Acknowledged) -> bool:
        nonlocal took
        began = time.perf_counter()
        heard.hear(child)
        took = time.perf_counter() - began
        return True

    killed_once(server, folder, subject, str(seed), when)
    return took


def campaign(server: Server, folder: Path, trials: int, seed: int, control_trials: int = 150) -> list[Figures]:
    """Kill writers of our store, and of TinyDB's own."""
    rows = []
    for figures, subject, wanted in (
        (ours("kill -9 at random"), OURS, trials),
        (control("kill -9 at random", "JSONStorage"), PLAIN, control_trials),
    ):
        span = _span(server, _new(folder, f"{subject}-measure"), subject, seed)
        for trial in range(wanted):
            place = _new(folder, f"{subject}-{trial}")
            name = f"{seed}-{trial}"
            rng = Random(f"{name} when")
            when = after_acknowledgements(rng.randrange(LENGTH), rng.uniform(0, span / LENGTH))
            problem, heard = killed_once(server, place, subject, name, when)
            figures.add(problem, f"seed {name}, {heard}")
            figures.info["writes acknowledged"] += heard.count
            figures.info["killed in time"] += heard.count < LENGTH
            shutil.rmtree(place)
        rows.append(figures)
    return rows


def _new(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made
