"""Writing files: as a whole or not at all, for their owner's eyes only, over nothing that was not meant."""

from __future__ import annotations

import csv
import errno
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO

from sent_tui.errors import NotFoundError, SentTuiError, UsageError
from sent_tui.services.exchange.cells import guarded, writable

_NAME_KEPT: Final = 50  # characters, so that the name with its additions stays one that every system takes
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


def check_target(path: Path, *, overwrite: bool = False) -> None:
    """Raise UsageError or NotFoundError when a file cannot be written under this name."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise NotFoundError(
                "No such folder", f"There is no folder {path.parent}.", "Make it first, or choose another one."
            ) from None
        return
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error
    if stat.S_ISDIR(facts.st_mode):
        raise UsageError("This is a folder", f"{path} is a folder, not a file.", "Name a file in it.")
    if stat.S_ISLNK(facts.st_mode):
        raise UsageError("This is a link", f"{path} points elsewhere.", "Name the file itself.")
    if not stat.S_ISREG(facts.st_mode):
        raise UsageError("This is not a file", f"{path} is a pipe, a socket or a device.", "Name a file.")
    if not overwrite:
        raise _exists(path)


@contextmanager
def writing(path: Path, *, overwrite: bool = False) -> Iterator[TextIO]:
    """Give a text file (UTF-8, mode 0600) that stands under `path` once the block ends, and not if it fails.

    Raises UsageError, NotFoundError, or SentTuiError when the disk refuses.
    """
    check_target(path, overwrite=overwrite)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:_NAME_KEPT]}.", suffix=".part")
    except OSError as error:
        raise _unwritable(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _publish(temporary, path, overwrite=overwrite)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    _keep_name(path.parent)


def _publish(temporary: Path, path: Path, *, overwrite: bool) -> None:
    """Give a finished file its name."""
    if not overwrite:
        try:
            # A hard link, unlike a rename, never replaces a file that came in between.
            path.hardlink_to(temporary)
        except FileExistsError:
            raise _exists(path) from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            check_target(path)
        else:
            return
    temporary.replace(path)


def _keep_name(folder: Path) -> None:
    """Have the name on disk too, where the system lets folders be synced."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_rows(file: TextIO, rows: Iterable[Iterable[str]]) -> None:
    """Write rows as CSV with every cell in quotes and no cell that a spreadsheet would calculate."""
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([guarded(writable(cell)) for cell in row] for row in rows)


def _exists(path: Path) -> UsageError:
    return UsageError(
        "The file exists already", f"{path} is left as it is.", "Choose another name, or allow it to be replaced."
    )


def _unwritable(path: Path, error: Exception) -> SentTuiError:
    reason = getattr(error, "strerror", None) or str(error)
    return SentTuiError(
        "The file cannot be written",
        f"{path}: {reason}. No file was left behind.",
        "Check the free space and that you may write to the folder.",
    )
