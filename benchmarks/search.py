"""How soon the first screenful is there after each key of a search, beside SQLite FTS5 and fzf, in the same run.

`python benchmarks/search.py [--sizes 100000,1000000] [--runs N] [--keep DIR]` types twelve searches key by key. Ours
is `TinyDBRepository.glance(query, limit=50)`: 50 rows in the order of names; where it gives none, `answer(query)`.
All hits, and the exact counts of all channel filters, are `answer(query)` and `count(query)`: as the app asks, with
one wrong letter forgiven where few names have the word, and without that.

SQLite searches the same folded texts by trigrams, `MATCH … LIMIT 50` in no order, which is less work; words of fewer
than three letters are no trigram and are looked for with LIKE. fzf is a process that reads the same texts from a file
(`fzf --exact --filter`), for the whole search and its first three letters only.
"""

from __future__ import annotations

import argparse
import math
import sqlite3
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from databases import database, keep_option, kept, once, people, sizes
from sent_tui.core.contact import Contact
from sent_tui.core.search import ContactQuery, containing
from sent_tui.core.search_entry import haystack
from sent_tui.core.search_terms import terms
from sent_tui.store.tinydb import TinyDBRepository

SCREENFUL = 50
CHUNK = 100_000
TRIGRAM = 3
SEARCHES = ("maria", "gonzal", "o'brien", "okafor", "zoe", "lukasz nowak", "nowak lukasz")
"""Names; two words in either order. What is looked for in digits follows from a contact that is there."""


class Peer:
    """SQLite FTS5 with trigrams over the same texts."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self._database.execute("CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5(line, tokenize='trigram')")

    def add(self, lines: Sequence[str]) -> None:
        """Put texts in."""
        self._database.executemany("INSERT INTO texts (line) VALUES (?)", ((line,) for line in lines))
        self._database.commit()

    def first(self, search: str) -> int:
        """Return how many of the first rows there are."""
        words = plain_words(search)
        matched = " AND ".join('"{}"'.format(word.replace('"', '""')) for word in words if len(word) >= TRIGRAM)
        conditions = ["texts MATCH ?"] if matched else []
        values = [matched] if matched else []
        for word in words:
            if len(word) < TRIGRAM:
                conditions.append("line LIKE ?")
                values.append(f"%{word}%")
        where = " AND ".join(conditions) or "1"
        select = f"SELECT rowid FROM texts WHERE {where} LIMIT {SCREENFUL}"  # noqa: S608 - the words are bound
        return len(self._database.execute(select, values).fetchall())

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def plain_words(search: str) -> list[str]:
    """Return the words of a search as they stand in the texts: without accents, numbers as digits."""
    return [term.spellings[0][0] for term in terms(search) if term.spellings[0][0]]


def filtered(lines: Path, search: str) -> int:
    """Return how many lines fzf finds."""
    with lines.open("rb") as texts:
        done = subprocess.run(
            ["fzf", "--exact", "--filter", " ".join(plain_words(search))],
            stdin=texts,
            stdout=subprocess.PIPE,
            check=False,
        )
    return done.stdout.count(b"\n")


def searches(someone: Contact) -> tuple[str, ...]:
    """Return what is typed: names, and a contact's number in parts and in whole."""
    digits = someone.format_e164
    return (
        *SEARCHES,
        digits[5:9],
        digits[-4:],
        digits,
        someone.format_national,
        "xyzzyq",
    )


def keys(search: str) -> Iterator[str]:
    """Yield what stands in the field after each key."""
    yield from (search[:length] for length in range(1, len(search) + 1) if search[length - 1] != " ")


class Clock:
    """Times of one way to search."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __call__(self, search: Callable[[str], int], text: str) -> int:
        """Time a search and return what it found."""
        began = time.perf_counter()
        found = search(text)
        self.times.append((time.perf_counter() - began) * 1000)
        return found

    @property
    def median(self) -> float:
        """The median, in ms."""
        return statistics.median(self.times)

    def line(self) -> str:
        """Return the median, the 99th percentile and the longest, in ms."""
        times = sorted(self.times)
        high = times[math.ceil(0.99 * len(times)) - 1]
        return f"{self.median:>10.2f}{high:>10.2f}{times[-1]:>10.2f}{len(times):>8}"


def measured(folder: Path, size: int, runs: int) -> None:
    """Type every search and print what each key took."""
    path = database(folder, size)
    texts = once(folder / f"search-{size}", lambda made: fill(made, size))
    typed = searches(next(person for person in people(1000) if person.region_code == "US"))
    peer, lines = Peer(texts / "peer.db"), texts / "lines"
    began = time.perf_counter()
    repository = TinyDBRepository(path)
    opened = time.perf_counter() - began

    def first(text: str) -> int:
        query = containing(text, forgiving=True)
        found = repository.glance(query, limit=SCREENFUL)
        return len(repository.answer(query).part(0, SCREENFUL) if found is None else found)

    def everything(query: ContactQuery) -> int:
        return len(repository.answer(query)) + len(repository.count(query).by_filter)

    ways: dict[str, Callable[[str], int]] = {
        "first 50, sent-tui": first,
        "first 50, SQLite FTS5": peer.first,
        "all hits and counts, sent-tui": lambda text: everything(containing(text, forgiving=True)),
        "the same, nothing forgiven": lambda text: everything(containing(text)),
    }
    clocks = {name: Clock() for name in ways}
    process = Clock()
    disagreeing = []
    for _ in range(runs):
        for search in typed:
            for text in keys(search):
                found = {name: clocks[name](way, text) for name, way in ways.items()}
                if len(set(list(found.values())[:2])) > 1:
                    disagreeing.append(text)
            for text in {search[:TRIGRAM], search}:
                process(lambda text: filtered(lines, text), text)
    print(f"\n{f'{size:,} contacts (opened in {opened * 1000:.1f} ms)':<46}  median       p99       max    keys   ms")
    for name, clock in (*clocks.items(), ("all, fzf process", process)):
        print(f"{name:<44}{clock.line()}")
    ours, theirs, filtering = (clock.median for clock in (*list(clocks.values())[:2], process))
    print(f"medians: FTS5 takes {theirs / ours:.1f} x as long as ours, fzf {filtering / ours:.0f} x")
    if disagreeing:
        print(f"not as many rows as SQLite finds (ours takes groups of digits apart as well): {_listed(disagreeing)}")
    peer.close()
    repository.close()


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(sorted(set(texts)))


def fill(folder: Path, size: int) -> None:
    """Put the texts of the contacts into SQLite, and into a file for fzf."""
    peer = Peer(folder / "peer.db")
    stream = people(size)
    with (folder / "lines").open("w", encoding="utf-8") as file:
        while chunk := list(islice(stream, CHUNK)):
            texts = [haystack(person).replace("\n", " ") for person in chunk]
            peer.add(texts)
            file.writelines(f"{text}\n" for text in texts)
    peer.close()


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=sizes, default=[100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=3)
    keep_option(parser)
    wanted = parser.parse_args()
    with kept(wanted.keep) as folder:
        for size in wanted.sizes:
            measured(folder, size, wanted.runs)


if __name__ == "__main__":
    main()
