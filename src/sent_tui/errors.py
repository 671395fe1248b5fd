"""What can go wrong, in words for a person."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended, for scripts."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    """The number is not valid, or the contact has opted out."""
    UNREACHABLE = 5
    """The network could not be reached."""
    DATABASE = 6
    """The database is damaged, locked or cannot be written."""


class SentTuiError(Exception):
    """A failure that a person can understand: what happened, and what to do."""

    exit_code = ExitCode.FAILED

    def __init__(self, title: str, message: str = "", hint: str = "") -> None:
        super().__init__(title)
        self.title = title
        """What happened, in a few words."""
        self.message = message
        """The particulars, in whole sentences."""
        self.hint = hint
        """What the person can do now."""

    def __str__(self) -> str:
        """Return all three parts as one paragraph."""
        return " ".join(part.strip() for part in (f"{self.title}.", self.message, self.hint) if part.strip())


class UsageError(SentTuiError):
    """The request itself makes no sense."""

    exit_code = ExitCode.USAGE


class NotFoundError(SentTuiError):
    """There is no such contact, message or draft."""

    exit_code = ExitCode.NOT_FOUND


class RefusedError(SentTuiError):
    """The rules say no: an invalid number, an opted-out contact, a channel that is shut."""

    exit_code = ExitCode.REFUSED


class NetworkError(SentTuiError):
    """The gateway could not be reached, or did not answer as it should."""

    exit_code = ExitCode.UNREACHABLE


class DatabaseError(SentTuiError):
    """The database cannot be read or written."""

    exit_code = ExitCode.DATABASE
