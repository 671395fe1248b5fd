"""A terminal that is made small and large again: everybody is where they were, with what was typed."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App
from textual.containers import VerticalScroll
from textual.widgets import Input, OptionList, TextArea

from sent_tui.tui.widgets.contact_list import ContactList
from tests.snapshots.test_screens import SCENES, demo
from tests.tui.harness import press, screen_text, settle

LARGE, SMALL = (140, 40), (60, 18)


def place(app: App[None]) -> dict[str, Any]:
    """Return where one is: the screen, the focus, cursors and what was typed."""
    screen = app.screen
    focused = screen.focused
    found: dict[str, Any] = {"screen": type(screen), "focus": (type(focused), getattr(focused, "id", None))}
    for number, widget in enumerate(screen.query("*")):
        if isinstance(widget, Input):
            found[f"typed {number}"] = (widget.value, widget.cursor_position)
        elif isinstance(widget, TextArea):
            found[f"written {number}"] = (widget.text, widget.cursor_location)
        elif isinstance(widget, OptionList):
            found[f"line {number}"] = widget.highlighted
        elif isinstance(widget, ContactList):
            found[f"contact {number}"] = widget.current.id if widget.current else None
    return found


@pytest.mark.parametrize("scene", SCENES)
async def test_no_place_is_lost(scene: str) -> None:
    app = demo("sent-dark")
    async with app.run_test(size=LARGE) as pilot:
        await press(pilot, "j", "j", "j", *SCENES[scene])
        before = place(app)
        await pilot.resize_terminal(*SMALL)
        await settle(pilot)
        small = place(app)
        assert small["screen"] == before["screen"]
        assert small["focus"][0] is before["focus"][0] or isinstance(app.screen.focused, ContactList)
        before["focus"] = small["focus"]  # a panel that went takes it along, and the list has it then
        await pilot.resize_terminal(*LARGE)
        await settle(pilot)
        assert place(app) == before


async def shown(scene: str, *sizes: tuple[int, int]) -> str:
    """Return what a scene shows after the terminal had some sizes, one after the other."""
    app = demo("sent-dark")
    async with app.run_test(size=sizes[0]) as pilot:
        await press(pilot, *SCENES[scene])
        for size in sizes[1:]:
            await pilot.resize_terminal(*size)
            await settle(pilot)
        for page in app.screen.query(VerticalScroll):
            assert page.styles.scrollbar_gutter == "stable", page
        return screen_text(app)


@pytest.mark.parametrize("scene", ["sent", "why", "message", "detail", "help", "calibration"])
async def test_the_size_before_leaves_no_trace(scene: str) -> None:
    """A page that was too long for the terminal, and no longer is, is wrapped as if it had never been."""
    assert await shown(scene, SMALL, (60, 9), SMALL) == await shown(scene, SMALL)
