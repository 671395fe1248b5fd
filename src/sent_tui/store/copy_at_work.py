"""Working something out in a copy of this process, on another processor, while this one goes on."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class CopyAtWork(Generic[T]):
    """A copy of this process that works one thing out, and tells this process what came of it.

    The copy shares nothing with this process but what both know already, so `work` may read anything and change
    nothing that counts. What it returns has to be fit for pickle.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._copy: tuple[int, int] | None = None
        """The number of the copy, and the end of the pipe from which it is heard."""
        if can_copy():
            with suppress(OSError):
                self._begin()

    def result(self) -> T:
        """Return what came of it, once; it is worked out here where there is no copy, or where the copy failed."""
        copy, self._copy = self._copy, None
        if copy is not None:
            number, heard_from = copy
            with os.fdopen(heard_from, "rb") as pipe:
                told = pipe.read()
            if os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == 0:
                result: T = pickle.loads(told)  # noqa: S301 - our own copy wrote it
                return result
        return self._work()

    def _begin(self) -> None:
        heard_from, told_to = os.pipe()
        number = os.fork()
        if number == 0:
            self._be_the_copy(told_to)
        os.close(told_to)
        self._copy = number, heard_from

    def _be_the_copy(self, told_to: int) -> None:
        """Work it out, tell it and end, without anything that a process does at its end: that is the other one's."""
        status = 1
        try:
            with os.fdopen(told_to, "wb") as pipe:
                pickle.dump(self._work(), pipe, protocol=pickle.HIGHEST_PROTOCOL)
            status = 0
        finally:
            os._exit(status)


def can_copy() -> bool:
    """Return whether a copy of this process is sound, and has a processor of its own.

    With several threads, a copy may have a lock that nobody ever lets go; outside Linux, system libraries mind.
    """
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1
