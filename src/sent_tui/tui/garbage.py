"""Garbage is looked for while the screen stands still: in the middle of a key, looking for it makes that one late."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import partial
from typing import Final

PAUSES: Final = {1: 0.5, 2: 10.0}
"""For each generation up to which is looked, the seconds without a paint after which that begins.

What was made lately takes some milliseconds; everything takes as long as a key may.
"""
THRESHOLDS: Final = (50_000, 100, 100)
"""For `gc.set_threshold`: what is looked through unasked, where no pause ever comes."""


class IdleCollector:
    """Collects garbage in the pauses between paints; `call_later(seconds, callback)` is the timer of an event loop."""

    def __init__(self, call_later: Callable[[float, Callable[[], None]], object]) -> None:
        self._call_later = call_later
        self._painted_at = 0.0
        self._waiting: set[int] = set()
        """The generations for which a pause is waited for."""

    def begin(self) -> None:
        """Take over: what was made until now stays for good, and is not looked through again."""
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.enable()

    def painted(self) -> None:
        """Note that something was painted, and wait for the next pauses."""
        self._painted_at = time.monotonic()
        for generation, pause in PAUSES.items():
            if generation not in self._waiting:
                self._waiting.add(generation)
                self._call_later(pause, partial(self._look, generation))

    def _look(self, generation: int) -> None:
        rest = self._painted_at + PAUSES[generation] - time.monotonic()
        if rest > 0:
            self._call_later(rest, partial(self._look, generation))
        else:
            self._waiting.discard(generation)
            gc.collect(generation)
