"""What a file is, told by its content: its format and its character encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Final

from msgspec import Struct

from sent_tui.errors import UsageError


class Format(StrEnum):
    """The formats that contacts are read from and written to."""

    CSV = "csv"
    VCARD = "vcf"
    JSONL = "jsonl"

    @property
    def label(self) -> str:
        """The name of the format."""
        return {Format.CSV: "CSV", Format.VCARD: "vCard", Format.JSONL: "JSON Lines"}[self]


SUFFIXES: Final = {
    ".csv": Format.CSV,
    ".vcf": Format.VCARD,
    ".vcard": Format.VCARD,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
}
"""The formats by the ends of file names."""

_BEGIN_CARD: Final = re.compile(r"BEGIN\s*:\s*VCARD", re.IGNORECASE)
_ESCAPED: Final = re.compile("[\udc80-\udcff]")
_REPLACED: Final = re.compile("\ufffd")
_LINES_LOOKED_AT: Final = 20
_SAMPLE: Final = 65_536
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Encoding(Struct, frozen=True):
    """How bytes are characters."""

    name: str
    """As Python's codecs name it."""
    mark: int = 0
    """Bytes of the byte order mark at the start."""

    @property
    def errors(self) -> str:
        """How bytes that mean nothing are carried along until their line is reported."""
        return "replace" if self.name.startswith("utf-16") else "surrogateescape"

    @property
    def unreadable(self) -> re.Pattern[str]:
        """What stands in the text where bytes meant nothing."""
        return _REPLACED if self.name.startswith("utf-16") else _ESCAPED


def detect_format(data: bytes) -> Format:
    """Return the format of a file from its beginning, whatever its name is."""
    sample = data[:_SAMPLE]
    encoding = detect_encoding([sample])
    text = sample[encoding.mark :].decode(encoding.name, encoding.errors)
    lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()][:_LINES_LOOKED_AT]
    if any(_BEGIN_CARD.fullmatch(line) for line in lines):
        return Format.VCARD
    objects = sum(line.startswith("{") for line in lines)
    is_array = bool(lines) and lines[0].startswith("[")
    return Format.JSONL if is_array or 0 < len(lines) <= 2 * objects else Format.CSV


def format_of(path: Path) -> Format:
    """Return the format of a file to be written by its name; raises UsageError when the name says none."""
    wanted = SUFFIXES.get(path.suffix.casefold())
    if wanted is None:
        raise UsageError(
            "The format is not clear",
            f"The name {path.name} does not say which format to write.",
            f"End it with one of {', '.join(SUFFIXES)}, or choose a format.",
        )
    return wanted


def detect_encoding(chunks: Iterable[bytes]) -> Encoding:
    """Return the encoding of a file from all of its bytes.

    A byte order mark decides. Without one it is UTF-8, also when a few lines are not; a file whose bytes beyond
    ASCII are mostly no UTF-8 is read as Windows-1252, which is what spreadsheets write in Western countries.
    """
    rest = iter(chunks)
    first = next(rest, b"")
    marked = _by_first_bytes(first)
    if marked is not None:
        return marked
    decoder = codecs.getincrementaldecoder("utf-8")()
    beyond_ascii = False
    previous = b""
    for chunk in chain((first,), rest, (b"",)):
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            return Encoding("utf-8" if beyond_ascii or _mostly_utf8(chunk or previous) else "cp1252")
        beyond_ascii = beyond_ascii or not previous.isascii()
        previous = chunk
    return Encoding("utf-8")


def _by_first_bytes(first: bytes) -> Encoding | None:
    for mark, name in _MARKS:
        if first.startswith(mark):
            return Encoding(name, len(mark))
    start = first[:64]
    if len(start) >= len("\r\n".encode("utf-16-le")):
        # Without a mark, UTF-16 shows by its zero bytes: the first line of every table is mostly ASCII.
        if all(start[::2]) and not any(start[1::2]):
            return Encoding("utf-16-le")
        if all(start[1::2]) and not any(start[::2]):
            return Encoding("utf-16-be")
    return None


def _mostly_utf8(chunk: bytes) -> bool:
    text = chunk.decode("utf-8", "surrogateescape")
    bad = len(_ESCAPED.findall(text))
    good = sum(not char.isascii() for char in text) - bad
    return good >= bad
