"""Phone numbers: what a text means, whether it is valid, and if not, why and what may have been meant.

Validity is that of the numbering plan as libphonenumber knows it: a valid number need not be in use. Formats
are those of E.164, ITU-T E.123 (international, national) and RFC 3966.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct

from sent_tui.core import phone_plans
from sent_tui.core.number_type import NumberType
from sent_tui.core.numbering import UNKNOWN_REGION, calling_code, region_code, region_name
from sent_tui.core.phone_doubts import (
    Doubt,
    doubts_in,
    has_ornamental_digits,
    is_spreadsheet_float,
    legible,
    whole_number,
)
from sent_tui.core.phone_repairs import numbers_within, repairs

if TYPE_CHECKING:
    import phonenumbers

__all__ = ["Doubt", "InvalidNumber", "InvalidReason", "NumberType", "PhoneNumber", "parse"]


class InvalidReason(StrEnum):
    """Why a text is not a valid phone number."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    INVALID_LENGTH = "invalid_length"
    UNKNOWN_CALLING_CODE = "unknown_calling_code"
    COUNTRY_MISSING = "country_missing"
    LOCAL_ONLY = "local_only"
    NOT_ASSIGNED = "not_assigned"
    SHORT_CODE = "short_code"
    SERVICE_CODE = "service_code"
    SEVERAL_NUMBERS = "several_numbers"
    ROUNDED = "rounded"


class PhoneNumber(NamedTuple):
    """A phone number in every format, and what the numbering plan says about it.

    raw is the text as typed; country_code the calling code ("1"); region_code ISO 3166-1 alpha-2, "001" for a
    number of no country, "ZZ" when it cannot be told, which happens only to numbers that are not valid. An
    extension is part of the three readable formats and never of e164.
    """

    raw: str
    e164: str
    international: str
    national: str
    rfc3966: str
    country_code: str
    region_code: str
    number_type: NumberType
    extension: str | None
    is_valid: bool
    doubts: tuple[Doubt, ...] = ()

    @property
    def whatsapp_id(self) -> str:
        """The number as WhatsApp writes it: the digits of E.164."""
        return self.e164.removeprefix("+")


class InvalidNumber(Struct, frozen=True):
    """A text that is not a valid phone number, and why.

    understood is what libphonenumber made of it, whenever it could read the text at all; suggestion is a
    valid number that may have been meant, when one is plausible.
    """

    raw: str
    reason: InvalidReason
    understood: PhoneNumber | None = None
    suggestion: PhoneNumber | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def message(self) -> str:
        """What is wrong, what was understood and what to do, in one or two sentences."""
        wrong, remedy = _SENTENCES[self.reason]
        if self.understood is None:
            wrong = wrong.format(place="a phone number")
        else:
            wrong = wrong.format(place=_place(self.understood))
            if self.reason in _SAY_UNDERSTOOD:
                wrong = f"{wrong}, understood as {self.understood.international}"
        if self.suggestion:
            return f"{wrong}. Did you mean {self.suggestion.international}?"
        return f"{wrong}. {remedy}"


_SENTENCES: Final = {
    InvalidReason.EMPTY: ("There is no number here", "Enter one that starts with + and the calling code."),
    InvalidReason.NOT_A_NUMBER: (
        "This is not a phone number",
        "Enter digits that start with + and the calling code.",
    ),
    InvalidReason.TOO_SHORT: ("Too short for {place}", "Check that no digit is missing."),
    InvalidReason.TOO_LONG: ("Too long for {place}", "Check that it is one number, without extra digits."),
    InvalidReason.INVALID_LENGTH: ("Wrong number of digits for {place}", "Check the digits."),
    InvalidReason.UNKNOWN_CALLING_CODE: (
        "No country has this calling code",
        "Check the first digits after the + or the code to dial abroad.",
    ),
    InvalidReason.COUNTRY_MISSING: (
        "The country is missing",
        "Start with + and the calling code, or choose a country.",
    ),
    InvalidReason.LOCAL_ONLY: ("The area code is missing for {place}", "Enter it before the number."),
    InvalidReason.NOT_ASSIGNED: ("No such numbers exist for {place}", "Check the digits."),
    InvalidReason.SHORT_CODE: (
        "This short code works only inside {place}",
        "Enter a full phone number.",
    ),
    InvalidReason.SERVICE_CODE: (
        "This is a network code to dial, not a phone number",
        "Enter the phone number without it.",
    ),
    InvalidReason.SEVERAL_NUMBERS: ("There is more than one number here", "Enter one at a time."),
    InvalidReason.ROUNDED: (
        "A spreadsheet has rounded this number, and digits are lost",
        "Enter it as it was, in a cell that holds text.",
    ),
}
_SAY_UNDERSTOOD: Final = {
    InvalidReason.TOO_SHORT,
    InvalidReason.TOO_LONG,
    InvalidReason.INVALID_LENGTH,
    InvalidReason.LOCAL_ONLY,
    InvalidReason.NOT_ASSIGNED,
}

_LONGEST_TEXT: Final = 250  # libphonenumber's own limit; longer text is not even looked at
_FEWEST_DIGITS: Final = 3
_SEVERAL: Final = 2
_SHORTEST_BESIDE_ANOTHER: Final = 6  # before a slash, anything shorter is an area code
_BETWEEN_GROUPS: Final = re.compile(r"[^+\d]+")
_UNKNOWN_CODE: Final = InvalidReason.UNKNOWN_CALLING_CODE
_BEYOND_REPAIR: Final = {InvalidReason.EMPTY, InvalidReason.SHORT_CODE, InvalidReason.SERVICE_CODE}
_FAULTS: Final = {
    # libphonenumber's word for a length, and ours for a number of that length that is not valid.
    "IS_POSSIBLE": InvalidReason.NOT_ASSIGNED,
    "IS_POSSIBLE_LOCAL_ONLY": InvalidReason.LOCAL_ONLY,
    "TOO_SHORT": InvalidReason.TOO_SHORT,
    "TOO_LONG": InvalidReason.TOO_LONG,
    "INVALID_LENGTH": InvalidReason.INVALID_LENGTH,
}
_TYPES_BY_NAME: Final = {member.value: member for member in NumberType}
_EMPTY_WORDS: Final = frozenset({"", "nan", "none", "null", "nil", "n/a", "na", "-", "#n/a"})


def parse(text: str, region: str | None = None) -> PhoneNumber | InvalidNumber:
    """Return the phone number that a text means; region is the country of national numbers, such as "US".

    Never raises: text that is no valid number gives an InvalidNumber. An unknown region counts as none.
    """
    home = region_code(region)
    plain = phone_plans.read(text, home)
    if plain is not None:
        return _plain_number(text, plain)
    return _parsed(text, home) if len(text) <= _LONGEST_TEXT else _parsed.__wrapped__(text, home)


@lru_cache(maxsize=1024)
def _parsed(text: str, home: str | None) -> PhoneNumber | InvalidNumber:
    """Return what libphonenumber makes of a text; kept, because what stands in place of numbers stands there often."""
    reading = _read(text, home)
    if isinstance(reading, InvalidReason):
        return _refusal(text, home, reading)
    number = _number(text, home, reading)
    if number.is_valid:
        return _with_other_readings(number, home)
    return _refusal(text, home, _fault(text, home, reading), number)


def _plain_number(text: str, reading: phone_plans.Reading) -> PhoneNumber:
    e164, international, national, rfc3966, code, region, type_name = reading
    kind = _TYPES_BY_NAME[type_name]
    return PhoneNumber(text, e164, international, national, rfc3966, code, region, kind, None, is_valid=True)


def _read(text: str, home: str | None) -> phonenumbers.PhoneNumber | InvalidReason:
    """Return what libphonenumber reads, or why it reads nothing."""
    # Imported on first use: it takes a tenth of a second, and not every command parses a number.
    import phonenumbers

    if len(text) > _LONGEST_TEXT:
        return InvalidReason.TOO_LONG
    if has_ornamental_digits(text):
        return InvalidReason.NOT_A_NUMBER
    try:
        return phonenumbers.parse(text, home)
    except phonenumbers.NumberParseException as error:
        plain = legible(text)
        if error.error_type == error.NOT_A_NUMBER and plain != text:
            # Invisible characters inside, or a space or dash that libphonenumber does not know.
            return _read(plain, home)
        return _reason_unread(plain.strip(), home, error.error_type)


def _reason_unread(text: str, home: str | None, error_type: int) -> InvalidReason:
    """Translate libphonenumber's reason for not reading a text."""
    from phonenumbers import NumberParseException

    if text.casefold() in _EMPTY_WORDS:
        return InvalidReason.EMPTY
    if text.startswith(("*", "#")):
        return InvalidReason.SERVICE_CODE
    if error_type == NumberParseException.INVALID_COUNTRY_CODE:
        first = next(char for char in text if char in "+＋" or char.isdecimal())
        return InvalidReason.COUNTRY_MISSING if home is None and first.isdecimal() else _UNKNOWN_CODE
    if error_type == NumberParseException.TOO_LONG:
        return InvalidReason.TOO_LONG
    digits = text.removeprefix("+")
    one_or_two = digits.isdecimal() and len(digits) < _FEWEST_DIGITS
    if one_or_two or error_type != NumberParseException.NOT_A_NUMBER:
        return InvalidReason.TOO_SHORT
    return InvalidReason.NOT_A_NUMBER


def _number(text: str, home: str | None, reading: phonenumbers.PhoneNumber) -> PhoneNumber:
    """Return everything about what libphonenumber read."""
    import phonenumbers
    from phonenumbers import PhoneNumberFormat, format_number

    # A number is valid exactly when it has a type; asking for both would work out the same twice.
    number_type = _types()[phonenumbers.number_type(reading)]
    code = str(reading.country_code)
    international = format_number(reading, PhoneNumberFormat.INTERNATIONAL)
    return PhoneNumber(
        raw=text,
        e164=format_number(reading, PhoneNumberFormat.E164),
        international=international,
        national=format_number(reading, PhoneNumberFormat.NATIONAL),
        # Without an extension this is the international format in another dress; formatting anew takes long.
        rfc3966=format_number(reading, PhoneNumberFormat.RFC3966)
        if reading.extension
        else f"tel:{_BETWEEN_GROUPS.sub('-', international)}",
        country_code=code,
        region_code=phonenumbers.region_code_for_number(reading) or _likely_region(code, home),
        number_type=number_type,
        extension=reading.extension,
        is_valid=number_type is not NumberType.UNKNOWN,
        doubts=doubts_in(text, reading.extension),
    )


def _likely_region(code: str, home: str | None) -> str:
    """Return the region of a number that fits none of those that share its calling code."""
    return home if home and calling_code(home) == code else UNKNOWN_REGION


def _with_other_readings(number: PhoneNumber, home: str | None) -> PhoneNumber:
    """Add the doubts that only show when the text is read in another way."""
    text, doubts = number.raw.strip(), list(number.doubts)
    first = text.rpartition("/")[0]
    if len(first) >= _SHORTEST_BESIDE_ANOTHER and _valid(first, home):
        doubts.append(Doubt.SECOND_NUMBER)
    if text.startswith("00"):
        # In Brazil and Colombia 00 and the next digits choose a carrier: 0057… is not a number of +57 there.
        abroad = _valid(f"+{text[2:]}", None)
        if abroad and abroad.e164 != number.e164:
            doubts.append(Doubt.DIALLING_PREFIX)
    return number if len(doubts) == len(number.doubts) else number._replace(doubts=tuple(doubts))


def _valid(text: str, home: str | None) -> PhoneNumber | None:
    """Return the number that a text means without a doubt, if it is valid."""
    reading = _read(text, home)
    if isinstance(reading, InvalidReason):
        return None
    number = _number(text, home, reading)
    return number if number.is_valid and not number.doubts else None


def _fault(text: str, home: str | None, reading: phonenumbers.PhoneNumber) -> InvalidReason:
    """Return why a number that libphonenumber could read is not valid."""
    import phonenumbers

    if text.strip().startswith(("*", "#")):
        return InvalidReason.SERVICE_CODE
    international = "+" in text or "＋" in text
    if home and not international and phonenumbers.is_valid_short_number_for_region(reading, home):
        return InvalidReason.SHORT_CODE
    result = phonenumbers.is_possible_number_with_reason(reading)
    reason = _FAULTS[phonenumbers.ValidationResult.to_string(result)]
    # Who writes the calling code has not left out the area code: digits are missing at the end.
    return InvalidReason.TOO_SHORT if international and reason is InvalidReason.LOCAL_ONLY else reason


def _refusal(
    text: str, home: str | None, reason: InvalidReason, understood: PhoneNumber | None = None
) -> InvalidNumber:
    """Return the refusal of a text, with a suggestion where one is plausible."""
    doubts = understood.doubts if understood else _doubts_unread(text)
    if reason in _BEYOND_REPAIR or len(text) > _LONGEST_TEXT:
        return InvalidNumber(text, reason, understood, doubts=doubts)
    within: list[str] = []
    if Doubt.SPREADSHEET_FLOAT in doubts:
        reason = reason if whole_number(legible(text)) else InvalidReason.ROUNDED
    else:
        within = numbers_within(text, home)
        reason = reason if len(within) < _SEVERAL else InvalidReason.SEVERAL_NUMBERS
    e164, code = (understood.e164, understood.country_code) if understood else (None, "")
    proposals = (_valid(proposal, home) for proposal in chain(within, repairs(text, e164, code)))
    suggestion = next((number for number in proposals if number), None)
    return InvalidNumber(text, reason, understood, suggestion, doubts)


def _doubts_unread(text: str) -> tuple[Doubt, ...]:
    """Return what can be said about a text that libphonenumber does not read."""
    if has_ornamental_digits(text):
        return (Doubt.ORNAMENTAL_DIGITS,)
    return (Doubt.SPREADSHEET_FLOAT,) if is_spreadsheet_float(legible(text)) else ()


def _place(number: PhoneNumber) -> str:
    name = region_name(number.region_code)
    return f"{name} (+{number.country_code})" if name else f"+{number.country_code}"


@cache
def _types() -> dict[int, NumberType]:
    """Return our number types by libphonenumber's."""
    from phonenumbers import PhoneNumberType

    return {value: NumberType[PhoneNumberType.to_string(value)] for value in PhoneNumberType.values()}
