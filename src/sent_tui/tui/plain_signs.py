"""Signs of the app in ASCII, for terminals and locales that have no others: every line drawn passes here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

_SIGNS: Final = {
    **dict.fromkeys("‐‑‒–—―−─╌┄┈╴╶▔", "-"),
    **dict.fromkeys("━═╸╺", "="),
    **dict.fromkeys("│┃║╎┆┊▏▕·⸱", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬✓", "+"),
    **dict.fromkeys("●•★", "*"),
    **dict.fromkeys("○◯☐", "o"),
    **dict.fromkeys("◆◇■▪", "#"),
    **dict.fromkeys("✗✘☒×", "x"),
    **dict.fromkeys("▌▐▶▸→›»", ">"),
    **dict.fromkeys("◀◂←‹«", "<"),
    **dict.fromkeys("↑▲▴", "^"),
    **dict.fromkeys("↓▼▾", "v"),
    **dict.fromkeys("“”„‟", '"'),
    **dict.fromkeys("‘’‚‛′", "'"),
    **dict.fromkeys("…‥", "."),
    **dict.fromkeys("⏎⁄", "/"),
    **dict.fromkeys("≈≃", "~"),
    **dict(zip("▁▂▃▄▅▆▇█", "_.-=+*##", strict=True)),
    **dict(zip("░▒▓◉", ".:#@", strict=True)),
    "\N{NO-BREAK SPACE}": " ",
}
"""Each sign of the app, and one of ASCII that takes as much room."""
_AREAS: Final = ((0x2190, 0x21FF, "?"), (0x2400, 0x243F, "?"), (0x2500, 0x25FF, "#"), (0x2700, 0x27BF, "*"))
"""Code points of signs that are not named above, from the first to the last of an area, and what stands for them."""
_BRAILLE: Final = range(0x2800, 0x2900)
"""Dots of a plot; the number of dots is the number of bits."""
_BY_DOTS: Final = " ..:::###"

_TABLE: Final = str.maketrans(
    {
        **{chr(code): sign for first, last, sign in _AREAS for code in range(first, last + 1)},
        **{chr(code): _BY_DOTS[(code - _BRAILLE.start).bit_count()] for code in _BRAILLE},
        **_SIGNS,
    }
)


def plain(text: str) -> str:
    """Return a text with the app's signs in ASCII; letters of other writing systems stay."""
    return text if text.isascii() else text.translate(_TABLE)


class PlainSigns(LineFilter):
    """Draws every line with signs of ASCII; what other people wrote keeps its letters."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments of a line with their signs in ASCII."""
        return [
            segment if segment.text.isascii() else Segment(plain(segment.text), segment.style, segment.control)
            for segment in segments
        ]
