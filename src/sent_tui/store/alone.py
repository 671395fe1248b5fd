"""Changing a small file of the user's own alone: it is read and replaced, and no other program does so in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sent_tui.store.files import make_folder
from sent_tui.store.lock import WriterLock
from sent_tui.store.refusals import LockedError

PATIENCE = 5.0
"""Seconds to wait for another one who changes the file."""


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep every other one who asks here from changing a file until the block ends; its folder is made.

    Whoever changes it reads it in the block. Raises LockedError when another one takes too long, and OSError where
    the lock, a file beside it, cannot be made.
    """
    make_folder(path.parent)
    try:
        hold = WriterLock(path.with_name(f"{path.name}.lock")).take(PATIENCE)
    except LockedError as error:
        words = f"Another program has been changing {path} for more than {PATIENCE:g} s."
        raise LockedError("The file is busy", words, "Try again in a moment.") from error
    with hold:
        yield
