"""How long it takes until something is there, beside the least that Python and Textual take, in the same run.

`python benchmarks/start.py [RUNS]` prints medians in milliseconds and ratios. The contact list counts as painted when
the first contact's name has come out of the pseudo-terminal.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sent_tui.services.demo import fill_demo
from sent_tui.store.tinydb import TinyDBRepository

SENT_TUI = str(Path(sys.executable).with_name("sent-tui"))
FIRST_NAME = b"Ada Okafor"
ROWS, COLUMNS = 36, 120
PATIENCE = 60.0
MINIMAL = f"""
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("{FIRST_NAME.decode()}")
Minimal().run()
"""
"""The least that a Textual app does before it shows a word."""

PEERS = {
    "sent-tui phone": ("python -c pass",),
    "first painted list": ("import textual.app", "minimal Textual app"),
}
"""What each figure is compared with."""


def whole_command(*command: str) -> float:
    """Return the seconds that a command takes from its start to its end."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def first_paint(*command: str) -> float:
    """Return the seconds until the first contact is on a terminal."""
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(command[0], command)  # noqa: S606 - a shell would be measured as well
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    seen = b""
    try:
        while FIRST_NAME not in seen:
            if not select.select([terminal], [], [], PATIENCE)[0]:
                raise TimeoutError("the contact list was never painted")
            seen += os.read(terminal, 65536)
        return time.perf_counter() - began
    finally:
        os.kill(pid, signal.SIGTERM)
        os.close(terminal)
        os.waitpid(pid, 0)


def main() -> None:
    """Measure each in turn, several times over, and print the medians."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "contacts.json"
        fill_demo(TinyDBRepository(database), datetime.now(UTC))
        cases: dict[str, Callable[[], float]] = {
            "python -c pass": lambda: whole_command(sys.executable, "-c", "pass"),
            "sent-tui phone": lambda: whole_command(SENT_TUI, "phone", "+14155550123"),
            "import textual.app": lambda: whole_command(sys.executable, "-c", "import textual.app"),
            "minimal Textual app": lambda: first_paint(sys.executable, "-c", MINIMAL),
            "first painted list": lambda: first_paint(SENT_TUI, "--db", str(database)),
        }
        times: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(runs):
            for name, case in cases.items():
                times[name].append(case())
    medians = {name: statistics.median(values) * 1000 for name, values in times.items()}
    print(f"{'median of ' + str(runs):<22}{'ms':>8}   ratio")
    for name, value in medians.items():
        ratios = (f"{value / medians[peer]:.1f} x {peer}" for peer in PEERS.get(name, ()))
        print(f"{name:<22}{value:>8.0f}   {', '.join(ratios)}".rstrip())


if __name__ == "__main__":
    main()
