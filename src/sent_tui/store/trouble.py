"""What can go wrong with the file of a database, in words for a person."""

from __future__ import annotations

import errno
from pathlib import Path

from sent_tui.errors import DatabaseError
from sent_tui.store.refusals import DamagedError, ReadOnlyError


def damaged(path: Path, reason: str) -> DamagedError:
    """Return the error for a file that cannot be understood."""
    return DamagedError(
        "The database cannot be read",
        f"{path}: {reason}. It was left as it is.",
        "`sent-tui db check` says more, `sent-tui db repair` keeps what can be read; `sent-tui db restore` brings "
        "the last backup back.",
    )


def gone(path: Path) -> DatabaseError:
    """Return the error for a file that is not there any more."""
    return DatabaseError(
        "The database is gone",
        f"{path} was moved or removed while it was open. Nothing was written.",
        "Put it back, or start again for a new one.",
    )


def not_read(path: Path, error: OSError) -> DatabaseError:
    """Return the error for a file that the system does not let us read."""
    return DatabaseError(
        "The database cannot be read",
        f"{path}: {error.strerror or error}.",
        "Check its permissions and the disk, or choose another file with --db.",
    )


def not_written(path: Path, error: OSError) -> DatabaseError:
    """Return the error for a file that the system does not let us write."""
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return ReadOnlyError(
            "The database cannot be written",
            f"{path}: {error.strerror}. It is as it was.",
            "Make the file and its folder writable, or choose another file with --db.",
        )
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return DatabaseError(
            "There is no room for the database",
            f"{path} could not be written: {error.strerror}. It is as it was.",
            "Make room on its disk, and try again.",
        )
    return DatabaseError(
        "The database could not be written",
        f"{path}: {error.strerror or error}. It is as it was.",
        "Check the disk, and try again.",
    )


def not_writable(path: Path, reason: str) -> ReadOnlyError:
    """Return the error for a database that may only be read."""
    return ReadOnlyError(
        "The database can only be read",
        f"{path}: {reason}",
        "Nothing was changed. Choose another file with --db to write.",
    )
