"""A file to be read: opened with care, and its lines, however long the file and its lines are."""

from __future__ import annotations

import codecs
import os
import stat
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, NamedTuple, Self

from sent_tui.errors import NotFoundError, SentTuiError, UsageError
from sent_tui.services.exchange.formats import Encoding, Format, detect_encoding, detect_format

MAX_FILE: Final = 1 << 30
"""Bytes in a file; a larger one has to be split."""
MAX_FIELD: Final = 131_072
"""Characters in one field: a cell, a value or a vCard property."""
MAX_LINE: Final = 1 << 20
"""Characters in one line; what goes beyond is passed over."""

_CHUNK: Final = 65_536
_WITHOUT_WAITING: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Line(NamedTuple):
    """One line of a file, with the characters that end it."""

    number: int
    """Counted from 1."""
    text: str
    fault: str = ""
    """Why it cannot be used, in words."""


class Source:
    """An open file and its lines, read once from beginning to end.

    Raises NotFoundError for a missing file and UsageError for what is no file, is empty or is too large.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _open(path)
        self.done = 0
        """Bytes read so far."""
        try:
            facts = os.fstat(self._file.fileno())
            self.total = facts.st_size
            self.identity = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
            """Tells this file, as it is now, from any other."""
            self.encoding, self.format, self._ending = self._look()
        except BaseException:
            self.close()
            raise
        self._waiting: deque[Line] = deque()
        self._lines = self._read_lines()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __iter__(self) -> Iterator[Line]:
        """Go through the lines that are left."""
        return self

    def __next__(self) -> Line:
        """Return the next line."""
        return self._waiting.popleft() if self._waiting else next(self._lines)

    def put_back(self, lines: list[Line]) -> None:
        """Return lines, so that they are read again."""
        self._waiting.extendleft(reversed(lines))

    def peek(self, count: int) -> list[Line]:
        """Return the next lines without taking them."""
        taken = list(islice(self, count))
        self.put_back(taken)
        return taken

    def _look(self) -> tuple[Encoding, Format, str]:
        """Find out how the file is written, and go back to its beginning."""
        start = next(self._chunks(), b"")
        if not start:
            raise UsageError("The file is empty", f"There is nothing in {self._path}.")
        self._file.seek(0)
        encoding = detect_encoding(self._chunks())
        self._file.seek(encoding.mark)
        self.done = encoding.mark
        text = start[encoding.mark :].decode(encoding.name, encoding.errors)
        # Very old programs end lines with a carriage return alone; elsewhere it is part of a cell.
        return encoding, detect_format(start), "\r" if "\n" not in text and "\r" in text else "\n"

    def _chunks(self) -> Iterator[bytes]:
        try:
            while chunk := self._file.read(_CHUNK):
                yield chunk
        except OSError as error:
            raise _unreadable(self._path, error) from error

    def _text(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.encoding.name)(self.encoding.errors)
        for chunk in self._chunks():
            self.done = min(self.done + len(chunk), self.total)
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)

    def _read_lines(self) -> Iterator[Line]:
        number, pending, passing_over = 1, "", False
        for text in self._text():
            text = pending + text
            is_sound = not passing_over and self._is_sound(text)
            *ended, pending = text.split(self._ending)
            for line in ended:
                if is_sound:
                    yield Line(number, line + self._ending)
                elif not passing_over:
                    yield self._line(number, line + self._ending)
                passing_over = False
                number += 1
            if len(pending) > MAX_LINE:
                if not passing_over:
                    yield self._line(number, pending)
                pending, passing_over = "", True
        if pending and not passing_over:
            yield self._line(number, pending)

    def _is_sound(self, text: str) -> bool:
        """Return whether all lines of a text can be used."""
        return len(text) <= MAX_LINE and "\0" not in text and not self._is_broken(text)

    def _is_broken(self, text: str) -> bool:
        return not text.isascii() and self.encoding.unreadable.search(text) is not None

    def _line(self, number: int, text: str) -> Line:
        if len(text) > MAX_LINE:
            return Line(number, text[:MAX_LINE], f"The line is longer than {MAX_LINE:,} characters.")
        if "\0" in text:
            return Line(number, text, "The line holds a NUL character, which no text has. Save the file anew.")
        if self._is_broken(text):
            return Line(number, text, f"The line holds bytes that are not {self.encoding.name.upper()} text.")
        return Line(number, text)


def _open(path: Path) -> BinaryIO:
    """Open a regular file, without ever waiting for the other end of a pipe."""
    try:
        # Looked at before it is opened: opening some devices does something.
        _check_kind(path, path.stat())
        handle = os.open(path, os.O_RDONLY | _WITHOUT_WAITING)
    except FileNotFoundError:
        raise NotFoundError("No such file", f"There is no {path}.", "Check the name and the folder.") from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    file = os.fdopen(handle, "rb")
    try:
        _check_kind(path, os.fstat(handle))
    except UsageError:
        file.close()
        raise
    return file


def _check_kind(path: Path, facts: os.stat_result) -> None:
    if stat.S_ISDIR(facts.st_mode):
        raise UsageError("This is a folder", f"{path} is a folder, not a file.", "Name a file in it.")
    if not stat.S_ISREG(facts.st_mode):
        raise UsageError(
            "This is not a file",
            f"{path} is a pipe, a socket or a device.",
            "Save its content to a file, and import that.",
        )
    if facts.st_size > MAX_FILE:
        raise UsageError(
            "The file is too large",
            f"{path} has {facts.st_size:,} bytes; the most is {MAX_FILE:,}.",
            "Split it, and import the parts one after the other.",
        )


def _unreadable(path: Path, error: Exception) -> SentTuiError:
    reason = getattr(error, "strerror", None) or str(error)
    return SentTuiError(
        "The file cannot be read", f"{path}: {reason}.", "Check that it is there and that you may read it."
    )
