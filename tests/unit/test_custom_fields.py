"""Fields that a person named: how they are kept, set, joined, and written on lines."""

from __future__ import annotations

import pytest
from hypothesis import given

from sent_tui.core.contact import Fields
from sent_tui.core.custom_fields import (
    LONGEST_NAME,
    LONGEST_VALUE,
    MOST_FIELDS,
    FieldError,
    checked,
    field,
    joined,
    lines_of,
    read_lines,
    value_of,
    with_fields,
)
from sent_tui.core.search import fold
from tests.custom_fields import FIELDS

MANY: Fields = tuple((f"field {place}", "x") for place in range(MOST_FIELDS))


class TestField:
    def test_space_around_it_is_no_part_of_it(self) -> None:
        assert field("  Customer \t no. ", " 47  11 ") == ("Customer no.", "47  11")

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("", "x", "has no name"),
            (" \u200b ", "x", "has no name"),
            ("a:b", "x", "colon"),
            ("a\N{FULLWIDTH COLON}b", "x", "colon"),
            ("a\nb", "x", "line break"),
            ("a\u2028b", "x", "line break"),
            ("plan", "one\rtwo", "line break"),
            ("plan", "one\x85two", "line break"),
            ("n" * (LONGEST_NAME + 1), "x", "more than 40"),
            ("plan", "v" * (LONGEST_VALUE + 1), "501 characters"),
        ],
    )
    def test_what_no_field_is(self, name: str, value: str, words: str) -> None:
        with pytest.raises(FieldError) as caught:
            field(name, value)
        assert words in str(caught.value)

    def test_the_longest_ones(self) -> None:
        longest = ("n" * LONGEST_NAME, "v" * LONGEST_VALUE)
        assert field(*longest) == longest


class TestSetting:
    def test_one_stays_in_its_place_and_as_it_is_written(self) -> None:
        before = (("Plan", "gold"), ("language", "de"))
        assert with_fields(before, [("PLAN", "silver"), ("seat", "4")]) == (
            ("Plan", "silver"),
            ("language", "de"),
            ("seat", "4"),
        )

    def test_an_empty_value_removes(self) -> None:
        before = (("Plan", "gold"), ("Größe", "4"))
        assert with_fields(before, [("plan", " "), ("none", "")]) == (("Größe", "4"),)
        assert with_fields(before, [("GROSSE", "")]) == (("Plan", "gold"),)

    def test_the_later_of_two_counts(self) -> None:
        assert checked([("plan", "a"), ("Plan", "b")]) == (("plan", "b"),)

    def test_there_are_not_more_than_so_many(self) -> None:
        assert checked(MANY) == MANY
        assert with_fields(MANY, [("field 3", "y")])[3] == ("field 3", "y")
        with pytest.raises(FieldError, match="too many"):
            with_fields(MANY, [("one more", "x")])
        with pytest.raises(FieldError, match="too many"):
            checked((*MANY, ("one more", "x")))

    def test_too_many_that_are_there_can_be_changed(self) -> None:
        more = (*MANY, ("one more", "x"))
        assert len(with_fields(more, [("field 0", "")])) == MOST_FIELDS
        assert with_fields(more, [("field 0", "y")])[0] == ("field 0", "y")


class TestJoining:
    def test_those_that_are_there_stay(self) -> None:
        assert joined((("Plan", "gold"),), (("plan", "silver"), ("seat", "4"))) == (
            (("Plan", "gold"), ("seat", "4")),
            (),
        )

    def test_what_finds_no_room_is_told(self) -> None:
        assert joined(MANY[1:], (("a", "1"), ("b", "2"), ("field 3", "y"))) == ((*MANY[1:], ("a", "1")), (("b", "2"),))


@given(FIELDS, FIELDS)
def test_joined_fields_are_fields(one: Fields, other: Fields) -> None:
    kept, left = joined(one, other)
    assert kept[: len(one)] == one
    assert checked(kept) == kept
    assert {fold(name) for name, _ in (*kept, *left)} == {fold(name) for name, _ in (*one, *other)}


class TestLines:
    def test_a_field_is_a_line(self) -> None:
        text = "customer no.: 4711\n\n  plan :gold: yes \nseat:\n"
        assert read_lines(text) == (("customer no.", "4711"), ("plan", "gold: yes"))

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("plan: gold\nnothing here", "Line 2: there is no colon"),
            ("\n: gold", "Line 2: a field has no name"),
            ("plan: gold\nPLAN: silver", "Line 2: the field is there already"),
            (f"plan: {'x' * 501}", "Line 1: the value of a field is too long"),
            ("\n".join(f"f{place}: x" for place in range(MOST_FIELDS + 1)), "too many fields"),
        ],
    )
    def test_what_is_wrong_is_told_with_its_line(self, text: str, words: str) -> None:
        with pytest.raises(FieldError) as caught:
            read_lines(text)
        assert words in str(caught.value)

    @given(FIELDS)
    def test_lines_are_read_as_they_were_written(self, fields: Fields) -> None:
        assert read_lines(lines_of(fields)) == fields


@given(FIELDS)
def test_fields_as_they_are_kept_stay_so(fields: Fields) -> None:
    assert checked(fields) == fields
    assert all(value_of(fields, f" {name.upper()} " if name.isascii() else name) == value for name, value in fields)


def test_a_field_that_is_not_there_has_no_value() -> None:
    assert value_of((("Plan", "gold"),), "seat") == ""
