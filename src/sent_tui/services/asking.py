"""Asking a network many things in a row: what can pass is asked again, and a pause that it asks for is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar

from sent_tui.core.search_match import IsCancelled
from sent_tui.gateways.gateway import PausedGatewayError, SetupError, TransientGatewayError

T = TypeVar("T")
PAUSES: Final = (1.0, 2.0, 4.0)
"""Seconds before each further try."""
LONGEST_PAUSE: Final = timedelta(minutes=5)
"""A longer one is not waited for."""
MOST_PAUSES: Final = 20
"""So many pauses that a network asks for, one after the other."""
_SLICE: Final = 0.2
"""Seconds after which a person who cancels is heard."""


class AskingCancelledError(Exception):
    """A person cancelled while a pause was kept."""


class Asker:
    """Asks questions that change nothing, or the same however often they are asked.

    `pause` waits for some seconds; `is_cancelled` ends a wait early, with AskingCancelledError.
    """

    def __init__(self, pause: Callable[[float], None], is_cancelled: IsCancelled) -> None:
        self._pause = pause
        self.is_cancelled = is_cancelled

    def ask(self, question: Callable[[], T]) -> T:
        """Return the answer; raises a NetworkError when the network refuses, or keeps failing."""
        tries = pauses = 0
        while True:
            try:
                return question()
            except SetupError:
                raise
            except PausedGatewayError as error:
                pauses += 1
                if error.pause > LONGEST_PAUSE or pauses > MOST_PAUSES:
                    raise
                self._wait(error.pause.total_seconds())
            except TransientGatewayError:
                if tries == len(PAUSES):
                    raise
                self._wait(PAUSES[tries])
                tries += 1

    def _wait(self, seconds: float) -> None:
        left = seconds
        while left > 0:
            if self.is_cancelled():
                raise AskingCancelledError
            self._pause(min(left, _SLICE))
            left -= _SLICE
