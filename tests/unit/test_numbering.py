"""Countries and what a number's range tells."""

from __future__ import annotations

import subprocess
import sys

import phonenumbers
import pytest

from sent_tui.core.numbering import NumberFacts, Region, calling_code, facts, region_code, region_name, regions


def test_there_is_a_region_for_each_one_that_libphonenumber_supports() -> None:
    codes = [region.code for region in regions()]
    assert len(codes) == len(set(codes))
    assert set(codes) == phonenumbers.SUPPORTED_REGIONS


def test_calling_codes_are_those_of_libphonenumber() -> None:
    by_code = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    assert [region for region in regions() if region.code not in by_code[int(region.calling_code)]] == []


def test_regions_are_sorted_by_name_whatever_the_accents() -> None:
    names = [region.name for region in regions()]
    assert names[:3] == ["Afghanistan", "Åland Islands", "Albania"]
    assert names.index("Romania") - 1 == names.index("Réunion")
    assert len(set(names)) == len(names)
    assert all(name == name.strip() and name[0].isupper() for name in names)
    assert Region("GB", "United Kingdom", "44") in regions()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("US", "US"),
        ("us", "US"),
        (" gb ", "GB"),
        ("UK", "GB"),
        ("XK", "XK"),
        (None, None),
        ("", None),
        ("ZZ", None),
        ("001", None),
        ("United States", None),
        ("ß", None),
    ],
)
def test_a_region_is_recognised_as_typed(text: str | None, code: str | None) -> None:
    assert region_code(text) == code


def test_a_region_has_a_name_and_a_calling_code() -> None:
    assert (region_name("CI"), calling_code("CI")) == ("Côte d’Ivoire", "225")
    assert (region_name("001"), calling_code("001")) == ("", "")
    assert (region_name("ZZ"), calling_code("ZZ")) == ("", "")


def test_a_number_has_a_place_and_time_zones() -> None:
    found = facts("+442079460958")
    assert (found.place, found.carrier, found.time_zones) == ("London", "", ("Europe/London",))


def test_a_mobile_number_has_a_carrier() -> None:
    found = facts("+61491570156")
    assert found.place == "Australia"
    assert found.carrier
    assert "Australia/Sydney" in found.time_zones


def test_a_number_that_regions_share_is_in_the_one_it_belongs_to() -> None:
    assert facts("+447781123456").place == "Guernsey"
    assert facts("+80012345678").place == ""


def test_a_number_may_have_several_time_zones() -> None:
    assert len(facts("+18005550199").time_zones) > 1


@pytest.mark.parametrize("text", ["", "hello", "+", "12025550123", "+999123456"])
def test_what_is_no_number_has_no_facts(text: str) -> None:
    assert facts(text) == NumberFacts()


def test_an_unknown_time_zone_is_none() -> None:
    assert facts("+80012345678").time_zones == ()


def test_the_tables_are_loaded_on_first_use_only() -> None:
    code = (
        "import sys; from sent_tui.core.numbering import regions; from sent_tui.core.phone import parse\n"
        "regions(); print(parse('+442079460958').message if not parse('+442079460958').is_valid else '')\n"
        "heavy = {'phonenumbers.geocoder', 'phonenumbers.carrier', 'phonenumbers.timezone'}\n"
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_carrier_and_time_zones_are_told_without_the_tables_of_places() -> None:
    code = (
        "import sys; from sent_tui.core.numbering import carrier_of, time_zones_of;"
        "print(carrier_of('+61491570156'), *time_zones_of('+442079460958'), 'phonenumbers.geocoder' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert ran.stdout == f"{facts('+61491570156').carrier} Europe/London False\n"
