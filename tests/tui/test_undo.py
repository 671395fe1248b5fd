"""Undo on the contact list: every change says how it is taken back, and that works after a restart as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from sent_tui.core.contact import Contact
from sent_tui.store.tinydb import TinyDBRepository
from sent_tui.tui.app import SentApp
from tests.tui.harness import WIDE, make_app, press, screen_text
from tests.tui.test_contacts import people

ADA = "+14155550123"

CHANGES: dict[str, tuple[str, ...]] = {
    "edit": ("e", *" the First", "ctrl+s"),
    "delete": ("d", "y"),
    "opt_out": ("o", "y"),
    "default": ("p", "down", "down", "enter"),
    "tags": ("number_sign", *"late", "enter"),
    "delete_marked": ("space", "space", "d", "y"),
    "opt_out_marked": ("space", "space", "o", "y"),
}


def ada(app: SentApp) -> Contact | None:
    return app.workspace.repository.find(ADA)


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_is_taken_back_after_a_restart(change: str, tmp_path: Path) -> None:
    path = tmp_path / "contacts.db"
    app = make_app(people(), repository=TinyDBRepository(path))
    before = ada(app)
    assert before is not None
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *CHANGES[change])
        assert "· u undoes" in screen_text(app)
        assert ada(app) != before
    app.workspace.close()
    again = make_app(repository=TinyDBRepository(path))
    async with again.run_test(size=WIDE) as pilot:
        await press(pilot, "u")
        restored = ada(again)
        assert restored is not None
        assert (restored.name, restored.tags, restored.opt_out) == (before.name, before.tags, before.opt_out)
        assert (restored.default_channel, restored.default_pinned) == (before.default_channel, before.default_pinned)
        assert again.workspace.repository.page(limit=0).total == len(people())
    again.workspace.close()


async def test_what_was_undone_is_no_news_any_more() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await press(pilot, "d", "y")
        assert "Deleted · u undoes" in screen_text(app)
        await press(pilot, "u")
        assert "Deleted · u undoes" not in screen_text(app)
        assert "Undone: deletion of Ada Okafor." in screen_text(app)


async def test_a_contact_that_was_made_goes_again() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "n", *"+14155550147", "ctrl+s")
        assert app.workspace.repository.find("+14155550147") is not None
        await press(pilot, "escape", "u")
        assert app.workspace.repository.find("+14155550147") is None
