"""How soon a key shows: the real app on a terminal of 120x40, beside fzf, visidata and lnav, in the same run.

`python benchmarks/keystrokes.py [--sizes 100000,1000000] [--runs N] [--keep DIR]` presses one key at a time, waits
until nothing comes any more, and then finds out when the rows on the screen (with what was typed, the cursor and the
chosen filter) first were what they are in the end: `shown`. The burst ends with the last bytes before 15 ms of silence
after that. Counts of filters may come later; their bytes are counted as well.

The rows that our list shows for a search are compared with those that the repository gives. fzf (`--exact`), visidata
and lnav have the same contacts as lines or as CSV; visidata and lnav are waited for until they have loaded it all.
"""

from __future__ import annotations

import argparse
import math
import shutil
import statistics
import sys
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyte

from databases import database, keep_option, kept, sizes, tables
from sent_tui.core.search import containing
from sent_tui.store.tinydb import TinyDBRepository
from terminal import COLUMNS, PATIENCE, ROWS, Program

SENT_TUI = str(Path(sys.executable).with_name("sent-tui"))
SEARCHES = ("garcia", "okafor")
END = 0.015
"""Seconds of silence that end a burst."""
QUIET = 0.4
"""Seconds of silence after which nothing more comes of a key."""
LOADED = 3.0
"""Seconds of silence after which a program has loaded everything."""
LOADING = 8.0
"""Seconds after which nobody waits for silence any more: some programs show a clock."""
CLEAR, ENTER, PAGE_DOWN = b"\x15", b"\r", b"\x1b[6~"
MOVES = 10
NAME = slice(2, 14)
"""Where a name stands in a row of our list, as far as every column has room for it."""
LIST = slice(4, 39)
LEFT = 34
"""Columns of the cursor, the name and the number."""


@dataclass(frozen=True)
class Key:
    """A key, what it is counted as (nothing: it is not), and what it has to show."""

    keys: bytes
    kind: str = ""
    shows: Callable[[pyte.Screen], bool] = lambda screen: True


@dataclass
class Times:
    """What one kind of key took, in milliseconds, and its bytes."""

    shown: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    size: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """A program, and what is pressed in it."""

    name: str
    command: Sequence[str]
    keys: Sequence[Key]
    rows: Callable[[pyte.Screen], Hashable]
    """What of the screen has to be there before a key counts as shown."""
    stdin: Path | None = None


def our_rows(screen: pyte.Screen) -> Hashable:
    """Return title, search, filter, cursor, names and numbers of our list; title, name and number of a contact."""
    lines = screen.display
    if lines[0].split()[1:2] == ["Contact"]:
        return tuple(line[:LEFT] for line in lines[:4])
    chosen = "".join(cell.data for _, cell in sorted(screen.buffer[2].items()) if cell.underscore)
    return lines[0][:30], lines[1], chosen, tuple(line[:LEFT] for line in lines[LIST])


def fzf_rows(screen: pyte.Screen) -> Hashable:
    """Return the lines and the prompt of fzf, without its counter."""
    return tuple(screen.display[: ROWS - 2]), screen.display[ROWS - 1]


def table_rows(screen: pyte.Screen) -> Hashable:
    """Return the rows of a table, with how they are marked, without the lines of status around them."""
    return tuple(
        tuple((screen.buffer[y][x].data, screen.buffer[y][x].reverse, screen.buffer[y][x].bg) for x in range(LEFT))
        for y in range(2, ROWS - 4)
    )


def measured(case: Case, times: dict[str, Times]) -> None:
    """Press every key of a case once."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    with Program(*case.command, stdin=case.stdin) as program:
        first = program.piece(PATIENCE)
        for _, data in ([first] if first else []) + program.until_quiet(LOADED, LOADING):
            stream.feed(data)
        for key in case.keys:
            began = program.press(key.keys)
            pieces = program.until_quiet(QUIET, LOADING)
            states = []
            for at, data in pieces:
                stream.feed(data)
                states.append((at, case.rows(screen)))
            if not key.kind:
                continue
            if not states or not key.shows(screen):
                raise RuntimeError(f"{case.name}: {key.kind} {key.keys!r} shows\n" + "\n".join(screen.display))
            place = next(place for place, (_, state) in enumerate(states) if state == states[-1][1])
            last = place
            while last + 1 < len(pieces) and pieces[last + 1][0] - pieces[last][0] < END:
                last += 1
            known = times.setdefault(key.kind, Times())
            known.shown.append((states[place][0] - began) * 1000)
            known.ended.append((pieces[last][0] - began) * 1000)
            known.size.append(sum(len(data) for _, data in pieces))


def typed(searches: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each key of some searches, and what stands in the field after it."""
    for search in searches:
        yield from ((search[at], search[: at + 1]) for at in range(len(search)))


def our_keys(searches: Sequence[str], expected: dict[str, list[str]]) -> Iterator[Key]:
    """Yield what is pressed in our app."""

    def shows(text: str) -> Callable[[pyte.Screen], bool]:
        return lambda screen: expected[text] == [line[NAME].strip() for line in screen.display[LIST]]

    def titled(title: str) -> Callable[[pyte.Screen], bool]:
        return lambda screen: screen.display[0].split()[1] == title

    for search in searches:
        yield Key(b"/")
        for letter, text in typed([search]):
            yield Key(letter.encode(), "search character", shows(text))
        yield from (Key(CLEAR), Key(ENTER), Key(b"g"))
    yield from (Key(b"j", "cursor down") for _ in range(MOVES))
    yield from (Key(PAGE_DOWN, "page down") for _ in range(MOVES))
    for _ in range(MOVES // 2):
        yield Key(ENTER, "open detail", titled("Contact"))
        yield Key(b"h", "back to the list", titled("Contacts"))
        yield Key(b"j")
    yield Key(b"g")
    for number in "2345612":
        yield Key(number.encode(), "switch filter")
    yield Key(b"1")


def fzf_keys(searches: Sequence[str]) -> Iterator[Key]:
    """Yield what is pressed in fzf."""
    for search in searches:
        yield from (Key(letter.encode(), "search character") for letter, _ in typed([search]))
        yield Key(CLEAR)


def moves(page: bytes) -> Iterator[Key]:
    """Yield what is pressed in a table, from its first row on."""
    yield Key(b"g" if page == b" " else b"k")
    yield from (Key(b"j", "cursor down") for _ in range(MOVES))
    yield from (Key(page, "page down") for _ in range(MOVES))


def cases(folder: Path, count: int, visidata: str | None) -> Iterator[Case]:
    """Yield each program with what is pressed; say which are not here."""
    path = database(folder, count)
    lines, table = tables(folder, count)
    repository = TinyDBRepository(path, read_only=True)
    number = next(row for row in repository.page(limit=1000).rows if row.region == "US").e164
    searches = (*SEARCHES, number[5:9], number[-4:])
    expected = {
        text: [row.name[: NAME.stop - NAME.start].strip() or "no name" for row in repository.answer(query)[:35]]
        for _, text in typed(searches)
        for query in (containing(text, forgiving=True),)
    }
    expected = {text: names + [""] * (35 - len(names)) for text, names in expected.items()}
    repository.close()
    yield Case("sent-tui", (SENT_TUI, "--db", str(path)), tuple(our_keys(searches, expected)), our_rows)
    fzf, lnav = shutil.which("fzf"), shutil.which("lnav")
    if fzf:
        yield Case("fzf", (fzf, "--exact"), tuple(fzf_keys(searches)), fzf_rows, stdin=lines)
    if visidata:
        yield Case("visidata", (visidata, str(table)), tuple(moves(PAGE_DOWN)), table_rows)
    if lnav:
        yield Case("lnav", (lnav, "-N", str(lines)), tuple(moves(b" ")), table_rows)


def line(times: Times) -> str:
    """Return median, 95th percentile and longest of both times, and the median of the bytes."""
    cells = ""
    for values in (sorted(times.shown), sorted(times.ended)):
        high = values[math.ceil(0.95 * len(values)) - 1]
        cells += f"{statistics.median(values):>10.1f}{high:>8.1f}{values[-1]:>8.1f}"
    return f"{cells}{statistics.median(times.size):>9,.0f}{len(times.size):>6}"


def main() -> None:
    """Measure each size and print what each key took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=sizes, default=[100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--visidata", default=shutil.which("vd"), help="the visidata to compare with")
    parser.add_argument("--only", default="", help="one program alone")
    keep_option(parser)
    wanted = parser.parse_args()
    for name, there in (("fzf", shutil.which("fzf")), ("visidata", wanted.visidata), ("lnav", shutil.which("lnav"))):
        if not there:
            print(f"{name} is left out: it is not installed.")
    with kept(wanted.keep) as folder:
        for size in wanted.sizes:
            print(
                f"\n{f'{size:,} contacts, ms':<36}{'shown':>10}{'p95':>8}{'max':>8}{'ended':>10}{'p95':>8}{'max':>8}",
                end="",
            )
            print(f"{'bytes':>9}{'keys':>6}")
            for case in cases(folder, size, wanted.visidata):
                if wanted.only not in case.name:
                    continue
                times: dict[str, Times] = {}
                for _ in range(wanted.runs):
                    measured(case, times)
                for kind, known in times.items():
                    print(f"{f'{case.name}: {kind}':<36}{line(known)}", flush=True)


if __name__ == "__main__":
    main()
