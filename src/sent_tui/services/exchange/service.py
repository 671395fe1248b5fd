"""Import and export: contacts brought in from files and taken out to them."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final, Generic, TypeVar

from sent_tui.core.contact import Contact
from sent_tui.core.marks import Marks
from sent_tui.core.message import Message
from sent_tui.core.search import EVERYONE, ContactQuery, ContactRow, having_fields
from sent_tui.core.text import display
from sent_tui.errors import DatabaseError, UsageError
from sent_tui.services.contacts import NO_UNDO, ContactService, Created, NewContact, Refusal, Undoing
from sent_tui.services.exchange.ahead import Ahead, pays
from sent_tui.services.exchange.exporting import field_names, write_contacts
from sent_tui.services.exchange.formats import Format, format_of
from sent_tui.services.exchange.importing import Import, IsCancelled, OnProgress, never
from sent_tui.services.exchange.messages import write_messages
from sent_tui.services.exchange.outcomes import Rehearsing, Storing
from sent_tui.services.exchange.preview import Preview, look_at
from sent_tui.services.exchange.reading import read_rows
from sent_tui.services.exchange.report import ImportReport, Progress
from sent_tui.services.exchange.supply import Supply
from sent_tui.services.exchange.writing import writing
from sent_tui.store.refusals import ContactNotFoundError
from sent_tui.store.repository import Repository

BATCH: Final = 2_000
"""Rows in one write; after each, progress is told."""
NAME: Final = 60
"""Characters by which a file is named among what can be undone."""
Record = TypeVar("Record")
WRITTEN: Final = 500
"""Records written to a file before progress is told."""


class ExchangeService:
    """What can be done with files of contacts. Its calls block, and are made off the event loop."""

    def __init__(self, contacts: ContactService, repository: Repository) -> None:
        self._contacts = contacts
        self._repository = repository

    def import_file(
        self,
        path: Path,
        *,
        region: str | None = None,
        mapping: Mapping[str, str] | None = None,
        detect: bool = True,
        dry_run: bool = False,
        on_progress: OnProgress | None = None,
        is_cancelled: IsCancelled = never,
        batch: int = BATCH,
        processes: int | None = None,
        undoing: Undoing | None = None,
    ) -> ImportReport:
        """Make contacts of the rows of a file: CSV, vCard or JSON Lines, by its content.

        Rows that cannot be used are reported and stop nothing. A number that is stored already keeps what is stored;
        empty fields are filled and tags added. A contact that the file calls opted out is opted out; none is opted
        in. All of it is one change that can be undone, by `undoing` where that is given. With `dry_run` nothing is
        stored, and the report says what would be. With two `processes`, one of them reads
        ahead; unless it is said, that is so for a large file where there is more than one processor. Raises
        UsageError, NotFoundError or SentTuiError for a file that cannot be read, DatabaseError for a write that failed.
        """
        with read_rows(path, region=region, mapping=mapping) as reader:
            target = (
                Rehearsing(self._repository)
                if dry_run
                else Storing(self._contacts, self._repository, detect=detect, undoing=undoing or self.undoing(path))
            )
            ahead = None
            if pays(reader.total_bytes) if processes is None else processes > 1:
                ahead = Ahead(path, reader, batch, region, mapping)
            with ahead or nullcontext(), _few_collections():
                return Import(Supply(reader, batch, ahead), target).run(on_progress, is_cancelled)

    def undoing(self, path: Path) -> Undoing:
        """Return by what an import of a file is taken back, with the rows that are mended afterwards."""
        return Undoing.named(f"import of {display(path.name, NAME)}")

    def look_at(self, path: Path, *, region: str | None = None, mapping: Mapping[str, str] | None = None) -> Preview:
        """Return what a file is, its columns and its first rows, before anything is imported.

        Raises UsageError, NotFoundError or SentTuiError for a file that cannot be read.
        """
        return look_at(path, region=region, mapping=mapping)

    def import_row(self, entry: NewContact, undoing: Undoing = NO_UNDO) -> Created | Refusal:
        """Make a contact of one row, after a person mended it, as `import_file` does of many."""
        return self._contacts.create_many([entry], undoing=undoing, merged=True)[0]

    def export_file(
        self,
        path: Path,
        *,
        query: ContactQuery = EVERYONE,
        marks: Marks | None = None,
        format: Format | None = None,  # noqa: A002 - the word of the command line
        overwrite: bool = False,
        on_progress: OnProgress | None = None,
        is_cancelled: IsCancelled = never,
    ) -> int:
        """Write the contacts that answer a query, or those of some `marks`, to a file and return how many there are.

        The format is that of the name unless it is given. The file stands there as a whole or not at all; a
        cancelled export leaves none and returns 0. Raises UsageError, NotFoundError or SentTuiError.
        """
        wanted = format or format_of(path)
        self._spare_database(path)
        if marks is None:
            rows = self._repository.page(query).rows
            contacts = _Counted(map(self._contact_of, rows), len(rows), on_progress, is_cancelled)
        else:
            contacts = _Counted(map(self._repository.find, marks), len(marks), on_progress, is_cancelled)
        with suppress(_CancelledError), writing(path, overwrite=overwrite) as file:
            named = self.field_names(query, marks) if wanted is Format.CSV else ()
            write_contacts(file, contacts, wanted, self._contacts.estimator(), named)
            contacts.finish()
        return contacts.count

    def field_names(self, query: ContactQuery = EVERYONE, marks: Marks | None = None) -> list[str]:
        """Return the names of the fields of contacts that answer a query, or of those of some `marks`."""
        rows = self._repository.page(having_fields() if marks is not None else query & having_fields()).rows
        return field_names(row for row in rows if marks is None or row.e164 in marks)

    def export_messages(
        self,
        path: Path,
        messages: Sequence[Message],
        *,
        overwrite: bool = False,
        on_progress: OnProgress | None = None,
        is_cancelled: IsCancelled = never,
    ) -> int:
        """Write messages to a file as CSV and return how many there are; one that cannot be read is left out.

        Otherwise as `export_file`.
        """
        self._spare_database(path)
        read = (self._message_at(messages, place) for place in range(len(messages)))
        counted = _Counted(read, len(messages), on_progress, is_cancelled)
        with suppress(_CancelledError), writing(path, overwrite=overwrite) as file:
            write_messages(file, counted, self._name_of)
            counted.finish()
        return counted.count

    def _message_at(self, messages: Sequence[Message], place: int) -> Message | None:
        try:
            return messages[place]
        except DatabaseError:
            return None

    def _name_of(self, message: Message) -> str:
        try:
            return self._repository.get(message.contact_id).name
        except ContactNotFoundError:
            # Perhaps it was made anew.
            contact = self._repository.find(message.to)
            return contact.name if contact is not None else ""

    def _contact_of(self, row: ContactRow) -> Contact | None:
        try:
            return self._repository.get(row.id)
        except ContactNotFoundError:
            return None

    def _spare_database(self, path: Path) -> None:
        with suppress(OSError, ValueError):
            if path.samefile(self._repository.location):
                raise UsageError(
                    "This is the database", f"{path} holds the contacts themselves.", "Choose another name."
                )


@contextmanager
def _few_collections() -> Iterator[None]:
    """Look for lost objects seldom: contacts are no cycles, and to look through all of them again stops everything."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _CancelledError(Exception):
    """The export is to leave no file."""


class _Counted(Generic[Record]):
    """Contacts or messages on their way to a file, counted; None for one that is gone since the list was made."""

    def __init__(
        self,
        records: Iterable[Record | None],
        total: int,
        on_progress: OnProgress | None,
        is_cancelled: IsCancelled,
    ) -> None:
        self._records = records
        self._total = total
        self._began = time.monotonic()
        self._on_progress = on_progress
        self._is_cancelled = is_cancelled
        self.count = 0

    def __iter__(self) -> Iterator[Record]:
        for record in self._records:
            if self.count % WRITTEN == 0:
                self._pause()
            if record is not None:
                self.count += 1
                yield record

    def finish(self) -> None:
        """Tell that all are written."""
        self._pause()

    def _pause(self) -> None:
        if self._is_cancelled():
            self.count = 0
            raise _CancelledError
        if self._on_progress is not None:
            seconds = time.monotonic() - self._began
            self._on_progress(Progress(self.count, self.count, self._total, seconds=seconds))
