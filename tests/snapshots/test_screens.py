"""How every screen looks, in three sizes and two themes, on the demo data."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.pilot import Pilot

from sent_tui import config, paths
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.demo import fill_demo
from sent_tui.services.settings import SettingsService
from sent_tui.services.workspace import assemble
from sent_tui.store.changes import Changes
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.repository import Change
from sent_tui.tui.app import SentApp
from tests.tui.harness import settle

NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
SIZES = {"60x18": (60, 18), "80x24": (80, 24), "120x36": (120, 36)}
THEMES = ("sent-dark", "sent-light")
Keys = Callable[[Pilot[None]], Awaitable[None]]


class SVG(SingleFileSnapshotExtension):
    """One SVG file for each picture."""

    _file_extension = "svg"
    _write_mode = WriteMode.TEXT


SCENES: dict[str, tuple[str, ...]] = {
    "list": (),
    "list_search": ("slash", *"okafor"),
    "list_no_match": ("slash", *"qqq"),
    "list_opted_out": ("6",),
    "list_filtered": ("f", *"not opted", "enter", "f", "enter"),
    "list_marked": ("space", "j", "v", "j", "j"),
    "delete_marked": (*("space",) * 5, "d"),
    "delete_many": ("plus", "d", "7"),
    "send_many": (*("space",) * 5, "s", *"We are back on Monday."),
    "send_many_template": (*("space",) * 5, "s", "ctrl+o", "down", "enter"),
    "bulk_run": ("space", "space", "s", *"Hello", "ctrl+s", "y"),
    "bulk_sends": (*("space", "s", *"Hello", "ctrl+s", "y", "escape") * 2, "B"),
    "tag_marked": ("space", "space", "number_sign", *"vip"),
    "duplicates": ("j", "e", "ctrl+u", *"Ada Okafor", "ctrl+s", "D"),
    "merge_pair": ("j", "e", "ctrl+u", *"Ada Okafor", "ctrl+s", "D", "enter"),
    "filters": ("f",),
    "views": ("6", "V", *"Gone quiet", "enter", "V"),
    "sort": ("t",),
    "detail": ("enter",),
    "why": ("j", "j", "w"),
    "message": ("j", "j", "enter", "m"),
    "help": ("question_mark",),
    "palette": ("colon", *"opt"),
    "delete": ("d",),
    "default": ("p",),
    "copy": ("y",),
    "edit": ("e",),
    "create": ("n", *"+14155550147"),
    "create_invalid": ("n", *"+1415555014"),
    "send": ("s", *"Hello"),
    "schedule": ("s", *"Hello", "ctrl+l", *"in 2 h"),
    "activity": ("a",),
    "activity_failed": ("a", "5", "v", "j"),
    "activity_no_match": ("a", "slash", *"qqq"),
    "insights": ("i",),
    "insights_days": ("i", "G"),
    "insights_figure": ("i", "j", "enter"),
    "calibration": ("percent_sign",),
    "calibration_tables": ("percent_sign", "space"),
    "sent": ("j", "j", "s", *"Hello", "ctrl+s", "enter"),
}


class Recorder(MemoryRepository):
    """Keeps what is written last."""

    def _save(self, changes: Changes) -> Iterable[Change]:
        self.saved = changes
        return super()._save(changes)


@cache
def _lived() -> Changes:
    """Return what the demo writes; to play it and to look at each record takes as long as to draw a picture."""
    recorder = Recorder()
    fill_demo(recorder, NOW)
    return recorder.saved


def demo(
    theme: str, *, filled: bool = True, ascii_only: bool = False, settings: SettingsService | None = None
) -> SentApp:
    repository = MemoryRepository()
    if filled:
        repository._save(_lived())
    # Everything happens at one moment, so that what is sorted by time is sorted by id.
    numbers = count(1)
    workspace = assemble(
        repository, Simulator(lambda: NOW), user="demo", clock=lambda: NOW, new_id=lambda: f"id-{next(numbers):03}"
    )
    return SentApp(workspace, theme=theme, follow=False, ascii_only=ascii_only, settings=settings)


async def picture(app: SentApp, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        return normalised(app)


def normalised(app: SentApp) -> str:
    return re.sub(r"terminal-\d+-", "terminal-", app.export_screenshot(title="sent-tui"))


@pytest.fixture
def svg(snapshot: SnapshotAssertion) -> Any:
    return snapshot.use_extension(SVG)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scene", SCENES)
async def test_screen(scene: str, size: str, theme: str, svg: Any) -> None:
    assert await picture(demo(theme), SIZES[size], SCENES[scene]) == svg


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_empty(size: str, theme: str, svg: Any) -> None:
    assert await picture(demo(theme, filled=False), SIZES[size], ()) == svg


@pytest.mark.parametrize("size", SIZES)
async def test_empty_calibration(size: str, svg: Any) -> None:
    assert await picture(demo("sent-dark", filled=False), SIZES[size], ("percent_sign",)) == svg


@pytest.mark.parametrize("size", SIZES)
async def test_empty_activity(size: str, svg: Any) -> None:
    assert await picture(demo("sent-dark", filled=False), SIZES[size], ("a",)) == svg


@pytest.mark.parametrize("size", SIZES)
async def test_empty_insights(size: str, svg: Any) -> None:
    assert await picture(demo("sent-dark", filled=False), SIZES[size], ("i",)) == svg


@pytest.mark.parametrize("size", SIZES)
async def test_read_only(size: str, svg: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = demo("sent-dark")
    monkeypatch.setattr(type(app.workspace.repository), "read_only", "it was opened read-only", raising=False)
    assert await picture(app, SIZES[size], ()) == svg


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_settings(size: str, theme: str, svg: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path("/home/ada/.config/sent-tui")
    monkeypatch.setattr(paths, "config_file", lambda: folder / "config.toml")
    environ = {"SENT_TUI_DB": "/srv/contacts.db", "SENT_TUI_USER": "ada", "SENT_TUI_TEME": "light"}
    environ["SENT_TUI_PRICES"] = str(folder / "prices.toml")
    settings = SettingsService(config.load({"theme": theme}, environ), environ)
    assert await picture(demo(theme, settings=settings), SIZES[size], ("comma", "j")) == svg
