"""What every repository must do, whatever it keeps its records in.

A suite is a class of tests that ask for two fixtures: `repository`, empty and writable, and `reopen`, which returns a
repository on the same records as after a restart.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec.structs import replace

from sent_tui.core.bulk import BulkSend, BulkStatus
from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.consent import ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact, LifecycleStep, StepKind, StepResult
from sent_tui.core.default_move import DefaultMove, MovedBy
from sent_tui.core.duplicates import KeptApart, MergedNumber
from sent_tui.core.message import Content, Draft, MessageStatus
from sent_tui.core.message_search import OUTGOING, Fate, MessageCounts, MessageQuery, facet_of
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.pull import PulledPage
from sent_tui.core.search import (
    EVERYONE,
    ChannelFilter,
    ContactQuery,
    Sort,
    SortKey,
    containing,
    in_region,
    opted_out,
    tagged,
    with_channels,
)
from sent_tui.core.search_filters import Filter
from sent_tui.core.search_match import SearchCancelledError
from sent_tui.core.sent_contact import SentCopy
from sent_tui.errors import NotFoundError
from sent_tui.store.fresh import FreshContact, FreshContacts, outline
from sent_tui.store.refusals import ContactNotFoundError, DuplicateContactError, MessageNotFoundError
from sent_tui.store.repository import Change, ChangeKind, Repository, TakenBack, Undoable
from sent_tui.store.transaction import Transaction
from tests.factories import (
    NOW,
    attempt,
    contact,
    contact_id,
    decision,
    draft,
    event,
    known_contact,
    message,
    number,
    steps,
    waiting,
)

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
        wanted = [fresh(0, name="Zoë", tags=("vip",)), fresh(1, notes="Likes tea", named=(("plan", "gold"),))]
        with repository.transaction() as tx:
            assert set(tx.add_fresh(wanted)) == {each.id for each in wanted}
            for each in wanted:
                assert tx.contact(each.id) == tx.find(each.e164) == each.contact
        assert ear.take() == {ChangeKind.CONTACTS: {each.id for each in wanted}}
        for opened in (repository, reopen()):
            assert [opened.get(each.id) for each in wanted] == [each.contact for each in wanted]
            assert [row.id for row in opened.page(tagged("vip")).rows] == [contact_id(0)]
            assert [row.id for row in opened.page(containing("tea")).rows] == [contact_id(1)]
            assert [row.id for row in opened.page(containing("plan:gold")).rows] == [contact_id(1)]

    def test_a_number_has_one_contact(self, repository: Repository) -> None:
        repository.add([fresh(0).contact])
        with repository.transaction() as tx:
            twins = [fresh(at)._replace(id=contact_id(7 + at)) for at in (0, 1)]
            assert set(tx.add_fresh([twins[0], fresh(1), twins[1]])) == {contact_id(1)}
            assert not tx.add_fresh(twins)
        assert sorted(ids(repository)) == [contact_id(0), contact_id(1)]
        assert repository.get(contact_id(1)) == fresh(1).contact

    def test_one_whose_number_was_settled_is_not_added_either(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([fresh(at).contact for at in range(600)])
        opened = reopen()
        with opened.transaction() as tx:
            twin = fresh(5)._replace(id=contact_id(700))
            assert set(tx.add_fresh([twin, fresh(601)])) == {contact_id(601)}
        assert opened.page().total == 601

    def test_one_whose_number_is_on_record_is_left_to_others(self, repository: Repository) -> None:
        decision = ConsentEvent(fresh(0).e164, ConsentKind.OPT_OUT, NOW, "a person", "by letter")
        staged = replace(decision, number=fresh(1).e164)
        with repository.transaction() as tx:
            tx.add_consent(decision)
            tx.put_contact(fresh(2).contact)
        with repository.transaction() as tx:
            tx.add_consent(staged)
            tx.delete_contact(contact_id(2))
            wanted = [fresh(0), fresh(1), fresh(2)._replace(id=contact_id(7)), fresh(3)]
            assert set(tx.add_fresh(wanted)) == {contact_id(3)}
        assert ids(repository) == [contact_id(3)]

    def test_one_whose_number_was_taken_over_by_a_merge_is_left_to_others(self, repository: Repository) -> None:
        with repository.transaction() as tx:
            tx.put_merged(MergedNumber(fresh(0).e164, fresh(5).e164, "ada", NOW))
        with repository.transaction() as tx:
            tx.put_merged(MergedNumber(fresh(1).e164, fresh(5).e164, "ada", NOW))
            assert set(tx.add_fresh(list(map(fresh, range(3))))) == {contact_id(2)}

    def test_one_may_be_changed_or_deleted_in_the_same_write(self, repository: Repository, reopen: Reopen) -> None:
        with repository.transaction() as tx:
            tx.add_fresh(list(map(fresh, range(3))))
            tx.put_contact(replace(tx.contact(contact_id(0)), name="Ada"))
            tx.delete_contact(contact_id(1))
            assert tx.find(fresh(1).e164) is None
        for opened in (repository, reopen()):
            assert sorted(ids(opened)) == [contact_id(0), contact_id(2)]
            assert opened.get(contact_id(0)).name == "Ada"

    def test_nothing_of_a_write_that_fails_stays(self, repository: Repository) -> None:
        with failing_write(repository) as tx:
            tx.add_fresh([fresh(0)])
        assert ids(repository) == []

    def test_adding_one_can_be_undone(self, repository: Repository) -> None:
        with repository.transaction(undo="adding") as tx:
            tx.add_fresh([fresh(0)])
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

    def test_facets_count_what_further_filters_would_leave(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0, tags=("VIP",)), contact(1, tags=("VIP", "late")), contact(2, region_code="GB")])
        for opened in (repository, reopen()):
            found = opened.facets(in_region("US"))
            assert (found[Filter("tag", "VIP")], found[Filter("tag", "late")]) == (2, 1)
            assert [known.value for known in found if known.field == "region"] == ["US"]
            assert opened.facets()[Filter("region", "GB")] == 1

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
        change = {"name": "", "tags": (), "notes": "new", "fields": (("Größe", "4"),), "updated_at": later}
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

    def test_fields_that_a_person_named_go_back_in_their_order(self, repository: Repository, reopen: Reopen) -> None:
        before, after = (("a", "1"), ("b", "2")), (("b", "2"), ("a", "1"))
        repository.add([contact(0, fields=before)])
        repository.update(contact_id(0), changed(fields=after), undo="edit")
        assert repository.get(contact_id(0)).fields == reopen().get(contact_id(0)).fields == after
        assert [row.id for row in reopen().page(containing("b:2")).rows] == [contact_id(0)]
        assert reopen().undo() == "edit"
        repository.refresh()
        assert repository.get(contact_id(0)).fields == reopen().get(contact_id(0)).fields == before

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
        pinned = contact(0).with_default(
            Channel.SMS, pinned=True, reason="chosen by a person", at=NOW, by=MovedBy.PERSON
        )
        repository.add([pinned])
        later = NOW + timedelta(hours=1)
        repository.update(contact_id(0), changed(default_pinned=False), undo="default")
        repository.update(
            contact_id(0),
            lambda known: known.with_default(
                Channel.WHATSAPP, pinned=False, reason="learned", at=later, by=MovedBy.LEARNED
            ),
        )
        assert repository.undo() == "default"
        assert repository.get(contact_id(0)) == pinned

    @pytest.mark.parametrize("was_pinned", [False, True])
    def test_a_default_channel_that_was_closed_since_does_not_come_back(
        self, repository: Repository, was_pinned: bool
    ) -> None:
        one = contact(0, name="Ada")
        for channel in Channel:
            status = one.status(channel).found(Availability.AVAILABLE, Source.LOOKUP, NOW, "found")
            one = one.with_status(status)
        repository.add(
            [one.with_default(Channel.WHATSAPP, pinned=was_pinned, reason="found", at=NOW, by=MovedBy.LIFECYCLE)]
        )
        repository.update(
            one.id,
            lambda known: known.with_default(
                Channel.SMS, pinned=True, reason="chosen by a person", at=NOW, by=MovedBy.PERSON
            ),
            undo="pin",
        )
        closed = one.status(Channel.WHATSAPP).found(Availability.UNAVAILABLE, Source.DELIVERY, NOW, "not registered")
        repository.update(one.id, lambda known: known.with_status(closed))
        told: list[TakenBack] = []
        assert repository.undo(on_taken_back=told.append) == "pin"
        assert told == [TakenBack(1, ("Ada",))]
        found = repository.get(one.id)
        assert (found.default_channel, found.default_pinned) == (Channel.SMS, False)
        assert found.status(Channel.WHATSAPP) == closed

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

    def test_writes_of_a_group_are_taken_back_together(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0), contact(1), contact(2)])
        repository.update(contact_id(2), changed(name="Before"), undo="before")
        for place in (0, 1):
            with repository.transaction(undo="both", group="g") as tx:
                tx.put_contact(replace(tx.contact(contact_id(place)), name="New"))
            repository.update(contact_id(2), changed(name=f"Between {place}"), undo=f"between {place}")
        opened = reopen()
        assert opened.undo() == "between 1"
        assert opened.undo() == "both"
        assert [opened.get(contact_id(place)).name for place in (0, 1, 2)] == ["", "", "Between 0"]
        assert [opened.undo(), opened.undo(), opened.undo()] == ["between 0", "before", None]

    def test_a_group_is_forgotten_as_a_whole(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0), contact(1)])
        for place in (0, 1):
            with repository.transaction(undo="both", group="g") as tx:
                tx.put_contact(replace(tx.contact(contact_id(place)), name="New"))
        for step in range(50):
            repository.update(contact_id(0), changed(name=f"{step}"), undo=f"{step}")
        opened = reopen()
        assert [opened.undo() for _ in range(51)] == [*(f"{step}" for step in range(49, -1, -1)), None]

    def test_a_group_is_one_change_however_many_writes_it_has(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(place) for place in range(3)])
        for group in ("first", "second"):
            for step in range(60):
                with repository.transaction(undo=group, group=group) as tx:
                    tx.put_contact(replace(tx.contact(contact_id(0)), name=f"{group} {step}"))
        opened = reopen()
        assert opened.undoable() == Undoable("second", 60)
        assert opened.undo() == "second"
        assert opened.get(contact_id(0)).name == "first 59"
        assert opened.undo() == "first"
        assert opened.get(contact_id(0)).name == ""
        assert opened.undoable() is None

    def test_a_group_is_as_old_as_the_last_of_its_writes(self, repository: Repository) -> None:
        repository.add([contact(0), contact(1)])
        for step in range(60):
            with repository.transaction(undo="slow", group="slow") as tx:
                tx.put_contact(replace(tx.contact(contact_id(0)), notes=f"{step}"))
            repository.update(contact_id(1), changed(name=f"{step}"), undo=f"{step}")
        assert [repository.undo(), repository.undo()] == ["59", "slow"]
        assert repository.get(contact_id(0)).notes == ""

    def test_it_is_told_how_far_a_group_is(self, repository: Repository) -> None:
        repository.add([contact(0), contact(1), contact(2)])
        for place in (0, 1, 2):
            with repository.transaction(undo="all", group="g") as tx:
                tx.put_contact(replace(tx.contact(contact_id(place)), name="New"))
        told: list[TakenBack] = []
        assert repository.undo(on_taken_back=told.append, is_cancelled=lambda: len(told) == 2) == "all"
        assert told == [TakenBack(1), TakenBack(1)]
        assert [repository.get(contact_id(place)).name for place in (0, 1, 2)] == ["New", "", ""]
        assert repository.undo(on_taken_back=told.append) == "all"
        assert repository.get(contact_id(0)).name == ""

    def test_what_was_written_anew_since_stands_and_is_named(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0), contact(1, name="Bo")])
        with repository.transaction(undo="import") as tx:
            tx.put_contact(contact(0, name="Ada", tags=("new",), notes="met", fields=(("plan", "gold"),)))
            tx.put_contact(contact(1, name="Bo", tags=("new",)))
        repository.update(contact_id(0), changed(name="Ada O.", notes="", fields=(("plan", "red"),)))
        told: list[TakenBack] = []
        assert reopen().undo(on_taken_back=told.append) == "import"
        assert told == [TakenBack(2, ("Ada O.",))]
        repository.refresh()
        assert repository.get(contact_id(0)) == contact(0, name="Ada O.", fields=(("plan", "red"),))
        assert repository.get(contact_id(1)) == contact(1, name="Bo")

    def test_an_added_contact_with_which_something_happened_stays_and_is_named(self, repository: Repository) -> None:
        with repository.transaction() as tx:
            tx.add_consent(decision(0))
        added = [contact(0, name="Written to"), contact(1, name="Decided"), contact(2, name="In Sent"), contact(3)]
        repository.add(added, undo="import")
        with repository.transaction() as tx:
            tx.put_message(message(0))
            tx.add_consent(decision(1, number=number(1)))
            tx.put_contact(replace(tx.contact(contact_id(2)), sent=SentCopy("s2")))
        told: list[TakenBack] = []
        assert repository.undo(on_taken_back=told.append) == "import"
        assert told == [TakenBack(4, ("Written to", "Decided", "In Sent"))]
        assert sorted(ids(repository)) == [contact_id(0), contact_id(1), contact_id(2)]

    def test_messages_that_came_to_another_contact_go_back(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0), contact(1)])
        with repository.transaction() as tx:
            tx.put_message(message(0, 1))
        with repository.transaction(undo="merge") as tx:
            tx.put_message(replace(tx.message(message(0).id), contact_id=contact_id(0)))
            tx.delete_contact(contact_id(1))
        assert [known.id for known in repository.messages(contact_id=contact_id(0))] == [message(0).id]
        opened = reopen()
        assert opened.undo() == "merge"
        assert opened.messages(contact_id=contact_id(0)) == ()
        assert [known.id for known in opened.messages(contact_id=contact_id(1))] == [message(0).id]
        assert opened.get(contact_id(1)) == contact(1)

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

    def test_who_messages_name_is_told_once(self, repository: Repository, reopen: Reopen) -> None:
        assert list(repository.correspondents()) == []
        people = [contact(place) for place in range(4)]
        repository.add(people)
        with repository.transaction() as tx:
            for place in range(9):
                tx.put_message(message(place, contact_id=people[place % 3].id))
        repository.delete([people[0].id])
        repository.maintain()
        with repository.transaction() as tx:
            tx.put_message(message(1, contact_id=people[3].id))
        for opened in (repository, reopen()):
            assert sorted(opened.correspondents()) == sorted(one.id for one in people)

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

    def test_messages_that_wait_are_neither_under_way_nor_ended(self, repository: Repository, reopen: Reopen) -> None:
        later, soon = (NOW + timedelta(hours=hours) for hours in (3, 1))
        with repository.transaction() as tx:
            tx.put_message(waiting(1, send_at=later))
            tx.put_message(waiting(2, send_at=soon))
            tx.put_message(message(3))
            for place in (9, 7, 8):
                tx.put_message(waiting(place, batch="b"))
            tx.put_message(waiting(10, batch="other"))
        with repository.transaction() as tx:
            tx.put_message(replace(waiting(9, batch="b"), updated_at=later))
            tx.put_message(message(7, batch="b"))
        for opened in (repository, reopen()):
            assert [one.id for one in opened.messages(only_open=True)] == ["message-7", "message-3"]
            assert [one.id for one in opened.scheduled()] == ["message-2", "message-1"]
            assert [one.id for one in opened.scheduled(limit=1)] == ["message-2"]
            assert [one.id for one in opened.scheduled("b")] == ["message-9", "message-8"]
            assert [one.id for one in opened.scheduled("b", limit=1)] == ["message-9"]
            assert (opened.waiting("b"), opened.waiting("none")) == (2, 0)
            assert [one.id for one in opened.of_bulk_send("b")] == ["message-9", "message-7", "message-8"]
            assert list(opened.scheduled("none")) == list(opened.of_bulk_send("none")) == []

    def test_bulk_sends_are_kept_newest_first(self, repository: Repository, reopen: Reopen) -> None:
        first = BulkSend("b1", NOW, "Hello {{name}}", 3, 0.5, BulkStatus.WRITING, NOW, NOW)
        second = replace(first, id="b2", created_at=NOW + timedelta(hours=1), why="asked for")
        with repository.transaction() as tx:
            with pytest.raises(NotFoundError):
                tx.bulk_send("b1")
            tx.put_bulk_send(first)
            tx.put_bulk_send(second)
            assert tx.bulk_send("b1") == first
        running = replace(first, status=BulkStatus.RUNNING)
        with repository.transaction() as tx:
            tx.put_bulk_send(running)
        for opened in (repository, reopen()):
            assert tuple(opened.bulk_sends()) == (second, running)
            assert opened.bulk_send("b2") == second
            with pytest.raises(NotFoundError):
                opened.bulk_send("b3")

    def test_messages_under_way_are_told_from_ended_ones(self, repository: Repository, reopen: Reopen) -> None:
        failed_for_good = message(
            3, status="FAILED", steps=steps(Channel.WHATSAPP), attempts=(attempt(status="FAILED"),)
        )
        with repository.transaction() as tx:
            tx.put_message(message(0))
            tx.put_message(message(1, contact_place=1))
            tx.put_message(message(2, status="FAILED"))
            tx.put_message(failed_for_good)
            tx.put_message(message(4, status="a new word"))
        with repository.transaction() as tx:
            tx.put_message(message(0, status=MessageStatus.READ.value, attempts=(attempt(status="READ"),)))
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


class Selections:
    """Messages are found and counted by what became of them, channel, time, contact and bulk send."""

    KINDS: tuple[dict[str, Any], ...] = (
        {"status": "DELIVERED", "attempts": (attempt(status="DELIVERED"),)},
        {"status": "FAILED", "attempts": (attempt(status="FAILED"), attempt(channel=Channel.SMS, status="FAILED"))},
        {"status": "FAILED", "attempts": (attempt(status="FAILED"),)},
        {"status": "READ", "attempts": (attempt(status="FAILED"), attempt(channel=Channel.SMS, status="READ"))},
        {"status": "RECEIVED", "attempts": (), "steps": steps(Channel.SMS)},
        {"status": "SCHEDULED", "attempts": (), "send_at": NOW, "batch": "spring"},
        {"status": "UNKNOWN", "attempts": (attempt(status="UNKNOWN"),), "batch": "spring"},
        {"status": "FILTERED", "attempts": ()},
        {"status": "SENT", "given_up_at": NOW, "batch": "autumn"},
        {},
    )
    QUERIES = (
        MessageQuery(),
        *(MessageQuery(fates=frozenset({fate})) for fate in Fate),
        MessageQuery(fates=OUTGOING),
        MessageQuery(channel=Channel.SMS),
        MessageQuery(frozenset({Fate.DELIVERED}), Channel.SMS, fell_back=True),
        MessageQuery(since=NOW + timedelta(minutes=7), before=NOW + timedelta(minutes=21)),
        MessageQuery(fates=frozenset({Fate.FAILED}), since=NOW + timedelta(minutes=7)),
        MessageQuery(contacts=frozenset({contact_id(1), contact_id(3)})),
        MessageQuery(contacts=frozenset({contact_id(1)}), channel=Channel.WHATSAPP, before=NOW + timedelta(minutes=20)),
        MessageQuery(contacts=frozenset()),
        MessageQuery(batch="spring"),
        MessageQuery(batch="spring", contacts=frozenset({contact_id(0)}), fates=frozenset({Fate.WAITING})),
        MessageQuery(batch="winter"),
    )

    def put(self, repository: Repository, places: Sequence[int], turn: int = 0) -> None:
        with repository.transaction() as tx:
            for place in places:
                kind = self.KINDS[(place + turn) % len(self.KINDS)]
                tx.put_message(message(place, contact_place=place % 4, **kind))

    def check(self, repository: Repository) -> None:
        known = repository.messages()
        for start in ("message-1", "MESSAGE-2", "message", "e", "message-1 ", ""):
            expected_ids = [one.id for one in known if one.id.startswith(start.lower())]
            assert list(repository.message_ids(start)) == expected_ids
        for query in self.QUERIES:
            expected = [one for one in known if query.matches(one)]
            found = repository.select(query)
            assert list(found) == list(found[:]) == expected
            assert list(repository.select(query, limit=3))[:3] == expected[:3]
            assert [found.place(one.id) for one in expected] == list(range(len(expected)))
            within = [facet_of(one) for one in known if query.is_within(one)]
            assert repository.count_messages(query) == MessageCounts(Counter(within))
            assert repository.count_messages(query).of(query) == len(expected)

    def test_before_there_is_any(self, repository: Repository) -> None:
        self.check(repository)
        assert repository.select().place("nothing") is None

    def test_they_are_found_as_they_are_now(self, repository: Repository, reopen: Reopen) -> None:
        self.put(repository, range(30))
        self.check(repository)
        repository.maintain(after=1)
        self.check(repository)
        self.put(repository, range(3, 35, 4), turn=3)
        for opened in (repository, reopen()):
            self.check(opened)
            opened.maintain(after=1)
            self.check(opened)

    def test_what_was_found_stays_while_others_write(self, repository: Repository) -> None:
        self.put(repository, range(10))
        found = repository.select(MessageQuery(fates=frozenset({Fate.DELIVERED})))
        self.put(repository, range(12), turn=1)
        repository.maintain(after=1)
        assert [one.id for one in found] == ["message-3", "message-0"]
        assert found[1] == repository.message("message-0")
        assert found.place("message-5") is None
        assert [one.id for one in repository.select().only([1, 3])] == ["message-10", "message-8"]

    def test_nobody_waits_for_the_answer(self, repository: Repository) -> None:
        self.put(repository, range(10))
        with pytest.raises(SearchCancelledError):
            repository.select(is_cancelled=lambda: True)


class DefaultMoves:
    """Every move of a default channel goes on record with the write that moves it."""

    def moved(self, repository: Repository, channel: Channel | None, hours: int, undo: str = "") -> DefaultMove:
        """Move the default of the contact at place 0, and return what should be on record of it."""
        at, before = NOW + timedelta(hours=hours), repository.get(contact_id(0)).default_channel
        repository.update(
            contact_id(0),
            lambda known: known.with_default(channel, pinned=False, reason=f"at {hours}", at=at, by=MovedBy.CHECK),
            undo=undo,
        )
        return DefaultMove(contact_id(0), at, before, channel, f"at {hours}", MovedBy.CHECK)

    def test_each_move_is_kept_in_its_order(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0), contact(1)])
        assert repository.default_moves(contact_id(0)) == ()
        # In the order in which they were stored, also where a report was heard late.
        steps = [(Channel.SMS, 1), (Channel.WHATSAPP, 9), (None, 4), (Channel.SMS, 5)]
        moves = tuple(self.moved(repository, channel, hours) for channel, hours in steps)
        for opened in (repository, reopen()):
            assert opened.default_moves(contact_id(0)) == moves
            assert set(opened.all_default_moves()) == set(moves)
            assert opened.default_moves(contact_id(1)) == opened.default_moves("nobody") == ()

    def test_what_moves_nothing_leaves_no_record(self, repository: Repository) -> None:
        repository.add([contact(0)])
        first = self.moved(repository, Channel.SMS, 1)
        for change in ({"name": "Ada"}, {"default_reason": "for another reason"}, {"default_pinned": True}):
            repository.update(contact_id(0), changed(**change))
        assert repository.default_moves(contact_id(0)) == (first,)

    def test_a_contact_tells_itself_how_it_came_to_its_first_default(
        self, repository: Repository, reopen: Reopen
    ) -> None:
        made = fresh(0)
        with repository.transaction() as tx:
            tx.add_fresh([made])
        known = made.contact
        first = DefaultMove(known.id, NOW, None, Channel.SMS, known.default_reason, MovedBy.LIFECYCLE)
        assert reopen().default_moves(known.id) == (first,)
        repository.update(known.id, changed(default_reason="1 of 1 delivered"))
        assert repository.default_moves(known.id) == reopen().default_moves(known.id) == (first,)
        repository.refresh()
        second = self.moved(repository, Channel.WHATSAPP, 1)
        assert repository.default_moves(known.id) == reopen().default_moves(known.id) == (first, second)

    def test_moves_of_one_write_are_all_kept(self, repository: Repository, reopen: Reopen) -> None:
        with repository.transaction() as tx:
            tx.put_contact(contact(0))
            for channel in (Channel.SMS, Channel.WHATSAPP):
                known = tx.contact(contact_id(0))
                tx.put_contact(known.with_default(channel, pinned=False, reason="", at=NOW, by=MovedBy.LEARNED))
        for opened in (repository, reopen()):
            moves = opened.default_moves(contact_id(0))
            assert [(move.before, move.after) for move in moves] == [
                (None, Channel.SMS),
                (Channel.SMS, Channel.WHATSAPP),
            ]

    def test_moves_of_a_write_that_failed_were_never_made(self, repository: Repository) -> None:
        repository.add([contact(0)])
        with failing_write(repository) as tx:
            known = tx.contact(contact_id(0))
            tx.put_contact(known.with_default(Channel.SMS, pinned=False, reason="", at=NOW, by=MovedBy.CHECK))
        assert repository.default_moves(contact_id(0)) == ()

    def test_taking_a_move_back_is_a_move(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])
        first = self.moved(repository, Channel.SMS, 1)
        second = self.moved(repository, Channel.WHATSAPP, 2, undo="default channel of Ada")
        assert repository.undo() == "default channel of Ada"
        assert repository.get(contact_id(0)).default_since == first.at
        for opened in (repository, reopen()):
            *kept, back = opened.default_moves(contact_id(0))
            assert kept == [first, second]
            assert (back.before, back.after, back.by) == (Channel.WHATSAPP, Channel.SMS, MovedBy.UNDO)
            assert back.at >= second.at
            assert back.reason == "taken back: default channel of Ada"

    def test_an_undo_that_moves_nothing_is_no_move(self, repository: Repository) -> None:
        repository.add([contact(0)])
        first = self.moved(repository, Channel.SMS, 1)
        repository.update(contact_id(0), changed(default_pinned=True), undo="pin")
        assert repository.undo() == "pin"
        assert repository.default_moves(contact_id(0)) == (first,)

    def test_they_stay_as_messages_do_when_a_contact_is_deleted(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])
        moves = (self.moved(repository, Channel.SMS, 1), self.moved(repository, Channel.WHATSAPP, 2))
        repository.delete([contact_id(0)], undo="deletion")
        repository.add([contact(0, id="made anew")])
        assert repository.default_moves("made anew") == ()
        repository.delete(["made anew"])
        assert repository.undo() == "deletion"
        for opened in (repository, reopen()):
            assert opened.default_moves(contact_id(0)) == moves
            assert set(opened.all_default_moves()) == set(moves)

    def test_words_are_mended_as_everywhere(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0)])
        repository.update(
            contact_id(0),
            lambda known: known.with_default(Channel.SMS, pinned=False, reason="a\ud800", at=NOW, by=MovedBy.CHECK),
        )
        for opened in (repository, reopen()):
            assert [move.reason for move in opened.default_moves(contact_id(0))] == ["a\N{REPLACEMENT CHARACTER}"]


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

    def test_a_lesson_can_be_forgotten(self, repository: Repository, reopen: Reopen) -> None:
        with repository.transaction() as tx:
            tx.put_lesson("sms", {"people": 1})
        with repository.transaction() as tx:
            tx.forget_lesson("sms")
            tx.forget_lesson("whatsapp")
            assert tx.lesson("sms") is None
        for opened in (repository, reopen()):
            assert opened.lesson("sms") is None

    def test_two_numbers_are_kept_apart(self, repository: Repository, reopen: Reopen) -> None:
        said = KeptApart(number(0), number(1), "ada", NOW)
        with repository.transaction() as tx:
            tx.put_apart(replace(said, by="bo"))
            tx.put_apart(said)
            assert tx.kept_apart(number(1), number(0)) == said
            assert tx.kept_apart(number(0), number(2)) is None
        for opened in (repository, reopen()):
            assert opened.kept_apart(number(0), number(1)) == opened.kept_apart(number(1), number(0)) == said
            assert opened.kept_apart(number(0), number(2)) is None
            assert opened.lesson("apart") is None

    def test_a_number_leads_to_the_contact_that_took_it_over(self, repository: Repository, reopen: Reopen) -> None:
        repository.add([contact(0), contact(1), contact(2)])
        with repository.transaction(undo="first") as tx:
            tx.delete_contact(contact_id(1))
            tx.put_merged(MergedNumber(number(1), number(0), "ada", NOW))
            assert tx.merged_into(number(1)) == contact(0)
        with repository.transaction(undo="second") as tx:
            tx.delete_contact(contact_id(0))
            tx.put_merged(MergedNumber(number(0), number(2), "ada", NOW))
            assert tx.merged_into(number(1)) == tx.merged_into(number(0)) == contact(2)
        for opened in (repository, reopen()):
            assert opened.find(number(1)) is None
            assert opened.merged_into(number(1)) == opened.merged_into(number(0)) == contact(2)
            assert opened.merged_into(number(2)) is opened.merged_into(number(3)) is None
        assert repository.undo() == "second"
        assert (repository.merged_into(number(0)), repository.merged_into(number(1))) == (None, contact(0))
        assert repository.undo() == "first"
        for opened in (repository, reopen()):
            opened.refresh()
            assert (opened.merged_into(number(1)), opened.find(number(1))) == (None, contact(1))

    def test_a_number_leads_nowhere_once_nobody_has_it(self, repository: Repository) -> None:
        with repository.transaction() as tx:
            tx.put_merged(MergedNumber(number(0), number(1), "ada", NOW))
            tx.put_merged(MergedNumber(number(1), number(0), "ada", NOW))
            assert tx.merged_into(number(0)) is None
        assert repository.merged_into(number(0)) is None
        repository.add([contact(1)])
        assert repository.merged_into(number(0)) == contact(1)

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


class Pulls:
    """Which pages of a pull were read is kept until the pull is over, and what Sent said is kept with its contact."""

    def test_pages_are_kept_in_their_order_until_the_pull_is_over(self, repository: Repository, reopen: Reopen) -> None:
        pages = [PulledPage("lantern", page, NOW, 250, bytes([page] * 8)) for page in (1, 2, 11)]
        other = PulledPage("harbour", 1, NOW, None, b"")
        for page in (pages[2], pages[0], other, replace(pages[1], marks=b""), pages[1]):
            with repository.transaction() as tx:
                tx.put_pulled_page(page)
        for opened in (repository, reopen()):
            assert list(opened.pulled_pages("lantern")) == pages
            assert list(opened.pulled_pages("harbour")) == [other]
            assert list(opened.pulled_pages("nobody")) == []
        with repository.transaction() as tx:
            tx.forget_pull("lantern")
        for opened in (repository, reopen()):
            assert list(opened.pulled_pages("lantern")) == []
            assert list(opened.pulled_pages("harbour")) == [other]

    def test_what_sent_said_is_kept_with_its_contact(self, repository: Repository, reopen: Reopen) -> None:
        copies = [SentCopy("theirs"), SentCopy("theirs", "sms,whatsapp", "sms", True, NOW)]
        for copy in (*copies, replace(copies[1], opt_out=False)):
            repository.delete([row.id for row in repository.page().rows])
            known = replace(contact(0), sent=copy)
            repository.add([known])
            assert repository.get(known.id) == reopen().get(known.id) == known
        odd = SentCopy("a\ud800b", stamp=NOW.astimezone(timezone(timedelta(hours=2))))
        repository.update(known.id, lambda contact: replace(contact, sent=odd))
        assert repository.get(known.id) == reopen().get(known.id)
        assert repository.get(known.id).sent == SentCopy("a\ufffdb", stamp=NOW)

    def test_contacts_are_found_by_sents_id(self, repository: Repository, reopen: Reopen) -> None:
        first, second, other = (
            replace(contact(place), sent=SentCopy(sent_id)) for place, sent_id in enumerate(("x", "x", "y"))
        )
        repository.add([second, first, other, contact(3)])
        with repository.transaction() as tx:
            assert tx.linked("x") == (first, second)
            moved = replace(second, sent=SentCopy("y"))
            tx.put_contact(moved)
            assert (tx.linked("x"), tx.linked("y")) == ((first,), (moved, other))
            tx.delete_contact(other.id)
            assert tx.linked("y") == (moved,)
        for opened in (repository, reopen()):
            assert (opened.linked("x"), opened.linked("y"), opened.linked("z")) == ((first,), (moved,), ())
        repository.maintain()
        repository.update(first.id, lambda known: replace(known, sent=None))
        for opened in (repository, reopen()):
            assert (opened.linked("x"), opened.linked("y")) == ((), (moved,))


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
        with repository.transaction() as tx:
            tx.put_bulk_send(BulkSend("b", NOW, "", 1, 1.0, BulkStatus.RUNNING, NOW, NOW))
        assert ear.take() == {ChangeKind.BULK_SENDS: {"b"}}
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
