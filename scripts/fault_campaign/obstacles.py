"""What keeps a database from being written: no room, no rights. Then the obstacle goes, and the work goes on."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random

from fault_campaign import layout, mounts
from fault_campaign.client import Running, Server
from fault_campaign.kill import kinds_of
from fault_campaign.steps import BULK, State, Step, script, states
from fault_campaign.subjects import OURS, PLAIN
from fault_campaign.table import Figures, control, ours, skipped

Obstacle = Callable[[Path, Running], AbstractContextManager[None]]
"""Stands in the way of a database, and of the process that has it open, for the time of the block."""
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--")
"""Takes from root what lets it write everywhere."""
ROOM_LEFT = 10
"""Bytes by which a file may still grow."""


class BusyError(Exception):
    """The obstacle cannot be put there while the database is open for writing."""


@contextmanager
def no_room(path: Path, _child: Running) -> Iterator[None]:
    """Fill the disk."""
    filler = path.parent.parent / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        for size in (65536, 4096, 512, 1):
            with suppress(OSError):
                while file.write(b"\0" * size):
                    pass
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def no_inodes(path: Path, _child: Running) -> Iterator[None]:
    """Use up the files that the disk can hold."""
    crowd = path.parent.parent / "crowd"
    crowd.mkdir()
    with suppress(OSError):
        for at in range(100_000):
            (crowd / str(at)).touch()
    try:
        yield
    finally:
        shutil.rmtree(crowd)


@contextmanager
def limited(path: Path, child: Running) -> Iterator[None]:
    """Limit the size of the files that the process may write."""
    size = path.stat().st_size + ROOM_LEFT
    _, hard = before = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(child.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only_disk(path: Path, _child: Running) -> Iterator[None]:
    """Make the disk read-only."""
    disk = path.parent.parent
    try:
        mounts.remount(disk, "ro")
    except mounts.NoMountError as error:
        raise BusyError(str(error)) from error
    try:
        yield
    finally:
        mounts.remount(disk, "rw")


@contextmanager
def no_permission(path: Path, _child: Running) -> Iterator[None]:
    """Take the right to write from all files and the folder."""
    modes = {entry: entry.stat().st_mode & 0o777 for entry in (path.parent, *path.parent.iterdir())}
    for entry, mode in modes.items():
        entry.chmod(mode & 0o555)
    try:
        yield
    finally:
        for entry, mode in modes.items():
            with suppress(FileNotFoundError):
                entry.chmod(mode)


@contextmanager
def immutable(path: Path, _child: Running) -> Iterator[None]:
    """Protect the file against every change."""
    done = subprocess.run(["chattr", "+i", str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise mounts.NoMountError(done.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", str(path)], check=True)


OBSTACLES: dict[str, tuple[Obstacle, str, bool]] = {
    "disk full": (no_room, "size=400k", False),
    "file-size limit": (limited, "", False),
    "no inodes": (no_inodes, "nr_inodes=40", False),
    "read-only disk": (read_only_disk, "size=4m", False),
    "no permission": (no_permission, "", True),
    "immutable file": (immutable, "", False),
}
"""What stands in the way, the disk on which it happens (none: that of the temporary files), and whether rights go."""
BEFORE = tuple(script(Random(3), ("add", "add", "add", "edit"), 24))
STEPS = (
    Step("bulk", {str(200 + at): f"bulk {at}" for at in range(BULK)}),
    Step("add", {"100": "new"}),
    Step("edit", {"0": "changed"}),
    Step("delete", {"1": ""}),
)
"""Writes that are tried against the obstacle; each stands for itself."""
LAST = Step("add", {"101": "in the end"})


class Scene:
    """A database in the way of which an obstacle is put."""

    def __init__(self, server: Server, path: Path, subject: str, figures: Figures) -> None:
        self._server = server
        self._path = path
        self._subject = subject
        self._figures = figures
        self._steps = (*STEPS, Step("compact", {})) if "compact" in kinds_of(subject) else STEPS

    def play(self, obstacle: Obstacle) -> None:
        """Write before, against and after the obstacle; a process that was there first, and one that came with it."""
        state = states(BEFORE)[-1]
        self._write(BEFORE)
        with self._opened(*self._steps, LAST) as child:
            try:
                with obstacle(self._path, child):
                    state = self._try(child, state)
                    state = self._come_later(state)
                self._go_on(child)
                state = LAST.after(state)
            except BusyError:
                self._figures.info["only in a new process"] += 1
                child.end()
                with obstacle(self._path, child):
                    state = self._come_later(state)
        checked = self._server.check(self._path, self._subject)
        self._figures.add(checked.problem(state), f"in the end: {checked.found}"[:500])

    def _opened(self, *steps: Step) -> AbstractContextManager[Running]:
        return _opened(self._server, self._path, self._subject, steps)

    def _write(self, steps: Sequence[Step]) -> None:
        with self._opened(*steps) as child:
            child.say("all")
            while (line := child.line()) is not None and line.kind != "DONE":
                pass

    def _try(self, child: Running, state: State) -> State:
        """Try each write; it is done, or it is told in words that name the file, and nothing has changed."""
        for step in self._steps:
            answer = child.ask("next")
            problem = ""
            if answer is None:
                problem = "crash"
            elif answer.kind == "ACK":
                state = step.after(state)
                self._figures.info["done all the same"] += 1
            elif not (answer.value["worded"] and answer.value["names the file"]):
                problem = "not in words"
            else:
                self._figures.info["told"] += 1
            self._figures.add(problem, f"{step.kind}: {answer}")
        checked = self._server.check(self._path, self._subject, writes=False)
        problem = checked.problem(state)
        self._figures.add("" if problem == "stuck" else problem, f"behind the obstacle: {checked}"[:500])
        return state

    def _come_later(self, state: State) -> State:
        """Come to a database that has the obstacle in its way already."""
        with self._opened(*[Step(step.kind, _elsewhere(step)) for step in self._steps]) as child:
            view = child.ask("view")
            fine = view is not None and view.kind == "VIEW" and view.value == state
            self._figures.add("" if fine else "not shown", f"opened behind the obstacle: {view}"[:500])
            answers = [(step, child.ask("next")) for step in self._steps]
        for step, answer in answers:
            if answer is not None and answer.kind == "ACK":
                state = Step(step.kind, _elsewhere(step)).after(state)
            fine = answer is not None and (answer.kind == "ACK" or answer.value["worded"])
            self._figures.add("" if fine else "not in words", f"{step.kind}, later: {answer}")
        return state

    def _go_on(self, child: Running) -> None:
        child.ask("look")
        answer = child.ask("next")
        fine = answer is not None and answer.kind == "ACK"
        self._figures.add("" if fine else "does not go on", f"after the obstacle: {answer}")


def _elsewhere(step: Step) -> dict[str, str]:
    """Return the changes of a step, done to other contacts."""
    moved = {"0": "2", "1": "3"}
    return {moved.get(place) or str(int(place) + 300): name for place, name in step.names.items()}


@contextmanager
def _opened(server: Server, path: Path, subject: str, steps: Sequence[Step]) -> Iterator[Running]:
    with server.writer(path, subject, steps) as child:
        child.ask("open")
        yield child


def campaign(server: Server, folder: Path) -> list[Figures]:
    """Put every obstacle in the way of our store, and of TinyDB's own."""
    rows = []
    worst = control("obstacles", "JSONStorage")
    for name, (obstacle, disk, drops) in OBSTACLES.items():
        figures = ours(name)
        try:
            for subject, counted in ((OURS, figures), (PLAIN, worst)):
                with ExitStack() as stack:
                    used = stack.enter_context(Server(WITHOUT_RIGHTS)) if drops and os.geteuid() == 0 else server
                    place = folder / f"{name}-{subject}".replace(" ", "-")
                    place.mkdir()
                    if disk:
                        stack.enter_context(mounts.small(place, disk))
                    path = place / "data" / layout.DATABASE
                    path.parent.mkdir(mode=0o700)
                    Scene(used, path, subject, counted).play(obstacle)
        except (mounts.NoMountError, FileNotFoundError) as error:
            figures = skipped(name, str(error))
        rows.append(figures)
    return [*rows, worst]
