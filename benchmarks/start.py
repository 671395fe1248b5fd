"""How long it takes until something is there, beside the least that Python and Textual take, in the same run.

`python benchmarks/start.py [RUNS] [--contacts 1000,100000] [--visidata PATH]` prints medians in milliseconds, and
ratios. A list counts as painted when its first contact's name has come out of the pseudo-terminal. For each number of
contacts a database is made once, and visidata, where there is one, opens the same contacts as a CSV file.
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import os
import pty
import select
import shutil
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

from population import contacts
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

LIST = "first painted list"
PEERS = {
    "sent-tui phone": ("python -c pass",),
    LIST: ("import textual.app", "minimal Textual app"),
}
"""What each figure is compared with."""
SEED = 1
SHOWN = 12
"""Characters of a name that every column has room for."""
Case = Callable[[], float]


def whole_command(*command: str) -> float:
    """Return the seconds that a command takes from its start to its end."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def first_paint(*command: str, name: bytes = FIRST_NAME) -> float:
    """Return the seconds until a name is on a terminal."""
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(command[0], command)  # noqa: S606 - a shell would be measured as well
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    seen = b""
    try:
        while name not in seen:
            if not select.select([terminal], [], [], PATIENCE)[0]:
                raise TimeoutError("the contact list was never painted")
            seen += os.read(terminal, 65536)
        return time.perf_counter() - began
    finally:
        os.kill(pid, signal.SIGTERM)
        os.close(terminal)
        os.waitpid(pid, 0)


def filled(folder: Path, count: int, visidata: str | None) -> dict[str, Case]:
    """Make a database of some contacts, and a file of the same ones, and return what is measured on them."""
    database, table = folder / f"{count}.db", folder / f"{count}.csv"
    repository = TinyDBRepository(database)
    repository.add(contacts(count, SEED))
    rows = repository.page().rows
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "number", "region", "whatsapp", "sms", "default", "last"))
        for row in rows:
            writer.writerow((row.name, row.international, row.region, row.whatsapp, row.sms, row.default, row.last_at))
    name = rows[0].name[:SHOWN].encode()
    repository.close()
    ours, theirs = f"{LIST}, {count:,}", f"visidata, {count:,}"
    cases: dict[str, Case] = {ours: lambda: first_paint(SENT_TUI, "--db", str(database), name=name)}
    PEERS[ours] = ("minimal Textual app",)
    if visidata:
        cases[theirs] = lambda: first_paint(visidata, str(table), name=name)
        PEERS[ours] += (theirs,)
    return cases


def wanted() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description="Measure how long it takes until something is there.")
    parser.add_argument("runs", nargs="?", type=int, default=11, help="how often each is measured")
    parser.add_argument("--contacts", default="", help="sizes of databases to open as well: 1000,100000")
    parser.add_argument("--visidata", default=shutil.which("vd"), help="the visidata to compare with")
    return parser.parse_args()


def main() -> None:
    """Measure each in turn, several times over, and print the medians."""
    options = wanted()
    sizes = [int(size) for size in options.contacts.split(",") if size]
    if sizes and not options.visidata:
        print("visidata is left out: there is no `vd` on the PATH, and --visidata names none.")
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "contacts.db"
        fill_demo(TinyDBRepository(database), datetime.now(UTC))
        cases: dict[str, Case] = {
            "python -c pass": lambda: whole_command(sys.executable, "-c", "pass"),
            "sent-tui phone": lambda: whole_command(SENT_TUI, "phone", "+14155550123"),
            "import textual.app": lambda: whole_command(sys.executable, "-c", "import textual.app"),
            "minimal Textual app": lambda: first_paint(sys.executable, "-c", MINIMAL),
            LIST: lambda: first_paint(SENT_TUI, "--db", str(database)),
        }
        for size in sizes:
            cases |= filled(Path(folder), size, options.visidata)
        times: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(options.runs):
            for name, case in cases.items():
                times[name].append(case())
    medians = {name: statistics.median(values) * 1000 for name, values in times.items()}
    print(f"{'median of ' + str(options.runs):<30}{'ms':>8}   ratio")
    for name, value in medians.items():
        ratios = (f"{value / medians[peer]:.2f} x {peer}" for peer in PEERS.get(name, ()))
        print(f"{name:<30}{value:>8.0f}   {', '.join(ratios)}".rstrip())


if __name__ == "__main__":
    main()
