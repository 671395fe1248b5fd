"""What a search text means: words, numbers, phrases, fields, and what it leaves out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sent_tui.core.channel import Availability, Channel, ChannelStatus
from sent_tui.core.contact import Contact
from sent_tui.core.search import ChannelFilter, Condition, containing, having_fields, with_status
from sent_tui.core.search_entry import ALL_FLAGS, field_term, haystack, number_key, passing
from sent_tui.core.search_index import SearchIndex
from sent_tui.core.search_terms import Term, highlights, terms, understood
from tests.factories import NOW, contact

ADA = contact(
    0,
    name="Ada Byron-King",
    tags=("VIP", "big customer", "a:b"),
    notes="Mother of Ralph",
    fields=(("Customer no.", "A-4711 b"), ("plan", "Größe: gold  plus")),
    last_message_at=NOW,
    last_status="FAILED",
    channels=(
        ChannelStatus(Channel.WHATSAPP, Availability.AVAILABLE),
        ChannelStatus(Channel.SMS, Availability.UNAVAILABLE),
    ),
)
BO = contact(
    1,
    name="Bo VIP",
    region_code="GB",
    notes="status: delivered; a -word and “quoted” text",
    opt_out=True,
    last_status="delivered",
)


def found(query: str) -> str:
    """Return the initials of those who are found."""
    return "".join(row.name[0] for row in SearchIndex([ADA, BO]).find(containing(query)))


class TestFound:
    @pytest.mark.parametrize(
        ("query", "initials"),
        [
            ("", "AB"),
            ("vip", "AB"),
            # phrases
            ('"ada byron"', "A"),
            ('"byron ada"', ""),
            ('"ADA   byron"', "A"),
            ("“ada byron”", "A"),
            ('"ada byron', "A"),
            ('"mother of" byron', "A"),
            ('""', "AB"),
            ('"', "AB"),
            ('"5550100"', "A"),
            ('"(200) 555-0100"', "A"),
            ('"200 555 0101"', "B"),
            ("“", "AB"),
            ('"("', ""),
            ('-"("', "AB"),
            ('-"-"', ""),
            # left out
            ("-ada", "B"),
            ("-ada -bo", ""),
            ("vip -byron", "B"),
            ('-"byron-king"', "B"),
            ('-"ada byron" -"mother of"', "B"),
            ("byron-king", "A"),
            ("-", "AB"),
            ("200 - 555 - 0100", "A"),
            ("200 –555", "AB"),
            ("–", "AB"),
            ("--word", ""),
            ("555-0100", "A"),
            ("-5550100", "A"),
            # fields
            ("tag:vip", "A"),
            ("TAG:Vip", "A"),
            ("-tag:vip", "B"),
            ("tag:vi", ""),
            ('tag:"big customer"', "A"),
            ('-tag:"big customer"', "B"),
            ("tag:big", ""),
            ("tag:a:b", "A"),
            ("tag:", "AB"),
            ('tag:""', "AB"),
            ("region:us", "A"),
            ("region:GB", "B"),
            ("-region:gb", "A"),
            ("region:", "AB"),
            ("status:failed", "A"),
            ("status:DELIVERED", "B"),
            ("-status:failed", "B"),
            ("status:", "AB"),
            ("channel:whatsapp", "A"),
            ("channel:sms", ""),
            ("channel:none", "B"),
            ("-channel:none", "A"),
            ("channel:all", "AB"),
            ("channel:opted_out", "B"),
            ("channel:opted-out", "B"),
            ("channel:both", ""),
            ("channel:", "AB"),
            ("channel:pigeon", ""),
            ("channel:whatsapp channel:none", ""),
            ("other:thing", ""),
            # fields that a person named
            ("customer:4711", "A"),
            ("CUST:a-4711", "A"),
            ("customer:4712", ""),
            ("no:4711", ""),
            ("customer:gold", ""),
            ("plan:4711", ""),
            ("plan:groß", "A"),
            ('plan:"gold plus"', "A"),
            ('customer:"4711 b"', "A"),
            ("customer:", "A"),
            ("plan:", "A"),
            ("-plan:", "B"),
            ("-customer:4711", "B"),
            ("-customer:4712", "AB"),
            ("customer:4711 plan:gold", "A"),
            ("customer:4711 bo", ""),
            ("4711", "A"),
            ("gold", "A"),
            ("groesse", ""),
            ("größe:", "A"),
            # some text that looks like one
            ("a:b", "A"),
            ("-a:b", "B"),
            ("12:30", ""),
            ("word", "B"),
            ("-wor", "A"),
            ("region:us tag:vip status:failed channel:whatsapp ralph 5550100", "A"),
        ],
    )
    def test_who_is_found(self, query: str, initials: str) -> None:
        assert found(query) == initials

    def test_what_is_typed_half_way_hides_nobody(self) -> None:
        for whole in ("tag:vip", "region:us", "status:failed", "channel:whatsapp"):
            name = whole.partition(":")[0] + ":"
            assert terms(name) == ()
            assert found(name) == "AB"

    def test_a_field_that_a_person_named_is_found_while_it_is_typed(self) -> None:
        whole = "customer:4711"
        assert {found(whole[:end]) for end in range(1, len(whole) + 1)} <= {"A", "AB"}

    def test_a_name_with_letters_of_any_script(self) -> None:
        people = [contact(0, name="Ада", fields=(("язык", "русский"),)), contact(1, name="Бо")]
        for settled in (False, True):
            index = SearchIndex(people)
            if settled:
                index.settle()
            assert [row.name for row in index.find(containing("язык:рус"))] == ["Ада"]
            assert [row.name for row in index.find(having_fields())] == ["Ада"]

    def test_a_dash_alone_is_nothing_yet(self) -> None:
        assert terms("-") == terms("ada -")[1:] == ()

    def test_the_last_status_is_a_condition_too(self) -> None:
        assert [row.name[0] for row in SearchIndex([ADA, BO]).find(with_status("failed"))] == ["A"]
        assert not SearchIndex([ADA]).find(with_status("fail"))


class TestTerms:
    def test_a_run_of_digits_is_one_number(self) -> None:
        (term,) = terms("+1 (415) 555")
        assert term.spellings == (("+1415555",), ("+1", "415", "555"), ("+1", "(415)", "555"))
        (term,) = terms("0049 30")
        assert ("+4930",) in term.spellings
        assert len(terms("415 ada 555")) == 3

    def test_a_word_that_may_be_misspelt(self) -> None:
        assert [term.word for term in terms("lovelace łódź zoe 5550 a1b2 -byron tag:vip o’hara")] == [
            "lovelace",
            "łodz",
            "",
            "",
            "",
            "",
            "",
            "",
        ]
        assert terms("x" * 33)[0].word == ""

    def test_conditions_stand_apart(self) -> None:
        meant = understood("ada channel:sms -channel:both")
        assert len(meant.terms) == 1
        assert meant.conditions == {
            (Condition("channel", "sms"), True),
            (Condition("channel", "both"), False),
        }

    @settings(deadline=None)
    @given(st.text(max_size=30))
    def test_any_text_means_something(self, text: str) -> None:
        meant = understood(text)
        assert all(part for term in meant.terms for parts in term.spellings for part in parts)
        assert understood(" ".join(text.split())) == meant

    @settings(deadline=None)
    @given(st.text(max_size=20), st.lists(st.text('ab1 -:"tag', max_size=8), max_size=3))
    def test_excluding_is_the_contrary(self, name: str, words: list[str]) -> None:
        text = haystack(contact(name=name))
        for word in words:
            for term in terms(word):
                other = Term(term.spellings, not term.excluded, term.is_shown, term.named)
                assert term.stands_in(text) is not other.stands_in(text)


class TestConditions:
    @pytest.mark.parametrize("wanted", ChannelFilter)
    def test_flags_are_those_of_the_filter(self, wanted: ChannelFilter) -> None:
        flags = passing(Condition("channel", wanted.value))
        assert flags is not None
        assert (len(flags) == ALL_FLAGS) is (wanted is ChannelFilter.ALL)

    def test_other_fields_are_terms(self) -> None:
        for condition, text in (
            (("tag", "vip"), "tag:vip"),
            (("region", "US"), "region:us"),
            (("status", "X"), "status:x"),
        ):
            assert passing(Condition(*condition)) is None
            assert (field_term(Condition(*condition)),) == terms(text)

    @pytest.mark.parametrize("odd", ["", "+", "12a", "+٤١", "abc"])
    def test_what_is_no_number_has_no_place(self, odd: str) -> None:
        assert number_key(odd) == 0

    @settings(deadline=None)
    @given(st.lists(st.from_regex(r"\+[1-9][0-9]{1,14}", fullmatch=True), min_size=2, max_size=2))
    def test_numbers_sort_as_their_texts_do(self, numbers: list[str]) -> None:
        one, two = numbers
        assert (number_key(one) < number_key(two)) is (one < two)
        assert 0 < number_key(one) < 2**64


class TestHighlights:
    @pytest.mark.parametrize(
        ("text", "query", "marked"),
        [
            ("Ada Byron", '"ada byron"', ["Ada Byron"]),
            ("Ada Byron", "-ada byron", ["Byron"]),
            ("Ada Byron", '-"ada byron"', []),
            ("vip US FAILED", "tag:vip region:us status:failed", []),
            ("whatsapp", "channel:whatsapp", []),
            ("other:thing", "other:thing", ["other:thing"]),
            ("tag:", "tag:", []),
            ("+1 415-555-0123", '"415 555"', ["415-555"]),
            ("٤١٥ ada", "415 ADA", ["٤١٥", "ada"]),
        ],
    )
    def test_what_can_be_seen_is_marked(self, text: str, query: str, marked: list[str]) -> None:
        assert [text[start:end] for start, end in highlights(text, query)] == marked


def misspelt(index: SearchIndex, text: str) -> list[str]:
    return [row.name for row in index.find(containing(text, forgiving=True))]


LETTERS = st.text(st.sampled_from("abcdeéłжя"), min_size=4, max_size=8).filter(lambda word: len(terms(word)) == 1)


class TestForgiving:
    """One wrong letter is forgiven where it is asked for."""

    @pytest.fixture(params=[False, True])
    def index(self, request: pytest.FixtureRequest) -> SearchIndex:
        people: list[Contact] = [
            contact(0, name="Ada Lovelace"),
            contact(1, name="Loveless Bo"),
            contact(2, name="Lovelacy", notes="Lovelace"),
            contact(3, name="Zoë", notes="Lovelaze", tags=("lovelaxe",)),
            contact(4, name="Jean-Łukasz (Kowalski)"),
        ]
        index = SearchIndex(people)
        if request.param:
            index.settle()
        return index

    @pytest.mark.parametrize(
        "word",
        ["Lovelade", "Loveace", "Lovelaace", "oLvelace", "Lovlace", "Lovelcae", "xovelace", "LOVELACR"],
    )
    def test_one_wrong_letter_is_found(self, index: SearchIndex, word: str) -> None:
        assert misspelt(index, word)[0] == "Ada Lovelace"
        assert not index.find(containing(word))

    @pytest.mark.parametrize("word", ["Lovelacxx", "Love1ace", "Lovacee", "Lveace", "ovelac3e", "velace1", "0000"])
    def test_two_wrong_letters_are_not(self, index: SearchIndex, word: str) -> None:
        assert "Ada Lovelace" not in misspelt(index, word)

    def test_letters_exchanged_anywhere(self, index: SearchIndex) -> None:
        for at in range(7):
            word = "lovelace"
            word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            assert "Ada Lovelace" in misspelt(index, word), word

    def test_exact_ones_come_first(self, index: SearchIndex) -> None:
        assert misspelt(index, "lovelacy") == ["Lovelacy", "Ada Lovelace"]
        assert misspelt(index, "lovelace") == ["Ada Lovelace", "Lovelacy"]
        glance = index.glance(containing("lovelacy", forgiving=True), limit=5)
        assert glance is not None
        assert [row.name for row in glance] == ["Lovelacy"]
        assert index.count(containing("lovelacy", forgiving=True))[ChannelFilter.ALL] == 2

    def test_only_the_name_is_looked_at(self, index: SearchIndex) -> None:
        assert "Zoë" not in misspelt(index, "lovelabe")
        assert misspelt(index, "lovelaze")[0] == "Zoë", "as it is written there"

    @pytest.mark.parametrize(
        "text", ["2005550109", "+12005550109", '"ada lovelade"', "-lovelade xyzzy", "tag:lovelabe", "bob", "555 0109 9"]
    )
    def test_numbers_phrases_and_what_is_left_out_are_taken_at_their_word(self, index: SearchIndex, text: str) -> None:
        assert misspelt(index, text) == [row.name for row in index.find(containing(text))]

    def test_the_other_words_must_stand(self, index: SearchIndex) -> None:
        assert misspelt(index, "ada lovelade") == ["Ada Lovelace"]
        assert misspelt(index, "zoe lovelade") == []
        assert misspelt(index, "lovelade -ada") == []
        assert misspelt(index, "lovelade region:gb") == []
        assert misspelt(index, "lovelade region:us")[0] == "Ada Lovelace"
        assert misspelt(index, "lovelade 5550100") == ["Ada Lovelace"]

    @pytest.mark.parametrize("word", ["kovalski", "lukaszz", "łukasy", "kowalsk1"])
    def test_words_begin_behind_signs_too(self, index: SearchIndex, word: str) -> None:
        assert misspelt(index, word) in (["Jean-Łukasz (Kowalski)"], [])
        assert misspelt(index, "kovalski") == ["Jean-Łukasz (Kowalski)"]

    def test_many_exact_ones_need_no_others(self) -> None:
        index = SearchIndex([contact(place, name=f"Lovelace {place}") for place in range(10)])
        index.put(contact(20, name="Lovelacy"))
        assert len(misspelt(index, "lovelace")) == 10

    @settings(max_examples=60, deadline=None)
    @given(LETTERS, st.integers(0, 7), st.sampled_from(["less", "more", "other", "exchanged"]), st.booleans())
    def test_any_word_is_found_by_any_wrong_letter(self, word: str, at: int, kind: str, settled: bool) -> None:
        index = SearchIndex([contact(0, name=f"bo {word}")])
        if settled:
            index.settle()
        at %= len(word)
        typed = {
            "less": word[:at] + word[at + 1 :],
            "more": word[:at] + "z" + word[at:],
            "other": word[:at] + "z" + word[at + 1 :],
            "exchanged": word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
        }[kind]
        if len(typed) >= 4 and not (kind == "more" and at == 0):
            assert misspelt(index, typed), typed
