"""Rows read ahead by a process of its own: it makes outlines of contacts while others are stored here.

One such process is enough: it needs about as much for a row as storing it does. It has no terminal and no part in the
database, it stops by itself when nobody reads what it writes, and whatever goes wrong with it only ends it.
"""

from __future__ import annotations

import gc
import json
import marshal
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Final, Self

from sent_tui.services.exchange.meaning import Understood, packed, understood, unpacked
from sent_tui.services.exchange.reading import Reader, read_rows

WORTH_IT: Final = 1 << 19
"""Bytes of a file below which the other process would hardly have started before all is done."""

_PATIENCE: Final = 20.0
"""Seconds without a word, after which the other process is given up."""
_HEAD: Final = 4
_MOST: Final = 1 << 28
_WIDTH: Final = 1 << 20
"""Bytes in the pipe; a batch has as many or fewer as a rule."""
_OWN_SETTINGS: Final = "SENT_"
"""Begins the names of the environment that the other process does not get: a key may be among them."""
_CHILD: Final = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from sent_tui.services.exchange.ahead import serve
serve()
"""
"""It finds the modules where this process does, and none in the folder in which it is started."""


def pays(size: int) -> bool:
    """Return whether a file is so large, and the machine such, that reading ahead saves time."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return size >= WORTH_IT and processors > 1


class Ahead:
    """The other process and the batches that it sends. Ends it by `with`."""

    def __init__(
        self, path: Path, reader: Reader, size: int, region: str | None, mapping: Mapping[str, str] | None
    ) -> None:
        self._order = {
            "path": os.fspath(path.absolute()),
            "identity": reader.identity,
            "size": size,
            "region": region,
            "mapping": dict(mapping) if mapping else None,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.is_complete = False
        """Whether it has sent all rows."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, *, skip: int) -> None:
        """Start the process, which leaves out the first rows."""
        # Outside the group of the terminal: what is typed there, and what the terminal forbids, does not reach it.
        with suppress(OSError, ValueError, TypeError, subprocess.SubprocessError):
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
                [sys.executable, "-P", "-c", _CHILD, json.dumps(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: value for name, value in os.environ.items() if not name.startswith(_OWN_SETTINGS)},
                start_new_session=True,
            )
            _widen(self._process.stdout)
            if self._process.stdin is not None:
                with self._process.stdin as order:
                    order.write(json.dumps(self._order | {"skip": skip}).encode())

    def __iter__(self) -> Iterator[tuple[int, Understood]]:
        """Go through the batches, each with how much of the file was read; ends early when the process breaks."""
        with suppress(OSError, ValueError, EOFError, TypeError, LookupError, AttributeError):
            while (frame := self._frame()) is not None:
                if not frame:
                    self.is_complete = True
                    return
                done, rows = marshal.loads(frame)  # noqa: S302 - it comes from our own process
                yield done, unpacked(rows)

    def stop(self) -> None:
        """End the process, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def _frame(self) -> bytes | None:
        """Return the next frame; None when none will come."""
        head = self._bytes(_HEAD)
        size = int.from_bytes(head, "big")
        if len(head) < _HEAD or size > _MOST:
            return None
        frame = self._bytes(size)
        return frame if len(frame) == size else None

    def _bytes(self, count: int) -> bytes:
        """Return so many bytes; fewer when no more will come."""
        if self._process is None or self._process.stdout is None:
            return b""
        handle = self._process.stdout.fileno()
        taken = bytearray()
        while len(taken) < count:
            ready, _, _ = select.select([handle], [], [], _PATIENCE)
            some = os.read(handle, min(count - len(taken), _WIDTH)) if ready else b""
            if not some:
                break
            taken += some
        return bytes(taken)


def serve() -> None:
    """Be the other process: do what the order on standard input says, in frames on standard output."""
    gc.freeze()  # what is loaded by now stays
    try:
        order = json.load(sys.stdin)
        with read_rows(Path(order["path"]), region=order["region"], mapping=order["mapping"]) as reader:
            if list(reader.identity) == order["identity"]:
                _send_rows(reader, sys.stdout.buffer, order["size"], order["skip"])
    except BaseException:  # noqa: BLE001 - who ordered it does the rest, and there is nobody else to tell
        os._exit(1)


def _widen(pipe: IO[bytes] | None) -> None:
    """Make room for a whole batch in a pipe, where that can be: whoever made it goes on before it is taken."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        if pipe is not None:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _WIDTH)


def _send_rows(reader: Reader, out: BinaryIO, size: int, skip: int) -> None:
    for _ in islice(reader, skip):
        """Somebody else does these."""
    while rows := list(islice(reader, size)):
        frame = marshal.dumps((reader.done_bytes, packed(understood(rows))))
        out.write(len(frame).to_bytes(_HEAD, "big") + frame)
        out.flush()
    out.write(bytes(_HEAD))
    out.flush()
