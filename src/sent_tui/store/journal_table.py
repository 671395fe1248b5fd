"""A TinyDB table that reads and writes single documents, where TinyDB reads and writes all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, cast

from tinydb.queries import QueryLike
from tinydb.table import Document as NumberedDocument
from tinydb.table import Table

from sent_tui.store.journal_format import Document, Written, document_in, json_bytes, put_line
from sent_tui.store.settling import uncollected

if TYPE_CHECKING:
    from sent_tui.store.journal import JournalStorage


class JournalTable(Table):
    """A table of a JournalDB."""

    def __init__(self, storage: JournalStorage, name: str, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - TinyDB's
        self._journal = storage
        self._seen = storage.version
        super().__init__(storage, name, *args, **kwargs)

    def insert(self, document: Mapping[str, Any]) -> int:
        """Insert a document and return its number, which no other process can have taken meanwhile."""
        with self._journal.batch():
            return super().insert(document)

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Insert documents, all or none, and return their numbers."""
        new = list(documents)
        if not all(type(document) is dict for document in new):
            return super().insert_multiple(new)
        with self._journal.batch(), uncollected():
            self._journal.make_table(self.name)
            first = self.next_id()
            numbers = list(range(first, first + len(new)))
            self._journal.put_all(self.name, dict(zip(numbers, map(dict, new), strict=True)))
        self.clear_cache()
        return numbers

    def upsert(self, document: Mapping[str, Any], cond: QueryLike | None = None) -> list[int]:
        """Update the documents that match, or insert one; return their numbers."""
        with self._journal.batch():
            return super().upsert(document, cond)

    def put(self, documents: Iterable[NumberedDocument]) -> None:
        """Put documents under their numbers, in place of earlier ones."""
        with self._journal.batch():
            self._journal.put_all(self.name, {document.doc_id: dict(document) for document in documents})
        self.clear_cache()

    def add_written(self, documents: Iterable[Written]) -> None:
        """Put documents under new numbers."""
        with self._journal.batch():
            self._journal.put_all(self.name, dict(enumerate(documents, self.next_id())))
        self.clear_cache()

    def next_id(self) -> int:
        """Return a number that no document has or had; inside `batch()` nobody else takes it."""
        return self._get_next_id()

    def search(self, cond: QueryLike) -> list[NumberedDocument]:
        """Return the documents that match; answers remembered from before another process wrote are forgotten."""
        self._look()
        if self._journal.is_writing:
            # Nothing of an open batch may be remembered: it may come to nothing.
            return [
                self.document_class(found, int(number)) for number, found in self._read_table().items() if cond(found)
            ]
        return super().search(cond)

    def get(self, cond: QueryLike | None = None, doc_id: int | None = None, doc_ids: list[int] | None = None) -> Any:  # noqa: ANN401 - as TinyDB: one document, a list of them, or None
        """Return a document by its number or the first that matches, or several by their numbers."""
        if doc_id is None and doc_ids is not None:
            self._look()
            found = ((number, self._journal.document(self.name, number)) for number in sorted(set(doc_ids)))
            return [self.document_class(document, number) for number, document in found if document is not None]
        return super().get(cast(QueryLike, cond)) if doc_id is None else self._one(doc_id)

    def _one(self, doc_id: int) -> NumberedDocument | None:
        self._look()
        document = self._journal.document(self.name, doc_id)
        return None if document is None else self.document_class(document, doc_id)

    def __len__(self) -> int:
        """Return how many documents there are."""
        self._look()
        return self._journal.count(self.name)

    def _look(self) -> None:
        """Take in what other processes wrote."""
        self._journal.refresh()
        if self._journal.version != self._seen:
            self._seen = self._journal.version
            self.clear_cache()

    def _get_next_id(self) -> int:
        return self._journal.next_id(self.name)

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        self._look()
        # TinyDB only looks documents up in it and goes through them.
        return cast("dict[str, Mapping[str, Any]]", _Documents(self._journal, self.name))

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        with self._journal.batch():
            self._journal.make_table(self.name)
            documents = _Changing(self._journal, self.name)
            updater(cast("dict[int, Mapping[str, Any]]", documents))
            documents.finish()
        self.clear_cache()


class _Documents(Mapping[str, Document]):
    """The documents of a table by their numbers as text, each read when it is asked for."""

    def __init__(self, journal: JournalStorage, table: str) -> None:
        self._journal = journal
        self._table = table

    def __getitem__(self, number: str) -> Document:
        document = self._journal.document(self._table, int(number))
        if document is None:
            raise KeyError(number)
        return document

    def __iter__(self) -> Iterator[str]:
        return map(str, self._journal.doc_ids(self._table))

    def __len__(self) -> int:
        return self._journal.count(self._table)


class _Changing(MutableMapping[int, Document]):
    """The documents of a table by their numbers while they are changed; a document may be changed in place."""

    def __init__(self, journal: JournalStorage, table: str) -> None:
        self._journal = journal
        self._table = table
        self._lent: dict[int, tuple[Document, bytes]] = {}
        """Documents that were given out, and their lines as they were."""

    def __getitem__(self, doc_id: int) -> Document:
        if doc_id not in self._lent:
            line = self._journal.line(self._table, doc_id)
            if line is None:
                raise KeyError(doc_id)
            self._lent[doc_id] = document_in(line), line
        return self._lent[doc_id][0]

    def __setitem__(self, doc_id: int, document: Document) -> None:
        self._lent.pop(doc_id, None)
        self._journal.put(self._table, doc_id, document)

    def __delitem__(self, doc_id: int) -> None:
        if doc_id not in self:
            raise KeyError(doc_id)
        self._lent.pop(doc_id, None)
        self._journal.put(self._table, doc_id, None)

    def __contains__(self, doc_id: object) -> bool:
        return isinstance(doc_id, int) and self._journal.holds(self._table, doc_id)

    def __iter__(self) -> Iterator[int]:
        return iter(list(self._journal.doc_ids(self._table)))

    def __len__(self) -> int:
        return self._journal.count(self._table)

    def clear(self) -> None:
        """Take all documents out."""
        for doc_id in self:
            self._journal.put(self._table, doc_id, None)
        self._lent.clear()

    def finish(self) -> None:
        """Write the documents that were changed in place."""
        for doc_id, (document, before) in self._lent.items():
            changed = Written(json_bytes(document), document)
            if put_line(self._table, doc_id, changed) != before:
                self._journal.put(self._table, doc_id, changed)
