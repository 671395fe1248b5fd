"""Where a text can stand: a block in which it stands is never ruled out."""

from __future__ import annotations

from itertools import cycle, repeat

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sent_tui.core.search_base import new_blocks
from sent_tui.core.search_grams import BLOCK, Blocks, GramBuilder, GramFilter, runs

ALPHABET = st.sampled_from([b"a", b"b", b"\xc3\xa9", b" ", b"+", b"0", b"1", b"5", b"\x1f", b"\x1e", b"-"])
TEXTS = st.lists(ALPHABET, max_size=30).map(b"".join)
NUMBERS = st.from_regex(rb"\+?[0-9]{3,15}", fullmatch=True)


def members(blocks: Blocks) -> list[int]:
    """Return the blocks of a set."""
    return [block for start, end in runs(blocks, repeat(9)) for block in range(start, end)]


def filter_of(blocks: list[bytes]) -> GramFilter:
    """Return the filter of blocks of one row each, which is the same whether they are added singly or all at once."""
    builder, filler = GramBuilder(len(blocks)), GramBuilder(len(blocks))
    for block, text in enumerate(blocks):
        builder.add(block, text)
    filler.fill(blocks)
    assert builder.finish() == filler.finish()
    return GramFilter(len(blocks), memoryview(builder.finish()))


@settings(deadline=None)
@given(st.lists(TEXTS | NUMBERS, min_size=1, max_size=10), st.data())
def test_where_a_part_stands_is_never_ruled_out(texts: list[bytes], data: st.DataObject) -> None:
    grams = filter_of(texts)
    place = data.draw(st.integers(0, len(texts) - 1))
    start = data.draw(st.integers(0, len(texts[place])))
    part = texts[place][start : data.draw(st.integers(start, len(texts[place])))]
    assume(b"\x1f" not in part)
    left = set(members(grams.holding(part)))
    assert {block for block, text in enumerate(texts) if part in text} <= left


@settings(deadline=None)
@given(TEXTS, NUMBERS, TEXTS, st.integers(0, 15), st.integers(0, 15))
def test_a_part_of_a_number_is_never_ruled_out(
    before: bytes, number: bytes, after: bytes, start: int, length: int
) -> None:
    grams = filter_of([before + number + after])
    assert grams.holding(number[start : start + length]) == 1


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
    text = f"ada\x1f{e164}{national}\x1f\x1dGB\x1d".encode()
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))].split(b"\x1f")[0]
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


def test_grams_that_share_their_bits_rule_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sent_tui.core.search_grams._slot", lambda gram: 7)
    grams = filter_of([b"ada", b""])
    assert members(grams.holding(b"nobody")) == [0]


@pytest.mark.parametrize(("rows", "blocks"), [(0, 0), (1, 1), (BLOCK, 1), (BLOCK + 1, 2)])
def test_rows_make_blocks(rows: int, blocks: int) -> None:
    assert len(new_blocks(rows)) == blocks + 1
    assert GramFilter(blocks, memoryview(GramBuilder(blocks).finish())).all == (1 << blocks) - 1


@settings(deadline=None)
@given(st.sets(st.integers(0, 300)), st.lists(st.integers(1, 9), min_size=1, max_size=3), st.booleans())
def test_a_set_is_gone_through_in_order(blocks: set[int], lengths: list[int], descending: bool) -> None:
    number = sum(1 << block for block in blocks)
    found = list(runs(number, cycle(lengths), descending=descending))
    assert all(0 < end - start <= max(lengths) for start, end in found)
    in_order = [block for start, end in found for block in range(start, end)[:: -1 if descending else 1]]
    assert in_order == sorted(blocks, reverse=descending)
