"""File systems of our own: small ones, and one whose power can be cut."""

from __future__ import annotations

import array
import fcntl
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SHUTDOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN."""
_NO_LOG_FLUSH = 2
_TRIES = 200


class NoMountError(Exception):
    """A file system cannot be mounted here; the text says why."""


def _run(*command: str | Path) -> None:
    try:
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NoMountError(f"{error.filename} is not installed") from None
    if done.returncode:
        raise NoMountError(done.stderr.strip() or f"{command[0]} failed")


def mount(device: str | Path, place: Path, kind: str, options: str) -> None:
    """Mount a file system; raises NoMountError."""
    if os.geteuid() != 0:
        raise NoMountError("mounting needs root")
    place.mkdir(exist_ok=True)
    _run("mount", "-t", kind, "-o", options, device, place)


def unmount(place: Path) -> None:
    """Unmount a file system, as soon as nobody uses it."""
    for left in reversed(range(_TRIES)):
        try:
            _run("umount", place)
        except NoMountError:
            if not left:
                raise
            time.sleep(0.01)
        else:
            return


def remount(place: Path, how: str) -> None:
    """Mount once more, `ro` or `rw`; raises NoMountError, too, when a file in it is open for writing."""
    _run("mount", "-o", f"remount,{how}", place)


@contextmanager
def small(place: Path, options: str) -> Iterator[Path]:
    """Mount a small file system in memory for the time of the block."""
    mount("tmpfs", place, "tmpfs", f"mode=700,{options}")
    try:
        yield place
    finally:
        unmount(place)


def image(path: Path, megabytes: int = 64) -> Path:
    """Make an ext4 file system in a file; raises NoMountError."""
    with path.open("wb") as file:
        file.truncate(megabytes << 20)
    _run("mkfs.ext4", "-q", "-F", path)
    return path


def cut_power(place: Path) -> None:
    """Stop a mounted ext4 at once: what is not on the disk is lost. Raises NoMountError where that is not possible."""
    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(folder, _SHUTDOWN, array.array("I", [_NO_LOG_FLUSH]))
    except OSError as error:
        raise NoMountError(f"the file system cannot be shut down: {error.strerror}") from error
    finally:
        os.close(folder)
