"""The writers' lock of a database: one writer at a time, among the threads of this program and among processes.

Processes are kept apart by an advisory lock on a file beside the database. Such a lock belongs to the whole process
and is lost when the process closes the file anywhere; so threads are kept apart first, and only one of them at a time
has the file open.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from weakref import WeakValueDictionary

from sent_tui.store.repository import LockedError

_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02)
"""Seconds between two tries; the last one again and again."""

_threads: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
_threads_guard = threading.Lock()


class WriterLock:
    """The lock of those who write one database. `path` is the file that stands for it; it stays when nobody writes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _threads_guard:
            self._thread = _threads.setdefault(os.path.realpath(path), threading.Lock())

    @contextmanager
    def held(self, timeout: float) -> Iterator[None]:
        """Hold the lock, after waiting up to `timeout` seconds for it.

        Raises LockedError when another one kept it for so long, and OSError when the file cannot be opened or locked.
        """
        deadline = time.monotonic() + timeout
        if not self._thread.acquire(timeout=max(0.0, timeout)):
            raise _locked(self._path, timeout, str(os.getpid()))
        try:
            descriptor = self._acquired(deadline, timeout)
            try:
                _sign(descriptor, f"{os.getpid()}\n")
                yield
            finally:
                _sign(descriptor, "")
                os.close(descriptor)
        finally:
            self._thread.release()

    def _acquired(self, deadline: float, timeout: float) -> int:
        """Return the open, locked file."""
        tries = 0
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                if _try_lock(descriptor):
                    if self._is_in_place(descriptor):
                        return descriptor
                elif time.monotonic() >= deadline:
                    raise _locked(self._path, timeout, _signature(descriptor))
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
            time.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
            tries += 1

    def _is_in_place(self, descriptor: int) -> bool:
        """Return whether the locked file is still the one that others will open."""
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False


def _try_lock(descriptor: int) -> bool:
    # Only Unix has it; reading works without.
    import fcntl

    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _sign(descriptor: int, text: str) -> None:
    """Write down who holds the lock. It only serves a message, so a full disk must not stop the work."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode("ascii"), 0)


def _signature(descriptor: int) -> str:
    with suppress(OSError):
        text = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
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
