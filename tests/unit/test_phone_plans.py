from __future__ import annotations

import random
from collections.abc import Iterator

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core import phone, phone_plans
from sent_tui.core.numbering import regions
from sent_tui.core.phone import InvalidNumber, PhoneNumber, parse

SEED = 20260301
TRIED = 12
REGIONS = [region.code for region in regions()]


def by_library(monkeypatch: pytest.MonkeyPatch, text: str, region: str | None) -> PhoneNumber | InvalidNumber:
    with monkeypatch.context() as patch:
        patch.setattr(phone_plans, "read", lambda text, home: None)
        return parse(text, region)


def examples(region: str) -> set[str]:
    found = (phonenumbers.example_number_for_type(region, kind) for kind in phonenumbers.PhoneNumberType.values())
    return {phonenumbers.national_significant_number(number) for number in found if number}


def changed(number: str, chance: random.Random) -> Iterator[str]:
    yield number
    for _ in range(TRIED):
        kept = chance.randrange(len(number))
        yield number[:kept] + "".join(chance.choices("0123456789", k=len(number) - kept))
        digits = list(number)
        digits[chance.randrange(len(digits))] = chance.choice("0123456789")
        yield "".join(digits)
    yield number + chance.choice("0123456789")
    yield number[:-1]


def texts(region: str, chance: random.Random) -> Iterator[tuple[str, str | None]]:
    code = phonenumbers.country_code_for_region(region)
    trunk = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True) or ""
    for number in sorted(examples(region)):
        for digits in changed(number, chance):
            yield f"+{code}{digits}", None
            yield f"+{code} ({trunk}) {digits[:3]}-{digits[3:]}", chance.choice(REGIONS)
            yield f"{trunk}{digits}", region
            yield f"({digits[:2]}) {digits[2:5]}.{digits[5:]}", region
            yield f"{code}{digits}", region


@pytest.mark.parametrize("region", REGIONS)
def test_a_plan_reads_what_the_library_reads(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(f"{SEED}{region}")
    read = 0
    for text, home in texts(region, chance):
        if phone_plans.read(text, home) is not None:
            read += 1
            assert parse(text, home) == by_library(monkeypatch, text, home), (text, home)
    assert read


@given(st.text("0123456789+ ()-.", max_size=24), st.sampled_from([None, *REGIONS]))
def test_any_plain_text_is_read_as_by_the_library(text: str, region: str | None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        assert parse(text, region) == by_library(patch, text, region)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("12025550123.0", "US"),
        ("+12025550123.00", None),
        ("202-555-0123 x5", "US"),
        ("00442079460123", "US"),
        ("+44 20 7946 0123 / 0124", None),
        ("+٤٤٢٠٧٩٤٦٠١٢٣", None),
        ("1-800-FLOWERS", "US"),
        ("2025550123", None),
        ("+80012345678", None),
        ("+999 123 4567", None),
        ("", "US"),
    ],
)
def test_what_is_not_plain_is_left_to_the_library(text: str, region: str | None) -> None:
    assert phone_plans.read(text, region) is None


@pytest.mark.parametrize(
    ("text", "region"), [("+1 202-555-0123", None), ("(0191) 498 0123", "GB"), ("0491 570 156", "AU")]
)
def test_what_is_plain_asks_the_library_nothing(text: str, region: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = parse(text, region)
    monkeypatch.setattr(phone, "_number", None)
    assert parse(text, region) == expected
