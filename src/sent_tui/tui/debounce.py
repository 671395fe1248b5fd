"""What follows the keys: at once after a rest, and else once they rest again."""

from __future__ import annotations

import time
from collections.abc import Callable


class Debounce:
    """Runs an action for the first of many requests and after the last one, not for those between."""

    def __init__(
        self,
        action: Callable[[], object],
        call_later: Callable[[float, Callable[[], None]], object],
        pause: float,
    ) -> None:
        """`call_later(seconds, callback)` is the timer of an event loop; a pause of 0 seconds waits for nothing."""
        self._action = action
        self._call_later = call_later
        self._pause = pause
        self._requested_at = float("-inf")
        self._is_due = self._is_timing = False

    def request(self) -> None:
        """Run the action: now if nothing was requested for a pause, else when nothing is for one."""
        now = time.monotonic()
        rested = now - self._requested_at >= self._pause
        self._requested_at, self._is_due = now, True
        if rested:
            self.flush()
        elif not self._is_timing:
            self._is_timing = True
            self._call_later(self._pause, self._look)

    def flush(self) -> None:
        """Run at once what is put off."""
        if self._is_due:
            self._is_due = False
            self._action()

    def _look(self) -> None:
        rest = self._requested_at + self._pause - time.monotonic()
        self._is_timing = self._is_due and rest > 0
        if self._is_timing:
            self._call_later(rest, self._look)
        else:
            self.flush()
