"""Which of some lines hold a text: the same ones that are found line by line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.search_marks import every, holding, lines_with, places

LINES = st.lists(st.lists(st.sampled_from([b"a", b"b", b"\xc3\xa9", b"\x1f"]), max_size=9).map(b"".join), max_size=9)
PARTS = st.lists(st.sampled_from([b"a", b"b", b"\xc3\xa9", b"\x00"]), min_size=1, max_size=3).map(b"".join)


@given(LINES, PARTS)
def test_lines_that_hold_a_text_are_marked(lines: list[bytes], part: bytes) -> None:
    marks = holding(part, b"".join(line + b"\n" for line in lines), len(lines))
    assert marks.to_bytes(len(lines), "little") == bytes(part in line for line in lines)
    assert marks & every(len(lines)) == marks


@given(LINES, PARTS, st.integers(0, 9))
def test_lines_that_are_too_many_are_passed_over(lines: list[bytes], part: bytes, count: int) -> None:
    marks = holding(part, b"".join(line + b"\n" for line in lines), count)
    assert marks.to_bytes(count, "little") == bytes(part in line for line in lines[:count]).ljust(count, b"\0")


@given(LINES, PARTS)
def test_lines_are_found_one_after_another(lines: list[bytes], part: bytes) -> None:
    text = b"".join(line + b"\n" for line in lines)
    found = list(lines_with(part, text))
    assert found == list(places(holding(part, text, len(lines)), len(lines)))
    assert found == [number for number, line in enumerate(lines) if part in line]


def test_a_text_without_an_end_is_looked_through() -> None:
    assert list(lines_with(b"a", b"b\na a")) == [1]
