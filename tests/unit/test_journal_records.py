"""Records are read from one journal at a time, whichever takes its place meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sent_tui.core.message_search import EVERY_MESSAGE, MessageQuery
from sent_tui.core.search_match import never
from sent_tui.store.journal_reader import JournalReader
from sent_tui.store.journal_records import SPECS, JournalRecords
from sent_tui.store.tinydb import TinyDBRepository
from sent_tui.store.upkeep import compact
from tests.factories import contact, contact_id, decision, draft, event, message, number, waiting

PLACES = range(4)


class Exchanged:
    """A storage that goes on with another journal of the same records whenever it is looked at."""

    def __init__(self, *readers: JournalReader) -> None:
        self._readers = list(readers)

    @property
    def reader(self) -> JournalReader:
        self._readers.append(self._readers.pop(0))
        return self._readers[0]


def opened(path: Path) -> JournalReader:
    reader = JournalReader(path, SPECS, None, use_index=False)
    reader.follow(None)
    return reader


@pytest.fixture(scope="module")
def exchanged(tmp_path_factory: pytest.TempPathFactory) -> JournalRecords:
    path = tmp_path_factory.mktemp("exchanged") / "contacts.db"
    with closing(TinyDBRepository(path)) as repository:
        repository.add(map(contact, PLACES))
        # Places differ afterwards: what stood before is left out.
        repository.update(contact_id(0), lambda known: contact(0, name="Ada"))
        with repository.transaction() as tx:
            for place in PLACES:
                tx.put_message(message(place, place))
                tx.add_event(event(place, place))
            tx.put_message(waiting(9, batch="b"))
            tx.add_consent(decision())
        repository.save_draft(draft(0))
    before = opened(path)
    compact(path)
    return JournalRecords(Exchanged(before, opened(path)))


READS: dict[str, Callable[[JournalRecords], object]] = {
    "contact": lambda records: records.contact(contact_id(3)),
    "holder": lambda records: records.holder(number(3)),
    "message": lambda records: records.message("message-3"),
    "newest": lambda records: records.messages(None, only_open=False, offset=0, limit=None),
    "open": lambda records: records.messages(None, only_open=True, offset=0, limit=None),
    "of a contact": lambda records: records.messages(contact_id(3), only_open=False, offset=0, limit=None),
    "selected": lambda records: list(records.select(EVERY_MESSAGE, None, never)),
    "of some contacts": lambda records: list(
        records.select(MessageQuery(contacts=frozenset({contact_id(3)})), None, never)
    ),
    "counted": lambda records: records.count_messages(MessageQuery(batch="b")).of(EVERY_MESSAGE),
    "waiting": lambda records: records.scheduled("b", None),
    "of a bulk send": lambda records: list(records.of_bulk_send("b")),
    "events": lambda records: records.events("message-3"),
    "has event": lambda records: records.has_event("event-3"),
    "consent": lambda records: records.consent(number()),
    "draft": lambda records: records.draft(contact_id(0)),
    "drafts": lambda records: records.drafts(),
    "number": lambda records: records.number_of("messages", "message-3"),
}


@pytest.mark.parametrize("name", READS)
def test_what_is_read_is_of_one_journal(name: str, exchanged: JournalRecords) -> None:
    read = READS[name]
    storage = exchanged._storage
    assert isinstance(storage, Exchanged)
    wanted = read(JournalRecords(storage.reader))
    assert wanted
    for _ in range(2):
        assert read(exchanged) == wanted
