"""What commands print: data on stdout, talk on stderr, and nothing that a terminal obeys."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

from sent_tui.core.text import display

LINE = 2_000
"""Characters of a line that are printed at most."""
BLOCK = 10_000
"""The same of a text with lines of its own."""
CELL = 60
"""Characters of a cell of a table; the last column may be longer."""
GAP = "  "


class ReaderGoneError(Exception):
    """Whoever read the output has gone: no error, but the end."""


def say(text: str = "") -> None:
    """Print a line as data."""
    _write(sys.stdout, f"{display(text, LINE)}\n")


def say_lines(text: str) -> None:
    """Print a text with its own line breaks as data."""
    _write(sys.stdout, f"{display(text, BLOCK, lines=True)}\n")


def note(text: str) -> None:
    """Print a line for the person who watches."""
    _write(sys.stderr, f"{display(text, LINE)}\n")


def note_lines(text: str) -> None:
    """Print a text with its own line breaks for the person who watches."""
    _write(sys.stderr, f"{display(text, BLOCK, lines=True)}\n")


def say_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line."""
    _write(sys.stdout, _json_line(value))


def say_json_lines(values: Iterable[Mapping[str, Any]]) -> None:
    """Print many JSON objects, each on one line."""
    for value in values:
        _write(sys.stdout, _json_line(value), flush=False)
    _write(sys.stdout, "")


def say_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows in columns under their heads; on a terminal, the last column ends where the line does."""
    cells = [[display(cell, CELL) for cell in row[:-1]] + [display(row[-1])] for row in rows]
    if not cells:
        return
    lines = [list(heads), *cells]
    widths = [max(width(line[column]) for line in lines) for column in range(len(heads) - 1)]
    room = _columns() - sum(widths) - len(GAP) * len(widths)
    for line in lines:
        padded = (pad(cell, wide) for cell, wide in zip(line, widths, strict=False))
        last = display(line[-1], max(8, room)) if room < width(line[-1]) else line[-1]
        _write(sys.stdout, GAP.join((*padded, last)).rstrip() + "\n", flush=False)
    _write(sys.stdout, "")


def say_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print names and values in two columns; one without a value is left out."""
    known = [(name, value) for name, value in facts if value]
    wide = max((width(name) for name, _ in known), default=0)
    for name, value in known:
        indent = "\n" + " " * (wide + len(GAP))
        say_lines(f"{pad(name, wide)}{GAP}{indent.join(display(value, BLOCK, lines=True).splitlines())}")


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def pad(text: str, wide: int) -> str:
    """Return a text with spaces after it, up to a width."""
    return text + " " * (wide - width(text))


def percentage(share: float) -> str:
    """Return a share from 0 to 1 as a percentage."""
    return f"{share:.0%}"


def overwrite(line: str) -> None:
    """Show a line on stderr in place of the one before; an empty one wipes it."""
    sys.stderr.write(f"\r{line:<60}" if line else f"\r{'':<60}\r")
    sys.stderr.flush()


@contextmanager
def progress_line(stopped: str = "") -> Iterator[Callable[[str], None] | None]:
    """Give what shows how far something is, on stderr, each line in place of the one before; None if nobody watches.

    The line is wiped at the end. Whoever stops it with Ctrl+C is told `stopped`.
    """
    is_shown = False

    def show(line: str) -> None:
        nonlocal is_shown
        is_shown = True
        overwrite(line)

    def wipe() -> None:
        nonlocal is_shown
        if is_shown:
            overwrite("")
        is_shown = False

    try:
        yield show if is_watched() else None
    except KeyboardInterrupt:
        wipe()
        if stopped:
            note(stopped)
        raise
    finally:
        wipe()


@contextmanager
def indexing_shown() -> Iterator[Callable[[int, int], None] | None]:
    """Give what shows how far the index of a database is, while a person watches."""
    with progress_line() as show:
        if show is None:
            yield None
        else:
            yield lambda done, total: show(f"Making the index of the database: {percentage(done / max(1, total))}")


def is_watched() -> bool:
    """Return whether a person watches stderr."""
    return sys.stderr is not None and sys.stderr.isatty()


def _width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _columns() -> int:
    if sys.stdout is not None and sys.stdout.isatty():
        from shutil import get_terminal_size

        return get_terminal_size().columns
    return LINE


def _json_line(value: Mapping[str, Any]) -> str:
    import json

    # Escaped beyond ASCII: any terminal shows it, any encoding holds it, and every JSON reader gives the text back.
    return json.dumps(value, ensure_ascii=True) + "\n"


def _write(stream: IO[str] | None, text: str, *, flush: bool = True) -> None:
    if stream is None:
        # The program was started with this stream closed.
        return
    try:
        stream.write(text)
        if flush:
            stream.flush()
    except BrokenPipeError:
        raise ReaderGoneError from None
