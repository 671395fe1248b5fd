"""A journal as it is read: what it holds, what was added to it since, and what of it cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from sent_tui.store.index_file import IndexFile, index_path, read_index
from sent_tui.store.journal_file import JournalFile
from sent_tui.store.journal_format import NOWHERE, Batch, Damage, Document, Location, Record, document_in
from sent_tui.store.record_index import RecordIndex
from sent_tui.store.refusals import DamagedError
from sent_tui.store.table_index import TableIndex, TableSpec
from sent_tui.store.trouble import damaged, not_read

_REMEMBERED = 4_096
"""So many parsed documents are kept at most."""
_TRIES = 3
_VERIFIED_AT_ONCE = 4_000_000
"""Journals up to so many bytes are verified when they are opened; of others, each document when it is read."""
R = TypeVar("R")


class Witness(Struct, frozen=True):
    """How far a journal was acknowledged, as noted in the lock file."""

    generation: str
    end: int

    @classmethod
    def parse(cls, text: str) -> Witness | None:
        """Return the witness of a note; None when it is none."""
        parts = text.split()
        try:
            generation, end = parts
            return cls(generation, int(end))
        except ValueError:
            return None

    def __str__(self) -> str:
        """Return the note."""
        return f"{self.generation} {self.end}"


class JournalReader:
    """One journal, followed to its end.

    `witness` is how far it was acknowledged: what does not hold before that place is damage, what stands behind it
    and is no whole batch was never finished. Without `use_index`, every byte is read. Raises OSError, and ValueError
    for a file that is no journal.
    """

    def __init__(
        self, path: Path, specs: Mapping[str, TableSpec], witness: Witness | None, *, use_index: bool = True
    ) -> None:
        self.path = path
        self.file = JournalFile(path)
        self.header = self.file.header
        self.damages: list[Damage] = []
        self._remembered: dict[tuple[int, object], Any] = {}
        self.unfinished: Damage | None = None
        """What stands at the end and is no whole batch."""
        self.settled = self._settled(read_index(index_path(path)), specs) if use_index else None
        """The index file that the index is based on."""
        facts = self.settled.facts if self.settled else {}
        self.index = RecordIndex(specs, self.settled.sections if self.settled else None, facts.get("last_ids"))
        self.end = int(facts.get("end", self.header.length))
        self.crc = int(facts.get("crc", self.header.crc))
        self.live_bytes = int(facts.get("live_bytes", 0))
        """How long all documents are together as of the index file."""
        self._check_length(witness)

    def _settled(self, found: IndexFile | None, specs: Mapping[str, TableSpec]) -> IndexFile | None:
        """Return an index file if it belongs to this journal, and was made by these keys."""
        if found is None or found.facts.get("generation") != self.header.generation:
            return None
        keys = found.facts.get("keys", {})
        if any(name in keys and keys[name] != list(spec.keys) for name, spec in specs.items()):
            return None
        end, crc = found.facts.get("end"), found.facts.get("crc")
        if not isinstance(end, int) or not isinstance(crc, int) or end > self.file.size():
            return None
        fits = self.file.ends_with(end, crc) and (end > _VERIFIED_AT_ONCE or self._is_whole(end))
        return found if fits else None

    def _is_whole(self, end: int) -> bool:
        """Return whether every batch up to a place is as it was written."""
        for found in self.file.tail(self.header.length, self.header.crc):
            if found.end > end:
                break
            if isinstance(found, Damage):
                return False
        return True

    def _check_length(self, witness: Witness | None) -> None:
        size = self.file.size()
        if witness is not None and witness.generation == self.header.generation and witness.end > size:
            reason = f"{witness.end - size} bytes that stood here are gone"
            self.damages.append(Damage(size, size, reason))

    @property
    def reader(self) -> JournalReader:
        """Itself: a reader may stand where a storage does."""
        return self

    @property
    def unsettled_bytes(self) -> int:
        """How much stands behind the place up to which the journal was followed; before that, up to its index file."""
        return self.file.size() - self.end if self.file.has_more(self.end) else 0

    def follow(self, witness: Witness | None, *, until: int | None = None) -> None:
        """Take in what was added, but nothing that stands behind `until`."""
        for batch, records in self._batches(witness, until):
            self.add(records, batch.end, batch.crc)

    def news(self, witness: Witness | None, limit: int | None = None) -> list[Record]:
        """Take in what was added, and return it with what it takes out: not much more than `limit` changes."""
        new: list[Record] = []
        for batch, records in self._batches(witness):
            new += self.completed(records)
            self.add(records, batch.end, batch.crc)
            if limit is not None and len(new) >= limit:
                break
        return new

    def _batches(self, witness: Witness | None, until: int | None = None) -> Iterator[tuple[Batch, list[Record]]]:
        """Go through the batches that were added, for the caller to take in; note what is none."""
        self.unfinished = None
        for found in self._added():
            if until is not None and found.end > until:
                return
            if isinstance(found, Batch):
                yield found, self._records(found)
            elif found.is_tail and not self._was_acknowledged(found, witness):
                self.unfinished = found
            else:
                self._note_damage(found)
                self.end = max(self.end, found.end)

    def _records(self, batch: Batch) -> list[Record]:
        try:
            return list(batch.records())
        except ValueError as error:
            self._note_damage(Damage(batch.start, batch.end, str(error)))
            return []

    def _added(self) -> Iterator[Batch | Damage]:
        """Go through what was added.

        Whoever looks while somebody writes may see the end of a batch before its middle: what looks like damage is
        looked at again.
        """
        tries = 0
        while self.file.has_more(self.end):
            for found in self.file.tail(self.end, self.crc):
                if isinstance(found, Damage) and tries < _TRIES:
                    tries += 1
                    break
                yield found
            else:
                return

    def completed(self, records: Sequence[Record]) -> list[Record]:
        """Return the changes of a batch with what they will take out; raises DatabaseError for a failing disk."""
        done: list[Record] = []
        for record in records:
            table = self.index.find(record.table)
            if table is not None and record.doc_id is not None and record.doc_id > table.last_id:
                done.append(record)
                continue
            if record.is_drop and table is not None:
                done += [
                    Record(record.table, doc_id, None, NOWHERE, removed=self._last_known(table, doc_id))
                    for doc_id in table.doc_ids()
                ]
            goes = (
                table is not None and record.doc_id is not None and not table.keeps_keys(record.doc_id, record.document)
            )
            removed = self._last_known(table, record.doc_id) if goes and table and record.doc_id is not None else None
            done.append(record if removed is None else record._replace(removed=removed))
        return done

    def _last_known(self, table: TableIndex, doc_id: int) -> Document | None:
        """Return a document that goes; only its keys where it cannot be read any more, as far as they are known."""
        location = table.location(doc_id)
        if location is None:
            return None
        try:
            return self.document_at(location)
        except DamagedError:
            return dict(table.keys_of(doc_id))

    def add(self, records: Sequence[Record], end: int, crc: int) -> None:
        """Take in a batch that was added here."""
        self.index.apply_all(records)
        self.end, self.crc, self.unfinished = end, crc, None

    def _was_acknowledged(self, found: Damage, witness: Witness | None) -> bool:
        """Return whether bytes at the end were a batch once; that is assumed where no witness says otherwise."""
        return witness is None or witness.generation != self.header.generation or witness.end > found.start

    def _note_damage(self, found: Damage) -> None:
        if found not in self.damages:
            self.damages.append(found)

    def line(self, location: Location) -> bytes:
        """Return the line of a document; raises DamagedError when it was altered, DatabaseError for a failing disk."""
        try:
            line = self.file.read(location)
        except OSError as error:
            raise not_read(self.path, error) from error
        if line is None:
            raise damaged(self.path, f"the document at byte {location.offset} was altered")
        return line

    def document_at(self, location: Location) -> Document:
        """Return the document of a place; raises DamagedError."""
        return document_in(self.line(location))

    def parsed(self, location: Location, read: Callable[[Mapping[str, Any]], R]) -> R:
        """Return what `read` makes of the document of a place; some of it is remembered. Raises DamagedError."""
        key = location.offset, read
        found: R | None = self._remembered.get(key)
        if found is None:
            found = read(self.document_at(location))
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = found
        return found

    def document(self, table: str, doc_id: int) -> Document | None:
        """Return a document by its number; None when there is none. Raises DamagedError."""
        found = self.index.find(table)
        location = None if found is None else found.location(doc_id)
        return None if location is None else self.document_at(location)

    def documents(self, table: str) -> Iterator[tuple[int, Document]]:
        """Go through all documents of a table by their numbers; raises DamagedError."""
        found = self.index.find(table)
        for doc_id in () if found is None else found.doc_ids():
            document = self.document(table, doc_id)
            if document is not None:
                yield doc_id, document

    def unlike(self, other: JournalReader) -> Iterator[Record]:
        """Go through the changes that make what another journal holds of what this one holds."""
        for name in {*self.index.tables, *other.index.tables}:
            mine, theirs = self.index.find(name), other.index.find(name)
            if theirs is None:
                yield Record(name, None, None, NOWHERE, is_drop=True)
            ids = {doc_id for table in (mine, theirs) if table is not None for doc_id in table.doc_ids()}
            for doc_id in sorted(ids):
                here = None if mine is None else mine.location(doc_id)
                there = None if theirs is None else theirs.location(doc_id)
                if there is None:
                    removed = None if mine is None else self._last_known(mine, doc_id)
                    yield Record(name, doc_id, None, NOWHERE, removed=removed)
                elif here is None or self.file.read(here) != other.line(there):
                    removed = None if mine is None else self._last_known(mine, doc_id)
                    yield Record(name, doc_id, other.document_at(there), there, removed=removed)
