"""What a person may have meant by a phone number that is not valid.

Each function proposes texts, the most plausible first. None of them knows whether its proposal is valid: the
caller parses one after another and takes the first number that is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from sent_tui.core.phone_doubts import (
    KEYPAD_LETTERS,
    LOOKALIKES,
    is_spreadsheet_float,
    legible,
    whole_number,
)

# Numbering plans that changed, or that networks and WhatsApp write in a way of their own: the digits of the
# old E.164 number, and those of the number that replaced it.
_OLD_PLANS: Final = (
    # Brazil: the ninth digit of mobile numbers.
    (re.compile(r"55(\d\d)([6-9]\d{7})"), r"55\g<1>9\g<2>"),
    # Mexico: mobile and trunk prefixes, gone since 2019.
    (re.compile(r"52(?:1|01|044|045)(\d{10})"), r"52\g<1>"),
    # Côte d’Ivoire: ten digits since 2021; two new ones tell the network of a mobile number.
    (re.compile(r"225([04-9][0-3]\d{6})"), r"22501\g<1>"),
    (re.compile(r"225([04-9][4-6]\d{6})"), r"22505\g<1>"),
    (re.compile(r"225([04-9][7-9]\d{6})"), r"22507\g<1>"),
    # Benin: ten digits since 2024.
    (re.compile(r"229(\d{8})"), r"22901\g<1>"),
)
_ABROAD: Final = re.compile(r"(?:0011|011|00)([1-9].*)", re.DOTALL)
_NORTH_AMERICAN: Final = re.compile(r"[2-9]\d\d[2-9]\d{6}")
_SHORTEST_WITH_CALLING_CODE: Final = 10
_BETWEEN_NUMBERS: Final = re.compile(r"[/\\|;\n\t]")
_DIGITS_ONLY: Final = re.compile(r"[\d\s().\-/\[\]+]*")
_STRAY: Final = re.compile(r"[\s·•_,;|'\"’]+")
_MOST_EXTRA_LETTERS: Final = 7


def numbers_within(text: str, region: str | None) -> list[str]:
    """Return the valid numbers that stand in a text, as written there.

    A single national number among other digits does not count: it may be a part of what was meant.
    """
    from phonenumbers import PhoneNumberMatcher  # on first use, as in core.phone

    plain = legible(text)
    found = [match.raw_string for match in PhoneNumberMatcher(plain, region)]
    if len(found) == 1 and not found[0].startswith("+") and re.search(r"\d", plain.replace(found[0], "", 1)):
        return []
    return found


def repairs(text: str, understood: str | None, calling_code: str) -> Iterator[str]:
    """Yield texts to parse in place of one that is not valid.

    understood is the E.164 form that libphonenumber made of it, if any, and calling_code the code in it.
    """
    plain = legible(text).strip()
    if is_spreadsheet_float(plain):
        yield from _of_float(plain)
        return
    if not plain.isascii():
        yield unicodedata.normalize("NFKC", plain)
    letters = [char for char in plain if char.isalpha()]
    if letters and all(ord(letter) in LOOKALIKES for letter in letters):
        yield plain.translate(LOOKALIKES)
    elif letters:
        yield from _without_letters(plain, understood if len(letters) >= KEYPAD_LETTERS else None)
    else:
        yield _STRAY.sub(" ", plain)
    yield from _BETWEEN_NUMBERS.split(plain)[:1]
    if _DIGITS_ONLY.fullmatch(plain):
        yield from _of_digits(plain, understood)
    if understood:
        yield from _of_plan(understood, calling_code)


def _of_float(text: str) -> Iterator[str]:
    if digits := whole_number(text):
        yield digits
        yield f"+{digits}"


def _without_letters(text: str, understood: str | None) -> Iterator[str]:
    """Propose the number before a note, and a number in letters cut shorter: such a one still connects."""
    number, note = re.split(r"(?=[^\W\d_])", text, maxsplit=1)
    if not re.search(r"\d", note):
        yield number
    if understood:
        yield from (understood[:-extra] for extra in range(1, _MOST_EXTRA_LETTERS + 1))


def _of_digits(text: str, understood: str | None) -> Iterator[str]:
    """Propose what differs only in how the number begins: its plus sign, or the code to dial abroad."""
    digits = re.sub(r"\D", "", text)
    north_american = _NORTH_AMERICAN.fullmatch(digits)
    if abroad := _ABROAD.fullmatch(digits):
        yield f"+{abroad[1]}"
    elif "+" in text:
        if text.rfind("+") == 0 and (north_american or not understood):
            yield digits  # a plus sign before a national number
    elif len(digits) >= _SHORTEST_WITH_CALLING_CODE and not north_american and text[:1].isdecimal():
        yield f"+{digits}"  # not when it starts in brackets, with an area code


def _of_plan(understood: str, calling_code: str) -> Iterator[str]:
    """Propose the number that replaced an old one, and the number without a trunk zero."""
    digits = understood[1:]
    for old, new in _OLD_PLANS:
        if old.fullmatch(digits):
            yield f"+{old.sub(new, digits)}"
    national = digits[len(calling_code) :]
    if national.startswith("0"):
        yield f"+{calling_code}{national.lstrip('0')}"
