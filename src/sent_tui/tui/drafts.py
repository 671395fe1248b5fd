"""Keeping drafts while they are typed: no letter waits for the disk, and the newest is never lost."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from sent_tui.core.message import Draft
from sent_tui.errors import SentTuiError


class DraftKeeper:
    """Keeps drafts: one write at a time, and of each contact only the newest."""

    def __init__(self, save: Callable[[Draft], None]) -> None:
        self._save = save
        self._waiting: dict[str, Draft] = {}
        self._guard = Lock()
        self._writing = Lock()
        self._busy = False

    def put(self, draft: Draft) -> bool:
        """Note a draft; return whether somebody has to call `drain` for it."""
        with self._guard:
            self._waiting[draft.contact_id] = draft
            idle, self._busy = not self._busy, True
        return idle

    def waiting(self, contact_id: str) -> Draft | None:
        """Return the draft for a contact that is not written yet."""
        with self._guard:
            return self._waiting.get(contact_id)

    def forget(self, contact_id: str) -> None:
        """Write nothing more of what was noted for a contact."""
        with self._guard:
            self._waiting.pop(contact_id, None)

    def drain(self) -> None:
        """Write every draft that was noted, after the one being written now; raises SentTuiError."""
        with self._writing:
            while (draft := self._next()) is not None:
                try:
                    self._save(draft)
                except SentTuiError:
                    with self._guard:
                        self._busy = False
                    raise
                self._written(draft)

    def _next(self) -> Draft | None:
        with self._guard:
            self._busy = bool(self._waiting)
            return next(iter(self._waiting.values()), None)

    def _written(self, draft: Draft) -> None:
        with self._guard:
            if self._waiting.get(draft.contact_id) is draft:
                del self._waiting[draft.contact_id]
