"""Garbage is looked for while the screen stands still: in the middle of a key, looking for it makes that one late."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Final

PAUSE: Final = 0.5
"""Seconds without a paint after which nobody is waiting for one."""
WHOLE_EVERY: Final = 20
"""Every so many pauses, what has been there for long is looked through as well."""
THRESHOLDS: Final = (50_000, 100, 100)
"""For `gc.set_threshold`: what is looked through unasked, where no pause ever comes."""


class IdleCollector:
    """Collects garbage in the pauses between paints; `call_later(seconds, callback)` is the timer of an event loop."""

    def __init__(self, call_later: Callable[[float, Callable[[], None]], object]) -> None:
        self._call_later = call_later
        self._painted_at = 0.0
        self._is_waiting = False
        self._pauses = 0

    def begin(self) -> None:
        """Take over: what was made until now stays for good, and is not looked through again."""
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.enable()

    def painted(self) -> None:
        """Note that something was painted, and wait for the next pause."""
        self._painted_at = time.monotonic()
        if not self._is_waiting:
            self._is_waiting = True
            self._call_later(PAUSE, self._look)

    def _look(self) -> None:
        rest = self._painted_at + PAUSE - time.monotonic()
        if rest > 0:
            self._call_later(rest, self._look)
            return
        self._is_waiting = False
        self._pauses += 1
        gc.collect(1 if self._pauses % WHOLE_EVERY else 2)
