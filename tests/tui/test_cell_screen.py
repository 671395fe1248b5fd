"""Only cells that changed are sent, and the terminal shows the same as if everything had been."""

from __future__ import annotations

from types import CodeType

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.drivers.linux_driver import LinuxDriver

from sent_tui.tui.cell_driver import with_cells
from sent_tui.tui.cell_screen import CellScreen

ROWS, COLUMNS = 4, 20
STYLES = (
    "",
    "1",
    "38;2;1;2;3",
    "1;38;2;1;2;3;48;2;9;8;7",
    "4;48;2;9;8;7",
    "1;4;31",
    "7;31;42",
    "48;5;12",
    "31;42",
    "3;97;100",
    "1;35",
    "48;2;10;111;93",
    "1;38;2;94;100;107;48;2;10;111;93",
    "38;2;94;100;107",
    "38;5;97;48;5;100",
    "4;38;2;1;2;4;48;2;36;47;1",
)
"""Of every kind, and colours whose parts look like codes of their own."""
LETTERS = ("a", "b", " ", "é", "●", "━", "–", "李", "👍", "e\u0301", "ー")


def at(row: int, column: int, text: str, style: str = "") -> str:
    return f"\x1b[{row + 1};{column + 1}H" + (f"\x1b[{style}m{text}\x1b[0m" if style else text)


def shown(screen: pyte.Screen) -> list[list[object]]:
    """Return what can be seen in each cell: of a space without a line, its ground alone."""
    cells = [[screen.buffer[row][column] for column in range(COLUMNS)] for row in range(ROWS)]
    bare = (" ", False, False)
    return [[c.bg if (c.data, c.underscore, c.reverse) == bare else c for c in row] for row in cells]


def terminal() -> tuple[pyte.Screen, pyte.Stream]:
    screen = pyte.Screen(COLUMNS, ROWS)
    return screen, pyte.Stream(screen)


@st.composite
def updates(draw: st.DrawFn) -> str:
    """Return an update as Textual writes one: whole lines, or pieces of some, and the cursor at the end."""
    out = []
    for row in draw(st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=ROWS)):
        column = draw(st.sampled_from((0, 0, 3, 8)))
        out.append(f"\x1b[{row + 1};{column + 1}H")
        for _ in range(draw(st.integers(1, 3))):
            style, text = draw(st.sampled_from(STYLES)), "".join(draw(st.lists(st.sampled_from(LETTERS), max_size=2)))
            out.append(f"\x1b[{style}m{text}\x1b[0m" if style else text)
        out.append(draw(st.sampled_from(("", "\n"))) if row < ROWS - 1 else "")
    return "".join(out) + f"\x1b[{draw(st.integers(1, ROWS))};1H"


def even(update: str) -> bool:
    return not any(letter in update for letter in ("李", "👍", "e\u0301", "ー"))


@settings(max_examples=300)
@given(st.lists(updates().filter(even), min_size=1, max_size=6))
def test_the_terminal_shows_the_same(data: list[str]) -> None:
    cells, (plain, direct), (frugal, changed) = CellScreen(), terminal(), terminal()
    for update in data:
        direct.feed(update)
        changed.feed(cells.changes(update))
        assert shown(frugal) == shown(plain)
        assert (frugal.cursor.x, frugal.cursor.y) == (plain.cursor.x, plain.cursor.y)


@given(st.lists(updates(), min_size=1, max_size=6))
def test_rows_with_wide_characters_show_the_same_once_drawn_whole(data: list[str]) -> None:
    cells, (plain, direct), (frugal, changed) = CellScreen(), terminal(), terminal()
    whole = "".join(at(row, 0, "x" * COLUMNS, STYLES[row]) for row in range(ROWS))
    for update in [*data, whole]:
        direct.feed(update)
        changed.feed(cells.changes(update))
    assert shown(frugal) == shown(plain)


def test_what_stays_is_not_sent() -> None:
    cells = CellScreen()
    first = at(0, 0, "Ada Okafor", "1") + at(1, 0, "Bo Lindqvist")
    assert cells.changes(first).count("Ada Okafor") == 1
    assert "Ada" not in cells.changes(first)
    assert cells.changes(at(0, 0, "Ada Okafer", "1")) == "\x1b[1;9H\x1b[1me\x1b[0m"


def test_a_style_goes_over_into_the_next_by_its_colours_alone() -> None:
    sent = CellScreen().changes("\x1b[1;1H\x1b[1;31;40ma\x1b[0m\x1b[1;32;40mb\x1b[0m\x1b[4mc\x1b[0m")
    assert sent == "\x1b[1H\x1b[1;31;40ma\x1b[32mb\x1b[0;4mc\x1b[0m"


def test_an_attribute_is_taken_back_where_that_is_shorter_than_to_begin_anew() -> None:
    sent = CellScreen().changes("\x1b[1;1H\x1b[1;2;38;5;210mab\x1b[0m\x1b[2;38;5;210mcd\x1b[0m\x1b[38;5;210mef\x1b[0m")
    assert sent == "\x1b[1H\x1b[1;2;38;5;210mab\x1b[22;2mcd\x1b[22mef\x1b[0m"


def test_a_space_goes_in_any_style_of_its_ground() -> None:
    cells = CellScreen()
    sent = cells.changes("\x1b[1;1H\x1b[1;31;40ma\x1b[0m\x1b[32;40m  \x1b[0m\x1b[1;31;40mb\x1b[0m\x1b[4m \x1b[0m")
    assert sent == "\x1b[1H\x1b[1;31;40ma  b\x1b[0;4m \x1b[0m"
    assert cells.changes("\x1b[1;2H\x1b[35;40m  \x1b[0m") == ""


def test_a_small_gap_is_written_where_that_needs_no_other_style() -> None:
    cells = CellScreen()
    cells.changes(at(0, 0, "a", "31") + at(0, 1, " ") + at(0, 2, "b", "32") + at(0, 3, "c", "33") + at(0, 4, "d"))
    sent = cells.changes(
        at(0, 0, "A", "31") + at(0, 1, " ") + at(0, 2, "B", "32") + at(0, 3, "c", "33") + at(0, 4, "D")
    )
    assert sent == "\x1b[1H\x1b[31mA \x1b[32mB\x1b[C\x1b[0mD"
    assert cells.changes(at(0, 2, "X", "36") + at(0, 3, "c", "33") + at(0, 4, "d", "33")) == (
        "\x1b[1;3H\x1b[36mX\x1b[33mcd\x1b[0m"
    )


@pytest.mark.parametrize(
    "data",
    ["\x1b[?2026h", "\x1b[?25l", "\x1b]2;title\x07", "\x1b[22;2t", "\x07", ""],
)
def test_modes_pass_and_change_nothing(data: str) -> None:
    cells = CellScreen()
    drawn = at(0, 0, "Ada")
    cells.changes(drawn)
    assert cells.changes(data) == data
    assert "Ada" not in cells.changes(drawn)


@pytest.mark.parametrize("data", ["\x1b[?1049h", "\x1b[2J", "text without a place", "\x1b[1;1H\x1b]8;;http://x\x1b\\a"])
def test_after_anything_else_all_is_sent_again(data: str) -> None:
    cells = CellScreen()
    drawn = at(0, 0, "Ada")
    cells.changes(drawn)
    assert cells.changes(data) == data
    assert "Ada" in cells.changes(drawn)


def test_a_terminal_that_changed_its_size_is_drawn_anew() -> None:
    cells = CellScreen()
    cells.changes(at(0, 0, "Ada"))
    cells.forget()
    assert "Ada" in cells.changes(at(0, 0, "Ada"))


def names_in(code: CodeType) -> set[str]:
    """Return the names that a function uses, with the functions inside it."""
    inner = [names_in(const) for const in code.co_consts if isinstance(const, CodeType)]
    return set(code.co_names).union(*inner)


@pytest.mark.parametrize("method", ["_get_terminal_size", "send_message", "start_application_mode", "write"])
def test_what_the_driver_overrides_is_there(method: str) -> None:
    """Textual may rename what is not public: then the terminal would be drawn by what it no longer shows."""
    assert callable(getattr(LinuxDriver, method))
    assert method in vars(with_cells(LinuxDriver))


def test_the_driver_is_asked_for_the_size_after_each_signal_of_a_change() -> None:
    assert "_get_terminal_size" in names_in(LinuxDriver.start_application_mode.__code__)


def test_all_is_forgotten_when_the_size_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LinuxDriver, "_get_terminal_size", lambda _driver: (COLUMNS, ROWS))
    driver = with_cells(LinuxDriver).__new__(with_cells(LinuxDriver))
    driver.__dict__["_cells"] = cells = CellScreen()
    cells.changes(at(0, 0, "Ada"))
    assert cells.changes(at(0, 0, "Ada")) == ""
    assert driver.__getattribute__("_get_terminal_size")() == (COLUMNS, ROWS)
    assert "Ada" in cells.changes(at(0, 0, "Ada"))
