"""Why a repository refuses: what is not there, what is there already, a file that cannot be written or read."""

from __future__ import annotations

from sent_tui.core.contact import Contact
from sent_tui.errors import DatabaseError, NotFoundError, RefusedError


class ContactNotFoundError(NotFoundError):
    """No contact has this id."""

    def __init__(self, contact_id: str) -> None:
        super().__init__("No such contact", f"Nothing is stored under {contact_id}.", "It may have been deleted.")


class MessageNotFoundError(NotFoundError):
    """No message has this id."""

    def __init__(self, message_id: str) -> None:
        super().__init__("No such message", f"Nothing is stored under {message_id}.")


class BulkSendNotFoundError(NotFoundError):
    """No bulk send has this id."""

    def __init__(self, batch: str) -> None:
        super().__init__("No such bulk send", f"Nothing is stored under {batch}.")


class DuplicateContactError(RefusedError):
    """Another contact has this number."""

    def __init__(self, existing: Contact) -> None:
        super().__init__(
            "This contact exists already",
            f"{existing.format_international} is stored.",
            "Open that one instead.",
        )
        self.existing = existing


class ReadOnlyError(DatabaseError):
    """The database may be read and not written."""


class LockedError(DatabaseError):
    """Another process kept the writers' lock for too long."""


class DamagedError(DatabaseError):
    """The file cannot be understood. It is left as it is."""
