from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.segments import (
    GSM7_BASIC,
    GSM7_EXTENSION,
    Encoding,
    SegmentCount,
    count_segments,
    gsm7_text,
)

# 3GPP TS 23.038, 6.2.1, by code: 0x00 to 0x7F without the escape at 0x1B.
ALPHABET = (
    ("COMMERCIAL AT", 0x00),
    ("LATIN CAPITAL LETTER C WITH CEDILLA", 0x09),
    ("GREEK CAPITAL LETTER DELTA", 0x10),
    ("LATIN CAPITAL LETTER AE", 0x1C),
    ("CURRENCY SIGN", 0x24),
    ("INVERTED EXCLAMATION MARK", 0x40),
    ("SECTION SIGN", 0x5F),
    ("INVERTED QUESTION MARK", 0x60),
    ("LATIN SMALL LETTER A WITH GRAVE", 0x7F),
)
GSM7_TEXTS = st.text(st.sampled_from(GSM7_BASIC + GSM7_EXTENSION), max_size=400)
UCS2_TEXTS = st.text(st.sampled_from("abя漢😀👩[€’"), max_size=300)


def reference(text: str) -> tuple[Encoding, int, int]:
    """Count by laying out every unit: a message that does not fit one segment is cut at the last whole character."""
    gsm7 = all(char in GSM7_BASIC + GSM7_EXTENSION for char in text)
    if gsm7:
        atoms = [b"\x1b?" if char in GSM7_EXTENSION else b"?" for char in text]
        single, part, size = 160, 153, 1
    else:
        atoms = [char.encode("utf-16-be") for char in text]
        single, part, size = 70, 67, 2
    units = len(b"".join(atoms)) // size
    encoding = Encoding.GSM7 if gsm7 else Encoding.UCS2
    if units <= single:
        return encoding, units, 1 if text else 0
    segments = 0
    while atoms:
        taken = max(n for n in range(1, len(atoms) + 1) if len(b"".join(atoms[:n])) <= part * size)
        atoms = atoms[taken:]
        segments += 1
    return encoding, units, segments


def test_the_alphabet_is_that_of_the_standard() -> None:
    codes = GSM7_BASIC[:0x1B] + "\x1b" + GSM7_BASIC[0x1B:]
    assert len(codes) == len(set(codes)) == 128
    assert [unicodedata.name(codes[code]) for _, code in ALPHABET] == [name for name, _ in ALPHABET]
    assert sorted(GSM7_EXTENSION) == sorted("\f^{}\\[~]|€")
    ascii_outside = {chr(code) for code in range(0x20, 0x7F)} - set(GSM7_BASIC + GSM7_EXTENSION)
    assert ascii_outside == {"`"}


@pytest.mark.parametrize(
    ("length", "segments", "remaining"),
    [
        (0, 0, 160),
        (1, 1, 159),
        (159, 1, 1),
        (160, 1, 0),
        (161, 2, 145),
        (306, 2, 0),
        (307, 3, 152),
        (459, 3, 0),
        (460, 4, 152),
    ],
)
def test_plain_text_has_160_then_153_septets(length: int, segments: int, remaining: int) -> None:
    capacity = 153 * segments if segments > 1 else 160
    expected = SegmentCount(Encoding.GSM7, length, segments, capacity, remaining)
    assert count_segments("a" * length) == expected


@pytest.mark.parametrize(
    ("length", "segments", "remaining"),
    [(1, 1, 69), (70, 1, 0), (71, 2, 63), (134, 2, 0), (135, 3, 66), (201, 3, 0), (202, 4, 66)],
)
def test_other_text_has_70_then_67_code_units(length: int, segments: int, remaining: int) -> None:
    capacity = 67 * segments if segments > 1 else 70
    expected = SegmentCount(Encoding.UCS2, length, segments, capacity, remaining, "я", 0)
    assert count_segments("я" * length) == expected


@pytest.mark.parametrize("char", GSM7_EXTENSION)
def test_an_extension_character_takes_two_septets(char: str) -> None:
    assert count_segments(char).units == 2
    assert count_segments(char * 80).segments == 1
    assert count_segments(char * 81).segments == 2
    assert count_segments(char * 81).encoding is Encoding.GSM7


def test_an_escape_pair_never_straddles_two_segments() -> None:
    straddling = "a" * 152 + "€" + "a" * 152
    assert count_segments(straddling).units == 306
    assert count_segments(straddling).segments == 3
    assert count_segments("a" * 151 + "€" + "a" * 153).segments == 2
    assert count_segments("a" * 152 + "€" + "a" * 151) == SegmentCount(Encoding.GSM7, 305, 2, 306, 0)


def test_a_surrogate_pair_never_straddles_two_segments() -> None:
    assert count_segments("😀" * 35).segments == 1
    assert count_segments("я" * 66 + "😀" + "я" * 65).segments == 2
    straddling = count_segments("я" * 66 + "😀" + "я" * 66)
    assert (straddling.units, straddling.segments, straddling.remaining) == (134, 3, 66)
    assert count_segments("😀" * 66).segments == 2
    assert count_segments("😀" * 67).segments == 3


def test_a_pair_at_the_end_of_a_single_segment_needs_no_room_for_a_header() -> None:
    assert count_segments("a" * 158 + "€") == SegmentCount(Encoding.GSM7, 160, 1, 160, 0)
    assert count_segments("я" * 68 + "😀").segments == 1


def test_the_first_character_that_forces_ucs2_is_named() -> None:
    count = count_segments("It’s 5 € – today")
    assert count.encoding is Encoding.UCS2
    assert (count.forced_by, count.forced_at) == ("’", 2)
    assert count.substitutes == "It's 5 € - today"


def test_a_plain_text_needs_no_substitutes() -> None:
    count = count_segments("It's 5 €")
    assert (count.forced_by, count.forced_at, count.substitutes) == (None, None, None)


def test_one_smart_quote_can_more_than_double_the_price() -> None:
    count = count_segments("’" + "a" * 159)
    assert (count.segments, count.remaining) == (3, 41)
    assert count.substitutes is not None
    assert count_segments(count.substitutes).segments == 1


def test_half_a_surrogate_pair_counts_as_one_unit() -> None:
    assert count_segments("\ud83d").units == 1


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("", ""),
        ("plain £5 [ok]", "plain £5 [ok]"),
        ("‘a’ “b” „c‟ «d» ‹e› `f´", "'a' \"b\" \"c\" \"d\" 'e' 'f'"),
        ("1–2—3−4‑5", "1-2-3-4-5"),
        ("wait…", "wait..."),
        ("a\u00a0b\u202fc\td", "a b c d"),
        ("a\u200bb\u00adc\ufeff", "abc"),
        ("a\u2028b", "a\nb"),
        ("• ½ × 3 ™ © ﬁne № 1", "* 1/2 x 3 (TM) (C) fine No. 1"),
        ("cafe\u0301", "café"),
        ("Zoë", None),
        ("ça va", None),
        ("hi 😀", None),
        ("привет", None),
    ],
)
def test_typography_is_written_plainly(text: str, plain: str | None) -> None:
    assert gsm7_text(text) == plain


def test_no_substitute_needs_a_substitute() -> None:
    for code in range(0x10000):
        plain = gsm7_text(chr(code))
        assert plain is None or re.fullmatch(f"[{re.escape(GSM7_BASIC + GSM7_EXTENSION)}]*", plain)


@given(GSM7_TEXTS | UCS2_TEXTS | st.text(max_size=200))
def test_counts_are_those_of_laying_out_every_unit(text: str) -> None:
    count = count_segments(text)
    assert (count.encoding, count.units, count.segments) == reference(text)
    part, single = (153, 160) if count.encoding is Encoding.GSM7 else (67, 70)
    assert count.capacity == (part * count.segments if count.segments > 1 else single)
    assert 0 <= count.remaining <= count.capacity - count.units


@given(GSM7_TEXTS | UCS2_TEXTS)
def test_what_remains_is_what_fits(text: str) -> None:
    count = count_segments(text)
    filler = "a"
    full = count_segments(text + filler * count.remaining)
    assert full.segments == max(count.segments, 1)
    assert full.remaining == 0
    assert count_segments(text + filler * (count.remaining + 1)).segments == full.segments + 1


@given(GSM7_TEXTS)
def test_gsm7_text_stays_as_it_is(text: str) -> None:
    assert gsm7_text(text) == text


@given(st.text(max_size=100))
def test_substitutes_cost_no_more_than_a_gsm7_text(text: str) -> None:
    count = count_segments(text)
    if count.forced_at is None:
        assert count.encoding is Encoding.GSM7
    else:
        assert text[count.forced_at] == count.forced_by
        assert count_segments(text[: count.forced_at]).encoding is Encoding.GSM7
    if count.substitutes is not None:
        assert count_segments(count.substitutes).encoding is Encoding.GSM7


def test_the_character_that_forces_ucs2_is_named() -> None:
    assert count_segments("It’s").forced_name == "right single quotation mark"
    assert count_segments("\ue000").forced_name == ""
    assert count_segments("plain").forced_name == ""
