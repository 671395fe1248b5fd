"""JournalDB is a TinyDB like any other: whatever TinyDB promises holds on a journal, for several who use one file."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tinydb import Query, TinyDB, where
from tinydb.operations import add, decrement, delete, increment
from tinydb.operations import set as set_to
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from sent_tui.store.journal import JournalDB, JournalStorage
from sent_tui.store.journal_format import LAST_ID, Written, json_bytes
from sent_tui.store.journal_table import JournalTable
from sent_tui.store.refusals import ReadOnlyError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.db"


@pytest.fixture
def database(path: Path) -> Iterator[JournalDB]:
    with JournalDB(path) as opened:
        yield opened


@pytest.fixture
def people(database: JournalDB) -> JournalTable:
    found = table_of(database)
    found.insert_multiple({"name": name, "age": age} for name, age in (("Ada", 36), ("Bo", 20), ("Cleo", 20)))
    return found


def table_of(database: JournalDB, name: str = "people") -> JournalTable:
    found: object = database.table(name)
    assert isinstance(found, JournalTable)
    return found


def contents(table: JournalTable) -> dict[int, dict[str, Any]]:
    return {document.doc_id: dict(document) for document in table}


def names(table: JournalTable) -> list[str]:
    return [document["name"] for document in table]


@contextmanager
def broken_batch(database: JournalDB) -> Iterator[None]:
    """Open a batch that fails at its end."""
    try:
        with database.storage.batch():
            yield
            raise InterruptedError
    except InterruptedError:
        return


def commits(path: Path) -> int:
    return path.read_bytes().count(b'\n{"commit":')


class TestTables:
    def test_a_new_database_has_none(self, database: JournalDB) -> None:
        assert database.tables() == set()
        assert len(database) == 0
        assert database.storage.read() is None

    def test_a_table_is_there_when_it_is_written(self, database: JournalDB, path: Path) -> None:
        database.table("people")
        assert database.tables() == set()
        database.table("people").insert({})
        database.table("empty").truncate()
        assert database.tables() == JournalDB(path).tables() == {"people", "empty"}

    def test_one_name_is_one_table(self, database: JournalDB) -> None:
        assert database.table("people") is database.table("people")
        assert database.table("people").name == "people"

    def test_the_default_table_stands_for_the_database(self, database: JournalDB, path: Path) -> None:
        assert database.insert({"name": "Ada"}) == 1
        assert database.tables() == {"_default"}
        assert len(database) == 1
        assert database.all() == [{"name": "Ada"}]
        assert [dict(document) for document in JournalDB(path)] == [{"name": "Ada"}]
        assert JournalDB(path).get(where("name") == "Ada") == {"name": "Ada"}

    def test_tables_know_nothing_of_each_other(self, database: JournalDB) -> None:
        one, two = table_of(database, "one"), table_of(database, "two")
        one.insert({"name": "Ada"})
        two.insert_multiple([{"name": "Bo"}, {"name": "Cleo"}])
        assert (len(one), len(two)) == (1, 2)
        two.truncate()
        assert (names(one), names(two)) == (["Ada"], [])

    @pytest.mark.parametrize("name", ["", "ab\ncd", '"}', "Łódź \u2028", "a" * 1000])
    def test_any_name_will_do(self, database: JournalDB, path: Path, name: str) -> None:
        database.table(name).insert({"name": name})
        again = JournalDB(path)
        assert again.tables() == {name}
        assert names(table_of(again, name)) == [name]

    def test_a_table_that_is_to_stay_empty(self, database: JournalDB, path: Path) -> None:
        database.table("empty", persist_empty=True)
        assert JournalDB(path).tables() == {"empty"}

    def test_a_dropped_table_is_gone(self, database: JournalDB, people: JournalTable, path: Path) -> None:
        database.table("places").insert({"name": "Oslo"})
        database.drop_table("people")
        database.drop_table("nothing")
        for opened in (database, JournalDB(path)):
            assert opened.tables() == {"places"}
            assert len(opened.table("people")) == 0
        database.drop_tables()
        for opened in (database, JournalDB(path)):
            assert opened.tables() == set()

    def test_a_table_can_be_dropped_and_made_in_one_batch(
        self, database: JournalDB, people: JournalTable, path: Path
    ) -> None:
        with database.storage.batch():
            database.drop_table("people")
            assert database.tables() == set()
            assert len(people) == 0
            table_of(database).insert({"name": "Dora"})
            assert names(table_of(database)) == ["Dora"]
            assert database.tables() == {"people"}
        for opened in (database, JournalDB(path)):
            assert names(table_of(opened)) == ["Dora"]
            assert len(table_of(opened)) == 1
            assert opened.tables() == {"people"}

    def test_a_table_that_is_dropped_and_made_empty_stays(
        self, database: JournalDB, people: JournalTable, path: Path
    ) -> None:
        with database.storage.batch():
            database.drop_table("people")
            database.table("people").truncate()
            assert database.tables() == {"people"}
        for opened in (database, JournalDB(path)):
            assert opened.tables() == {"people"}
            assert len(opened.table("people")) == 0

    def test_what_was_put_before_a_drop_is_gone(self, database: JournalDB, path: Path) -> None:
        with database.storage.batch():
            database.table("people").insert({"name": "Ada"})
            database.drop_table("people")
        assert database.tables() == JournalDB(path).tables() == set()

    def test_a_storage_of_another_kind_is_refused(self) -> None:
        with pytest.raises(TypeError):
            _ = JournalDB(storage=MemoryStorage).storage

    def test_under_a_plain_tinydb_it_works_too(self, path: Path) -> None:
        with TinyDB(path, storage=JournalStorage) as plain:
            plain.insert({"name": "Ada"})
            plain.table("places").insert_multiple([{"name": "Oslo"}, {"name": "Rome"}])
            plain.table("places").update({"seen": True}, where("name") == "Rome")
            plain.table("places").remove(where("name") == "Oslo")
        before = commits(path)
        with TinyDB(path, storage=JournalStorage) as plain:
            assert plain.table("places").all() == [{"name": "Rome", "seen": True}]
            plain.table("places").update({"seen": True})
            assert commits(path) == before, "nothing changed, nothing is written"
            plain.drop_table("places")
            assert plain.tables() == {"_default"}


class TestInsert:
    def test_numbers_rise(self, people: JournalTable) -> None:
        assert people.insert({"name": "Dora"}) == 4
        assert people.insert_multiple([{"name": "Eve"}, {"name": "Finn"}]) == [5, 6]
        assert list(contents(people)) == [1, 2, 3, 4, 5, 6]

    def test_nothing_to_insert_makes_the_table(self, database: JournalDB) -> None:
        assert database.table("people").insert_multiple([]) == []
        assert database.tables() == {"people"}

    def test_any_mapping_will_do(self, people: JournalTable) -> None:
        class Odd(Mapping[str, int]):
            def __getitem__(self, key: str) -> int:
                return {"age": 7}[key]

            def __iter__(self) -> Iterator[str]:
                return iter(("age",))

            def __len__(self) -> int:
                return 1

        assert people.get(doc_id=people.insert(Odd())) == {"age": 7}
        with pytest.raises(ValueError, match="Mapping"):
            people.insert(["age"])  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="Mapping"):
            people.insert_multiple([{"age": 1}, 7])  # type: ignore[list-item]
        assert len(people) == 4

    def test_a_document_keeps_its_number(self, people: JournalTable) -> None:
        assert people.insert(Document({"name": "Zoe"}, 10)) == 10
        assert people.insert({"name": "Yan"}) == 11
        assert people.insert_multiple([Document({"name": "X"}, 20), {"name": "W"}]) == [20, 21]
        assert people.insert(Document({"name": "V"}, 15)) == 15
        assert people.insert({"name": "U"}) == 22
        assert list(contents(people)) == [1, 2, 3, 10, 11, 15, 20, 21, 22]

    @pytest.mark.parametrize("batch", [False, True])
    def test_a_number_is_taken_once(self, database: JournalDB, people: JournalTable, path: Path, batch: bool) -> None:
        before = path.read_bytes()
        taken = Document({"name": "Eve"}, 2)
        with pytest.raises(ValueError, match="2 already exists"):
            _ = people.insert_multiple([{"name": "Dora"}, taken]) if batch else people.insert(taken)
        with pytest.raises(ValueError, match="8 already exists"):
            people.insert_multiple([Document({}, 8), Document({}, 8)])
        assert path.read_bytes() == before
        assert names(people) == ["Ada", "Bo", "Cleo"]

    def test_what_is_changed_is_a_mapping_of_what_is_there(self, database: JournalDB, people: JournalTable) -> None:
        with database.storage.batch():

            def change(documents: Any) -> None:
                assert list(documents) == [1, 2, 3]
                assert len(documents) == 3
                assert "1" not in documents
                with pytest.raises(KeyError):
                    documents[9]
                with pytest.raises(KeyError):
                    del documents[9]
                documents[1]["age"] = 0
                assert documents[1]["age"] == 0
                del documents[1]

            people._update_table(change)
        assert names(people) == ["Bo", "Cleo"]

    @pytest.mark.parametrize("number", [-1, LAST_ID + 1, True, "1", 1.5, None])
    def test_a_number_that_none_can_have_is_refused(self, people: JournalTable, path: Path, number: Any) -> None:
        before, numbered = path.read_bytes(), Document({"name": "Eve"}, 1)
        numbered.doc_id = number
        with pytest.raises(ValueError, match="number"):
            people.put([numbered])
        assert path.read_bytes() == before

    def test_the_last_number(self, database: JournalDB, path: Path) -> None:
        database.insert(Document({"name": "last"}, LAST_ID))
        with pytest.raises(ValueError, match="number"):
            database.insert({"name": "too many"})
        assert [one.doc_id for one in JournalDB(path)] == [LAST_ID]

    @pytest.mark.parametrize(
        "document",
        [{"a": float("nan")}, {"a": {1, 2}}, {"a": b"bytes"}, {"a": object()}, {(1, 2): 3}, {"a": 10**5000}],
    )
    def test_what_is_no_json_is_refused(self, people: JournalTable, path: Path, document: Any) -> None:
        before = path.read_bytes()
        with pytest.raises((TypeError, ValueError)):
            people.insert_multiple([{"name": "Dora"}, document])
        assert path.read_bytes() == before
        assert names(people) == ["Ada", "Bo", "Cleo"]
        people.insert({"name": "Dora"})

    def test_what_is_nested_too_deeply_is_refused_or_kept(self, people: JournalTable, path: Path) -> None:
        for depth in (50, 900, 20_000):
            document: dict[str, Any] = {"name": f"deep {depth}"}
            for _ in range(depth):
                document = {"name": f"deep {depth}", "in": document}
            try:
                people.insert(document)
            except (RecursionError, ValueError):
                continue
            assert names(table_of(JournalDB(path)))[-1] == f"deep {depth}"
        assert names(table_of(JournalDB(path)))[:3] == ["Ada", "Bo", "Cleo"]

    def test_what_json_changes_is_changed_at_once(self, people: JournalTable, path: Path) -> None:
        odd: Any = {1: "one", "pair": (1, 2), "half": "\ud800"}
        number = people.insert(odd)
        for opened in (people, table_of(JournalDB(path))):
            assert opened.get(doc_id=number) == {"1": "one", "pair": [1, 2], "half": "?"}

    def test_numbers_are_never_used_again(self, people: JournalTable, path: Path) -> None:
        people.remove(doc_ids=[3])
        assert people.insert({"name": "Dora"}) == 4
        people.remove(doc_ids=[4])
        assert table_of(JournalDB(path)).insert({"name": "Eve"}) == 5
        people.truncate()
        assert people.insert({"name": "Finn"}) == 6
        assert table_of(JournalDB(path)).insert({"name": "Gil"}) == 7

    def test_numbers_of_two_never_collide(self, people: JournalTable, path: Path) -> None:
        other = table_of(JournalDB(path))
        taken = [table.insert({"name": f"{step}"}) for step in range(10) for table in (people, other)]
        assert taken == list(range(4, 24))
        assert contents(people) == contents(other)

    def test_numbers_of_threads_never_collide(self, path: Path) -> None:
        tables = [table_of(JournalDB(path, lock_timeout=60)) for _ in range(3)]
        taken: list[int] = []

        def write(table: JournalTable) -> None:
            taken.extend(table.insert({"name": "x"}) for _ in range(8))

        threads = [threading.Thread(target=write, args=(table,)) for table in (*tables, tables[0])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken) == list(range(1, 33))
        assert all(len(table) == 32 for table in tables)


class TestChange:
    def test_update(self, people: JournalTable) -> None:
        assert people.update({"age": 21}, where("name") == "Bo") == [2]
        assert people.update({"seen": True}, doc_ids=[1, 3]) == [1, 3]
        assert people.update({"age": 22}, where("name") == "nobody") == []
        assert contents(people)[2] == {"name": "Bo", "age": 21}
        assert people.update({"age": 0}) == [1, 2, 3]
        assert [document["age"] for document in people] == [0, 0, 0]

    @pytest.mark.parametrize(
        ("operation", "wanted"),
        [
            (increment("age"), {"name": "Bo", "age": 21}),
            (decrement("age"), {"name": "Bo", "age": 19}),
            (add("age", 5), {"name": "Bo", "age": 25}),
            (set_to("age", None), {"name": "Bo", "age": None}),
            (delete("age"), {"name": "Bo"}),
        ],
    )
    def test_operations(
        self, people: JournalTable, path: Path, operation: Callable[[Mapping[str, Any]], None], wanted: object
    ) -> None:
        assert people.update(operation, where("name") == "Bo") == [2]
        assert people.get(doc_id=2) == table_of(JournalDB(path)).get(doc_id=2) == wanted
        assert contents(people)[1] == {"name": "Ada", "age": 36}

    def test_what_is_changed_in_place_deep_inside_is_kept(self, people: JournalTable, path: Path) -> None:
        people.update({"tags": {"old": ["a"]}}, doc_ids=[1])

        def deep(document: Any) -> None:
            document["tags"]["old"].append("b")

        people.update(deep, doc_ids=[1])
        for opened in (people, table_of(JournalDB(path))):
            found = opened.get(doc_id=1)
            assert found["tags"] == {"old": ["a", "b"]}

    def test_a_change_of_nothing_is_not_written(self, people: JournalTable, path: Path) -> None:
        before = path.read_bytes()
        people.update(lambda document: None)
        people.update({"age": 36}, where("name") == "Ada")
        assert path.read_bytes() == before

    def test_a_change_that_fails_half_way_changes_nothing(self, people: JournalTable, path: Path) -> None:
        before = path.read_bytes()

        def grow(document: Any) -> None:
            document["age"] = 100 // (document["age"] - 20)

        with pytest.raises(ZeroDivisionError):
            people.update(grow)
        assert path.read_bytes() == before
        assert [document["age"] for document in people] == [36, 20, 20]

    def test_what_was_given_out_changes_nothing(self, people: JournalTable) -> None:
        found = people.get(doc_id=1)
        found["name"] = "changed"
        assert names(people)[0] == "Ada"

    def test_several_changes_at_once(self, people: JournalTable, path: Path) -> None:
        before = commits(path)
        changed = people.update_multiple([({"age": 1}, where("age") == 20), (increment("age"), where("name") == "Bo")])
        assert sorted(changed) == [2, 2, 3]
        assert [document["age"] for document in people] == [36, 2, 1]
        assert commits(path) == before + 1

    def test_upsert(self, people: JournalTable) -> None:
        person = Query()
        assert people.upsert({"name": "Bo", "age": 30}, person.name == "Bo") == [2]
        assert people.upsert({"name": "Dora"}, person.name == "Dora") == [4]
        assert people.upsert(Document({"age": 31}, 2)) == [2]
        assert people.upsert(Document({"name": "Zoe"}, 9)) == [9]
        assert contents(people)[2] == {"name": "Bo", "age": 31}
        assert contents(people)[9] == {"name": "Zoe"}
        with pytest.raises(ValueError, match="query"):
            people.upsert({"name": "Eve"})
        assert people.upsert({"seen": True}, person.age.exists()) == [1, 2, 3]

    def test_put_takes_the_place(self, people: JournalTable) -> None:
        people.put([Document({"name": "new"}, 2), Document({"name": "newer"}, people.next_id())])
        assert contents(people) == {
            1: {"name": "Ada", "age": 36},
            2: {"name": "new"},
            3: {"name": "Cleo", "age": 20},
            4: {"name": "newer"},
        }

    def test_remove(self, people: JournalTable, path: Path) -> None:
        assert people.remove(where("age") == 20) == [2, 3]
        assert people.remove(where("age") == 20) == []
        assert names(people) == names(table_of(JournalDB(path))) == ["Ada"]
        assert people.remove(doc_ids=[1]) == [1]
        assert len(people) == 0
        with pytest.raises(RuntimeError):
            people.remove()

    def test_truncate(self, database: JournalDB, people: JournalTable, path: Path) -> None:
        people.truncate()
        for opened in (people, table_of(JournalDB(path))):
            assert len(opened) == 0
            assert opened.all() == []
        assert database.tables() == {"people"}


class TestLook:
    def test_search(self, people: JournalTable) -> None:
        person = Query()
        assert [one.doc_id for one in people.search(person.age == 20)] == [2, 3]
        assert people.search((person.age == 20) & ~(person.name == "Bo")) == [{"name": "Cleo", "age": 20}]
        assert people.search(person.age > 100) == []
        assert people.search(person.name.test(lambda name: name.endswith("o")))[1].doc_id == 3

    def test_get(self, people: JournalTable) -> None:
        found = people.get(where("age") == 20)
        assert (found, found.doc_id) == ({"name": "Bo", "age": 20}, 2)
        assert people.get(doc_id=3)["name"] == "Cleo"
        assert people.get(where("age") == 21) is None
        assert people.get(doc_id=9) is None
        assert [one.doc_id for one in people.get(doc_ids=[3, 9, 1, 3])] == [1, 3]
        with pytest.raises(RuntimeError):
            people.get()

    def test_contains_and_count(self, people: JournalTable) -> None:
        assert people.contains(where("name") == "Ada")
        assert not people.contains(where("name") == "Dora")
        assert people.contains(doc_id=1)
        assert not people.contains(doc_id=9)
        assert people.count(where("age") == 20) == 2
        assert people.count(where("age") == 21) == 0

    def test_iteration_and_length(self, people: JournalTable) -> None:
        assert len(people) == 3
        assert names(people) == ["Ada", "Bo", "Cleo"]
        assert [one.doc_id for one in people.all()] == [1, 2, 3]
        assert "total=3" in repr(people)

    def test_numbers_rise_however_they_came(self, people: JournalTable, path: Path) -> None:
        people.insert(Document({"name": "Zoe"}, 90))
        people.insert(Document({"name": "Yan"}, 50))
        people.update({"age": 1}, doc_ids=[1])
        assert list(contents(people)) == list(contents(table_of(JournalDB(path)))) == [1, 2, 3, 50, 90]

    def test_a_document_that_goes_meanwhile_is_no_longer_found(self, people: JournalTable, path: Path) -> None:
        found: Any = people._read_table()
        assert len(found) == 3
        table_of(JournalDB(path)).remove(doc_ids=[2])
        people._look()
        with pytest.raises(KeyError):
            found["2"]

    def test_remembered_answers_are_forgotten_when_anybody_writes(self, people: JournalTable, path: Path) -> None:
        query = where("age") == 20
        other = table_of(JournalDB(path))
        assert len(people.search(query)) == len(other.search(query)) == 2
        other.insert({"name": "Dora", "age": 20})
        assert len(people.search(query)) == 3
        people.remove(where("name") == "Bo")
        assert [one["name"] for one in other.search(query)] == ["Cleo", "Dora"]
        other.truncate()
        assert people.search(query) == []

    def test_a_remembered_answer_is_given_again(self, people: JournalTable) -> None:
        asked: list[str] = []

        def test(name: Any) -> bool:
            asked.append(name)
            return True

        query = where("name").test(test)
        assert people.search(query) == people.search(query)
        assert asked == ["Ada", "Bo", "Cleo"]

    def test_nothing_of_a_batch_that_failed_is_remembered(self, database: JournalDB, people: JournalTable) -> None:
        query = where("age") == 20
        with broken_batch(database):
            people.insert({"name": "Dora", "age": 20})
            assert len(people.search(query)) == 3
        assert len(people.search(query)) == 2

    def test_tables_of_one_name_see_each_other(self, database: JournalDB, people: JournalTable) -> None:
        query = where("age") == 20
        again = JournalTable(database.storage, "people")
        assert len(again.search(query)) == 2
        people.update({"age": 21}, where("name") == "Bo")
        assert len(again.search(query)) == 1


class TestBatch:
    def test_it_is_one_commit(self, database: JournalDB, people: JournalTable, path: Path) -> None:
        before = commits(path)
        with database.storage.batch():
            people.insert({"name": "Dora"})
            people.update({"age": 5}, doc_ids=[1])
            with database.storage.batch():
                people.remove(doc_ids=[2])
            table_of(database, "places").insert({"name": "Oslo"})
            assert sorted(names(people)) == ["Ada", "Cleo", "Dora"]
            assert names(table_of(JournalDB(path))) == ["Ada", "Bo", "Cleo"], "nobody else sees it yet"
        assert commits(path) == before + 1
        again = JournalDB(path)
        assert names(table_of(again)) == ["Ada", "Cleo", "Dora"]
        assert names(table_of(again, "places")) == ["Oslo"]

    def test_it_is_all_or_nothing(self, database: JournalDB, people: JournalTable, path: Path) -> None:
        before = path.read_bytes()
        with broken_batch(database):
            people.insert({"name": "Dora"})
            people.truncate()
            database.drop_table("people")
            database.table("places").insert({"name": "Oslo"})
        assert path.read_bytes() == before
        assert database.tables() == {"people"}
        assert names(people) == ["Ada", "Bo", "Cleo"]
        assert people.insert({"name": "Dora"}) == 4

    def test_an_empty_one_writes_nothing(self, database: JournalDB, people: JournalTable, path: Path) -> None:
        before = path.read_bytes()
        with database.storage.batch():
            assert len(people) == 3
        assert path.read_bytes() == before

    def test_what_comes_and_goes_in_it_is_gone(self, database: JournalDB, people: JournalTable, path: Path) -> None:
        with database.storage.batch():
            number = people.insert({"name": "Dora"})
            people.update({"age": 3}, doc_ids=[number])
            people.remove(doc_ids=[number])
            assert people.get(doc_id=number) is None
        assert names(people) == names(table_of(JournalDB(path))) == ["Ada", "Bo", "Cleo"]
        assert people.insert({"name": "Eve"}) == number + 1

    def test_documents_are_written_in_it_only(self, database: JournalDB) -> None:
        writes: tuple[Callable[[], object], ...] = (
            lambda: database.storage.put("people", 1, {}),
            lambda: database.storage.make_table("people"),
            lambda: database.storage.drop_table("people"),
            lambda: database.storage.append(),
        )
        for write in writes:
            with pytest.raises(RuntimeError, match="batch"):
                write()

    def test_another_thread_is_not_in_it(self, database: JournalDB, people: JournalTable) -> None:
        seen: list[object] = []

        def look() -> None:
            seen.extend((database.storage.is_writing, len(people), people.get(doc_id=4)))

        with database.storage.batch():
            people.insert({"name": "Dora"})
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
            assert database.storage.is_writing
        assert seen == [False, 3, None]


class TestOpening:
    def test_reading_only(self, people: JournalTable, path: Path) -> None:
        before = path.read_bytes()
        opened = JournalDB(path, read_only=True)
        assert names(table_of(opened)) == ["Ada", "Bo", "Cleo"]
        writes: tuple[Callable[[], object], ...] = (
            lambda: opened.insert({}),
            lambda: table_of(opened).truncate(),
            lambda: opened.drop_tables(),
            lambda: opened.drop_table("people"),
            lambda: opened.update({"a": 1}),
            lambda: opened.upsert({}, where("a") == 1),
        )
        for write in writes:
            with pytest.raises(ReadOnlyError):
                write()
        assert path.read_bytes() == before

    def test_a_closed_one_can_still_be_read(self, database: JournalDB, people: JournalTable) -> None:
        database.close()
        assert names(people) == ["Ada", "Bo", "Cleo"]
        with pytest.raises(Exception, match="closed"):
            people.insert({})

    def test_a_path_in_words_will_do(self, tmp_path: Path) -> None:
        JournalDB(str(tmp_path / "deep" / "people.db")).insert({"name": "Ada"})
        assert len(JournalDB(tmp_path / "deep" / "people.db")) == 1


TABLES = st.sampled_from(["_default", "people", "places"])
VALUES = st.integers(0, 3)
NUMBERS = st.lists(st.integers(1, 12), max_size=3, unique=True)
OPERATIONS: tuple[Callable[[Any], None], ...] = (increment("a"), delete("a"), set_to("b", [1]), add("a", 2))


class Agreement(RuleBasedStateMachine):
    """A JournalDB and a plain TinyDB in memory, driven by the same hands, never differ."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.path = Path(self.folder) / "people.db"
        self.ours = JournalDB(self.path)
        self.other = JournalDB(self.path)
        self.plain = TinyDB(storage=MemoryStorage)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def both(self, act: Callable[[Any], object]) -> None:
        """Let both do the same; they have the same result, or fail in the same way."""
        results: list[object] = []
        for database in (self.plain, self.ours):
            try:
                result = act(database)
                # Ours goes through documents in the order of their numbers, not in that of their making.
                results.append(sorted(result) if isinstance(result, list) else result)
            except Exception as error:  # noqa: BLE001 - compared
                results.append(type(error))
        assert results[0] == results[1]

    @rule(table=TABLES, values=st.lists(VALUES, max_size=3))
    def insert(self, table: str, values: list[int]) -> None:
        # Numbers that were used before are free again in a plain TinyDB, so it is told those that ours chose.
        numbers = self.ours.table(table).insert_multiple({"a": value} for value in values)
        documents = [Document({"a": value}, number) for value, number in zip(values, numbers, strict=True)]
        assert self.plain.table(table).insert_multiple(documents) == numbers

    @rule(table=TABLES, number=st.integers(1, 12), value=VALUES)
    def insert_under_a_number(self, table: str, number: int, value: int) -> None:
        self.both(lambda database: database.table(table).insert(Document({"a": value}, number)))

    @rule(table=TABLES, number=st.integers(1, 12), value=VALUES)
    def upsert(self, table: str, number: int, value: int) -> None:
        self.both(lambda database: database.table(table).upsert(Document({"c": value}, number)))

    @rule(table=TABLES, value=VALUES, operation=st.sampled_from(OPERATIONS))
    def update(self, table: str, value: int, operation: Callable[[Any], None]) -> None:
        self.both(lambda database: database.table(table).update(operation, where("a") == value))

    @rule(table=TABLES, numbers=NUMBERS, value=VALUES)
    def update_by_numbers(self, table: str, numbers: list[int], value: int) -> None:
        self.both(lambda database: database.table(table).update({"b": value}, doc_ids=numbers))

    @rule(table=TABLES, value=VALUES)
    def remove(self, table: str, value: int) -> None:
        self.both(lambda database: database.table(table).remove(where("a") == value))

    @rule(table=TABLES)
    def truncate(self, table: str) -> None:
        self.both(lambda database: database.table(table).truncate())

    @rule(table=TABLES)
    def drop(self, table: str) -> None:
        self.both(lambda database: database.drop_table(table))

    @rule(table=TABLES, value=VALUES)
    def fail(self, table: str, value: int) -> None:
        with broken_batch(self.ours):
            self.ours.table(table).insert({"a": value})
            self.ours.table(table).update({"b": 9}, where("a") == value)
            self.ours.drop_table(table)

    @rule()
    def reopen(self) -> None:
        self.ours.close()
        self.ours = JournalDB(self.path)

    @rule()
    def exchange(self) -> None:
        self.ours, self.other = self.other, self.ours

    @invariant()
    def they_hold_the_same(self) -> None:
        assert self.ours.tables() == self.plain.tables()
        for name in ("_default", "people", "places"):
            ours, plain = self.ours.table(name), self.plain.table(name)
            assert len(ours) == len(plain)
            assert {one.doc_id: one for one in ours} == {one.doc_id: one for one in plain}
            for value in range(4):
                query = where("a") == value
                assert sorted(one.doc_id for one in ours.search(query)) == sorted(
                    one.doc_id for one in plain.search(query)
                )
                assert ours.count(query) == plain.count(query)


Agreement.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestAgreement = Agreement.TestCase


class TestManyAtOnce:
    def test_documents_with_and_without_numbers_are_inserted(self, tmp_path: Path) -> None:
        table = JournalDB(tmp_path / "people.db").table("people")
        assert table.insert_multiple({"a": value} for value in range(3)) == [1, 2, 3]
        assert table.insert_multiple([Document({"a": 9}, 7), {"a": 8}]) == [7, 8]
        assert table.insert_multiple([]) == []
        assert [(document.doc_id, document["a"]) for document in table] == [(1, 0), (2, 1), (3, 2), (7, 9), (8, 8)]

    @pytest.mark.parametrize("wrong", [3, {"a": float("nan")}, Document({}, 1)])
    def test_all_or_none_are_inserted(self, tmp_path: Path, wrong: Any) -> None:
        table = JournalDB(tmp_path / "people.db").table("people")
        table.insert({"a": 0})
        with pytest.raises(ValueError):  # noqa: PT011 - TinyDB's own, and that of JSON
            table.insert_multiple([{"a": 1}, wrong])
        assert table.all() == [{"a": 0}]

    def test_what_is_inserted_is_a_copy(self, tmp_path: Path) -> None:
        database = JournalDB(tmp_path / "people.db")
        table, mine = database.table("people"), {"a": 1}
        with database.storage.batch():
            table.insert_multiple([mine])
            mine["a"] = 2
        assert table.get(doc_id=1) == {"a": 1}


def test_documents_whose_text_is_known_are_documents(database: JournalDB, path: Path) -> None:
    people = table_of(database)
    before = people.insert({"name": "Ada"})
    new: list[dict[str, Any]] = [{"name": "Zoë", "age": 7}, {"name": "Bo"}]
    with database.storage.batch():
        people.add_written(Written(json_bytes(each), {"name": each["name"]}) for each in new)
        assert people.get(doc_id=before + 1) == new[0]
    with JournalDB(path) as again:
        for opened in (people, table_of(again)):
            assert contents(opened) == {before: {"name": "Ada"}, before + 1: new[0], before + 2: new[1]}
