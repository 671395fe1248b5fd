"""The rows of a file in batches, each with what its number means: worked out here, or ahead by another process."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from sent_tui.services.exchange.ahead import Ahead
from sent_tui.services.exchange.meaning import Understood, understood
from sent_tui.services.exchange.reading import Reader

BATCHES_MEANWHILE: Final = 3
"""Batches that are worked out here while the other process starts."""


class Supply:
    """The batches of a reader, in order; each row is in one of them, whatever becomes of the other process."""

    def __init__(self, reader: Reader, size: int, ahead: Ahead | None = None) -> None:
        self._reader = reader
        self._size = size
        self._ahead = ahead
        self.done_bytes = 0
        """How much of the file stands before the end of the last batch, about."""

    @property
    def total_bytes(self) -> int:
        """The size of the file."""
        return self._reader.total_bytes

    def __iter__(self) -> Iterator[Understood]:
        if self._ahead is not None:
            self._ahead.start(skip=BATCHES_MEANWHILE * self._size)
            yield from islice(self._here(), BATCHES_MEANWHILE)
            rows = 0
            for done_bytes, batch in self._ahead:
                self.done_bytes = done_bytes
                rows += len(batch)
                yield batch
            if self._ahead.is_complete:
                return
            for _ in islice(self._reader, rows):
                """Pass over what the other process did before it broke."""
        yield from self._here()

    def _here(self) -> Iterator[Understood]:
        while rows := list(islice(self._reader, self._size)):
            self.done_bytes = self._reader.done_bytes
            yield understood(rows)
