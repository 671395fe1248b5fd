"""A repository that lives as long as the program: for demonstrations, tests, and as the measure of the others."""

from __future__ import annotations

from collections.abc import Iterable

from sent_tui.core.contact import Contact
from sent_tui.store.indexed import IndexedRepository
from sent_tui.store.state import Changes

_LOCK_TIMEOUT = 5.0


class MemoryRepository(IndexedRepository):
    """Keeps everything in memory and nothing beside."""

    def __init__(self, contacts: Iterable[Contact] = ()) -> None:
        super().__init__(_LOCK_TIMEOUT)
        self.add(contacts)

    @property
    def location(self) -> str:
        """Where the data lies, for a person."""
        return "memory only; nothing is kept"

    @property
    def read_only(self) -> str:
        """Why nothing can be written: never."""
        return ""

    def _save(self, changes: Changes) -> None:
        """Keep nothing: what is applied in memory is all there is."""

    def refresh(self) -> None:
        """Notice nothing: there is no other process."""

    def close(self) -> None:
        """Let go of nothing."""
