"""Each system call of a write in turn: the writer is killed in it, or it fails with every fitting error."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from fault_campaign import layout
from fault_campaign.client import Checked, Line, Running, Server
from fault_campaign.jobs import GOES_ON
from fault_campaign.kill import kinds_of
from fault_campaign.steps import State, Step, one_step, script, states
from fault_campaign.subjects import OURS, PLAIN
from fault_campaign.table import Figures, control, ours, skipped

CALLS = (
    *("write", "writev", "pwrite64", "pwritev", "sendfile", "copy_file_range", "fallocate", "ftruncate", "truncate"),
    *("fsync", "fdatasync", "sync_file_range", "msync", "open", "openat", "creat", "close", "fcntl", "flock"),
    *("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat"),
    *("chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "utimensat", "mmap", "munmap", "lseek"),
    *("newfstatat", "fstat", "stat", "statx", "read", "pread64", "access", "faccessat", "faccessat2"),
)
"""Calls by which files are changed, and those around them in which a writer can be killed."""
_ROOM = ("ENOSPC", "EIO", "EDQUOT")
_NAMES = ("ENOSPC", "EIO", "EACCES", "EROFS", "EDQUOT")
_RIGHTS = ("EPERM", "EROFS", "EIO")
ERRORS = {
    **dict.fromkeys(
        ("write", "writev", "pwrite64", "pwritev", "fallocate", "copy_file_range"), (*_ROOM, "EFBIG", "EINTR")
    ),
    **dict.fromkeys(("fsync", "fdatasync", "msync", "sync_file_range"), (*_ROOM, "EINTR")),
    **dict.fromkeys(("ftruncate", "truncate"), ("EIO", "EINTR")),
    **dict.fromkeys(("open", "openat", "creat"), (*_NAMES, "EMFILE", "ENFILE", "EINTR")),
    **dict.fromkeys(("rename", "renameat", "renameat2", "mkdir", "mkdirat"), _NAMES),
    **dict.fromkeys(("link", "linkat"), (*_NAMES, "EMLINK", "EPERM")),
    **dict.fromkeys(("unlink", "unlinkat"), ("EIO", "EACCES", "EROFS")),
    **dict.fromkeys(("chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "utimensat"), _RIGHTS),
    **dict.fromkeys(("fcntl", "flock"), ("ENOLCK", "EIO", "EINTR")),
    **dict.fromkeys(("read", "pread64"), ("EIO", "EINTR")),
    **dict.fromkeys(("fstat", "newfstatat", "stat", "statx"), ("EIO", "EACCES")),
}
"""How each call can fail."""
LASTING = "EIO"
"""The error that may last, so that cleaning up fails as well."""
MORE = 3
"""A count may differ by so many from run to run; the last call was reached when a run passed untouched after it."""
_CALL = re.compile(r"(?:\d+ +)?(\w+)\(")


class NoTraceError(Exception):
    """The system calls of a process cannot be traced here; the text says why."""


@dataclass(frozen=True)
class Case:
    """A write, and what is there before it."""

    subject: str
    name: str
    before: tuple[Step, ...]
    step: Step | None
    """None: the database is opened."""

    @property
    def state(self) -> State:
        """What is there before."""
        return states(self.before)[-1]

    @property
    def allowed(self) -> tuple[State, State]:
        """What may be there before and after the write."""
        return self.state, self.state if self.step is None else self.step.after(self.state)


def cases(subject: str, seed: int, only: tuple[str, ...] = ()) -> Iterator[Case]:
    """Yield every kind of write, and opening a database, a new one and one that is there."""
    rng = Random(seed)
    before = tuple(script(rng, ("add", "add", "edit"), 20))
    for kind in kinds_of(subject):
        if not only or kind in only:
            yield Case(subject, kind, before, one_step(kind, states(before)[-1], rng))
    if not only:
        yield Case(subject, "open", before, None)
        yield Case(subject, "create", (), None)


@contextmanager
def traced(pid: int, *options: str, log: Path) -> Iterator[None]:
    """Have strace attached to a process for as long as the block runs; raises NoTraceError."""
    command = ["strace", "-f", "-o", str(log), *options, "-p", str(pid)]
    try:
        tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError:
        raise NoTraceError("strace is not installed") from None
    assert tracer.stderr is not None  # noqa: S101 - it was asked for
    try:
        said = tracer.stderr.readline()
        if "attached" not in said:
            raise NoTraceError(said.strip() or "strace did not attach")
        yield
    finally:
        tracer.terminate()
        tracer.stderr.read()
        tracer.stderr.close()
        tracer.wait()


class Bench:
    """Runs one case again and again, each time on a fresh copy of the database."""

    def __init__(self, server: Server, folder: Path, case: Case) -> None:
        self.case = case
        self._server = server
        self._folder = folder
        self._log = folder / "log"
        self._template = folder / "template"
        self.hung = False
        """Whether the writer of the last run did not answer for too long."""
        self._work = folder / "work"
        self._template.mkdir(parents=True)
        if case.before:
            with server.writer(self._template / layout.DATABASE, case.subject, case.before) as child:
                child.ask("open")
                child.say("all")
                while (line := child.line()) is not None and line.kind != "DONE":
                    pass

    def run(self, *options: str) -> tuple[Line | None, Line | None, Line | None]:
        """Do the write under strace; return its answer, that of another write after it, and what the writer sees."""
        shutil.rmtree(self._work, ignore_errors=True)
        shutil.copytree(self._template, self._work)
        steps = [GOES_ON] if self.case.step is None else [self.case.step, GOES_ON]
        with self._server.writer(self.path, self.case.subject, steps) as child:
            opening = self.case.step is None
            if not opening:
                child.ask("open")
            with traced(child.pid, *options, log=self._log):
                answer = child.ask("open" if opening else "next")
            rest = self._goes_on(child, opening, answer)
            self.hung = child.hung
            return answer, *rest

    def _goes_on(self, child: Running, opening: bool, answer: Line | None) -> tuple[Line | None, Line | None]:
        if answer is None:
            return None, None
        if opening and answer.kind == "ERR":
            child.ask("open")
        return child.ask("next"), child.ask("view")

    @property
    def path(self) -> Path:
        """The database that was worked on."""
        return self._work / layout.DATABASE

    @property
    def injected(self) -> bool:
        """Whether the last run was interfered with."""
        return "(INJECTED)" in self._log.read_text(errors="replace")

    def counts(self) -> Counter[str]:
        """Return how often the write makes each call."""
        self.run("-e", f"trace={_names(CALLS)}")
        found = map(_CALL.match, self._log.read_text(errors="replace").splitlines())
        return Counter(match[1] for match in found if match)

    def checked(self) -> Checked:
        """Return what a fresh process finds."""
        return self._server.check(self.path, self.case.subject)


def _names(calls: tuple[str, ...]) -> str:
    return ",".join(f"?{name}" for name in calls)


def killing(bench: Bench, figures: Figures, limit: int = 10_000) -> None:
    """Kill the writer in each call of its write."""
    for name, count in bench.counts().items():
        for at in range(1, min(count, limit) + MORE):
            answer, _, _ = bench.run("-e", f"trace={name}", "-e", f"inject={name}:signal=SIGKILL:when={at}")
            if answer is not None:
                break
            if bench.hung:
                figures.add("hangs", f"{bench.case.name}: killed in {name} {at}")
                continue
            figures.add(bench.checked().problem(*bench.case.allowed), f"{bench.case.name}: killed in {name} {at}")
            figures.info[bench.case.name] += 1


def failing(bench: Bench, figures: Figures, limit: int = 10_000) -> None:
    """Let each call of a write fail, once in every way that fits, and from one call on until the write is over."""
    for name, count in bench.counts().items():
        errors = ERRORS.get(name, ())
        for error, lasting in (*((error, "") for error in errors), *([(LASTING, "+")] if LASTING in errors else [])):
            for at in range(1, min(count, limit) + MORE):
                said = bench.run("-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={at}{lasting}")
                if not bench.injected:
                    break
                problem = _problem_of_failure(bench, *said, figures)
                figures.add(problem, f"{bench.case.name}: {error} in {name} {at}{lasting}: {said[0]}")


def _problem_of_failure(
    bench: Bench, answer: Line | None, another: Line | None, view: Line | None, figures: Figures
) -> str:
    """Return what is wrong after a call failed."""
    before, after = bench.case.allowed
    if answer is None or another is None or view is None:
        return "hangs" if bench.hung else "crash"
    if answer.kind == "ERR" and not answer.value["worded"]:
        return "not in words"
    if answer.kind == "ERR" and answer.value["type"] == "DamagedError":
        return "called damaged"
    if another.kind != "ACK":
        return "does not go on"
    figures.info["told" if answer.kind == "ERR" else "overcome"] += 1
    allowed = [GOES_ON.after(state) for state in ((before, after) if answer.kind == "ERR" else (after,))]
    checked = bench.checked()
    problem = checked.problem(*allowed)
    if problem:
        return "false acknowledgement" if answer.kind == "ACK" and problem == "lost" else problem
    if answer.kind == "ERR" and before != after and checked.view == allowed[1]:
        figures.info["told, yet done"] += 1
    return "" if view.kind == "VIEW" and view.value == checked.view else "sees something else"


def campaign(server: Server, folder: Path, seed: int, only: tuple[str, ...] = (), *, fails: bool) -> list[Figures]:
    """Go through every call of every write, for our store and TinyDB's own."""
    fault = "a system call fails" if fails else "kill -9 in a system call"
    rows = []
    for figures, subject in ((ours(fault), OURS), (control(fault, "JSONStorage"), PLAIN)):
        # The control needs them all: not every write of its is open to every fault.
        for case in cases(subject, seed, only if subject == OURS else ()):
            try:
                bench = Bench(server, folder / f"{subject}-{case.name}", case)
                (failing if fails else killing)(bench, figures)
            except NoTraceError as error:
                return [skipped(fault, str(error))]
        rows.append(figures)
    return rows
