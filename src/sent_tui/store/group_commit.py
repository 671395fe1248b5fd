"""Group commit: writers that wait for the disk at the same time share one sync."""

from __future__ import annotations

import threading

from sent_tui.store.journal_file import JournalFile


class GroupCommit:
    """What of a journal is on the disk. `end` is how far that was known when it was opened."""

    def __init__(self, file: JournalFile, end: int) -> None:
        self._file = file
        self._changed = threading.Condition()
        self._appended = end
        self._durable = end
        self._is_syncing = False
        self.failure: OSError | None = None
        """Why the disk did not take what was added behind `durable`."""

    @property
    def durable(self) -> int:
        """Up to where everything is on the disk."""
        return self._durable

    def added(self, end: int) -> None:
        """Note that something was added up to a place."""
        with self._changed:
            self._appended = end

    def settled(self, end: int) -> None:
        """Note what another process added; it acknowledges nothing that is not on the disk."""
        with self._changed:
            self._appended = self._durable = max(self._durable, end)

    def wait(self, end: int) -> None:
        """Return when everything up to a place is on the disk; raises OSError, then for all who wait."""
        with self._changed:
            while self._durable < end:
                if self.failure is not None:
                    raise self.failure
                if self._is_syncing:
                    self._changed.wait()
                else:
                    self._sync()

    def _sync(self) -> None:
        """Have the disk take what was added so far, for everybody who waits for a part of it."""
        self._is_syncing, target = True, self._appended
        self._changed.release()
        failure: OSError | None = None
        try:
            self._file.sync()
        except OSError as error:
            failure = error
        finally:
            self._changed.acquire()
            self._is_syncing = False
            self._changed.notify_all()
        if failure is None:
            self._durable = max(self._durable, target)
        else:
            self.failure = failure
