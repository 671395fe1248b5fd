"""Messages to many that were begun and not sent, each kept by whom it is for, as a contact's draft is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.message import Draft
from sent_tui.store.repository import Repository

_WORDS, _WHOM = "many:", "whom:"
"""What stands before the key of a draft to many, and before that of those whom it is for.

They are apart because the words change with every letter, and the others may be a million.
"""


class DraftToMany(Struct, frozen=True):
    """A message to many that was begun and not sent."""

    draft: Draft
    recipients: Sequence[str]
    """Whom it is for: numbers in E.164."""


def draft_key(recipients: Collection[str]) -> str:
    """Return what stands in the place of a contact's id in the draft to some numbers (E.164), in whatever order."""
    return f"{_WORDS}{sha256(chr(10).join(sorted(recipients)).encode()).hexdigest()[:32]}"


def is_draft_key(key: str) -> bool:
    """Return whether something is the key of a draft to many."""
    return key.startswith(_WORDS)


class DraftsToMany:
    """Keeps them, gives them back, and throws them away."""

    def __init__(self, repository: Repository, clock: Callable[[], datetime]) -> None:
        self._repository = repository
        self._clock = clock

    def of(self, key: str) -> Draft | None:
        """Return what was begun, by its key."""
        return self._repository.draft(key)

    def all(self) -> list[DraftToMany]:
        """Return all that were begun, newest first."""
        drafts = [draft for draft in self._repository.drafts() if is_draft_key(draft.contact_id)]
        return [DraftToMany(draft, self.recipients(draft.contact_id)) for draft in drafts]

    def recipients(self, key: str) -> Sequence[str]:
        """Return whom a draft is for."""
        whom = self._repository.draft(_whom(key))
        return whom.recipients if whom is not None else ()

    def save(self, draft: Draft, recipients: Collection[str], *, instead_of: str = "") -> None:
        """Keep what was written so far, in the place of a draft to others; an empty one is thrown away."""
        with self._repository.transaction() as tx:
            if instead_of and instead_of != draft.contact_id:
                tx.discard_draft(instead_of)
                tx.discard_draft(_whom(instead_of))
            tx.save_draft(replace(draft, updated_at=self._clock()))
            if draft.is_empty:
                tx.discard_draft(_whom(draft.contact_id))
            elif tx.draft(_whom(draft.contact_id)) is None:
                tx.save_draft(Draft(_whom(draft.contact_id), recipients=tuple(recipients)))

    def discard(self, *keys: str) -> None:
        """Throw drafts away, as far as there are any."""
        with self._repository.transaction() as tx:
            for key in filter(None, keys):
                tx.discard_draft(key)
                tx.discard_draft(_whom(key))


def _whom(key: str) -> str:
    return f"{_WHOM}{key.removeprefix(_WORDS)}"
