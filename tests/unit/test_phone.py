"""Reading phone numbers: what is accepted, what is doubted, what is refused and what is proposed instead."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sent_tui.core.number_type import NumberType
from sent_tui.core.numbering import regions
from sent_tui.core.phone import Doubt, InvalidNumber, InvalidReason, PhoneNumber, parse
from sent_tui.core.phone_doubts import whole_number

US = "+12025550123"
GB = "+442079460958"
DE = "+493023125000"


def valid(text: str, region: str | None = None) -> PhoneNumber:
    number = parse(text, region)
    assert isinstance(number, PhoneNumber), number
    return number


def refused(text: str, region: str | None = None) -> InvalidNumber:
    number = parse(text, region)
    assert isinstance(number, InvalidNumber), number
    return number


CLEAN = [
    ("+12025550123", None, US),
    ("+1 202-555-0123", None, US),
    ("+1 (202) 555-0123", None, US),
    ("+1.202.555.0123", None, US),
    ("+1/202/555/0123", None, US),
    ("+1 202 555 01 23", None, US),
    ("+ 1 202 555 0123", None, US),
    ("++1 202 555 0123", None, US),
    ("  +12025550123\t\r\n", None, US),
    ("+12025550123.", None, US),
    ("(+12025550123)", None, US),
    ("(+1) 202 555 0123", None, US),
    ("[+1] 202 555 0123", None, US),
    ("tel:+1-202-555-0123", None, US),
    ("TEL: +1-202-555-0123", None, US),
    ("tel:202-555-0123;phone-context=+1", None, US),
    ("202-555-0123;phone-context=+1", None, US),
    ("2025550123", "US", US),
    ("12025550123", "US", US),
    ("1 (202) 555-0123", "US", US),
    ("(202) 555-0123", "US", US),
    ("202.555.0123", " us ", US),
    ("202 555 0123", "CA", US),
    ("0011 1 202 555 0123", "AU", US),
    ("00 1 202 555 0123", "FR", US),
    ("011 44 20 7946 0958", "US", GB),
    ("00442079460958", "DE", GB),
    ("020 7946 0958", "GB", GB),
    ("(020) 7946 0958", "UK", GB),
    ("+44 (0)20 7946 0958", None, GB),
    ("+44 (0) 20 7946 0958", "US", GB),
    ("442079460958", "GB", GB),
    ("030/23125 000", "DE", DE),
    ("030 / 23125-000", "DE", DE),
    ("+49 (0)30 23125-000", "ZZ", DE),
    ("+1\u00a0202\u00a0555\u00a00123", None, US),
    ("+1\u202f202\u2009555\u30000123", None, US),
    ("+1 202‐555‑0123", None, US),
    ("+1 202‒555–0123", None, US),
    ("+1 202—555―0123", None, US),
    ("+1 202−555－0123", None, US),
    ("+1 202﹘555\u058a0123", None, US),
    ("\u202a+1 202 555 0123\u202c", None, US),
    ("\ufeff+12025550123\u200e", None, US),
    ("+1\u200b202\u2060555\u00ad0123", None, US),
    ("+1 202\u200e555\u202c0123", None, US),
    ("＋１（２０２）５５５－０１２３", None, US),
    ("２０２．５５５／０１２３", "US", US),
    ("+١٢٠٢٥٥٥٠١٢٣", None, US),
    ("+۱۲۰۲۵۵۵۰۱۲۳", None, US),
    ("२०२५५५०१२३", "US", US),
    ("+39 02 1234 5678", None, "+390212345678"),
    ("02 1234 5678", "IT", "+390212345678"),
    ("+61 491 570 156", None, "+61491570156"),
    ("0491 570 156", "AU", "+61491570156"),
    ("070-174 06 05", "SE", "+46701740605"),
    ("01 99 00 12 34", "FR", "+33199001234"),
    ("+800 1234 5678", None, "+80012345678"),
    # Argentina: 15 after the area code is the mobile 9 before it.
    ("011 15-2345-6789", "AR", "+5491123456789"),
]


@pytest.mark.parametrize(("text", "region", "e164"), CLEAN)
def test_a_clean_spelling_is_understood_without_a_doubt(text: str, region: str | None, e164: str) -> None:
    number = valid(text, region)
    assert (number.e164, number.doubts, number.extension) == (e164, (), None)
    assert number.raw == text


@pytest.mark.parametrize(
    ("text", "extension"),
    [
        ("+1 202 555 0123 x12", "12"),
        ("+1 202 555 0123x12", "12"),
        ("+1 202 555 0123 ext. 12", "12"),
        ("+1 202 555 0123 Ext: 12", "12"),
        ("+1 202 555 0123, ext 12", "12"),
        ("+1 202 555 0123 extn 12", "12"),
        ("+1 202 555 0123 extension 12", "12"),
        ("+1 202 555 0123 extensión 12", "12"),
        ("+1 202 555 0123 xtn 12", "12"),
        ("+1 202 555 0123 anexo 12", "12"),
        ("+1 202 555 0123 доб. 12", "12"),
        ("+1 202 555 0123 int 12", "12"),
        ("+1 202 555 0123 ｅｘｔ 12", "12"),
        ("+1 202 555 0123#12", "12"),
        ("+1 202 555 0123 #12#", "12"),
        ("+12025550123,,12", "12"),
        ("tel:+1-202-555-0123;ext=12", "12"),
        ("202-555-0123;ext=12;phone-context=+1", "12"),
        ("+1 202 555 0123 ext. 12345678901234567890", "12345678901234567890"),
    ],
)
def test_an_extension_is_kept_apart(text: str, extension: str) -> None:
    number = valid(text)
    assert (number.e164, number.extension, number.doubts) == (US, extension, ())
    assert number.international == f"+1 202-555-0123 ext. {extension}"
    assert number.rfc3966 == f"tel:+1-202-555-0123;ext={extension}"


DOUBTFUL = [
    ("1-800-FLOWERS", "US", "+18003569377", [Doubt.LETTERS]),
    ("+1 (202) 555-abcd", None, "+12025552223", [Doubt.LETTERS]),
    ("Call 1-800-FLOWERS", "US", "+18003569377", [Doubt.LETTERS, Doubt.SURROUNDING_TEXT]),
    ("1-800-FLOWERS x12", "US", "+18003569377", [Doubt.LETTERS]),
    ("Mobile: +1 202 555 0123", None, US, [Doubt.SURROUNDING_TEXT]),
    ("<+12025550123>", None, US, [Doubt.SURROUNDING_TEXT]),
    ('"+12025550123"', None, US, [Doubt.SURROUNDING_TEXT]),
    ("+1 202 555 0123 (m)", None, US, [Doubt.SURROUNDING_TEXT]),
    ("+1 202 555 0123 ☎", None, US, [Doubt.SURROUNDING_TEXT]),
    ("202 x 555 - 0123", "US", US, [Doubt.SURROUNDING_TEXT]),
    ("2025550123x", "US", US, [Doubt.SURROUNDING_TEXT]),
    ("tel:+12025550123;isub=1234", None, US, [Doubt.SURROUNDING_TEXT]),
    ("202-555-0123;phone-context=example.com", "US", US, [Doubt.SURROUNDING_TEXT]),
    ("+1 202 555 0123l", None, US, [Doubt.LOOKALIKE]),
    ("+1 202 555 O0123", None, US, [Doubt.LOOKALIKE]),
    ("О202 555 0123", "US", US, [Doubt.LOOKALIKE]),
    ("=+12025550123", None, US, [Doubt.FORMULA]),
    ('="+12025550123"', None, US, [Doubt.FORMULA]),
    ("'+12025550123", None, US, [Doubt.FORMULA]),
    ("’+12025550123", None, US, [Doubt.FORMULA]),
    ("@+12025550123", None, US, [Doubt.FORMULA]),
    ("-12025550123", "US", US, [Doubt.FORMULA]),
    ("+12025550123\0", None, US, [Doubt.CONTROL_CHARACTERS]),
    ("\0+12025550123", None, US, [Doubt.CONTROL_CHARACTERS]),
    ("\x1b+12025550123", None, US, [Doubt.CONTROL_CHARACTERS]),
    ("*2025550123", "US", US, [Doubt.NETWORK_CODE]),
    ("#2025550123", "US", US, [Doubt.NETWORK_CODE]),
    ("+1*2025550123", None, US, [Doubt.NETWORK_CODE]),
    ("+1 202 555 0123, 12", None, US, [Doubt.EXTENSION]),
    ("+1 202 555 0123 ~12", None, US, [Doubt.EXTENSION]),
    ("+1 202 555 0123 - 12#", None, US, [Doubt.EXTENSION]),
    ("(202) 555-0123 x12/x34", "US", US, [Doubt.SURROUNDING_TEXT, Doubt.SECOND_NUMBER]),
    ("301234567.0", "DE", "+493012345670", [Doubt.SPREADSHEET_FLOAT]),
    ("030 23125000/01", "DE", "+49302312500001", [Doubt.SECOND_NUMBER]),
    # In Colombia 005 dials abroad by one carrier: what is left is a number of +7.
    ("0057 301 234 5678", "CO", "+73012345678", [Doubt.DIALLING_PREFIX]),
]


@pytest.mark.parametrize(("text", "region", "e164", "doubts"), DOUBTFUL)
def test_what_was_not_typed_is_doubted(text: str, region: str, e164: str, doubts: list[Doubt]) -> None:
    number = valid(text, region)
    assert (number.e164, list(number.doubts)) == (e164, doubts)


REFUSED = [
    ("", None, InvalidReason.EMPTY, None, None),
    (" \t\u00a0\u200b", "US", InvalidReason.EMPTY, None, None),
    ("nan", "US", InvalidReason.EMPTY, None, None),
    ("None", None, InvalidReason.EMPTY, None, None),
    ("-", None, InvalidReason.EMPTY, None, None),
    ("+", "US", InvalidReason.NOT_A_NUMBER, None, None),
    ("hello", "US", InvalidReason.NOT_A_NUMBER, None, None),
    ("\ud800", None, InvalidReason.NOT_A_NUMBER, None, None),
    ("\0", None, InvalidReason.NOT_A_NUMBER, None, None),
    ("20261123 08:00", "US", InvalidReason.NOT_A_NUMBER, None, None),
    ("80.585 [79.964, 81.191]", "US", InvalidReason.NOT_A_NUMBER, None, None),
    ("tel:+12025550123;phone-context=", None, InvalidReason.NOT_A_NUMBER, None, US),
    ("1", "US", InvalidReason.TOO_SHORT, None, None),
    ("+1", None, InvalidReason.TOO_SHORT, None, None),
    ("007", "GB", InvalidReason.TOO_SHORT, None, None),
    ("+6750", None, InvalidReason.TOO_SHORT, None, None),
    ("+44 20 7946 95", None, InvalidReason.TOO_SHORT, "+4420794695", None),
    ("+1 202 555 01", None, InvalidReason.TOO_SHORT, "+120255501", None),
    ("+1 202 555 01234", None, InvalidReason.TOO_LONG, "+120255501234", None),
    ("1" * 30, "US", InvalidReason.TOO_LONG, None, None),
    ("1" * 251, "US", InvalidReason.TOO_LONG, None, None),
    (" " * 300 + US, None, InvalidReason.TOO_LONG, None, None),
    ("+7 800 555 35 35 3 5", None, InvalidReason.INVALID_LENGTH, "+7800555353535", None),
    ("+999 123 456", None, InvalidReason.UNKNOWN_CALLING_CODE, None, None),
    ("+210 123 456 789", None, InvalidReason.UNKNOWN_CALLING_CODE, None, None),
    ("011 999 123 456", "US", InvalidReason.UNKNOWN_CALLING_CODE, None, None),
    ("+0064 3 331 6005", None, InvalidReason.UNKNOWN_CALLING_CODE, None, "+6433316005"),
    ("+020 7946 0958", "GB", InvalidReason.UNKNOWN_CALLING_CODE, None, GB),
    ("020 7946 0958", None, InvalidReason.COUNTRY_MISSING, None, None),
    ("020 7946 0958", "XX", InvalidReason.COUNTRY_MISSING, None, None),
    ("2025550123", None, InvalidReason.COUNTRY_MISSING, None, None),
    ("12025550123", None, InvalidReason.COUNTRY_MISSING, None, US),
    ("442079460958", None, InvalidReason.COUNTRY_MISSING, None, GB),
    ("00442079460958", None, InvalidReason.COUNTRY_MISSING, None, GB),
    ("442079460958", "US", InvalidReason.TOO_LONG, "+1442079460958", GB),
    ("00442079460958", "US", InvalidReason.TOO_LONG, "+100442079460958", GB),
    ("011442079460958", "GB", InvalidReason.TOO_LONG, "+4411442079460958", GB),
    ("+2025550123", "US", InvalidReason.NOT_ASSIGNED, "+2025550123", US),
    ("00 55 11 96123 4567", "BR", InvalidReason.NOT_ASSIGNED, "+11961234567", "+5511961234567"),
    ("555-0123", "US", InvalidReason.LOCAL_ONLY, "+15550123", None),
    ("+1 555 0123", None, InvalidReason.TOO_SHORT, "+15550123", None),
    ("07700 900123", "GB", InvalidReason.NOT_ASSIGNED, "+447700900123", None),
    ("+44 7700 900123", None, InvalidReason.NOT_ASSIGNED, "+447700900123", None),
    ("911", "US", InvalidReason.SHORT_CODE, "+1911", None),
    ("112", "DE", InvalidReason.SHORT_CODE, "+49112", None),
    ("+49112", "DE", InvalidReason.TOO_SHORT, "+49112", None),
    ("*31#", "DE", InvalidReason.SERVICE_CODE, None, None),
    ("#31#+493023125000", "DE", InvalidReason.SERVICE_CODE, None, None),
    ("*67 202 555 0123", "US", InvalidReason.SERVICE_CODE, "+1672025550123", None),
    ("+1 202 555 0123, +1 202 555 0124", None, InvalidReason.SEVERAL_NUMBERS, None, US),
    ("202 555 0123\n202 555 0124", "US", InvalidReason.SEVERAL_NUMBERS, None, US),
    ("2025550123 or 2025550124", "US", InvalidReason.SEVERAL_NUMBERS, None, US),
    ("+1 202 555 0123/24", None, InvalidReason.TOO_LONG, "+1202555012324", US),
    ("+1 202 555 0123 | 0124", None, InvalidReason.NOT_A_NUMBER, None, US),
    ("Call me: +1 202 555 0123 (home)", None, InvalidReason.TOO_LONG, "+120255501234663", US),
    ("202 555 0123 ext. abc", "US", InvalidReason.TOO_LONG, "+12025550123398222", US),
    ("1-800-FLOWERSNOW", "US", InvalidReason.TOO_LONG, "+18003569377669", "+18003569377"),
    ("12025550123.0", "US", InvalidReason.TOO_LONG, "+120255501230", US),
    ("12025550123.00", None, InvalidReason.COUNTRY_MISSING, None, US),
    ("12025550123,0", "GB", InvalidReason.TOO_LONG, "+4412025550123", US),
    ("1.2025550123e10", "US", InvalidReason.TOO_LONG, "+1202555012310", US),
    ("1,2025550123E+10", None, InvalidReason.NOT_A_NUMBER, None, US),
    ("1.20256E+10", "US", InvalidReason.ROUNDED, None, None),
    ("1.20256e10", "US", InvalidReason.ROUNDED, "+112025610", None),
    ("O20 7946 O958", "GB", InvalidReason.NOT_ASSIGNED, "+44207946958", GB),
    ("l-202-555-0l23", "US", InvalidReason.TOO_SHORT, "+1202555023", US),
    ("+1 2O2 555 OI23", None, InvalidReason.NOT_A_NUMBER, None, US),
    ("+𝟏𝟐𝟎𝟐𝟓𝟓𝟓𝟎𝟏𝟐𝟑", None, InvalidReason.NOT_A_NUMBER, None, US),
    ("+①②⓪②⑤⑤⑤⓪①②③", None, InvalidReason.NOT_A_NUMBER, None, US),
    ("+1202\n5550123", None, InvalidReason.NOT_A_NUMBER, None, US),
    ("+1\t202\t555\t0123", None, InvalidReason.NOT_A_NUMBER, None, US),
    ("202·555·0123", "US", InvalidReason.NOT_A_NUMBER, None, US),
    ("202_555_0123", "US", InvalidReason.NOT_A_NUMBER, None, US),
    ("1,202,555,0123", "US", InvalidReason.NOT_A_NUMBER, None, US),
    ("+1 (0)202 555 0123", None, InvalidReason.TOO_LONG, "+102025550123", US),
    ("+61 (0)0 491 570 156", None, InvalidReason.NOT_ASSIGNED, "+610491570156", "+61491570156"),
    ("\x1b[31m+12025550123", None, InvalidReason.NOT_A_NUMBER, None, US),
]


@pytest.mark.parametrize(("text", "region", "reason", "understood", "suggestion"), REFUSED)
def test_what_is_not_valid_is_refused_with_the_reason_and_the_nearest_valid_number(
    text: str, region: str | None, reason: InvalidReason, understood: str | None, suggestion: str | None
) -> None:
    number = refused(text, region)
    assert number.reason is reason
    assert (number.understood and number.understood.e164) == understood
    assert (number.suggestion and number.suggestion.e164) == suggestion
    assert number.raw == text
    if number.understood:
        assert not number.understood.is_valid
        assert number.understood.number_type is NumberType.UNKNOWN


OLD_PLANS = [
    ("+55 11 6123 4567", None, "+5511961234567"),
    ("(11) 6123-4567", "BR", "+5511961234567"),
    ("+52 1 55 1234 5678", None, "+525512345678"),
    ("5215512345678", "MX", "+525512345678"),
    ("044 55 1234 5678", "MX", "+525512345678"),
    ("045 55 1234 5678", "MX", "+525512345678"),
    ("01 55 1234 5678", "MX", "+525512345678"),
    ("+225 01 23 45 67", None, "+2250101234567"),
    ("+225 45 23 45 67", None, "+2250545234567"),
    ("+225 07 23 45 67", None, "+2250707234567"),
    ("+229 95 12 34 56", None, "+2290195123456"),
]


@pytest.mark.parametrize(("text", "region", "e164"), OLD_PLANS)
def test_the_number_that_replaced_an_old_one_is_suggested(text: str, region: str | None, e164: str) -> None:
    suggestion = refused(text, region).suggestion
    assert suggestion is not None
    assert (suggestion.e164, suggestion.is_valid, suggestion.doubts) == (e164, True, ())


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+1 202 555 01", None),  # nothing tells which digits are missing
        ("1.20256E+10", "US"),  # rounded away
        ("31/8/2026", "US"),
        ("20261123 08:00", "DE"),
        ("192.168.0.1", "US"),
        ("(11) 2345-671859", "BR"),  # an area code is no calling code
        ("+33 1 99 00 12", "FR"),
        ("044(33)1234-5678", "US"),  # a part of a longer number
        ("+1 202 555 c012", None),  # a letter where a digit should be
    ],
)
def test_nothing_implausible_is_suggested(text: str, region: str | None) -> None:
    assert refused(text, region).suggestion is None


def test_a_number_has_every_format_and_fact() -> None:
    assert valid("020 7946 0958", "gb") == PhoneNumber(
        raw="020 7946 0958",
        e164="+442079460958",
        international="+44 20 7946 0958",
        national="020 7946 0958",
        rfc3966="tel:+44-20-7946-0958",
        country_code="44",
        region_code="GB",
        number_type=NumberType.FIXED_LINE,
        extension=None,
        is_valid=True,
        doubts=(),
    )
    assert valid(US).whatsapp_id == "12025550123"


@pytest.mark.parametrize(
    ("text", "region", "number_type", "region_code"),
    [
        ("+1 202 555 0123", None, NumberType.FIXED_LINE_OR_MOBILE, "US"),
        ("+1 416 555 0123", None, NumberType.FIXED_LINE_OR_MOBILE, "CA"),
        ("800 555 0199", "US", NumberType.TOLL_FREE, "US"),
        ("0491 570 156", "AU", NumberType.MOBILE, "AU"),
        ("030 23125 000", "DE", NumberType.FIXED_LINE, "DE"),
        ("0909 879 0123", "GB", NumberType.PREMIUM_RATE, "GB"),
        ("03069 990123", "GB", NumberType.UAN, "GB"),
        ("+44 7781 123456", None, NumberType.MOBILE, "GG"),
        ("+800 1234 5678", "US", NumberType.TOLL_FREE, "001"),
        ("+882 16 12345678", None, NumberType.VOIP, "001"),
    ],
)
def test_type_and_region_come_from_the_number(
    text: str, region: str | None, number_type: NumberType, region_code: str
) -> None:
    number = valid(text, region)
    assert (number.number_type, number.region_code) == (number_type, region_code)


@pytest.mark.parametrize(
    ("text", "region", "region_code"),
    [("+1 202 555 01", None, "ZZ"), ("202 555 01", "CA", "CA"), ("+1 202 555 01", "GB", "ZZ"), ("123", "FR", "FR")],
)
def test_the_region_of_a_number_that_is_not_valid_is_the_likely_one(
    text: str, region: str | None, region_code: str
) -> None:
    understood = refused(text, region).understood
    assert understood is not None
    assert understood.region_code == region_code


@pytest.mark.parametrize(
    ("text", "region", "message"),
    [
        ("", None, "There is no number here. Enter one that starts with + and the calling code."),
        (
            "+49 30 1",
            None,
            "Too short for Germany (+49), understood as +49 301. Check that no digit is missing.",
        ),
        (
            "+1 202 555 01",
            None,
            "Too short for +1, understood as +1 20255501. Check that no digit is missing.",
        ),
        ("1", "US", "Too short for a phone number. Check that no digit is missing."),
        (
            "O20 7946 O958",
            "GB",
            (
                "No such numbers exist for United Kingdom (+44), understood as +44 207946958. "
                "Did you mean +44 20 7946 0958?"
            ),
        ),
        (
            "2025550123",
            None,
            "The country is missing. Start with + and the calling code, or choose a country.",
        ),
        (
            "+999 123 456",
            None,
            "No country has this calling code. Check the first digits after the + or the code to dial abroad.",
        ),
        (
            "555-0123",
            "US",
            "The area code is missing for United States (+1), understood as +1 5550123. Enter it before the number.",
        ),
        ("112", "DE", "This short code works only inside Germany (+49). Enter a full phone number."),
        ("*31#", "DE", "This is a network code to dial, not a phone number. Enter the phone number without it."),
        (f"{US}; {GB}", None, "There is more than one number here. Did you mean +1 202-555-0123?"),
        (
            "1.2E+10",
            "US",
            (
                "A spreadsheet has rounded this number, and digits are lost. "
                "Enter it as it was, in a cell that holds text."
            ),
        ),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_do(text: str, region: str | None, message: str) -> None:
    assert refused(text, region).message == message


@pytest.mark.parametrize("reason", InvalidReason)
def test_every_reason_has_its_words(reason: InvalidReason) -> None:
    message = InvalidNumber("", reason).message
    assert message.endswith(".")
    assert message[0].isupper()
    assert "{" not in message


@pytest.mark.parametrize("doubt", Doubt)
def test_every_doubt_has_its_sentence(doubt: Doubt) -> None:
    assert doubt.sentence.endswith(".")
    assert doubt.sentence[0].isupper()


def test_every_type_has_its_label() -> None:
    assert NumberType.FIXED_LINE_OR_MOBILE.label == "fixed line or mobile"
    assert NumberType.VOIP.label == "internet phone"
    assert len({kind.label for kind in NumberType}) == len(NumberType)


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        ("1.20256E+10", (Doubt.SPREADSHEET_FLOAT,)),
        ("𝟏𝟐𝟎𝟐𝟓𝟓𝟓𝟎𝟏𝟐𝟑", (Doubt.ORNAMENTAL_DIGITS,)),
        ("hello", ()),
        ("Call me: +1 202 555 0123 (home)", (Doubt.LETTERS, Doubt.SURROUNDING_TEXT)),
        ("555 0123 x 1234567890", (Doubt.EXTENSION,)),
    ],
)
def test_a_refusal_keeps_the_doubts(text: str, doubts: tuple[Doubt, ...]) -> None:
    assert refused(text, "US").doubts == doubts


def test_a_decimal_number_with_all_its_digits_is_whole() -> None:
    assert whole_number("12025550123.0") == "12025550123"
    assert whole_number("1.2025550123e10") == "12025550123"
    assert whole_number("1.2025550123e11") is None
    assert whole_number("1.2025550123e9") is None
    assert whole_number("12025550123") is None


@cache
def examples() -> list[phonenumbers.PhoneNumber]:
    """One number for each region and type, from libphonenumber's own tables."""
    kinds = phonenumbers.PhoneNumberType.values()
    codes = [region.code for region in regions()]
    found = [phonenumbers.example_number_for_type(code, kind) for code in codes for kind in kinds]
    found += [phonenumbers.example_number_for_non_geo_entity(c) for c in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS]
    return [number for number in found if number]


# Drawn from when a test runs, not when it is collected: the tables of all regions take a second to load.
EXAMPLES = st.deferred(lambda: st.sampled_from(examples()))


def agrees(text: str, region: str | None) -> None:
    """Compare every value with what libphonenumber computes for the same text."""
    number = parse(text, region)
    reading = phonenumbers.parse(text, region)
    ours = number if isinstance(number, PhoneNumber) else number.understood
    assert ours is not None
    formats = phonenumbers.PhoneNumberFormat
    kind = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(reading))
    assert isinstance(number, PhoneNumber) == phonenumbers.is_valid_number(reading)
    assert ours.e164 == phonenumbers.format_number(reading, formats.E164)
    assert ours.international == phonenumbers.format_number(reading, formats.INTERNATIONAL)
    assert ours.national == phonenumbers.format_number(reading, formats.NATIONAL)
    assert ours.rfc3966 == phonenumbers.format_number(reading, formats.RFC3966)
    assert ours.number_type.name == kind
    assert ours.country_code == str(reading.country_code)
    assert ours.extension == reading.extension


def test_every_example_of_every_region_agrees_with_libphonenumber() -> None:
    for example_number in examples():
        e164 = phonenumbers.format_number(example_number, phonenumbers.PhoneNumberFormat.E164)
        for text in (e164, e164[:-1], f"{e164}0", f"{e164} ext. 12", f"{e164[:5]} (0){e164[5:]}"):
            agrees(text, None)


@given(EXAMPLES, st.integers(0, 9_999), st.sampled_from([region.code for region in regions()]))
@settings(deadline=None)
def test_any_number_agrees_with_libphonenumber(number: phonenumbers.PhoneNumber, end: int, region: str) -> None:
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    agrees(f"{e164[:-4]}{end:04}", region)


@given(EXAMPLES, st.integers(0, 9_999))
@settings(deadline=None)
def test_every_format_means_the_same_number(example_number: phonenumbers.PhoneNumber, end: int) -> None:
    e164 = phonenumbers.format_number(example_number, phonenumbers.PhoneNumberFormat.E164)
    number = parse(f"{e164[:-4]}{end:04}")
    if isinstance(number, InvalidNumber):
        return
    for text in (number.e164, number.international, number.rfc3966):
        again = valid(text)
        assert (again.e164, again.doubts) == (number.e164, ())
    if number.region_code != "001":
        assert valid(number.national, number.region_code).e164 == number.e164


CHARACTERS = "0123456789 +-()./xX#*;,~='@eElO\n\t\0\u200b\u00a0\u0661\uff11𝟏²①\ud800"
WORDS = ["tel:", " ext. ", ";ext=", "00", ";phone-context=", ";isub=", "E+10", ".0", US, "abc", "(0)"]
PIECES = st.sampled_from([*CHARACTERS, *WORDS])


@given(
    st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join)),
    st.one_of(st.none(), st.text(max_size=3), st.sampled_from(["US", "de", "GB", "AR", "BR", "CO", "ZZ", "001"])),
)
@example("1" * 100_000, None)
@example("\ud800\udfff", "US")
@settings(max_examples=300, deadline=None)
def test_no_text_raises(text: str, region: str | None) -> None:
    number = parse(text, region)
    assert number.raw == text
    if isinstance(number, PhoneNumber):
        assert number.is_valid
        assert valid(number.e164).e164 == number.e164
    else:
        assert number.message
        assert number.suggestion is None or (number.suggestion.is_valid and not number.suggestion.doubts)


@given(st.sampled_from([US, GB, DE]), st.text(alphabet='abcdefghijklmnopqrstuvwxyz !?"%$=@*', min_size=1))
@settings(deadline=None)
def test_text_beside_a_number_is_never_passed_over(number: str, noise: str) -> None:
    for text in (f"{noise}{number}", f"{number}{noise}"):
        found = parse(text)
        if isinstance(found, PhoneNumber) and text.strip().lower().removeprefix("tel:").strip() != number:
            assert found.doubts


def test_importing_the_module_does_not_import_libphonenumber() -> None:
    code = "import sys, sent_tui.core.phone, sent_tui.core.as_you_type; sys.exit('phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
