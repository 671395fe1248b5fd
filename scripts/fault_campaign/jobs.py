"""What the child processes do. They talk over a socket, whose system calls are none of those that are injected."""

from __future__ import annotations

import ctypes
import json
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from tinydb import TinyDB
from tinydb.table import Document

from fault_campaign import layout
from fault_campaign.steps import Step
from fault_campaign.subjects import NOTES, PATIENCE, PLAIN, Subject, identity, opened, person
from sent_tui.errors import DatabaseError
from sent_tui.store.tinydb import TinyDBRepository

COUNTER = "79999"
"""The place of the contact that every writer of a crowd counts up."""
PAUSE = 0.02
"""Seconds between two compactions."""
AFTER = Step("add", {"70000": "after"})
"""The write that shows that a fresh process can still write a database."""
GOES_ON = Step("add", {"70001": "goes on"})
"""The write that shows that a process goes on after a fault."""
LIES = "empty promises"
"""The weakness of a writer that acknowledges and does not write."""
_ANY_TRACER, _SET_TRACER = -1, 0x59616D61


class Channel:
    """Lines to and from the one who started the job."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def say(self, kind: str, value: object = "") -> None:
        """Send a line: a word, and a value as JSON."""
        self._connection.sendall(f"{kind} {json.dumps(value)}\n".encode())

    def heard(self, wait: float | None = None) -> str:
        """Return the next line; empty when nobody is there any more, or `wait` seconds have passed."""
        self._connection.settimeout(wait)
        while b"\n" not in self._buffer:
            try:
                more = self._connection.recv(65536)
            except TimeoutError:
                return ""
            if not more:
                return ""
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode()


def weaken(weakness: str) -> None:
    """Take away what keeps the data safe, to show that the checks notice."""
    import fcntl

    if weakness == "no fsync":
        vars(os).update(fsync=lambda _: None, fdatasync=lambda _: None)
    elif weakness == "no lock":
        vars(fcntl).update(lockf=lambda *_: None, flock=lambda *_: None)
    elif weakness:
        raise ValueError(weakness)


def failure(error: Exception, path: Path) -> dict[str, Any]:
    """Return what has to be known about an error."""
    return {
        "type": type(error).__name__,
        "words": str(error),
        "worded": isinstance(error, DatabaseError) and len(str(error)) > len(type(error).__name__),
        "names the file": path.name in str(error),
    }


class Writer:
    """Writes as it is told; each command is answered when it is done."""

    def __init__(self, channel: Channel, path: Path, subject: str, steps: Iterable[Step], *, lies: bool) -> None:
        self._lies = lies
        self._channel = channel
        self._path = path
        self._subject = subject
        self._left = iter(steps)
        self._done = 0
        self._store: Subject | None = None

    def obey(self, command: str) -> None:
        """Do a command: `open`, `next`, `all`, `look` or `view`."""
        if command == "open":
            self._store = opened(self._subject, self._path)
            self._channel.say("OPEN", self._store.read_only)
            return
        if self._store is None:
            raise RuntimeError("it is not open")
        if command == "view":
            self._channel.say("VIEW", self._store.view())
        elif command == "look":
            self._store.look()
            self._channel.say("LOOKED", self._store.read_only)
        elif command == "next":
            self._write(self._store, 1)
        elif command == "all":
            self._write(self._store, None)
            self._channel.say("DONE")

    def _write(self, store: Subject, limit: int | None) -> None:
        for step in islice(self._left, limit):
            if not self._lies:
                store.apply(step)
            self._done += 1
            self._channel.say("ACK", self._done)

    def close(self) -> None:
        """Let go of the files."""
        if self._store is not None:
            self._store.close()


def writer(channel: Channel, path: str, subject: str, steps: list[dict[str, Any]], weakness: str = "") -> None:
    """Write as it is told."""
    weaken(weakness if weakness != LIES else "")
    _let_anybody_trace()
    obedient = Writer(channel, Path(path), subject, [Step(**step) for step in steps], lies=weakness == LIES)
    channel.say("READY")
    while command := channel.heard():
        try:
            obedient.obey(command)
        except Exception as error:  # noqa: BLE001 - whatever it is has to be told
            channel.say("ERR", failure(error, Path(path)))
    obedient.close()


def _let_anybody_trace() -> None:
    """Let a tracer attach that is no ancestor, which some systems forbid."""
    ctypes.CDLL(None).prctl(_SET_TRACER, ctypes.c_ulong(_ANY_TRACER & (2**64 - 1)), 0, 0, 0)


def checker(channel: Channel, path: str, subject: str, writes: bool = True) -> None:
    """Look at a database as a fresh process does: for reading, for writing, and again after a write."""
    channel.say("READ", looked_at(subject, Path(path), read_only=True))
    found = looked_at(subject, Path(path))
    channel.say("FOUND", found)
    if writes and "error" not in found:
        channel.say("AFTER", looked_at(subject, Path(path), step=AFTER))


def looked_at(subject: str, path: Path, *, read_only: bool = False, step: Step | None = None) -> dict[str, Any]:
    """Return what is in a database and why it is read-only, or the error."""
    try:
        store = opened(subject, path, read_only=read_only)
        try:
            if step is not None:
                store.apply(step)
                store.close()
                store = opened(subject, path)
            return {"view": store.view(), "read_only": store.read_only}
        finally:
            store.close()
    except Exception as error:  # noqa: BLE001 - whatever it is has to be told
        return {"error": failure(error, path)}


def member(writer_at: int, count: int, batch: int) -> tuple[str, str]:
    """Return the places of the two contacts that a writer of a crowd adds in a batch."""
    first = 2 * (writer_at * count + batch)
    return str(first), str(first + 1)


def crowd_writer(channel: Channel, path: str, subject: str, at: int, count: int, weakness: str = "") -> None:
    """Write so many batches: two new contacts, and one more on the common counter."""
    weaken(weakness)
    write = (_plain_batches if subject == PLAIN else _our_batches)(Path(path))
    channel.say("READY")
    channel.heard()
    for batch in range(count):
        try:
            write(member(at, count, batch))
        except Exception as error:  # noqa: BLE001 - whatever it is has to be told
            channel.say("ERR", failure(error, Path(path)))
        else:
            channel.say("ACK", batch)
    channel.say("DONE")


def _our_batches(path: Path) -> Callable[[Sequence[str]], None]:
    repository = TinyDBRepository(path, lock_timeout=PATIENCE)

    def write(places: Sequence[str]) -> None:
        with repository.transaction() as tx:
            counter = tx.contact(identity(COUNTER))
            for place in places:
                tx.put_contact(person(place, f"member {place}"))
            tx.put_contact(replace(counter, notes=str(int(counter.notes) + 1)))

    return write


def _plain_batches(path: Path) -> Callable[[Sequence[str]], None]:
    table = TinyDB(path).table("contacts")

    def write(places: Sequence[str]) -> None:
        table.insert_multiple({"place": place, "notes": NOTES} for place in places)
        table.update(lambda found: found.update(counter=found["counter"] + 1), doc_ids=[1])

    return write


def begin_crowd(subject: str, path: Path) -> None:
    """Make the database of a crowd, with its counter at nought."""
    if subject == PLAIN:
        TinyDB(path).table("contacts").insert(Document({"counter": 0}, 1))
    else:
        repository = TinyDBRepository(path)
        repository.add([replace(person(COUNTER, "counter"), notes="0")])
        repository.close()


def compactor(channel: Channel, path: str) -> None:
    """Compact a database again and again until told to stop."""
    channel.say("READY")
    compacted, errors = 0, []
    while channel.heard(PAUSE) != "stop":
        try:
            layout.compact(Path(path))
        except Exception as error:  # noqa: BLE001 - whatever it is has to be told
            errors.append(failure(error, Path(path)))
        else:
            compacted += 1
    channel.say("COMPACTED", {"times": compacted, "errors": errors})


def follower(channel: Channel, path: str, subject: str, read_only: bool) -> None:
    """Follow a crowd until told to stop; tell how often, what was torn, and what was seen in the end."""
    look = _plain_look(Path(path)) if subject == PLAIN else _our_look(Path(path), read_only)
    channel.say("READY")
    torn, errors, looks = list[str](), [], 0
    last = (0, 0)
    stopping = False
    while True:
        looks += 1
        try:
            members, counter = look()
        except Exception as error:  # noqa: BLE001 - whatever it is has to be told
            errors.append(failure(error, Path(path)))
        else:
            if members != 2 * counter or members < last[0]:
                torn.append(f"{members} members at {counter}, after {last[0]} at {last[1]}")
            last = members, counter
        if stopping:
            break
        stopping = channel.heard(0.002) == "stop"
    channel.say("SEEN", {"members": last[0], "counter": last[1], "torn": torn, "errors": errors, "looks": looks})


def _our_look(path: Path, read_only: bool) -> Callable[[], tuple[int, int]]:
    repository = TinyDBRepository(path, read_only=read_only)

    def look() -> tuple[int, int]:
        repository.refresh()
        if "damaged" in repository.read_only:
            raise DatabaseError("A good file was called damaged", repository.read_only)
        return repository.page(limit=0).total - 1, int(repository.get(identity(COUNTER)).notes)

    return look


def _plain_look(path: Path) -> Callable[[], tuple[int, int]]:
    table = TinyDB(path, access_mode="r").table("contacts")

    def look() -> tuple[int, int]:
        found = table.all()
        return len(found) - 1, next(int(item["counter"]) for item in found if "counter" in item)

    return look


JOBS: dict[str, Callable[..., None]] = {
    "writer": writer,
    "checker": checker,
    "crowd_writer": crowd_writer,
    "compactor": compactor,
    "follower": follower,
}
