"""The lines of a journal: what is written comes back, and whatever is altered is noticed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sent_tui.store.journal_format import (
    LAST_ID,
    SCHEMA,
    Batch,
    Damage,
    Document,
    Record,
    batches,
    closed,
    drop_line,
    header_line,
    put_line,
    read_header,
    record_from,
    remove_line,
    table_line,
    void_line,
)

GENERATION = "0123456789abcdef"
HEADER = header_line(GENERATION)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(0, LAST_ID)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS: st.SearchStrategy[Document] = st.dictionaries(TEXT, VALUES, max_size=4)
Change = tuple[str, int | None, Document | None, bool]
CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.tuples(TEXT, NUMBERS, DOCUMENTS, st.just(False)),
    st.tuples(TEXT, NUMBERS, st.none(), st.just(False)),
    st.tuples(TEXT, st.none(), st.none(), st.booleans()),
)


def line_of(change: Change) -> bytes:
    table, doc_id, document, is_drop = change
    if doc_id is None:
        return drop_line(table) if is_drop else table_line(table)
    return remove_line(table, doc_id) if document is None else put_line(table, doc_id, document)


def journal(*groups: Iterable[bytes]) -> bytes:
    """Return a journal of batches."""
    data, crc = HEADER, read_header(HEADER).crc
    for group in groups:
        batch, crc = closed(group, crc)
        data += batch
    return data


def read(data: bytes) -> tuple[list[Record], list[Damage]]:
    """Return the changes of a journal, and what of it is damaged."""
    header = read_header(data)
    records: list[Record] = []
    damages: list[Damage] = []
    for found in batches(data[header.length :], header.length, header.crc):
        if isinstance(found, Batch):
            records += found.records()
        else:
            damages.append(found)
    return records, damages


def names(records: Iterable[Record]) -> list[str]:
    """Return the names in the documents of changes."""
    return [record.document["name"] for record in records if record.document is not None]


def people(*wanted: str) -> list[bytes]:
    return [put_line("people", place, {"name": name}) for place, name in enumerate(wanted, 1)]


SMALL = journal(people("Ada", "Bo"), [*people("Cleo"), remove_line("people", 2)])


class TestRoundTrip:
    @settings(deadline=None)
    @given(st.lists(st.lists(CHANGES, min_size=1, max_size=4), max_size=4))
    def test_changes_come_back(self, groups: list[list[Change]]) -> None:
        data = journal(*([line_of(change) for change in group] for group in groups))
        records, damages = read(data)
        assert damages == []
        assert [(one.table, one.doc_id, one.document, one.is_drop) for one in records] == [
            change for group in groups for change in group
        ]
        for record in records:
            at = record.location
            line = data[at.offset : at.offset + at.length]
            assert crc32(line) == at.crc
            assert record_from(line, at.offset) == record

    @settings(deadline=None)
    @given(st.lists(CHANGES, min_size=1, max_size=4))
    def test_every_line_is_json(self, group: list[Change]) -> None:
        *lines, rest = journal([line_of(change) for change in group]).split(b"\n")
        assert rest == b""
        assert all(isinstance(json.loads(line), dict) for line in lines)
        assert json.loads(lines[-1])["n"] == len(group)

    def test_half_characters_are_mended(self) -> None:
        assert names(read(journal(people("a\ud800b")))[0]) == ["a?b"]

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
    def test_no_number_but_numbers(self, value: float) -> None:
        with pytest.raises(ValueError, match="float"):
            put_line("people", 1, {"cost": value})

    def test_lines_that_do_not_count_are_no_changes(self) -> None:
        data, crc = closed([void_line(3, 4), *people("Ada")], 7)
        (batch,) = batches(data, 0, 7)
        assert isinstance(batch, Batch)
        assert (batch.crc, batch.after, batch.end) == (crc, 7, len(data))
        assert names(batch.records()) == ["Ada"]


class TestHeader:
    @pytest.mark.parametrize("source", ["", f"{GENERATION}-17"])
    @pytest.mark.parametrize("schema", [1, SCHEMA, 999_999_999])
    def test_it_comes_back(self, source: str, schema: int) -> None:
        line = header_line(GENERATION, source=source, schema=schema)
        header = read_header(line + b"anything")
        assert (header.schema, header.generation, header.source) == (schema, GENERATION, source)
        assert header.length == len(line)

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "empty"),
            (b"\n", "does not begin"),
            (b"null\n", "does not begin"),
            (HEADER[:-1], "does not begin"),
            (b" " + HEADER, "does not begin"),
            (b"\xef\xbb\xbf" + HEADER, "does not begin"),
            (HEADER.replace(b'"schema":2', b'"schema":02'), "does not begin"),
            (HEADER.replace(b'"schema":2', b'"schema":0'), "does not begin"),
            (HEADER.replace(b'"schema":2', b'"schema":3'), "checksum"),
            (HEADER.replace(b"cdef", b"cdee"), "checksum"),
            (HEADER.replace(b'","crc', b'","of":"x","crc'), "does not begin"),
            (b'{"schema":1,"sha256":"00","tables":{}}\n', "sent-tui db import"),
            (b'{"_default": {"1": {}}}', "does not begin"),
        ],
    )
    def test_what_is_none_is_told(self, data: bytes, reason: str) -> None:
        with pytest.raises(ValueError, match=reason):
            read_header(data)

    def test_every_flipped_bit_is_noticed(self) -> None:
        for place in range(8 * len(HEADER)):
            with pytest.raises(ValueError, match=r"begin|checksum"):
                read_header(flipped(HEADER, place))


class TestLines:
    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b"", "Expecting"),
            (b"[]", "names no table"),
            (b"7", "names no table"),
            (b"{}", "names no table"),
            (b'{"t":7}', "names no table"),
            (b'{"t":"a","i":"1","d":{}}', "number is none"),
            (b'{"t":"a","i":1.0,"d":{}}', "number is none"),
            (b'{"t":"a","i":true,"d":{}}', "number is none"),
            (b'{"t":"a","i":-1,"d":{}}', "number is none"),
            (b'{"t":"a","i":%d,"d":{}}' % (LAST_ID + 1), "number is none"),
            (b'{"t":"a","i":1,"d":[]}', "no document"),
            (b'{"t":"a","i":1,"d":{"x":NaN}}', "no number"),
            (b'{"t":"a","i":1,"d":{"x":-Infinity}}', "no number"),
            (b'{"t":"a","i":1,"d":' + b"[" * 100_000, "nested"),
            (b'{"t":"a","i":1,"d":{"x":"\xff"}}', "utf-8"),
            (b'{"t":"a","i":' + b"1" * 5000 + b"}", "digits"),
        ],
    )
    def test_what_is_no_change_is_told(self, line: bytes, reason: str) -> None:
        with pytest.raises(ValueError, match=reason):
            record_from(line, 0)

    def test_a_batch_with_a_line_that_is_no_change(self) -> None:
        (batch,) = batches(closed([b"{}\n"], 0)[0], 0, 0)
        assert isinstance(batch, Batch)
        with pytest.raises(ValueError, match="table"):
            list(batch.records())


def flipped(data: bytes, place: int) -> bytes:
    """Return data with another bit at a place."""
    changed = bytearray(data)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


class TestDamage:
    def test_a_cut_is_noticed_or_leaves_whole_batches(self) -> None:
        ends = {len(HEADER): [], len(journal(people("Ada", "Bo"))): ["Ada", "Bo"], len(SMALL): ["Ada", "Bo", "Cleo"]}
        for length in range(len(HEADER), len(SMALL) + 1):
            records, damages = read(SMALL[:length])
            whole = max(end for end in ends if end <= length)
            assert names(records) == ends[whole]
            assert damages == ([] if length in ends else [Damage(whole, length, "it has no end", is_tail=True)])

    def test_every_flipped_bit_is_noticed(self) -> None:
        for place in range(8 * len(HEADER), 8 * len(SMALL)):
            records, damages = read(flipped(SMALL, place))
            assert damages
            assert names(records) in ([], ["Cleo"], ["Ada", "Bo"])

    def test_every_missing_byte_is_noticed(self) -> None:
        for place in range(len(HEADER), len(SMALL)):
            records, damages = read(SMALL[:place] + SMALL[place + 1 :])
            assert damages
            assert names(records) in ([], ["Cleo"], ["Ada", "Bo"])

    def test_a_lost_batch_is_noticed(self) -> None:
        one, two = journal(people("Ada")), journal(people("Ada"), people("Bo"))
        three = journal(people("Ada"), people("Bo"), people("Cleo"))
        records, damages = read(one + three[len(two) :])
        assert names(records) == ["Ada", "Cleo"]
        assert damages == [Damage(len(one), len(one), "a batch before this place is missing")]

    def test_exchanged_batches_are_noticed(self) -> None:
        one, two = journal(people("Ada")), journal(people("Ada"), people("Bo"))
        _, damages = read(HEADER + two[len(one) :] + one[len(HEADER) :])
        assert {damage.reason for damage in damages} == {"a batch before this place is missing"}

    def test_a_batch_of_another_file_is_noticed(self) -> None:
        data, _ = closed(people("Ada"), read_header(header_line("f" * 16)).crc)
        assert [damage.start for damage in read(HEADER + data)[1]] == [len(HEADER)]

    def test_reading_goes_on_behind_damage(self) -> None:
        whole = journal(people("Ada"), people("Bo"), people("Cleo"))
        records, damages = read(whole.replace(b"Bo", b"Bi"))
        assert names(records) == ["Ada", "Cleo"]
        (damage,) = damages
        assert damage.reason == "its checksum does not fit"
        assert not damage.is_tail
        assert whole[damage.start : damage.end].startswith(b'{"t":"people","i":1,"d":{"name":"Bo"}}')

    def test_a_wrong_count_is_noticed(self) -> None:
        data = journal(people("Ada")).replace(b'"n":1}', b'"n":2}')
        assert [damage.reason for damage in read(data)[1]] == ["its checksum does not fit"]

    def test_an_altered_commit_line_is_noticed(self) -> None:
        data = journal(people("Ada")).replace(b'"after"', b'"later"')
        assert [(damage.reason, damage.is_tail) for damage in read(data)[1]] == [("its commit line is altered", True)]

    def test_a_word_like_commit_in_a_name_ends_nothing(self) -> None:
        records, damages = read(journal(people('\n{"commit":"00000000","after":"00000000","n":1}\n')))
        assert len(records) == 1
        assert damages == []


class TestVoid:
    """What a killed writer left stays, and does not count."""

    @settings(deadline=None)
    @given(st.lists(st.integers(1, 300), min_size=1, max_size=4))
    def test_whatever_was_cut_off_is_passed_over(self, cuts: list[int]) -> None:
        whole = journal(people("Ada"))
        data, crc = whole, batch_of(whole).crc
        for cut in cuts:
            lines, gap = resumption(data, len(whole), people("Bo", "Cleo"))
            lost, _ = closed(lines, crc)
            data += (gap + lost)[: min(cut, len(gap + lost) - 1)]
            records, damages = read(data)
            assert names(records) == ["Ada"]
            assert damages == [Damage(len(whole), len(data), damages[0].reason, is_tail=True)]
        lines, gap = resumption(data, len(whole), people("Dora"))
        records, damages = read(data + gap + closed(lines, crc)[0])
        assert damages == []
        assert names(records) == ["Ada", "Dora"]

    @pytest.mark.parametrize("shift", [-1, 1])
    def test_a_note_that_does_not_fit_explains_nothing(self, shift: int) -> None:
        whole = journal(people("Ada"))
        data = whole + b'{"t":"people"'
        lines = [void_line(len(whole), len(data) + 2 - len(whole) + shift), *people("Dora")]
        records, damages = read(data + b" \n" + closed(lines, batch_of(whole).crc)[0])
        assert names(records) == ["Ada"]
        assert len(damages) == 1

    def test_a_note_takes_back_no_whole_batch(self) -> None:
        first = journal(people("Ada"))
        data = journal(people("Ada"), [void_line(len(HEADER), len(first) - len(HEADER)), *people("Bo")])
        assert names(read(data)[0]) == ["Ada", "Bo"]

    def test_damage_in_a_resumed_batch_is_noticed(self) -> None:
        whole = journal(people("Ada"))
        data = whole + b'{"t":"people"'
        lines, gap = resumption(data, len(whole), people("Dora"))
        data += gap + closed(lines, batch_of(whole).crc)[0]
        data += closed(people("Eve"), 7)[0]
        for damaged in (data.replace(b"Dora", b"Dara"), data.replace(b"void", b"vold")):
            records, damages = read(damaged)
            assert names(records) == ["Ada", "Eve"]
            assert [damage.start for damage in damages] == [len(whole)]


def batch_of(data: bytes) -> Batch:
    """Return the one batch of a journal."""
    (batch,) = batches(data[len(HEADER) :], len(HEADER), read_header(HEADER).crc)
    assert isinstance(batch, Batch)
    return batch


def resumption(data: bytes, end: int, lines: list[bytes]) -> tuple[list[bytes], bytes]:
    """Return the lines of a batch as it is added to a journal that is whole up to `end`, and what stands before it."""
    if len(data) == end:
        return lines, b""
    gap = b" \n"
    return [void_line(end, len(data) + len(gap) - end), *lines], gap
