"""Small files as address books write them; every number in them is reserved for fiction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

from sent_tui.core.contact import Contact
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.contacts import ContactService, NewContact
from sent_tui.services.exchange import ExchangeService, Row, read_rows
from sent_tui.store.memory import MemoryRepository

FILES = Path(__file__).parent
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class Office:
    """The services over an empty repository, with a clock that moves at every look."""

    def __init__(self) -> None:
        self._seconds = count()
        self._ids = count(1)
        self.repository = MemoryRepository()
        self.contacts = ContactService(
            self.repository, Simulator(self.now), self.now, lambda: str(UUID(int=next(self._ids)))
        )
        self.exchange = ExchangeService(self.contacts, self.repository)

    def now(self) -> datetime:
        return START + timedelta(seconds=next(self._seconds))

    def all(self) -> list[Contact]:
        return [self.repository.get(row.id) for row in self.repository.page().rows]

    def named(self, number: str) -> Contact:
        contact = self.repository.find(number)
        assert contact is not None
        return contact


def rows_of(path: Path, **options: object) -> list[Row]:
    with read_rows(path, **options) as reader:  # type: ignore[arg-type]
        return list(reader)


def entry_of(row: Row) -> NewContact:
    assert row.entry is not None, row.problem
    return row.entry
