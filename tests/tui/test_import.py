"""Importing a file in the app: chosen, looked at, mapped, imported, and its refused rows mended."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from at_rest import PATIENCE
from sent_tui.core.channel import Availability, Channel
from sent_tui.errors import DatabaseError
from sent_tui.services.exchange import ExchangeService, Field, ImportReport, Progress
from sent_tui.tui import undoing
from sent_tui.tui.app import SentApp
from sent_tui.tui.batch import Standing
from sent_tui.tui.screens.at_work import AtWork
from sent_tui.tui.screens.choose_file import ChooseFile
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.countries import ChooseCountry
from sent_tui.tui.screens.dialogs import Choose
from sent_tui.tui.screens.import_file import ImportScreen
from sent_tui.tui.screens.import_run import ImportRun
from sent_tui.tui.screens.mend import MendRow
from sent_tui.tui.widgets.status_line import KeyLine
from tests.tui.harness import NARROW, NORMAL, WIDE, make_app, press, screen_text, settle, until

ADA, BO = "+1 202-555-0120", "+1 202-555-0121"
BAD = "+1 202-555-012"
FEW = f"name,phone,tags\nAda Okafor,{ADA},vip\nBo Lindqvist,{BAD},\nCleo Brandt,,\n"


def one_line(app: SentApp) -> str:
    """Return what is on the screen as one line: sentences are broken anywhere."""
    return " ".join(screen_text(app).replace("│", " ").split())


def news(app: SentApp) -> str:
    return app.screen.query_one(KeyLine).news


def looked_at(app: SentApp) -> ImportScreen:
    assert isinstance(app.screen, ImportScreen)
    return app.screen


def run_of(app: SentApp) -> ImportRun:
    assert isinstance(app.screen, ImportRun)
    return app.screen


@pytest.fixture
def app(tmp_path: Path) -> SentApp:
    made = make_app()
    made.session.places.folder = tmp_path
    return made


def write(folder: Path, text: str, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


async def open_file(pilot: Pilot[Any], app: SentApp) -> None:
    await press(pilot, "I")
    assert isinstance(app.screen, ChooseFile)
    await press(pilot, "enter")


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_a_file_is_shown_before_it_is_imported(app: SentApp, tmp_path: Path, size: tuple[int, int]) -> None:
    write(tmp_path, FEW.replace(",", ";"))
    async with app.run_test(size=size) as pilot:
        await open_file(pilot, app)
        screen = looked_at(app)
        assert [column.field for column in screen.columns] == [Field.NAME, Field.PHONE, Field.TAGS]
        assert [row.standing for row in screen.rows] == [Standing.NEW, Standing.INVALID, Standing.INVALID]
        shown = one_line(app)
        assert "people.csv CSV · separated by semicolons · UTF-8" in shown
        assert "3 rows: 1 new · 2 refused" in shown
        assert not app.workspace.repository.page(limit=1).total


async def test_what_a_column_means_can_be_said(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, f"Who,Reach\nAda,{ADA}\n")
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        assert "No column has phone numbers. Say with enter which column holds the numbers." in one_line(app)
        await press(pilot, "ctrl+s")
        assert isinstance(app.screen, ImportScreen)
        await press(pilot, "down", "enter")
        assert isinstance(app.screen, Choose)
        assert "What is in the column Reach?" in screen_text(app)
        assert f"For example: {ADA}" in screen_text(app)
        options = [*(field.value for field in Field if field is not Field.IGNORED), "field:Reach", "ignore"]
        for _ in range(options.index("ignore") - options.index("phone")):
            await press(pilot, "up")
        await press(pilot, "enter")
        screen = looked_at(app)
        assert screen.reading.mapping == (("Reach", "phone"),)
        assert screen.trouble == ""
        assert "1 row: 1 new" in one_line(app)
        await press(pilot, "enter", "home", "enter")
        assert looked_at(app).reading.mapping == ()


async def test_a_column_can_become_a_field(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, f"phone,Kd: Nr\n{ADA},0017\n")
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        await press(pilot, "down", "enter", "end", "up", "enter")
        assert looked_at(app).reading.mapping == (("Kd: Nr", "field:Kd Nr"),)
        assert "field Kd Nr" in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, Choose)
        await press(pilot, "enter")
        assert looked_at(app).reading.mapping == (("Kd: Nr", "field:Kd Nr"),)
        await press(pilot, "ctrl+s")
        assert app.workspace.contacts.resolve(ADA).fields == (("Kd Nr", "0017"),)


async def test_a_meaning_is_left_as_it_is_by_escape(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, FEW)
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        await press(pilot, "enter", "escape")
        assert looked_at(app).reading.mapping == ()


async def test_the_properties_of_a_card_have_one_meaning(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, f"BEGIN:VCARD\nFN:Ada\nTEL:{ADA}\nEND:VCARD\n", "people.vcf")
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        assert [column.name for column in looked_at(app).columns] == ["FN", "TEL"]
        await press(pilot, "enter")
        assert "fixed" in news(app)


async def test_the_country_of_national_numbers(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, "name,phone\nAda,(202) 555-0120\n")
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        assert "1 row: 1 refused" in one_line(app)
        await press(pilot, "ctrl+l")
        assert isinstance(app.screen, ChooseCountry)
        await press(pilot, "u", "s", "enter")
        assert looked_at(app).reading.region == "US"
        assert "1 row: 1 new" in one_line(app)


async def test_nobody_is_looked_up_unless_wanted(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, FEW)
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        await press(pilot, "c")
        assert "are not looked up" in one_line(app)
        await press(pilot, "ctrl+s")
        assert app.workspace.contacts.resolve(ADA).availability(Channel.WHATSAPP) is Availability.UNKNOWN


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_refused_rows_are_mended_one_by_one(app: SentApp, tmp_path: Path, size: tuple[int, int]) -> None:
    write(tmp_path, FEW)
    async with app.run_test(size=size) as pilot:
        await open_file(pilot, app)
        await press(pilot, "ctrl+s")
        screen = run_of(app)
        assert [line.place for line in screen.lines] == [3, 4]
        assert "3 rows: 1 new · 2 refused" in one_line(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, MendRow)
        assert app.screen.number.value == BAD
        assert "Bo Lindqvist" in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, MendRow)
        await press(pilot, "1", "enter")
        assert app.workspace.contacts.resolve(BO).name == "Bo Lindqvist"
        assert screen.lines[0].standing is Standing.CREATED
        assert news(app) == "Line 3 is imported."
        assert screen.rows.cursor == 1
        assert "1 row mended and imported" in one_line(app)
        await press(pilot, "up", "enter")
        assert news(app) == "Line 3 is imported already."


async def test_a_row_without_a_number_gets_one_and_a_name(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, FEW)
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        await press(pilot, "ctrl+s", "down", "enter")
        assert "There is no phone number in this record." in one_line(app)
        await press(pilot, *ADA, "enter")
        [_, line] = run_of(app).lines
        assert line.standing is Standing.KNOWN
        await press(pilot, "escape")
        assert isinstance(app.screen, ContactsScreen)


async def test_a_suggested_number_is_taken(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, "name,phone\nAda,12025550120.0\n")
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        await press(pilot, "ctrl+s", "enter")
        assert "ctrl+y takes +1" in one_line(app)
        await press(pilot, "ctrl+y", "enter")
        assert app.workspace.contacts.resolve(ADA).name == "Ada"


async def test_a_number_in_doubt_is_entered_twice(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, "name,phone\nAda,tel +1 202 555 0120\n")
    async with app.run_test(size=WIDE) as pilot:
        await open_file(pilot, app)
        await press(pilot, "ctrl+s", "enter", "enter")
        assert "Enter once more" in one_line(app)
        await press(pilot, "enter")
        assert app.workspace.contacts.resolve(ADA).name == "Ada"


async def test_a_row_is_left_refused(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, FEW)
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        await press(pilot, "ctrl+s", "enter", "escape")
        assert [line.standing for line in run_of(app).lines] == [Standing.INVALID] * 2


async def test_a_country_is_chosen_for_one_row(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, "name,phone\nAda,(202) 555-0120\n")
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        await press(pilot, "ctrl+s", "enter", "ctrl+l", "u", "s", "enter", "enter")
        assert app.workspace.contacts.resolve(ADA).name == "Ada"


async def test_what_is_still_refused_is_written_to_a_file(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, FEW)
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        await press(pilot, "ctrl+s", "enter", "1", "enter", "w", "enter")
        assert "1 refused row written to people-refused.csv" in news(app)
        [header, row] = (tmp_path / "people-refused.csv").read_text(encoding="utf-8").splitlines()
        assert header == '"line","reason","suggestion","original"'
        assert row.startswith('"4","There is no phone number in this record."')
        await press(pilot, "enter", *BO, "enter")
        assert not run_of(app)._refused()
        await press(pilot, "w")
        assert isinstance(app.screen, ImportRun)


async def test_escape_stops_an_import_and_keeps_what_is_done(
    app: SentApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "phone\n" + "".join(f"+1202555{number:04}\n" for number in range(100, 200)))
    real = ExchangeService.import_file

    def slowly(self: ExchangeService, path: Path, **options: Any) -> ImportReport:
        if options.get("dry_run"):
            return real(self, path, **options)
        tell = options["on_progress"]

        def told(progress: Progress) -> None:
            tell(progress)
            app.call_from_thread(run_of(app).action_back)

        return real(self, path, **{**options, "on_progress": told, "batch": 10})

    monkeypatch.setattr(ExchangeService, "import_file", slowly)
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: run_of(app).report is not None)
        assert "■ Stopped. people.csv 10 rows: 10 new" in one_line(app)
        assert "What is imported stays" in one_line(app)
        assert app.workspace.repository.page(limit=1).total == 10
        progress = run_of(app).progress
        assert progress is not None
        assert progress.rows == 10


async def test_progress_is_shown(app: SentApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()
    real = ExchangeService.import_file

    def told(self: ExchangeService, path: Path, **options: Any) -> ImportReport:
        options["on_progress"](Progress(500, 250, 1000, 7, 2.0))
        assert goes_on.wait(PATIENCE)
        goes_on.clear()
        return real(self, path, **options)

    write(tmp_path, FEW)
    monkeypatch.setattr(ExchangeService, "import_file", told)
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "I")
        await pilot.press("enter")
        await until(pilot, lambda: "Trying the rows: 500 rows (25 %), 7 of them refused" in one_line(app))
        goes_on.set()
        await until(pilot, lambda: "3 rows: 1 new" in one_line(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "500 rows · 7 refused 250 a second · about 6s left" in one_line(app))
        goes_on.set()
        await settle(pilot)
        assert run_of(app).report is not None


async def test_an_import_is_taken_back_as_a_whole(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, FEW)
    async with app.run_test(size=NORMAL, notifications=True) as pilot:
        await open_file(pilot, app)
        await press(pilot, "ctrl+s")
        assert "u takes the whole import back" in one_line(app)
        await press(pilot, "enter", *["backspace"] * 20, *BO.replace(" ", ""), "ctrl+s")
        assert app.workspace.repository.page(limit=0).total == 2
        await press(pilot, "u")
        assert app.workspace.repository.page(limit=0).total == 0
        assert "← people.csv was taken back." in one_line(app)
        assert "Undone: import of people.csv." in one_line(app)
        assert not run_of(app).lines


async def test_an_import_under_way_is_not_taken_back(
    app: SentApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def slow(*args: object, **options: object) -> ImportReport:
        goes_on.wait(PATIENCE)
        return ImportReport(added=1)

    write(tmp_path, FEW)
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        monkeypatch.setattr(ExchangeService, "import_file", slow)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ImportRun))
        await pilot.press("u")
        await until(pilot, lambda: "The import is under way" in news(app))
        goes_on.set()
        await settle(pilot)


async def test_a_large_import_is_taken_back_with_progress(
    app: SentApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, FEW)
    monkeypatch.setattr(undoing, "LARGE", 0)
    async with app.run_test(size=NORMAL, notifications=True) as pilot:
        await open_file(pilot, app)
        await press(pilot, "ctrl+s")
        shown: list[str] = []
        monkeypatch.setattr(AtWork, "on_at_work_progressed", lambda screen, message: shown.append(message.progress))
        await press(pilot, "u")
        assert len(shown) == 1
        assert run_of(app).is_undone
        assert "Undone: import of people.csv." in one_line(app)


async def test_a_write_that_fails_is_told(app: SentApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **options: object) -> None:
        raise DatabaseError("The disk is full", "Nothing could be written.", "Free some space.")

    write(tmp_path, FEW)
    monkeypatch.setattr(app.workspace.contacts, "take_many", full)
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        await press(pilot, "ctrl+s")
        assert "✗ Not all of people.csv is imported. " in one_line(app)
        assert "The disk is full" in one_line(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, ContactsScreen)


async def test_an_error_of_ours_leaves_the_screen_usable(
    app: SentApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **options: object) -> None:
        raise ValueError("broken")

    write(tmp_path, FEW)
    monkeypatch.setattr(app.workspace.contacts, "take_many", broken)
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        await press(pilot, "ctrl+s")
        await settle(pilot)
        assert "Something went wrong. What was imported by then stays." in one_line(app)


async def test_a_file_that_cannot_be_read_says_why_and_one_goes_back(app: SentApp, tmp_path: Path) -> None:
    write(tmp_path, "")
    async with app.run_test(size=NORMAL) as pilot:
        await open_file(pilot, app)
        assert "✗ The file is empty" in one_line(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, ChooseFile)
        await press(pilot, "escape")
        assert isinstance(app.screen, ContactsScreen)


async def test_nothing_is_imported_into_a_database_that_is_read_only(
    app: SentApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(app.workspace.repository), "read_only", "it was opened read-only", raising=False)
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "I")
        assert isinstance(app.screen, ContactsScreen)
        assert "read-only" in news(app)
