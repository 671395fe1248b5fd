"""The texts of cells: marked where a spreadsheet would calculate them, unmarked when read, cut to be shown."""

from __future__ import annotations

import re
from typing import Final

# What makes a spreadsheet read a cell as a formula, also after it trimmed or widened the characters.
_TRIGGERS: Final = "=+\\-@\t\r\n\0＝＋－＠"
_MARKED: Final = re.compile(f"'*[{_TRIGGERS}]")
_NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_UNWRITABLE: Final = re.compile("[\0\ud800-\udfff]")


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet calculates: an apostrophe stands before what looks like a formula.

    A number in E.164 is left alone: calculated, it is still the same digits. A cell that begins with apostrophes
    and then a formula gets one more, so that `unguarded` always gives back the text.
    """
    if not _MARKED.match(text) or _NUMBER.fullmatch(text):
        return text
    return f"'{text}"


def unguarded(text: str) -> str:
    """Return the text of a cell, without the apostrophe that keeps it from being calculated."""
    return text[1:] if text.startswith("'") and _MARKED.match(text) else text


def writable(text: str) -> str:
    """Return text that every format can hold: NUL and halves of characters are replaced by signs for them."""
    return _UNWRITABLE.sub(lambda match: "␀" if match.group() == "\0" else "\ufffd", text)


def shortened(text: str, limit: int) -> str:
    """Return a text cut to a length, without the line break at its end."""
    whole = text.rstrip("\r\n")
    return whole if len(whole) <= limit else f"{whole[: limit - 1]}…"
