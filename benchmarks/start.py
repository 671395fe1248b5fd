"""How long it takes until something is there, beside the least that Python and Textual take, in the same run.

`python benchmarks/start.py [RUNS] [--contacts 1000,100000] [--visidata PATH] [--keep DIR]` prints
medians in milliseconds, and ratios. A list counts as painted when its first contact's name has come out of the
pseudo-terminal. For each number of contacts a database is made once, and visidata, where there is one, opens the same
contacts as a CSV file.
"""

from __future__ import annotations

import argparse
import compileall
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sent_tui
from databases import database, keep_option, kept, sizes, tables
from sent_tui.services.demo import fill_demo
from sent_tui.store.tinydb import TinyDBRepository
from terminal import Program

SENT_TUI = str(Path(sys.executable).with_name("sent-tui"))
FIRST_NAME = b"Ada Okafor"
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
    with Program(*command) as program:
        return program.until(name) - program.began


def filled(folder: Path, count: int, visidata: str | None) -> dict[str, Case]:
    """Make a database of some contacts, and a file of the same ones, and return what is measured on them."""
    path = database(folder, count)
    _, table = tables(folder, count)
    repository = TinyDBRepository(path, read_only=True)
    rows = repository.page(limit=1).rows
    name = rows[0].name[:SHOWN].encode()
    repository.close()
    ours, theirs = f"{LIST}, {count:,}", f"visidata, {count:,}"
    cases: dict[str, Case] = {ours: lambda: first_paint(SENT_TUI, "--db", str(path), name=name)}
    PEERS[ours] = ("minimal Textual app",)
    if visidata:
        cases[theirs] = lambda: first_paint(visidata, str(table), name=name)
        PEERS[ours] += (theirs,)
    return cases


def wanted() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description="Measure how long it takes until something is there.")
    parser.add_argument("runs", nargs="?", type=int, default=11, help="how often each is measured")
    parser.add_argument("--contacts", type=sizes, default=[], help="sizes of databases to open as well: 1000,100000")
    parser.add_argument("--visidata", default=shutil.which("vd"), help="the visidata to compare with")
    keep_option(parser)
    return parser.parse_args()


def main() -> None:
    """Measure each in turn, several times over, and print the medians."""
    options = wanted()
    if options.contacts and not options.visidata:
        print("visidata is left out: there is no `vd` on the PATH, and --visidata names none.")
    # As an installed program is; where Python may not write it, each start would compile everything anew.
    compileall.compile_dir(Path(sent_tui.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory() as folder, kept(options.keep) as keep:
        demo = Path(folder) / "contacts.db"
        fill_demo(TinyDBRepository(demo), datetime.now(UTC))
        cases: dict[str, Case] = {
            "python -c pass": lambda: whole_command(sys.executable, "-c", "pass"),
            "sent-tui phone": lambda: whole_command(SENT_TUI, "phone", "+14155550123"),
            "import textual.app": lambda: whole_command(sys.executable, "-c", "import textual.app"),
            "minimal Textual app": lambda: first_paint(sys.executable, "-c", MINIMAL),
            LIST: lambda: first_paint(SENT_TUI, "--db", str(demo)),
        }
        for size in options.contacts:
            cases |= filled(keep, size, options.visidata)
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
