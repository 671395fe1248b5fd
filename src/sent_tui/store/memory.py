"""A repository that lives as long as the program: for demonstrations, tests, and as the measure of the others."""

from __future__ import annotations

from collections.abc import Iterable

from sent_tui.core.contact import Contact
from sent_tui.store.changes import Changes
from sent_tui.store.indexed import IndexedRepository
from sent_tui.store.repository import Change
from sent_tui.store.state import State

_LOCK_TIMEOUT = 5.0


class MemoryRepository(IndexedRepository):
    """Keeps everything in memory and nothing beside."""

    def __init__(self, contacts: Iterable[Contact] = ()) -> None:
        self._state = State()
        super().__init__(self._state, _LOCK_TIMEOUT)
        self.add(contacts)

    @property
    def location(self) -> str:
        """Where the data lies, for a person."""
        return "memory only; nothing is kept"

    @property
    def read_only(self) -> str:
        """Why nothing can be written: never."""
        return ""

    def _save(self, changes: Changes) -> Iterable[Change]:
        return self._state.apply(changes)

    def refresh(self) -> None:
        """Notice nothing: there is no other process."""

    def maintain(self, *, after: int = 0) -> None:
        """Do nothing: what is due is done at once."""

    def close(self) -> None:
        """Let go of nothing."""
