"""Exporting contacts from the app: which ones, to which file, with progress."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from at_rest import PATIENCE
from sent_tui.services.exchange import ExchangeService, Progress
from sent_tui.tui.app import SentApp
from sent_tui.tui.messages import WorkFailed
from sent_tui.tui.screens.choose_file import ChooseFile
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.dialogs import Choose, Confirm
from sent_tui.tui.screens.export import ExportRun
from tests.tui.harness import NARROW, NORMAL, WIDE, make_app, make_contact, press, screen_text, settle, until

ADA, BO = "+12025550120", "+12025550121"


def one_line(app: SentApp) -> str:
    """Return what is on the screen as one line: sentences are broken anywhere."""
    return " ".join(screen_text(app).replace("│", " ").split())


@pytest.fixture
def app(tmp_path: Path) -> SentApp:
    made = make_app([make_contact(ADA, "Ada Okafor"), make_contact(BO, "Bo Lindqvist")])
    made.session.places.folder = tmp_path
    return made


def exported(folder: Path) -> list[str]:
    lines = (folder / "contacts.csv").read_text(encoding="utf-8").splitlines()
    return [line.split(",")[1].strip('"') for line in lines[1:]]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_all_contacts_are_written(app: SentApp, tmp_path: Path, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await press(pilot, "E")
        assert isinstance(app.screen, ChooseFile)
        await press(pilot, "enter")
        assert isinstance(app.screen, ExportRun)
        assert app.screen.count == 2
        assert "✓ 2 contacts written to" in one_line(app)
        assert sorted(exported(tmp_path)) == [ADA, BO]
        await press(pilot, "enter")
        assert isinstance(app.screen, ContactsScreen)


@pytest.mark.parametrize(("keys", "numbers"), [(("enter",), [BO]), (("down", "enter"), [ADA, BO])])
async def test_a_search_is_written_or_all(
    app: SentApp, tmp_path: Path, keys: tuple[str, ...], numbers: list[str]
) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "slash", *"lindq", "enter", "E")
        assert isinstance(app.screen, Choose)
        assert "The 1 listed contact" in screen_text(app)
        await press(pilot, *keys, "enter")
        assert sorted(exported(tmp_path)) == numbers


async def test_marked_contacts_are_offered_first(app: SentApp, tmp_path: Path) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "space", "E")
        assert "The 1 marked contact" in screen_text(app)
        await press(pilot, "enter", "enter")
        assert exported(tmp_path) == [ADA]


async def test_nothing_is_written_without_an_answer(app: SentApp, tmp_path: Path) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "E", "escape")
        assert isinstance(app.screen, ContactsScreen)
        await press(pilot, "slash", *"lindq", "enter", "E", "escape")
        assert isinstance(app.screen, ContactsScreen)
        assert names_in(tmp_path) == []


async def test_a_file_is_replaced_only_after_a_question(app: SentApp, tmp_path: Path) -> None:
    there = tmp_path / "contacts.csv"
    there.write_text("mine", encoding="utf-8")
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "E", "enter")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "enter")
        assert there.read_text(encoding="utf-8") == "mine"
        await press(pilot, "E", "enter", "y")
        assert sorted(exported(tmp_path)) == [ADA, BO]


async def test_what_cannot_be_written_is_told(app: SentApp, tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").symlink_to(tmp_path / "elsewhere")
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "E", "enter")
        assert "✗ This is a link" in one_line(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, ContactsScreen)


async def test_progress_is_shown_and_escape_leaves_no_file(
    app: SentApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    real = ExchangeService.export_file

    def told(self: ExchangeService, path: Path, **options: Any) -> int:
        options["on_progress"](Progress(500, 500, 2000, seconds=1.0))
        assert goes_on.wait(PATIENCE)
        return real(self, path, **options)

    monkeypatch.setattr(ExchangeService, "export_file", told)
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "E")
        await pilot.press("enter")
        await until(pilot, lambda: "500 contacts 500 a second · about 3s left" in one_line(app))
        await pilot.press("q", "escape")
        goes_on.set()
        await settle(pilot)
        assert "✗ Stopped. No file was written." in one_line(app)
        assert names_in(tmp_path) == []


async def test_an_error_of_ours_leaves_the_dialog_to_be_closed(app: SentApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> int:
        raise ValueError("broken")

    monkeypatch.setattr(ExchangeService, "export_file", broken)
    seen: list[object] = []
    async with app.run_test(size=NORMAL, message_hook=seen.append) as pilot:
        await press(pilot, "E", "enter")
        await settle(pilot)
        assert "✗ Something went wrong. No file was written." in one_line(app)
        told = [message for message in seen if isinstance(message, WorkFailed)]
        assert len({id(message) for message in told}) == 1
