"""What every repository must do, whatever it keeps its records in.

A suite is a class of tests that ask for two fixtures: `repository`, empty and writable, and `reopen`, which returns a
repository on the same records as after a restart.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.consent import ConsentKind
from sent_tui.core.contact import Contact, LifecycleStep, StepKind, StepResult
from sent_tui.core.message import Content, Draft, MessageStatus
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.search import (
    EVERYONE,
    ChannelFilter,
    ContactQuery,
    Sort,
    SortKey,
    containing,
    opted_out,
    tagged,
    with_channels,
)
from sent_tui.core.search_match import SearchCancelledError
from sent_tui.store.fresh import FreshContact, FreshContacts, outline
from sent_tui.store.repository import (
    Change,
    ChangeKind,
    ContactNotFoundError,
    DuplicateContactError,
    MessageNotFoundError,
    Repository,
    Transaction,
)
from tests.factories import NOW, attempt, contact, contact_id, decision, draft, event, known_contact, message, number

Reopen = Callable[[], Repository]


class InterruptionError(Exception):
    """Stands for whatever may go wrong in the middle of a write."""


class Ear:
    """A listener that remembers."""

    def __init__(self, repository: Repository) -> None:
        self.heard: list[Change] = []
        self.end = repository.subscribe(self.heard.append)

    def take(self) -> dict[ChangeKind, set[str]]:
        """Return what was heard since the last time."""
        heard = {change.kind: set(change.ids) for change in self.heard}
        assert len(heard) == len(self.heard), "one change of a kind for each write"
        self.heard.clear()
        return heard


def changed(**fields: Any) -> Callable[[Contact], Contact]:
    """Return a change that sets fields of a contact."""
    return lambda known: replace(known, **fields)


def ids(repository: Repository) -> list[str]:
    return [row.id for row in repository.page().rows]


@contextmanager
def failing_write(repository: Repository, undo: str = "") -> Iterator[Transaction]:
    """Open a write that is interrupted at its end."""
    try:
        with repository.transaction(undo=undo) as tx:
            yield tx
            raise InterruptionError
    except InterruptionError:
        return


def fresh(at: int, **words: Any) -> FreshContact:
    """Return a new contact that is given as texts."""
    known = parse(f"+1415555{100 + at:04}")
    assert isinstance(known, PhoneNumber)
    return FreshContacts(NOW).make(outline(known, **words), contact_id(at))


class FreshOnes:
    """New contacts that are given as texts are contacts like any other."""

    def test_one_is_kept_and_found(self, repository: Repository, reopen: Reopen) -> None:
        ear = Ear(repository)
        wanted = [fresh(0, name="Zoë", tags=("vip",)), fresh(1, notes="Likes tea")]
        with repository.transaction() as tx:
            for each in wanted:
                tx.add_fresh(each)
                assert tx.contact(each.id) == tx.find(each.e164) == each.contact
        assert ear.take() == {ChangeKind.CONTACTS: {each.id for each in wanted}}
        for opened in (repository, reopen()):
            assert [opened.get(each.id) for each in wanted] == [each.contact for each in wanted]
            assert [row.id for row in opened.page(tagged("vip")).rows] == [contact_id(0)]
            assert [row.id for row in opened.page(containing("tea")).rows] == [contact_id(1)]

    def test_a_number_has_one_contact(self, repository: Repository) -> None:
        repository.add([fresh(0).contact])
        with repository.transaction() as tx:
            tx.add_fresh(fresh(1))
            for twin in (fresh(0), fresh(1)):
                with pytest.raises(DuplicateContactError):
                    tx.add_fresh(twin._replace(id=contact_id(7)))
        assert sorted(ids(repository)) == [contact_id(0), contact_id(1)]

    def test_one_may_be_changed_or_deleted_in_the_same_write(self, repository: Repository, reopen: Reopen) -> None:
        with repository.transaction() as tx:
            for each in map(fresh, range(3)):
                tx.add_fresh(each)
            tx.put_contact(replace(tx.contact(contact_id(0)), name="Ada"))
            tx.delete_contact(contact_id(1))
            assert tx.find(fresh(1).e164) is None
        for opened in (repository, reopen()):
            assert sorted(ids(opened)) == [contact_id(0), contact_id(2)]
            assert opened.get(contact_id(0)).name == "Ada"

    def test_nothing_of_a_write_that_fails_stays(self, repository: Repository) -> None:
        with failing_write(repository) as tx:
            tx.add_fresh(fresh(0))
        assert ids(repository) == []

    def test_adding_one_can_be_undone(self, repository: Repository) -> None:
        with repository.transaction(undo="adding") as tx:
            tx.add_fresh(fresh(0))
        assert repository.undo() == "adding"
        assert ids(repository) == []


class Contacts:
    """Contacts are kept, found, changed and deleted."""

    def test_a_contact_is_kept_as_it_is(self, repository: Repository, reopen: Reopen) -> None:
        wanted = [contact(0), known_contact(1)]
        repository.add(wanted)
        for opened in (repository, reopen()):
            assert [opened.get(one.id) for one in wanted] == wanted
            assert [opened.find(one.format_e164) for one in wanted] == wanted
            assert opened.page().total == 2

    def test_nobody_is_found_where_nobody_is(self, repository: Repository) -> None:
        with pytest.raises(ContactNotFoundError, match="nobody"):
            repository.get("nobody")
        assert repository.find(number()) is None
        assert repository.page().total == 0
        assert repository.count()[ChannelFilter.ALL] == 0

    def test_a_number_has_one_contact(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])
        twin = replace(contact(1), format_e164=number(0))
        with pytest.raises(DuplicateContactError) as refused:
            repository.add([contact(2), twin])
        assert refused.value.existing == contact(0)
        assert ids(repository) == ids(reopen()) == [contact_id(0)]

    def test_an_id_is_added_once(self, repository: Repository) -> None:
        repository.add([contact(0)])
        with pytest.raises(DuplicateContactError):
            repository.add([replace(contact(1), id=contact_id(0))])
        assert repository.get(contact_id(0)) == contact(0)

    def test_twins_in_one_write_are_refused(self, repository: Repository) -> None:
        with pytest.raises(DuplicateContactError):
            repository.add([contact(0), replace(contact(0), id="another")])
        assert repository.page().total == 0

    def test_a_change_sees_the_newest_state(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])
        repository.update(contact_id(0), changed(name="Ada"))
        updated = repository.update(contact_id(0), changed(tags=("vip",)))
        assert updated == contact(0, name="Ada", tags=("vip",))
        assert repository.get(contact_id(0)) == reopen().get(contact_id(0)) == updated
        assert repository.page(containing("ada vip")).total == 1

    def test_a_change_of_nobody_changes_nothing(self, repository: Repository) -> None:
        with pytest.raises(ContactNotFoundError):
            repository.update("nobody", lambda known: known)
        assert repository.page().total == 0

    def test_a_change_leaves_the_id_alone(self, repository: Repository) -> None:
        repository.add([contact(0)])
        with pytest.raises(ValueError, match="id"):
            repository.update(contact_id(0), changed(id="another"))
        assert ids(repository) == [contact_id(0)]

    def test_a_number_that_was_given_up_is_free(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])
        repository.update(contact_id(0), changed(format_e164=number(5)))
        assert repository.find(number(0)) is None
        repository.add([contact(1, format_e164=number(0))])
        found = reopen().find(number(0))
        assert found is not None
        assert found.id == contact_id(1)

    def test_a_change_to_a_taken_number_is_refused(self, repository: Repository) -> None:
        repository.add([contact(0), contact(1)])
        with pytest.raises(DuplicateContactError):
            repository.update(contact_id(1), changed(format_e164=number(0)))
        assert repository.get(contact_id(1)) == contact(1)

    def test_deleted_contacts_are_gone(self, repository: Repository, reopen: Reopen) -> None:
        repository.add(map(contact, range(4)))
        repository.delete([contact_id(1), contact_id(3), contact_id(1)])
        assert ids(repository) == ids(reopen()) == [contact_id(0), contact_id(2)]
        assert repository.find(number(1)) is None
        with pytest.raises(ContactNotFoundError):
            repository.get(contact_id(3))

    def test_deleting_somebody_who_is_not_there_deletes_nobody(self, repository: Repository) -> None:
        repository.add([contact(0)])
        with pytest.raises(ContactNotFoundError):
            repository.delete([contact_id(0), "nobody"])
        assert ids(repository) == [contact_id(0)]

    def test_messages_and_consent_outlive_a_contact(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])
        with repository.transaction() as tx:
            tx.put_message(message(0))
            tx.add_event(event(0))
            tx.add_consent(decision(0))
        repository.delete([contact_id(0)])
        for opened in (repository, reopen()):
            assert opened.messages(contact_id=contact_id(0)) == (message(0),)
            assert opened.events("message-0") == (event(0),)
            assert opened.consent_history(number()) == (decision(0),)

    def test_text_that_no_file_can_hold_is_mended(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0, name="Ada \ud83d", tags=("\udc00",))])
        for opened in (repository, reopen()):
            assert opened.get(contact_id(0)).name == "Ada \ufffd"
            assert opened.get(contact_id(0)).tags == ("\ufffd",)
            assert opened.page().rows[0].name == "Ada \ufffd"

    def test_a_record_that_could_not_be_read_again_is_refused(self, repository: Repository, reopen: Reopen) -> None:
        with pytest.raises(ValueError, match="name"):
            repository.add([contact(0), contact(1, name=5)])
        with pytest.raises(ValueError, match="id"), repository.transaction() as tx:
            tx.put_contact(contact(2, id=""))
        with pytest.raises(ValueError, match="float"), repository.transaction() as tx:
            tx.put_message(message(0, attempts=(attempt(0, cost=float("nan")),)))
        assert repository.page().total == reopen().page().total == 0


class Lists:
    """Pages, orders and counts."""

    def test_a_page_is_a_part_of_all(self, repository: Repository) -> None:
        repository.add(map(contact, range(5)))
        page = repository.page(offset=1, limit=2)
        assert [row.id for row in page.rows] == [contact_id(1), contact_id(2)]
        assert page.total == 5
        assert len(repository.page(offset=3).rows) == 2
        assert len(repository.page(offset=-3, limit=1).rows) == 1
        assert not repository.page(offset=9).rows
        assert not repository.page(limit=0).rows
        assert not repository.page(limit=-1).rows

    def test_a_page_follows_query_and_order(self, repository: Repository, reopen: Reopen) -> None:
        names = ["Łucja", "ada", "Élodie", ""]
        repository.add(contact(place, name=name) for place, name in enumerate(names))
        for opened in (repository, reopen()):
            assert [row.name for row in opened.page().rows] == ["ada", "Élodie", "Łucja", ""]
            newest_first = opened.page(sort=Sort(SortKey.CREATED, descending=True))
            assert [row.id for row in newest_first.rows] == [contact_id(place) for place in (3, 2, 1, 0)]
            assert [row.name for row in opened.page(containing("ELODIE")).rows] == ["Élodie"]

    def test_counts_leave_the_channel_filter_aside(self, repository: Repository, reopen: Reopen) -> None:
        reachable = contact(1)
        found = reachable.status(Channel.SMS).found(Availability.AVAILABLE, Source.LOOKUP, NOW, "")
        repository.add([contact(0), reachable.with_status(found), known_contact(2)])
        for opened in (repository, reopen()):
            counts = opened.count(with_channels(ChannelFilter.SMS))
            assert [counts[wanted] for wanted in ChannelFilter] == [3, 1, 1, 0, 1, 1]
            assert opened.count(containing("Zoë"))[ChannelFilter.ALL] == 1

    def test_rows_that_were_given_out_stay_as_they_were(self, repository: Repository) -> None:
        repository.add(contact(place, name=f"Person {place}") for place in range(3))
        rows = repository.page().rows
        before = list(rows)
        repository.update(contact_id(0), changed(name="Zora"))
        repository.delete([contact_id(1)])
        repository.add([contact(7, name="Aaron")])
        assert list(rows) == before
        assert rows.place(contact_id(1)) == 1
        assert rows.place(contact_id(0)) == 0
        assert rows.place(contact_id(7)) is None
        assert [row.name for row in repository.page().rows] == ["Aaron", "Person 2", "Zora"]

    def test_lists_of_messages_that_were_given_out_stay(self, repository: Repository) -> None:
        with repository.transaction() as tx:
            tx.put_message(message(0))
            tx.add_event(event(0))
            tx.add_consent(decision(0))
        given = repository.messages(), repository.events("message-0"), repository.consent_history(number())
        with repository.transaction() as tx:
            tx.put_message(message(1))
            tx.put_message(message(0, status="READ"))
            tx.add_event(event(1))
            tx.add_consent(decision(1))
        assert given == ((message(0),), (event(0),), (decision(0),))


QUERIES = (
    EVERYONE,
    containing("zoe"),
    containing("-bo"),
    containing("555 01"),
    containing("zeo", forgiving=True),
    with_channels(ChannelFilter.WHATSAPP),
    containing("bo") & with_channels(ChannelFilter.NONE),
    tagged("VIP"),
    opted_out(),
    containing("nobody"),
)


class Searching:
    """First rows at once, all of them with their counts, and what keeps it fast."""

    @pytest.fixture
    def people(self, repository: Repository) -> list[Contact]:
        people = [
            known_contact(place, name=name) if place % 3 == 0 else contact(place, name=name)
            for place, name in enumerate(("Zoë", "Bo", "", "zoe", "Ada", "Bo B", "", "Zeo"))
        ]
        repository.add(people)
        return people

    @pytest.mark.parametrize("query", QUERIES)
    def test_an_answer_is_the_whole_page(
        self, repository: Repository, people: list[Contact], reopen: Reopen, query: ContactQuery
    ) -> None:
        for opened in (repository, reopen()):
            for key in SortKey:
                for descending in (False, True):
                    sort = Sort(key, descending=descending)
                    answer = opened.answer(query, sort=sort)
                    page = opened.page(query, sort=sort)
                    assert list(answer) == list(page.rows)
                    assert page.total == len(answer)
                    assert [answer.place(row.id) for row in page.rows] == list(range(page.total))
                    counts = opened.count(query)
                    wanted = {each: opened.page(query & with_channels(each)).total for each in ChannelFilter}
                    if not query.conditions:
                        assert {each: counts[each] for each in ChannelFilter} == wanted

    @pytest.mark.parametrize("query", [query for query in QUERIES if not query.forgiving])
    def test_a_glance_shows_the_first_rows(
        self, repository: Repository, people: list[Contact], reopen: Reopen, query: ContactQuery
    ) -> None:
        for opened in (repository, reopen()):
            for key in SortKey:
                for descending in (False, True):
                    sort = Sort(key, descending=descending)
                    rows = list(opened.page(query, sort=sort).rows)
                    for limit in (1, 3, 50):
                        glance = opened.glance(query, sort=sort, limit=limit)
                        assert glance is not None
                        assert list(glance) == rows[:limit]

    def test_a_glance_keeps_a_contact_or_leaves_it(self, repository: Repository, people: list[Contact]) -> None:
        everyone = [row.id for row in repository.page().rows]
        for place, kept in enumerate(everyone):
            glance = repository.glance(limit=3, keep=kept)
            assert (glance is None) is (place >= 3)
            if glance is not None:
                assert glance.place(kept) == place
        for gone in ("nobody", contact_id(1)):
            glance = repository.glance(containing("zoe"), limit=1, keep=gone)
            assert glance is not None
            assert len(glance) == 1
        repository.delete([contact_id(4)])
        assert repository.glance(limit=1, keep=contact_id(4)) is not None

    def test_a_glance_follows_changes(self, repository: Repository, people: list[Contact]) -> None:
        repository.update(contact_id(1), changed(name="Aaron"))
        repository.delete([contact_id(4)])
        repository.add([contact(9, name="Abe")])
        glance = repository.glance(limit=3)
        assert glance is not None
        assert [row.name for row in glance] == ["Aaron", "Abe", "Bo B"]

    def test_nobody_waits_for_an_answer_that_is_cancelled(self, repository: Repository) -> None:
        repository.add(contact(place, name=f"Person {place}") for place in range(40))
        with pytest.raises(SearchCancelledError):
            repository.answer(containing("person 7"), is_cancelled=lambda: True)
        assert len(repository.answer(containing("person"))) == 40

    def test_maintaining_changes_no_answer(self, repository: Repository, people: list[Contact], reopen: Reopen) -> None:
        with repository.transaction() as tx:
            tx.put_message(message(0))
            tx.add_event(event(0))
        rows = repository.page().rows
        before = list(rows)
        ear = Ear(repository)
        repository.maintain()
        repository.maintain()
        assert ear.take() == {}
        for opened in (repository, reopen()):
            assert list(opened.page().rows) == before
            assert opened.messages() == (message(0),)
        assert list(rows) == before
        repository.add([contact(9)])
        assert repository.page().total == reopen().page().total == 9

    def test_many_changes_are_searched_like_few(self, repository: Repository, reopen: Reopen) -> None:
        repository.add(contact(place, name=f"Person {place:05}") for place in range(2_100))
        repository.maintain()
        repository.delete(map(contact_id, range(0, 2_100, 2)))
        for opened in (repository, reopen()):
            assert opened.page().total == opened.count()[ChannelFilter.ALL] == 1_050
            assert [row.name for row in opened.page(containing("person 0010")).rows] == [
                f"Person {place:05}" for place in range(101, 110, 2)
            ]
        repository.maintain()
        assert reopen().page(containing("2099")).total == 1
        assert reopen().page(containing("2098")).total == 0


class Transactions:
    """A write is whole, or it is not."""

    def test_a_write_sees_what_it_did(self, repository: Repository) -> None:
        repository.add([contact(0), contact(1)])
        with repository.transaction() as tx:
            tx.put_contact(replace(tx.contact(contact_id(0)), name="Ada"))
            tx.put_contact(contact(2))
            tx.delete_contact(contact_id(1))
            assert tx.contact(contact_id(0)).name == "Ada"
            assert tx.find(number(2)) == contact(2)
            assert tx.find(number(1)) is None
            with pytest.raises(ContactNotFoundError):
                tx.contact(contact_id(1))
            with pytest.raises(ContactNotFoundError):
                tx.delete_contact(contact_id(1))
            tx.put_message(message(0))
            assert tx.message("message-0") == message(0)
            with pytest.raises(MessageNotFoundError):
                tx.message("message-1")
            assert tx.add_event(event(0))
            assert not tx.add_event(event(0))
            tx.add_consent(decision(1))
            tx.add_consent(decision(0, ConsentKind.OPT_IN))
            assert tx.consent_history(number()) == (decision(0, ConsentKind.OPT_IN), decision(1))

    def test_nobody_sees_a_write_before_its_end(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])
        with repository.transaction() as tx:
            tx.put_contact(contact(1))
            tx.delete_contact(contact_id(0))
            tx.put_message(message(0))
            assert ids(repository) == ids(reopen()) == [contact_id(0)]
            assert repository.messages() == ()
        assert ids(repository) == ids(reopen()) == [contact_id(1)]
        assert repository.messages() == (message(0),)

    def test_an_interrupted_write_leaves_nothing(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0), known_contact(1)])
        repository.save_draft(draft(1))
        with repository.transaction() as tx:
            tx.put_message(message(0))
        ear = Ear(repository)
        with failing_write(repository, undo="nothing") as tx:
            tx.put_contact(contact(2))
            tx.put_contact(replace(tx.contact(contact_id(0)), name="Ada"))
            tx.delete_contact(contact_id(1))
            tx.put_message(message(0, status="READ"))
            tx.put_message(message(1))
            tx.add_event(event(0))
            tx.add_consent(decision(0))
        assert ear.take() == {}
        for opened in (repository, reopen()):
            assert sorted(ids(opened)) == [contact_id(0), contact_id(1)]
            assert opened.get(contact_id(0)) == contact(0)
            assert opened.find(number(1)) == known_contact(1)
            assert opened.find(number(2)) is None
            assert opened.messages() == (message(0),)
            assert opened.events("message-0") == ()
            assert opened.consent_history(number()) == ()
            assert opened.drafts() == (draft(1),)
            assert opened.undo() is None
        with repository.transaction() as tx:
            assert tx.add_event(event(0)), "the event was not heard yet"

    def test_writes_are_not_nested(self, repository: Repository) -> None:
        with repository.transaction() as tx:
            with pytest.raises(RuntimeError), repository.transaction():
                pytest.fail("a second write began inside the first")
            with pytest.raises(RuntimeError):
                repository.add([contact(1)])
            tx.put_contact(contact(0))
        assert ids(repository) == [contact_id(0)]

    def test_a_write_that_is_over_takes_nothing(self, repository: Repository) -> None:
        with repository.transaction() as tx:
            pass
        for use in (
            lambda: tx.put_contact(contact(0)),
            lambda: tx.find(number()),
            lambda: tx.put_message(message(0)),
            lambda: tx.add_event(event(0)),
            lambda: tx.add_consent(decision(0)),
        ):
            with pytest.raises(RuntimeError):
                use()
        assert repository.page().total == 0

    def test_a_number_moves_in_one_write(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0), contact(1)])
        with repository.transaction() as tx:
            tx.put_contact(contact(0, format_e164=number(9)))
            tx.put_contact(contact(1, format_e164=number(0)))
            tx.delete_contact(contact_id(0))
            tx.put_contact(contact(2, format_e164=number(1)))
        for opened in (repository, reopen()):
            holders = [opened.find(number(place)) for place in (0, 1, 9)]
            assert [holder and holder.id for holder in holders] == [contact_id(1), contact_id(2), None]

    def test_added_and_deleted_in_one_write_is_nothing(self, repository: Repository) -> None:
        ear = Ear(repository)
        with repository.transaction(undo="nothing") as tx:
            tx.put_contact(contact(0))
            tx.delete_contact(contact_id(0))
        assert ear.take() == {}
        assert repository.find(number()) is None
        assert repository.undo() is None

    def test_threads_write_one_after_another(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])

        def lengthen() -> None:
            for _ in range(10):
                repository.update(contact_id(0), lambda known: replace(known, notes=f"{known.notes}x"))

        run_together([lengthen] * 4)
        assert repository.get(contact_id(0)).notes == reopen().get(contact_id(0)).notes == "x" * 40

    def test_reading_goes_on_beside_writing(self, repository: Repository) -> None:
        repository.add(contact(place, name=f"Person {place}") for place in range(60))
        with repository.transaction() as tx:
            tx.put_message(message(0))
        done = threading.Event()

        def write() -> None:
            dice = random.Random(1)
            try:
                for step in range(20):
                    chosen = contact_id(dice.randrange(50))
                    repository.update(chosen, lambda known: replace(known, name=known.name[::-1]))
                    with repository.transaction() as tx:
                        tx.put_message(message(step, contact_place=step % 3))
                        tx.delete_contact(contact_id(50 + step % 10))
                        tx.add_event(event(step))
                    repository.add([contact(50 + step % 10)])
            finally:
                done.set()

        def read() -> None:
            while not done.is_set():
                rows = repository.page(sort=Sort(SortKey.NUMBER)).rows
                assert 59 <= len(rows) <= 60
                numbers = [row.e164 for row in rows]
                assert numbers == sorted(numbers)
                assert len(repository.page(containing("person nosrep")).rows) == 0
                assert repository.count()[ChannelFilter.ALL] in {59, 60}
                found = repository.find(number(7))
                assert found is not None
                assert found.id == contact_id(7)
                told = [one.created_at for one in repository.messages()]
                assert told == sorted(told, reverse=True)
                heard = [one.at for one in repository.events("message-0")]
                assert heard == sorted(heard)
                repository.drafts()

        run_together([write, read, read])


class Undo:
    """The last write of a person can be taken back, and only that."""

    def test_there_is_nothing_to_take_back_at_first(self, repository: Repository) -> None:
        assert repository.undo() is None
        repository.add([contact(0)])
        assert repository.undo() is None
        assert repository.page().total == 1

    def test_an_edit_goes_back(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([known_contact(0)])
        later = NOW + timedelta(days=1)
        change = {"name": "", "tags": (), "notes": "new", "updated_at": later}
        repository.update(contact_id(0), changed(**change), undo="edit")
        assert reopen().undo() == "edit"
        repository.refresh()
        assert repository.get(contact_id(0)) == reopen().get(contact_id(0)) == known_contact(0)
        assert repository.undo() is None

    def test_what_was_learned_since_stays(self, repository: Repository) -> None:
        repository.add([contact(0, name="Ada")])
        later = NOW + timedelta(days=1)
        repository.update(contact_id(0), changed(name="Bo", notes="x", updated_at=NOW), undo="edit")
        learned = contact(0).status(Channel.WHATSAPP).found(Availability.AVAILABLE, Source.DELIVERY, later, "arrived")
        repository.update(
            contact_id(0),
            lambda known: replace(known.with_status(learned), last_status="DELIVERED", updated_at=later),
        )
        assert repository.undo() == "edit"
        wanted = replace(contact(0).with_status(learned), name="Ada", last_status="DELIVERED", updated_at=later)
        assert repository.get(contact_id(0)) == wanted

    def test_lists_go_back_item_by_item(self, repository: Repository) -> None:
        def checked(kind: StepKind, result: StepResult) -> None:
            step = LifecycleStep(kind, result, NOW, "")
            status = contact(0).status(Channel.SMS).found(Availability.AVAILABLE, Source.LOOKUP, NOW, kind)
            repository.update(
                contact_id(0),
                lambda known: known.with_step(step).with_status(status),
                undo="check" if result is StepResult.YES else "",
            )

        repository.add([contact(0)])
        checked(StepKind.ASSESS_SMS, StepResult.YES)
        whatsapp = LifecycleStep(StepKind.DETECT_WHATSAPP, StepResult.NO, NOW, "since")
        found = contact(0).status(Channel.WHATSAPP).found(Availability.UNAVAILABLE, Source.LOOKUP, NOW, "since")
        repository.update(contact_id(0), lambda known: known.with_step(whatsapp).with_status(found))
        assert repository.undo() == "check"
        assert repository.get(contact_id(0)) == contact(0).with_step(whatsapp).with_status(found)

    def test_the_default_channel_goes_back_as_a_whole(self, repository: Repository) -> None:
        pinned = contact(0).with_default(Channel.SMS, pinned=True, reason="chosen by a person", at=NOW)
        repository.add([pinned])
        later = NOW + timedelta(hours=1)
        repository.update(contact_id(0), changed(default_pinned=False), undo="default")
        repository.update(
            contact_id(0),
            lambda known: known.with_default(Channel.WHATSAPP, pinned=False, reason="learned", at=later),
        )
        assert repository.undo() == "default"
        assert repository.get(contact_id(0)) == pinned

    def test_a_deleted_contact_comes_back_with_its_draft(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([known_contact(0), known_contact(1), contact(2)])
        repository.save_draft(draft(0))
        repository.delete([contact_id(0), contact_id(2)], undo="deletion of 2 contacts")
        assert repository.draft(contact_id(0)) is None
        ear = Ear(repository)
        assert repository.undo() == "deletion of 2 contacts"
        assert ear.take() == {
            ChangeKind.CONTACTS: {contact_id(0), contact_id(2)},
            ChangeKind.DRAFTS: {contact_id(0)},
        }
        for opened in (repository, reopen()):
            assert opened.get(contact_id(0)) == opened.find(number(0)) == known_contact(0)
            assert opened.get(contact_id(2)) == contact(2)
            assert opened.draft(contact_id(0)) == draft(0)
            assert opened.page().total == 3

    def test_a_draft_that_was_begun_since_is_kept(self, repository: Repository) -> None:
        repository.add([contact(0)])
        repository.save_draft(draft(0))
        repository.delete([contact_id(0)], undo="deletion")
        newer = draft(0, text="begun since")
        repository.save_draft(newer)
        assert repository.undo() == "deletion"
        assert repository.draft(contact_id(0)) == newer

    def test_nobody_comes_back_beside_a_new_contact_of_the_number(self, repository: Repository) -> None:
        repository.add([contact(0), contact(1)])
        repository.delete([contact_id(0), contact_id(1)], undo="deletion")
        made_anew = contact(0, id="made anew")
        repository.add([made_anew])
        assert repository.undo() == "deletion"
        assert repository.find(number(0)) == made_anew
        assert repository.find(number(1)) == contact(1)
        assert repository.page().total == 2

    def test_an_added_contact_goes(self, repository: Repository) -> None:
        repository.add([contact(0)])
        repository.add([contact(1), contact(2)], undo="import")
        repository.update(contact_id(1), changed(name="learned since"))
        assert repository.undo() == "import"
        assert ids(repository) == [contact_id(0)]

    def test_an_added_contact_stays_once_it_was_written_to(self, repository: Repository) -> None:
        repository.add([contact(0), contact(1)], undo="import")
        with repository.transaction() as tx:
            tx.put_message(message(0))
        assert repository.undo() == "import"
        assert ids(repository) == [contact_id(0)]

    def test_writes_go_back_in_turn(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])
        for name in ("a", "b", "c"):
            repository.update(contact_id(0), changed(name=name), undo=f"to {name}")
        assert repository.undo() == "to c"
        assert repository.get(contact_id(0)).name == "b"
        assert reopen().undo() == "to b"
        repository.refresh()
        assert repository.get(contact_id(0)).name == "a"
        assert repository.undo() == "to a"
        assert repository.get(contact_id(0)) == contact(0)
        assert repository.undo() is None

    def test_a_write_of_which_nothing_is_left_is_passed_over(self, repository: Repository) -> None:
        repository.add([contact(0), contact(1)])
        repository.update(contact_id(0), changed(name="Ada"), undo="first")
        repository.update(contact_id(1), changed(name="Bo"), undo="second")
        repository.delete([contact_id(1)])
        assert repository.undo() == "first"
        assert repository.get(contact_id(0)) == contact(0)
        assert repository.undo() is None

    def test_an_edit_that_would_take_a_number_is_passed_over(self, repository: Repository) -> None:
        repository.add([contact(0)])
        moved = {"format_e164": number(5)}
        repository.update(contact_id(0), changed(**moved), undo="move")
        repository.add([contact(1, format_e164=number(0))])
        assert repository.undo() is None
        assert repository.get(contact_id(0)).format_e164 == number(5)

    def test_fifty_writes_can_be_taken_back(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])
        for step in range(53):
            repository.update(contact_id(0), changed(name=f"{step}"), undo=f"{step}")
        opened = reopen()
        assert [opened.undo() for _ in range(51)] == [*(f"{step}" for step in range(52, 2, -1)), None]
        assert opened.get(contact_id(0)).name == "2"

    def test_writes_without_a_name_and_writes_of_messages_are_not_remembered(self, repository: Repository) -> None:
        with repository.transaction(undo="sending") as tx:
            tx.put_message(message(0))
        assert repository.undo() is None
        assert repository.messages() == (message(0),)

    def test_an_opt_out_that_is_taken_back_goes_on_record(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])
        with repository.transaction(undo="opt-out of Ada") as tx:
            tx.put_contact(replace(tx.contact(contact_id(0)), opt_out=True))
            tx.add_consent(decision(0))
        assert repository.undo() == "opt-out of Ada"
        assert not repository.get(contact_id(0)).opt_out
        first, second = reopen().consent_history(number())
        assert first == decision(0)
        assert (second.kind, second.by) == (ConsentKind.OPT_IN, "undo")
        assert "opt-out of Ada" in second.how
        assert second.at >= first.at

    def test_an_opt_in_that_is_taken_back_goes_on_record(self, repository: Repository) -> None:
        repository.add([contact(0, opt_out=True)])
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        with repository.transaction(undo="opt-in") as tx:
            tx.put_contact(contact(0))
            tx.add_consent(decision(0, ConsentKind.OPT_IN, at=tomorrow))
        assert repository.undo() == "opt-in"
        assert repository.get(contact_id(0)).opt_out
        history = repository.consent_history(number())
        assert [one.kind for one in history] == [ConsentKind.OPT_IN, ConsentKind.OPT_OUT]
        assert history[-1].at == tomorrow, "no decision is put before the one that it answers"

    def test_where_nothing_is_on_record_an_opt_out_just_goes_back(self, repository: Repository) -> None:
        repository.add([contact(0)])
        repository.update(contact_id(0), changed(opt_out=True), undo="opt-out")
        assert repository.undo() == "opt-out"
        assert not repository.get(contact_id(0)).opt_out
        assert repository.consent_history(number()) == ()

    def test_a_decision_that_came_since_stands(self, repository: Repository) -> None:
        repository.add([contact(0)])
        with repository.transaction(undo="opt-out") as tx:
            tx.put_contact(replace(tx.contact(contact_id(0)), opt_out=True, name="Ada"))
            tx.add_consent(decision(0))
        with repository.transaction() as tx:
            tx.add_consent(decision(1, by="the person"))
        assert repository.undo() == "opt-out"
        assert repository.get(contact_id(0)) == contact(0, opt_out=True)
        assert len(repository.consent_history(number())) == 2

    @pytest.mark.parametrize("kind", ConsentKind)
    def test_a_contact_that_comes_back_obeys_a_decision_that_came_since(
        self, repository: Repository, kind: ConsentKind
    ) -> None:
        repository.add([contact(0, opt_out=kind is ConsentKind.OPT_IN)])
        with repository.transaction() as tx:
            tx.add_consent(decision(0))
        repository.delete([contact_id(0)], undo="deletion")
        with repository.transaction() as tx:
            tx.add_consent(decision(1, kind))
        assert repository.undo() == "deletion"
        assert repository.get(contact_id(0)).opt_out is (kind is ConsentKind.OPT_OUT)

    def test_a_contact_that_comes_back_is_as_it_was(self, repository: Repository) -> None:
        repository.add([contact(0)])
        with repository.transaction() as tx:
            tx.add_consent(decision(0))
        repository.delete([contact_id(0)], undo="deletion")
        assert repository.undo() == "deletion"
        assert repository.get(contact_id(0)) == contact(0)
        assert repository.consent_history(number()) == (decision(0),)


class Messages:
    """Messages, their events, and consent."""

    def test_a_message_is_kept_and_changed(self, repository: Repository, reopen: Reopen) -> None:
        content = Content("Hello Zoë", template="hello", variables={"name": "Zoë"})
        read = message(0, status="READ", content=content, reasons=("cheaper",))
        with repository.transaction() as tx:
            tx.put_message(message(0))
        with repository.transaction() as tx:
            tx.put_message(read)
        assert repository.message("message-0") == reopen().message("message-0") == read
        with pytest.raises(MessageNotFoundError, match="message-9"):
            repository.message("message-9")

    def test_messages_are_listed_newest_first(self, repository: Repository, reopen: Reopen) -> None:
        places = [4, 0, 3, 1, 2]
        for place in places:
            with repository.transaction() as tx:
                tx.put_message(message(place, contact_place=place % 2))
        for opened in (repository, reopen()):
            assert [one.id for one in opened.messages()] == [f"message-{place}" for place in (4, 3, 2, 1, 0)]
            odd = opened.messages(contact_id=contact_id(1))
            assert [one.id for one in odd] == ["message-3", "message-1"]
            assert [one.id for one in opened.messages(offset=1, limit=2)] == ["message-3", "message-2"]
            assert [one.id for one in opened.messages(offset=-1, limit=1)] == ["message-4"]
            assert opened.messages(contact_id="nobody") == ()
            assert opened.messages(offset=5) == opened.messages(limit=0) == ()

    def test_a_message_that_moves_is_listed_once(self, repository: Repository) -> None:
        with repository.transaction() as tx:
            tx.put_message(message(0))
            tx.put_message(message(1))
        with repository.transaction() as tx:
            tx.put_message(message(0, contact_place=3, created_at=NOW + timedelta(days=1)))
        assert [one.id for one in repository.messages()] == ["message-0", "message-1"]
        assert [one.id for one in repository.messages(contact_id=contact_id(0))] == ["message-1"]
        assert [one.id for one in repository.messages(contact_id=contact_id(3))] == ["message-0"]

    def test_many_messages_are_listed_in_order(self, repository: Repository, reopen: Reopen) -> None:
        order = list(range(300))
        random.Random(3).shuffle(order)
        with repository.transaction() as tx:
            for place in order:
                tx.put_message(message(place, contact_place=place % 7))
        for opened in (repository, reopen()):
            assert [one.id for one in opened.messages()] == [f"message-{place}" for place in range(299, -1, -1)]
            of_one = opened.messages(contact_id=contact_id(2), offset=1)
            assert [one.id for one in of_one] == [f"message-{place}" for place in range(296 - 7, 0, -7)][: len(of_one)]

    def test_messages_under_way_are_told_from_ended_ones(self, repository: Repository, reopen: Reopen) -> None:
        failed_for_good = message(3, status="FAILED", route=(Channel.WHATSAPP,))
        with repository.transaction() as tx:
            tx.put_message(message(0))
            tx.put_message(message(1, contact_place=1))
            tx.put_message(message(2, status="FAILED"))
            tx.put_message(failed_for_good)
            tx.put_message(message(4, status="a new word"))
        with repository.transaction() as tx:
            tx.put_message(message(0, status=MessageStatus.READ.value))
        for opened in (repository, reopen()):
            under_way = opened.messages(only_open=True)
            assert [one.id for one in under_way] == ["message-4", "message-2", "message-1"]
            assert [one.id for one in opened.messages(only_open=True, offset=1, limit=1)] == ["message-2"]
            of_one = opened.messages(contact_id=contact_id(1), only_open=True)
            assert [one.id for one in of_one] == ["message-1"]

    def test_an_event_is_heard_once(self, repository: Repository, reopen: Reopen) -> None:
        with repository.transaction() as tx:
            assert tx.add_event(event(0))
        for opened in (repository, reopen()):
            ear = Ear(opened)
            with opened.transaction() as tx:
                assert not tx.add_event(event(0))
                assert not tx.add_event(event(0, status="something else", message_place=1))
            assert ear.take() == {}
            assert opened.events("message-0") == (event(0),)
            assert opened.events("message-1") == ()

    def test_events_stand_in_the_order_of_their_own_time(self, repository: Repository, reopen: Reopen) -> None:
        at_once = [event(10 + place, at=NOW) for place in range(3)]
        for one in (event(2), event(1), *reversed(at_once), event(5, message_place=1)):
            with repository.transaction() as tx:
                assert tx.add_event(one)
        for opened in (repository, reopen()):
            assert opened.events("message-0") == (*reversed(at_once), event(1), event(2))
            assert opened.events("message-1") == (event(5, message_place=1),)

    def test_consent_stands_in_the_order_of_its_own_time(self, repository: Repository, reopen: Reopen) -> None:
        told = [decision(2), decision(0), decision(1, ConsentKind.OPT_IN), decision(0, by="somebody else")]
        with repository.transaction() as tx:
            for one in told:
                tx.add_consent(one)
            tx.add_consent(decision(0, number=number(1)))
        for opened in (repository, reopen()):
            assert opened.consent_history(number()) == (told[1], told[3], told[2], told[0])
            assert opened.consent_history(number(1)) == (decision(0, number=number(1)),)
            assert opened.consent_history(number(2)) == ()

    def test_the_same_decision_twice_is_two_decisions(self, repository: Repository, reopen: Reopen) -> None:
        for _ in range(2):
            with repository.transaction() as tx:
                tx.add_consent(decision(0))
        assert reopen().consent_history(number()) == (decision(0), decision(0))


class Lessons:
    """What was learned is kept: of groups on its own, of a contact with the contact."""

    def test_a_lesson_is_kept_in_place_of_the_one_before(self, repository: Repository, reopen: Reopen) -> None:
        for people in (1, 2):
            with repository.transaction() as tx:
                tx.put_lesson("sms/unknown", {"people": people})
                assert tx.lesson("sms/unknown") == {"people": people}
                assert tx.lesson("sms") is None
        for opened in (repository, reopen()):
            assert opened.lesson("sms/unknown") == {"people": 2}
            assert opened.lesson("sms") is None

    def test_a_lesson_that_changes_nothing_is_no_write(self, repository: Repository) -> None:
        with repository.transaction() as tx:
            tx.put_lesson("sms", {"people": 1})
        ear = Ear(repository)
        with repository.transaction() as tx:
            tx.put_lesson("sms", {"people": 1})
        assert ear.take() == {}

    def test_lessons_of_a_write_that_failed_were_never_learned(self, repository: Repository) -> None:
        with failing_write(repository) as tx:
            tx.put_lesson("sms", {"people": 1})
        assert repository.lesson("sms") is None

    def test_what_is_learned_of_a_contact_goes_and_comes_with_it(self, repository: Repository, reopen: Reopen) -> None:
        known = replace(contact(0), learned={"attempts": [[1.5, "m", "sms", 2, True]]})
        repository.add([known])
        assert repository.get(known.id) == reopen().get(known.id) == known
        repository.delete([known.id], undo="deletion")
        repository.undo()
        assert repository.get(known.id).learned == known.learned


class Drafts:
    """What was begun and not sent is kept."""

    def test_a_draft_is_kept_in_place_of_the_one_before(self, repository: Repository, reopen: Reopen) -> None:
        repository.save_draft(draft(0))
        repository.save_draft(draft(0, text="longer"))
        for opened in (repository, reopen()):
            assert opened.draft(contact_id(0)) == draft(0, text="longer")
            assert opened.draft(contact_id(1)) is None
            assert len(opened.drafts()) == 1

    def test_drafts_are_listed_newest_first(self, repository: Repository, reopen: Reopen) -> None:
        for place in (1, 2, 0):
            repository.save_draft(draft(place))
        repository.save_draft(draft(3, updated_at=None))
        wanted = (draft(2), draft(1), draft(0), draft(3, updated_at=None))
        assert repository.drafts() == reopen().drafts() == wanted

    @pytest.mark.parametrize("empty", [Draft(contact_id()), Draft(contact_id(), " \n")])
    def test_an_empty_draft_is_thrown_away(self, repository: Repository, empty: Draft) -> None:
        ear = Ear(repository)
        repository.save_draft(empty)
        assert ear.take() == {}
        repository.save_draft(draft(0))
        repository.save_draft(empty)
        assert repository.draft(contact_id(0)) is None
        assert repository.drafts() == ()

    def test_a_draft_is_thrown_away(self, repository: Repository, reopen: Reopen) -> None:
        repository.save_draft(draft(0))
        repository.save_draft(draft(1))
        repository.discard_draft(contact_id(0))
        repository.discard_draft(contact_id(0))
        assert repository.drafts() == reopen().drafts() == (draft(1),)

    def test_a_draft_goes_with_the_message_that_it_became(self, repository: Repository, reopen: Reopen) -> None:
        repository.save_draft(draft(0))
        with failing_write(repository) as tx:
            tx.put_message(message(0))
            tx.discard_draft(contact_id(0))
        assert repository.draft(contact_id(0)) == draft(0)
        with repository.transaction() as tx:
            tx.put_message(message(0))
            tx.discard_draft(contact_id(0))
        assert repository.drafts() == reopen().drafts() == ()

    def test_a_draft_goes_with_its_contact(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])
        repository.save_draft(draft(0))
        repository.delete([contact_id(0)])
        assert repository.drafts() == reopen().drafts() == ()


class Listeners:
    """Who asked is told what changed."""

    def test_listeners_hear_what_changed(self, repository: Repository) -> None:
        ear = Ear(repository)
        repository.add([contact(0), contact(1)])
        assert ear.take() == {ChangeKind.CONTACTS: {contact_id(0), contact_id(1)}}
        with repository.transaction() as tx:
            tx.put_message(message(0))
            tx.add_event(event(0, message_place=7))
        assert ear.take() == {ChangeKind.MESSAGES: {"message-0", "message-7"}}
        repository.save_draft(draft(0))
        assert ear.take() == {ChangeKind.DRAFTS: {contact_id(0)}}
        repository.delete([contact_id(0)])
        assert ear.take() == {ChangeKind.CONTACTS: {contact_id(0)}, ChangeKind.DRAFTS: {contact_id(0)}}

    def test_a_decision_concerns_the_contact_of_the_number(self, repository: Repository) -> None:
        repository.add([contact(0)])
        ear = Ear(repository)
        with repository.transaction() as tx:
            tx.add_consent(decision(0))
            tx.add_consent(decision(0, number=number(5)))
        assert ear.take() == {ChangeKind.CONTACTS: {contact_id(0)}}

    def test_nothing_new_is_not_told(self, repository: Repository) -> None:
        repository.add([contact(0)])
        repository.save_draft(draft(0))
        with repository.transaction() as tx:
            tx.put_message(message(0))
        ear = Ear(repository)
        repository.update(contact_id(0), lambda known: known, undo="nothing")
        repository.save_draft(draft(0))
        with repository.transaction() as tx:
            tx.put_message(message(0))
        repository.refresh()
        assert ear.take() == {}
        assert repository.undo() is None

    def test_a_listener_that_left_hears_nothing(self, repository: Repository) -> None:
        ear, other = Ear(repository), Ear(repository)
        ear.end()
        ear.end()
        repository.add([contact(0)])
        assert ear.take() == {}
        assert other.take() != {}

    def test_a_listener_may_read_and_write(self, repository: Repository) -> None:
        seen: list[int] = []

        def listen(change: Change) -> None:
            seen.append(repository.page().total)
            if change.kind is ChangeKind.CONTACTS:
                repository.save_draft(draft(0))

        repository.subscribe(listen)
        repository.add([contact(0)])
        assert seen == [1, 1]
        assert repository.draft(contact_id(0)) == draft(0)

    def test_a_failing_listener_harms_nobody(self, repository: Repository, caplog: pytest.LogCaptureFixture) -> None:
        def fail(change: Change) -> None:
            raise InterruptionError

        repository.subscribe(fail)
        ear = Ear(repository)
        repository.add([contact(0, name="Ada")])
        assert ids(repository) == [contact_id(0)]
        assert ear.take() == {ChangeKind.CONTACTS: {contact_id(0)}}
        assert "listener failed" in caplog.text
        assert "Ada" not in caplog.text


class Words:
    """What a repository says of itself."""

    def test_it_says_where_it_is_and_that_it_can_be_written(self, repository: Repository) -> None:
        assert repository.location
        assert repository.read_only == ""
        repository.close()


def run_together(tasks: list[Callable[[], None]]) -> None:
    """Run tasks in threads; raise what the first of them raised."""
    raised: list[BaseException] = []

    def guarded(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised again below
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
