from __future__ import annotations

import sys
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core import text as text_module
from sent_tui.core.text import MAX_MARKS, ago, display, long_ago, mask_number, percent, plural, relative_time
from tests.hostile.payloads import PAYLOADS, unsafe_characters

ANYTHING = st.characters(categories=None) | st.sampled_from(
    "\x00\x1b\r\n\t\x7f\x9b\u0301\u0308\u20dd\u200c\u200d\u2028\u202e\ud800\ufeff👩\ufe0f[]/\\…⏎⸱�"
)
TEXTS = st.text(ANYTHING, max_size=60)
NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


def expected(char: str) -> str:
    """Return what a single character is shown as: the rules once more, from its category alone."""
    code, category = ord(char), unicodedata.category(char)
    if char in "\n\r" or category in {"Zl", "Zp"}:
        return "⏎"
    if char == "\t":
        return " "
    if code < 0x20 or code == 0x7F:
        return chr(0x2421 if code == 0x7F else 0x2400 + code)
    if category == "Cf":
        return char if code in {0x200C, 0x200D} else "⸱"
    new_emoji = category == "Cn" and code >> 8 in range(0x1F0, 0x1FB)
    return "\ufffd" if category.startswith("C") and not new_emoji else char


def marks_in_a_row(text: str) -> int:
    longest = run = 0
    for char in text:
        run = run + 1 if char in "\u200c\u200d" or unicodedata.category(char).startswith("M") else 0
        longest = max(longest, run)
    return longest


def test_every_code_point_is_shown_by_the_rules() -> None:
    wrong = [code for code in range(sys.maxunicode + 1) if display(chr(code)) != expected(chr(code))]
    assert wrong == []


def test_no_code_point_is_unsafe_among_others() -> None:
    blocks = ["".join(map(chr, range(start, start + 64))) for start in range(0, sys.maxunicode + 1, 64)]
    assert [block for block in blocks if unsafe_characters(display(block, lines=True))] == []


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("name", PAYLOADS)
def test_nasty_text_is_safe_and_short_when_shown(name: str, lines: bool) -> None:
    shown = display(PAYLOADS[name], lines=lines)
    assert unsafe_characters(shown) == set()
    assert len(shown) <= 200
    assert marks_in_a_row(shown) <= MAX_MARKS
    assert lines or "\n" not in shown


@given(text=TEXTS, limit=st.integers(-1, 70), lines=st.booleans())
def test_shown_text_is_safe_short_and_stays_as_it_is(text: str, limit: int, lines: bool) -> None:
    shown = display(text, limit, lines=lines)
    assert unsafe_characters(shown) == set()
    assert len(shown) <= max(limit, 0)
    assert marks_in_a_row(shown) <= MAX_MARKS
    assert lines or "\n" not in shown
    assert display(shown, limit, lines=lines) == shown
    shown.encode()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Anna Smith",
        "Zoë",
        "Zoe\u0308",
        "محمد",
        "नरेंद्र",
        "می‌خواهم",
        "👨‍👩‍👧‍👦",
        "❤️‍🔥",
        "🇸🇪",
        "Nguyễn",
        "ไทย",
        "名前",
        "이름",
        "O’Brien – “x”",
        "[vip] [/]",
        "\U0001faff",
    ],
)
def test_names_stay_as_they_are(name: str) -> None:
    assert display(name) == name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "␛[31m"),
        ("a\x00\x7f\x9bb", "a␀␡\ufffdb"),
        ("a\tb", "a b"),
        ("a\r\nb\rc\nd\u2028e\u2029f", "a⏎b⏎c⏎d⏎e⏎f"),
        ("a\n\rb", "a⏎⏎b"),
        ("\u202ea\ufeff", "⸱a⸱"),
        ("\ud83d\udc00\ue000\ufffe", "\ufffd\ufffd\ufffd\ufffd"),
        ("Z" + "\u0301" * 9 + "y" + "\u0301" * 9, "Z\u0301\u0301\u0301\u0301y\u0301\u0301\u0301\u0301"),
        ("Z" + "\u0301\u200d" * 9, "Z\u0301\u200d\u0301\u200d"),
    ],
)
def test_unsafe_characters_become_signs(text: str, shown: str) -> None:
    assert display(text) == shown


def test_line_breaks_are_kept_on_request() -> None:
    assert display("a\r\nb\rc\nd\u2028e\tf\x0b", lines=True) == "a\nb\nc\nd\ne f␋"


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("abcdef", 1, "…"),
        ("abcdef", 0, ""),
        ("", 0, ""),
        ("\r\n" * 3, 3, "⏎⏎⏎"),
        ("\r\n" * 4, 3, "⏎⏎…"),
        ("abce\u0308f", 5, "abc…"),  # not half a letter
        ("ab👩‍🚀c", 5, "ab👩…"),  # not half a pair
        ("\u0301" * 9, 3, "…"),
        ("a" + "\u0301" * 99 + "b", 20, "a\u0301\u0301\u0301\u0301…"),
    ],
)
def test_long_text_is_cut(text: str, limit: int, shown: str) -> None:
    assert display(text, limit) == shown


def test_the_rest_of_a_long_text_is_never_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def look(char: str) -> tuple[str, bool]:
        seen.append(char)
        return char, False

    monkeypatch.setattr(text_module, "_replacement", look)
    assert len(display("\u0901" * 1_000_000, 100)) == 100
    assert len(seen) < 300


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+12025550123", "***23"),
        ("sent to +1 (202) 555-0123.", "sent to ***23."),
        ("to=+12025550123&from=020 7946 0123", "to=***23&from=***23"),
        ("%2B12025550123", "%2B***23"),
        ("030/23125000", "***00"),
        ("+44\u00a020\u20117946\u202f0123", "***23"),
        ("\u202a+1 202\u200e 555 0123\u202c", "\u202a***23\u202c"),
        ("x12025550123y", "x***23y"),
        ("٠١٢٣٤٥٦٧", "***٦٧"),
        ("123456", "***56"),
        ("12345", "12345"),
        ("12,408 contacts, 3 of 5 at 12:30", "12,408 contacts, 3 of 5 at 12:30"),
        ("line 123\nline 456", "line 123\nline 456"),
        ("12345 " + " " * 50_000, "12345 " + " " * 50_000),
        ("", ""),
    ],
)
def test_numbers_are_masked(text: str, masked: str) -> None:
    assert mask_number(text) == masked


@given(
    first=st.sampled_from("0123456789"),
    rest=st.lists(st.tuples(st.text(" ().-", max_size=3), st.sampled_from("0123456789")), min_size=5, max_size=14),
)
def test_a_masked_number_keeps_two_digits(first: str, rest: list[tuple[str, str]]) -> None:
    number = first + "".join(between + digit for between, digit in rest)
    assert mask_number(f"to +{number}!") == f"to ***{rest[-2][1]}{rest[-1][1]}!"


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 contacts"), (1, "1 contact"), (2, "2 contacts"), (12_408, "12,408 contacts"), (-1, "-1 contacts")],
)
def test_counts_have_the_right_noun(count: int, words: str) -> None:
    assert plural(count, "contact") == words


def test_an_irregular_plural_is_given() -> None:
    assert [plural(count, "reply", "replies") for count in (1, 2)] == ["1 reply", "2 replies"]


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=6, hours=23), "6 d"),
        (timedelta(days=7), "1 w"),
        (timedelta(days=41), "5 w"),
        (timedelta(days=42), "17 Feb"),
        (timedelta(days=89), "1 Jan"),
        (timedelta(days=90), "31 Dec 2025"),
        (timedelta(seconds=-59), "just now"),
        (timedelta(minutes=-5, seconds=-30), "in 5 min"),
        (timedelta(days=-3), "in 3 d"),
        (timedelta(days=-42), "12 May"),
        (timedelta(days=-300), "25 Jan 2027"),
    ],
)
def test_times_are_told_from_now(ago: timedelta, words: str) -> None:
    assert relative_time(NOW - ago, NOW) == words


def test_dates_are_those_of_the_reader() -> None:
    then = datetime(2024, 3, 11, 23, 30, tzinfo=UTC)
    assert relative_time(then, NOW) == "11 Mar 2024"
    assert relative_time(then, NOW.astimezone(timezone(timedelta(hours=2)))) == "12 Mar 2024"


def test_times_without_a_zone_are_told_too() -> None:
    assert relative_time(datetime(2026, 1, 2), datetime(2026, 3, 31)) == "2 Jan"  # noqa: DTZ001


def test_the_first_moment_there_is_has_a_date_everywhere() -> None:
    west = timezone(timedelta(hours=-5))
    assert relative_time(datetime.min.replace(tzinfo=UTC), NOW.astimezone(west)) == "1 Jan 1"


@pytest.mark.parametrize(
    ("share", "words"), [(0, "1%"), (0.004, "1%"), (0.5, "50%"), (0.986, "99%"), (0.999, "99%"), (1, "99%")]
)
def test_percent_never_claims_certainty(share: float, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=200), "on 2 May"),
        (timedelta(hours=-2), "in 2 h"),
    ],
)
def test_ago_reads_in_a_sentence(past: timedelta, words: str) -> None:
    now = datetime(2026, 11, 18, 12, tzinfo=UTC)
    assert ago(now - past, now) == words


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(days=-3), "in 3 d"),
        (timedelta(days=41), "5 w ago"),
        (timedelta(days=42), "1 month ago"),
        (timedelta(days=91), "3 months ago"),
        (timedelta(days=365), "12 months ago"),
        (timedelta(days=650), "21 months ago"),
        (timedelta(days=660), "2 years ago"),
        (timedelta(days=3000), "8 years ago"),
    ],
)
def test_a_long_time_is_told_by_its_length(past: timedelta, words: str) -> None:
    assert long_ago(NOW - past, NOW) == words
