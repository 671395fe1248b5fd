"""How import and export look, in three sizes and two themes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sent_tui.errors import UsageError
from sent_tui.services.exchange import ImportReport, Progress
from sent_tui.services.exchange.folder import Entry
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.import_file import Reading
from sent_tui.tui.screens.import_run import ImportRun
from tests.snapshots.test_screens import NOW, SIZES, THEMES, demo, normalised, picture, svg

__all__ = ["svg"]

FOLDER = Path("/home/ada/desk")
GOOD = [f"Guest {at};+1 202-555-{100 + at:04};hotel;;{7000 + at}" for at in range(30)]
BAD = [
    "Ada Okafor;12025550147.0;vip;Asks for tea;7100",
    "Bo Lindqvist;0170 1740605;;;7101",
    "Cleo Brandt;;;;7102",
    "Dina Sato;+1 202-555-01;vip;;7103",
]
TABLE = "\n".join(["Name;Handy;Gruppen;Notizen;Kundennr", *GOOD[:12], *BAD, *GOOD[12:]]) + "\n"


def entry(name: str, size: int, days: int) -> Entry:
    return Entry(FOLDER / name, is_folder="." not in name, size=size, changed_at=NOW - timedelta(days=days))


ENTRIES = (
    entry("customers.csv", 48_200, 12),
    entry("hotel guests.csv", 1_204_000, 0),
    entry("phone book.vcf", 310_500, 3),
    entry("archive", 0, 40),
    entry("letters", 0, 2),
    entry("minutes.pdf", 82_000, 6),
)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with one table, which is listed as another one with several files."""
    (tmp_path / "hotel guests.csv").write_text(TABLE, encoding="utf-8")
    monkeypatch.setattr("sent_tui.tui.screens.choose_file.list_folder", lambda folder: ENTRIES)
    return tmp_path


def desk(theme: str, folder: Path) -> SentApp:
    app = demo(theme)
    app.session.places.folder = folder
    return app


def in_themes(scenes: Iterable[str], *both: str) -> list[tuple[str, str]]:
    """Return each scene with the dark theme, and some with every theme: what they draw is in no other one."""
    return [(scene, theme) for scene in scenes for theme in (THEMES if scene in both else THEMES[:1])]


CHOOSING: dict[str, tuple[str, ...]] = {
    "files": ("I",),
    "files_none": ("I", *"qq"),
    "export_to": ("E",),
    "export_which": ("slash", *"okafor", "enter", "E"),
}


@pytest.mark.parametrize(("scene", "theme"), in_themes(CHOOSING, "files"))
@pytest.mark.parametrize("size", SIZES)
async def test_choosing(scene: str, size: str, theme: str, svg: Any, office: Path) -> None:
    assert await picture(desk(theme, FOLDER), SIZES[size], CHOOSING[scene]) == svg


@pytest.mark.parametrize("size", SIZES)
async def test_no_such_folder(size: str, svg: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> tuple[Entry, ...]:
        raise UsageError("No such folder", f"There is no folder {folder}.", "Check its name.")

    monkeypatch.setattr("sent_tui.tui.screens.choose_file.list_folder", refuse)
    assert await picture(desk("sent-dark", FOLDER), SIZES[size], ("I",)) == svg


IMPORTING: dict[str, tuple[str, ...]] = {
    "look": (),
    "meaning": ("down", "down", "down", "down", "enter"),
    "refused": ("ctrl+s",),
    "mend": ("ctrl+s", "enter"),
    "mended": ("ctrl+s", "enter", "ctrl+y", "enter"),
}


@pytest.mark.parametrize(("scene", "theme"), in_themes(IMPORTING, "look", "refused", "mend"))
@pytest.mark.parametrize("size", SIZES)
async def test_import(
    scene: str, size: str, theme: str, svg: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hotel guests.csv").write_text(TABLE, encoding="utf-8")
    app = desk(theme, tmp_path)
    assert await picture(app, SIZES[size], ("I", "enter", *IMPORTING[scene])) == svg


@pytest.mark.parametrize("size", SIZES)
async def test_progress(size: str, svg: Any) -> None:
    app = demo("sent-dark")
    progress = Progress(43_000, 430, 1000, 371, 5.0)
    assert await _run(app, SIZES[size], progress, None) == svg


@pytest.mark.parametrize("size", SIZES)
async def test_stopped(size: str, svg: Any) -> None:
    app = demo("sent-dark")
    report = ImportReport(added=42_629, refused_count=371, cancelled=True)
    assert await _run(app, SIZES[size], None, report) == svg


async def _run(app: SentApp, size: tuple[int, int], progress: Progress | None, report: ImportReport | None) -> str:
    """Return the picture of an import that stands still."""
    run = ImportRun(app.session, Reading(FOLDER / "hotel guests.csv"), checks=True)
    run.on_mount = run._draw  # type: ignore[method-assign]
    async with app.run_test(size=size) as pilot:
        app.push_screen(run)
        await pilot.pause()
        run.progress = progress
        run.report = report
        await pilot.pause()
        return normalised(app)
