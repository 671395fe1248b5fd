"""The index file beside a journal: named buffers that are mapped, not read.

It is a cache. A file that is missing, stale, cut or altered is made again from the journal.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from msgspec import Struct

from sent_tui.store.files import open_plain, replace_with

_MAGIC = b"sent-tui index 7\n"
_HEAD = struct.Struct("<17sIQ")
"""Magic, CRC-32 and length of the table of contents, which follows."""
_ALIGNMENT = 8
_VERIFIED_AT_ONCE = 4_000_000
"""Files up to so many bytes are verified when they are opened."""

Buffer = bytes | bytearray | memoryview


class IndexFile(Struct, frozen=True):
    """The contents of an index file."""

    facts: Mapping[str, Any]
    """What was written beside the sections, as JSON values."""
    sections: Mapping[str, memoryview]
    places: Mapping[str, Sequence[int]]
    """Of each section where it begins, how long it is, and its CRC-32."""

    def is_whole(self) -> bool:
        """Return whether all sections are as they were written; looks at every byte."""
        return all(crc32(data) == self.places[name][2] for name, data in self.sections.items())


def index_path(path: Path) -> Path:
    """Return where the index file of a journal lies."""
    return path.with_name(f"{path.name}.index")


def read_index(path: Path) -> IndexFile | None:
    """Return what an index file holds; None for one that is missing or altered."""
    with suppress(OSError, ValueError, KeyError, TypeError, struct.error):
        descriptor = open_plain(path, os.O_RDONLY)
        try:
            mapped = memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))
        finally:
            os.close(descriptor)
        found = _parse(mapped)
        if len(mapped) > _VERIFIED_AT_ONCE or found.is_whole():
            return found
    return None


def _parse(data: memoryview) -> IndexFile:
    magic, crc, length = _HEAD.unpack_from(data)
    contents = bytes(data[_HEAD.size : _HEAD.size + length])
    if magic != _MAGIC or crc32(contents) != crc:
        raise ValueError("altered")
    table = json.loads(contents)
    start = _aligned(_HEAD.size + length)
    places = table["sections"]
    sections = {name: data[start + at : start + at + size] for name, (at, size, _) in places.items()}
    # They lie behind each other: all are there when the last one is.
    at, size, _ = next(reversed(places.values()), (0, 0, 0))
    if start + at + size > len(data):
        raise ValueError("cut")
    return IndexFile(table["facts"], sections, places)


def write_index(path: Path, facts: Mapping[str, Any], sections: Mapping[str, Buffer]) -> None:
    """Put an index file in the place of an earlier one; raises OSError."""
    replace_with(path, _parts(facts, sections))


def _parts(facts: Mapping[str, Any], sections: Mapping[str, Buffer]) -> Iterator[Buffer]:
    at = 0
    table: dict[str, Sequence[int]] = {}
    for name, data in sections.items():
        table[name] = (at, len(data), crc32(data))
        at = _aligned(at + len(data))
    contents = json.dumps({"facts": facts, "sections": table}, separators=(",", ":")).encode()
    yield _HEAD.pack(_MAGIC, crc32(contents), len(contents))
    yield contents
    yield bytes(_aligned(_HEAD.size + len(contents)) - _HEAD.size - len(contents))
    for data in sections.values():
        yield data
        yield bytes(_aligned(len(data)) - len(data))


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
