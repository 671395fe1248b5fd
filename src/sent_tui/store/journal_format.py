"""The lines of a journal, and how they are told from damage.

A journal is a text file of JSON lines. The first line is the header; then come batches, each closed by a commit line:

    {"journal":"sent-tui","schema":2,"generation":"5f1c…","crc":"0c1d2e3f"}
    {"t":"contacts","i":1,"d":{"name":"Ada"}}       a document is put, in place of an earlier one
    {"t":"contacts","i":1}                           a document is taken out
    {"t":"notes"}                                    a table is made
    {"t":"notes","drop":true}                        a table is taken out with its documents
    {"commit":"1a2b3c4d","after":"0c1d2e3f","n":4}   so many lines belong together

The commit is the CRC-32 of the batch byte by byte, begun with the CRC of the commit before it (`after`; at first that
of the header). So a batch counts as a whole or not at all, and a lost or exchanged one is noticed. A batch that was
cut short is never overwritten: the next one begins with `{"void":[OFFSET,LENGTH]}`, which says what does not count.

Blank lines at the end are room for the next batches: a file that does not grow with each batch is on the disk sooner.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn
from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

SCHEMA = 2
"""The version of the files that are written. A file with a higher one is only read."""

Document = dict[str, Any]
"""A JSON object."""

_HEADER = re.compile(
    rb'(\{"journal":"sent-tui","schema":([1-9][0-9]{0,8}),"generation":"([0-9a-f]{16})"'
    rb'(?:,"of":"([0-9a-f]{16}-[0-9]{1,18})")?),"crc":"([0-9a-f]{8})"\}\n'
)
_COMMIT = re.compile(rb'\{"commit":"([0-9a-f]{8})","after":"([0-9a-f]{8})","n":([1-9][0-9]{0,8})\}')
_VOID = re.compile(rb'(?m)^\{"void":\[([0-9]{1,18}),([0-9]{1,18})\]\}$')
_COMMIT_START = b'\n{"commit":'
HEADER_LIMIT = 256
"""A header is shorter than this, in bytes."""
LAST_ID = 2**63 - 1
"""The highest number that a document can have."""


class Header(Struct, frozen=True):
    """The first line of a journal."""

    schema: int
    generation: str
    """Which file this is: 16 hexadecimal digits, new for each file that is written as a whole."""
    source: str
    """The generation and the length of the file that this one was made of, when it holds the same; else empty."""
    crc: int
    length: int
    """Bytes, the line feed included."""


class Location(NamedTuple):
    """Where the line of a document stands."""

    offset: int
    length: int
    """Bytes, without the line feed."""
    crc: int
    """CRC-32 of the line."""


NOWHERE = Location(0, 0, 0)
"""Where the line of no document stands."""


class Written(NamedTuple):
    """A document whose text is known."""

    text: bytes
    """As `json_bytes` writes it."""
    found_by: Document
    """The fields by which it is found: its keys, and those that tell its groups and its time."""


class Record(NamedTuple):
    """One change. Without a number it makes a table, or takes it out where `is_drop`."""

    table: str
    doc_id: int | None
    document: Document | None
    """None takes the document out. Of one that was put as `Written`, only what it is found by."""
    location: Location
    is_drop: bool = False
    removed: Document | None = None
    """What was taken out, or stood there with other keys, where that is known."""


class Batch(Struct, frozen=True):
    """A batch that is whole."""

    start: int
    end: int
    crc: int
    """What the CRC of the next one begins with."""
    after: int
    """What its own CRC began with."""
    data: bytes
    """Its lines, without the commit line."""

    def records(self) -> Iterator[Record]:
        """Go through its changes; raises ValueError for a line that is none."""
        at = 0
        for line in self.data.split(b"\n")[:-1]:
            if not line.startswith(b'{"void":'):
                yield record_from(line, self.start + at)
            at += len(line) + 1


class Damage(Struct, frozen=True):
    """Bytes that are no whole batch."""

    start: int
    end: int
    reason: str
    is_tail: bool = False
    """Whether nothing follows: perhaps a batch that is being written, or that was cut short."""


def header_line(generation: str, *, source: str = "", schema: int = SCHEMA) -> bytes:
    """Return the first line of a journal; `source` is as in `Header`."""
    start = b'{"journal":"sent-tui","schema":%d,"generation":"%s"' % (schema, generation.encode("ascii"))
    if source:
        start += b',"of":"%s"' % source.encode("ascii")
    return b'%s,"crc":"%08x"}\n' % (start, crc32(start))


def read_header(data: bytes) -> Header:
    """Return the header at the beginning of a file; raises ValueError, which says what is wrong with it."""
    if not data:
        raise ValueError("it is empty")
    match = _HEADER.match(data)
    if match is None and data.startswith(b'{"schema":1,"sha256":'):
        raise ValueError("an early sent-tui wrote it; `sent-tui db import` takes it over into a new file")
    if match is None:
        raise ValueError("it does not begin as a sent-tui database does")
    crc = int(match[5], 16)
    if crc32(match[1]) != crc:
        raise ValueError("the checksum of its first line does not fit")
    return Header(int(match[2]), match[3].decode("ascii"), (match[4] or b"").decode("ascii"), crc, match.end())


def put_line(table: str, doc_id: int, document: Document | Written) -> bytes:
    """Return the line that puts a document; raises ValueError for a number that JSON does not know."""
    text = document.text if isinstance(document, Written) else json_bytes(document)
    return b'%b%d,"d":%b}\n' % (_line_start(table), doc_id, text)


@lru_cache(maxsize=16)
def _line_start(table: str) -> bytes:
    return b'{"t":%b,"i":' % json_bytes(table)


def document_in(line: bytes) -> Document:
    """Return the document that a line puts."""
    document: Document = json.loads(line.decode("utf-8", "surrogatepass"))["d"]
    return document


def remove_line(table: str, doc_id: int) -> bytes:
    """Return the line that takes a document out."""
    return b"%b%d}\n" % (_line_start(table), doc_id)


def table_line(table: str) -> bytes:
    """Return the line that makes a table."""
    return _line({"t": table})


def drop_line(table: str) -> bytes:
    """Return the line that takes a table out."""
    return _line({"t": table, "drop": True})


def void_line(offset: int, length: int) -> bytes:
    """Return the line that says which bytes do not count."""
    return b'{"void":[%d,%d]}\n' % (offset, length)


def closed(lines: Iterable[bytes], after: int) -> tuple[bytes, int]:
    """Return lines as a batch, and its CRC; `after` is the CRC of the batch before."""
    made, crc = list(lines), after
    for line in made:
        crc = crc32(line, crc)
    made.append(b'{"commit":"%08x","after":"%08x","n":%d}\n' % (crc, after, len(made)))
    return b"".join(made), crc


def record_from(line: bytes, offset: int) -> Record:
    """Return the change of a line; raises ValueError."""
    try:
        fields = _decode(line.decode("utf-8", "surrogatepass"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    location = Location(offset, len(line), crc32(line))
    table = fields.get("t") if isinstance(fields, dict) else None
    if not isinstance(table, str):
        raise ValueError("it names no table")  # noqa: TRY004 - the line is wrong, not the caller
    doc_id, document = fields.get("i"), fields.get("d")
    if doc_id is None:
        return Record(table, None, None, location, is_drop=fields.get("drop") is True)
    if isinstance(doc_id, bool) or not isinstance(doc_id, int) or not 0 <= doc_id <= LAST_ID:
        raise ValueError("its number is none")
    if document is not None and not isinstance(document, dict):
        raise ValueError("it holds no document")
    return Record(table, doc_id, document, location)


def batches(data: bytes, offset: int, after: int) -> Iterator[Batch | Damage]:
    """Take apart what stands in a journal from `offset` on; `after` is the CRC of the batch before.

    Bytes that are no whole batch come as damage, and reading goes on behind them.
    """
    at = begin = 0
    is_explained, written = False, len(data.rstrip(b"\n"))
    last = min(written + 1, len(data))
    while at < written:
        commit = data.find(_COMMIT_START, at)
        end = data.find(b"\n", commit + 1) if commit >= 0 else -1
        if end < 0:
            yield Damage(offset + begin, offset + last, "it has no end", is_tail=True)
            return
        batch = _batch(data, at, commit + 1, end, offset)
        if isinstance(batch, Damage):
            # What was cut short may end within a commit line; then what says so stands behind that.
            next_commit = data.find(_COMMIT_START, end)
            resumed = _resumed(data, at, next_commit, offset + begin, offset)
            if resumed is not None:
                at = resumed
                continue
            if next_commit < 0:
                # Perhaps somebody is just about to say that it does not count.
                batch = replace(batch, end=offset + last, is_tail=True)
            batch, is_explained = replace(batch, start=offset + begin), True
        else:
            if batch.after != after and not is_explained:
                yield Damage(batch.start, batch.start, "a batch before this place is missing")
            after, is_explained = batch.crc, False
        yield batch
        at = begin = batch.end - offset


def _batch(data: bytes, at: int, commit: int, end: int, offset: int) -> Batch | Damage:
    body = data[at:commit]
    match = _COMMIT.fullmatch(data, commit, end)
    start, stop = offset + at, offset + end + 1
    if match is None:
        return Damage(start, stop, "its commit line is altered")
    crc, after = int(match[1], 16), int(match[2], 16)
    if crc != crc32(body, after) or int(match[3]) != body.count(b"\n"):
        return Damage(start, stop, "its checksum does not fit")
    return Batch(start, stop, crc, after, body)


def _resumed(data: bytes, at: int, end: int, begin: int, offset: int) -> int | None:
    """Return where behind `at` a batch begins that says that the bytes from `begin` up to it do not count."""
    for match in _VOID.finditer(data, at + 1, len(data) if end < 0 else end):
        if int(match[1]) == begin and int(match[1]) + int(match[2]) == offset + match.start():
            return match.start()
    return None


def _line(fields: Document) -> bytes:
    return json_bytes(fields) + b"\n"


def json_bytes(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return a JSON value as it stands in a journal; raises ValueError for a number that JSON does not know."""
    return _json_text(value).encode("utf-8", "replace")


_json_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}, which is no number")


_decode = json.JSONDecoder(parse_constant=_refuse).decode
