"""A pull: all contacts of an account, read page by page, so that it can be broken off and go on.

Each page that was read is on record with a mark of every contact on it. The marks tell how many different contacts
were read, also where some moved from page to page meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import Final

from msgspec import Struct, field

PAGE_SIZE: Final = 100
"""Contacts of a page: the most that Sent's contract allows."""
_MARK: Final = 8
"""Bytes."""


class PulledPage(Struct, frozen=True):
    """One page of a pull that was read and merged."""

    account: str
    page: int
    """From 1."""
    at: datetime
    """When the pull began."""
    total: int | None
    """How many contacts there were on all pages then; None where that was not told."""
    marks: bytes
    """The marks of its contacts, one after the other."""

    @property
    def key(self) -> str:
        """The same for the same page of the same account."""
        return f"{self.account}/{self.page}"


def mark_of(sent_id: str, number: str) -> bytes:
    """Return the mark of a contact: 64 bits of a hash."""
    # Only a sync needs it, and the list that is opened should not wait for it.
    from hashlib import blake2b

    return blake2b(f"{sent_id} {number}".encode("utf-8", "replace"), digest_size=_MARK).digest()


class ReadContacts:
    """Which contacts were read. A mark takes eight bytes, so that those of 100,000 contacts take less than a megabyte.

    New marks are sorted in when there are enough of them.
    """

    def __init__(self) -> None:
        self._settled = b""
        self._count = 0
        self._new: set[bytes] = set()

    def __len__(self) -> int:
        """Return how many different contacts were read."""
        return self._count + len(self._new)

    def __contains__(self, mark: bytes) -> bool:
        """Return whether a contact was read."""
        return mark in self._new or self._is_settled(mark)

    def add(self, marks: bytes) -> int:
        """Take marks in, and return how many of them were not there."""
        before = len(self)
        for start in range(0, len(marks), _MARK):
            mark = marks[start : start + _MARK]
            if not self._is_settled(mark):
                self._new.add(mark)
        added = len(self) - before
        if len(self._new) > max(1_000, self._count // 8):
            self._settle()
        return added

    def _settle(self) -> None:
        settled = (self._settled[start : start + _MARK] for start in range(0, len(self._settled), _MARK))
        self._settled = b"".join(sorted((*settled, *self._new)))
        self._count = len(self._settled) // _MARK
        self._new.clear()

    def _is_settled(self, mark: bytes) -> bool:
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            if self._settled[middle * _MARK : (middle + 1) * _MARK] < mark:
                low = middle + 1
            else:
                high = middle
        return low < self._count and self._settled[low * _MARK : (low + 1) * _MARK] == mark


class PullCursor(Struct):
    """How far a pull is: the last page on record, which contacts were read, and whether these are all.

    A contact that was read and then deleted there is among the marks still. So marks that are as many as Sent counts do
    not tell that every contact was read, once fewer were counted than before.
    """

    began: datetime
    page: int = 0
    """The last page on record; 0 at the beginning."""
    total: int | None = None
    """How many contacts there are, as was told last; None while it was not."""
    marks: ReadContacts = field(default_factory=ReadContacts)
    """Which contacts were read."""
    _gone: int = 0
    """How many contacts were deleted there since the first page, at least."""
    _walk: ReadContacts | None = None
    """Which were read since it was begun to read all pages again; None before."""
    _gone_in_walk: int = 0

    @classmethod
    def after(cls, pages: Sequence[PulledPage]) -> PullCursor | None:
        """Return how far a pull is that was broken off, by its pages on record in their order; None without any.

        What another run left after a gap, or of another pull, does not count: the pages before it are not read.
        """
        if not pages or pages[0].page != 1:
            return None
        cursor = cls(pages[0].at)
        for page in pages:
            if page.page != cursor.page + 1 or page.at != cursor.began:
                break
            cursor.counted(page.total)
            cursor.take(page.marks)
            cursor.page = page.page
        return cursor

    @property
    def is_whole(self) -> bool:
        """Whether every contact was read, as far as Sent's own count tells."""
        if self.total is None:
            return True
        is_read_again = self._walk is not None and len(self._walk) - self._gone_in_walk >= self.total
        return is_read_again or len(self.marks) - self._gone >= self.total

    def counted(self, total: int | None) -> int:
        """Take in how many contacts there are now, and return how many pages back others may have moved by that."""
        before, self.total = self.total, self.total if total is None else total
        gone = max(0, before - total) if before is not None and total is not None else 0
        self._gone += gone
        self._gone_in_walk += gone
        return ceil(gone / PAGE_SIZE)

    def take(self, marks: bytes) -> int:
        """Take in the marks of contacts that were read, and return how many of them were not read before."""
        if self._walk is not None:
            self._walk.add(marks)
        return self.marks.add(marks)

    def read_again(self) -> None:
        """Begin to read all pages again."""
        self._walk, self._gone_in_walk = ReadContacts(), 0
