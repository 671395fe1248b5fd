"""Starting jobs in processes of their own, and hearing from them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fault_campaign.jobs import AFTER
from fault_campaign.steps import State, Step

SCRIPTS = Path(__file__).resolve().parents[1]
PATIENCE = 40.0
"""Seconds after which a silent child counts as hanging, and is killed."""


@dataclass(frozen=True)
class Line:
    """What a child said."""

    kind: str
    value: Any


class Running:
    """A child at work."""

    def __init__(self, pid: int, connection: socket.socket, server: Server) -> None:
        self.pid = pid
        self._connection = connection
        self._connection.settimeout(PATIENCE)
        self._lines = connection.makefile("rb")
        self._server = server
        self._ended = False
        self.hung = False
        """Whether it was silent for too long."""

    def say(self, command: str) -> None:
        """Tell the child what to do; one that is gone does not mind."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self._connection.sendall(f"{command}\n".encode())

    def line(self) -> Line | None:
        """Return what it said next; None when it has ended, or hangs. A half line was never said."""
        if self.hung:
            return None
        try:
            raw = self._lines.readline()
        except ConnectionResetError:
            raw = b""
        except TimeoutError:
            self.hung, raw = True, b""
            self.kill()
        if not raw.endswith(b"\n"):
            return None
        kind, _, value = raw.decode().partition(" ")
        return Line(kind, json.loads(value))

    def said(self) -> Iterator[Line]:
        """Yield what it has said already, without waiting."""
        self._connection.settimeout(0.0)
        try:
            while b"\n" in self._lines.peek():
                line = self.line()
                if line is not None:
                    yield line
        except ConnectionResetError:
            return
        finally:
            self._connection.settimeout(PATIENCE)

    def ask(self, command: str) -> Line | None:
        """Tell the child what to do and return its answer."""
        self.say(command)
        return self.line()

    def rest(self) -> Iterator[Line]:
        """Yield everything it still says."""
        while (line := self.line()) is not None:
            yield line

    def kill(self) -> None:
        """End the child as a power cut would."""
        if not self._ended:
            os.kill(self.pid, signal.SIGKILL)

    def end(self) -> None:
        """Let the child end by itself."""
        if self._ended:
            return
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
        for _ in self.rest():
            pass
        self._lines.close()
        self._connection.close()
        self._ended = True
        self._server.wait(self.pid)


class Server:
    """The process that all children come from; `prefix` is a command that runs it with fewer rights."""

    def __init__(self, prefix: Sequence[str] = ()) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {**os.environ, "PYTHONPATH": str(SCRIPTS), "PYTHONDONTWRITEBYTECODE": "1"}
        self._process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "fault_campaign.server", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
        )
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._requests.close()
        self._process.wait(PATIENCE)

    def start(self, job: str, **arguments: Any) -> Running:  # noqa: ANN401 - whatever the job wants
        """Start a job."""
        ours, theirs = socket.socketpair()
        message = json.dumps({"job": job, "arguments": arguments}).encode()
        socket.send_fds(self._requests, [message], [theirs.fileno()])
        theirs.close()
        return Running(self._answer(), ours, self)

    def wait(self, pid: int) -> int:
        """Return the wait status of a child that has ended."""
        self._requests.send(json.dumps({"wait": pid}).encode())
        return self._answer()

    def _answer(self) -> int:
        answer = self._requests.recv(64)
        if not answer:
            raise RuntimeError("the server of the jobs has ended")
        return int(json.loads(answer))

    @contextmanager
    def writer(self, path: Path, subject: str, steps: Sequence[Step], weakness: str = "") -> Iterator[Running]:
        """Start a writer that waits for its commands."""
        told = [step.as_json() for step in steps]
        child = self.start("writer", path=str(path), subject=subject, steps=told, weakness=weakness)
        try:
            if child.line() is None:
                raise RuntimeError("the writer did not start")
            yield child
        finally:
            child.end()

    def check(self, path: Path, subject: str, *, writes: bool = True) -> Checked:
        """Return what a fresh process finds."""
        child = self.start("checker", path=str(path), subject=subject, writes=writes)
        said = {line.kind: line.value for line in child.rest()}
        child.end()
        return Checked(said.get("READ", {}), said.get("FOUND", {}), said.get("AFTER", {}))


@dataclass(frozen=True)
class Checked:
    """What a fresh process finds: opened for reading, for writing, and again after a write."""

    read: dict[str, Any]
    found: dict[str, Any]
    after: dict[str, Any]

    @property
    def view(self) -> State | None:
        """What is there; None when it cannot be opened."""
        view: State | None = self.found.get("view")
        return view

    def problem(self, *allowed: State) -> str:
        """Return what is wrong: `unreadable`, `lost`, `half`, `split` or `stuck`; nothing when all is well.

        The first of the allowed states is what was acknowledged.
        """
        if "view" not in self.found or "view" not in self.read:
            return "unreadable"
        if self.view not in allowed:
            sure = [item for item in allowed[0].items() if all(item in state.items() for state in allowed)]
            return "half" if all(item in self.found["view"].items() for item in sure) else "lost"
        if self.read["view"] != self.view:
            return "split"
        if self.after.get("view") != AFTER.after(self.found["view"]):
            return "stuck"
        return ""
