"""What a write and a look cost, beside SQLite and TinyDB's own JSONStorage, in the same run.

`python benchmarks/storage.py [--sizes 1000,100000,1000000] [--runs N] [--keep DIR]` prints medians in milliseconds,
and how they compare with SQLite. Every write is acknowledged when it returns: fsync for all of them; SQLite in WAL
mode with synchronous=FULL. The engines take turns. JSONStorage writes everything anew each time and is left out above
100,000.

SQLite has the lighter part: it puts a text in place of another one, where a TinyDB reads a document and sets its
fields; and it is asked for nothing but the number, where the repository also keeps its search index up to date, and
looks whether the number of a contact is taken.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from msgspec.structs import replace
from tinydb import TinyDB

from databases import database, keep_option, kept, once, people, sizes
from sent_tui.core.contact import Contact
from sent_tui.store.documents import contact_document
from sent_tui.store.tinydb import TinyDBRepository

BATCH = 10_000
CHUNK = 50_000
PATIENCE = 20.0
"""Seconds that one operation of one engine may take in all, once it was measured three times."""
LEAST = 3
JSON_LIMIT = 100_000
OPEN, INSERT, UPDATE, DELETE, OPEN_LATER, INSERT_MANY = OPERATIONS = (
    *("open, get one", "insert one", "update one", "delete one", "the same, later", f"insert {BATCH:,}"),
)
"""In this order; it is opened later when the writes of one record have been done."""
OFTEN = 20
"""A write of one record is done so many times as often as the rest."""
REPOSITORY = "whole repository"

Document = dict[str, Any]

_LEAST_MISSED = ("notes", "tags", "format_rfc", "last_message_at", "phone_number", "created_at", "format_national")
"""Fields that are left out of a document that is too long."""


class Engine(Protocol):
    """A store of records by key."""

    def insert(self, records: Sequence[Any]) -> Sequence[Any]:
        """Put records in, all at once; return their keys."""

    def update(self, key: Any, record: Any) -> None:  # noqa: ANN401 - the engine's own
        """Put what is in another record in place of what is there."""

    def delete(self, key: Any) -> None:  # noqa: ANN401 - the engine's own
        """Take a record out."""

    def get(self, key: Any) -> object:  # noqa: ANN401 - the engine's own
        """Return a record; nothing where there is none."""

    def close(self) -> None:
        """Let go of the files."""


class SQLite:
    """SQLite as it is when nothing may be lost."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "sqlite.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE IF NOT EXISTS documents (id INTEGER PRIMARY KEY, doc TEXT)")

    def insert(self, documents: Sequence[Document]) -> Sequence[int]:
        """Put documents in, in one transaction."""
        self._database.execute("BEGIN")
        numbers = [
            self._database.execute("INSERT INTO documents (doc) VALUES (?)", (_text(document),)).lastrowid or 0
            for document in documents
        ]
        self._database.execute("COMMIT")
        return numbers

    def update(self, number: int, document: Document) -> None:
        """Put another document in place of one."""
        self._database.execute("UPDATE documents SET doc = ? WHERE id = ?", (_text(document), number))

    def delete(self, number: int) -> None:
        """Take a document out."""
        self._database.execute("DELETE FROM documents WHERE id = ?", (number,))

    def get(self, number: int) -> Document:
        """Return a document."""
        (text,) = self._database.execute("SELECT doc FROM documents WHERE id = ?", (number,)).fetchone()
        found: Document = json.loads(text)
        return found

    def close(self) -> None:
        """Let go of the files."""
        self._database.close()


def _text(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


class OnTinyDB:
    """A TinyDB, whatever is under it."""

    def __init__(self, database: TinyDB) -> None:
        self._database = database
        self._table = database.table("contacts")

    def insert(self, documents: Sequence[Document]) -> Sequence[int]:
        """Put documents in, all at once."""
        if len(documents) == 1:
            return [self._table.insert(documents[0])]
        return self._table.insert_multiple(documents)

    def update(self, number: int, document: Document) -> None:
        """Set every field of a document."""
        self._table.update(document, doc_ids=[number])

    def delete(self, number: int) -> None:
        """Take a document out."""
        self._table.remove(doc_ids=[number])

    def get(self, number: int) -> Document:
        """Return a document."""
        found = self._table.get(doc_id=number)
        return found if isinstance(found, dict) else {}

    def close(self) -> None:
        """Let go of the files."""
        self._database.close()


class WholeRepository:
    """The repository as the app has it: its search index is kept up to date with each write."""

    def __init__(self, folder: Path) -> None:
        self._repository = TinyDBRepository(folder / "contacts.db")

    def insert(self, records: Sequence[Contact]) -> Sequence[str]:
        """Add contacts, all at once."""
        self._repository.add(records)
        return [contact.id for contact in records]

    def update(self, key: str, record: Contact) -> None:
        """Give a contact another name and other notes."""
        self._repository.update(key, lambda known: replace(known, name=record.name, notes=f"{record.notes} (again)"))

    def delete(self, key: str) -> None:
        """Delete a contact."""
        self._repository.delete([key])

    def get(self, key: str) -> Contact:
        """Return a contact."""
        return self._repository.get(key)

    def close(self) -> None:
        """Let go of the files."""
        self._repository.close()


HAS_JOURNAL = importlib.util.find_spec("sent_tui.store.journal") is not None


def engines(size: int) -> dict[str, Callable[[Path], Engine]]:
    """Return the engines that can bear so many records."""
    found: dict[str, Callable[[Path], Engine]] = {"SQLite": SQLite}
    if HAS_JOURNAL:
        make = importlib.import_module("sent_tui.store.journal").JournalDB
        found["JournalDB"] = lambda folder: OnTinyDB(make(folder / "contacts.db"))
    if HAS_JOURNAL or size <= JSON_LIMIT:
        found[REPOSITORY] = WholeRepository
    if size <= JSON_LIMIT:
        found["JSONStorage"] = lambda folder: OnTinyDB(TinyDB(folder / "plain.json"))
    return found


def as_document(contact: Contact, length: int) -> Document:
    """Return a contact as a document of so many bytes, or a little less."""
    document = contact_document(contact)
    size = len(_text(document).encode())
    for name in _LEAST_MISSED:
        if size > length and name in document:
            size -= len(_text({name: document.pop(name)}).encode()) - 1
    if size < length:
        document["notes"] = f"{document.get('notes', '')}{'.' * (length - size)}"
    return document


def documents(stream: Iterator[Contact]) -> Iterator[Document]:
    """Yield contacts as documents of 600 to 800 bytes."""
    return (as_document(contact, 600 + at % 200) for at, contact in enumerate(stream))


class Case:
    """One engine, filled, and what each operation on it took."""

    def __init__(self, name: str, make: Callable[[Path], Engine], folder: Path, keys: Sequence[Any]) -> None:
        self.name = name
        self._make = make
        self._folder = folder
        self._new: Iterator[Any] = iter(())
        """Records that are not in it yet."""
        self.times: dict[str, list[float]] = {operation: [] for operation in OPERATIONS}
        self._engine = make(folder)
        self._keys = list(keys)

    def go_on_with(self, more: Sequence[Contact]) -> None:
        """Take the contacts that are written while it is measured."""
        self._new = iter(more) if self.name == REPOSITORY else documents(iter(more))

    def write_once(self, run: int) -> None:
        """Do each write of one record once."""
        new = list(islice(self._new, 2))
        middle = self._keys[(7919 * run) % len(self._keys)]
        self._timed(INSERT, lambda: self._keys.extend(self._engine.insert(new[:1])))
        self._timed(UPDATE, lambda: self._engine.update(middle, new[1]))
        if len(self._keys) > 1:
            last = self._keys.pop()
            self._timed(DELETE, lambda: self._engine.delete(last))

    def write_batch(self, run: int) -> None:
        """Insert many records at once."""
        many = list(islice(self._new, BATCH))
        self._timed(INSERT_MANY, lambda: self._engine.insert(many))

    def open(self, run: int, operation: str = OPEN) -> None:
        """Open the database and get one record."""
        key = self._keys[(7919 * run) % len(self._keys)]

        def opened() -> None:
            self._engine = self._make(self._folder)
            if not self._engine.get(key):
                raise LookupError(key)

        self.close()
        del self._engine  # what it takes to let go of it is no part of opening
        self._timed(operation, opened)

    def _timed(self, operation: str, do: Callable[[], object]) -> None:
        times = self.times[operation]
        began = time.perf_counter()
        do()
        times.append(time.perf_counter() - began)

    def is_tired(self, operation: str) -> bool:
        """Whether an operation took long enough to be known."""
        return len(self.times[operation]) >= LEAST and sum(self.times[operation]) > PATIENCE

    def close(self) -> None:
        """Let go of the files."""
        self._engine.close()


def fill(folder: Path, make: Callable[[Path], Engine], size: int) -> None:
    """Fill an engine with documents."""
    engine = make(folder)
    stream = documents(people(size))
    while chunk := list(islice(stream, CHUNK)):
        engine.insert(chunk)
    engine.close()


def cases(keep: Path, folder: Path, size: int, runs: int) -> Iterator[Case]:
    """Yield every engine with so many records: copies of what is made once."""
    ids: list[str] = []
    stream = people(10**9)
    ids.extend(contact.id for contact in islice(stream, size))
    more = list(islice(stream, 2 * OFTEN * runs + LEAST * BATCH))
    for name, make in engines(size).items():
        if name == REPOSITORY:
            filled = database(keep, size).parent
        else:
            filled = once(keep / f"{name.lower()}-{size}", lambda made, make=make: fill(made, make, size))  # type: ignore[misc]
        shutil.copytree(filled, folder / name)
        case = Case(name, make, folder / name, ids if name == REPOSITORY else range(1, size + 1))
        case.go_on_with(more)
        yield case


def measured(keep: Path, size: int, runs: int) -> list[Case]:
    """Let every engine take turns."""
    with tempfile.TemporaryDirectory(prefix="storage-", dir=keep) as folder:
        found = list(cases(keep, Path(folder), size, runs))
        # What was copied is on its way to the disk; no engine shall wait for that.
        os.sync()
        phases: tuple[tuple[str, int, Callable[[Case, int], None]], ...] = (
            (OPEN, runs, Case.open),
            (INSERT, OFTEN * runs, Case.write_once),
            (OPEN_LATER, runs, lambda case, turn: case.open(turn, OPEN_LATER)),
            (INSERT_MANY, min(runs, LEAST), Case.write_batch),
        )
        for operation, turns, measure in phases:
            for turn in range(turns):
                for case in found:
                    if not case.is_tired(operation):
                        measure(case, turn)
        for case in found:
            case.close()
    return found


def main() -> None:
    """Measure each size and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=sizes, default=[1000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=15)
    keep_option(parser)
    wanted = parser.parse_args()
    sample = [len(_text(document).encode()) for document in islice(documents(people(2000)), 2000)]
    print(f"documents of {statistics.mean(sample):.0f} bytes on average; medians of {wanted.runs} runs in ms; x SQLite")
    with kept(wanted.keep) as keep:
        for size in wanted.sizes:
            found = measured(keep, size, wanted.runs)
            print(f"\n{f'{size:,} contacts':<20}{''.join(f'{case.name:>24}' for case in found)}")
            for operation in OPERATIONS:
                medians = [statistics.median(case.times[operation]) * 1000 for case in found]
                cells = (f"{value:>12,.2f} {f'({value / medians[0]:.2f} x)':>11}" for value in medians)
                print(f"{operation:<20}{''.join(cells)}", flush=True)


if __name__ == "__main__":
    main()
