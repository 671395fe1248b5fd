"""The index file beside a journal: it is made in rounds, and with it or without, all answers are the same."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.search import (
    EVERYONE,
    ChannelFilter,
    Sort,
    SortKey,
    containing,
    failing,
    in_region,
    opted_out,
    tagged,
    with_channels,
)
from sent_tui.store import index_file, settling, tinydb
from sent_tui.store.documents import contact_document
from sent_tui.store.index_file import index_path, read_index
from sent_tui.store.journal import JournalDB
from sent_tui.store.journal_reader import JournalReader
from sent_tui.store.journal_records import SPECS, JournalRecords
from sent_tui.store.settling import is_worth_it, settle, uncollected
from sent_tui.store.tinydb import TinyDBRepository
from tests.factories import NOW, contact, contact_id, decision, draft, event, known_contact, message, number

PLACES = range(8)
QUERIES = (
    EVERYONE,
    containing("a"),
    containing("zoe 555"),
    containing("zeo", forgiving=True),
    containing("-ada"),
    with_channels(ChannelFilter.SMS),
    opted_out(),
    in_region("US") & tagged("vip"),
    failing(),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sent.db"


@pytest.fixture
def repository(path: Path) -> TinyDBRepository:
    opened = TinyDBRepository(path)
    opened.add([contact(0, name="Ada"), known_contact(1), contact(2)])
    with opened.transaction(undo="all") as tx:
        for place in range(4):
            tx.put_message(message(place, place % 2))
            tx.add_event(event(place, place % 2))
        tx.add_consent(decision(0))
        tx.put_contact(contact(3, name="Bo"))
    opened.save_draft(draft(1))
    return opened


def held(repository: TinyDBRepository) -> object:
    """Return everything that a repository answers."""
    lists = []
    for query in QUERIES:
        counts = repository.count(query)
        for key in SortKey:
            for descending in (False, True):
                sort = Sort(key, descending=descending)
                rows = repository.page(query, sort=sort).rows
                first = repository.glance(query, sort=sort, limit=2)
                assert first is not None
                assert query.forgiving or list(first) == list(rows[:2])
                assert list(repository.answer(query, sort=sort)) == list(rows)
                assert [rows.place(row.id) for row in rows] == list(range(len(rows)))
                lists.append(list(rows))
        lists.append([counts[wanted] for wanted in ChannelFilter])  # type: ignore[misc]
    contacts = [repository.find(number(place)) for place in PLACES]
    return (
        lists,
        contacts,
        [repository.get(one.id) for one in contacts if one is not None],
        repository.messages(),
        repository.messages(only_open=True),
        [repository.messages(contact_id=contact_id(place)) for place in PLACES],
        [repository.events(f"message-{place}") for place in PLACES],
        [repository.consent_history(number(place)) for place in PLACES],
        repository.drafts(),
        list(repository._journal.undo_entries()),
    )


def without_index(path: Path) -> object:
    """Return everything that a database answers when there is no index file."""
    bare = path.with_name("bare.db")
    shutil.copy(path, bare)
    index_path(bare).unlink(missing_ok=True)
    opened = TinyDBRepository(bare, read_only=True)
    assert opened._storage.reader is not None
    assert opened._storage.reader.settled is None
    return held(opened)


def is_settled(opened: TinyDBRepository) -> bool:
    reader = opened._storage.reader
    return reader is not None and reader.settled is not None


class TestIndex:
    def test_with_it_everything_is_as_without(self, repository: TinyDBRepository, path: Path) -> None:
        assert settle(path, SPECS, JournalRecords)
        opened = TinyDBRepository(path)
        assert is_settled(opened)
        assert held(opened) == held(repository) == without_index(path)

    def test_later_changes_lie_over_it(self, repository: TinyDBRepository, path: Path) -> None:
        settle(path, SPECS, JournalRecords)
        repository.delete([contact_id(2)])
        repository.update(contact_id(0), lambda known: replace(known, name="Zoë", format_e164=number(6)))
        repository.add([contact(4, name="Ada", format_e164=number(0))])
        with repository.transaction() as tx:
            tx.put_message(message(0, status="READ"))
            tx.put_message(message(6, 1, created_at=NOW))
            tx.add_event(event(9))
        repository.discard_draft(contact_id(1))
        opened = TinyDBRepository(path)
        assert is_settled(opened)
        assert held(opened) == held(repository) == without_index(path)
        assert opened.undo() == "all"
        assert held(TinyDBRepository(path)) == held(opened)

    def test_nothing_new_leaves_it_alone(self, repository: TinyDBRepository, path: Path) -> None:
        settle(path, SPECS, JournalRecords)
        before = index_path(path).stat()
        assert settle(path, SPECS, JournalRecords)
        assert index_path(path).stat().st_ino == before.st_ino

    def test_an_empty_journal_has_one_too(self, path: Path) -> None:
        TinyDBRepository(path)
        assert settle(path, SPECS, JournalRecords)
        assert held(TinyDBRepository(path)) == without_index(path)
        raw = JournalDB(path)
        raw.table("contacts").truncate()
        assert settle(path, SPECS, JournalRecords)
        TinyDBRepository(path).add([contact(0)])
        assert held(TinyDBRepository(path)) == without_index(path)

    def test_unknown_tables_are_in_it(self, repository: TinyDBRepository, path: Path) -> None:
        JournalDB(path).table("orders").insert_multiple([{"a": 1}, {"a": 2}])
        settle(path, SPECS, JournalRecords)
        JournalDB(path).table("orders").remove(doc_ids=[2])
        assert JournalDB(path).table("orders").insert({"a": 3}) == 3
        assert [one["a"] for one in JournalDB(path, specs=SPECS).table("orders")] == [1, 3]

    def test_odd_numbers_and_times_are_in_it(self, repository: TinyDBRepository, path: Path) -> None:
        document = contact_document(known_contact(5, created_at=NOW.replace(year=1902)))
        document["channels"][0] |= {"attempts": 1, "delivered": 10**12}
        raw = JournalDB(path)
        raw.table("contacts").insert(document)
        raw.table("messages").insert_multiple(
            [
                {"id": "odd", "created_at": "1901-01-01T00:00:00+00:00"},
                {"id": "odder", "created_at": 7},
                {"id": "oddest"},
                {"id": 9, "created_at": "2026-01-01"},
            ]
        )
        repository.refresh()
        assert settle(path, SPECS, JournalRecords)
        reader = JournalReader(path, SPECS, None)
        assert reader.settled is not None
        table = reader.index.find("messages")
        assert table is not None
        assert sorted(list(table.newest())[-4:]) == [5, 6, 7, 8]
        assert list(TinyDBRepository(path).page().rows) == list(repository.page().rows)

    def test_a_damaged_journal_gets_none(self, repository: TinyDBRepository, path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data.replace(b"Ada", b"Ida"))
        assert not settle(path, SPECS, JournalRecords)
        path.write_bytes(data)
        JournalDB(path).table("contacts").insert({"id": "odd"})
        assert not settle(path, SPECS, JournalRecords)
        assert not index_path(path).exists()
        path.write_bytes(b"")
        with pytest.raises(ValueError, match="empty"):
            settle(path, SPECS, JournalRecords)


class TestUse:
    """An index file that is not the right one is never used."""

    @pytest.fixture
    def settled(self, repository: TinyDBRepository, path: Path) -> bytes:
        settle(path, SPECS, JournalRecords)
        return index_path(path).read_bytes()

    def test_one_that_was_cut_or_altered_changes_no_answer(self, settled: bytes, path: Path) -> None:
        wanted = without_index(path)
        for length in range(0, len(settled), 40_001):
            index_path(path).write_bytes(settled[:length])
            opened = TinyDBRepository(path)
            assert not is_settled(opened)
            assert opened.page().total == 4
        dice = Random(5)
        places = [dice.randrange(8 * len(settled)) for _ in range(20)]
        places += [dice.randrange(8 * 8_000) for _ in range(40)]
        for place in places:
            changed = bytearray(settled)
            changed[place // 8] ^= 1 << place % 8
            index_path(path).write_bytes(changed)
            opened = TinyDBRepository(path)
            assert opened.page().total == 4
            assert opened.read_only == ""
        assert held(opened) == wanted

    def test_one_of_another_file_is_not_used(self, settled: bytes, path: Path, tmp_path: Path) -> None:
        other = tmp_path / "other" / "sent.db"
        TinyDBRepository(other).add([contact(7)])
        index_path(other).write_bytes(settled)
        opened = TinyDBRepository(other)
        assert not is_settled(opened)
        assert held(opened) == without_index(other)

    def test_an_older_one_is_gone_on_with(self, settled: bytes, repository: TinyDBRepository, path: Path) -> None:
        repository.add([contact(5)])
        settle(path, SPECS, JournalRecords)
        index_path(path).write_bytes(settled)
        opened = TinyDBRepository(path)
        assert is_settled(opened)
        assert held(opened) == without_index(path)

    def test_one_of_a_longer_file_is_not_used(self, settled: bytes, path: Path) -> None:
        data = path.read_bytes()
        shorter = data[: data.rindex(b"\n{", 0, -200)]
        path.write_bytes(shorter[: shorter.rindex(b"\n") + 1])
        assert not is_settled(TinyDBRepository(path))

    def test_one_of_another_history_is_not_used(self, settled: bytes, repository: TinyDBRepository, path: Path) -> None:
        """As long as the file it belongs to, of the same generation, and yet of other contents."""
        data = path.read_bytes()
        before = data[: data.rindex(b'{"t":"drafts"')]
        path.write_bytes(before)
        path.with_name("sent.db.lock").unlink()
        other = TinyDBRepository(path)
        other.save_draft(draft(1, text="Hullo, your"))
        assert path.stat().st_size == len(data)
        opened = TinyDBRepository(path)
        assert not is_settled(opened)
        assert held(opened) == without_index(path)

    @pytest.mark.parametrize("fact", [{"end": "7"}, {"crc": None}, {"end": None}, {"generation": 7}])
    def test_one_with_odd_facts_is_not_used(
        self, settled: bytes, path: Path, fact: dict[str, object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = read_index(index_path(path))
        assert found is not None
        odd = replace(found, facts={**found.facts, **fact})
        monkeypatch.setattr("sent_tui.store.journal_reader.read_index", lambda path: odd)
        assert not is_settled(TinyDBRepository(path))

    def test_damage_under_it_is_noticed(self, settled: bytes, path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data.replace(b"Ada", b"Ida"))
        opened = TinyDBRepository(path)
        assert not is_settled(opened)
        assert "damaged at byte" in opened.read_only

    def test_of_a_large_file_only_the_end_is_looked_at(
        self, settled: bytes, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sent_tui.store.journal_reader._VERIFIED_AT_ONCE", 0)
        path.write_bytes(path.read_bytes().replace(b"Ada", b"Ida"))
        opened = TinyDBRepository(path)
        assert is_settled(opened)
        assert opened.find(number(2)) == contact(2)
        path.write_bytes(path.read_bytes()[:-2] + b"]\n")
        assert not is_settled(TinyDBRepository(path))


class TestRounds:
    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settling, "_FIRST_ROUND", 4)
        monkeypatch.setattr(settling, "_STEP", 2)
        monkeypatch.setattr(settling, "_FEW", 3)

    def test_it_is_made_in_rounds(self, path: Path) -> None:
        repository = TinyDBRepository(path)
        for place in range(20):
            repository.add([contact(place)])
        told: list[tuple[int, int]] = []
        assert settle(path, SPECS, JournalRecords, lambda done, size: told.append((done, size)))
        ends = [done for done, _ in told]
        assert len(ends) >= 3
        assert ends == sorted(set(ends))
        assert {size for _, size in told} == {path.stat().st_size}
        assert ends[-1] == path.stat().st_size
        assert JournalReader(path, SPECS, None).unsettled_bytes == 0
        opened = TinyDBRepository(path)
        assert opened.page().total == 20
        assert [opened.find(number(place)) for place in range(20)] == [contact(place) for place in range(20)]

    def test_a_round_that_was_interrupted_is_gone_on_with(self, path: Path) -> None:
        repository = TinyDBRepository(path)
        for place in range(20):
            repository.add([contact(place)])

        def interrupt(done: int, size: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            settle(path, SPECS, JournalRecords, interrupt)
        assert 0 < JournalReader(path, SPECS, None).unsettled_bytes < path.stat().st_size
        assert held(TinyDBRepository(path)) == without_index(path)
        assert settle(path, SPECS, JournalRecords)
        assert JournalReader(path, SPECS, None).unsettled_bytes == 0

    def test_it_is_made_anew_when_that_is_worth_it(self, repository: TinyDBRepository, path: Path) -> None:
        reader = repository._storage.reader
        assert reader is not None
        assert is_worth_it(reader)
        before = held(repository)
        repository.maintain()
        assert index_path(path).exists()
        assert is_settled(repository)
        assert held(repository) == before
        made = index_path(path).stat().st_ino
        repository.maintain()
        repository.add([contact(5)])
        repository.close()
        assert index_path(path).stat().st_ino == made, "too little changed"

    def test_others_go_on_while_it_is_made(self, repository: TinyDBRepository, path: Path) -> None:
        other = TinyDBRepository(path)
        repository.maintain()
        other.add([contact(5, name="Eve")])
        told: list[object] = []
        repository.subscribe(told.append)
        repository.refresh()
        assert len(told) == 1
        assert held(repository) == held(other) == without_index(path)
        other.maintain()
        assert held(repository) == held(other) == held(TinyDBRepository(path))

    def test_what_others_wrote_is_told_by_maintaining(self, repository: TinyDBRepository, path: Path) -> None:
        told: list[object] = []
        repository.subscribe(told.append)
        TinyDBRepository(path).add([contact(5)])
        repository.maintain()
        assert len(told) == 1
        assert repository.find(number(5)) == contact(5)

    def test_no_room_for_it_is_no_obstacle(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*args: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("sent_tui.store.settling.write_index", fail)
        before = held(repository)
        repository.maintain()
        assert held(repository) == before
        repository.close()
        assert not index_path(path).exists()

    def test_before_a_large_file_is_opened_it_is_made(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tinydb, "_MANY_BYTES", 10)
        assert not is_settled(TinyDBRepository(path, read_only=True))
        told: list[int] = []
        opened = TinyDBRepository(path, on_progress=lambda done, size: told.append(done))
        assert is_settled(opened)
        assert told[-1] == path.stat().st_size
        assert held(opened) == without_index(path)

    def test_a_little_beside_much_that_is_settled_is_followed(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settle(path, SPECS, JournalRecords)
        repository.add([contact(6, name="Cy")])
        monkeypatch.setattr(tinydb, "_MANY_BYTES", 10)
        told: list[int] = []
        for share, is_made_anew in ((1, False), (10**9, True)):
            monkeypatch.setattr(tinydb, "_LARGE_SHARE", share)
            told.clear()
            opened = TinyDBRepository(path, on_progress=lambda done, size: told.append(done))
            assert bool(told) is is_made_anew
            assert held(opened) == without_index(path)

    def test_a_large_index_that_was_altered_is_made_anew(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settle(path, SPECS, JournalRecords)
        good = index_path(path).read_bytes()
        monkeypatch.setattr(index_file, "_VERIFIED_AT_ONCE", 0)
        place = good.index(b"+1200555")
        index_path(path).write_bytes(good[:place] + b"-" + good[place + 1 :])
        opened = TinyDBRepository(path)
        assert is_settled(opened)
        opened.maintain()
        assert index_path(path).read_bytes() == good
        assert held(opened) == without_index(path)

    @pytest.mark.parametrize("close", [True, False])
    def test_nothing_is_made_of_an_index_that_was_altered(
        self, repository: TinyDBRepository, path: Path, monkeypatch: pytest.MonkeyPatch, close: bool
    ) -> None:
        settle(path, SPECS, JournalRecords)
        good = index_path(path).read_bytes()
        monkeypatch.setattr(index_file, "_VERIFIED_AT_ONCE", 0)
        monkeypatch.setattr(tinydb, "_MANY_CHANGES", 0)
        monkeypatch.setattr(settling, "_FEW", 0)
        place = good.index(b"+1200555")
        index_path(path).write_bytes(good[:place] + b"-" + good[place + 1 :])
        opened = TinyDBRepository(path)
        opened.add([contact(40)])
        if close:
            opened.close()
        else:
            assert settle(path, SPECS, JournalRecords)
        assert held(TinyDBRepository(path)) == without_index(path)

    def test_a_collector_that_is_off_stays_off(self) -> None:
        assert gc.isenabled()
        with uncollected():
            with uncollected():
                assert not gc.isenabled()
            assert not gc.isenabled()
        assert gc.isenabled()


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_index_and_later_changes_answer_as_one(tmp_path_factory: pytest.TempPathFactory, dice: Random) -> None:
    path = tmp_path_factory.mktemp("random") / "sent.db"
    repository = TinyDBRepository(path)
    for _ in range(6):
        for _ in range(dice.randrange(4)):
            change(repository, dice)
        done = dice.randrange(4)
        if done == 0:
            settle(path, SPECS, JournalRecords)
        elif done == 1:
            settle(path, SPECS, JournalRecords)
            repository._storage.reopen()
            repository.refresh()
        elif done == 2:
            repository = TinyDBRepository(path)
    wanted = without_index(path)
    assert held(repository) == wanted
    assert held(TinyDBRepository(path)) == wanted
    settle(path, SPECS, JournalRecords)
    assert held(TinyDBRepository(path)) == wanted


def change(repository: TinyDBRepository, dice: Random) -> None:
    """Make a random write."""
    place, other = dice.choice(PLACES), dice.choice(PLACES)
    with repository.transaction(undo=dice.choice(["", "any"])) as tx:
        known, holder = tx.known(contact_id(place)), tx.find(number(other))
        if known is None:
            if holder is None:
                name = dice.choice(["", "Ada", "Zoë", "Bo"])
                tx.put_contact(known_contact(place, name=name, format_e164=number(other)))
        elif dice.random() < 0.3:
            tx.delete_contact(known.id)
        elif holder is None:
            status = known.status(dice.choice(list(Channel)))
            found = status.found(dice.choice(list(Availability)), Source.LOOKUP, NOW, "found")
            tx.put_contact(replace(known.with_status(found), format_e164=number(other), name=dice.choice("abc")))
        if dice.random() < 0.5:
            tx.put_message(message(place, other, status=dice.choice(["SENT", "READ"])))
            tx.add_event(event(8 * place + other, place))
        if dice.random() < 0.3:
            tx.add_consent(decision(place, number=number(other)))
    if dice.random() < 0.3:
        repository.save_draft(draft(place, text=dice.choice(["", "a"]), template=None))
    if dice.random() < 0.2:
        repository.undo()
