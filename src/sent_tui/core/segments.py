"""How many SMS segments a text takes: 3GPP TS 23.038 (GSM 03.38) alphabets, TS 23.040 concatenation."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class Encoding(StrEnum):
    """How the characters of an SMS are written."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


SINGLE_CAPACITY: Final[Mapping[Encoding, int]] = {Encoding.GSM7: 160, Encoding.UCS2: 70}
"""Units in a message of one segment: 140 bytes as septets, or as UTF-16 code units."""
PART_CAPACITY: Final[Mapping[Encoding, int]] = {Encoding.GSM7: 153, Encoding.UCS2: 67}
"""Units in each segment of a longer message: a header of 6 bytes takes its share."""

GSM7_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The GSM 7 bit default alphabet without its escape character: one septet each."""
GSM7_EXTENSION: Final = "\f^{}\\[~]|€"
"""The extension table: an escape and a character, two septets each."""

_NOT_GSM7: Final = re.compile(f"[^{re.escape(GSM7_BASIC + GSM7_EXTENSION)}]")
_TYPOGRAPHY: Final[Mapping[str, str]] = {
    "'": "‘’‚‛′‹›`´ʼ",
    '"': "“”„‟″«»",
    "-": "‐‑‒–—―−",
    "/": "⁄∕",
    "x": "×",
    "*": "•",
    ".": "·",
    "...": "…",
    "!!": "‼",
    "(C)": "©",
    "(R)": "®",
    "(TM)": "™",
    "No.": "№",
    "1/2": "½",
    "1/4": "¼",
    "3/4": "¾",
    "ff": "ﬀ",
    "fi": "ﬁ",
    "fl": "ﬂ",
    "ffi": "ﬃ",
    "ffl": "ﬄ",
    " ": "\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\n": "\x0b\x85\u2028\u2029",
    "": "\u00ad\u200b\u200e\u200f\u2060\ufeff",
}
_SUBSTITUTES: Final = str.maketrans({char: plain for plain, chars in _TYPOGRAPHY.items() for char in chars})


class SegmentCount(Struct, frozen=True):
    """What a text costs as an SMS, and why."""

    encoding: Encoding
    units: int
    """Septets (GSM-7) or UTF-16 code units (UCS-2) that the text takes."""
    segments: int
    """Segments to pay for; 0 for an empty text."""
    capacity: int
    """Units in that number of segments; in one segment for an empty text."""
    remaining: int
    """Units that still fit before another segment begins. A pair that would straddle two segments goes whole
    into the later one, so that `units` and `remaining` together may be less than `capacity`."""
    forced_by: str | None = None
    """The first character that GSM-7 lacks, which makes the whole text UCS-2. It is foreign text."""
    forced_at: int | None = None
    """The index of that character in the text."""
    substitutes: str | None = None
    """The text as GSM-7 can write it with plain typography; None when it is GSM-7 already, or cannot be."""

    @property
    def forced_name(self) -> str:
        """The name of that character as Unicode has it, in small letters; empty where it has none."""
        return unicodedata.name(self.forced_by, "").lower() if self.forced_by else ""


def count_segments(text: str) -> SegmentCount:
    """Return the segments that a text takes, in the cheapest encoding that holds every character of it."""
    forced = _NOT_GSM7.search(text)
    if forced is None:
        return _pack(Encoding.GSM7, [2 if char in GSM7_EXTENSION else 1 for char in text])
    return _pack(Encoding.UCS2, [2 if char > "\uffff" else 1 for char in text], forced, gsm7_text(text))


def gsm7_text(text: str) -> str | None:
    """Return the text with its typography in GSM-7 characters: ’ as ', – as -, … as three full stops.

    None when a character has no substitute. A letter that GSM-7 lacks has none: words keep their spelling.
    """
    plain = unicodedata.normalize("NFC", text).translate(_SUBSTITUTES)
    return None if _NOT_GSM7.search(plain) else plain


def _pack(
    encoding: Encoding, widths: list[int], forced: re.Match[str] | None = None, substitutes: str | None = None
) -> SegmentCount:
    units = sum(widths)
    segments, capacity = min(units, 1), SINGLE_CAPACITY[encoding]
    remaining = capacity - units
    if remaining < 0:
        part = PART_CAPACITY[encoding]
        segments = remaining = 0
        for width in widths:
            if width > remaining:
                segments += 1
                remaining = part
            remaining -= width
        capacity = segments * part
    by, at = (forced.group(), forced.start()) if forced else (None, None)
    return SegmentCount(encoding, units, segments, capacity, remaining, by, at, substitutes)
