"""Senders that are killed at any moment, every second one beside a hand-over: nothing is sent twice or lost."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from fault_campaign import layout
from fault_campaign.client import Running, Server
from fault_campaign.sending_jobs import LATER, RESENDS, SOON, HandedOver, handed_over
from fault_campaign.table import Figures, control, ours

BATCH = 5
"""So many messages are on the way when a sender is killed."""
CONTROL_SENDS = 200
When = Callable[[Running], None]
"""Waits for the moment to kill."""


def problem_of(message: dict[str, Any], given: Sequence[HandedOver]) -> str:
    """Return what is wrong with one message, given everything that the gateway was handed."""
    mine = [entry for entry in given if entry.text == message["text"]]
    written = {attempt["key"]: attempt for attempt in message["attempts"]}
    if any(times > 1 for times in Counter(entry.channel for entry in mine).values()):
        return "sent twice"
    taken = {entry.key for entry in mine}
    open_ends = {"UNKNOWN", "FAILED"}
    if any(key not in taken and attempt["status"] not in open_ends for key, attempt in written.items()):
        return "invented"
    if not message["final"] and message["status"] != "UNKNOWN":
        return "stuck"
    return ""


@dataclass(frozen=True)
class Way:
    """One way to send: the job of the process that is killed, and how many seconds later another one goes on."""

    title: str
    job: str
    later: float = LATER.total_seconds()


SENDING = Way("sending", "sender")
SCHEDULED = Way("sending later", "scheduler", (SOON + LATER).total_seconds())
BULK = Way("sending in bulk", "bulk_sender")
TIMED = Way("timers run", "patient", 2_400.0)
WAYS = (SENDING, SCHEDULED, BULK, TIMED)


def sent_and_killed(
    server: Server,
    folder: Path,
    texts: Sequence[str],
    when: When | int,
    figures: Figures,
    weakness: str = "",
    way: Way = SENDING,
) -> None:
    """Kill a sender, go on in a fresh process, and judge each message.

    It is killed once the moment has come, or by the gateway: after so many hand-overs, or before one if negative.
    """
    path = folder / layout.DATABASE
    acknowledged = []
    child = server.start(way.job, path=str(path), texts=list(texts), dies=when if isinstance(when, int) else 0)
    child.line()
    child.say("go")
    if not isinstance(when, int):
        when(child)
        child.kill()
    acknowledged += [line.value for line in child.rest() if line.kind == "ACK"]
    child.end()
    fresh = server.start("resumer", path=str(path), weakness=weakness, later=way.later)
    told = [line.value for line in fresh.rest() if line.kind == "MESSAGES"]
    fresh.end()
    messages = told[0] if told else []
    given = handed_over(folder)
    for message in messages:
        figures.add(problem_of(message, given), f"{message}")
        figures.info[str(message["status"]).lower()] += 1
    lost = set(acknowledged) - {message["id"] for message in messages}
    figures.bad["lost"] += len(lost)
    written = {attempt["key"] for message in messages for attempt in message["attempts"]}
    strangers = {entry.key for entry in given} - written
    figures.bad["not written down"] += len(strangers)


def campaign(server: Server, folder: Path, sends: int, seed: int) -> list[Figures]:
    """Kill senders until so many messages were judged; the control sends again what it knows no outcome of."""
    rows = []
    for way in WAYS:
        span = _span(server, _new(folder, f"measure-{way.job}"), way)
        name = f"kill -9 while {way.title}"
        for figures, weakness, wanted in (
            (ours(name), "", sends),
            (control(name, "sends again what is unknown"), RESENDS, CONTROL_SENDS),
        ):
            trial = 0
            while figures.trials < wanted:
                trial += 1
                place = _new(folder, f"{way.job}-{weakness[:1]}{trial}")
                rng = Random(f"{seed}-{trial}")
                texts = [f"message {trial}.{number}" for number in range(BATCH)]
                moment = _after(rng.uniform(0, span)) if trial % 2 else rng.choice((-1, 1)) * rng.randint(1, BATCH)
                sent_and_killed(server, place, texts, moment, figures, weakness, way)
                shutil.rmtree(place)
            figures.info["senders killed"] = trial
            rows.append(figures)
    return rows


def _after(seconds: float) -> When:
    def when(_: Running) -> None:
        time.sleep(seconds)

    return when


def _span(server: Server, folder: Path, way: Way) -> float:
    """Return how many seconds a sender takes that nobody kills."""
    took = 0.0

    def when(child: Running) -> None:
        nonlocal took
        began = time.perf_counter()
        for line in child.rest():
            if line.kind == "DONE":
                break
        took = time.perf_counter() - began

    sent_and_killed(server, folder, [f"measure {number}" for number in range(BATCH)], when, ours(""), way=way)
    return took


def _new(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made
