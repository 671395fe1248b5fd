"""One open journal on the disk: documents are read by their place, and batches are added at the end."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from sent_tui.store.files import open_plain, write_all_at
from sent_tui.store.journal_format import (
    HEADER_LIMIT,
    Batch,
    Damage,
    Header,
    Location,
    batches,
    header_line,
    read_header,
)

_ROOM = 65_536
"""Blank lines that are added when there is no room for a batch."""
_BLANK = b"\n" * _ROOM
_LARGE = 131_072
"""Smaller files are kept without room."""
_PIECE = 8_000_000
"""So many bytes are read in one go, more where a batch is larger."""
_COMMIT_LIMIT = 80
"""A commit line is shorter than this, in bytes."""
_NEAR = 4_096
"""Whoever adds a batch does so no further than this from the end of the one before."""


def new_generation() -> str:
    """Return a name for a new file."""
    return os.urandom(8).hex()


def empty_journal() -> bytes:
    """Return the contents of a journal without a document."""
    return header_line(new_generation())


class JournalFile:
    """A journal that is open for reading, and for writing when it must.

    Raises FileNotFoundError or another OSError, and ValueError for a file that is no journal.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader = self._writer = -1
        self._reader = open_plain(path, os.O_RDONLY)
        try:
            self._status = os.fstat(self._reader)
            self._size = self._status.st_size
            """How long the file is, as of the last look."""
            self.header: Header = read_header(os.pread(self._reader, HEADER_LIMIT, 0))
        except BaseException:
            self.close()
            raise

    def size(self) -> int:
        """Return how long the file is, in bytes."""
        self._size = os.fstat(self._reader).st_size
        return self._size

    def has_more(self, offset: int) -> bool:
        """Return whether anything stands from `offset` on."""
        return _has_text(os.pread(self._reader, _ROOM + 1, offset))

    def rests_at(self, offset: int, crc: int) -> bool:
        """Return whether the file still has its name, and the batch with a CRC is still the last one in it.

        False may also mean that this takes a closer look; raises FileNotFoundError when no file has the name.
        """
        status = self._path.stat()
        if status.st_size != self._size or not os.path.samestat(self._status, status):
            return False
        start = max(0, offset - _COMMIT_LIMIT)
        data = os.pread(self._reader, offset - start + _NEAR, start)
        return _closes(data[: offset - start], crc) and not _has_text(data[offset - start :])

    def is_in_place(self) -> bool:
        """Return whether the file still has its name; raises FileNotFoundError when no file has."""
        return os.path.samestat(self._status, self._path.stat())

    def is_itself(self) -> bool:
        """Return whether the file begins as it did: whether nobody wrote another one into it."""
        data = os.pread(self._reader, self.header.length, 0)
        with suppress(ValueError):
            return read_header(data) == self.header
        return False

    def read(self, location: Location) -> bytes | None:
        """Return a line; None when it is not the one that was written."""
        line = os.pread(self._reader, location.length, location.offset)
        return line if crc32(line) == location.crc else None

    def pieces(self, end: int) -> Iterator[bytes]:
        """Go through the file up to a place, whichever file has its name meanwhile."""
        for at in range(0, end, _PIECE):
            yield os.pread(self._reader, min(_PIECE, end - at), at)

    def tail(self, offset: int, after: int) -> Iterator[Batch | Damage]:
        """Go through the batches from `offset` on; `after` is the CRC of the one before."""
        buffer = b""
        while True:
            piece = os.pread(self._reader, max(_PIECE, len(buffer)), offset + len(buffer))
            buffer += piece
            done = 0
            for found in batches(buffer, offset, after):
                if piece and isinstance(found, Damage) and found.is_tail:
                    break
                if isinstance(found, Batch):
                    after = found.crc
                done = found.end - offset
                yield found
            if not piece:
                return
            offset, buffer = offset + done, buffer[done:]

    def ends_with(self, offset: int, crc: int) -> bool:
        """Return whether a batch with a CRC ends at a place, or the header does."""
        if offset == self.header.length:
            return crc == self.header.crc
        start = max(0, offset - _COMMIT_LIMIT)
        return _closes(os.pread(self._reader, offset - start, start), crc)

    def append(self, data: bytes, offset: int) -> None:
        """Add data at the end, which is at `offset`; raises OSError, and then nothing was added."""
        if self._writer < 0:
            self._writer = self._opened()
        end = offset + len(data)
        if end >= _LARGE and end > self._size:
            data += _BLANK
        try:
            write_all_at(self._writer, data, offset)
        except BaseException:
            self.cut(offset)
            raise
        self._size = max(self._size, offset + len(data))

    def _opened(self) -> int:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        if os.path.samestat(os.fstat(descriptor), self._status):
            return descriptor
        os.close(descriptor)
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    def cut(self, offset: int) -> None:
        """Take away what was added behind `offset` and never acknowledged."""
        with suppress(OSError):
            if self._writer >= 0 and os.fstat(self._writer).st_size > offset:
                os.ftruncate(self._writer, offset)

    def sync(self) -> None:
        """Return when everything that was added is on the disk; raises OSError."""
        # Some systems have the slower of the two only.
        getattr(os, "fdatasync", os.fsync)(self._writer)

    def close(self) -> None:
        """Let go of the file."""
        for descriptor in (self._reader, self._writer):
            if descriptor >= 0:
                with suppress(OSError):
                    os.close(descriptor)
        self._reader = self._writer = -1

    def __del__(self, is_ending: Callable[[], bool] = sys.is_finalizing) -> None:
        """Let go of the file when nobody reads from it any more."""
        if not is_ending():  # else there may be nothing left to close it with
            self.close()


def _has_text(data: bytes) -> bool:
    return data != _BLANK[: len(data)]


def _closes(data: bytes, crc: int) -> bool:
    """Return whether data end with the commit line of a CRC."""
    last = data.rfind(b"\n", 0, -1) + 1
    return data.endswith(b"}\n") and data.startswith(b'{"commit":"%08x",' % crc, last)
