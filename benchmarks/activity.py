"""How soon messages are listed, filtered and counted, beside SQLite, in the same run.

`python benchmarks/activity.py [--sizes 20000,100000] [--runs N] [--keep DIR]` asks what the activity asks when it opens
and with each filter: the newest screenful, all that fit, and the counts of every filter. Ours is
`TinyDBRepository.select` and `count_messages` on the index file; SQLite has a row for each message with an index on
status and time, and one on time. Reading messages is left out on both sides: what is found are ids.

Times are processor time, so that a busy machine tells the same.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from databases import keep_option, kept, once, sizes
from sent_tui.core.channel import Channel
from sent_tui.core.message import Attempt, Content, Message, PlannedStep
from sent_tui.core.message_search import EVERY_MESSAGE, FACETS, Fate, MessageQuery, facet_of
from sent_tui.store.tinydb import TinyDBRepository

SCREENFUL = 120
BATCH = 5_000
START = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = ("DELIVERED", "READ", "FAILED", "SENT", "UNKNOWN", "CANCELLED")
WEIGHTS = (60, 25, 6, 2, 1, 1)
QUERIES = {"all": EVERY_MESSAGE, "failed on SMS": MessageQuery(frozenset({Fate.FAILED}), Channel.SMS)}
"""Looked for; the second one is what few messages are."""


def messages(count: int) -> Iterator[Message]:
    """Yield messages a minute apart, the same each time."""
    dice = random.Random(7)
    for place in range(count):
        at, status = START + timedelta(minutes=place), dice.choices(STATUSES, WEIGHTS)[0]
        channel = dice.choice(list(Channel))
        attempt = Attempt(channel, f"key-{place}", at, status, gateway_id=f"g{place}", accepted_at=at)
        known = Message(f"m{place}", f"c{place % 9_973}", "+14155550123", Content("Hello"), status, at, at, "none", ())
        yield replace(known, steps=(PlannedStep(channel),), attempts=(attempt,))


def fill(path: Path, count: int) -> None:
    """Make a database of so many messages, its index file with all of them."""
    repository, batch = TinyDBRepository(path), list[Message]()
    for message in messages(count):
        batch.append(message)
        if len(batch) == BATCH:
            put(repository, batch)
            batch.clear()
    put(repository, batch)
    repository.maintain(after=1)
    repository.close()


def put(repository: TinyDBRepository, batch: Sequence[Message]) -> None:
    """Write some messages at once."""
    with repository.transaction() as tx:
        for message in batch:
            tx.put_message(message)


class Peer:
    """SQLite with a row for each message."""

    def __init__(self, count: int) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.execute("CREATE TABLE messages (id TEXT PRIMARY KEY, at INTEGER, facet INTEGER)")
        numbers = {facet: number for number, facet in enumerate(FACETS)}
        rows = ((each.id, at, numbers[facet_of(each)]) for at, each in enumerate(messages(count)))
        self._database.executemany("INSERT INTO messages VALUES (?, ?, ?)", rows)
        self._database.execute("CREATE INDEX by_time ON messages (at)")
        self._database.execute("CREATE INDEX by_facet ON messages (facet, at)")
        self._database.commit()

    def found(self, query: MessageQuery, limit: int = -1) -> int:
        """Return how many there are, found one by one, newest first."""
        wanted = ",".join(str(number) for number, facet in enumerate(FACETS) if query.takes(facet))
        condition = f"WHERE facet IN ({wanted})" if query.is_by_facet else ""
        sql = f"SELECT id FROM messages {condition} ORDER BY at DESC LIMIT {limit}"  # noqa: S608
        return len(self._database.execute(sql).fetchall())

    def counts(self) -> int:
        """Return how many facets there are, each counted."""
        return len(self._database.execute("SELECT facet, count(*) FROM messages GROUP BY facet").fetchall())


def median(runs: int, work: Callable[[], object]) -> float:
    """Return the median processor time of some work, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1000 * statistics.median(times)


def compare(folder: Path, count: int, runs: int) -> None:
    """Print one line for each question."""
    path = once(folder / f"messages-{count}", lambda made: fill(made / "sent.db", count)) / "sent.db"
    repository, peer = TinyDBRepository(path, read_only=True), Peer(count)
    print(f"{count:,} messages".ljust(36) + "sent-tui ms    SQLite ms    ratio")
    asked: list[tuple[str, Callable[[], object], Callable[[], object]]] = []
    for name, query in QUERIES.items():
        if len(repository.select(query)) != peer.found(query):
            raise SystemExit(f"they do not find the same: {name}")
        screenful = partial(repository.select, query, limit=SCREENFUL), partial(peer.found, query, SCREENFUL)
        asked.append((f"the first screenful: {name}", *screenful))
        asked.append((f"all that fit: {name}", partial(repository.select, query), partial(peer.found, query)))
    asked.append(("the counts of all filters", repository.count_messages, peer.counts))
    for name, own, other in asked:
        ours, theirs = median(runs, own), median(runs, other)
        print(f"  {name:<34}{ours:>10.2f}{theirs:>13.2f}{ours / max(theirs, 1e-6):>9.2f}")
    repository.close()


def main() -> None:
    """Compare at each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", type=sizes, default=[20_000, 100_000])
    parser.add_argument("--runs", type=int, default=9)
    keep_option(parser)
    options = parser.parse_args()
    with kept(options.keep) as folder:
        for count in options.sizes:
            compare(folder, count, options.runs)


if __name__ == "__main__":
    main()
