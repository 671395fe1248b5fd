"""Programs on a pseudo-terminal of 120x40, what they paint and when."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Self

ROWS, COLUMNS = 40, 120
PATIENCE = 120.0
"""Seconds after which a program that paints nothing counts as hanging."""
_PIECE = 65536
_TURNS = 200
"""So often a program that should end is looked after, within a second."""

Piece = tuple[float, bytes]
"""What came at once, and when, in seconds of `time.perf_counter`."""


class Program:
    """A program on a terminal of its own; `stdin` is a file that it reads instead of the keyboard."""

    def __init__(self, *command: str, stdin: Path | None = None) -> None:
        self.began = time.perf_counter()
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.environ["TERM"] = "xterm-256color"
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            if stdin is not None:
                os.dup2(os.open(stdin, os.O_RDONLY), 0)
            os.execv(command[0], command)  # noqa: S606 - a shell would be measured as well

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.kill(self._pid, signal.SIGTERM)
        os.close(self._terminal)
        for _ in range(_TURNS):
            if os.waitpid(self._pid, os.WNOHANG)[0]:
                return
            time.sleep(1 / _TURNS)
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def press(self, keys: bytes) -> float:
        """Type something; return when."""
        began = time.perf_counter()
        os.write(self._terminal, keys)
        return began

    def piece(self, wait: float = PATIENCE) -> Piece | None:
        """Return what comes next; None when nothing does for so many seconds."""
        if not select.select([self._terminal], [], [], wait)[0]:
            return None
        try:
            data = os.read(self._terminal, _PIECE)
        except OSError:  # it has ended
            return None
        return time.perf_counter(), data

    def until_quiet(self, quiet: float, most: float) -> list[Piece]:
        """Return all that comes until nothing does for so many seconds, or `most` have passed."""
        pieces: list[Piece] = []
        end = time.perf_counter() + most
        while time.perf_counter() < end and (piece := self.piece(quiet)) is not None:
            pieces.append(piece)
        return pieces

    def until(self, words: bytes) -> float:
        """Return when some words had come; raises TimeoutError."""
        seen = b""
        while (piece := self.piece()) is not None:
            seen += piece[1]
            if words in seen:
                return piece[0]
        raise TimeoutError(f"{words!r} was never painted")
