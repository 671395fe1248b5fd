"""What a file is, told by its content: its format and its character encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

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

_LINES_LOOKED_AT: Final = 20
_BEGIN_CARD: Final = re.compile(r"\s*BEGIN\s*:\s*VCARD\s*", re.IGNORECASE)
_SAMPLE: Final = 65_536
_WIDE: Final = ("utf-16-le", "utf-16-be")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes are characters."""

    name: str
    """As Python's codecs name it."""
    skip: int = 0
    """Bytes of the byte order mark at the start."""

    @property
    def errors(self) -> str:
        """How bytes that mean nothing are carried along until their line is reported."""
        return "replace" if self.name in _WIDE else "surrogateescape"

    @property
    def unreadable(self) -> re.Pattern[str]:
        """What stands in the text where bytes meant nothing."""
        return re.compile("\ufffd" if self.name in _WIDE else "[\ud800-\udfff]")


def detect_format(data: bytes) -> Format:
    """Return the format of a file from its beginning, whatever its name is."""
    encoding = detect_encoding([data[:_SAMPLE]])
    text = data[encoding.skip : _SAMPLE].decode(encoding.name, encoding.errors)
    lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()][:_LINES_LOOKED_AT]
    if any(_BEGIN_CARD.fullmatch(line) for line in lines):
        return Format.VCARD
    objects = sum(line.startswith("{") for line in lines)
    arrays = bool(lines) and lines[0].startswith("[")
    return Format.JSONL if arrays or 0 < len(lines) <= 2 * objects else Format.CSV


def format_of(path: Path) -> Format:
    """Return the format that a file to be written has by its name; raises UsageError when it says none."""
    wanted = SUFFIXES.get(path.suffix.casefold())
    if wanted is None:
        raise UsageError(
            "The format is not clear",
            f"The name {path.name} does not say which format to write.",
            f"End it with {', '.join(SUFFIXES)}, or choose a format.",
        )
    return wanted


def detect_encoding(chunks: Iterable[bytes]) -> Encoding:
    """Return the encoding of a file from all of its bytes.

    A byte order mark decides. Without one it is UTF-8, also when a few lines are not; a file whose bytes beyond
    ASCII are mostly no UTF-8 is read as Windows-1252, which is what spreadsheets write in Western countries.
    """
    source = iter(chunks)
    first = next(source, b"")
    marked = _by_mark(first)
    if marked is not None:
        return marked
    decoder = codecs.getincrementaldecoder("utf-8")()
    beyond_ascii = False
    for chunk in (first, *()):
        if not _decodes(decoder, chunk):
            return _of_mixed(chunk, beyond_ascii=False)
        beyond_ascii = not chunk.isascii()
    for chunk in source:
        if not _decodes(decoder, chunk):
            return _of_mixed(chunk, beyond_ascii=beyond_ascii)
        beyond_ascii = beyond_ascii or not chunk.isascii()
    return Encoding("utf-8")
