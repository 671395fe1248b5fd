"""The files of a folder, to choose one from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Final

from msgspec import Struct

from sent_tui.errors import NotFoundError, SentTuiError
from sent_tui.services.exchange.formats import SUFFIXES

READABLE: Final = frozenset({*SUFFIXES, ".tsv", ".txt", ".json"})
"""The ends of the names of files in which contacts may be; a file is read by its content all the same."""
MOST: Final = 10_000
"""Names of one folder that are listed."""


class Entry(Struct, frozen=True):
    """A file or a folder."""

    path: Path
    is_folder: bool
    size: int = 0
    """In bytes."""
    changed_at: datetime | None = None
    """When it was last written; None when that cannot be told."""

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.name

    @property
    def is_readable(self) -> bool:
        """Whether its name is one of a file of contacts."""
        return not self.is_folder and self.path.suffix.casefold() in READABLE


def list_folder(folder: Path) -> tuple[Entry, ...]:
    """Return what is in a folder: files of contacts, folders, other files, each by name.

    Raises NotFoundError when there is no such folder, SentTuiError when it cannot be read.
    """
    try:
        with os.scandir(folder) as found:
            entries = [_entry(each) for each, _ in zip(found, range(MOST), strict=False)]
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError("No such folder", f"There is no folder {folder}.", "Check its name.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SentTuiError("The folder cannot be read", f"{folder}: {reason}.", "Choose another one.") from error
    return tuple(sorted(entries, key=_order))


def matching(entries: Iterable[Entry], typed: str) -> tuple[Entry, ...]:
    """Return the entries whose names begin with what was typed, in any case; hidden ones only after a dot."""
    start = typed.casefold()
    return tuple(
        entry
        for entry in entries
        if entry.name.casefold().startswith(start) and (start.startswith(".") or not entry.name.startswith("."))
    )


def completed(entries: Iterable[Entry], typed: str) -> str:
    """Return what was typed with all that the names of the entries that it begins have in common."""
    names = [entry.name for entry in matching(entries, typed)]
    if not names:
        return typed
    columns = takewhile(lambda chars: len(set(chars)) == 1, zip(*map(str.casefold, names), strict=False))
    shared = sum(1 for _ in columns)
    return names[0][:shared] if shared > len(typed) else typed


def _order(entry: Entry) -> tuple[int, str, str]:
    rank = 0 if entry.is_readable else 1 if entry.is_folder else 2
    return rank, entry.name.casefold(), entry.name


def _entry(found: os.DirEntry[str]) -> Entry:
    try:
        facts = found.stat()
    except OSError:  # a link that leads nowhere, or a file that is gone
        return Entry(Path(found.path), is_folder=False)
    changed_at = datetime.fromtimestamp(facts.st_mtime, UTC)
    return Entry(Path(found.path), found.is_dir(), facts.st_size, changed_at)
