"""Numbers formatted while they are typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sent_tui.core.as_you_type import AsYouType, format_as_you_type

# Region, and what the field shows after each key: the keys are the digits and the plus sign of the last step.
STEPS = [
    ("US", "2|20|202|202-5|202-55|202-555|202-5550|(202) 555-01|(202) 555-012|(202) 555-0123"),
    ("us", "1|12|1 20|1 (202|1 (202) 5|1 (202) 55|1 (202) 555|1 (202) 555-0|1 (202) 555-01|1 (202) 555-012"),
    (None, "+|+1|+1 2|+1 20|+1 202|+1 202-5|+1 202-55|+1 202-555|+1 202-555-0|+1 202-555-01|+1 202-555-012"),
    ("GB", "0|02|020|020 7|020 79|020 794|020 7946|020 7946 0|020 7946 09|020 7946 095|020 7946 0958"),
    ("UK", "+|+4|+44|+44 2|+44 20|+44 20 7|+44 20 79|+44 20 794|+44 20 7946|+44 20 7946 0"),
    ("AU", "0|04|049|0491|0491 5|0491 57|0491 570|0491 570 1|0491 570 15|0491 570 156"),
    ("FR", "0|01|019|01 99|01 99 0|01 99 00|01 99 00 1|01 99 00 12|01 99 00 12 3|01 99 00 12 34"),
    (None, "2|20|202|2025|20255|202555"),
    ("ZZ", "0|00|004|0044"),
    ("US", "0|01|011|011 4|011 44|011 44 2|011 44 20|011 44 20 7"),
]


def keys_of(shown: str) -> str:
    return "".join(char for char in shown if char.isdecimal() or char == "+")


@pytest.mark.parametrize(("region", "steps"), STEPS)
def test_each_key_formats_the_whole_number(region: str | None, steps: str) -> None:
    shown = steps.split("|")
    keys = keys_of(shown[-1])
    assert [format_as_you_type(keys[: count + 1], region).rstrip() for count in range(len(keys))] == shown


@pytest.mark.parametrize(("region", "steps"), STEPS)
def test_a_field_that_shows_the_formatted_text_gets_the_same(region: str | None, steps: str) -> None:
    keys = keys_of(steps.split("|")[-1])
    formatter = AsYouType(region)
    alone = with_previous = ""
    for key in keys:
        expected = formatter.feed(key)
        alone = format_as_you_type(alone + key, region)
        with_previous = format_as_you_type(with_previous + key, region, with_previous)
        assert alone == with_previous == expected


@pytest.mark.parametrize(("region", "steps"), STEPS)
def test_backspace_empties_the_field(region: str | None, steps: str) -> None:
    shown = format_as_you_type(keys_of(steps.split("|")[-1]), region)
    presses = 0
    while shown:
        shown = format_as_you_type(shown[:-1], region, shown)
        presses += 1
        assert presses < 30
    assert shown == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "202-555-0123",
        "202.555",
        "+1 202 555 0123",
        "(202)",
        "1-800-FLOWERS",
        "*31#",
        "call 202 555 0123",
        "+1202+555",
        "2025550123 ext. 12",
        "202555²",
        "𝟐𝟎𝟐𝟓𝟓𝟓𝟎𝟏𝟐𝟑",
        "\u200e2025550123",
        "202\n555",
        "\0",
        "\ud800",
        "1" * 41,
        "2" * 10_000,
    ],
)
def test_other_text_stays_as_it_is_typed(text: str) -> None:
    assert format_as_you_type(text, "US") == text


@pytest.mark.parametrize(
    ("previous", "text", "shown"),
    [
        ("(202) 555-0123", "(202) 555-012", "(202) 555-012"),
        ("(202) 555-01", "(202) 555-0", "202-5550"),
        ("(202) 555-0123", "(02) 555-0123", "025550123"),
        ("(202) 555-012", "(202) 5955-012", "(202) 595-5012"),
        ("+1 ", "+1", "+1"),
        ("+1", "+12", "+1 2"),
        ("202-555", "202555", "202555"),
        ("202-5", "202-", "202"),
        ("202-555-", "202-555-0", "202-555-0"),
        ("(202) 555-0123", "(202) 555-0123 ", "(202) 555-0123 "),
        ("(202) 555-0123 ", "(202) 555-0123 x", "(202) 555-0123 x"),
        ("(202) 555-0123", "(202) 555-0123x", "2025550123x"),
        ("2025550123x", "2025550123x1", "2025550123x1"),
        ("2025550123x", "2025550123", "(202) 555-0123"),
        ("", "202-555-0123", "202-555-0123"),
        ("", "2025550123", "(202) 555-0123"),
        ("(202) 555-0123", "", ""),
        ("1" * 41, "1" * 42, "1" * 42),
    ],
)
def test_a_change_anywhere_is_followed(previous: str, text: str, shown: str) -> None:
    assert format_as_you_type(text, "US", previous) == shown


def test_digits_of_other_scripts_are_formatted_too() -> None:
    assert format_as_you_type("２０２５５５０１２３", "US") == "(202) 555-0123"
    assert format_as_you_type("٢٠٢٥٥٥٠١٢٣", "US") == "(202) 555-0123"
    assert format_as_you_type("＋１２０２", None) == "+1 202"


def test_the_formatter_takes_one_key_or_several() -> None:
    formatter = AsYouType("US")
    assert formatter.feed("") == ""
    assert formatter.feed("202555") == "202-555"
    assert formatter.feed("0") == "202-5550"
    assert formatter.feed("²") == "2025550²"


def digits(text: str) -> list[int]:
    return [unicodedata.decimal(char) for char in text if char.isdecimal()]


TYPED = st.one_of(st.text(max_size=60), st.text(alphabet="0123456789+ -().x²٢２", max_size=25))
REGIONS = st.sampled_from([None, "US", "GB", "de", "AR", "MX", "BR", "IT", "ZZ", "001", ""])


@given(TYPED, REGIONS)
@settings(deadline=None)
def test_no_digit_is_lost_or_added(text: str, region: str | None) -> None:
    assert digits(format_as_you_type(text, region)) == digits(text)


@given(TYPED, TYPED, REGIONS)
@settings(deadline=None)
def test_no_digit_is_lost_or_added_by_a_change(previous: str, text: str, region: str | None) -> None:
    assert digits(format_as_you_type(text, region, previous)) == digits(text)


@given(TYPED, st.sampled_from([*"0123456789+ -x#é"]), REGIONS)
@settings(deadline=None)
def test_nothing_typed_is_lost(text: str, key: str, region: str | None) -> None:
    before = format_as_you_type(text, region)
    after = format_as_you_type(before + key, region, before)
    assert digits(after) == digits(before + key)
    if key in "x#é":
        assert after.endswith(key)
