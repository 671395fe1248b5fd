"""Lists of rows: what is drawn, and that nothing of it stands under the scrollbar."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from textual.app import App, ComposeResult

from sent_tui.tui.widgets.contact_list import ContactList
from sent_tui.tui.widgets.row_list import Look, RowList
from tests.tui.harness import NARROW, NORMAL, WIDE, make_app, make_contact, settle


class Full(RowList):
    """Rows that take all the room there is."""

    COMPONENT_CLASSES = {"full--cursor", "full--mark"}
    PARTS = "full"

    rows = 0

    @property
    def row_count(self) -> int:
        return self.rows

    def cells(self, row: int, room: int, look: Look) -> list[Segment]:
        return [Segment("x" * room, look())]


class FullApp(App[None]):
    """Shows nothing but such rows."""

    def compose(self) -> ComposeResult:
        yield Full()


@pytest.mark.parametrize("rows", [3, 100])
async def test_a_row_ends_before_the_scrollbar_whether_there_is_one_or_not(rows: int) -> None:
    app = FullApp()
    async with app.run_test(size=NARROW) as pilot:
        listed = app.query_one(Full)
        listed.rows = rows
        listed.rows_changed(1)
        await settle(pilot)
        assert listed.show_vertical_scrollbar is (rows > NARROW[1])
        assert listed.render_line(0).text == " " + "x" * (NARROW[0] - 2) + " "
        assert listed.render_line(1).text == "▌" + "x" * (NARROW[0] - 2) + " "


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_nothing_of_a_contact_stands_under_the_scrollbar(size: tuple[int, int]) -> None:
    people = [make_contact(f"+1415555{number:04d}", "Long " * 20) for number in range(100, 200)]
    app = make_app(people)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        listed = app.screen.query_one(ContactList)
        assert listed.show_vertical_scrollbar
        lines = [listed.render_line(y) for y in range(listed.size.height)]
        assert {line.cell_length for line in lines} == {listed.size.width}
        assert {line.text[-1] for line in lines} == {" "}
