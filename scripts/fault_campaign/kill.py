"""Writers that are killed at random moments."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
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


def killed_once(server: Server, folder: Path, subject: str, rng: Random, span: float) -> tuple[str, float]:
    """Kill a writer within `span` seconds; return what is wrong with the database, and the time a whole run took."""
    path = folder / layout.DATABASE
    steps = script(rng, kinds_of(subject), LENGTH)
    heard = Acknowledged()
    with server.writer(path, subject, steps) as child:
        child.ask("open")
        began = time.perf_counter()
        child.say("all")
        if span:
            time.sleep(rng.uniform(0, span))
            child.kill()
        heard.hear(child)
        took = time.perf_counter() - began
    problem = server.check(path, subject).problem(*allowed(steps, heard.count))
    return problem or ("failing" if heard.errors else ""), took


def campaign(server: Server, folder: Path, trials: int, seed: int, control_trials: int = 150) -> list[Figures]:
    """Kill writers of our store, and of TinyDB's own."""
    rows = []
    for figures, subject, wanted in (
        (ours("kill -9 at random"), OURS, trials),
        (control("kill -9 at random", "JSONStorage"), PLAIN, control_trials),
    ):
        _, span = killed_once(server, _new(folder, f"{subject}-measure"), subject, Random(seed), 0)
        for trial in range(wanted):
            place = _new(folder, f"{subject}-{trial}")
            problem, _ = killed_once(server, place, subject, Random(f"{seed}-{trial}"), 1.05 * span)
            figures.add(problem, f"seed {seed}-{trial}")
            shutil.rmtree(place)
        rows.append(figures)
    return rows


def _new(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made
