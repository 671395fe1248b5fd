"""The writers' lock of a database: one writer at a time, among the threads of this program and among processes.

Processes are kept apart by an advisory lock on a file beside the database. Such a lock belongs to the whole process
and is lost when the process closes the file anywhere; so all who write one database in this process share one open
file. Threads take turns; a thread that has written and only waits for the disk lets the next one in, while the
process keeps its lock until the last of them is done. The file stays open between two writes.

The file holds two lines: the number of the process that writes, and a note that outlives it.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self
from weakref import WeakValueDictionary

from sent_tui.store.refusals import LockedError

_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02)
"""Seconds between two tries; the last one again and again."""
_NAME_SIZE = 12
"""Bytes of the first line, its line feed included."""
_NOTE_SIZE = 80


class _Shared:
    """What all who write one database in this process share."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.guard = threading.Lock()
        self.descriptor = -1
        self.status: os.stat_result | None = None
        """What the system says of the open file, as of when it was opened."""
        self.holders = 0

    def open(self, path: Path) -> None:
        """Open the file, unless it is open; raises OSError."""
        if self.descriptor < 0:
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            self.status = os.fstat(self.descriptor)

    def is_in_place(self, path: Path) -> bool:
        """Return whether the open file is still the one that others will open."""
        try:
            return self.status is not None and os.path.samestat(self.status, path.stat())
        except FileNotFoundError:
            return False

    def unlock(self) -> None:
        """Give the lock back."""
        try:
            _unlock(self.descriptor)
        except OSError:
            self.close()

    def close(self) -> None:
        """Close the file, which gives the lock back."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)

    def __del__(self, is_ending: Callable[[], bool] = sys.is_finalizing) -> None:
        """Close the file before anybody else here can open it: closing it later would give their lock away."""
        if not is_ending():  # else there may be nothing left to close it with
            with _known_guard:
                self.close()


_known: WeakValueDictionary[str, _Shared] = WeakValueDictionary()
_known_guard = threading.RLock()


class WriterLock:
    """The lock of those who write one database. `path` is the file that stands for it; it stays when nobody writes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _known_guard:
            self._shared = _known.setdefault(os.path.realpath(path), _Shared())

    def take(self, timeout: float) -> Hold:
        """Return a hold on the lock, after waiting up to `timeout` seconds for it.

        Raises LockedError when another one kept it for so long, and OSError when the file cannot be opened or locked.
        """
        deadline = time.monotonic() + timeout
        shared = self._shared
        if not shared.turn.acquire(timeout=max(0.0, timeout)):
            raise _locked(self._path, timeout, str(os.getpid()))
        try:
            tries = 0
            while not self._held_at_once(is_last=time.monotonic() >= deadline, timeout=timeout):
                # Whoever reads the note must not wait meanwhile.
                time.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
                tries += 1
        except BaseException:
            shared.turn.release()
            raise
        return Hold(shared)

    def note(self) -> str:
        """Return the note without holding the lock; empty when there is none."""
        shared = self._shared
        with suppress(OSError), shared.guard:
            if shared.holders:  # closing the file anywhere would give the lock away
                return _note_in(shared.descriptor)
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
            try:
                return _note_in(descriptor)
            finally:
                os.close(descriptor)
        return ""

    def _held_at_once(self, *, is_last: bool, timeout: float) -> bool:
        """Take the lock for this process, or one hold more on it, and return whether that was possible at once."""
        shared = self._shared
        with shared.guard:
            if shared.holders == 0:
                if not self._is_acquired(is_last=is_last, timeout=timeout):
                    return False
                _put(shared.descriptor, f"{os.getpid():<{_NAME_SIZE - 1}}\n", 0)
            shared.holders += 1
        return True

    def _is_acquired(self, *, is_last: bool, timeout: float) -> bool:
        """Lock the file, and return False where it is to be tried again."""
        shared = self._shared
        shared.open(self._path)
        try:
            is_locked = _try_lock(shared.descriptor)
            if shared.is_in_place(self._path):
                if is_locked:
                    return True
                if is_last:
                    raise _locked(self._path, timeout, _signature(shared.descriptor))
        except BaseException:
            shared.close()
            raise
        shared.close()
        return False


class Hold:
    """A hold on the lock. `pass_turn` lets other threads of this process write, `release` gives all of it back."""

    def __init__(self, shared: _Shared) -> None:
        self._shared = shared
        self._has_turn = True

    def note(self) -> str:
        """Return the note; empty when there is none."""
        return _note_in(self._shared.descriptor)

    def write_note(self, text: str, *, durably: bool = False) -> None:
        """Write the note, up to 79 ASCII characters. It only serves to notice damage, so no error stops the work."""
        _put(self._shared.descriptor, f"{text:<{_NOTE_SIZE - 1}}\n", _NAME_SIZE)
        if durably:
            with suppress(OSError):
                os.fsync(self._shared.descriptor)

    def __enter__(self) -> Self:
        """Return itself; it is released at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release it."""
        self.release()

    def pass_turn(self) -> None:
        """Let the next thread of this process write."""
        if self._has_turn:
            self._has_turn = False
            self._shared.turn.release()

    def release(self) -> None:
        """Give the lock back; other processes may have it when the last thread of this one is done."""
        shared = self._shared
        with shared.guard:
            shared.holders -= 1
            if shared.holders == 0:
                _put(shared.descriptor, " " * (_NAME_SIZE - 1), 0)
                shared.unlock()
        self.pass_turn()


def _try_lock(descriptor: int) -> bool:
    # Only Unix has it; reading works without.
    import fcntl

    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _unlock(descriptor: int) -> None:
    import fcntl

    fcntl.lockf(descriptor, fcntl.LOCK_UN)


def _put(descriptor: int, text: str, at: int) -> None:
    """Write down a fact for others. A full disk must not stop the work."""
    with suppress(OSError):
        os.pwrite(descriptor, text.encode("ascii"), at)


def _note_in(descriptor: int) -> str:
    return os.pread(descriptor, _NOTE_SIZE, _NAME_SIZE).decode("ascii", "replace").strip(" \0\n")


def _signature(descriptor: int) -> str:
    with suppress(OSError):
        text = os.pread(descriptor, _NAME_SIZE, 0).decode("ascii", "replace").strip()
        if text.isascii() and text.isdigit():
            return text
    return ""


def _locked(path: Path, timeout: float, holder: str) -> LockedError:
    who = f"Process {holder}" if holder else "Another process"
    return LockedError(
        "The database is busy",
        f"{who} has been writing to it for more than {timeout:g} s (lock file {path}).",
        "Try again in a moment; if that process hangs, end it.",
    )
