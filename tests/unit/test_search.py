"""Searching: text as it is compared, queries that combine, and the index that answers them."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, ChannelStatus
from sent_tui.core.contact import Contact
from sent_tui.core.search import (
    EVERYONE,
    ChannelFilter,
    Condition,
    ContactQuery,
    ContactRow,
    Sort,
    SortKey,
    containing,
    failing,
    fold,
    in_region,
    never_messaged,
    opted_out,
    row_of,
    tagged,
    with_channels,
)
from sent_tui.core.search_entry import haystack
from sent_tui.core.search_index import Counts, Results, SearchIndex
from sent_tui.core.search_terms import highlights, terms
from tests.factories import NOW, contact, contact_id, known_contact

LONDON = contact(
    5,
    name="Zoë Nguyễn",
    format_e164="+442079460123",
    format_international="+44 20 7946 0123",
    format_national="020 7946 0123",
    region_code="GB",
)
ADA = contact(
    0,
    name="Ada O’Hara",
    tags=("VIP", "Łódź"),
    notes="Prefers e-mail; room 12-34",
    format_e164="+14155550123",
    format_national="(415) 555-0123",
    format_international="+1 415-555-0123",
)


def reach(whatsapp: Availability, sms: Availability = Availability.UNKNOWN) -> tuple[ChannelStatus, ...]:
    return ChannelStatus(Channel.WHATSAPP, whatsapp), ChannelStatus(Channel.SMS, sms)


def ids(rows: Iterable[ContactRow]) -> list[str]:
    return [row.id for row in rows]


class TestFold:
    @pytest.mark.parametrize(
        ("text", "folded"),
        [
            ("ADA", "ada"),
            ("Zoë", "zoe"),
            ("NGUYỄN", "nguyen"),
            ("STRASSE", "strasse"),
            ("Straße", "strasse"),
            ("ℌello", "hello"),
            ("ＡＢＣ１２", "abc12"),
            ("٤١٥ ۵۵", "415 55"),
            ("me\u200dan\u202e", "mean"),
            ("Σίσυφος", "σισυφοσ"),
            ("a\u00a0b", "a b"),
            ("①", "1"),
        ],
    )
    def test_case_and_accents_do_not_count(self, text: str, folded: str) -> None:
        assert fold(text) == folded

    @settings(deadline=None)
    @given(st.text(max_size=30))
    def test_folding_again_changes_nothing(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)

    @settings(deadline=None)
    @given(st.text(max_size=30))
    def test_composed_and_decomposed_text_is_the_same(self, text: str) -> None:
        assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


class TestText:
    @pytest.mark.parametrize(
        "query",
        [
            "",
            "  ",
            "ada",
            "ADA o’hara",
            "hara ada",
            "vip",
            "lodz"[:1],
            "łódź",
            "e-mail",
            "prefers 0123",
            "+1415",
            "1415",
            "+1 415 555",
            "(415) 555",
            "(415)555-0123",
            "415.555.0123",
            "415-555",
            "415‑555",
            "415/555",
            "0123",
            "01 23",
            "555 0123",
            "0123 555",
            "001 415 555 0123",
            "001415",
            "1 (415) 555 0123",
            "٤١٥",
            "\u202a+1 415\u202c",
            "room 12-34",
            "12-34",
            "(",
            "+",
            "+ 1",
            "( 415",
        ],
    )
    def test_ada_is_found(self, query: str) -> None:
        assert ids(SearchIndex([ADA, LONDON]).find(containing(query)))[0] == ADA.id

    @pytest.mark.parametrize(
        "query", ["adamant", "ada vip bo", "416", "415 556", "+415", "00415", "12-35", "555 9 0123"]
    )
    def test_ada_is_not_found(self, query: str) -> None:
        assert not SearchIndex([ADA]).find(containing(query))

    @pytest.mark.parametrize("query", ["020 7946", "+44 (0)20 7946", "0044 20", "zoe nguyen", "+44 20"])
    def test_zoe_is_found(self, query: str) -> None:
        assert ids(SearchIndex([ADA, LONDON]).find(containing(query))) == [LONDON.id]

    def test_words_do_not_run_into_each_other(self) -> None:
        assert not SearchIndex([contact(name="Ada", tags=("Bo",))]).find(ContactQuery("dab"))

    @settings(deadline=None)
    @given(st.text(max_size=20), st.text(max_size=12))
    def test_an_index_finds_what_stands_in_the_text(self, name: str, query: str) -> None:
        person = contact(name=name)
        wanted = all(term.stands_in(haystack(person)) for term in terms(query))
        assert len(SearchIndex([person]).find(ContactQuery(query))) == wanted

    @settings(deadline=None)
    @given(st.text(st.characters(categories=["L", "N", "Zs"]), max_size=20))
    def test_every_word_of_a_name_finds_it(self, name: str) -> None:
        index = SearchIndex([contact(name=name)])
        assert all(index.find(containing(word)) for word in name.split())


class TestHighlights:
    @pytest.mark.parametrize(
        ("text", "query", "marked"),
        [
            ("Ada O’Hara", "hara ada", ["Ada", "Hara"]),
            ("Zoë Nguyễn", "zoe nguyen", ["Zoë", "Nguyễn"]),
            ("Straße", "ss", ["ß"]),
            ("+1 415-555-0123", "415 555", ["415-555"]),
            ("+1 415-555-0123", "555 1", ["1", "555"]),
            ("+1 415-555-0123", "415555", ["415-555"]),
            ("+1 415-555-0123", "+1415", ["+1 415"]),
            ("+1 415-555-0123", "5-0", ["5-0"]),
            ("(415) 555-0123", "+1415", []),
            ("(٤١٥)", "415", ["٤١٥"]),
            ("room 12", "1 2", ["12"]),
            ("anna", "na an", ["an", "na"]),
            ("ana", "na an", ["ana"]),
            ("Ada", "", []),
            ("Ada", "(", []),
            ("", "ada", []),
        ],
    )
    def test_words_are_marked_where_they_stand(self, text: str, query: str, marked: list[str]) -> None:
        assert [text[start:end] for start, end in highlights(text, query)] == marked

    @settings(deadline=None)
    @given(st.text(max_size=20), st.text(max_size=10))
    def test_spans_are_in_order_and_apart(self, text: str, query: str) -> None:
        spans = highlights(text, query)
        edges = [edge for span in spans for edge in span]
        assert edges == sorted(edges)
        assert all(0 <= start < end <= len(text) for start, end in spans)


class TestQueries:
    def test_queries_are_combined(self) -> None:
        both = containing(" ada  0123 ") & in_region("us") & tagged("VIP") & EVERYONE
        assert both == ContactQuery("ada 0123", in_region("US").conditions | tagged("vip").conditions)
        assert (containing("a") & containing("b")).text == "a b"
        assert EVERYONE & EVERYONE == EVERYONE
        assert with_channels(ChannelFilter.ALL) == EVERYONE

    def test_everyone_excludes_nobody(self) -> None:
        assert EVERYONE.is_everyone
        assert not containing("a").is_everyone
        assert not failing().is_everyone

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            (EVERYONE, [0, 1, 2, 3]),
            (in_region("gb"), [3]),
            (tagged("ŁÓDŹ"), [1]),
            (tagged("lód"), []),
            (opted_out(), [1]),
            (opted_out(wanted=False), [0, 2, 3]),
            (failing(), [2]),
            (never_messaged(), [0, 3]),
            (in_region("US") & opted_out(wanted=False) & never_messaged(), [0]),
            (containing("0100") & in_region("US"), [0]),
            (ContactQuery(conditions=frozenset({Condition("failing", "no")})), [0, 1, 3]),
            (with_channels(ChannelFilter.WHATSAPP), [1, 2]),
            (with_channels(ChannelFilter.SMS), [2, 3]),
            (with_channels(ChannelFilter.BOTH), [2]),
            (with_channels(ChannelFilter.NONE), [0]),
            (with_channels(ChannelFilter.OPTED_OUT), [1]),
            (with_channels(ChannelFilter.SMS) & in_region("GB"), [3]),
        ],
    )
    def test_conditions(self, query: ContactQuery, found: list[int]) -> None:
        people = self.people()
        assert ids(SearchIndex(people).find(query, Sort(SortKey.CREATED))) == [people[place].id for place in found]
        assert [place for place, person in enumerate(people) if self.holds(query, person)] == found

    @staticmethod
    def people() -> list[Contact]:
        return [
            contact(0),
            known_contact(1),
            contact(
                2,
                channels=reach(Availability.AVAILABLE, Availability.AVAILABLE),
                last_message_at=NOW,
                last_status="FAILED",
            ),
            contact(3, region_code="GB", channels=reach(Availability.UNAVAILABLE, Availability.AVAILABLE)),
        ]

    @staticmethod
    def holds(query: ContactQuery, person: Contact) -> bool:
        said = all(term.stands_in(haystack(person)) for term in terms(query.text))
        return said and all(condition.holds(row_of(person)) for condition in query.conditions)

    def test_counts_are_those_of_the_filters_beside_the_rest(self) -> None:
        index = SearchIndex(self.people())
        for rest in (EVERYONE, in_region("US"), containing("0100"), opted_out(), containing("nobody")):
            for chosen in ChannelFilter:
                counts = index.count(rest & with_channels(chosen))
                wanted = {each: len(index.find(rest & with_channels(each))) for each in ChannelFilter}
                assert {each: counts[each] for each in ChannelFilter} == wanted
        assert Counts()[ChannelFilter.ALL] == 0

    def test_every_choice_has_its_words(self) -> None:
        assert len({wanted.label for wanted in ChannelFilter}) == len(ChannelFilter)
        assert len({key.label for key in SortKey}) == len(SortKey)


class TestRows:
    def test_a_row_shows_its_contact(self) -> None:
        row = row_of(known_contact())
        assert (row.whatsapp, row.sms) == (Availability.AVAILABLE, Availability.UNAVAILABLE)
        assert (row.attempts, row.delivered, row.rate) == (5, 4, 0.8)
        assert (row.default, row.pinned, row.opted_out) == (Channel.WHATSAPP, True, True)
        assert row_of(contact()).rate is None
        assert row_of(contact(channels=())).sms is Availability.UNKNOWN

    @pytest.mark.parametrize("status", ["FAILED", "BLOCKED", "FILTERED"])
    def test_a_contact_fails_when_its_last_message_did(self, status: str) -> None:
        assert row_of(contact(last_status=status)).failing
        assert not row_of(contact(last_status="DELIVERED")).failing


class TestOrders:
    @pytest.mark.parametrize(
        ("key", "order"),
        [
            (SortKey.NAME, [3, 1, 2, 0, 4]),
            (SortKey.NUMBER, [0, 1, 2, 3, 4]),
            (SortKey.REGION, [2, 3, 1, 0, 4]),
            (SortKey.RATE, [0, 1, 4, 3, 2]),
            (SortKey.LAST, [0, 1, 3, 4, 2]),
            (SortKey.CREATED, [4, 0, 1, 2, 3]),
        ],
    )
    def test_rows_stand_in_order(self, key: SortKey, order: list[int]) -> None:
        tried = [ChannelStatus(Channel.SMS, attempts=4, delivered=delivered) for delivered in (3, 1)]
        people = [
            contact(0),
            contact(1, name="bo"),
            contact(2, name="Łucja", region_code="GB", channels=(tried[0],), last_message_at=NOW),
            contact(3, name="Ada", channels=(tried[1],)),
            contact(4, created_at=NOW - timedelta(1), last_message_at=NOW - timedelta(1)),
        ]
        people = [*people[:4], replace(people[4], last_message_at=NOW - timedelta(days=1))]
        index = SearchIndex(people)
        wanted = [contact_id(place) for place in order]
        assert ids(index.find(EVERYONE, Sort(key))) == wanted
        assert ids(index.find(EVERYONE, Sort(key, descending=True))) == wanted[::-1]
        assert ids(index.find(in_region("US"), Sort(key))) == [one for one in wanted if one != contact_id(2)]

    @pytest.mark.parametrize(
        ("key", "order"), [(SortKey.CHANNELS, [3, 0, 2, 1, 4]), (SortKey.DEFAULT, [2, 3, 1, 4, 0])]
    )
    @pytest.mark.parametrize("is_settled", [False, True])
    def test_groups_stand_in_order_each_by_the_name(self, key: SortKey, order: list[int], is_settled: bool) -> None:
        both = reach(Availability.AVAILABLE, Availability.AVAILABLE)
        only_sms = reach(Availability.UNAVAILABLE, Availability.AVAILABLE)
        index = SearchIndex(
            [
                contact(0, name="Zoë", channels=both, default_channel=None),
                contact(1, name="Bo", channels=only_sms, default_channel=None),
                contact(2, name="Cy", channels=reach(Availability.AVAILABLE), default_channel=Channel.WHATSAPP),
                contact(3, name="Ada", channels=both, default_channel=Channel.SMS),
                contact(4, name="Di", channels=(), default_channel=None),
            ]
        )
        if is_settled:
            index.settle()
        index.find(EVERYONE, Sort(key))
        index.put(contact(1, name="Bo", channels=only_sms, default_channel=Channel.SMS))
        wanted = [contact_id(place) for place in order]
        assert ids(index.find(EVERYONE, Sort(key))) == wanted
        assert ids(index.find(EVERYONE, Sort(key, descending=True))) == wanted[::-1]


class TestResults:
    def test_results_are_a_sequence(self) -> None:
        found = SearchIndex([contact(place) for place in range(4)]).find(EVERYONE)
        assert len(found) == 4
        assert found[1].id == found[-3].id == contact_id(1)
        assert ids(found[1:3]) == [contact_id(1), contact_id(2)]
        assert found[0] in found
        with pytest.raises(IndexError):
            found[4]
        assert not Results()
        assert Results().place("a") is None

    def test_a_part_knows_its_places(self) -> None:
        found = SearchIndex([contact(place) for place in range(4)]).find(EVERYONE)
        assert found.part() is found
        part = found.part(1, 2)
        assert ids(part) == [contact_id(1), contact_id(2)]
        assert [part.place(contact_id(place)) for place in range(4)] == [None, 0, 1, None]
        assert ids(found.part(3)) == [contact_id(3)]

    def test_a_place_is_that_of_the_snapshot(self) -> None:
        index = SearchIndex([contact(place, name=f"{place}") for place in range(4)])
        found = index.find(EVERYONE)
        index.put(contact(3, name="0"))
        index.discard(contact_id(0))
        assert [found.place(contact_id(place)) for place in range(4)] == [0, 1, 2, 3]
        assert [index.find(EVERYONE).place(contact_id(place)) for place in range(4)] == [None, 1, 2, 0]


class TestIndex:
    def test_it_counts_its_contacts(self) -> None:
        index = SearchIndex([contact(0), contact(0, name="again"), contact(1)])
        assert len(index) == 2
        index.discard("nobody")
        index.discard(contact_id(1))
        index.discard(contact_id(1))
        assert len(index) == 1
        assert index.find(EVERYONE)[0].name == "again"

    @pytest.mark.parametrize("size", [3, 400])
    def test_many_changes_at_once_are_one(self, size: int) -> None:
        index = SearchIndex(contact(place) for place in range(size))
        before = {key: ids(index.find(EVERYONE, Sort(key))) for key in SortKey}
        index.change(
            (contact(place, name=f"{place:04}") for place in range(size - 1, 2 * size)),
            map(contact_id, range(size - 2)),
        )
        assert ids(index.find(EVERYONE)) == [*map(contact_id, range(size - 1, 2 * size)), contact_id(size - 2)]
        assert len(index) == size + 2
        assert all(len(order) == size for order in before.values())

    @settings(max_examples=60, deadline=None)
    @given(st.randoms(use_true_random=False), st.integers(0, 80))
    def test_a_changed_index_answers_as_a_new_one(self, dice: Random, batch: int) -> None:
        index, people = SearchIndex(), dict[str, Contact]()
        kept: list[tuple[Results, list[ContactRow]]] = []
        for _ in range(12):
            new = [self.somebody(dice) for _ in range(dice.randint(0, batch))]
            gone = [contact_id(dice.randrange(30)) for _ in range(dice.randint(0, 3))]
            index.change(new, gone)
            for contact_gone in gone:
                people.pop(contact_gone, None)
            people |= {person.id: person for person in new}
            if dice.random() < 0.3:
                index.settle()
            query = dice.choice(
                [EVERYONE, containing("a"), containing("555 01"), opted_out(), containing("zoea", forgiving=True)]
            )
            sort = Sort(dice.choice(list(SortKey)), descending=dice.random() < 0.5)
            fresh = SearchIndex(people.values())
            found = index.find(query, sort)
            assert list(found) == list(fresh.find(query, sort))
            assert index.count(query) == fresh.count(query)
            assert all(found.place(row.id) == place for place, row in enumerate(found))
            glance = index.glance(query, sort, 3)
            assert glance is not None
            assert list(glance) == list(found)[: len(glance)]
            assert len(glance) == min(3, len(found)) or query.text == "zoea"
            kept.append((found, list(found)))
        for found, rows in kept:
            assert list(found) == rows
            assert all(found.place(row.id) == place for place, row in enumerate(rows))

    @staticmethod
    def somebody(dice: Random) -> Contact:
        return contact(
            dice.randrange(30),
            name=dice.choice(["", "Ada", "Bo", "Zoë"]),
            opt_out=dice.random() < 0.3,
            channels=reach(dice.choice(list(Availability)), dice.choice(list(Availability))),
            default_channel=dice.choice([None, *Channel]),
        )

    def test_threads_search_while_one_changes(self) -> None:
        index = SearchIndex(contact(place, name=f"Person {place}") for place in range(40))
        done = threading.Event()
        wrong: list[str] = []

        def look() -> None:
            while not done.is_set():
                for sort in (Sort(SortKey.NUMBER), Sort(SortKey.NAME, descending=True)):
                    rows = list(index.find(containing("person"), sort))
                    if len({row.id for row in rows}) != 40 or len(rows) != 40:
                        wrong.append(f"{len(rows)} rows")
                if index.count(EVERYONE)[ChannelFilter.ALL] != 40:
                    wrong.append("count")

        threads = [threading.Thread(target=look) for _ in range(2)]
        for thread in threads:
            thread.start()
        for step in range(300):
            index.put(contact(step % 40, name=f"Person {step}"))
            if step % 50 == 49:
                index.settle()
        done.set()
        for thread in threads:
            thread.join()
        assert wrong == []
