"""Choosing a file by keyboard: typed, completed, or from the list."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from sent_tui.services.exchange import SUFFIXES
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.choose_file import ChooseFile
from sent_tui.tui.screens.contacts import ContactsScreen
from tests.tui.harness import NARROW, NORMAL, WIDE, make_app, press, screen_text, settle


class Chooser:
    def __init__(self, folder: Path, **options: Any) -> None:
        self.app = make_app()
        self.app.session.places.folder = folder
        self.options = options
        self.chosen: list[Path | None] = []

    async def open(self, pilot: Pilot[Any]) -> ChooseFile:
        await settle(pilot)
        screen = ChooseFile(self.app.session, "Import", "Which file?", **self.options)
        self.app.push_screen(screen, self.chosen.append)
        await settle(pilot)
        return screen


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for age, name in enumerate(("people.csv", "pets.vcf", "notes.md", "Phones.CSV", ".hidden.csv")):
        (tmp_path / name).write_text("x", encoding="utf-8")
        os.utime(tmp_path / name, (1_700_000_000 - age,) * 2)
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "old.csv").write_text("x", encoding="utf-8")
    return tmp_path


def names(screen: ChooseFile) -> list[str]:
    return [entry.name for entry in screen.files._entries]


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_files_of_contacts_come_first_and_the_newest_is_under_the_cursor(
    folder: Path, size: tuple[int, int]
) -> None:
    chooser = Chooser(folder)
    async with chooser.app.run_test(size=size) as pilot:
        screen = await chooser.open(pilot)
        assert names(screen) == ["people.csv", "pets.vcf", "Phones.CSV", "archive", "notes.md"]
        assert screen.files.current is not None
        assert screen.files.current.name == "people.csv"
        assert "archive/" in screen_text(chooser.app)
        await press(pilot, "enter")
        assert chooser.chosen == [folder / "people.csv"]


async def test_what_is_typed_narrows_the_list_in_any_case(folder: Path) -> None:
    chooser = Chooser(folder)
    async with chooser.app.run_test(size=NORMAL) as pilot:
        screen = await chooser.open(pilot)
        await press(pilot, "p")
        assert names(screen) == ["people.csv", "pets.vcf", "Phones.CSV"]
        await press(pilot, "H")
        assert names(screen) == ["Phones.CSV"]
        await press(pilot, "x")
        assert names(screen) == []
        assert "No name in this folder begins like that." in screen_text(chooser.app)
        await press(pilot, "backspace", "backspace", "backspace", ".")
        assert names(screen) == [".hidden.csv"]


async def test_a_name_is_completed_as_far_as_it_is_clear(folder: Path) -> None:
    chooser = Chooser(folder)
    async with chooser.app.run_test(size=NORMAL) as pilot:
        screen = await chooser.open(pilot)
        await press(pilot, "p", "e", "tab")
        assert screen.field.value == f"{folder}/pe"[: -len("pe")] + "people.csv"
        await press(pilot, *["backspace"] * len("people.csv"), "p", "e", "t", "tab", "enter")
        assert chooser.chosen == [folder / "pets.vcf"]


async def test_folders_are_entered_and_left(folder: Path) -> None:
    chooser = Chooser(folder)
    async with chooser.app.run_test(size=NORMAL) as pilot:
        screen = await chooser.open(pilot)
        await press(pilot, "a", "tab")
        assert screen.field.value == f"{folder}/archive/"
        assert names(screen) == ["old.csv"]
        await press(pilot, "ctrl+o")
        assert screen.field.value == f"{folder}/"
        await press(pilot, "a", "enter", "enter")
        assert chooser.chosen == [folder / "archive" / "old.csv"]
        assert chooser.app.session.places.folder == folder / "archive"
        await chooser.open(pilot)
        assert "old.csv" in screen_text(chooser.app)


async def test_the_list_is_walked_while_the_field_keeps_the_letters(folder: Path) -> None:
    chooser = Chooser(folder)
    async with chooser.app.run_test(size=NORMAL) as pilot:
        await chooser.open(pilot)
        await press(pilot, "down", "down", "up", "pagedown", "pageup", "down", "enter")
        assert chooser.chosen == [folder / "pets.vcf"]


async def test_a_folder_that_is_not_there_is_told(folder: Path) -> None:
    chooser = Chooser(folder)
    async with chooser.app.run_test(size=NORMAL) as pilot:
        screen = await chooser.open(pilot)
        await press(pilot, *"nowhere/x")
        assert screen.trouble.startswith("No such folder")
        assert "There is no folder" in " ".join(screen_text(chooser.app).split())
        await press(pilot, "escape")
        assert chooser.chosen == [None]


@pytest.mark.parametrize("start", ["~", "~nobody-has-this-name"])
async def test_a_home_folder_may_be_written_with_a_tilde(
    folder: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    chooser = Chooser(Path("/"))
    async with chooser.app.run_test(size=NORMAL) as pilot:
        screen = await chooser.open(pilot)
        screen.field.value = f"{start}/"
        await settle(pilot)
        assert ("people.csv" in names(screen)) is (start == "~")
        assert bool(screen.trouble) is (start != "~")


async def test_names_that_no_terminal_may_show_are_chosen_all_the_same(tmp_path: Path) -> None:
    evil = tmp_path / "\x1b[31mfolder"
    evil.mkdir()
    (evil / "a\x07.csv").write_text("x", encoding="utf-8")
    chooser = Chooser(tmp_path)
    async with chooser.app.run_test(size=NORMAL) as pilot:
        await chooser.open(pilot)
        await press(pilot, "enter")
        assert "\x1b" not in screen_text(chooser.app)
        await press(pilot, "enter")
        assert chooser.chosen == [evil / "a\x07.csv"]


async def test_a_file_to_be_written_may_have_any_name_with_a_fitting_end(folder: Path) -> None:
    chooser = Chooser(folder, proposed="contacts.csv", suffixes=SUFFIXES)
    async with chooser.app.run_test(size=NORMAL) as pilot:
        screen = await chooser.open(pilot)
        assert screen.field.value == f"{folder}/contacts.csv"
        await press(pilot, "x", "enter")
        assert "End the name with one of .csv, .vcf" in screen_text(chooser.app)
        await press(pilot, "backspace", "enter")
        assert chooser.chosen == [folder / "contacts.csv"]


async def test_a_file_to_be_written_may_be_one_of_the_list_or_in_a_folder_of_it(folder: Path) -> None:
    chooser = Chooser(folder, proposed="archive")
    async with chooser.app.run_test(size=NORMAL) as pilot:
        screen = await chooser.open(pilot)
        await press(pilot, "enter")
        assert screen.field.value == f"{folder}/archive/"
        await press(pilot, "o", "down", "enter")
        assert chooser.chosen == [folder / "archive" / "old.csv"]


async def test_a_long_folder_is_cut(tmp_path: Path) -> None:
    for at in range(510):
        (tmp_path / f"{at:03}.csv").touch()
    chooser = Chooser(tmp_path)
    async with chooser.app.run_test(size=NORMAL) as pilot:
        screen = await chooser.open(pilot)
        assert len(names(screen)) == 500
        await press(pilot, *"50")
        assert names(screen) == [f"50{at}.csv" for at in range(10)]


async def test_the_list_opens_and_escape_goes_back() -> None:
    app: SentApp = make_app()
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "I")
        assert isinstance(app.screen, ChooseFile)
        await press(pilot, "escape")
        assert isinstance(app.screen, ContactsScreen)
