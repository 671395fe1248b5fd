"""What goes on beside the requests: messages go out and are followed, and what others wrote is noticed."""

from __future__ import annotations

import logging
import threading
from typing import Final

from sent_tui.errors import SentTuiError
from sent_tui.services.api_access import ApiAccess
from sent_tui.services.following import Follower
from sent_tui.services.kept_answers import KeptAnswers
from sent_tui.services.workspace import Workspace

_log = logging.getLogger(__name__)

EVERY: Final = 0.25
"""Seconds between two looks."""
TIDY_EVERY: Final = 2_400
"""So many looks later, answers that are too old are removed: after ten minutes."""


class Messenger:
    """A thread that follows the messages of a workspace until it is stopped."""

    def __init__(self, workspace: Workspace, access: ApiAccess, kept: KeptAnswers) -> None:
        self._workspace = workspace
        self._access = access
        self._kept = kept
        self._is_over = False
        self._signal = threading.Event()
        self._thread = threading.Thread(target=self._run, name="messenger", daemon=True)
        self._last_failure = ""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look at once: there is something to send."""
        self._signal.set()

    def stop(self) -> None:
        """End after the message that is being looked at."""
        self._is_over = True
        self._signal.set()
        self._thread.join()

    def _run(self) -> None:
        desk = self._workspace
        follower = Follower(desk.sending, desk.clock, desk.bulk, desk.hearing)
        looks = 0
        try:
            while not self._is_over:
                self._signal.clear()
                is_more_due = self._look(follower, is_time_to_tidy=looks % TIDY_EVERY == 0)
                looks += 1
                if not is_more_due:
                    self._signal.wait(EVERY)
        finally:
            follower.end()

    def _look(self, follower: Follower, *, is_time_to_tidy: bool) -> bool:
        """Do what is due, and return whether more is due by now."""
        repository = self._workspace.repository
        try:
            repository.refresh()
            self._access.refresh()
            if is_time_to_tidy:
                self._kept.tidy()
            repository.maintain()
            if repository.read_only or not follower.is_due:
                return False
            follower.tick()
        except SentTuiError as error:
            self._told(error.title)
        except Exception as error:  # noqa: BLE001 - the next look may go well
            self._told(type(error).__name__)
        else:
            return follower.is_due
        return False

    def _told(self, failure: str) -> None:
        """Log a failure once, as long as it stays the same."""
        if failure != self._last_failure:
            self._last_failure = failure
            _log.error("Messages cannot be followed: %s", failure)
