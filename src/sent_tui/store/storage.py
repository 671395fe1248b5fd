"""TinyDB on one file that is always whole: checked when it is read, and replaced at once when it is written.

The file is one JSON object on one line: `{"schema":1,"sha256":"…","tables":{…}}`. The checksum covers the schema
number and the tables byte by byte, so that a cut file, a flipped bit and somebody else's file are told from ours.
"""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from tinydb.storages import Storage

from sent_tui.errors import DatabaseError
from sent_tui.store.documents import SCHEMA, Document, mend
from sent_tui.store.files import make_folder, make_private, read_file, replace_file, sweep
from sent_tui.store.lock import WriterLock
from sent_tui.store.repository import DamagedError, LockedError, ReadOnlyError

Tables = dict[str, dict[str, Document]]
"""Documents by their TinyDB number, written as text, by table."""

_HEADER = re.compile(rb'\{"schema":([1-9][0-9]{0,8}),"sha256":"([0-9a-f]{64})","tables":')
_END = b"}\n"
_RECORD = re.compile("[1-9][0-9]{0,17}")
_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")


def pack(tables: Tables, schema: int = SCHEMA) -> bytes:
    """Return tables as the contents of a file; raises ValueError for a number that JSON does not know."""
    text = json.dumps(tables, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    body = text.encode("utf-8", "replace")
    return b"".join((_header(schema, body), body, _END))


def unpack(data: bytes) -> tuple[int, Tables]:
    """Return the schema number and the tables of a file; raises ValueError, which says what is wrong with it."""
    if not data:
        raise ValueError("it is empty")
    match = _HEADER.match(data)
    if match is None:
        raise ValueError("it does not begin as a sent-tui database does")
    schema = int(match[1])
    body = data[match.end() : -len(_END)]
    if not data.endswith(_END) or match[0] != _header(schema, body):
        raise ValueError("its checksum does not fit, so it was cut off or altered")
    try:
        tables = json.loads(body, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not _are_tables(tables):
        raise ValueError("it holds something other than tables")
    if _HALF_CHARACTER.search(body):
        tables = mend(tables)
    return schema, tables


def _header(schema: int, body: bytes) -> bytes:
    digest = hashlib.sha256(b"%d:" % schema)
    digest.update(body)
    return b'{"schema":%d,"sha256":"%s","tables":' % (schema, digest.hexdigest().encode("ascii"))


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}, which is no number")


def _are_tables(tables: Any) -> bool:  # noqa: ANN401 - whatever the JSON said
    return isinstance(tables, dict) and all(
        isinstance(table, dict)
        and all(_RECORD.fullmatch(number) and isinstance(item, dict) for number, item in table.items())
        for table in tables.values()
    )


@contextmanager
def uncollected() -> Iterator[None]:
    """Make many lasting objects without the garbage collector looking at all of them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class AtomicStorage(Storage):
    """One file under TinyDB. The parsed tables are kept, so that reading does not parse the file again.

    Writes belong inside `exclusive()`: they are staged there, and `flush()` puts them on the disk together. Documents
    are replaced in the tables and never changed in place, so that what is staged can be thrown away.
    """

    def __init__(self, path: Path, *, read_only: bool = False, lock_timeout: float = 5.0) -> None:
        self._path = Path(os.path.realpath(path))
        self._asked_read_only = read_only
        self._lock_timeout = lock_timeout
        self._lock = WriterLock(self._path.with_name(f"{self._path.name}.lock"))
        self._tables: Tables = {}
        self._staged: Tables | None = None
        self._is_exclusive = False
        self._is_closed = False
        self._header = b""
        self._seen: tuple[int, int, int, int] | None = None
        """Which file the tables are from; None while there was none."""
        self._schema = SCHEMA
        self._obstacle = ""
        self.version = 0
        """Grows with each state of the tables that was read or written."""
        self._open()

    @property
    def path(self) -> Path:
        """The file, links followed."""
        return self._path

    @property
    def is_new(self) -> bool:
        """Whether there was no file yet."""
        return self._seen is None

    @property
    def read_only(self) -> str:
        """Why nothing can be written, in words, as of the last look; empty when it can."""
        return self._obstacle

    def read(self) -> Tables:
        """Return the newest tables that are known here. The outer object is the caller's own."""
        return dict(self._tables if self._staged is None else self._staged)

    def write(self, data: Tables) -> None:
        """Stage tables; only inside `exclusive()`."""
        if not self._is_exclusive:
            raise RuntimeError("tables are written inside exclusive() only")
        self._staged = data

    def close(self) -> None:
        """End writing; the file is not kept open."""
        self._is_closed = True

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Lock other writers out and read what they wrote; what is not flushed at the end is thrown away.

        Raises LockedError, ReadOnlyError, or DatabaseError for a file that is damaged or gone.
        """
        self._require_writable()
        with self._locked(self._lock_timeout):
            if not (self._is_seen() and self._has_header()):
                self._load()
            self._require_writable()
            self._is_exclusive = True
            try:
                yield
            finally:
                self._is_exclusive = False
                self._staged = None

    def flush(self) -> None:
        """Put what is staged on the disk, all or nothing; raises DatabaseError, and then the old state stands."""
        if self._staged is None:
            return
        data = pack(self._staged)
        try:
            status = replace_file(self._path, data)
        except OSError as error:
            # Whether the file changed is uncertain now: it is read again before the next write.
            self._header = b""
            raise _not_written(self._path, error) from error
        self._take(self._staged, SCHEMA, data, status)
        self._staged = None

    def refresh(self) -> bool:
        """Read the file again if it changed; return whether it did. Raises DatabaseError as `exclusive` does."""
        if self._is_closed:
            return False
        changed = not self._is_seen() and self._load()
        self._look()
        return changed

    def _open(self) -> None:
        if not self._asked_read_only:
            try:
                make_folder(self._path.parent)
            except OSError as error:
                self._obstacle = f"There is no database yet, and no folder can be made for it: {error.strerror}."
                return
        self._load()
        self._look()
        if not self._obstacle:
            self._tidy()

    def _tidy(self) -> None:
        """Make the file private, and remove what killed writers left, unless somebody writes just now."""
        with suppress(LockedError, DatabaseError), self._locked(0):
            make_private(self._path)
            sweep(self._path)

    @contextmanager
    def _locked(self, timeout: float) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                stack.enter_context(self._lock.held(timeout))
            except OSError as error:
                raise _not_written(self._path, error) from error
            yield

    def _is_seen(self) -> bool:
        """Return whether the file is still the one that was read."""
        try:
            return self._seen == _identity(self._path.stat())
        except FileNotFoundError:
            return self._seen is None
        except OSError as error:
            raise _not_read(self._path, error) from error

    def _has_header(self) -> bool:
        """Return whether the file begins as the one that was read: its status alone may be that of an older file."""
        if self._seen is None:
            return True
        try:
            with self._path.open("rb") as file:
                return bool(self._header) and file.read(len(self._header)) == self._header
        except OSError as error:
            raise _not_read(self._path, error) from error

    def _load(self) -> bool:
        """Read the file; return False, with nothing changed, when there is none and never was."""
        try:
            data, status = read_file(self._path)
            with uncollected():
                schema, tables = unpack(data)
        except FileNotFoundError:
            if self._seen is None:
                return False
            raise _gone(self._path) from None
        except OSError as error:
            raise _not_read(self._path, error) from error
        except ValueError as error:
            raise damaged(self._path, str(error)) from error
        self._take(tables, schema, data, status)
        return True

    def _take(self, tables: Tables, schema: int, data: bytes, status: os.stat_result) -> None:
        match = _HEADER.match(data)
        self._header = match[0] if match else b""
        self._tables, self._schema, self._seen = tables, schema, _identity(status)
        self.version += 1

    def _look(self) -> None:
        """Find out whether the file can be written."""
        self._obstacle = self._find_obstacle()

    def _find_obstacle(self) -> str:
        if self._schema > SCHEMA:
            return f"It was written by a newer sent-tui (schema {self._schema}; this one knows {SCHEMA}): update first."
        if self._asked_read_only:
            return "It was opened for reading only." if self._seen else "There is no database yet, and none is made."
        folder = self._path.parent
        if os.access(folder, os.W_OK | os.X_OK) and (self._seen is None or os.access(self._path, os.W_OK)):
            return ""
        with suppress(OSError):
            if os.statvfs(folder).f_flag & os.ST_RDONLY:
                return "It lies on a file system that can only be read."
        return "You have no permission to write it, or it is protected against changes."

    def _require_writable(self) -> None:
        if self._is_closed:
            raise DatabaseError("The database was closed", f"Nothing can be written to {self._path} any more.")
        self._look()
        if self._obstacle:
            raise ReadOnlyError(
                "The database can only be read",
                f"{self._path}: {self._obstacle}",
                "Nothing was changed. Choose another file with --db to write.",
            )


def damaged(path: Path, reason: str) -> DamagedError:
    """Return the error for a file that cannot be understood."""
    return DamagedError(
        "The database cannot be read",
        f"{path}: {reason}. It was left as it is.",
        "Bring back a copy of it, or move it away to begin a new one.",
    )


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def _gone(path: Path) -> DatabaseError:
    return DatabaseError(
        "The database is gone",
        f"{path} was moved or removed while it was open. Nothing was written.",
        "Put it back, or start again for a new one.",
    )


def _not_read(path: Path, error: OSError) -> DatabaseError:
    return DatabaseError(
        "The database cannot be read",
        f"{path}: {error.strerror or error}.",
        "Check its permissions and the disk, or choose another file with --db.",
    )


def _not_written(path: Path, error: OSError) -> DatabaseError:
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
