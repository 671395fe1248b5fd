"""How soon the first screenful is there after each key of a search, beside SQLite FTS5 and fzf, in the same run.

`python benchmarks/search.py [--sizes 100000,1000000] [--runs N]` types twelve searches key by key. Ours is
`TinyDBRepository.page(query, limit=50)`: 50 rows in the order of names. SQLite searches the same folded texts by
trigrams, `MATCH … LIMIT 50` in no order, which is less work; words of fewer than three letters are no trigram and are
looked for with LIKE. fzf is a process that reads the same texts from a file (`fzf --exact --filter`), for the whole
search and its first three letters only. The counts of all channel filters, `repository.count(query)`, are exact.
"""

from __future__ import annotations

import argparse
import math
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from population import contacts
from sent_tui.core.contact import Contact
from sent_tui.core.search import containing
from sent_tui.core.search_entry import haystack
from sent_tui.core.search_terms import terms
from sent_tui.store.tinydb import TinyDBRepository

SCREENFUL = 50
CHUNK = 100_000
SEED = 7
TRIGRAM = 3
SEARCHES = ("maria", "gonzal", "o'brien", "okafor", "zoe", "lukasz nowak", "nowak lukasz")
"""Names; two words in either order. What is looked for in digits follows from a contact that is there."""


class Peer:
    """SQLite FTS5 with trigrams over the same texts."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self._database.execute("CREATE VIRTUAL TABLE texts USING fts5(line, tokenize='trigram')")

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

    def line(self) -> str:
        """Return the median, the 99th percentile and the longest, in ms."""
        times = sorted(self.times)
        high = times[math.ceil(0.99 * len(times)) - 1]
        return f"{statistics.median(times):>10.2f}{high:>10.2f}{times[-1]:>10.2f}{len(times):>8}"


def measured(size: int, runs: int) -> None:
    """Fill each, type every search and print what each key took."""
    with tempfile.TemporaryDirectory(prefix="search-") as folder:
        database, lines = Path(folder) / "contacts.db", Path(folder) / "lines"
        peer = Peer(Path(folder) / "peer.db")
        typed = fill(database, peer, lines, size)
        began = time.perf_counter()
        repository = TinyDBRepository(database)
        opened = time.perf_counter() - began
        ways: dict[str, Callable[[str], int]] = {
            "first 50, sent-tui": lambda text: len(repository.page(containing(text), limit=SCREENFUL).rows),
            "first 50, SQLite FTS5": peer.first,
            "all counts, sent-tui": lambda text: len(repository.count(containing(text)).by_filter),
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
        print(f"\n{size:,} contacts (opened in {opened:.2f} s)   median       p99       max    keys   ms per key")
        for name, clock in (*clocks.items(), ("all, fzf process", process)):
            print(f"{name:<36}{clock.line()}")
        if disagreeing:
            print(
                f"not as many rows as SQLite finds (ours takes groups of digits apart as well): {_listed(disagreeing)}"
            )
        peer.close()
        repository.close()


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(sorted(set(texts)))


def fill(database: Path, peer: Peer, lines: Path, size: int) -> tuple[str, ...]:
    """Put contacts into each; return what is searched for."""
    stream = contacts(size, SEED)
    repository = TinyDBRepository(database)
    typed: tuple[str, ...] = ()
    with lines.open("w", encoding="utf-8") as file:
        while chunk := list(islice(stream, CHUNK)):
            typed = typed or searches(next(person for person in chunk if person.region_code == "US"))
            repository.add(chunk)
            texts = [haystack(person).replace("\n", " ") for person in chunk]
            peer.add(texts)
            file.writelines(f"{text}\n" for text in texts)
    repository.close()
    return typed


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes", type=lambda text: [int(size) for size in text.split(",")], default=[100_000, 1_000_000]
    )
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    for size in wanted.sizes:
        measured(size, wanted.runs)


if __name__ == "__main__":
    main()
