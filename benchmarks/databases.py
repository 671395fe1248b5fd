"""Databases of so many contacts for the benchmarks, made once where a folder is kept for them.

A million contacts take some minutes, so every benchmark that needs them has `--keep DIR`: what is missing in that
folder is made, and stays. Without it, databases are made in a folder that goes when the benchmark ends. A benchmark
that writes takes a copy.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from population import contacts
from sent_tui.core.contact import Contact
from sent_tui.store.tinydb import TinyDBRepository

SEED = 7
BATCH = 10_000
SETTLED_AFTER = 100_000
"""Changes after which the index file is made anew while a database is filled."""
FIRST_NAME = "Ada Okafor"
"""The name of the first contact that is made: it is in every database, however small."""


def people(count: int) -> Iterator[Contact]:
    """Yield contacts, the same each time."""
    stream = contacts(count, SEED)
    yield from (replace(first, name=FIRST_NAME) for first in islice(stream, 1))
    yield from stream


def database(folder: Path, count: int) -> Path:
    """Return the database of so many contacts, made if it is missing."""
    return once(folder / f"contacts-{count}", lambda made: fill(made / "contacts.db", count)) / "contacts.db"


def fill(path: Path, count: int) -> None:
    """Make a database of so many contacts as an import does: in batches."""
    repository = TinyDBRepository(path)
    stream = people(count)
    while batch := list(islice(stream, BATCH)):
        repository.add(batch)
        repository.maintain(after=SETTLED_AFTER)
    repository.close()


def tables(folder: Path, count: int) -> tuple[Path, Path]:
    """Return the contacts of a database as lines of text, and as CSV."""

    def make(made: Path) -> None:
        repository = TinyDBRepository(database(folder, count), read_only=True)
        with (made / "lines").open("w") as lines, (made / "contacts.csv").open("w", newline="") as table:
            writer = csv.writer(table)
            writer.writerow(("name", "number", "region", "whatsapp", "sms", "default", "last"))
            for row in repository.page().rows:
                lines.write(f"{row.name} {row.international} {row.region}\n")
                writer.writerow(
                    (row.name, row.international, row.region, row.whatsapp, row.sms, row.default, row.last_at)
                )
        repository.close()

    made = once(folder / f"files-{count}", make)
    return made / "lines", made / "contacts.csv"


def once(folder: Path, make: Callable[[Path], object]) -> Path:
    """Return a folder; `make` fills it, under another name until it is whole, when it is missing."""
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="being-made-") as place:
            made = Path(place) / folder.name
            made.mkdir()
            make(made)
            made.rename(folder)
    return folder


@contextmanager
def kept(wanted: Path | None) -> Iterator[Path]:
    """Give the folder in which the databases are kept, or one that goes when the block ends."""
    if wanted is not None:
        wanted.mkdir(parents=True, exist_ok=True)
        yield wanted
        return
    with tempfile.TemporaryDirectory(prefix="sent-tui-") as folder:
        yield Path(folder)


def sizes(text: str) -> list[int]:
    """Return numbers that were written with commas between them."""
    return [int(size.replace("_", "")) for size in text.split(",") if size]


def keep_option(parser: argparse.ArgumentParser) -> None:
    """Let the command line say where databases are kept."""
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make the databases here, once, and leave them")
