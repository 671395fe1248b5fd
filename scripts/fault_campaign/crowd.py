"""Several processes that write one database, and others that follow them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fault_campaign import layout
from fault_campaign.client import Line, Running, Server
from fault_campaign.jobs import COUNTER, begin_crowd, looked_at, member
from fault_campaign.subjects import OURS, PLAIN
from fault_campaign.table import KEPT, Figures, control, ours

WRITERS = 4
READERS = (True, False)
"""Two readers: one that opened the database for reading only."""
FAULT = "4 writers and 2 readers at once"


def gather(server: Server, path: Path, subject: str, count: int, figures: Figures, weakness: str = "") -> None:
    """Let writers write so many batches each, and readers follow them; count what went wrong."""
    begin_crowd(subject, path)
    common = {"path": str(path), "subject": subject}
    readers = [server.start("follower", **common, read_only=read_only) for read_only in READERS]
    writers = [server.start("crowd_writer", **common, at=at, count=count, weakness=weakness) for at in range(WRITERS)]
    compacts = subject == OURS and not weakness and layout.has_commands()
    compactors = [server.start("compactor", path=str(path))] if compacts else []
    for child in (*readers, *writers, *compactors):
        child.line()
    for child in writers:
        child.say("go")
    acknowledged = [_written(child, at, figures) for at, child in enumerate(writers)]
    for child in compactors:
        _count_compacted(child.ask("stop"), figures)
    seen = [child.ask("stop") for child in readers]
    for child in (*readers, *writers, *compactors):
        child.end()
    batches = ((at, batch) for at, done in enumerate(acknowledged) for batch in done)
    expected = {place for at, batch in batches for place in member(at, count, batch)}
    total = sum(map(len, acknowledged))
    figures.info["batches acknowledged"] += total
    _count_lost(path, subject, expected, total, figures)
    for line in seen:
        _count_seen({} if line is None else line.value, (len(expected), total), figures)


def _count_compacted(line: Line | None, figures: Figures) -> None:
    told: dict[str, Any] = {"times": 0, "errors": ["it broke down"]} if line is None else line.value
    figures.info["compactions"] += told["times"]
    if told["errors"]:
        figures.bad["errors of the compactor"] += len(told["errors"])
        figures.details.append(f"compactor: {told['errors'][0]}")


def _count_seen(seen: dict[str, Any], last: tuple[int, int], figures: Figures) -> None:
    """Count what a reader told; nothing, when it broke down."""
    errors = seen.get("errors", ["it broke down"])
    figures.info["looks"] += seen.get("looks", 0)
    if seen.get("torn"):
        figures.bad["torn looks"] += len(seen["torn"])
        figures.details += [f"torn: {look}" for look in seen["torn"][:KEPT]]
    if errors:
        figures.bad["errors of readers"] += len(errors)
        figures.details.append(f"reader: {errors[0]}")
    if (seen.get("members"), seen.get("counter")) != last:
        figures.bad["readers that missed the end"] += 1


def _written(child: Running, at: int, figures: Figures) -> list[int]:
    """Return the batches that a writer was told are written."""
    batches = []
    for line in child.rest():
        if line.kind == "DONE":
            break
        figures.trials += 1
        if line.kind == "ACK":
            batches.append(int(line.value))
        else:
            figures.bad["errors of writers"] += 1
            figures.details.append(f"writer {at}: {line.value}")
    return batches


def _count_lost(path: Path, subject: str, expected: set[str], total: int, figures: Figures) -> None:
    found = looked_at(subject, path)
    if "error" in found:
        figures.bad["unreadable"] += 1
        figures.details.append(str(found["error"]))
        return
    view = found["view"]
    there = {place for place in view if place != COUNTER}
    wrong = {"contacts lost": len(expected - there)}
    if subject == OURS:
        wrong |= {"contacts too many": len(there - expected), "counts lost": abs(total - _counter(path))}
    figures.bad.update({what: count for what, count in wrong.items() if count})


def _counter(path: Path) -> int:
    from fault_campaign.subjects import identity
    from sent_tui.store.tinydb import TinyDBRepository

    repository = TinyDBRepository(path, read_only=True)
    try:
        return int(repository.get(identity(COUNTER)).notes)
    finally:
        repository.close()


def campaign(server: Server, folder: Path, count: int) -> list[Figures]:
    """Let a crowd at our store, at it without its lock, and at TinyDB's own."""
    rows = []
    for name, figures, subject, weakness, wanted in (
        ("ours", ours(FAULT), OURS, "", count),
        ("no-lock", control(FAULT, "without the lock"), OURS, "no lock", max(10, count // 5)),
        ("plain", control(FAULT, "JSONStorage"), PLAIN, "", max(10, count // 5)),
    ):
        path = folder / name / layout.DATABASE
        path.parent.mkdir()
        gather(server, path, subject, wanted, figures, weakness)
        rows.append(figures)
    return rows
