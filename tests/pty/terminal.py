"""A terminal for a test: it starts a program, shows what that draws, and does what people and networks do to it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

APPS: Final = Path(__file__).parent / "apps"
"""The programs that are tested."""
PATIENCE: Final = 60.0
"""Seconds after which a test fails that waits for something: far more than any of it takes."""
LOOK_EVERY: Final = 0.1
"""Seconds between two looks for what shows nowhere on the terminal."""
CTRL_Q: Final = "\x11"
CTRL_Z: Final = "\x1a"
F2: Final = "\x1bOQ"
F3: Final = "\x1bOR"
CONTROLLING: Final = "--terminal"
"""Has the terminal be the controlling one of the program, as a terminal window's is."""
MODERN: Final = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;2$y"}
"""How a terminal answers that knows synchronised output and reports of its size."""

_FOREIGN = re.compile(rb"\x1b\[[<>=][0-?]*[ -/]*[@-~]|\x1b[\]P_][^\x07\x1b]*(?:\x07|\x1b\\)")
_WHOLE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[^\[\]P_])")
_MODE = re.compile(rb"\x1b\[(?:\?(?P<modes>[0-9;]+)(?P<on>[hl])|(?P<keyboard>[<>])[0-9;]*u)")
_USUALLY_ON = {"7", "25"}


def app(name: str, *arguments: str | Path) -> list[str]:
    """Return the command that runs one of the apps."""
    return [sys.executable, str(APPS / name), *map(str, arguments)]


class Terminal:
    """A program in a terminal of its own; a context manager, which ends the program."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        size: tuple[int, int] = (80, 24),
        session: Sequence[str] = (CONTROLLING,),
        answers: Mapping[bytes, bytes] | None = None,
        pass_fds: Sequence[int] = (),
        streams: Mapping[str, int] | None = None,
    ) -> None:
        self.output = bytearray()
        """Everything the program wrote to the terminal."""
        self._answers = dict(answers or {})
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._shown = 0
        self._master, self._slave = os.openpty()
        self.resize(*size)
        self.attributes_before = self.attributes()
        self._life, held = os.pipe()
        standard = {"stdin": self._slave, "stdout": self._slave, "stderr": self._slave}
        options: dict[str, Any] = {**standard, **(streams or {})}
        self.process = subprocess.Popen(
            [sys.executable, "-IS", str(APPS / "session.py"), *session, *command],
            start_new_session=True,
            env=dict(env),
            pass_fds=(held, *pass_fds),
            **options,
        )
        os.close(held)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.close()
        os.close(self._slave)
        os.close(self._life)

    # What is seen

    def text(self) -> str:
        """Return what is on the screen."""
        end = self.output.rfind(b"\x1b", self._shown)
        if end < 0 or _WHOLE.match(self.output, end):
            end = len(self.output)
        self._stream.feed(_FOREIGN.sub(b"", bytes(self.output[self._shown : end])))
        self._shown = end
        return "\n".join(self._screen.display)

    def modes_left_on(self) -> set[str]:
        """Return the modes of the terminal, and "keyboard", that the program did not put back."""
        modes = dict.fromkeys(_USUALLY_ON, True)
        for match in _MODE.finditer(self.output):
            if match["keyboard"]:
                modes["keyboard"] = match["keyboard"] == b">"
            else:
                modes |= dict.fromkeys(match["modes"].decode().split(";"), match["on"] == b"h")
        return {mode for mode, on in modes.items() if on != (mode in _USUALLY_ON)}

    def attributes(self) -> list[Any]:
        """Return the terminal's attributes: echo, line mode, and so on."""
        return termios.tcgetattr(self._slave)

    # What is waited for

    def wait_for(self, text: str) -> None:
        """Wait until a text is on the screen."""
        self.wait_until(lambda: text in self.text(), f"{text!r} on the screen")

    def wait_until(self, condition: Callable[[], object], what: str, descriptor: int | None = None) -> None:
        """Wait until a condition holds, looking whenever the program wrote to the terminal, or to a descriptor.

        For what it does elsewhere, it is looked for often enough anyway.
        """
        end = time.monotonic() + PATIENCE
        while not condition():
            left = end - time.monotonic()
            assert left > 0, f"waited in vain for {what}; on the screen:\n{self.text()}"
            goes_on = self._pump(min(left, LOOK_EVERY), descriptor)
            assert goes_on or condition(), f"ended before {what}; it wrote:\n{self.output!r}"

    def wait_for_output(self, size: int) -> None:
        """Wait until the program wrote so many bytes, and leave it there as long as it can write no more."""
        end = time.monotonic() + PATIENCE
        while len(self.output) < size:
            assert select.select([self._master], [], [], end - time.monotonic())[0], f"only {len(self.output)} bytes"
            self.output += os.read(self._master, size - len(self.output))

    def wait_for_quiet(self, seconds: float) -> None:
        """Wait until the program writes nothing for so many seconds; one that always writes fails."""
        end = time.monotonic() + PATIENCE
        while select.select([self._master], [], [], seconds)[0]:
            self._read()
            assert time.monotonic() < end, f"it goes on to write:\n{bytes(self.output[-200:])!r}"

    def wait_for_exit(self, *, reading: bool = True) -> int:
        """Wait until the program ended; return its exit code, or minus the signal that ended it."""
        end = time.monotonic() + PATIENCE
        while self._pump(end - time.monotonic(), reading=reading):
            assert time.monotonic() < end, f"did not end; on the screen:\n{self.text()}"
        code = self.process.wait(PATIENCE)
        while self._master >= 0 and select.select([self._master], [], [], 0)[0]:
            self._read()
        return code

    # What is done

    def send(self, keys: str | bytes) -> None:
        """Type something; what the program writes meanwhile is read, as it may wait for that."""
        left = keys.encode() if isinstance(keys, str) else keys
        os.set_blocking(self._master, False)
        while left:
            readable, writable, _ = select.select([self._master], [self._master], [], PATIENCE)
            assert readable or writable, "the program reads no keys"
            if readable:
                self._read()
            if writable:
                with contextlib.suppress(BlockingIOError):
                    left = left[os.write(self._master, left) :]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen.resize(rows, columns)

    def close(self) -> None:
        """Close the terminal, as when its window is closed or the network fails."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def _pump(self, seconds: float, descriptor: int | None = None, *, reading: bool = True) -> bool:
        """Read what there is, waiting for it; return whether the program goes on."""
        watched = [self._life, *([descriptor] if descriptor is not None else [])]
        if reading and self._master >= 0:
            watched.append(self._master)
        ready = select.select(watched, [], [], max(seconds, 0))[0]
        if self._master in ready:
            self._read()
            return True
        return self._life not in ready

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._master, 65536)
            self.output += data
            for question, answer in self._answers.items():
                if question in data:
                    os.write(self._master, answer)
