"""The journal of a path, whichever file has that name at the moment: followed as it grows and as it is exchanged."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sent_tui.store.group_commit import GroupCommit
from sent_tui.store.journal_format import SCHEMA, Record
from sent_tui.store.journal_reader import JournalReader, Witness
from sent_tui.store.lock import Hold, WriterLock
from sent_tui.store.table_index import TableSpec
from sent_tui.store.trouble import damaged, gone, not_read, not_written

_TRIES = 3
Prepare = Callable[[JournalReader], bool]
"""Given a journal that is open and not followed yet; returns whether it made another index file of it."""


class JournalFollower:
    """What a journal holds, and what changed in it, by whomever.

    `specs` says by what the documents of a table are found beside their numbers; with `keeps_news`, changes are kept
    until `news()` is called. Raises DamagedError or DatabaseError.
    """

    def __init__(self, path: Path, specs: Mapping[str, TableSpec], lock: WriterLock, *, keeps_news: bool) -> None:
        self.path = path
        self._specs = specs
        self._lock = lock
        self._keeps_news = keeps_news
        self._news: list[Record] = []
        self._guard = threading.RLock()
        """Held while changes are taken in, so that nothing is taken in twice."""
        self.reader: JournalReader | None = None
        """The journal as it is read; None while there is none."""
        self.group: GroupCommit | None = None
        """What of it is on the disk."""
        self.version = 0
        """Grows with each change."""

    def open(self, prepare: Prepare | None = None) -> None:
        """Open the journal, if there is one, and follow it to its end."""
        self._take(self._load(prepare=prepare))

    def refresh(self) -> None:
        """Take in what others wrote."""
        with self._guard:
            self._follow()

    def reopen(self) -> None:
        """Go on with a newer index file; nobody may write meanwhile."""
        with self._guard:
            self._follow()
            try:
                if self.group is not None and self.reader is not None:
                    self.group.wait(self.reader.end)
            except OSError:
                return  # who waits for it is told, and takes it back
            self._take(self._load())

    def news(self) -> list[Record]:
        """Return what changed since the last call."""
        with self._guard:
            new, self._news = self._news, []
        return new

    def append(self, data: bytes, changes: Sequence[Record], end: int, crc: int) -> None:
        """Add a batch to the file and take it in; `end` is where it ends, `crc` what the next one begins with."""
        reader, group = self.reader, self.group
        if reader is None or group is None:
            raise gone(self.path)
        with self._guard:
            # Whatever has to be read is read before anything is written.
            done = reader.completed(changes) if self._keeps_news else changes
            try:
                if group.failure is not None:
                    raise group.failure
                reader.file.append(data, reader.end if reader.unfinished is None else reader.unfinished.end)
            except OSError as error:
                raise not_written(self.path, error) from error
            reader.add(changes, end, crc)
            self._note(done)
            self.version += 1
            group.added(end)

    def acknowledge(self, hold: Hold) -> None:
        """Note how far the journal is on the disk; threads that waited for it together may come in any order."""
        with self._guard:
            if self.reader is not None and self.group is not None:
                hold.write_note(str(Witness(self.reader.header.generation, self.group.durable)))

    def mend(self) -> None:
        """Take back what the disk did not take; it was acknowledged to nobody. Nobody may write meanwhile."""
        with self._guard:
            group, reader = self.group, self.reader
            if group is None or reader is None or group.failure is None:
                return
            new = self._load(until=group.durable)
            if new is not None:
                self._note(reader.unlike(new))
                reader.file.cut(group.durable)
                self._take(new)
                self._follow()

    def _load(self, until: int | None = None, prepare: Prepare | None = None) -> JournalReader | None:
        try:
            reader, witness = self._opened()
            if prepare is not None and prepare(reader):
                reader, witness = self._opened()
            reader.follow(witness, until=until)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise not_read(self.path, error) from error
        except ValueError as error:
            raise damaged(self.path, str(error)) from error
        return reader

    def _opened(self) -> tuple[JournalReader, Witness | None]:
        """Open the journal, with the note that is about it: both may be exchanged meanwhile."""
        for _ in range(_TRIES):
            witness = Witness.parse(self._lock.note())
            reader = JournalReader(self.path, self._specs, witness)
            if witness is None or witness.generation == reader.header.generation:
                break
        return reader, witness

    def _take(self, reader: JournalReader | None) -> None:
        if reader is not None:
            self.group = GroupCommit(reader.file, reader.end)
            self.reader = reader
            self.version += 1

    def _follow(self) -> None:
        reader = self.reader
        try:
            if reader is not None and reader.file.rests_at(reader.end, reader.crc):
                reader.unfinished = None
            elif reader is None or not self._goes_on(reader):
                self._exchange(reader)
            elif reader.file.has_more(reader.end):
                self._follow_on(reader, Witness.parse(self._lock.note()))
                if self.group is not None:
                    self.group.settled(reader.end)
            else:
                reader.unfinished = None
        except FileNotFoundError:
            if reader is not None:
                raise gone(self.path) from None
        except OSError as error:
            raise not_read(self.path, error) from error

    def _goes_on(self, reader: JournalReader) -> bool:
        """Return whether what was read is still the beginning of the file."""
        file = reader.file
        return file.is_in_place() and file.size() >= reader.end and file.is_itself()

    def _exchange(self, reader: JournalReader | None) -> None:
        """Go on with another file that has taken the name of the one that was read."""
        if reader is not None and reader.file.has_more(reader.end) and reader.file.is_itself():
            self._follow_on(reader, None)
        new = self._load()
        if new is None:
            if reader is not None:
                raise gone(self.path)
            return
        if reader is None:
            self._note(_all_of(new))
        elif new.damages or new.header.source != f"{reader.header.generation}-{reader.end}":
            self._note(reader.unlike(new))
        self._take(new)

    def _follow_on(self, reader: JournalReader, witness: Witness | None) -> None:
        """Take in what others added."""
        before = reader.end
        if self._keeps_news:
            self._news += reader.news(witness)
        else:
            reader.follow(witness)
        if reader.end != before:
            self.version += 1

    def _note(self, records: Iterable[Record]) -> None:
        if self._keeps_news:
            self._news += records


def _all_of(reader: JournalReader) -> Iterator[Record]:
    for name, table in reader.index.tables.items():
        for doc_id in table.doc_ids():
            location = table.location(doc_id)
            if location is not None:
                yield Record(name, doc_id, reader.document_at(location), location)


def obstacle(path: Path, reader: JournalReader | None, *, asked_read_only: bool) -> str:
    """Return why a journal cannot be written, in words; empty when it can."""
    if reason := flaw(reader):
        return reason
    if asked_read_only:
        is_there = reader is not None or path.exists()
        return "It was opened for reading only." if is_there else "There is no database yet, and none is made."
    folder = path.parent
    if os.access(folder, os.W_OK | os.X_OK) and (os.access(path, os.W_OK) or not path.exists()):
        return ""
    with suppress(OSError):
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            return "It lies on a file system that can only be read."
    return "You have no permission to write it, or it is protected against changes."


def flaw(reader: JournalReader | None) -> str:
    """Return why nothing may be added to what a journal holds, in words; empty when it may."""
    if reader is None:
        return ""
    if reader.header.schema > SCHEMA:
        version = reader.header.schema
        return f"It was written by a newer sent-tui (schema {version}; this one knows {SCHEMA}): update first."
    if reader.damages:
        first = reader.damages[0]
        return f"It is damaged at byte {first.start}: {first.reason}. Run `sent-tui db repair`."
    return ""
