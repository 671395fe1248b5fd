"""Import and export: contacts brought in from files and taken out to them."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final

from sent_tui.core.contact import Contact
from sent_tui.core.search import EVERYONE, ContactQuery
from sent_tui.errors import UsageError
from sent_tui.services.contacts import ContactService
from sent_tui.services.exchange.ahead import Ahead, pays
from sent_tui.services.exchange.exporting import write_contacts
from sent_tui.services.exchange.formats import Format, format_of
from sent_tui.services.exchange.importing import Import, IsCancelled, OnProgress, never
from sent_tui.services.exchange.outcomes import Rehearsing, Storing
from sent_tui.services.exchange.reading import read_rows
from sent_tui.services.exchange.report import ImportReport, Progress
from sent_tui.services.exchange.supply import Supply
from sent_tui.services.exchange.writing import writing
from sent_tui.store.repository import ContactNotFoundError, Repository

BATCH: Final = 2_000
"""Rows in one write; after each, progress is told."""
WRITTEN: Final = 500
"""Contacts written to a file before progress is told."""


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
    ) -> ImportReport:
        """Make contacts of the rows of a file: CSV, vCard or JSON Lines, by its content.

        Rows that cannot be used are reported and stop nothing. A number that is stored already keeps what is stored;
        empty fields are filled and tags added. A contact that the file calls opted out is opted out; none is opted
        in. With `dry_run` nothing is stored, and the report says what would be. With two `processes`, one of them reads
        ahead; unless it is said, that is so for a large file where there is more than one processor. Raises
        UsageError, NotFoundError or SentTuiError for a file that cannot be read, DatabaseError for a write that failed.
        """
        with read_rows(path, region=region, mapping=mapping) as reader:
            target = (
                Rehearsing(self._repository) if dry_run else Storing(self._contacts, self._repository, detect=detect)
            )
            ahead = None
            if pays(reader.total_bytes) if processes is None else processes > 1:
                ahead = Ahead(path, reader, batch, region, mapping)
            with ahead or nullcontext(), _few_collections():
                return Import(Supply(reader, batch, ahead), target).run(on_progress, is_cancelled)

    def export_file(
        self,
        path: Path,
        *,
        query: ContactQuery = EVERYONE,
        format: Format | None = None,  # noqa: A002 - the word of the command line
        overwrite: bool = False,
        on_progress: OnProgress | None = None,
        is_cancelled: IsCancelled = never,
    ) -> int:
        """Write the contacts that answer a query to a file and return how many there are.

        The format is that of the name unless it is given. The file stands there as a whole or not at all; a
        cancelled export leaves none and returns 0. Raises UsageError, NotFoundError or SentTuiError.
        """
        wanted = format or format_of(path)
        self._spare_database(path)
        written = _Written(self._repository, query, on_progress, is_cancelled)
        with suppress(_CancelledError), writing(path, overwrite=overwrite) as file:
            write_contacts(file, written, wanted, self._contacts.estimator())
            written.finish()
        return written.count

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


class _Written:
    """Contacts on their way to a file, counted."""

    def __init__(
        self, repository: Repository, query: ContactQuery, on_progress: OnProgress | None, is_cancelled: IsCancelled
    ) -> None:
        self._repository = repository
        self._rows = repository.page(query).rows
        self._on_progress = on_progress
        self._is_cancelled = is_cancelled
        self.count = 0

    def __iter__(self) -> Iterator[Contact]:
        for row in self._rows:
            if self.count % WRITTEN == 0:
                self._pause()
            # A contact that was deleted since the list was made is left out.
            try:
                contact = self._repository.get(row.id)
            except ContactNotFoundError:
                continue
            self.count += 1
            yield contact

    def finish(self) -> None:
        """Tell that all are written."""
        self._pause()

    def _pause(self) -> None:
        if self._is_cancelled():
            self.count = 0
            raise _CancelledError
        if self._on_progress is not None:
            self._on_progress(Progress(self.count, self.count, len(self._rows)))
