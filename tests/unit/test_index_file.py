"""The index file: what is written comes back, and whatever is altered is not used."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sent_tui.store import index_file
from sent_tui.store.index_file import Buffer, read_index, write_index

FACTS = {"generation": "0123456789abcdef", "end": 7, "last_ids": {"contacts": 3}}
SECTIONS: dict[str, Buffer] = {"a": b"12345", "empty": b"", "b/c": bytearray(range(9)), "d": memoryview(b"ABCDEFGH")}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sent.db.index"


def contents(path: Path) -> tuple[object, dict[str, bytes]] | None:
    found = read_index(path)
    return None if found is None else (found.facts, {name: bytes(data) for name, data in found.sections.items()})


def test_what_is_written_comes_back(path: Path) -> None:
    write_index(path, FACTS, SECTIONS)
    assert contents(path) == (FACTS, {name: bytes(data) for name, data in SECTIONS.items()})
    found = read_index(path)
    assert found is not None
    assert found.is_whole()
    assert path.stat().st_mode & 0o777 == 0o600
    write_index(path, {}, {})
    assert contents(path) == ({}, {})


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.binary(max_size=40), max_size=5))
def test_any_sections_come_back_on_whole_words(
    tmp_path_factory: pytest.TempPathFactory, sections: dict[str, bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.index"
    write_index(path, FACTS, sections)
    assert contents(path) == (FACTS, sections)
    found = read_index(path)
    assert found is not None
    for name, data in found.sections.items():
        whole = len(sections[name]) // 8 * 8
        assert len(data[:whole].cast("Q")) == whole // 8


def test_what_is_missing_or_none_is_not_used(path: Path) -> None:
    assert read_index(path) is None
    for data in (b"", b"x", b"sent-tui index 7\n", b"\0" * 100, b"sent-tui index 4\n" + b"\0" * 100):
        path.write_bytes(data)
        assert read_index(path) is None
    path.unlink()
    path.mkdir()
    assert read_index(path) is None


@pytest.mark.parametrize("last", [{}, {"e": b""}])
@pytest.mark.parametrize("verified", [0, 4_000_000])
def test_a_cut_file_is_not_used(
    path: Path, last: dict[str, Buffer], verified: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_file, "_VERIFIED_AT_ONCE", verified)
    sections = SECTIONS | last
    write_index(path, FACTS, sections)
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert contents(path) in (None, (FACTS, {name: bytes(part) for name, part in sections.items()}))
        assert length > len(data) - 8 or read_index(path) is None


def test_a_flipped_bit_is_noticed_or_stands_where_nothing_is(path: Path) -> None:
    write_index(path, FACTS, SECTIONS)
    data, wanted = path.read_bytes(), contents(path)
    harmless = 0
    for place in range(8 * len(data)):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        found = contents(path)
        assert found in (None, wanted)
        harmless += found is not None
    assert harmless <= 8 * 7 * (len(SECTIONS) + 1)


def test_a_large_file_is_not_looked_through(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_file, "_VERIFIED_AT_ONCE", 10)
    write_index(path, FACTS, SECTIONS)
    path.write_bytes(path.read_bytes().replace(b"ABCDEFGH", b"ABCDEFGI"))
    found = read_index(path)
    assert found is not None
    assert not found.is_whole()


@pytest.mark.parametrize(
    "table",
    [
        [],
        {},
        {"facts": {}},
        {"facts": {}, "sections": {"a": 7}},
        {"facts": {}, "sections": {"a": [0, 1]}},
        {"facts": {}, "sections": {"a": ["0", "1", 0]}},
        {"facts": {}, "sections": {"a": [0, 999, 0]}},
    ],
)
def test_an_odd_table_of_contents_is_not_used(path: Path, table: object) -> None:
    contents_ = json.dumps(table).encode()
    path.write_bytes(struct.pack("<17sIQ", b"sent-tui index 7\n", crc32(contents_), len(contents_)) + contents_)
    assert read_index(path) is None


def test_what_was_mapped_outlives_its_file(path: Path) -> None:
    write_index(path, FACTS, SECTIONS)
    found = read_index(path)
    assert found is not None
    write_index(path, FACTS, {"a": b"other"})
    path.unlink()
    assert bytes(found.sections["a"]) == b"12345"
