"""Phone numbers formatted while they are typed, by libphonenumber's as-you-type formatter."""

from __future__ import annotations

import unicodedata

from sent_tui.core.numbering import UNKNOWN_REGION, region_code

_PLUS = "+＋"
# Dashes, spaces, brackets, dots and slashes that stand between digits.
_SEPARATORS = frozenset(" \u00a0-‐‑‒–—―−－().（）．[]［］/／")
# Longer text is no number being typed, and each call feeds the formatter from the first character.
_MOST_KEYS = 40


class AsYouType:
    """Formats one number keystroke by keystroke.

    As soon as a character is neither a digit nor a leading plus sign, everything is shown as it was typed.
    """

    def __init__(self, region: str | None = None) -> None:
        # Imported on first use: it takes a tenth of a second, and not every command formats a number.
        from phonenumbers import AsYouTypeFormatter

        self._formatter = AsYouTypeFormatter(region_code(region) or UNKNOWN_REGION)
        self._typed = ""
        self._shown = ""

    def feed(self, char: str) -> str:
        """Take the next character (or several) and return the whole number as formatted so far."""
        for typed in char:
            key = "+" if typed in _PLUS else typed
            self._typed += key
            self._shown = self._formatter.input_digit(key)
        # A formatter that changed the number itself is not followed: it reads "²" as the digit 2, for one.
        return self._shown if _digits(self._shown) == _digits(self._typed) else self._typed


def format_as_you_type(text: str, region: str | None = None, previous: str | None = None) -> str:
    """Return the text of a number field, formatted as far as it has been typed.

    Text with separators of the person's own is returned as it is. Text that this function formatted before
    and that got one more digit is formatted anew; once it gets a character that is no part of a number,
    formatting ends and the separators are taken back. Give what the field showed before the change as
    previous: then digits may be added and removed anywhere, and a deleted separator stays deleted.
    """
    keys = _keys(text)
    before = text[:-1] if previous is None else previous
    if keys is None:
        taken_back = text.startswith(before) and _was_formatted(before, region)
        return (_keys(before) or "") + text[len(before) :] if taken_back else text
    if previous is not None and len(text) < len(previous) and keys == _keys(previous):
        return text
    if len(keys) > _MOST_KEYS:
        return text
    added = _separators(text) - _separators(before)
    if len(keys) == len(text) or (added <= 0 and _was_formatted(before, region)):
        return AsYouType(region).feed(keys)
    return text


def _was_formatted(shown: str, region: str | None) -> bool:
    """Tell whether the formatter put every separator of a text there, so that they may go again."""
    keys = _keys(shown) or ""
    return 0 < len(keys) <= _MOST_KEYS and AsYouType(region).feed(keys) == shown


def _keys(text: str) -> str | None:
    """Return the leading plus sign and the digits of a number, or None when the text holds anything else."""
    keys = ""
    for char in text:
        if _is_digit(char) or (char in _PLUS and not keys):
            keys += char
        elif char not in _SEPARATORS:
            return None
    return keys


def _separators(text: str) -> int:
    return sum(char in _SEPARATORS for char in text)


def _digits(text: str) -> list[int]:
    return [unicodedata.decimal(char) for char in text if _is_digit(char)]


def _is_digit(char: str) -> bool:
    # Digits beyond the Basic Multilingual Plane are ornaments ("𝟏"): not read as digits anywhere.
    return char.isdecimal() and char <= "\uffff"
