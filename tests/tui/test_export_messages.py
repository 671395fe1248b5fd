"""The messages of the activity taken out to a file, as they are filtered."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest

from sent_tui.core.message import Content
from sent_tui.services.duplicates import proposed
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.activity import ActivityScreen
from sent_tui.tui.screens.choose_file import ChooseFile
from sent_tui.tui.screens.export import ExportRun
from tests.tui.harness import NORMAL, make_app, make_contact, press, screen_text

READ, DEAD = "+14155550101", "+14155550105"


@pytest.fixture
def app(tmp_path: Path) -> SentApp:
    made = make_app([make_contact(READ, "Ada Okafor"), make_contact(DEAD, "=1+1")])
    made.session.places.folder = tmp_path
    for number in (READ, DEAD):
        contact = made.workspace.contacts.check(made.workspace.contacts.resolve(number).id)
        made.workspace.sending.send(contact.id, Content("Hello, you"))
    return made


def table(folder: Path) -> Iterable[dict[str, str]]:
    return list(csv.DictReader((folder / "messages.csv").read_text(encoding="utf-8").splitlines()))


async def test_the_listed_messages_are_written(app: SentApp, tmp_path: Path) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "a", "E")
        assert isinstance(app.screen, ChooseFile)
        assert "A table (CSV) of 2 messages" in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, ExportRun)
        assert "2 messages written to" in " ".join(screen_text(app).split())
        rows = {row["phone_number"]: row for row in table(tmp_path)}
        assert rows[READ]["name"] == "Ada Okafor"
        assert rows[READ]["text"] == "Hello, you"
        assert rows[READ]["attempts"] == "1"
        assert rows[DEAD]["name"] == "'=1+1"
        await press(pilot, "escape")
        assert isinstance(app.screen, ActivityScreen)


async def test_a_filter_leaves_the_others_out(app: SentApp, tmp_path: Path) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "a", "slash", *"okafor", "enter", "E", "enter")
        assert [row["phone_number"] for row in table(tmp_path)] == [READ]


async def test_an_empty_list_is_not_written(app: SentApp) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "a", "9", "E")
        assert isinstance(app.screen, ActivityScreen)
        assert "There is no message in this list." in screen_text(app)


def test_messages_of_a_merged_contact_have_the_name_of_the_one_that_stays(app: SentApp, tmp_path: Path) -> None:
    repository = app.workspace.repository
    kept, other = (app.workspace.contacts.resolve(number) for number in (READ, DEAD))
    app.workspace.duplicates.merge(kept.id, other.id, proposed(kept, other), by="ada")
    app.workspace.exchange.export_messages(tmp_path / "messages.csv", repository.messages())
    assert {row["phone_number"]: row["name"] for row in table(tmp_path)} == dict.fromkeys((READ, DEAD), "Ada Okafor")


def test_a_cancelled_export_leaves_no_file(app: SentApp, tmp_path: Path) -> None:
    found = app.workspace.repository.messages()
    path = tmp_path / "messages.csv"
    assert app.workspace.exchange.export_messages(path, found, is_cancelled=lambda: True) == 0
    assert not path.exists()
    assert app.workspace.exchange.export_messages(path, found) == 2
