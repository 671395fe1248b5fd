"""Files of contacts are read row by row, by their content, and a bad row costs no other."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sent_tui.errors import NotFoundError, SentTuiError, UsageError
from sent_tui.services.contacts import NewContact
from sent_tui.services.exchange import Format, delimited, detect_format, read_rows, source
from sent_tui.services.exchange.columns import NamedField
from sent_tui.services.exchange.formats import Encoding, detect_encoding
from sent_tui.services.exchange.preview import look_at
from tests.exchange_files import FILES, entry_of, rows_of


def write(folder: Path, content: str | bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, content: str | bytes, **options: object) -> list[tuple[int, str]]:
    """Return the line and the number, or the problem, of every row."""
    rows = rows_of(write(folder, content), **options)
    return [(row.line, row.entry.number if row.entry else row.problem) for row in rows]


def test_google_contacts() -> None:
    rows = rows_of(FILES / "google.csv")
    assert [row.line for row in rows] == [2, 4, 5, 6]
    assert entry_of(rows[0]) == NewContact(
        "+1 202-555-0102",
        name="Ada Chidi Okafor",
        tags=("Customers", "VIP"),
        notes="Prefers mornings,\nspeaks Igbo",
    )
    assert rows[0].remark == "Only “+1 202-555-0102” is imported, not also “+1 202-555-0101”."
    assert entry_of(rows[1]) == NewContact("+1 202-555-0103", name="Lantern Supply")
    assert entry_of(rows[2]) == NewContact("+46 70 174 06 05", name="Bo Lindqvist")
    assert rows[3].problem == "There is no phone number in this record."
    assert rows[3].raw == "Eve,,,,,,,,,,,,eve@example.com,,,,,"


def test_older_google_contacts() -> None:
    (row,) = rows_of(FILES / "google_older.csv", region="de")
    assert entry_of(row) == NewContact("+49 152 28817386", "DE", "Zoë Müller", ("Friends",), "Café owner")


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("outlook_cp1252.csv", "cp1252"),
        ("outlook_utf16.csv", "utf-16-le"),
        ("outlook_utf16_be.csv", "utf-16-be"),
    ],
)
def test_outlook_contacts(name: str, encoding: str) -> None:
    with read_rows(FILES / name) as reader:
        assert reader.encoding == encoding
        assert reader.columns["Mobile Phone"] == "mobile"
        rows = list(reader)
    assert [row.line for row in rows] == [2, 5, 6]
    assert entry_of(rows[0]) == NewContact(
        "+1 202-555-0111",
        name="José Núñez",
        tags=("Customers", "VIP"),
        notes="Says:\r\n“call after 6”\r\n",
    )
    assert entry_of(rows[1]) == NewContact("+1 202-555-0112", name="Ada B. Okafor")
    assert entry_of(rows[2]) == NewContact("+1 202-555-0115", name="Lantern – Supply", tags=("Suppliers",))


def test_a_plain_table() -> None:
    rows = rows_of(FILES / "plain.csv")
    assert [(row.line, entry_of(row).number, entry_of(row).region) for row in rows] == [
        (2, "+1 202-555-0120", "US"),
        (3, "070-1740605", "SE"),
        (5, "020 7946 0123", "GB"),
        (6, "(202) 555-0121", "US"),
        (7, "0491 570 156", "AU"),
    ]
    assert entry_of(rows[0]).tags == ("customers", "vip")
    assert entry_of(rows[1]).name == 'Bo "the Bear" Lindqvist'
    assert [row.entry is not None and row.entry.opt_out for row in rows] == [False, False, True, False, False]


def test_a_german_table_with_semicolons() -> None:
    with read_rows(FILES / "semicolon.csv") as reader:
        assert reader.names == ("Vorname", "Nachname", "Handy", "Telefon", "Land", "Gruppen", "Notizen")
        first, second = reader
    assert entry_of(first) == NewContact("0152 28817386", "DE", "Zoë Müller", ("Kunden", "Presse"), "kommt\r\nmontags")
    assert (second.line, entry_of(second)) == (4, NewContact("030 23125 003", "DE", "Jürgen Groß"))


def test_a_table_with_tabs() -> None:
    first, second = rows_of(FILES / "tabs.tsv")
    assert entry_of(first) == NewContact("202-555-0130", "US", "Ada Okafor", ("vip",))
    assert entry_of(second) == NewContact("+1 202-555-0131", name="Борис")


def test_a_table_without_a_header() -> None:
    rows = rows_of(FILES / "no_header.csv")
    assert [(row.line, entry_of(row).name, entry_of(row).region) for row in rows] == [
        (1, "Ada Okafor", "US"),
        (2, "Bo Lindqvist", "SE"),
        (3, "Cy Young", None),
    ]


def test_cards_of_version_2_1() -> None:
    first, second = rows_of(FILES / "card_2_1.vcf")
    assert entry_of(first) == NewContact(
        "+49 152 28817386",
        name="Zoë Müller",
        notes="First line\nsecond café line with a soft break",
    )
    assert (second.line, entry_of(second)) == (15, NewContact("+1-202-555-0150", name="Ada B. Okafor"))


def test_cards_of_version_3_0() -> None:
    with read_rows(FILES / "card_3_0.vcf") as reader:
        assert reader.format is Format.VCARD
        assert reader.columns["TEL"] == "phone"
        assert "NOTE" in reader.names
        first, second = reader
    assert entry_of(first) == NewContact(
        "+1 202-555-0152",
        name="Ada Okafor",
        tags=("customers", "late", "but kind"),
        notes="Two lines\nand a \\ backslash, a comma; a semicolon and a long stretch of text that is folded",
        opt_out=True,
    )
    assert (second.line, entry_of(second)) == (15, NewContact("+1 202-555-0153", name="Lantern Supply"))


def test_cards_of_version_4_0() -> None:
    first, second = rows_of(FILES / "card_4_0.vcf")
    assert entry_of(first) == NewContact("+1-202-555-0154;ext=7", name="Cy Young")
    assert "“+44-20-7946-0150”" in first.remark
    assert entry_of(second) == NewContact("tel:555-0155;phone-context=+1202", name="Ed Example")


def test_json_lines() -> None:
    with read_rows(FILES / "contacts.jsonl") as reader:
        assert reader.format is Format.JSONL
        assert reader.columns["phoneNumbers"] == "phone"
        rows = list(reader)
    assert [row.line for row in rows] == [1, 3, 4, 5]
    assert entry_of(rows[0]) == NewContact("+12025550160", "US", "Ada Okafor", ("customers", "vip"), "Two\nlines")
    assert entry_of(rows[1]) == NewContact("070-1740607", "SE", "Bo Lindqvist", ("friends", "press"))
    assert entry_of(rows[2]) == NewContact("+44 20 7946 0160", name="Cy Young", opt_out=True)
    assert entry_of(rows[3]) == NewContact("12025550161", "US", "Dee")


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"", Format.CSV),
        (b"name,phone\n", Format.CSV),
        (b"\n\n BEGIN:VCARD \r\n", Format.VCARD),
        (b"\xef\xbb\xbfbegin : vcard\n", Format.VCARD),
        ("BEGIN:VCARD\r\n".encode("utf-16"), Format.VCARD),
        (b'{"phone": 1}\n', Format.JSONL),
        (b'not json\n{"phone": 1}\n', Format.JSONL),
        (b'a\nb\n{"phone": 1}\n', Format.CSV),
        (b'[{"phone": 1}]', Format.JSONL),
        (b"name,note\nAda,BEGIN:VCARD\n", Format.CSV),
    ],
)
def test_the_format_is_told_by_the_content(data: bytes, wanted: Format) -> None:
    assert detect_format(data) is wanted
    assert wanted.label


@pytest.mark.parametrize(
    ("chunks", "encoding"),
    [
        ([], Encoding("utf-8")),
        ([b"abc"], Encoding("utf-8")),
        ([b"\xef\xbb\xbfabc"], Encoding("utf-8", 3)),
        ([b"\xff\xfea\0"], Encoding("utf-16-le", 2)),
        ([b"\xfe\xff\0a"], Encoding("utf-16-be", 2)),
        ([b"a\0b\0c\0"], Encoding("utf-16-le")),
        ([b"\0a\0b\0c"], Encoding("utf-16-be")),
        ([b"caf\xc3", b"\xa9"], Encoding("utf-8")),
        ([b"caf\xe9"], Encoding("cp1252")),
        ([b"caf\xe9 ", b"abc"], Encoding("cp1252")),
        (["café ".encode(), b"abc", b"caf\xe9"], Encoding("utf-8")),
        (["café café ".encode() + b"caf\xe9 "], Encoding("utf-8")),
        ([b"abc", b"caf\xe9"], Encoding("cp1252")),
        ([b"abc", b"caf\xc3"], Encoding("cp1252")),
    ],
)
def test_the_encoding_is_told_by_the_bytes(chunks: list[bytes], encoding: Encoding) -> None:
    assert detect_encoding(chunks) == encoding


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_delimiters_line_ends_and_encodings(tmp_path: Path, delimiter: str, ending: str, encoding: str) -> None:
    table = ["", "Name|Phone|Note", "Zoë|+1 202-555-0100|a", "", '"é|é"|+1 202-555-0101|"b\nb"', "Bo|+1 202-555-0102|"]
    text = "\n".join(table).replace("|", delimiter).replace("\n", ending)
    rows = rows_of(write(tmp_path, text.encode(encoding)))
    assert [(row.line, entry_of(row).name) for row in rows] == [(3, "Zoë"), (5, f"é{delimiter}é"), (7, "Bo")]
    assert entry_of(rows[1]).notes == f"b{ending}b"


def test_a_file_may_name_its_delimiter(tmp_path: Path) -> None:
    assert read(tmp_path, 'sep=^\r\nname^phone\r\n"a,b"^+12025550100\r\n') == [(3, "+12025550100")]


def test_one_column_of_numbers_is_enough(tmp_path: Path) -> None:
    assert read(tmp_path, "phone\n\n+1 202-555-0100\n+1 202-555-0101") == [
        (3, "+1 202-555-0100"),
        (4, "+1 202-555-0101"),
    ]
    assert read(tmp_path, "+1 202-555-0100\nhello\n") == [(1, "+1 202-555-0100"), (2, "hello")]


def test_columns_that_no_name_tells_can_be_mapped(tmp_path: Path) -> None:
    content = "Kundin;Reach\nAda;+12025550100\n"
    assert read(tmp_path, content, mapping={"reach": "phone"}) == [(2, "+12025550100")]
    assert read(tmp_path, '{"reach": "+12025550100"}', mapping={"Reach": "phone"}) == [(1, "+12025550100")]


def test_rows_without_text_are_passed_over(tmp_path: Path) -> None:
    assert read(tmp_path, 'phone,name\n,\n" ", \n\n,x\n') == [(5, "There is no phone number in this record.")]


def test_cells_beyond_the_last_column_are_told(tmp_path: Path) -> None:
    (row,) = rows_of(write(tmp_path, "phone,name\n+12025550100,Okafor, Ada,\n"))
    assert row.remark == "Cells beyond the last column are left out: 1."


def test_an_apostrophe_before_a_formula_is_taken_off(tmp_path: Path) -> None:
    (row,) = rows_of(write(tmp_path, "phone,name\n'+12025550100,'=1+1\n"))
    assert entry_of(row) == NewContact("+12025550100", name="=1+1")


OPEN_QUOTE = "A quotation mark is opened on this line"


@pytest.mark.parametrize(
    ("lines", "bad"),
    [
        (['"Ada,+12025550100', "Bo,+12025550101", "Cy,+12025550102"], {2: OPEN_QUOTE}),
        (['"Ada,+12025550100', '"Bo",+12025550101', "Cy,+12025550102"], {2: OPEN_QUOTE}),
        (['"Ada" x,+12025550100', "Bo,+12025550101"], {2: OPEN_QUOTE}),
        (['Ada,"+12025550100', "Bo,+12025550101", 'Cy",+12025550102'], {2: OPEN_QUOTE}),
        (['"Ada,+12025550100', "Bo,+12025550101", 'Cy,+12025550102"', "Di,+12025550103"], {2: OPEN_QUOTE}),
        (['"Ada,+12025550100', 'Cy,+12025550102"', "Di,+12025550103"], {2: OPEN_QUOTE}),
        (["Ada,+12025550100", '"Bo\nB",+12025550101', '"'], {5: OPEN_QUOTE}),
        (["A\rda,+12025550100", "Bo,+12025550101"], {2: "A carriage return stands inside a cell"}),
        (["Ada\0,+12025550100", "Bo,+12025550101"], {2: "The line holds a NUL character"}),
        (['"A\n\0da",+12025550100', "Bo,+12025550101"], {2: "The line holds a NUL character"}),
        ([f"{'A' * 131_073},+12025550100", "Bo,+12025550101"], {2: "A cell of this line is too large"}),
        ([f"{'A' * 1_200_000},+12025550100", "Bo,+12025550101"], {2: "The line is longer than 1,048,576"}),
        (["Ada,", "Bo,+12025550101"], {2: "There is no phone number"}),
    ],
)
def test_a_bad_record_costs_its_line_alone(tmp_path: Path, lines: list[str], bad: dict[int, str]) -> None:
    rows = read(tmp_path, "name,phone\n" + "\n".join(lines) + "\n")
    assert {line: said[: len(bad[line])] for line, said in rows if line in bad} == bad
    good = [(line, said) for line, said in rows if line not in bad]
    assert good
    assert all(said.startswith("+1202555010") for _, said in good)
    assert len(rows) == len(lines)


def test_bytes_that_are_no_text_are_reported(tmp_path: Path) -> None:
    content = "name,phone\nZoë,+12025550100\n".encode() + b"Jos\xe9,+12025550101\nBo,+12025550102\n"
    assert read(tmp_path, content) == [
        (2, "+12025550100"),
        (3, "The line holds bytes that are not UTF-8 text."),
        (4, "+12025550102"),
    ]


def test_half_a_character_of_utf_16_is_reported(tmp_path: Path) -> None:
    content = "phone\n+12025550100\n".encode("utf-16") + b"\x00\xd8\n\0" + "+12025550101\n".encode("utf-16-le") + b"x"
    assert read(tmp_path, content) == [
        (2, "+12025550100"),
        (3, "The line holds bytes that are not UTF-16-LE text."),
        (4, "+12025550101"),
        (5, "The line holds bytes that are not UTF-16-LE text."),
    ]


def test_a_quote_is_not_followed_for_ever(tmp_path: Path) -> None:
    rows = [f"n,+1 202-555-01{place % 100:02}" for place in range(delimited.MAX_RECORD_LINES + 20)]
    read_back = read(tmp_path, "\n".join(["name,phone", '"x,+12025550100', *rows]))
    assert read_back[0][1].startswith(OPEN_QUOTE)
    assert [line for line, _ in read_back] == list(range(2, len(rows) + 3))


def test_a_record_is_not_followed_for_ever(tmp_path: Path) -> None:
    piece = "x" * 100_000
    content = "name,phone\n" + f'"{piece}\n{piece}",'.replace("\n", "") * 12 + '"\n' + "Bo,+12025550101\n"
    lines = read(tmp_path, content)
    assert lines[-1] == (3, "+12025550101")
    cells = "\n".join(f'{piece}","' for _ in range(12))
    lines = read(tmp_path, f'name,phone\n"{cells}\nBo,+12025550101\n')
    assert lines[0][1].startswith(OPEN_QUOTE)
    assert lines[-1] == (14, "+12025550101")


def test_a_cell_of_many_lines_that_is_too_large_is_told_as_such(tmp_path: Path) -> None:
    notes = f"{'y' * 1_000}\n" * 140
    lines = read(tmp_path, f'name,phone,notes\nAda,+12025550100,"{notes}"\nBo,+12025550101,x\n')
    assert lines[0][1].startswith("A cell that begins on this line is too large: the most is 131,072 characters.")
    assert lines[-1] == (143, "+12025550101")


@pytest.mark.parametrize("blank", ["\n", ";;\n"])
def test_empty_lines_before_the_header_are_passed_over(tmp_path: Path, blank: str) -> None:
    assert read(tmp_path, f"{blank * 30}name;phone;notes\nAda;+12025550100;x\n") == [(32, "+12025550100")]


def test_a_note_may_hold_lines_that_look_like_rows_where_all_cells_are_quoted(tmp_path: Path) -> None:
    note = "see:\nEve,+12025550109,x\nbye"
    (row,) = rows_of(write(tmp_path, f'"name","phone","notes"\n"Ada","+12025550100","{note}"\n'))
    assert entry_of(row).notes == note


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf", "The file is empty"),
        (b"\n\n  \n", "The file is empty"),
        (b",,\n" * 30, "The file is empty"),
        (b"sep=;\n;;\n", "The file is empty"),
        (
            b"x" * 140_000 + b",phone\nAda,+12025550100\n",
            r"The header cannot be read. Line 1: A cell of this line is too",
        ),
        (b"\n" * 30 + b"x" * (1 << 21) + b",phone\n", r"The header cannot be read. Line 31: The line is longer than"),
        (b"na\rme,phone\nAda,+12025550100\n", r"The header cannot be read. Line 1: A carriage return"),
        (b"name,e-mail\nAda,ada@example.com\n", "The columns are: name, e-mail. Recognised are"),
        (b'name,"phone\nAda,+12025550100\n', r"The header cannot be read. Line 1: A quotation mark"),
        (b'[{"phone": 1},\n', "jq -c"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_rows(write(tmp_path, content))


def test_an_unknown_country_for_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Narnia is not known"):
        read_rows(tmp_path / "file", region="Narnia")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("nonsense", "This is not JSON: Expecting value at character 1."),
        ('{"phone": "+12025550100"', "This is not JSON: Expecting ',' delimiter at character 25."),
        ("[1]", "This is JSON, but not an object with the keys of a contact."),
        ("null", "This is JSON, but not an object with the keys of a contact."),
        ("[" * 100_000, "This JSON is too deep, or a number in it too long."),
        ('{"phone": ' + "1" * 5000 + "}", "This JSON is too deep, or a number in it too long."),
        ('{"phone": "\\u0000+12025550100"}', "The field “phone” holds a NUL character, which no text has."),
        ('{"name": "\\ud800", "phone": 1}', "The field “name” holds half a character, which no text has."),
        ('{"name": "\0"}', "The line holds a NUL character, which no text has. Save the file anew."),
        ("{}", "There is no phone number in this record."),
        ('{"phone": {"value": 1}, "name": ["a"], "local": 5}', "There is no phone number in this record."),
        ('{"phone": null}', "There is no phone number in this record."),
        ('{"phone": 1, "notes": "%s"}' % ("x" * 131_073), "The field “notes” has more than 131,072 characters."),
    ],
)
def test_bad_json_costs_its_line_alone(tmp_path: Path, line: str, problem: str) -> None:
    good = '{"phone": "+12025550100"}'
    rows = rows_of(write(tmp_path, f"{good}\n{line}\n{good}\n"))
    assert [(row.line, row.problem) for row in rows] == [(1, ""), (2, problem), (3, "")]
    assert len(rows[1].raw) <= 300


def test_json_says_things_in_its_own_types(tmp_path: Path) -> None:
    content = (
        '{"phone": ["+12025550100", "+12025550101"], "tags": ["a", "b", 3, null],'
        ' "opt_out": true, "notes": ["x", "y"]}\n'
        '{"phone": 12025550101.0, "ignored": "", "local": {"name": "Ada", "labels": "* mine ::: c"}, "opt_out": 0}\n'
    )
    first, second = rows_of(write(tmp_path, content), mapping={"ignored": "ignore"})
    assert entry_of(first) == NewContact("+12025550100", tags=("a", "b", "3"), notes="x\ny", opt_out=True)
    assert entry_of(second) == NewContact("12025550101.0", name="Ada", tags=("c",))


def test_json_has_fields_that_a_person_named(tmp_path: Path) -> None:
    content = (
        '{"phone": "+12025550100", "fields": {"customer no.": 4711, "plan": "gold", "a:b": "x", "list": [1]}}\n'
        '{"phone": "+12025550101", "local": {"fields": {"plan": " red\\nor blue "}}, "field:seat": "4"}\n'
        '{"phone": "+12025550102", "fields": "none"}\n'
    )
    first, second, third = rows_of(write(tmp_path, content))
    assert entry_of(first) == NewContact("+12025550100", fields=(("customer no.", "4711"), ("plan", "gold")))
    assert entry_of(second) == NewContact("+12025550101", fields=(("seat", "4"), ("plan", "red or blue")))
    assert entry_of(third) == NewContact("+12025550102")


def test_a_card_has_fields_that_a_person_named(tmp_path: Path) -> None:
    content = (
        "BEGIN:VCARD\nVERSION:3.0\nTEL:+12025550100\nX-SENT-FIELD:customer no.: 4711\n"
        "item1.X-SENT-FIELD:plan:gold\\, or\\nred: 2\nX-SENT-FIELD:nothing\nX-SENT-FIELD:: x\nEND:VCARD\n"
    )
    path = write(tmp_path, content)
    [row] = rows_of(path)
    assert entry_of(row) == NewContact("+12025550100", fields=(("customer no.", "4711"), ("plan", "gold, or red: 2")))
    columns = {(column.name, column.field): column.samples for column in look_at(path).columns}
    assert columns["X-SENT-FIELD", NamedField("customer no.")] == ("4711",)


def test_a_field_that_cannot_be_kept_is_left_out_and_told(tmp_path: Path) -> None:
    names = ",".join(f"field:f{place}" for place in range(22))
    [row] = rows_of(write(tmp_path, f"phone,field:long,{names}\n+12025550100,{'v' * 501},{'x,' * 21}x\n"))
    assert len(entry_of(row).fields) == 20
    assert row.remark.startswith("The field “long” is left out. That of “long” has 501 characters; the most is 500.")
    assert row.remark.count("is left out") == 3
    assert "“f21” is left out. A contact has up to 20; these are 21." in row.remark


def test_many_keys_and_many_numbers_cost_little(tmp_path: Path) -> None:
    keys = ", ".join(f'"phone {place}": "{place + 1_000_000}"' for place in range(2_000))
    with read_rows(write(tmp_path, "{" + keys + "}")) as reader:
        (row,) = reader
        assert len(reader.columns) == 100
    assert row.remark.count("“") == 20


CARD = "BEGIN:VCARD\nTEL:+12025550100\nEND:VCARD\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BEGIN:VCARD\nFN:Ada\n" + CARD, [(1, "The card has no END:VCARD."), (3, "")]),
        (CARD + "BEGIN:VCARD\nFN:Ada", [(1, ""), (4, "The card has no END:VCARD.")]),
        (CARD + "\n", [(1, "")]),
        ("nonsense\n" + CARD, [(1, "This line is outside a card"), (2, "")]),
        (CARD + "\n\nTEL:+1\n" + CARD, [(1, ""), (6, "This line is outside a card"), (7, "")]),
        ("BEGIN:VCARD\nFN:Ada\nEND:VCARD\n" + CARD, [(1, "There is no phone number"), (4, "")]),
        ("BEGIN:VCARD\nTEL;TYPE=FAX:+1\nEND:VCARD\n" + CARD, [(1, "There is no phone number"), (4, "")]),
        ("BEGIN:VCARD\nFN:A\0\nEND:VCARD\n" + CARD, [(1, "Line 2: The line holds a NUL"), (4, "")]),
        ("BEGIN:VCARD\nFN:A\n \0\n \0\nEND:VCARD\n" + CARD, [(1, "Line 2: The line holds a NUL"), (6, "")]),
        ("BEGIN:VCARD\nno property \0\nEND:VCARD\n" + CARD, [(1, "Line 2: The line holds a NUL"), (4, "")]),
        ("\0\n" + CARD, [(1, "The line holds a NUL"), (2, "")]),
        (
            "BEGIN:VCARD\nTEL:1\nNOTE:x\n" + f" {'x' * 999}\n" * 200 + "END:VCARD\n" + CARD,
            [(1, "The field “notes” has"), (205, "")],
        ),
        ("BEGIN:VCARD\n" + "TEL:1\n" * 2_000 + "END:VCARD\n" + CARD, [(1, "The card has more than 1,000"), (2003, "")]),
        ("BEGIN:VCARD\nTEL:+1\nPHOTO:" + "x" * 1_200_000 + "\nEND:VCARD\n" + CARD, [(1, ""), (5, "")]),
        ("BEGIN:VCARD\nBEGIN:VALARM\nnonsense\nTEL:+1\nEND:VCARD\n" + CARD, [(1, ""), (6, "")]),
    ],
)
def test_a_bad_card_costs_itself_alone(tmp_path: Path, text: str, expected: list[tuple[int, str]]) -> None:
    rows = rows_of(write(tmp_path, text))
    assert [(row.line, row.problem[: len(said)]) for row, (_, said) in zip(rows, expected, strict=True)] == expected
    assert all(bool(row.problem) is bool(said) for row, (_, said) in zip(rows, expected, strict=True))


@pytest.mark.parametrize(
    ("line", "notes"),
    [
        ("NOTE;CHARSET=nonsense;ENCODING=QUOTED-PRINTABLE:caf=E9", "café"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE:caf=E9", "café"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE:caf=C3=A9=\n=\n ok", "café ok"),
        ('NOTE;X="a:b;c":text: more', "text: more"),
        ("item1.note:a\\nb\\,c\\;d\\\\e\\", "a\nb,c;d\\e\\"),
    ],
)
def test_properties_are_read_as_they_are_meant(tmp_path: Path, line: str, notes: str) -> None:
    (row,) = rows_of(write(tmp_path, f"BEGIN:VCARD\nTEL;PREF=1:+12025550100\n{line}\nEND:VCARD\n"))
    assert entry_of(row).notes == notes


def test_bytes_that_are_no_text_cost_their_card_alone(tmp_path: Path) -> None:
    bad = "BEGIN:VCARD\nFN:Zoë\nNOTE;ENCODING=QUOTED-PRINTABLE:caf".encode() + b"\xe9\nEND:VCARD\n"
    rows = rows_of(write(tmp_path, bad + CARD.encode()))
    assert [(row.line, row.problem) for row in rows] == [
        (1, "Line 3: The line holds bytes that are not UTF-8 text."),
        (5, ""),
    ]


def test_a_mapping_is_of_no_use_for_cards(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="vCards have no columns"):
        read_rows(write(tmp_path, CARD), mapping={"TEL": "phone"})


SEEDS = [path.read_bytes() for path in sorted(FILES.iterdir()) if path.suffix in {".csv", ".tsv", ".vcf", ".jsonl"}]
SCRAPS = [b'"', b'""', b"'", b",", b";", b"=", b"\n", b"\r", b"\0", b"\xff", b"\xff\xfe", b"[", b"{", b"BEGIN:VCARD\n"]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_give_rows_or_a_refusal(tmp_path: Path, data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(SEEDS) | st.binary(max_size=200))
    for _ in range(data.draw(st.integers(0, 8))):
        place = data.draw(st.integers(0, len(content)))
        gone = data.draw(st.integers(0, 9))
        content = content[:place] + data.draw(st.sampled_from(SCRAPS)) + content[place + gone :]
    try:
        rows = rows_of(write(tmp_path, content), region="US")
    except UsageError:
        return
    assert all((row.entry is None) is bool(row.problem) for row in rows)
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for name, message in {
            ".": "is a folder",
            "pipe": "is a pipe, a socket or a device",
            "socket": "is a pipe, a socket or a device",
            "/dev/null": "is a pipe, a socket or a device",
        }.items():
            with pytest.raises(UsageError, match=message):
                read_rows(tmp_path / name)
    with pytest.raises(NotFoundError, match="There is no "):
        read_rows(tmp_path / "missing")
    with pytest.raises(SentTuiError, match="null"):
        read_rows(tmp_path / "nu\0l")
    with pytest.raises(SentTuiError, match="Not a directory"):
        read_rows(write(tmp_path, "x") / "file")


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    write(tmp_path, "phone\n+12025550100\n")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert [row.line for row in rows_of(tmp_path / "link")] == [2]


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_FILE", 10)
    with pytest.raises(UsageError, match="has 11 bytes; the most is 10"):
        read_rows(write(tmp_path, "x" * 11))


def test_a_file_that_turns_into_a_pipe_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "x")
    real = os.open

    def swapped(name: Path, flags: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return real(name, flags)

    monkeypatch.setattr(os, "open", swapped)
    with pytest.raises(UsageError, match="is a pipe"):
        read_rows(path)


def test_a_disk_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "phone\n" + "+12025550100\n" * 20_000)
    with read_rows(path) as reader:
        next(reader)
        reader._source._file.close()
        monkeypatch.setattr(reader._source, "_file", Failing())
        with pytest.raises(SentTuiError, match="Input/output error"):
            list(reader)


class Failing:
    """A file on a broken disk."""

    def read(self, size: int) -> bytes:
        raise OSError(5, "Input/output error")

    def close(self) -> None:
        """Nothing is open."""


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    path = write(tmp_path, "phone\n" + "+12025550100\n" * 20_000)
    with read_rows(path) as reader:
        assert reader.total_bytes == path.stat().st_size
        next(reader)
        assert 0 < reader.done_bytes < reader.total_bytes
        assert sum(1 for _ in reader) == 19_999
        assert reader.done_bytes == reader.total_bytes


def test_the_file_is_closed_at_its_end(tmp_path: Path) -> None:
    reader = read_rows(write(tmp_path, "phone\n+12025550100\n"))
    assert len(list(reader)) == 1
    assert reader._source._file.closed
