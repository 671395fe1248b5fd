"""Messages that cross from one part of the app to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from textual.message import Message

from sent_tui.core.search import ContactQuery
from sent_tui.core.search_index import Counts, Results
from sent_tui.errors import SentTuiError
from sent_tui.store.repository import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sent_tui.core.calibration import Report
    from sent_tui.core.message import Template
    from sent_tui.core.message_search import MessageCounts
    from sent_tui.core.rationale import Rationale
    from sent_tui.gateways.gateway import Account
    from sent_tui.services.insights import Found, Scope
    from sent_tui.tui.activity import ActivityRows


@dataclass(eq=False, repr=False)
class RepositoryChanged(Message):
    """Records changed, by this program or another one."""

    change: Change
    """What sort of records, and which."""


@dataclass(eq=False, repr=False)
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


@dataclass(eq=False, repr=False)
class ContactsCounted(Message):
    """The counts of the channel filters came back."""

    number: int
    counts: Counts


@dataclass(eq=False, repr=False)
class MessagesFound(Message):
    """Messages were looked for and found."""

    number: int
    """Which search it was; an older one than the latest is thrown away."""
    rows: ActivityRows
    kept: str
    """Id of the message on which the cursor was when the search began; empty for none."""
    place: int | None
    """Where that one stands among them; None where it does not."""
    is_whole: bool = True
    """Whether these are all rows, or the first ones."""
    left_out: int = 0
    """Contacts that fit the words as well and whose messages were not looked for, because there are too many."""


@dataclass(eq=False, repr=False)
class MessagesCounted(Message):
    """It is known how many messages of each facet there are."""

    number: int
    counts: MessageCounts


@dataclass(eq=False, repr=False)
class MessagesSifted(Message):
    """So many messages were looked at, of so many."""

    number: int
    done: int
    total: int


@dataclass(eq=False, repr=False)
class InsightsFound(Message):
    """It is known what came of the messages of a scope."""

    number: int
    """Which reading it was; an older one than the latest is thrown away."""
    scope: Scope
    found: Found
    names: Mapping[str, str]
    """Names of the contacts whose default channel moved, by their ids; foreign text."""


@dataclass(eq=False, repr=False)
class CalibrationRead(Message):
    """It is known how well the percentages came true."""

    report: Report


@dataclass(eq=False, repr=False)
class TemplatesRead(Message):
    """The templates came, or the words for why not."""

    templates: tuple[Template, ...]
    error: str = ""


@dataclass(eq=False, repr=False)
class RationaleRead(Message):
    """It is known what the route to a contact rests on."""

    contact_id: str
    rationale: Rationale | None
    """None for a contact that is gone."""


class ListShown(Message):
    """The contact list was painted, and what stands beside it is loaded."""


@dataclass(eq=False, repr=False)
class DatabaseCounted(Message):
    """It is known how many contacts there are."""

    total: int


@dataclass(eq=False, repr=False)
class WorkFailed(Message):
    """Work in the background failed, in words for a person."""

    title: str
    text: str

    @classmethod
    def of(cls, error: SentTuiError) -> Self:
        """Return a failure in its own words."""
        return cls(error.title, f"{error.message} {error.hint}".strip())


@dataclass(eq=False, repr=False)
class WorkDone(Message):
    """Work in the background is done, in words for a person; empty when it shows by itself."""

    text: str = ""


@dataclass(eq=False, repr=False)
class ChangeUndone(Message):
    """A change was taken back as a whole."""

    name: str
    """What it is called; foreign text."""


@dataclass(eq=False, repr=False)
class AccountTold(Message):
    """It is known whose account messages go out from."""

    account: Account
    is_wanted: bool = False
    """Whether a person wants to send live from it, and has to be asked."""
    is_armed: bool = False
    """Whether live sending was just begun."""


@dataclass(eq=False, repr=False)
class ContactRequested(Message):
    """A contact shall be opened."""

    contact_id: str


@dataclass(eq=False, repr=False)
class MessageHeld(Message):
    """A message waits in the outbox."""

    message_id: str
    seconds: timedelta


@dataclass(eq=False, repr=False)
class SendRequested(Message):
    """A message to a contact shall be written."""

    contact_id: str
