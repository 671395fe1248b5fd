"""How every screen looks, in three sizes and two themes, on the demo data."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.pilot import Pilot

from sent_tui.gateways.simulator import Simulator
from sent_tui.services.demo import fill_demo
from sent_tui.services.workspace import assemble
from sent_tui.store.memory import MemoryRepository
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
    "detail": ("enter",),
    "help": ("question_mark",),
    "palette": ("colon", *"opt"),
    "delete": ("d",),
    "default": ("p",),
    "copy": ("y",),
    "edit": ("e",),
    "create": ("n", *"+14155550147"),
    "create_invalid": ("n", *"+1415555014"),
    "send": ("s", *"Hello"),
}


def demo(theme: str, *, filled: bool = True) -> SentApp:
    repository = MemoryRepository()
    if filled:
        fill_demo(repository, NOW)
    workspace = assemble(repository, Simulator(lambda: NOW), user="demo", clock=lambda: NOW)
    return SentApp(workspace, theme=theme, follow=False)


async def picture(app: SentApp, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        return _normalised(app)


def _normalised(app: SentApp) -> str:
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
async def test_read_only(size: str, svg: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = demo("sent-dark")
    monkeypatch.setattr(type(app.workspace.repository), "read_only", "it was opened read-only", raising=False)
    assert await picture(app, SIZES[size], ()) == svg
