"""Where a phone number that was understood may not be the one that was typed.

libphonenumber is lenient: it drops what stands around a number and reads letters as keypad digits. That is
how a wrong number gets stored, so each such reading is named here, for a person to confirm and an import to
refuse.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final


class Doubt(StrEnum):
    """One way in which what was understood differs from what was typed."""

    LETTERS = "letters"
    LOOKALIKE = "lookalike"
    SURROUNDING_TEXT = "surrounding_text"
    CONTROL_CHARACTERS = "control_characters"
    SPREADSHEET_FLOAT = "spreadsheet_float"
    FORMULA = "formula"
    EXTENSION = "extension"
    NETWORK_CODE = "network_code"
    SECOND_NUMBER = "second_number"
    DIALLING_PREFIX = "dialling_prefix"
    ORNAMENTAL_DIGITS = "ornamental_digits"

    @property
    def sentence(self) -> str:
        """The doubt in words, for a person."""
        return _SENTENCES[self]


_SENTENCES: Final = {
    Doubt.LETTERS: "Letters were read as the digits on a telephone keypad.",
    Doubt.LOOKALIKE: "Letters that look like digits, such as O and l, were left out.",
    Doubt.SURROUNDING_TEXT: "Text around or inside the number was left out.",
    Doubt.CONTROL_CHARACTERS: "Control characters were left out.",
    Doubt.SPREADSHEET_FLOAT: "A spreadsheet seems to have turned the number into a decimal one.",
    Doubt.FORMULA: "A sign that a spreadsheet puts before the number was left out.",
    Doubt.EXTENSION: "It is not certain where the number ends and the extension begins.",
    Doubt.NETWORK_CODE: "The signs * and # of a network code were left out.",
    Doubt.SECOND_NUMBER: "There may be a second number here.",
    Doubt.DIALLING_PREFIX: "The first digits can be read as another way to dial abroad.",
    Doubt.ORNAMENTAL_DIGITS: "The digits are ornamental characters.",
}

LOOKALIKES: Final = str.maketrans("OoОоΟοIlІ", "000000111")
"""Letters typed or scanned in place of 0 and 1 (Latin, Cyrillic, Greek), with the digit they stand for."""

KEYPAD_LETTERS: Final = 3
"""With so many letters libphonenumber reads them as keypad digits; fewer it drops, as slips."""

_SPACE = " \t\r\n\v\f"
_PUNCTUATION = "-−ー ./()[]（）［］．／"
_OPENING = rf"[{_SPACE}(\[（［]*"
_LABEL = r"(?:[eｅ]?[xｘ](?:[tｔ](?:[nｎ]|ensi(?:o\u0301?|ó)n)?)?|[#＃]|доб|anexo|int)"
_EXTENSION = rf"(?:;ext=|[ ,\t]*{_LABEL}[:.．]?[ ,\t-]*|,, *)(?P<extension>\d{{1,20}})#?"
_CONTEXT = r";phone-context=\+[\d.()-]+"
# A number as people write it, with nothing in it that reading it would lose. The parameters are RFC 3966's.
_CLEAN = re.compile(
    rf"{_OPENING}(?:tel:{_OPENING})?[+＋]*[ (\[（［]*\d[\d{re.escape(_PUNCTUATION)}]*"
    rf"(?:{_EXTENSION})?(?:{_CONTEXT})?[{_SPACE})\]）］.,;:]*",
    re.IGNORECASE,
)
_EXTENSION_AT_END = re.compile(rf"(?:{_EXTENSION})\W*$", re.IGNORECASE)
_URI = re.compile(rf"\s*tel:|{_CONTEXT}", re.IGNORECASE)
_IGNORED_PARAMETERS = re.compile(r";(?:isub|phone-context)=.*", re.DOTALL)
_FORMULA = re.compile(r"[\s\"]*[=@'‘’`−-][\s\"=@'‘’`−-]*")
_DECIMAL = re.compile(r"\s*[=']?[+-]?(?P<digits>\d+)[.,]0{1,2}\s*", re.ASCII)
_SCIENTIFIC = re.compile(r"\s*[=']?[+-]?(?P<digits>\d(?:[.,]\d+)?)[eE]\+?(?P<power>\d{1,2})\s*", re.ASCII)
_HARMLESS = frozenset(_SPACE + _PUNCTUATION + "+＋")


def doubts_in(text: str, extension: str | None) -> tuple[Doubt, ...]:
    """Return what is doubtful about a text that libphonenumber read, with the extension it found."""
    plain = legible(text)
    if is_spreadsheet_float(plain):
        return (Doubt.SPREADSHEET_FLOAT,)
    clean = _CLEAN.fullmatch(plain)
    if clean and (clean["extension"] is None) == (extension is None):
        return ()
    return tuple(dict.fromkeys(_explanation(plain, extension)))


def legible(text: str) -> str:
    """Return a text without invisible characters, every kind of space and dash as the plain one."""
    if text.isascii():
        return text
    plain = {"Cf": "", "Zs": " ", "Pd": "-"}
    return "".join(plain.get(unicodedata.category(char), char) for char in text)


def has_ornamental_digits(text: str) -> bool:
    """Tell whether a text has digits beyond Unicode's basic plane, such as bold mathematical ones.

    libphonenumber refuses them; its Python port would accept them.
    """
    return not text.isascii() and any(char > "\uffff" and char.isdecimal() for char in text)


def is_spreadsheet_float(text: str) -> bool:
    """Tell whether a text is what a spreadsheet makes of a long number: 12025550123.0 or 1.2E+10."""
    return bool(_DECIMAL.fullmatch(text) or _SCIENTIFIC.fullmatch(text))


def whole_number(text: str) -> str | None:
    """Return the digits of a spreadsheet's decimal number, or None when some of them were rounded away."""
    if decimal := _DECIMAL.fullmatch(text):
        return decimal["digits"]
    if scientific := _SCIENTIFIC.fullmatch(text):
        digits = re.sub(r"\D", "", scientific["digits"])
        return digits if len(digits) == int(scientific["power"]) + 1 else None
    return None


def _explanation(text: str, extension: str | None) -> list[Doubt]:
    """Name every doubt about a text that is not clean, by taking away one explained part after another."""
    doubts = []
    rest = "".join(char for char in text if char in _SPACE or unicodedata.category(char) != "Cc")
    if rest != text:
        doubts.append(Doubt.CONTROL_CHARACTERS)
    if formula := _FORMULA.match(rest):
        doubts.append(Doubt.FORMULA)
        rest = rest[formula.end() :].rstrip("\"'‘’`")
    rest, ignored = _IGNORED_PARAMETERS.subn("", _URI.sub("", rest))
    doubts += [Doubt.SURROUNDING_TEXT] * ignored
    if rest.lstrip().startswith(("*", "#")) or "*" in rest:
        doubts.append(Doubt.NETWORK_CODE)
        rest = rest.lstrip().lstrip("#").replace("*", "")
    rest, certain = _without_extension(rest, extension)
    if not certain:
        doubts.append(Doubt.EXTENSION)
    doubts += _doubts_about_letters(rest)
    return doubts or [Doubt.SURROUNDING_TEXT]


def _without_extension(text: str, extension: str | None) -> tuple[str, bool]:
    """Return the text before its extension, and whether it is certain that there is one, or none."""
    labelled = _EXTENSION_AT_END.search(text)
    if labelled:
        return text[: labelled.start()], extension is not None
    if extension is None:
        return text, True
    return text[: text.rfind(extension)].rstrip(",;~ -"), False


def _doubts_about_letters(text: str) -> list[Doubt]:
    """Name what is doubtful about the letters of a number, and about anything else that is left over."""
    start = re.search(r"[+＋\d]", text)
    cut = start.start() if start else len(text)
    before, number = text[:cut], text[cut:]
    letters = {char for char in text if char.isalpha() and char not in _PUNCTUATION}
    keypad = [char for char in number if char.isascii() and char.isalpha()]
    doubts = []
    if len(keypad) >= KEYPAD_LETTERS:
        doubts.append(Doubt.LETTERS)
        number = "".join(char for char in number if char not in keypad)
    elif letters and all(ord(letter) in LOOKALIKES for letter in letters):
        doubts.append(Doubt.LOOKALIKE)
        before, number = ("".join(char for char in part if char not in letters) for part in (before, number))
    if any(char not in _HARMLESS and not char.isdecimal() for char in before + number):
        doubts.append(Doubt.SURROUNDING_TEXT)
    return doubts
