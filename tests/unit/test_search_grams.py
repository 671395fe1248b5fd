"""Where a text can stand: a block in which it stands is never ruled out."""

from __future__ import annotations

from itertools import cycle, islice, product, repeat
from zlib import crc32

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sent_tui.core import search_grams
from sent_tui.core.search_base import new_blocks
from sent_tui.core.search_entry import taken_apart
from sent_tui.core.search_grams import BLOCK, Blocks, GramBuilder, GramFilter, portions

ALPHABET = st.sampled_from([b"a", b"b", b"\xc3\xa9", b" ", b"+", b"0", b"1", b"5", b"\x1f", b"\x1e", b"-"])
TEXTS = st.lists(ALPHABET, max_size=30).map(b"".join)
SLOTS = 1 << 15
NO_END = bytes(0 if value == 10 else 0xFF for value in range(256))
NUMBERS = st.from_regex(rb"\+?[0-9]{3,15}", fullmatch=True)


def members(blocks: Blocks) -> list[int]:
    """Return the blocks of a set."""
    return [block for portion in portions(blocks, repeat(9)) for start, end in portion for block in range(start, end)]


def filters_of(blocks: list[bytes]) -> list[GramFilter]:
    """Return the filters of blocks of one row each: taken for words, which is the same singly, and for numbers."""
    builder, words, numbers = (GramBuilder(len(blocks)) for _ in range(3))
    for block, text in enumerate(blocks):
        builder.add(block, text)
    words.fill((text, b"") for text in blocks)
    numbers.fill((b"", text.replace(b"\x1f", b"\n")) for text in blocks)
    assert builder.finish() == words.finish()
    return [GramFilter(len(blocks), memoryview(each.finish())) for each in (builder, numbers)]


def filter_of(blocks: list[bytes]) -> GramFilter:
    return filters_of(blocks)[0]


@settings(deadline=None)
@given(st.lists(TEXTS | NUMBERS, min_size=1, max_size=10), st.data())
def test_where_a_part_stands_is_never_ruled_out(texts: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(texts) - 1))
    start = data.draw(st.integers(0, len(texts[place])))
    part = texts[place][start : data.draw(st.integers(start, len(texts[place])))]
    assume(b"\x1f" not in part)
    for grams in filters_of(texts):
        left = set(members(grams.holding(part)))
        assert {block for block, text in enumerate(texts) if part in text} <= left


@settings(deadline=None)
@given(TEXTS, NUMBERS, TEXTS, st.integers(0, 15), st.integers(0, 15))
def test_a_part_of_a_number_is_never_ruled_out(
    before: bytes, number: bytes, after: bytes, start: int, length: int
) -> None:
    assert all(grams.holding(number[start : start + length]) == 1 for grams in filters_of([before + number + after]))


@given(
    st.from_regex(r"\+[0-9]{4,15}", fullmatch=True),
    st.integers(0, 4),
    st.sampled_from([None, "", "0", "00"]),
    st.data(),
)
def test_no_part_of_a_number_in_both_forms_is_ruled_out(
    e164: str, code: int, trunk: str | None, data: st.DataObject
) -> None:
    national = "" if trunk is None else f" {trunk}{e164[code:].lstrip('+')}"
    text = f"ada\x1f{e164}{national}\x1f\x1f\x1f\x1dGB\x1d".encode()
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))].split(b"\x1f")[0]
    words, numbers, marks = taken_apart(text)
    apart = GramBuilder(1)
    apart.fill([(words + b"\n" + marks, numbers)])
    assert GramFilter(1, memoryview(apart.finish())).holding(part) == 1
    assert filter_of([text]).holding(part) == 1


def test_others_are_ruled_out() -> None:
    grams = filter_of([b"ada +14155550100\n", b"bo +442079460000\n", b"\n"])
    assert members(grams.holding(b"ada")) == [0]
    assert members(grams.holding(b"5550100")) == [0]
    assert members(grams.holding(b"+4420")) == [1]
    assert members(grams.holding(b"a")) == [0]
    assert members(grams.holding(b"bo")) == [1]
    assert members(grams.holding(b"")) == [0, 1, 2]
    assert grams.holding(b"nobody") == 0
    assert grams.holding(b"99999") == 0
    assert members(grams.holding(b"ada +1415")) == [0]
    assert grams.holding(b"ada +1416") == 0
    assert members(grams.holding(b"155 9")) == [0, 1, 2]


def test_grams_that_share_their_bits_rule_nothing_out() -> None:
    letters = bytes(range(ord("a"), ord("z") + 1))
    twins = (bytes(gram) for gram in product(letters, repeat=3))
    twin = next(gram for gram in twins if gram != b"bob" and crc32(gram) % SLOTS == crc32(b"bob") % SLOTS)
    assert members(filter_of([b"bob", b"ada"]).holding(twin)) == [0]


@given(st.binary(max_size=40), st.integers(1, 5))
def test_the_grams_of_a_text_are_found_all_at_once(text: bytes, size: int) -> None:
    """Against the checksum of each."""
    text = text.replace(b"\x1f", b"")
    found = search_grams._slots(text, size, NO_END)
    grams = [text[at : at + size] for at in range(len(text) - size + 1)]
    assert list(found) == [0 if b"\n" in gram else crc32(gram) % SLOTS for gram in grams]


@pytest.mark.parametrize(("rows", "blocks"), [(0, 0), (1, 1), (BLOCK, 1), (BLOCK + 1, 2)])
def test_rows_make_blocks(rows: int, blocks: int) -> None:
    assert len(new_blocks(rows)) == blocks + 1
    assert GramFilter(blocks, memoryview(GramBuilder(blocks).finish())).all == (1 << blocks) - 1


@settings(deadline=None)
@given(st.sets(st.integers(0, 300)), st.lists(st.integers(1, 9), min_size=1, max_size=3), st.booleans())
def test_a_set_is_gone_through_in_order(blocks: set[int], sizes: list[int], descending: bool) -> None:
    number = sum(1 << block for block in blocks)
    found = [
        [block for start, end in portion for block in range(start, end)]
        for portion in portions(number, cycle(sizes), descending=descending)
    ]
    assert all(portion == sorted(portion) for portion in found)
    assert [len(portion) for portion in found[:-1]] == list(islice(cycle(sizes), max(0, len(found) - 1)))
    in_order = [block for portion in found for block in portion[:: -1 if descending else 1]]
    assert in_order == sorted(blocks, reverse=descending)
