"""What a key sends to the terminal: the real app on 120x40, beside fzf and visidata, in the same run.

`python benchmarks/bytes.py [--contacts N] [--theme NAME] [--keep DIR]` presses one key at a time, waits until nothing
comes any more and counts the bytes. Those for rows whose text or style is another one afterwards are told apart from
all others: the rows have to be sent, the others are what the program spends beside them. So are, for our app, those
for the preview of the contact beside the list. A held key comes as often as keyboards repeat it; what it sends, with
all that comes once it is let go, is told for each time it came. The medians are printed, and how many times the bytes
of each peer ours are. fzf (`--exact`) and visidata have the same contacts, as lines or as
CSV, and are left out where they are not installed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyte

from databases import database, keep_option, kept, tables
from terminal import COLUMNS, PATIENCE, ROWS, Piece, Program

SENT_TUI = str(Path(sys.executable).with_name("sent-tui"))
QUIET = 0.6
"""Seconds of silence after which nothing more comes of a key."""
LOADED, LOADING = 3.0, 10.0
"""Seconds of silence after which a program has loaded everything, and seconds after which it is not waited for."""
IDLE = 10.0
"""Seconds for which nothing is pressed."""
MOVES = 15
REPEATED = 1 / 30
"""Seconds after which a held key comes again."""
TYPED = "okafor"
_PIECES = re.compile(rb"[^\x1b]+|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[^\x1b]*")
"""Text, or a sequence that says where it stands and in which style."""
_BORDER = "│"
"""Left of our preview."""


@dataclass(frozen=True)
class Case:
    """A program, and the keys of each kind that are pressed in it."""

    name: str
    command: Sequence[str]
    keys: Sequence[tuple[str, bytes]]
    """What a key is counted as, and what is pressed."""
    stdin: Path | None = None


@dataclass
class Sent:
    """The bytes of each key of a kind."""

    all: list[int] = field(default_factory=list)
    beside: list[int] = field(default_factory=list)
    """Those that were not for rows that changed."""
    preview: list[int] = field(default_factory=list)
    """Those that were for our preview."""


def ours(path: Path, theme: str) -> Case:
    """Return our app: moves, a search, and the way into it and back."""
    command = (SENT_TUI, "--db", str(path), "--theme", theme, "--no-mouse")
    moves = [("move", b"j")] * MOVES
    typed = [("type", letter.encode()) for letter in TYPED]
    return Case(
        "sent-tui", command, [*moves, ("held", b"j"), ("focus", b"/"), *typed, ("focus", b"\r"), ("move", b"j")]
    )


def peers(lines: Path, table: Path) -> Iterator[Case]:
    """Yield the peers that are installed, on the contacts as lines and as CSV."""
    typed = [("type", letter.encode()) for letter in TYPED]
    if fzf := shutil.which("fzf"):
        moves = [("move", b"\x1b[A")] * MOVES
        yield Case("fzf", (fzf, "--exact", "--no-mouse"), [*moves, ("held", b"\x1b[A"), *typed], lines)
    if visidata := shutil.which("vd"):
        yield Case("visidata", (visidata, str(table)), [*[("move", b"j")] * MOVES, ("held", b"j")])


def measured(case: Case) -> tuple[dict[str, Sent], int]:
    """Return what each kind of key sent, and what came while nothing was pressed."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    sent: dict[str, Sent] = {}
    with Program(*case.command, stdin=case.stdin) as program:
        first = program.piece(PATIENCE)
        for _, data in ([first] if first else []) + program.until_quiet(LOADED, LOADING):
            stream.feed(data)
        for kind, key in case.keys:
            before = [row(screen, number) for number in range(ROWS)]
            data, times = pressed(program, key, MOVES if kind == "held" else 1)
            border = screen.display[ROWS // 2].find(_BORDER) if case.name == "sent-tui" else -1
            places = list(by_place(data, screen, stream))
            changed = {number for number in range(ROWS) if row(screen, number) != before[number]}
            counts = sent.setdefault(kind, Sent())
            counts.all.append(len(data) // times)
            counts.beside.append(sum(size for number, _, size in places if number not in changed) // times)
            counts.preview.append(sum(size for _, column, size in places if 0 <= border <= column) // times)
        idle = sum(len(data) for _, data in program.until_quiet(IDLE, IDLE))
    return sent, idle


def pressed(program: Program, key: bytes, most: int) -> tuple[bytes, int]:
    """Return all that comes of a key, once or held, and how often it came."""
    pieces: list[Piece] = []
    for _ in range(most - 1):
        program.press(key)
        pieces += program.until_quiet(REPEATED, REPEATED)
    program.press(key)
    pieces += program.until_quiet(QUIET, LOADING)
    return b"".join(data for _, data in pieces), most


def row(screen: pyte.Screen, number: int) -> tuple[object, ...]:
    """Return what a row shows, with its styles."""
    return tuple(screen.buffer[number][column] for column in range(COLUMNS))


def by_place(data: bytes, screen: pyte.Screen, stream: pyte.ByteStream) -> Iterator[tuple[int, int, int]]:
    """Feed a screen, and yield row, column and bytes of each piece of text, with the sequences before it."""
    waiting = 0
    for piece in _PIECES.findall(data):
        at = screen.cursor.y, screen.cursor.x
        stream.feed(piece)
        waiting += len(piece)
        if not piece.startswith(b"\x1b"):
            yield *at, waiting
            waiting = 0
    yield screen.cursor.y, screen.cursor.x, waiting


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--theme", default="dark")
    keep_option(parser)
    options = parser.parse_args()
    with kept(options.keep) as folder:
        own_case = ours(database(folder, options.contacts), options.theme)
        cases = (own_case, *peers(*tables(folder, options.contacts)))
        results = {case.name: measured(case) for case in cases}
    own = results["sent-tui"][0]
    for name, (sent, idle) in results.items():
        for kind, counts in sent.items():
            size, beside = statistics.median(counts.all), statistics.median(counts.beside)
            ratio = (
                f"  ours are {statistics.median(own[kind].all) / size:.2f} times as many" if name != "sent-tui" else ""
            )
            preview = statistics.median(counts.preview)
            parts = f", {preview:5,.0f} of them for the preview" if name == "sent-tui" else ""
            print(f"{name:<10} {kind:<6} {size:7,.0f} bytes, {beside:6,.0f} beside the rows that changed{parts}{ratio}")
        print(f"{name:<10} idle   {idle:7,} bytes in {IDLE:.0f} s")


if __name__ == "__main__":
    main()
