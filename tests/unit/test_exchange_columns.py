"""Columns are recognised by what they are called, or by what stands in them."""

from __future__ import annotations

import pytest

from sent_tui.core.numbering import regions
from sent_tui.errors import UsageError
from sent_tui.services.exchange.columns import Field, Meaning, NamedField, chosen, field_for, labelled, recognise
from sent_tui.services.exchange.layout import Layout, looks_like_number
from sent_tui.services.exchange.records import Record, row_of
from sent_tui.services.exchange.regions import region_named

NAMES: dict[Meaning | None, list[str]] = {
    Field.NAME: ["name", "Full Name", "FULL_NAME", "display name", "fullname", "DisplayName", "contact-name"],
    Field.GIVEN: ["First Name", "given_name", "firstName", "Vorname", "Prénom", "First"],
    Field.MIDDLE: ["Middle Name", "Additional Name"],
    Field.FAMILY: ["Last Name", "surname", "familyName", "Nachname", "Apellidos"],
    Field.OTHER_NAME: ["Company", "Organization Name", "Organization 1 - Name", "Nickname", "File As"],
    Field.E164: ["format_e164", "E.164"],
    Field.MOBILE: [
        "mobile",
        "Mobile Phone",
        " CELL ",
        "cell phone",
        "Cell Number",
        "mobile no.",
        "Mobile Phone 2",
        "Móvil",
        "Handy",
        "Handynummer",
        "WhatsApp number",
        "whatsapp_phone",
    ],
    Field.MAIN_PHONE: ["Primary Phone", "Preferred phone"],
    Field.PHONE: [
        "phone",
        "Phone Number",
        "phone_number",
        "phonenumber",
        "phoneNumber",
        "Tel",
        "tel.",
        "Telephone",
        "Téléphone",
        "Phone 1 - Value",
        "Business Phone",
        "Home Phone 2",
        "Contact Phone",
        "Number",
        "MSISDN",
        "Company Main Phone",
    ],
    Field.REGION: ["country", "Country Code", "region_code", "Country/Region", "Land"],
    Field.TAGS: ["tags", "Tag", "Groups", "Categories"],
    Field.GROUPS: ["Group Membership", "Labels"],
    Field.NOTES: ["notes", "Note", "Comment", "Bemerkungen"],
    Field.OPT_OUT: ["opt_out", "Opt-out", "optOut", "Opted Out", "Do not contact", "unsubscribed"],
    NamedField("customer no."): ["field:customer no.", "Field: customer  no. ", " FIELD :customer no."],
    NamedField("name"): ["field:name"],
    None: [
        "field",
        "field:",
        "field 1",
        "field:a:b",
        f"field:{'n' * 41}",
        "",
        "e-mail",
        "Phone 1 - Type",
        "Phone 1 - Label",
        "Business Fax",
        "Pager",
        "Assistant's Phone",
        "phone type",
        "phone_verified",
        "whatsapp",
        "mobile app version",
        "number_type",
        "format_national",
        "international",
        "default_channel",
        "Birthday",
        "电话",
    ],
}


@pytest.mark.parametrize(("name", "field"), [(name, field) for field, names in NAMES.items() for name in names])
def test_a_column_is_recognised_by_its_name(name: str, field: Meaning | None) -> None:
    assert recognise(name) == field


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("Mobile", Field.MOBILE),
        ("* Mobile", Field.MOBILE),
        ("Work Fax", Field.IGNORED),
        ("Home", Field.PHONE),
        ("", Field.PHONE),
    ],
)
def test_a_label_says_what_a_number_is(label: str, field: Field) -> None:
    assert labelled(Field.PHONE, label) is field


@pytest.mark.parametrize(
    "text",
    [
        "+1 202-555-0100",
        "(202) 555-0100",
        "202.555.0100",
        "'+12025550100",
        '="+12025550100"',
        "tel:+12025550100",
        "0491 570 156",
        "202-555-0100 x12",
        "202-555-0100 ext. 12",
    ],
)
def test_what_looks_like_a_number(text: str) -> None:
    assert looks_like_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ada",
        "12",
        "2024-01-15",
        "15.01.2024",
        "2024-01-15 10:00",
        "2024-01-15T10:00",
        "1234567890123456",
        "555-CALL-NOW-1",
    ],
)
def test_what_does_not_look_like_a_number(text: str) -> None:
    assert not looks_like_number(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("US", "US"),
        (" us ", "US"),
        ("UK", "GB"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("United States", "US"),
        ("the United States of America", "US"),
        ("Deutschland", "DE"),
        ("Österreich", "AT"),
        ("españa", "ES"),
        ("Cote d'Ivoire", "CI"),
        ("Trinidad & Tobago", "TT"),
        ("Trinidad and Tobago", "TT"),
        ("+1", "US"),
        ("1", "US"),
        ("0044", "GB"),
        ("+46", "SE"),
        ("+800", None),
        ("+999", None),
        ("001", None),
        ("Narnia", None),
        ("", None),
    ],
)
def test_countries_as_people_write_them(text: str, code: str | None) -> None:
    assert region_named(text) == code


def test_every_region_is_found_by_its_name() -> None:
    assert {region.name: region_named(region.name) for region in regions()} == {
        region.name: region.code for region in regions()
    }


def test_a_mapping_says_what_a_column_means() -> None:
    layout = Layout.of_header(["Reach", "Who", "Phone"], {"reach": "mobile", "WHO": "name", "Phone": "ignore"})
    assert layout.columns == {"Reach": "mobile", "Who": "name"}
    assert layout.values(["+12025550100", "Ada", "+12025550101"]) == [
        (Field.MOBILE, "+12025550100"),
        (Field.NAME, "Ada"),
    ]


def test_a_mapping_takes_the_names_of_columns_for_fields_too() -> None:
    assert chosen({"A": "Phone_Number", "B": "opt out", "C": "First Name"}) == {
        "a": Field.PHONE,
        "b": Field.OPT_OUT,
        "c": Field.GIVEN,
    }


def test_a_mapping_names_a_field_of_ones_own() -> None:
    wanted = NamedField("Kd.-Nr")
    assert chosen({"A": "field:Kd.-Nr", "B": "field Kd.-Nr ", "C": " FIELD : Kd.-Nr"}) == dict.fromkeys("abc", wanted)
    assert recognise(wanted.value) == wanted
    for meaning in ("field:", "field a:b", f"field {'n' * 41}"):
        with pytest.raises(UsageError):
            chosen({"A": meaning})


@pytest.mark.parametrize(
    ("column", "name"),
    [("Kd.-Nr", "Kd.-Nr"), (" Plan:  a\nb ", "Plan a b"), ("n" * 60, "n" * 40), ("column 3", "column 3")],
)
def test_any_column_may_become_a_field(column: str, name: str) -> None:
    assert field_for(column) == NamedField(name)
    assert field_for(":") is None


def test_a_mapping_to_no_field_is_refused_with_the_fields() -> None:
    with pytest.raises(UsageError, match=r"cannot be read as birthday.*first name"):
        chosen({"Born": "birthday"})


def test_a_mapping_of_no_column_is_refused_with_the_columns() -> None:
    with pytest.raises(UsageError, match=r"no column mobil\..*Phone, column 2, Phone \(2\)"):
        Layout.of_header(["Phone", " ", "Phone"], {"Mobil": "phone"})


def test_without_numbers_the_columns_are_listed() -> None:
    layout = Layout.of_header(["Name", "E-mail", *(f"field {place}" for place in range(50)), "x" * 99])
    assert not layout.has_numbers
    with pytest.raises(UsageError, match=r"Name, E-mail, field 0.*field 37, …\. Recognised are.*phone number"):
        layout.check()


def test_a_table_without_a_header_is_understood_by_its_cells() -> None:
    rows = [
        ["10000001", "Ada", "+1 202-555-0100", "US", "2024-01-15"],
        ["10000002", "Bo", "070-1740605", "SE"],
        ["10000003", "", "", "", "x", "y"],
    ]
    assert Layout.of_content(rows).columns == {"column 2": "name", "column 3": "phone", "column 4": "region"}


def test_a_table_without_a_header_needs_only_numbers() -> None:
    assert Layout.of_content([["+1 202-555-0100"], ["+1 202-555-0101"]]).columns == {"column 1": "phone"}


def test_a_table_without_a_header_can_be_mapped_by_place() -> None:
    layout = Layout.of_content([["+1 202-555-0100", "+1 202-555-0101"]], {"Column 2": "mobile"})
    assert layout.columns == {"column 1": "phone", "column 2": "mobile"}


def test_several_numbers_of_google_stand_in_one_cell() -> None:
    layout = Layout.of_header(["Phone 1 - Type", "Phone 1 - Value", "Phone 2 - Value"])
    assert layout.values(["Mobile", "+12025550100 ::: +12025550101", "+12025550102"]) == [
        (Field.MOBILE, "+12025550100"),
        (Field.MOBILE, "+12025550101"),
        (Field.PHONE, "+12025550102"),
    ]
    assert layout.values(["Work Fax", "+12025550100"]) == []


def test_a_short_row_has_empty_cells() -> None:
    layout = Layout.of_header(["Phone 1 - Value", "Name", "Phone 1 - Label"])
    assert layout.values(["+12025550100"]) == [(Field.PHONE, "+12025550100")]


def row(*values: tuple[Field, str], region: str | None = None) -> tuple[str, str | None, str, str]:
    made = row_of(Record(1, "raw", list(values)), region)
    entry = made.entry
    return (entry.number, entry.region, entry.name, made.remark) if entry else ("", None, "", made.problem)


def test_the_mobile_number_is_taken_and_the_others_are_told() -> None:
    number, _, _, remark = row(
        (Field.PHONE, "+1 202-555-0100"),
        (Field.MAIN_PHONE, "+1 202-555-0101"),
        (Field.MOBILE, "+1 202-555-0102"),
        (Field.PHONE, "(202) 555-0102"),
    )
    assert number == "+1 202-555-0102"
    assert remark == "Only “+1 202-555-0102” is imported, not also “+1 202-555-0101”, “+1 202-555-0100”."


def test_a_word_in_place_of_a_number_gives_way_to_a_number() -> None:
    assert row((Field.MOBILE, "n/a"), (Field.PHONE, " +12025550100 ")) == ("+12025550100", None, "", "")
    assert row((Field.MOBILE, "n/a"), (Field.PHONE, "none")) == ("n/a", None, "", "")


def test_a_country_is_preferred_to_a_calling_code_and_to_the_one_for_the_whole_file() -> None:
    number = (Field.PHONE, "202-555-0100")
    assert row(number, (Field.REGION, "1"), (Field.REGION, "CA"), region="DE")[1] == "CA"
    assert row(number, (Field.REGION, "Bavaria"), (Field.REGION, "DE"))[1] == "DE"
    assert row(number, region="DE")[1] == "DE"


def test_an_unknown_country_matters_to_national_numbers_only() -> None:
    assert row((Field.PHONE, "+12025550100"), (Field.REGION, "Narnia"), region="US")[:2] == ("+12025550100", "US")
    assert "country “Narnia” is not known" in row((Field.PHONE, "2025550100"), (Field.REGION, "Narnia"))[3]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ([(Field.GIVEN, "Ada"), (Field.FAMILY, "Okafor"), (Field.NAME, "Dr Ada")], "Dr Ada"),
        ([(Field.FAMILY, " Okafor "), (Field.GIVEN, " Ada"), (Field.MIDDLE, "B.")], "Ada B. Okafor"),
        ([(Field.OTHER_NAME, "Lantern Supply"), (Field.NAME, " ")], "Lantern Supply"),
        ([(Field.NAME, "(202) 555-0100")], ""),
        ([(Field.NAME, "555")], "555"),
        ([(Field.NAME, "+12025550199")], "+12025550199"),
        ([], ""),
    ],
)
def test_the_name_is_the_best_there_is(values: list[tuple[Field, str]], name: str) -> None:
    assert row((Field.PHONE, "+12025550100"), *values)[2] == name


@pytest.mark.parametrize(
    ("text", "out"), [("TRUE", True), ("Yes", True), ("opted_out", True), ("0", False), ("no", False)]
)
def test_opt_outs_are_read(text: str, out: bool) -> None:
    values = [(Field.PHONE, "+12025550100"), (Field.OPT_OUT, text)]
    entry = row_of(Record(1, "raw", values), None).entry
    assert entry is not None
    assert entry.opt_out is out


def test_an_unclear_opt_out_is_refused() -> None:
    assert "not clear whether “maybe”" in row((Field.PHONE, "+12025550100"), (Field.OPT_OUT, "maybe"))[3]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("a\0b", "a NUL character"), ("a\ud800b", "half a character"), ("é" * 131_073, "more than 131,072 characters")],
)
def test_text_that_no_contact_can_have_is_refused(text: str, reason: str) -> None:
    assert reason in row((Field.PHONE, "+12025550100"), (Field.NOTES, text))[3]


def test_notes_of_several_columns_are_lines() -> None:
    values = [(Field.PHONE, "+12025550100"), (Field.NOTES, "one"), (Field.NOTES, "two")]
    entry = row_of(Record(1, "raw", values), None).entry
    assert entry is not None
    assert entry.notes == "one\ntwo"
