"""Looking after the file of a database: check, repair, compact, backup, restore, and TinyDB's own format.

Whatever is replaced is replaced as a whole, and what was there before is kept beside it. Every function raises
DatabaseError, or LockedError while somebody else writes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count, islice
from pathlib import Path
from typing import Any, NoReturn

from msgspec import Struct, field
from msgspec.structs import replace

from sent_tui.errors import DatabaseError, NotFoundError, UsageError
from sent_tui.store.files import replace_with
from sent_tui.store.index_file import index_path, read_index
from sent_tui.store.journal_file import new_generation
from sent_tui.store.journal_format import (
    LAST_ID,
    Damage,
    Document,
    closed,
    header_line,
    put_line,
    read_header,
    remove_line,
    table_line,
)
from sent_tui.store.journal_reader import JournalReader, Witness
from sent_tui.store.journal_records import SPECS, JournalRecords
from sent_tui.store.lock import Hold, WriterLock
from sent_tui.store.odd import lines_of, taken_out
from sent_tui.store.salvage import salvaged
from sent_tui.store.settling import settle
from sent_tui.store.trouble import damaged, not_read, not_written

_TIMEOUT = 5.0
_LINES = 10_000
"""Lines in a batch of a file that is written as a whole."""


class Spot(Struct, frozen=True):
    """A place in a file that cannot be read, or does not count."""

    offset: int
    length: int
    reason: str


class CheckReport(Struct, frozen=True):
    """What a check found."""

    path: Path
    size: int
    tables: Mapping[str, int] = field(default_factory=dict)
    """How many documents there are."""
    damages: tuple[Spot, ...] = ()
    unfinished: Spot | None = None
    """The rest of a write that was cut short. It was never acknowledged and does not count."""
    problems: tuple[str, ...] = ()
    """Records that are whole and cannot be what they should be."""
    index: str = ""
    """`whole`, `missing`, `behind` or `altered`."""

    @property
    def is_sound(self) -> bool:
        """Whether everything can be read."""
        return not (self.damages or self.problems)


class Replaced(Struct, frozen=True):
    """A file that was written anew."""

    before: int
    """Bytes."""
    after: int
    kept: Path | None
    """Where the file lies that was there before; None when there was none."""
    tables: Mapping[str, int]
    doubtful: int = 0
    """Documents that stood in damaged batches and were kept unverified."""
    problems: tuple[str, ...] = ()
    """Records that are whole, cannot be what they should be, and were put aside."""
    set_aside: Path | None = None
    """Where these are; None where there are none."""


def check(path: Path) -> CheckReport:
    """Look at every byte of a database; changes nothing."""
    path = _real(path)
    with _worded(path):
        size = path.stat().st_size
        witness = Witness.parse(_lock(path).note())
        try:
            scan = JournalReader(path, SPECS, witness, use_index=False)
            scan.follow(witness)
        except ValueError as error:
            return CheckReport(path, size, damages=(Spot(0, size, str(error)),), index="")
        problems = JournalRecords(scan).problems
        unfinished = scan.unfinished
        return CheckReport(
            path,
            size,
            tables={name: len(table) for name, table in scan.index.tables.items()},
            damages=tuple(_spot(found) for found in scan.damages),
            unfinished=_spot(unfinished) if unfinished else None,
            problems=tuple(problems),
            index=_index_state(path, scan),
        )


def _spot(found: Damage) -> Spot:
    return Spot(found.start, found.end - found.start, found.reason)


def _index_state(path: Path, scan: JournalReader) -> str:
    if not index_path(path).exists():
        return "missing"
    found = read_index(index_path(path))
    if found is None or not found.is_whole():
        return "altered"
    end = found.facts.get("end")
    return "whole" if found.facts.get("generation") == scan.header.generation and end == scan.end else "behind"


def compact(path: Path) -> Replaced:
    """Write the documents anew without what was replaced since; the file that was there becomes the backup."""
    path = _real(path)
    with _worded(path), _written_alone(path) as hold:
        reader = _sound(path)
        source = f"{reader.header.generation}-{reader.end}"
        backup = backup_path(path)
        return _replace(path, _lines_of(reader), hold, kept=backup, source=source, tables=_counts(reader))


def backup_path(path: Path) -> Path:
    """Return where the last good file is kept when another one takes its place."""
    return path.with_name(f"{path.name}.bak")


def backup(path: Path, target: Path, *, overwrite: bool = False) -> int:
    """Copy everything that was acknowledged to another file, and return its size; others may write meanwhile."""
    path, target = _real(path), _real(target)
    _require_free(path, target, overwrite=overwrite)
    with _worded(path):
        reader = _sound(path)
        with _written(target):
            replace_with(target, reader.file.pieces(reader.end))
        return reader.end


def restore(path: Path, source: Path | None = None) -> Replaced:
    """Put a backup in the place of a database; without `source`, the one that was kept last."""
    path = _real(path)
    wanted = source or backup_path(path)
    if not wanted.exists():
        raise NotFoundError("There is no backup", f"{wanted} does not exist.", "Name a file that `db backup` made.")
    with _worded(path), _written_alone(path) as hold:
        with _worded(wanted):
            reader = _sound(wanted)
        kept = _free_name(path, "before-restore")
        return _replace(path, _lines_of(reader), hold, kept=kept, tables=_counts(reader))


def repair(path: Path) -> Replaced:
    """Write what can be read into a new file, which can be written again; the damaged one is kept beside it.

    Records that are whole and cannot be what they should be are put into a file of their own.
    """
    path = _real(path)
    with _worded(path), _written_alone(path) as hold:
        try:
            found = salvaged(path, SPECS)
        except ValueError as error:
            raise damaged(path, str(error)) from error
        odd = taken_out(found.tables)
        aside = _free_name(path, "set-aside") if odd else None
        if aside is not None:
            # Before the file that they stand in is exchanged.
            replace_with(aside, lines_of(odd))
        counts = {name: len(documents) for name, documents in found.tables.items()}
        kept = _free_name(path, "damaged")
        done = _replace(path, _lines(found.tables), hold, kept=kept, tables=counts, doubtful=found.doubtful)
    return replace(done, problems=tuple(record.words for record in odd), set_aside=aside)


def export_plain(path: Path, target: Path, *, overwrite: bool = False) -> Mapping[str, int]:
    """Write all documents into a plain TinyDB file, and return how many there are in each table."""
    path, target = _real(path), _real(target)
    _require_free(path, target, overwrite=overwrite)
    with _worded(path):
        reader = _sound(path)
        with _written(target):
            replace_with(target, _plain(reader))
        return _counts(reader)


def _plain(reader: JournalReader) -> Iterator[bytes]:
    between = b"{"
    for name in reader.index.tables:
        yield between + json.dumps(name).encode() + b": {"
        between = b"}, "
        comma = b""
        for doc_id, document in reader.documents(name):
            yield comma + b'"%d": ' % doc_id + json.dumps(document).encode()
            comma = b", "
    yield b"}}" if reader.index.tables else b"{}"


def import_plain(path: Path, source: Path) -> Mapping[str, int]:
    """Make a database of a plain TinyDB file, and return how many documents there are in each table.

    Raises UsageError where there is a database with documents already.
    """
    path = _real(path)
    with _worded(source):
        tables = _plain_tables(source.read_bytes(), source)
    with _worded(path), _written_alone(path) as hold:
        if path.exists() and any(_counts(_sound(path)).values()):
            raise UsageError("There is a database already", f"{path} holds documents.", "Name another file with --db.")
        counts = {name: len(documents) for name, documents in tables.items()}
        _replace(path, _lines(tables), hold, kept=None, tables=counts)
    return counts


def _plain_tables(data: bytes, source: Path) -> dict[str, dict[int, Document]]:
    try:
        found: Any = json.loads(data, parse_constant=_refuse)
        if isinstance(found, dict) and isinstance(found.get("schema"), int) and isinstance(found.get("tables"), dict):
            found = found["tables"]  # as sent-tui itself wrote it before it kept a journal
        return {
            str(name): {_number(number): dict(document) for number, document in documents.items()}
            for name, documents in found.items()
            if name != "meta"
        }
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(source, f"it is no TinyDB file ({type(error).__name__})") from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= LAST_ID):
        raise ValueError("no number of a document")
    return int(text)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _replace(
    path: Path,
    lines: Iterable[bytes],
    hold: Hold,
    *,
    kept: Path | None,
    tables: Mapping[str, int],
    source: str = "",
    doubtful: int = 0,
) -> Replaced:
    is_there = path.exists()
    before = path.stat().st_size if is_there else 0
    generation = new_generation()
    noted = hold.note()
    # Noted first: whoever opens the new file must not take the note of the old one for its own.
    hold.write_note(str(Witness(generation, 0)))
    try:
        replace_with(path, _journal(lines, generation, source), backup=kept)
    except BaseException:
        hold.write_note(noted)
        raise
    after = path.stat().st_size
    hold.write_note(str(Witness(generation, after)))
    return Replaced(before, after, kept if is_there else None, tables, doubtful)


def _journal(lines: Iterable[bytes], generation: str, source: str) -> Iterator[bytes]:
    header = header_line(generation, source=source)
    yield header
    crc, rest = read_header(header).crc, iter(lines)
    while batch := list(islice(rest, _LINES)):
        data, crc = closed(batch, crc)
        yield data


def _lines(tables: Mapping[str, Mapping[int, Document]]) -> Iterator[bytes]:
    for name, documents in tables.items():
        if not documents:
            yield table_line(name)
        for doc_id, document in sorted(documents.items()):
            yield put_line(name, doc_id, document)


def _lines_of(reader: JournalReader) -> Iterator[bytes]:
    for table in reader.index.tables.values():
        if not len(table):
            yield table_line(table.name)
        for doc_id in table.doc_ids():
            location = table.location(doc_id)
            if location is not None:
                yield reader.line(location) + b"\n"
        if table.last_id and table.location(table.last_id) is None:
            # So that no later document gets the number of one that is gone.
            yield remove_line(table.name, table.last_id)


def _sound(path: Path) -> JournalReader:
    """Return a database of which every byte was looked at; raises DamagedError."""
    witness = Witness.parse(_lock(path).note())
    try:
        reader = JournalReader(path, SPECS, witness, use_index=False)
        reader.follow(witness)
    except ValueError as error:
        raise damaged(path, str(error)) from error
    if reader.damages:
        first = reader.damages[0]
        raise damaged(path, f"byte {first.start}: {first.reason}")
    return reader


def _counts(reader: JournalReader) -> dict[str, int]:
    return {name: len(table) for name, table in reader.index.tables.items()}


def _real(path: Path) -> Path:
    """Return a file without links, as all who write it know it."""
    return Path(os.path.realpath(path))


def _require_free(path: Path, target: Path, *, overwrite: bool) -> None:
    if target in {path, index_path(path), lock_path(path)}:
        raise UsageError("That is the database itself", f"{target} is in use.", "Choose another name.")
    if not overwrite and target.exists():
        raise UsageError("There is a file already", f"{target} exists.", "Choose another name, or add --force.")


def _free_name(path: Path, word: str) -> Path:
    names = (path.with_name(f"{path.name}.{word}-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


def lock_path(path: Path) -> Path:
    """Return where the file lies that stands for the lock of those who write."""
    return path.with_name(f"{path.name}.lock")


def _lock(path: Path) -> WriterLock:
    return WriterLock(lock_path(path))


@contextmanager
def _written_alone(path: Path) -> Iterator[Hold]:
    """Lock writers out while a file is exchanged, and make its index file when they may write again."""
    try:
        hold = _lock(path).take(_TIMEOUT)
    except OSError as error:
        raise not_written(path, error) from error
    with hold:
        yield hold
    with suppress(OSError, ValueError, DatabaseError):
        settle(path, SPECS, JournalRecords)


@contextmanager
def _written(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise not_written(target, error) from error


@contextmanager
def _worded(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise NotFoundError("There is no database", f"{path} does not exist.", "Choose a file with --db.") from None
    except OSError as error:
        is_refused = getattr(error, "filename", None) is None
        raise (not_written if is_refused else not_read)(path, error) from error
