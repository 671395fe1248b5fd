"""Messages that cross from one part of the app to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from textual.message import Message

from sent_tui.core.search import ContactQuery
from sent_tui.core.search_index import Counts, Results
from sent_tui.errors import SentTuiError
from sent_tui.store.repository import Change


@dataclass
class RepositoryChanged(Message):
    """Records changed, by this program or another one."""

    change: Change
    """What sort of records, and which."""


@dataclass
class ContactsFound(Message):
    """A search came back."""

    number: int
    """Which search it was; an older one than the latest is thrown away."""
    query: ContactQuery
    results: Results
    total: int
    """Contacts in the whole database."""
    is_whole: bool = True
    """Whether these are all rows, or the first ones."""


@dataclass
class ContactsCounted(Message):
    """The counts of the channel filters came back."""

    number: int
    counts: Counts


class ListShown(Message):
    """The contact list was painted, and what stands beside it is loaded."""


@dataclass
class DatabaseCounted(Message):
    """It is known how many contacts there are."""

    total: int


@dataclass
class WorkFailed(Message):
    """Work in the background failed, in words for a person."""

    title: str
    text: str

    @classmethod
    def of(cls, error: SentTuiError) -> Self:
        """Return a failure in its own words."""
        return cls(error.title, f"{error.message} {error.hint}".strip())


@dataclass
class WorkDone(Message):
    """Work in the background is done, in words for a person; empty when it shows by itself."""

    text: str = ""


@dataclass
class SendRequested(Message):
    """A message to a contact shall be written."""

    contact_id: str
