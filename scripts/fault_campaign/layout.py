"""The one place that knows how the database looks on the disk, and which commands look after it."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

DATABASE = "contacts.db"


def is_cache(name: str) -> bool:
    """Return whether a file beside the database can be made anew from it."""
    return name == f"{DATABASE}.index"


def newer_schema(data: bytes) -> bytes:
    """Return a database as a far newer version would write it, its checksums right."""
    try:
        storage = importlib.import_module("sent_tui.store.storage")
        return bytes(storage.pack(storage.unpack(data)[1], schema=999))
    except (ImportError, AttributeError, ValueError):
        return _newer_journal(data)


def _newer_journal(data: bytes) -> bytes:
    """Return a journal with schema 999 in its first line, and with the CRC-32 that the line may carry put right."""
    head, newline, rest = data.partition(b"\n")
    newer = re.sub(rb'("schema":\s*)\d+', rb"\g<1>999", head)
    for written in (b"%d", b"%08x"):
        newer = newer.replace(written % zlib.crc32(head), written % zlib.crc32(newer))
    return newer + newline + rest


def has_commands() -> bool:
    """Return whether there are the commands that look after a database."""
    commands = importlib.import_module("sent_tui.cli.root").COMMANDS
    return "db" in commands


def compact(path: Path) -> None:
    """Compact a database; raises the error that the command would tell."""
    code, said = _command("db", "compact", path)
    if code:
        database_error = importlib.import_module("sent_tui.errors").DatabaseError
        raise database_error("The database could not be compacted", said)


def told_by_check(path: Path) -> str:
    """Return what `db check` finds wrong, in words; empty when it finds nothing or is not there yet."""
    if not has_commands():
        return ""
    code, said = _command("db", "check", path)
    return said or f"exit code {code}" if code or '"ok": false' in said else ""


def _command(group: str, name: str, path: Path) -> tuple[int, str]:
    """Run a command in this process; return its exit code and what it said."""
    root: Callable[..., Any] = importlib.import_module("sent_tui.cli.root").root.main
    said = io.StringIO()
    code = 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            root([group, name, "--db", str(path), "--json"])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
    return code, said.getvalue().strip()


def odd_files(good: bytes) -> dict[str, bytes]:
    """Return files that are no database of ours, by what they are."""
    import gzip
    from random import Random

    first_line = good.partition(b"\n")[0]
    return {
        "empty": b"",
        "newline": b"\n",
        "blank lines": b"\n" * 4096,
        "null": b"null",
        "true": b"true",
        "text": b'"text"',
        "list": b"[]",
        "object": b"{}",
        "object and newline": b"{}\n",
        "lines of objects": b"{}\n" * 50,
        "long number": b"1" * 5000,
        "NaN": b'{"contacts":{"1":{"id":NaN}}}',
        "TinyDB": json.dumps({"contacts": {"1": {"id": "a", "name": "Ada"}}}).encode(),
        "TinyDB, empty": b'{"_default": {}}',
        "NUL": b"\0" * 4096,
        "NULs after it": good + b"\0" * 4096,
        "NULs before it": b"\0" * 512 + good,
        "HTML": b"<!DOCTYPE html><html></html>\n",
        "gzip": gzip.compress(good, mtime=0),
        "SQLite": b"SQLite format 3\0" + b"\0" * 80,
        "vCard": b"BEGIN:VCARD\r\nEND:VCARD\r\n",
        "Latin-1": "Zoë;+1 202 555 0100\n".encode("latin-1"),
        "UTF-16": good.decode().encode("utf-16"),
        "byte order mark": b"\xef\xbb\xbf" + good,
        "Windows line ends": good.replace(b"\n", b"\r\n"),
        "conflict": b"<<<<<<< HEAD\n" + good + b"=======\n>>>>>>> theirs\n",
        "deep list": b"[" * 100_000,
        "deep object": b'{"a":' * 100_000,
        "first line only, altered": first_line[::-1] + b"\n",
        "noise": Random(7).randbytes(4096),
        "noise after it": good + Random(8).randbytes(512) + b"\n",
        "newer schema": newer_schema(good),
    }
