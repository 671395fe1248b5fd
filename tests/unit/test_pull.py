"""Which contacts a pull has read, as the marks tell it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.pull import PullCursor, PulledPage, ReadContacts, mark_of

SOME = [mark_of(f"id-{place}", f"+1212555{place:04}") for place in range(4_000)]


@given(st.lists(st.lists(st.sampled_from(SOME[:50]), max_size=20), max_size=20))
def test_marks_are_counted_once_each(pages: list[list[bytes]]) -> None:
    marks, seen = ReadContacts(), set[bytes]()
    for page in pages:
        assert marks.add(b"".join(page)) == len(set(page) - seen)
        seen |= set(page)
        assert len(marks) == len(seen)
    assert {mark for mark in SOME[:50] if mark in marks} == seen


def test_very_many_marks_are_kept_in_order() -> None:
    marks = ReadContacts()
    for start in range(0, len(SOME), 100):
        assert marks.add(b"".join(SOME[start : start + 100])) == 100
    assert marks.add(b"".join(SOME[::7])) == 0
    assert all(mark in marks for mark in SOME)
    assert mark_of("id-4001", "+12125554001") not in marks
    assert len(marks) == len(SOME)


def test_a_mark_is_of_the_id_and_the_number() -> None:
    assert len({mark_of("a", "+1"), mark_of("a", "+2"), mark_of("b", "+1"), mark_of("\ud800", "")}) == 4


BEGAN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def page(number: int, *, began: datetime = BEGAN, total: int | None = 400) -> PulledPage:
    """Return a page of a pull of four full pages."""
    return PulledPage("me", number, began, total, b"".join(SOME[(number - 1) * 100 : number * 100]))


@pytest.mark.parametrize(
    "pages",
    [
        (page(1), page(2), page(4)),
        (page(1), page(2), page(3, began=BEGAN + timedelta(minutes=1))),
    ],
    ids=["a gap", "another pull"],
)
def test_a_pull_goes_on_after_the_last_page_without_a_gap(pages: tuple[PulledPage, ...]) -> None:
    cursor = PullCursor.after(pages)
    assert cursor is not None
    assert (cursor.page, len(cursor.marks), cursor.is_whole) == (2, 200, False)


def test_pages_without_the_first_one_are_no_pull() -> None:
    assert PullCursor.after(()) is None
    assert PullCursor.after((page(5), page(6))) is None


def test_who_was_deleted_stands_for_nobody_else() -> None:
    cursor = PullCursor.after((page(1), page(2), page(3, total=390)))
    assert cursor is not None
    cursor.take(page(4).marks[: 8 * 90])
    assert (len(cursor.marks), cursor.total) == (390, 390)
    assert not cursor.is_whole, "the ten may have been read before they were deleted"
    cursor.read_again()
    for each in (page(1), page(2), page(3)):
        cursor.take(each.marks)
    assert not cursor.is_whole
    cursor.take(page(4).marks[: 8 * 90])
    assert cursor.is_whole
    assert cursor.counted(189) == 3
    assert cursor.counted(None) == 0
    assert cursor.total == 189
