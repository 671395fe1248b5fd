"""Files that are replaced as a whole: after a crash, a full disk or a power cut there is the old one or the new one."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_OF_OTHERS = 0o077
_PIECE = 1_000_000


def open_plain(path: Path, flags: int) -> int:
    """Open a file and return its descriptor; raises OSError, and ValueError for something that is no plain file."""
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a plain file")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def replace_with(path: Path, parts: Iterable[bytes | bytearray | memoryview], *, backup: Path | None = None) -> None:
    """Put new contents, given in parts, in the place of a file.

    The file is readable by its owner only. When this returns, the contents are on the disk, and the old file stands
    under the name `backup` if one was given. Raises OSError, and then the old file stands; only where the file system
    has no hard links may the new one stand if the last step fails.
    """
    temporary, spare = _beside(path), _beside(path)
    try:
        _write_new(temporary, parts, _owner(path))
        has_spare = _link(path, spare) or (backup is not None and _copy(path, spare))
        is_new = not has_spare and not path.exists()
        temporary.replace(path)
        try:
            if backup is not None and has_spare:
                _keep(spare, backup)
            _sync_folder(path.parent)
        except OSError:
            if has_spare:
                spare.replace(path)
            elif is_new:
                path.unlink()
            raise
    finally:
        for leftover in (temporary, spare):
            with suppress(OSError):
                leftover.unlink()


def make_new(path: Path, data: bytes) -> None:
    """Make a file that is not there yet, as a whole; raises FileExistsError when somebody else made it."""
    temporary = _beside(path)
    try:
        _write_new(temporary, (data,), None)
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            temporary.rename(path)
        _sync_folder(path.parent)
    finally:
        with suppress(OSError):
            temporary.unlink()


def sweep(path: Path) -> None:
    """Remove what a writer of a file left beside it when it was killed. Call it only where nobody else can write."""
    with suppress(OSError):
        for name in _leftovers(path):
            path.with_name(name).unlink()


def is_tidy(path: Path) -> bool:
    """Return whether a file is its owner's only and nothing was left beside it; raises OSError."""
    return not (path.stat().st_mode & _OF_OTHERS or _leftovers(path))


def _leftovers(path: Path) -> list[str]:
    pattern = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{16}}\.tmp")
    with os.scandir(path.parent) as beside:
        return [entry.name for entry in beside if pattern.fullmatch(entry.name)]


def make_private(path: Path) -> None:
    """Take a file away from everybody but its owner; leave it where that is not allowed."""
    with suppress(OSError):
        if path.stat().st_mode & _OF_OTHERS:
            path.chmod(_PRIVATE_FILE)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner only; raises OSError."""
    if not path.is_dir():
        make_folder(path.parent)
        with suppress(FileExistsError):
            path.mkdir(_PRIVATE_FOLDER)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")


def _owner(path: Path) -> tuple[int, int] | None:
    """Return whose a file is where that is someone else, so that root does not take it away from them."""
    with suppress(FileNotFoundError):
        status = path.stat()
        if os.geteuid() == 0 and status.st_uid != 0:
            return status.st_uid, status.st_gid
    return None


def _write_new(path: Path, parts: Iterable[bytes | bytearray | memoryview], owner: tuple[int, int] | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, _PRIVATE_FILE)
    try:
        if owner is not None:
            os.fchown(descriptor, *owner)
        at = 0
        for part in parts:
            write_all_at(descriptor, part, at)
            at += len(part)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all_at(descriptor: int, data: bytes | bytearray | memoryview, offset: int) -> None:
    """Write all of some data at a place; raises OSError, and then some of it may be written."""
    os.lseek(descriptor, offset, os.SEEK_SET)
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _keep(spare: Path, backup: Path) -> None:
    """Give a file a second name, in place of what had it."""
    second = _beside(backup)
    try:
        if not _link(spare, second):
            _copy(spare, second)
        second.replace(backup)
    finally:
        with suppress(OSError):
            second.unlink()


def _link(path: Path, spare: Path) -> bool:
    """Keep the old file under a second name; return whether that could be done."""
    try:
        os.link(path, spare)
    except OSError:
        return False
    return True


def _copy(path: Path, spare: Path) -> bool:
    """Copy the old file, if there is one, where it cannot have a second name."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    with os.fdopen(descriptor, "rb") as file:
        _write_new(spare, iter(lambda: file.read(_PIECE), b""), _owner(path))
    return True


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
